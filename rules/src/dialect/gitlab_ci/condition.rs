//! `rules`, `only`, `except` and `workflow`: which pipelines a job is part of, hence who can start it and whose code runs.

use std::collections::BTreeSet;

use super::tables::TABLE;
use crate::fact::{Alternative, Author, Case, Starter, Value};
use crate::span::Source;

/// Kinds of pipelines (`CI_PIPELINE_SOURCE`).
pub(super) type Kinds = BTreeSet<&'static str>;

/// A merge request's pipeline.
const MERGE_REQUEST: &str = "merge_request_event";
/// Kinds that run on a branch or tag as it was pushed.
const OF_REFS: [&str; 6] = ["push", "web", "api", "schedule", "trigger", "chat"];
/// Longest condition that is taken apart, in bytes: many jobs may share one. People write a few hundred.
const MAX_CONDITION: usize = 4 << 10;
/// Most comparisons of a condition that is taken apart; people write three.
const MAX_COMPARISONS: usize = 16;
/// Most branches that are told apart in subjects of tokens.
const MAX_BRANCHES: usize = 8;

/// Every kind of pipeline.
pub(super) fn every() -> Kinds {
    TABLE.pipeline.iter().map(|row| row.name.as_str()).collect()
}

/// What a job without rules is part of, where no `workflow:rules` say otherwise: everything but merge requests.
pub(super) fn without_rules() -> Kinds {
    every()
        .into_iter()
        .filter(|kind| TABLE.pipeline.iter().all(|row| row.name != *kind || !row.proposed))
        .collect()
}

/// One rule as far as it matters here.
pub(super) struct Rule<'t> {
    pub(super) condition: Option<&'t str>,
    /// Whether something else is asked too (`changes`, `exists`).
    pub(super) more: bool,
    pub(super) never: bool,
}

/// The pipelines that a list of rules lets in, out of those that can be. The first rule that holds decides.
pub(super) fn admitted(rules: &[Rule<'_>], among: &Kinds) -> Kinds {
    let mut left = among.clone();
    let mut admitted = Kinds::new();
    for rule in rules {
        let (kinds, exactly) = rule.condition.map_or_else(|| (every(), true), kinds);
        let matched: Kinds = kinds.intersection(&left).copied().collect();
        if !rule.never {
            admitted.extend(&matched);
        }
        if exactly && !rule.more {
            left.retain(|kind| !matched.contains(kind));
        }
    }
    admitted
}

/// The pipelines of `only` and `except`.
pub(super) fn of_words<'t>(
    only: impl Iterator<Item = &'t str>,
    except: impl Iterator<Item = &'t str>,
) -> Kinds {
    let named = |word: &str| TABLE.pipelines.words.get(word).map(String::as_str);
    let (words, refs): (Vec<&str>, Vec<&str>) = only.partition(|word| named(word).is_some());
    let mut kinds: Kinds = words.iter().filter_map(|word| named(word)).collect();
    let any_ref = words.iter().any(|word| matches!(*word, "branches" | "tags")) || !refs.is_empty();
    if any_ref || words.is_empty() {
        kinds.extend(OF_REFS);
    }
    let known = every();
    let kinds: Kinds = kinds.into_iter().filter_map(|kind| known.get(kind).copied()).collect();
    let refused: BTreeSet<&str> =
        except.filter(|word| !matches!(*word, "branches" | "tags")).filter_map(named).collect();
    kinds.into_iter().filter(|kind| !refused.contains(kind)).collect()
}

/// The pipelines in which a condition can hold, and whether it holds in all of those.
fn kinds(condition: &str) -> (Kinds, bool) {
    // What parentheses group is not taken apart: it may hold anywhere.
    let comparisons = || condition.matches("&&").count() + condition.matches("||").count() + 1;
    if condition.contains('(') || condition.len() > MAX_CONDITION || comparisons() > MAX_COMPARISONS {
        return (every(), false);
    }
    let mut admitted = Kinds::new();
    let mut exactly = true;
    for alternative in condition.split("||") {
        let mut kinds = every();
        for part in alternative.split("&&") {
            let (of_part, exact) = part_kinds(part.trim());
            kinds.retain(|kind| of_part.contains(kind));
            exactly &= exact;
        }
        admitted.extend(kinds);
    }
    (admitted, exactly)
}

