//! What is known of a value that was resolved: one, several, or why none; and the places it passed through.

use crate::dialect::Lowering;
use crate::fact::{Alternative, Case, Datum, Known, Piece, Place, Text, Value, Why};

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
