//! Drafts to findings: identity, merging of one cause, severity by policy, remedies by dialect.

use std::collections::BTreeMap;

use crate::dialect::{DIALECTS, Unit};
use crate::finding::identity::digest;
use crate::finding::{Confidence, Finding, Fix, FixEdit, Pending, Spot};
use crate::policy::Policy;
use crate::remedy::Rendered;
use crate::rule::{Draft, Rule};
use crate::span::Source;

/// Gives each draft its identity; drafts with one fingerprint become one finding with several places.
pub(super) fn findings(
    drafts: Vec<(&'static Rule, Draft)>,
    policy: &Policy,
    min_confidence: Confidence,
) -> Vec<Finding> {
    let mut merged: BTreeMap<String, Finding> = BTreeMap::new();
    for (rule, draft) in drafts {
        if draft.confidence < min_confidence {
            continue;
        }
        let finding = finding(rule, draft, policy);
        match merged.get_mut(&finding.fingerprint) {
            None => {
                merged.insert(finding.fingerprint.clone(), finding);
            }
            Some(first) => absorb(first, finding),
        }
    }
    let mut findings: Vec<Finding> = merged.into_values().collect();
    findings.sort_by(|a, b| (&a.at, &a.rule, &a.fingerprint).cmp(&(&b.at, &b.rule, &b.fingerprint)));
    findings
}

/// Adds a second occurrence of the same cause: the worse one leads.
fn absorb(first: &mut Finding, mut second: Finding) {
    if (second.severity, std::cmp::Reverse(&second.at)) > (first.severity, std::cmp::Reverse(&first.at)) {
        std::mem::swap(first, &mut second);
    }
    let mut places = std::mem::take(&mut first.places);
    places.push(second.at);
    places.append(&mut second.places);
    places.retain(|p| *p != first.at);
    places.sort();
    places.dedup();
    first.places = places;
}

fn finding(rule: &'static Rule, draft: Draft, policy: &Policy) -> Finding {
    let meta = &rule.meta;
    let mut severity = policy.severity(meta.id).unwrap_or(draft.severity);
    if draft.lesser {
        severity = severity.lower();
    }
    let place_id = digest([meta.id, &draft.at.path, &draft.route]);
    let judged = draft.content.iter().map(String::as_str).chain(std::iter::once("\u{0}covers"));
    let content_id = digest(judged.chain(draft.subjects.iter().map(String::as_str)));
    let fingerprint = digest([place_id.as_str(), content_id.as_str()]);
    let mut related = draft.related;
    related.retain(|r| r.spot != draft.at);
    related.dedup();
    Finding {
        rule: meta.id.to_owned(),
        severity,
        confidence: draft.confidence,
        at: draft.at,
        route: draft.route,
        message: draft.message,
        help: draft.help,
        related,
        places: Vec::new(),
        fixes: Vec::new(),
        pending: draft.remedies.into_iter().map(|(target, remedy)| Pending { target, remedy }).collect(),
        place_id,
        content_id,
        subjects: draft.subjects,
        fingerprint,
    }
}

/// What became of a remedy.
pub(super) enum Outcome {
    Fix(Fix),
    Advice(String),
    NotHere,
}

/// Asks the dialects of the target's file to write a remedy.
pub(super) fn render(unit: &Unit, wanted: &Pending) -> Outcome {
    let Some(file) = unit.file(&wanted.target.path) else { return Outcome::NotHere };
    let lowering = crate::dialect::Lowering::new(unit);
    let place = lowering.place(Source::new(file.id, wanted.target.span));
    for dialect in DIALECTS.iter().filter(|d| d.owns(file)) {
        match dialect.render(unit, &place, &wanted.remedy) {
            Rendered::Edit { title, safety, edits } => {
                let edits = edits
                    .into_iter()
                    .filter_map(|edit| {
                        let path = unit.files.get(edit.at.file.0 as usize)?.path.clone();
                        Some(FixEdit {
                            spot: Spot { path, span: edit.at.span },
                            replacement: edit.replacement,
                        })
                    })
                    .collect();
                return Outcome::Fix(Fix { title, safety, edits });
            }
            Rendered::Snippet(text) => return Outcome::Advice(text),
            Rendered::NotHere(_) => {}
        }
    }
    Outcome::NotHere
}
