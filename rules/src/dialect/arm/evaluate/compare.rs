//! Whether something is so: comparisons, and what is made of them.

use super::Evaluator;
use crate::dialect::values::{default_of, map_alternatives, one_of};
use crate::document::Node;
use crate::fact::{Case, Datum, Known, Why};
use crate::span::Source;

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dialect::arm) enum Truth {
    /// Whatever anybody sets.
    Always(bool),
    /// As it is set; by default so.
    Perhaps(Option<bool>),
}

impl Evaluator<'_> {
    pub(in crate::dialect::arm) fn truth(&mut self, condition: &Node) -> Truth {
        let value = self.value(condition);
        match as_bool(&value) {
            Some(known) => Truth::Always(known),
            None => Truth::Perhaps(as_bool(default_of(&value))),
        }
    }

    /// A function that gives true or false.
    pub(super) fn judged(&mut self, name: &str, items: &[Node], at: Source) -> Datum {
        let values: Vec<Datum> = items.iter().map(|item| self.value(item)).collect();
        if let ("not", [of]) = (name, values.as_slice()) {
            return map_alternatives(of, |of| match as_bool(of) {
                Some(known) => Datum { at, ..Datum { value: Known::Bool(!known), ..of.clone() } },
                None => Datum::unknown(at, Why::Expression(name.to_owned())),
            });
        }
        let plain: Option<Vec<&Datum>> = values.iter().map(|v| is_plain(v).then_some(v)).collect();
        if let Some(held) = plain.and_then(|plain| judge(name, &plain)) {
            return Datum::new(at, Known::Bool(held));
        }
        let defaults: Vec<&Datum> = values.iter().map(default_of).collect();
        match judge(name, &defaults) {
            Some(held) => {
                // `false && x` and `true || x` hold whatever x is.
                let decided = matches!((name, held), ("and", false) | ("or", true))
                    && values.iter().any(|v| is_plain(v) && as_bool(v) == Some(held));
                let known = Datum::new(at, Known::Bool(held));
                if decided { known } else { one_of(at, vec![(known, Case::always(), true)], true) }
            }
            None => Datum::unknown(at, Why::Expression(name.trim_start_matches('$').to_owned())),
        }
    }
}

/// Whether nothing else is possible.
fn is_plain(value: &Datum) -> bool {
    match &value.value {
        Known::OneOf { .. } | Known::Unknown(_) => false,
        Known::Text(text) => text.known().is_some(),
        _ => true,
    }
}

/// What holds of values; `None` if that needs more than is known.
fn judge(name: &str, values: &[&Datum]) -> Option<bool> {
    let truths = || values.iter().map(|v| as_bool(v));
    match (name, values) {
        ("and", _) if truths().any(|t| t == Some(false)) => Some(false),
        ("and", _) => truths().collect::<Option<Vec<bool>>>().map(|_| true),
        ("or", _) if truths().any(|t| t == Some(true)) => Some(true),
        ("or", _) => truths().collect::<Option<Vec<bool>>>().map(|_| false),
        ("equals", [a, b]) => same(a, b),
        ("$unequal", [a, b]) => same(a, b).map(|same| !same),
        ("$alike", [a, b]) => Some(a.known()?.eq_ignore_ascii_case(b.known()?)),
        ("$unlike", [a, b]) => Some(!a.known()?.eq_ignore_ascii_case(b.known()?)),
        ("empty", [of]) => match &of.value {
            Known::Null => Some(true),
            Known::Text(text) => text.known().map(str::is_empty).or(Some(false)),
            Known::List(items) => Some(items.is_empty()),
            Known::Map(entries) => Some(entries.is_empty()),
            _ => None,
        },
        ("contains", [of, what]) => match &of.value {
            Known::Text(text) => Some(text.known()?.contains(what.known()?)),
            Known::List(items) => {
                let held: Option<Vec<bool>> = items.iter().map(|item| same(item, what)).collect();
                Some(held?.contains(&true))
            }
            Known::Map(_) => Some(of.get_ignoring_case(what.known()?).is_some()),
            _ => None,
        },
        ("startswith", [of, what]) => {
            Some(of.known()?.to_lowercase().starts_with(&what.known()?.to_lowercase()))
        }
        ("endswith", [of, what]) => Some(of.known()?.to_lowercase().ends_with(&what.known()?.to_lowercase())),
        ("less" | "lessorequals" | "greater" | "greaterorequals", [a, b]) => {
            let (a, b) = (a.known()?.parse::<f64>().ok()?, b.known()?.parse::<f64>().ok()?);
            Some(match name {
                "less" => a < b,
                "lessorequals" => a <= b,
                "greater" => a > b,
                _ => a >= b,
            })
        }
        ("bool", [of]) => as_bool(of),
        _ => None,
    }
}

/// Whether two values are the same, if both are known.
fn same(a: &Datum, b: &Datum) -> Option<bool> {
    match (&a.value, &b.value) {
        (Known::Unknown(_) | Known::OneOf { .. }, _) | (_, Known::Unknown(_) | Known::OneOf { .. }) => None,
        (Known::Null, other) | (other, Known::Null) => Some(*other == Known::Null),
        (Known::Bool(a), Known::Bool(b)) => Some(a == b),
        (Known::Bool(_), _) | (_, Known::Bool(_)) => Some(false),
        (Known::List(_) | Known::Map(_), _) | (_, Known::List(_) | Known::Map(_)) => None,
        _ => Some(a.known()? == b.known()?),
    }
}

/// A value as true or false; words that stand for them are read as well.
pub(in crate::dialect::arm) fn as_bool(value: &Datum) -> Option<bool> {
    match &value.value {
        Known::Bool(known) => Some(*known),
        _ => match value.known()?.to_ascii_lowercase().as_str() {
            "true" | "enabled" => Some(true),
            "false" | "disabled" => Some(false),
            _ => None,
        },
    }
}
