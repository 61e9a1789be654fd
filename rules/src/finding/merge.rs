//! One cause, one finding: findings with one fingerprint become one with several places.
//!
//! They come from several facts of a unit, or from several units that read the same file (a local module).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Finding;

/// Merges and sorts by place.
#[must_use]
pub fn merge(findings: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    let mut merged: BTreeMap<String, Finding> = BTreeMap::new();
    for finding in findings {
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

/// Adds a second occurrence of the same cause: the worse one leads, then the surer, then the earlier.
fn absorb(first: &mut Finding, mut second: Finding) {
    let rank = |f: &Finding| (f.severity, f.confidence, Reverse(f.at.clone()));
    if rank(&second) > rank(first) {
        std::mem::swap(first, &mut second);
    }
    let mut places = std::mem::take(&mut first.places);
    places.push(second.at);
    places.append(&mut second.places);
    places.sort();
    places.dedup();
    places.retain(|p| *p != first.at);
    first.places = places;
    // A unit that only read the file along may not have been able to write the fix; another was.
    if first.fixes.is_empty() && first.pending.is_empty() {
        first.fixes = second.fixes;
        first.pending = second.pending;
    }
    if first.help.is_none() {
        first.help = second.help;
    }
}
