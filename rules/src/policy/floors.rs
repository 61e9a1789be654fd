//! Floors and the command line: whoever runs the check, and the pipeline that does, only tightens a floor, as files do. The
//! options that say otherwise stand in the pipeline's files, which the repository writes.

use super::names;
use super::{Policy, Problem, Selected, Selection, weaker};
use crate::finding::{Confidence, Severity};
use crate::rule::{Named, RULES};

/// What of the command line is looser than what holds by a floor.
pub(super) fn loosened(floor: &(String, Policy), selected: &Selected, by: Selection<'_>) -> Vec<Problem> {
    let (path, floor) = floor;
    let says_nothing = by.select.is_empty() && by.ignore.is_empty();
    let mut said = Vec::new();
    if !says_nothing {
        said.extend(silenced(floor, selected, by));
    }
    let fails_from = floor.fail_on.unwrap_or(Severity::Medium);
    if let Some(from) = by.fail_on.filter(|from| *from > fails_from) {
        let (from, was) = (weaker::name(&from), weaker::name(&fails_from));
        said.push(format!("`--fail-on` lets a run fail from {from} on, no longer from {was}"));
    }
    let sure = floor.min_confidence.unwrap_or(Confidence::Low);
    if let Some(is) = by.min_confidence.filter(|is| *is > sure) {
        let is = weaker::name(&is);
        said.push(format!("`--min-confidence` leaves out findings below confidence {is}"));
    }
    let problem = |said: String| Problem {
        path: String::new(),
        at: None,
        message: format!(
            "`{path}` is a floor, which is only tightened: {said}; take the option, or its `HALLPASS_` variable, away, or \
             have that file changed"
        ),
    };
    said.into_iter().map(problem).collect()
}

/// Rules that run by a floor and do not now.
fn silenced(floor: &Policy, selected: &Selected, by: Selection<'_>) -> Vec<String> {
    let runs = floor.select(RULES, Selection::default()).unwrap_or_default();
    let still = |rule: &Named<'_>| selected.named().any(|other| other.id == rule.id);
    let lost: Vec<Named<'_>> = runs.named().filter(|rule| !still(rule)).collect();
    let (off, others): (Vec<Named<'_>>, Vec<_>) =
        lost.into_iter().partition(|rule| names::names(by.ignore, *rule));
    // What a file takes away is told at its place there.
    let others: Vec<Named<'_>> = others.into_iter().filter(|_| !by.select.is_empty()).collect();
    let told = |option: &str, rules: &[Named<'_>]| {
        (!rules.is_empty()).then(|| format!("`{option}` leaves out {}", weaker::listed(rules)))
    };
    told("--ignore", &off).into_iter().chain(told("--select", &others)).collect()
}
