//! The ways to more rights that the statements of a tree open, each cause once.

use std::collections::{BTreeMap, BTreeSet};

use super::escalation::{Path, open};
use super::grants::{by_default, gives};
use super::holdings;
use crate::fact::Grant;
use crate::finding::Severity;
use crate::rule::{At, World};

/// Which facts stand behind a cause: (unit, fact), the leading one first.
pub(crate) type Facts = Vec<(usize, u32)>;

/// Statements that together open ways.
pub(crate) struct Cause<'a> {
    /// The statements, the leading one first.
    pub(crate) by: Vec<(At<'a>, &'a Grant)>,
    /// What they open, worst first.
    pub(crate) ways: Vec<&'static Path>,
    /// How bad the worst way is.
    pub(crate) severity: Severity,
}

fn key(by: &[(At<'_>, &Grant)]) -> Facts {
    by.iter().map(|(at, _)| (at.unit, at.fact.id.0)).collect()
}

/// Every cause. A statement that opens a way alone is named once; what it opens together with others is none of its own.
pub(crate) fn all<'a>(world: &World<'a>) -> Vec<Cause<'a>> {
    let mut named: BTreeSet<(usize, u32)> = BTreeSet::new();
    let mut ordered: Vec<(Facts, Cause<'a>)> = opened(world).into_iter().collect();
    ordered.sort_by_key(|(facts, _)| facts.len());
    ordered.retain(|(facts, _)| {
        if facts.len() > 1 && facts.iter().any(|f| named.contains(f)) {
            return false;
        }
        named.extend(facts.first());
        true
    });
    ordered.into_iter().map(|(_, cause)| cause.sorted()).collect()
}

/// The statements that take part in a way which several open together, and how bad the worst such way is.
pub(crate) fn joint(world: &World<'_>) -> BTreeMap<(usize, u32), Severity> {
    let mut joint: BTreeMap<(usize, u32), Severity> = BTreeMap::new();
    for cause in all(world).iter().filter(|cause| cause.by.len() > 1) {
        for fact in key(&cause.by) {
            let worst = joint.entry(fact).or_insert(cause.severity);
            *worst = cause.severity.max(*worst);
        }
    }
    joint
}

impl Cause<'_> {
    fn sorted(mut self) -> Self {
        if let Some((_, leading)) = self.by.first() {
            self.ways.sort_by_key(|way| std::cmp::Reverse(way.severity(leading)));
            self.severity = self.ways.first().map_or(Severity::High, |way| way.severity(leading));
        }
        self
    }
}

fn opened<'a>(world: &World<'a>) -> BTreeMap<Facts, Cause<'a>> {
    let mut causes: BTreeMap<Facts, Cause<'a>> = BTreeMap::new();
    let mut weighed: BTreeSet<Facts> = BTreeSet::new();
    for holding in holdings::all(world) {
        let stated: Vec<(At<'a>, &Grant)> = holding.into_iter().filter(|(at, _)| !by_default(at)).collect();
        // One name in several units may be one identity or several: what each unit gives it counts by itself too.
        let units: BTreeSet<usize> = stated.iter().map(|(at, _)| at.unit).collect();
        let of_unit = |unit: usize| stated.iter().filter(|(at, _)| at.unit == unit).copied().collect();
        let mut parts: Vec<Vec<(At<'a>, &Grant)>> =
            if units.len() > 1 { units.into_iter().map(of_unit).collect() } else { Vec::new() };
        parts.push(stated);
        for held in parts {
            // Many identities hold the same; what it opens is weighed once.
            if !held.iter().any(|(_, grant)| gives(grant)) || !weighed.insert(key(&held)) {
                continue;
            }
            for way in open(&held) {
                let by: Vec<(At<'a>, &Grant)> = way.by.iter().filter_map(|i| held.get(*i).copied()).collect();
                let none = || Cause { by: by.clone(), ways: Vec::new(), severity: Severity::High };
                let cause = causes.entry(key(&by)).or_insert_with(none);
                if !cause.ways.iter().any(|w| w.id == way.path.id) {
                    cause.ways.push(way.path);
                }
            }
        }
    }
    causes
}

#[cfg(test)]
mod tests {
    use crate::fact::ContextId;
    use crate::rule::analysis::sample::{Sample, grant, judge, named};

    #[test]
    fn what_opens_a_way_together_is_named_once() {
        let mut sample = Sample::new("main.tf");
        for action in ["aws:iam:PassRole", "aws:lambda:CreateFunction", "aws:lambda:InvokeFunction"] {
            sample.state(ContextId(0), grant(named("aws", "role", "ci"), &[action]));
        }
        let way = judge("scope/privilege-escalation", &[&sample]);
        assert_eq!(way.len(), 1, "{way:?}");
        assert!(judge("scope/wildcard-grant", &[&sample]).iter().all(|said| !said.contains("passrole")));
        let mut alone = Sample::new("main.tf");
        alone.state(ContextId(0), grant(named("aws", "role", "ci"), &["aws:iam:PassRole"]));
        let said = judge("scope/wildcard-grant", &[&alone]);
        assert!(said.iter().any(|said| said.contains("passrole")), "{said:?}");
    }
}
