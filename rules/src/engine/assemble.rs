//! Drafts to findings: identity, merging of one cause, severity by policy, remedies by dialect.

use std::collections::BTreeMap;

use crate::dialect::{DIALECTS, Dialect, Unit};
use crate::document::line_end;
use crate::finding::{Confidence, Finding, Fix, FixEdit, Pending, Spot, identity, merge};
use crate::policy::Policy;
use crate::remedy::{Edit, Rendered, Safety};
use crate::rule::{Draft, Named};
use crate::span::Source;

/// Gives each draft its identity; drafts with one fingerprint become one finding with several places.
pub(super) fn findings(
    drafts: Vec<(Named<'_>, Draft)>,
    policy: &Policy,
    min_confidence: Confidence,
) -> Vec<Finding> {
    let sure = drafts.into_iter().filter(|(rule, draft)| {
        draft.confidence >= min_confidence && policy.at_path(*rule, &draft.at.path).is_some()
    });
    merge(one_each(sure).into_iter().map(|(rule, draft)| finding(rule, draft, policy)))
}

/// What one rule says twice of one place in the same words is said of two values that may stand there (a condition, a
/// mapping): one finding, as bad as the worse.
fn one_each<'r>(drafts: impl Iterator<Item = (Named<'r>, Draft)>) -> Vec<(Named<'r>, Draft)> {
    let mut all: Vec<(Named<'r>, Draft)> = Vec::new();
    let mut known: BTreeMap<(&'r str, Spot, String), usize> = BTreeMap::new();
    for (rule, draft) in drafts {
        let key = (rule.id, draft.at.clone(), draft.message.clone());
        match known.get(&key).and_then(|index| all.get_mut(*index)) {
            Some((_, first)) if !first.everywhere && !draft.everywhere => first.join(draft),
            _ => {
                known.insert(key, all.len());
                all.push((rule, draft));
            }
        }
    }
    all
}

fn finding(rule: Named<'_>, draft: Draft, policy: &Policy) -> Finding {
    let there = policy.at_path(rule, &draft.at.path).flatten();
    let mut severity = there.or_else(|| policy.severity(rule.id)).unwrap_or(draft.severity);
    if draft.lesser {
        severity = severity.lower();
    }
    let (path, route) =
        if draft.everywhere { ("", "") } else { (draft.at.path.as_str(), draft.route.as_str()) };
    let place_id = identity::place_id(rule.id, path, route);
    let content_id = identity::content_id(&draft.content, &draft.subjects);
    let fingerprint = identity::fingerprint(&place_id, &content_id);
    let mut related = draft.related;
    related.retain(|r| r.spot != draft.at);
    related.dedup();
    let mends = draft.at.clone();
    let pending = draft.remedies.into_iter();
    let pending = pending
        .map(|(target, remedy)| Pending { target, remedy, mends: mends.clone(), safety: Safety::Safe })
        .collect();
    Finding {
        rule: rule.id.to_owned(),
        severity,
        confidence: draft.confidence,
        at: draft.at,
        route: draft.route,
        message: draft.message,
        help: draft.help,
        related,
        places: Vec::new(),
        fixes: Vec::new(),
        pending,
        place_id,
        content_id,
        subjects: draft.subjects,
        fingerprint,
    }
}

/// What became of a remedy.
pub(super) enum Outcome {
    Fix(Fix),
    /// A fix, and what is to be done besides.
    Both(Fix, String),
    Advice(String),
    NotHere,
}

fn fix(unit: &Unit, wanted: &Pending, title: String, safety: Safety, edits: Vec<Edit>) -> Fix {
    let edits = edits.into_iter().filter_map(|edit| {
        let file = unit.files.get(edit.at.file.0 as usize)?;
        let (path, span) = (file.path.clone(), edit.at.span);
        let replacement = line_end::own(&file.bytes, span, edit.replacement);
        Some(FixEdit { spot: Spot { path, span }, replacement })
    });
    Fix { title, safety: safety.max(wanted.safety), edits: edits.collect(), mends: wanted.mends.clone() }
}

/// Asks the dialects of the target's file to write a remedy.
pub(super) fn render(unit: &Unit, wanted: &Pending) -> Outcome {
    let Some(file) = unit.file(&wanted.target.path) else { return Outcome::NotHere };
    let lowering = crate::dialect::Lowering::new(unit);
    let place = lowering.place(Source::new(file.id, wanted.target.span));
    // To tell by the content, the whole of it is looked at.
    let owns = |d: &&&dyn Dialect| unit.answers.once(file.id, d.name(), || d.owns(file));
    for dialect in DIALECTS.iter().filter(owns) {
        match dialect.render(unit, &place, &wanted.remedy) {
            Rendered::Edit { title, safety, edits } => {
                return Outcome::Fix(fix(unit, wanted, title, safety, edits));
            }
            Rendered::Draft { title, edits, rest } => {
                return Outcome::Both(fix(unit, wanted, title, Safety::Unsafe, edits), rest);
            }
            Rendered::Snippet(text) => return Outcome::Advice(text),
            Rendered::NotHere(_) => {}
        }
    }
    Outcome::NotHere
}