fn part_kinds(part: &str) -> (Kinds, bool) {
    let only =
        |keep: &dyn Fn(&str) -> bool| -> Kinds { every().into_iter().filter(|kind| keep(kind)).collect() };
    let (left, equal, right) = match part.split_once("==").map(|(l, r)| (l, true, r)) {
        Some(found) => found,
        None => part.split_once("!=").map_or((part, true, ""), |(l, r)| (l, false, r)),
    };
    let (name, value) = (left.trim().trim_start_matches('$'), unquoted(right));
    match (name, value) {
        ("CI_PIPELINE_SOURCE", value) if !value.is_empty() && value != "null" => {
            (only(&|kind| (kind == value) == equal), true)
        }
        ("CI_MERGE_REQUEST_ID" | "CI_MERGE_REQUEST_IID", "" | "null") => {
            let wanted = equal != (value == "null");
            (only(&|kind| (kind == MERGE_REQUEST) == wanted), true)
        }
        (name, _) if name.starts_with("CI_MERGE_REQUEST_") => (only(&|kind| kind == MERGE_REQUEST), false),
        // Neither is set in merge requests' pipelines.
        (name, value) if name.starts_with("CI_COMMIT_BRANCH") || name.starts_with("CI_COMMIT_TAG") => {
            match equal && value != "null" {
                true => (only(&|kind| kind != MERGE_REQUEST), false),
                false => (every(), false),
            }
        }
        _ => (every(), false),
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

/// The branches that all of a job's rules name, if they name nothing else.
pub(super) fn branches(rules: &[Rule<'_>]) -> Option<BTreeSet<String>> {
    let mut branches = BTreeSet::new();
    for rule in rules.iter().filter(|rule| !rule.never) {
        let condition = rule.condition.filter(|condition| condition.len() <= MAX_CONDITION)?;
        for alternative in condition.split("||") {
            let named = alternative.split("&&").find_map(|part| {
                let (name, value) = part.split_once("==")?;
                let is_ref = matches!(name.trim(), "$CI_COMMIT_BRANCH" | "$CI_COMMIT_REF_NAME");
                let plain = !value.contains(['$', '/', '(', ')']);
                (is_ref && plain).then(|| unquoted(value).to_owned())
            });
            branches.insert(named.filter(|name| !name.is_empty())?);
        }
    }
    (!branches.is_empty() && branches.len() <= MAX_BRANCHES).then_some(branches)
}

/// Who can start pipelines of these kinds.
pub(super) fn starters(kinds: &Kinds, at: Source) -> Option<Value<BTreeSet<Starter>>> {
    let rows = TABLE.pipeline.iter().filter(|row| kinds.contains(row.name.as_str()));
    let starters: BTreeSet<Starter> = rows.flat_map(|row| row.by.iter().copied()).collect();
    (!starters.is_empty()).then(|| Value::known(starters, at))
}

/// Whose code they run.
pub(super) fn code(kinds: &Kinds, at: Source) -> Option<Value<Author>> {
    let rows = TABLE.pipeline.iter().filter(|row| kinds.contains(row.name.as_str()));
    let mut of: Vec<Alternative<Author>> = Vec::new();
    for row in rows {
        let value = if row.proposed { Author::Outsider } else { Author::Maintainer };
        if !of.iter().any(|known| known.value == value) {
            let case = Case::of("CI_PIPELINE_SOURCE", row.name.clone());
            of.push(Alternative { value, source: at, case, default: true });
        }
    }
    match of.as_slice() {
        [] => None,
        [only] => Some(Value::known(only.value, at)),
        _ => Some(Value::OneOf { of, open: false }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_(condition: &str) -> Rule<'_> {
        Rule { condition: Some(condition), more: false, never: false }
    }

    #[test]
    fn rules_admit_merge_requests_only_where_they_say_so() {
        let admits = |rules: &[Rule<'_>]| admitted(rules, &every()).contains(MERGE_REQUEST);
        assert!(admits(&[if_("$CI_PIPELINE_SOURCE == \"merge_request_event\"")]));
        assert!(admits(&[if_("$CI_MERGE_REQUEST_IID && $X == 'y'")]));
        assert!(admits(&[if_("$X")]));
        assert!(!admits(&[if_("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH")]));
        assert!(!admits(&[if_("$CI_COMMIT_TAG")]));
        let never = Rule { never: true, ..if_("$CI_PIPELINE_SOURCE == 'merge_request_event'") };
        assert!(!admits(&[never, Rule { condition: None, more: false, never: false }]));
        assert!(!admits(&[if_("$CI_PIPELINE_SOURCE != 'merge_request_event'")]));
        assert!(!without_rules().contains(MERGE_REQUEST));
        assert!(of_words(["merge_requests"].into_iter(), [].into_iter()).contains(MERGE_REQUEST));
        assert!(!of_words(["main"].into_iter(), [].into_iter()).contains(MERGE_REQUEST));
    }

    #[test]
    fn branches_are_known_if_nothing_else_is_admitted() {
        let named = |text: &str| branches(&[if_(text)]).map(|b| b.into_iter().collect::<Vec<_>>());
        assert_eq!(named("$CI_COMMIT_BRANCH == \"main\""), Some(vec!["main".to_owned()]));
        assert_eq!(named("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"), None);
        assert_eq!(named("$CI_COMMIT_BRANCH == 'a' || $X"), None);
    }
}
