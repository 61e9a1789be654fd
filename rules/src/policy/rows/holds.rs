//! Whether conditions hold of a fact.
//!
//! Three answers, because a value may be unknown. A condition of `where` holds if one of the values that are possible is
//! surely as it says; one of `unless` only if all are. What is unknown is neither this nor that, nor absent: a finding rests
//! on what is known, and so does an exception.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize as _;
use serde_json::Value as Json;

use super::condition::{Condition, Day, Quantifier, Test};
use super::field::{Kind, Table, WITHIN};
use super::pattern::{Truth, covers};
use crate::fact::{Case, Text};
use crate::span::Source;

/// Most ways in which alternatives of several fields may go together that are followed.
const MOST_WAYS: usize = 64;
const SECONDS_OF_A_DAY: i64 = 86_400;
static NO: Json = Json::Bool(false);

/// What is at a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen<'v> {
    Absent,
    Unknown,
    /// Something that is not listed may stand there instead of what is.
    Else,
    Is(&'v Json),
}

/// One of the values that a field may have.
#[derive(Clone, Debug)]
pub(crate) struct Possible<'v> {
    pub(crate) kind: &'v Kind,
    pub(crate) seen: Seen<'v>,
    /// Where it is written, as JSON, if it has a place of its own.
    source: Option<&'v Json>,
    case: Case,
    /// One of several, and not the one that holds when nobody chooses.
    lesser: bool,
}

/// What of a fact holds conditions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Holding {
    /// Where the first value that has a place of its own is written.
    pub(crate) source: Option<Source>,
    /// It rests on an alternative that nobody need choose.
    pub(crate) lesser: bool,
}

/// The values that are possible for a field.
pub(crate) fn see<'v>(fields: &'v Table, fact: &'v Json, path: &[String]) -> Vec<Possible<'v>> {
    let mut out = Vec::new();
    if let Some((first, rest)) = path.split_first()
        && let Some(field) = fields.get(first)
    {
        let from = Possible {
            kind: &field.kind,
            seen: seen(fact.get(first)),
            source: None,
            case: Case::always(),
            lesser: false,
        };
        follow(from, rest, &mut out);
    }
    out
}

fn seen(json: Option<&Json>) -> Seen<'_> {
    match json {
        None | Some(Json::Null) => Seen::Absent,
        Some(json) => Seen::Is(json),
    }
}

fn follow<'v>(from: Possible<'v>, path: &[String], out: &mut Vec<Possible<'v>>) {
    if let Kind::Said(inner) = from.kind {
        let said = match from.seen {
            Seen::Is(json) => seen(json.get("is")),
            other => other,
        };
        return follow(Possible { kind: inner, seen: said, ..from }, path, out);
    }
    if let Kind::Value(inner) = from.kind {
        return match from.seen {
            Seen::Is(json) => alternatives(Possible { kind: inner, ..from.clone() }, json, path, out),
            _ => follow(Possible { kind: inner, ..from }, path, out),
        };
    }
    let Some((first, rest)) = path.split_first() else {
        let seen = match (from.kind, from.seen) {
            // What is left out is what it is most of the time.
            (Kind::Flag, Seen::Absent) => Seen::Is(&NO),
            (_, seen) => seen,
        };
        return out.push(Possible { seen, ..from });
    };
    let Some(field) = from.kind.fields().and_then(|fields| fields.get(first)) else { return };
    let below = match from.seen {
        Seen::Is(json) => seen(json.get(first)),
        other => other,
    };
    follow(Possible { kind: &field.kind, seen: below, ..from }, rest, out);
}

/// What a value that may be unknown, or one of several, comes to.
fn alternatives<'v>(from: Possible<'v>, json: &'v Json, path: &[String], out: &mut Vec<Possible<'v>>) {
    let source = |json: &'v Json| json.get("source");
    if let Some(known) = json.get("known") {
        let source = source(known).or(from.source);
        return follow(Possible { seen: seen(known.get("value")), source, ..from }, path, out);
    }
    let Some(one_of) = json.get("one-of") else {
        let source = json.get("unknown").and_then(source).or(from.source);
        return follow(Possible { seen: Seen::Unknown, source, ..from }, path, out);
    };
    let of = one_of.get("of").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    for alternative in of {
        let flag = |name: &str| alternative.get(name).and_then(Json::as_bool).unwrap_or(false);
        let case = alternative.get("case").and_then(|case| Case::deserialize(case).ok()).unwrap_or_default();
        let Some(case) = from.case.and(&case) else { continue };
        let lesser = from.lesser || (of.len() > 1 && !flag("default"));
        let source = source(alternative).or(from.source);
        let one = Possible { seen: seen(alternative.get("value")), source, case, lesser, ..from.clone() };
        follow(one, path, out);
    }
    if of.is_empty() || one_of.get("open").and_then(Json::as_bool).unwrap_or(true) {
        follow(Possible { seen: if of.is_empty() { Seen::Unknown } else { Seen::Else }, ..from }, path, out);
    }
}

