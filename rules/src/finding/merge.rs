//! One cause, one finding: findings with one fingerprint become one with several places.
//!
//! They come from several facts of a unit, or from several units that read the same file (a local module).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Spot};

/// Merges and sorts by place.
#[must_use]
pub fn merge(findings: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    let mut groups: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        groups.entry(finding.fingerprint.clone()).or_default().push(finding);
    }
    let mut findings: Vec<Finding> = groups.into_values().filter_map(one).collect();
    findings.sort_by(|a, b| (&a.at, &a.rule, &a.fingerprint).cmp(&(&b.at, &b.rule, &b.fingerprint)));
    findings
}

/// One finding for all occurrences of a cause: the worst leads, then the surest, then the earliest. A file may repeat a
/// cause thousands of times, so that everything is looked at once.
fn one(mut group: Vec<Finding>) -> Option<Finding> {
    group.sort_by(|a, b| {
        let rank = |f: &Finding| Reverse((f.severity, f.confidence));
        rank(a).cmp(&rank(b)).then_with(|| a.at.cmp(&b.at))
    });
    let mut rest = group.into_iter();
    let mut first = rest.next()?;
    if rest.len() == 0 {
        return Some(first);
    }
    let mut places: BTreeSet<Spot> = first.places.drain(..).collect();
    let (mut fixes, mut pending) = (std::mem::take(&mut first.fixes), std::mem::take(&mut first.pending));
    for other in rest {
        places.insert(other.at);
        places.extend(other.places);
        fixes.extend(other.fixes);
        pending.extend(other.pending);
        first.help = first.help.or(other.help);
    }
    places.remove(&first.at);
    first.places = places.into_iter().collect();
    // Each place keeps its own fixes; two units that read one file say the same of it.
    let mut seen = BTreeSet::new();
    fixes.retain(|fix| seen.insert(fix.clone()));
    // A unit that only read the file along may not have been able to write the fix; another was.
    let mended: BTreeSet<&Spot> = fixes.iter().map(|fix| &fix.mends).collect();
    let mut seen = BTreeSet::new();
    pending.retain(|wanted| !mended.contains(&wanted.mends) && seen.insert(wanted.clone()));
    (first.fixes, first.pending) = (fixes, pending);
    Some(first)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]

    use super::super::{Confidence, Fix, Pending, Severity};
    use super::*;
    use crate::remedy::{Remedy, Safety};
    use crate::span::ByteSpan;

    fn spot(at: usize) -> Spot {
        Spot { path: "a".to_owned(), span: ByteSpan::at(at) }
    }

    fn fix(at: usize, title: &str) -> Fix {
        Fix { title: title.to_owned(), safety: Safety::Safe, edits: Vec::new(), mends: spot(at) }
    }

    fn pending(at: usize) -> Pending {
        Pending {
            target: spot(at),
            remedy: Remedy::SetLifetime { seconds: 1 },
            mends: spot(at),
            safety: Safety::Safe,
        }
    }

    fn finding(at: usize, severity: Severity, fixes: Vec<Fix>, pending: Vec<Pending>) -> Finding {
        Finding {
            rule: "scope/x".to_owned(),
            severity,
            confidence: Confidence::High,
            at: spot(at),
            route: String::new(),
            message: format!("at {at}"),
            help: Some(format!("help {at}")),
            related: Vec::new(),
            places: Vec::new(),
            fixes,
            pending,
            place_id: String::new(),
            content_id: String::new(),
            subjects: BTreeSet::new(),
            fingerprint: "one".to_owned(),
        }
    }

    #[test]
    fn each_place_keeps_its_fixes_and_the_worst_leads() {
        let merged = merge([
            finding(1, Severity::Low, vec![fix(1, "best"), fix(1, "other")], vec![]),
            finding(5, Severity::High, vec![fix(5, "best")], vec![]),
            finding(9, Severity::Low, vec![], vec![pending(9)]),
        ]);
        let [one] = merged.as_slice() else { panic!("{merged:?}") };
        assert_eq!(
            (one.at.clone(), one.message.as_str(), one.help.as_deref()),
            (spot(5), "at 5", Some("help 5"))
        );
        assert_eq!(one.places, [spot(1), spot(9)]);
        assert_eq!(one.fixes, [fix(5, "best"), fix(1, "best"), fix(1, "other")]);
        assert_eq!(one.pending, [pending(9)]);
    }

    #[test]
    fn what_two_units_say_of_one_file_is_said_once() {
        let merged = merge([
            finding(1, Severity::Low, vec![], vec![pending(1)]),
            finding(1, Severity::Low, vec![fix(1, "best")], vec![]),
            finding(1, Severity::Low, vec![fix(1, "best")], vec![]),
        ]);
        let [one] = merged.as_slice() else { panic!("{merged:?}") };
        assert_eq!((one.places.len(), one.pending.len()), (0, 0));
        assert_eq!(one.fixes, [fix(1, "best")]);
    }
}
