//! Expressions whose value only the platform can compute: what is known of them is which secrets they are made of.

use std::collections::BTreeSet;

use super::expression::{Operand, Reference, choices, references};
use super::passed_on::made_of_a_secret;
use super::scope::{MAX_ALTERNATIVES, Scope, one_of, why_of};
use crate::fact::{Datum, Known, Piece, Text, Why};
use crate::span::Source;

/// Functions whose value is yes, no or a digest, whatever they are given.
/// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#functions>.
const TELLING_NOTHING: [&str; 8] =
    ["contains", "startswith", "endswith", "hashfiles", "success", "failure", "always", "cancelled"];

/// Most variables of one expression that are looked up: each may be an expression in turn, over the variables further
/// out, and the work multiplies. People read two or three.
const MAX_LOOKED_UP: usize = 8;

/// The hole of a secret whose name is not known.
pub(super) const ANY_SECRET: &str = "*";

/// The hole of a secret.
pub(super) fn secret(name: &str) -> Why {
    Why::Variable(format!("secrets.{}", name.to_ascii_uppercase()))
}

/// Whether a value is not known for being a secret: then it is known what it is.
pub(super) fn is_secret(why: &Why) -> bool {
    matches!(why, Why::Variable(name) if name.starts_with("secrets."))
}

/// Whether a value is not known, and may be a secret: what reads it is counted.
pub(super) fn is_unclear(why: &Why) -> bool {
    matches!(why, Why::Limit(_)) || *why == made_of_a_secret()
}

/// The secrets that a value may hold, and why it may hold others.
pub(super) fn telling(datum: &Datum) -> BTreeSet<Why> {
    let texts = datum.alternatives().into_iter().filter_map(|(found, _, _)| found.text());
    let holes = texts.flat_map(|text| text.0).filter_map(|piece| match piece {
        Piece::Hole(why) => Some(why),
        Piece::Literal(_) => None,
    });
    holes.filter(|why| is_secret(why) || is_unclear(why)).collect()
}

impl Scope {
    /// A computed value: a hole for every secret that goes into it.
    pub(super) fn computed(&self, expression: &str, at: Source, visible: usize) -> Datum {
        if let Some(index) = indexed(expression) {
            return self.chosen(index, at, visible);
        }
        let mut text = Text::default();
        if !tells_nothing(expression) {
            let (direct, passed_on): (Vec<_>, Vec<_>) =
                references(expression).into_iter().partition(|r| r.context == "secrets");
            let read = direct.iter().chain(passed_on.iter().take(MAX_LOOKED_UP));
            let holes: BTreeSet<Why> = read.flat_map(|r| self.secrets_read(r, at, visible)).collect();
            holes.into_iter().for_each(|hole| text.push_hole(hole));
        }
        match text.0.is_empty() {
            true => Datum::unknown(at, why_of(expression)),
            false => Datum::new(at, Known::Text(text)),
        }
    }

    fn secrets_read(&self, reference: &Reference, at: Source, visible: usize) -> BTreeSet<Why> {
        match (reference.context.as_str(), reference.path.as_slice()) {
            ("secrets", [name]) if !reference.dynamic => BTreeSet::from([secret(name)]),
            ("secrets", _) => BTreeSet::from([secret(ANY_SECRET)]),
            ("steps", path) if reference.dynamic || path.len() < 3 => self.steps.below(reference),
            ("needs" | "jobs", path) if reference.dynamic || path.len() < 3 => self.jobs.below(reference),
            _ if reference.dynamic => BTreeSet::new(),
            _ => telling(&self.lookup(reference, at, visible)),
        }
    }

    /// `secrets[<index>]`: the secrets that the index can name.
    fn chosen(&self, index: &str, at: Source, visible: usize) -> Datum {
        let any = || Datum::unknown(at, secret(ANY_SECRET));
        // An index that is computed again (`secrets[secrets[x]]`) is not followed: it would recurse with the text.
        let operands = choices(index).unwrap_or_default();
        let [Operand::Reference(index)] = operands.as_slice() else { return any() };
        let names = self.lookup(index, at, visible);
        let open = matches!(&names.value, Known::OneOf { open: true, .. });
        let named = names.alternatives().into_iter().take(MAX_ALTERNATIVES);
        let of: Vec<_> = named
            .filter_map(|(name, case, lesser)| {
                Some((Datum::unknown(at, secret(name.known()?)), case, !lesser))
            })
            .collect();
        one_of(of, open).unwrap_or_else(any)
    }
}

/// The index of `secrets[…]`, if that is all of the expression.
fn indexed(expression: &str) -> Option<&str> {
    let context = expression.get(..7).filter(|context| context.eq_ignore_ascii_case("secrets"))?;
    let index = expression.get(context.len()..)?.strip_prefix('[')?.strip_suffix(']')?;
    (!index.contains(['[', ']'])).then(|| index.trim())
}

/// Whether an expression is a comparison, or a function that gives nothing of its arguments away.
fn tells_nothing(expression: &str) -> bool {
    let compares = || {
        ["==", "!=", "<", ">"].iter().any(|operator| {
            super::expression::top_level(expression, operator).is_some_and(|parts| parts.len() > 1)
        })
    };
    let function = expression.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
    expression.starts_with('!') || tells_nothing_of_arguments(&function) || compares()
}

/// Whether a function, in small letters, gives nothing of its arguments away.
pub(super) fn tells_nothing_of_arguments(function: &str) -> bool {
    TELLING_NOTHING.contains(&function)
}