/// Whether all conditions hold for some of the values that are possible together; else the first that does not.
pub(crate) fn possibly<'c>(
    conditions: &'c [Condition],
    fields: &Table,
    fact: &Json,
    when: &Case,
    today: Date,
) -> Result<Holding, (&'c Condition, Truth)> {
    let mut ways = vec![(when.clone(), false)];
    let mut holding = Holding::default();
    let mut written: Option<&Json> = None;
    for condition in conditions {
        let possible = see(fields, fact, &condition.path);
        let mut best = Truth::No;
        let mut further = Vec::new();
        let mut source = None;
        // Where it happens is written at that place, and the finding is about what happens there.
        let is_own = condition.path.first().is_none_or(|first| first != WITHIN);
        for one in &possible {
            let truth = all(&condition.tests, one.kind, one.seen, today);
            best = best.max(truth);
            if truth != Truth::Yes {
                continue;
            }
            for (case, lesser) in &ways {
                if let Some(case) = case.and(&one.case) {
                    source = source.or(one.source.filter(|_| is_own));
                    further.push((case, *lesser || one.lesser));
                }
            }
        }
        if further.is_empty() {
            return Err((condition, best));
        }
        // Those that nobody need choose go first, if some must.
        further.sort_by_key(|(_, lesser)| *lesser);
        further.dedup();
        further.truncate(MOST_WAYS);
        ways = further;
        written = written.or(source);
    }
    holding.lesser = ways.iter().all(|(_, lesser)| *lesser);
    holding.source = written.and_then(|json| Source::deserialize(json).ok());
    Ok(holding)
}

/// Whether all conditions hold for each of the values that are possible.
pub(crate) fn surely(conditions: &[Condition], fields: &Table, fact: &Json, today: Date) -> bool {
    conditions.iter().all(|condition| {
        let possible = see(fields, fact, &condition.path);
        let holds = |one: &Possible<'_>| all(&condition.tests, one.kind, one.seen, today) == Truth::Yes;
        !possible.is_empty() && possible.iter().all(holds)
    })
}

fn all(tests: &[Test], kind: &Kind, seen: Seen<'_>, today: Date) -> Truth {
    tests.iter().map(|test| truth(test, kind, seen, today)).min().unwrap_or(Truth::No)
}

fn truth(test: &Test, kind: &Kind, seen: Seen<'_>, today: Date) -> Truth {
    let seen = match seen {
        Seen::Is(json) if is_empty(json) => Seen::Absent,
        seen => seen,
    };
    match (test, seen) {
        (Test::Present(wanted), Seen::Absent) => Truth::of(!wanted),
        // It may turn out to be nothing.
        (Test::Present(_), Seen::Unknown | Seen::Else) => Truth::Maybe,
        (Test::Present(wanted), Seen::Is(json)) => match only_hole(kind, json) {
            true => Truth::Maybe,
            false => Truth::of(*wanted),
        },
        (Test::Unknown(wanted), Seen::Unknown) => Truth::of(*wanted),
        (Test::Unknown(wanted), Seen::Absent) => Truth::of(!wanted),
        (Test::Unknown(_), Seen::Else) => Truth::Maybe,
        (Test::Unknown(wanted), Seen::Is(json)) => {
            Truth::of(text(kind, json).is_some_and(|text| text.has_hole()) == *wanted)
        }
        (Test::Not(_) | Test::Items(Quantifier::None, _), Seen::Absent) => Truth::Yes,
        (_, Seen::Absent) => Truth::No,
        (_, Seen::Unknown | Seen::Else) => Truth::Maybe,
        (Test::Not(test), Seen::Is(_)) => truth(test, kind, seen, today).not(),
        (Test::Items(quantifier, conditions), Seen::Is(json)) => {
            items(*quantifier, conditions, kind, json, today)
        }
        (test, Seen::Is(json)) => plain(test, kind, json, today),
    }
}

