//! What dialects that work out values share: alternatives and defaults of a [`Datum`], what is known of something read
//! from it, and lengths of time as they are written.

use jiff::civil::Date;
use serde::Deserialize;

use crate::fact::{Alternative, Case, Credential, Datum, Known, Lifetime, Ref, Storage, Text, Value, Why};
use crate::span::Source;

/// Most alternatives kept of one value; beyond that they become a hole.
pub(super) const MAX_ALTERNATIVES: usize = 8;

/// The value after it passed through a use: the use is remembered, at every alternative.
pub(super) fn through(mut value: Datum, used_at: Source) -> Datum {
    match &mut value.value {
        Known::OneOf { of, .. } => {
            for (alternative, _, _) in of.iter_mut() {
                if alternative.at != used_at {
                    alternative.via.push(used_at);
                }
            }
        }
        Known::Unknown(_) => return value,
        _ => {}
    }
    if value.at != used_at {
        value.via.push(used_at);
    }
    value
}

/// The value that holds when nobody chooses: the default alternative, else the first.
pub(super) fn default_of(value: &Datum) -> &Datum {
    match &value.value {
        Known::OneOf { of, .. } => match of.iter().find(|(_, _, default)| *default).or_else(|| of.first()) {
            Some((alternative, _, _)) => default_of(alternative),
            None => value,
        },
        _ => value,
    }
}

/// Several alternatives as one value; a single one that nothing else is possible beside is that value.
pub(super) fn one_of(at: Source, mut of: Vec<(Datum, Case, bool)>, open: bool) -> Datum {
    if of.len() > MAX_ALTERNATIVES {
        // The default stays, the rest becomes "something else is possible".
        of.sort_by_key(|(_, _, default)| !default);
        of.truncate(MAX_ALTERNATIVES);
        return Datum::new(at, Known::OneOf { of, open: true });
    }
    match (of.len(), open) {
        (1, false) => of.pop().map_or_else(|| Datum::new(at, Known::Null), |(value, _, _)| value),
        _ => Datum::new(at, Known::OneOf { of, open }),
    }
}

/// Applies a function to every alternative of a value.
pub(super) fn map_alternatives(value: &Datum, mut apply: impl FnMut(&Datum) -> Datum) -> Datum {
    match &value.value {
        Known::OneOf { of, open } => {
            let of = value_alternatives(of).map(|(v, case, default)| (apply(v), case, default)).collect();
            Datum { at: value.at, via: value.via.clone(), value: Known::OneOf { of, open: *open } }
        }
        _ => apply(value),
    }
}

fn value_alternatives(of: &[(Datum, Case, bool)]) -> impl Iterator<Item = (&Datum, Case, bool)> {
    of.iter().flat_map(|(datum, case, default)| {
        datum
            .alternatives()
            .into_iter()
            .filter_map(move |(inner, nested, lesser)| Some((inner, case.and(&nested)?, *default && !lesser)))
    })
}

/// A value as text, in its default alternative.
pub(super) fn text_of(value: &Datum) -> Text {
    default_of(value)
        .text()
        .unwrap_or_else(|| Text::hole(Why::Unsupported("a collection as a name".to_owned())))
}

/// A value as knowledge of something that can be read from a plain one.
pub(super) fn knowledge<T>(value: &Datum, mut read: impl FnMut(&Datum) -> Option<T>) -> Value<T> {
    match &value.value {
        Known::OneOf { open, .. } => {
            let all = value.alternatives();
            let count = all.len();
            let of: Vec<Alternative<T>> = all
                .into_iter()
                .filter_map(|(plain, case, lesser)| {
                    Some(Alternative { value: read(plain)?, source: plain.at, case, default: !lesser })
                })
                .collect();
            let open = *open || of.len() < count;
            if of.is_empty() {
                Value::unknown(reason(default_of(value)), value.at)
            } else {
                Value::OneOf { of, open }
            }
        }
        _ => match read(value) {
            Some(known) => Value::known(known, value.at),
            None => Value::unknown(reason(value), value.at),
        },
    }
}

fn reason(value: &Datum) -> Why {
    match &value.value {
        Known::Unknown(why) => why.clone(),
        Known::Text(text) => {
            text.why().cloned().unwrap_or_else(|| Why::Unsupported("a value of this form".to_owned()))
        }
        _ => Why::Unsupported("a value of this form".to_owned()),
    }
}

/// A known value of a place.
pub(super) fn said<T>(value: T, at: Source) -> Value<T> {
    Value::known(value, at)
}

/// A credential in the making: of the platform that its reference names.
pub(super) fn credential(
    is: Ref,
    kind: &str,
    title: &str,
    storage: Storage,
    lifetime: Value<Lifetime>,
) -> Credential {
    let issuer = is.platform.clone();
    let standing = super::pipeline::credential::credential(is, &issuer, kind, storage, lifetime);
    Credential { title: title.to_owned(), ..standing }
}

