//! Whether a registry row speaks of an identity: rows hold `*` for any text, identities hold holes for what is unknown.

use crate::fact::{Piece, Ref, Text};
use crate::policy::names::matches;

/// Longest names compared where both sides have unknown parts, in bytes: the comparison takes their product.
const MAX_COMPARED: usize = 512;

/// Whether the row's reference covers the identity. Unknown parts of a scope (an account, a namespace) may be what the
/// row says; an identity whose whole name is unknown is covered only by a row for every name. A row that leaves the
/// scope out speaks of every scope.
pub(crate) fn declares(row: &Ref, is: &Ref) -> bool {
    if row.platform != is.platform || (row.kind != is.kind && row.kind != "*") {
        return false;
    }
    let named = is.name.0.iter().any(|p| matches!(p, Piece::Literal(text) if !text.is_empty()));
    if !named && row.name.known() != Some("*") {
        return false;
    }
    if row.scope.is_empty() && may_match(&pattern(&row.name), &symbols(&is.name)) {
        return true;
    }
    // A name or scope may hold `/` itself, and a row cannot say where its scope ends: compared is step by step.
    let (rows, steps) = (steps(row), steps(is));
    if rows.len() == steps.len() {
        return rows.iter().zip(&steps).all(|(row, is)| may_match(&pattern(row), &symbols(is)));
    }
    let whole = |steps: &[Text]| {
        let known: Option<Vec<&str>> = steps.iter().map(Text::known).collect();
        known.map(|parts| parts.join("/"))
    };
    matches!((whole(&rows), whole(&steps)), (Some(row), Some(is)) if matches(&row, &is))
}

/// The steps of scope and name, divided at every known `/`.
fn steps(is: &Ref) -> Vec<Text> {
    let mut steps = Vec::new();
    for part in is.scope.iter().chain(std::iter::once(&is.name)) {
        let mut step = Text::default();
        for piece in &part.0 {
            match piece {
                Piece::Hole(why) => step.push_hole(why.clone()),
                Piece::Literal(text) => {
                    for (index, text) in text.split('/').enumerate() {
                        if index > 0 {
                            steps.push(std::mem::take(&mut step));
                        }
                        step.push(text);
                    }
                }
            }
        }
        steps.push(step);
    }
    steps
}

/// A byte, or anything (`None`).
type Symbol = Option<u8>;

fn pattern(text: &Text) -> Vec<Symbol> {
    symbols(text).into_iter().map(|s| s.filter(|b| *b != b'*')).collect()
}

fn symbols(text: &Text) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for piece in &text.0 {
        match piece {
            Piece::Literal(text) => symbols.extend(text.bytes().map(Some)),
            Piece::Hole(_) => symbols.push(None),
        }
    }
    symbols
}

/// Whether some text fits both.
fn may_match(a: &[Symbol], b: &[Symbol]) -> bool {
    // What is known at either end decides most pairs at once.
    let ends = |a: &mut dyn Iterator<Item = (Symbol, Symbol)>| {
        a.take_while(|(x, y)| x.is_some() && y.is_some()).all(|(x, y)| x == y)
    };
    let forwards = ends(&mut a.iter().copied().zip(b.iter().copied()));
    let backwards = ends(&mut a.iter().rev().copied().zip(b.iter().rev().copied()));
    if !forwards || !backwards || a.len() > MAX_COMPARED || b.len() > MAX_COMPARED {
        return false;
    }
    // reach[j]: the first i symbols of `a` and the first j of `b` have a common text.
    let mut reach = vec![false; b.len() + 1];
    for i in 0..=a.len() {
        let here = i.checked_sub(1).and_then(|i| a.get(i));
        let mut next = vec![false; b.len() + 1];
        for j in 0..=b.len() {
            let there = j.checked_sub(1).and_then(|j| b.get(j));
            let up = here.is_some() && reach.get(j).copied().unwrap_or(false);
            let left = j > 0 && next.get(j - 1).copied().unwrap_or(false);
            let both = j > 0 && here.is_some() && reach.get(j - 1).copied().unwrap_or(false);
            let any_here = here.is_some_and(Option::is_none);
            let any_there = there.is_some_and(Option::is_none);
            let same = matches!((here, there), (Some(Some(x)), Some(Some(y))) if x == y);
            let answer = (i == 0 && j == 0)
                || (any_here && (up || left))
                || (any_there && (up || left))
                || (same && both);
            if let Some(slot) = next.get_mut(j) {
                *slot = answer;
            }
        }
        reach = next;
    }
    reach.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Why;

    fn hole() -> Text {
        Text::hole(Why::Variable("account".to_owned()))
    }

    #[test]
    fn rows_and_identities() {
        let row =
            |scope: &[&str], name: &str| Ref::new("aws", "role", scope.iter().map(|s| Text::from(*s)), name);
        let is = |scope: Text, name: Text| Ref::new("aws", "role", [scope], name);
        let known = is("123".into(), "deploy".into());
        let anywhere = is(hole(), "deploy".into());
        let computed = is(hole(), hole());
        let mut ending = Text::literal("deploy-");
        ending.append(&hole());
        let partly = is(hole(), ending);
        for (row, is, expected) in [
            (row(&["*"], "deploy"), &known, true),
            (row(&["123"], "deploy"), &known, true),
            (row(&["124"], "deploy"), &known, false),
            (row(&[], "deploy"), &known, true),
            (row(&["*"], "deploy"), &anywhere, true),
            (row(&["123"], "deploy"), &anywhere, true),
            (row(&["*"], "depl*"), &anywhere, true),
            (row(&["*"], "build"), &anywhere, false),
            (row(&["*"], "deploy-prod"), &partly, true),
            (row(&["*"], "build-*"), &partly, false),
            (row(&["*"], "deploy"), &computed, false),
            (row(&["*"], "*"), &computed, true),
            (row(&["*"], "*deploy"), &is("123".into(), "team/a/deploy".into()), true),
            (row(&["*", "team"], "deploy"), &is("123".into(), "team/deploy".into()), true),
        ] {
            assert_eq!(declares(&row, is), expected, "{row} {is}");
        }
        assert!(!declares(&Ref::new("aws", "user", [], "deploy"), &known));
    }
}
