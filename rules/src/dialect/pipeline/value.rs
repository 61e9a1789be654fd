//! What is known of a value that was resolved: one, several, or why none; and the places it passed through.

use crate::dialect::Lowering;
use crate::fact::{Alternative, Case, Datum, Known, Piece, Place, Text, Value, Why};
use crate::span::Source;

/// Longest resolved text in bytes. What facts read (durations, ARNs, names) is far shorter, and a pipeline that repeats a
/// long variable in every step must not multiply it.
pub(crate) const MAX_TEXT: usize = 8 << 10;
/// Most alternatives of one value; matrices of GitHub end at 256 jobs, and facts beyond the first dozens repeat.
pub(crate) const MAX_ALTERNATIVES: usize = 64;

/// A part of a text: as it is written, or as it was resolved.
pub(crate) enum Part<'t> {
    Literal(&'t str),
    Value(Datum),
}

/// A text of several parts: known pieces joined, one alternative per combination of theirs. `otherwise` says why there is
/// none.
pub(crate) fn join<'t>(
    parts: impl ExactSizeIterator<Item = Part<'t>>,
    at: Source,
    otherwise: impl FnOnce() -> Why,
) -> Datum {
    let several_parts = parts.len() > 1;
    let mut branches = vec![(Text::default(), Case::always(), true)];
    let mut open = false;
    for part in parts {
        match part {
            Part::Literal(literal) => branches.iter_mut().for_each(|(text, _, _)| text.push(literal)),
            Part::Value(datum) => {
                open |= matches!(&datum.value, Known::OneOf { open: true, .. });
                let found = datum.alternatives();
                if found.len() > 1 && branches.len() * found.len() > MAX_ALTERNATIVES {
                    let why = Why::Limit(format!("more than {MAX_ALTERNATIVES} combinations"));
                    branches.iter_mut().for_each(|(text, _, _)| text.push_hole(why.clone()));
                    continue;
                }
                let mut next = Vec::with_capacity(branches.len() * found.len());
                for (text, case, default) in &branches {
                    for (piece, other, lesser) in &found {
                        let Some(case) = case.and(other) else { continue };
                        let mut text = text.clone();
                        text.append(&piece.text().unwrap_or_default());
                        next.push((text, case, *default && !lesser));
                    }
                }
                branches = next;
            }
        }
        if several_parts && branches.iter().any(|(text, _, _)| length(text) > MAX_TEXT) {
            return Datum::unknown(at, Why::Limit(format!("a text longer than {MAX_TEXT} bytes")));
        }
    }
    let of = branches
        .into_iter()
        .map(|(text, case, default)| (Datum::new(at, Known::Text(text)), case, default))
        .collect();
    one_of(of, open).unwrap_or_else(|| Datum::unknown(at, otherwise()))
}

/// Length of the known parts of a text in bytes; a hole counts as one.
pub(crate) fn length(text: &Text) -> usize {
    text.0.iter().map(|p| if let Piece::Literal(l) = p { l.len() } else { 1 }).sum()
}

/// Alternatives as a datum: the only one itself if nothing else is possible, `None` if there is none.
pub(crate) fn one_of(mut of: Vec<(Datum, Case, bool)>, open: bool) -> Option<Datum> {
    let first = of.first()?;
    if of.len() == 1 && !open {
        return of.pop().map(|(datum, _, _)| datum);
    }
    let at = first.0.at;
    Some(Datum::new(at, Known::OneOf { of, open }))
}

/// What is known of something read from a datum's text. Text that does not read as one makes the value open.
pub(crate) fn value<T>(datum: &Datum, what: &str, read: impl Fn(&Text) -> Option<T>) -> Value<T> {
    let not_one = || Why::Unsupported(format!("what is not {what}"));
    let Known::OneOf { open, .. } = &datum.value else {
        let text = datum.text().unwrap_or_default();
        return match (read(&text), text.why()) {
            (Some(found), _) => Value::known(found, datum.at),
            (None, why) => Value::unknown(why.cloned().unwrap_or_else(not_one), datum.at),
        };
    };
    let mut open = *open;
    let mut of = Vec::new();
    for (found, case, lesser) in datum.alternatives() {
        match found.text().as_ref().and_then(&read) {
            Some(value) => of.push(Alternative { value, source: found.at, case, default: !lesser }),
            None => open = true,
        }
    }
    match of.is_empty() {
        true => Value::unknown(not_one(), datum.at),
        false => Value::OneOf { of, open },
    }
}

/// The place of a value: the literal's own, with the places it passed through.
pub(crate) fn place(out: &Lowering<'_>, datum: &Datum) -> Place {
    let mut place = out.place(datum.at);
    for via in &datum.via {
        place = place.with("used here", *via);
    }
    place
}