/// How a length of time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Unit {
    /// A number of seconds, with or without a trailing `s`.
    Seconds,
    /// A number of minutes.
    Minutes,
    /// A number of hours, with or without a trailing `h`.
    Hours,
    /// A number of days.
    Days,
    /// A number of months.
    Months,
    /// A number of years.
    Years,
    /// `PT8H`, `P1Y6M`.
    Iso8601,
    /// `rate(30 days)`.
    Rate,
}

impl Unit {
    /// The unit that a word names.
    pub(super) fn named(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "seconds" => Some(Self::Seconds),
            "minutes" => Some(Self::Minutes),
            "hours" => Some(Self::Hours),
            "days" => Some(Self::Days),
            "months" => Some(Self::Months),
            "years" => Some(Self::Years),
            _ => None,
        }
    }
}

pub(super) fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

/// A month at its longest, in seconds.
const MONTH: u64 = 31 * 86_400;

/// A length of time as a lifetime; where the table says so, zero and less stand for no end.
pub(super) fn length(value: &Datum, unit: Unit, endless: bool) -> Option<Lifetime> {
    let is_none = |text: &str| text.starts_with('-') || in_units(text.trim(), 1) == Some(0);
    if endless && value.known().is_some_and(is_none) {
        return Some(Lifetime::Unbounded);
    }
    duration(value, unit)
}

/// A length of time as a lifetime.
pub(super) fn duration(value: &Datum, unit: Unit) -> Option<Lifetime> {
    let text = value.known()?.trim();
    let seconds = match unit {
        Unit::Iso8601 => iso(text)?,
        Unit::Seconds => in_units(text, 1)?,
        Unit::Minutes => in_units(text, 60)?,
        Unit::Hours => in_units(text, 3_600)?,
        Unit::Days => in_units(text, 86_400)?,
        Unit::Months => in_units(text, MONTH)?,
        Unit::Years => in_units(text, 365 * 86_400)?,
        Unit::Rate => rate(text)?,
    };
    Some(Lifetime::MaxAge { seconds, renewable: false })
}

/// A number, or numbers with letters as in `1h30m`; a bare number counts in `unit` seconds.
fn in_units(text: &str, unit: u64) -> Option<u64> {
    if let Ok(number) = text.parse::<f64>() {
        let seconds = number * unit as f64;
        return (seconds.is_finite() && (0.0..1e15).contains(&seconds)).then_some(seconds as u64);
    }
    let mut total: u64 = 0;
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let size = match c {
            's' | 'S' => 1,
            'm' | 'M' => 60,
            'h' | 'H' => 3_600,
            'd' | 'D' => 86_400,
            _ => return None,
        };
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(size)?)?;
        digits.clear();
    }
    digits.is_empty().then_some(total)
}

/// `rate(30 days)`, `rate(1 hour)`.
fn rate(text: &str) -> Option<u64> {
    let (count, word) = text.strip_prefix("rate(")?.strip_suffix(')')?.trim().split_once(' ')?;
    let size = match word.trim().trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(size)
}

/// `PT8H30M`, `P1D`, `P1Y6M`.
fn iso(text: &str) -> Option<u64> {
    let rest = text.strip_prefix('P')?;
    let (dates, time) = rest.split_once('T').unwrap_or((rest, ""));
    let mut total: u64 = 0;
    let mut digits = String::new();
    for c in dates.chars() {
        let size = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            'D' => 86_400,
            'W' => 7 * 86_400,
            'M' => MONTH,
            'Y' => 365 * 86_400,
            _ => return None,
        };
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(size)?)?;
        digits.clear();
    }
    let time = if time.is_empty() { 0 } else { in_units(time, 1)? };
    if digits.is_empty() { total.checked_add(time) } else { None }
}

/// A text so far, the case in which it reads so, and whether it is what holds by default.
pub(super) type Draft = (Text, Case, bool);

/// Every draft with every alternative of a value behind it.
pub(super) fn joined(drafts: &[Draft], value: &Datum) -> Vec<Draft> {
    let alternatives = value.alternatives();
    if alternatives.is_empty() || drafts.len() * alternatives.len() > MAX_ALTERNATIVES {
        let hole = Text::hole(Why::Limit("a text has too many alternatives".to_owned()));
        return drafts
            .iter()
            .map(|(text, case, default)| (appended(text, &hole), case.clone(), *default))
            .collect();
    }
    let mut all = Vec::with_capacity(drafts.len() * alternatives.len());
    for (text, case, default) in drafts {
        for (alternative, branch, lesser) in &alternatives {
            let Some(case) = case.and(branch) else { continue };
            let more = match &alternative.value {
                Known::Null => Text::literal(""),
                _ => alternative
                    .text()
                    .unwrap_or_else(|| Text::hole(Why::Unsupported("a collection in a text".to_owned()))),
            };
            all.push((appended(text, &more), case, *default && !lesser));
        }
    }
    all
}

fn appended(text: &Text, more: &Text) -> Text {
    let mut joined = text.clone();
    joined.append(more);
    joined
}

/// Matches with `*` for anything.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.is_empty()
}