/// Whether it is there and says nothing.
fn is_empty(json: &Json) -> bool {
    match json {
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// A text of which nothing is known may be empty.
fn only_hole(kind: &Kind, json: &Json) -> bool {
    matches!(kind, Kind::Text) && text(kind, json).is_some_and(|text| text.0.len() == 1 && text.has_hole())
}

fn items(quantifier: Quantifier, conditions: &[Condition], kind: &Kind, json: &Json, today: Date) -> Truth {
    let (Kind::List(item), Json::Array(list)) = (kind, json) else { return Truth::Maybe };
    let one = |json: &Json| -> Truth {
        let each = conditions.iter().map(|condition| {
            let mut possible = Vec::new();
            let from = Possible {
                kind: item,
                seen: seen(Some(json)),
                source: None,
                case: Case::always(),
                lesser: false,
            };
            follow(from, &condition.path, &mut possible);
            possible
                .iter()
                .map(|one| all(&condition.tests, one.kind, one.seen, today))
                .max()
                .unwrap_or(Truth::No)
        });
        each.min().unwrap_or(Truth::No)
    };
    let truths = list.iter().map(one);
    match quantifier {
        Quantifier::Any => truths.max().unwrap_or(Truth::No),
        Quantifier::All => truths.min().unwrap_or(Truth::No),
        Quantifier::None => truths.max().unwrap_or(Truth::No).not(),
    }
}

fn plain(test: &Test, kind: &Kind, json: &Json, today: Date) -> Truth {
    match test {
        Test::Text(patterns) => {
            if let Some(known) = known(json) {
                return Truth::of(patterns.iter().any(|pattern| pattern.matches(known)));
            }
            let Some(text) = text(kind, json) else { return Truth::Maybe };
            patterns.iter().map(|pattern| pattern.fits(&text)).max().unwrap_or(Truth::No)
        }
        Test::Covers(others) => match text(kind, json) {
            Some(text) => others.iter().map(|other| covers(&text, other)).max().unwrap_or(Truth::No),
            None => Truth::Maybe,
        },
        Test::Word(words) => {
            word(json).map_or(Truth::Maybe, |word| Truth::of(words.iter().any(|w| w == word)))
        }
        Test::Flag(wanted) => json.as_bool().map_or(Truth::Maybe, |flag| Truth::of(flag == *wanted)),
        Test::Seconds(wanted) => compare(kind, json, today, |seconds| seconds == *wanted),
        Test::Over(limit) => compare(kind, json, today, |seconds| seconds > *limit),
        Test::Under(limit) => compare(kind, json, today, |seconds| seconds < *limit),
        Test::On(day) => dated(json, *day, today, |is, day| is == day),
        Test::Before(day) => dated(json, *day, today, |is, day| is < day),
        Test::After(day) => dated(json, *day, today, |is, day| is > day),
        Test::Not(_) | Test::Present(_) | Test::Unknown(_) | Test::Items(..) => Truth::Maybe,
    }
}

/// A text that is known, without a copy: most are.
fn known(json: &Json) -> Option<&str> {
    match json {
        Json::String(text) => Some(text),
        Json::Array(pieces) => match pieces.as_slice() {
            [piece] => piece.get("literal")?.as_str(),
            _ => None,
        },
        _ => None,
    }
}

/// What is held against patterns: a text, or the name of an entity.
pub(crate) fn text(kind: &Kind, json: &Json) -> Option<Text> {
    match kind {
        Kind::Entity(_) => entity(json),
        Kind::Text => Text::deserialize(json).ok(),
        Kind::Word => json.as_str().map(Text::literal),
        _ => None,
    }
}

/// The name of an entity as a whole, as messages and the registry write it. It is asked for often, so that it is put
/// together from the JSON and not from a copy of it.
fn entity(json: &Json) -> Option<Text> {
    let word = |name: &str| json.get(name)?.as_str();
    let mut text = Text::literal(format!("{}/{}", word("platform")?, word("kind")?));
    let scope = json.get("scope").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    for part in scope.iter().chain([json.get("name")?]) {
        text.push("/");
        match known(part) {
            Some(known) => text.push(known),
            None => text.append(&Text::deserialize(part).ok()?),
        }
    }
    Some(text)
}

/// The word of a choice: itself, or what stands before the rest.
pub(crate) fn word(json: &Json) -> Option<&str> {
    match json {
        Json::String(word) => Some(word),
        Json::Object(map) => map.keys().next().map(String::as_str),
        _ => None,
    }
}

fn compare(kind: &Kind, json: &Json, today: Date, holds: impl Fn(u64) -> bool) -> Truth {
    let seconds = match kind {
        Kind::Lifetime(..) => lifetime(json, today),
        _ => json.as_u64(),
    };
    seconds.map_or(Truth::Maybe, |seconds| Truth::of(holds(seconds)))
}

/// How long something works from today on, in seconds: what never ends as long as can be, what ends with its job not at all.
fn lifetime(json: &Json, today: Date) -> Option<u64> {
    match word(json)? {
        "unbounded" => Some(u64::MAX),
        "bound-to" => Some(0),
        "expires" => {
            let until: Date = json.get("expires")?.as_str()?.parse().ok()?;
            let days = i64::from(today.until(until).ok()?.get_days());
            u64::try_from(days.max(0).checked_mul(SECONDS_OF_A_DAY)?).ok()
        }
        kind => json.get(kind)?.get("seconds")?.as_u64(),
    }
}

fn dated(json: &Json, day: Day, today: Date, holds: impl Fn(Date, Date) -> bool) -> Truth {
    let day = match day {
        Day::Fixed(day) => day,
        Day::FromToday(days) => today.saturating_add(days.days()),
    };
    let is = json.as_str().and_then(|text| text.parse::<Date>().ok());
    is.map_or(Truth::Maybe, |is| Truth::of(holds(is, day)))
}
