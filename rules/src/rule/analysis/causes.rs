//! What opens ways to more rights, each cause once: across statements, policies and files of one identity.

use std::collections::{BTreeMap, BTreeSet};

use super::escalation::{Path, open};
use super::grants::{by_default, gives};
use super::holdings::{self, Equal, Holding};
use crate::fact::{Grant, Ref};
use crate::finding::Severity;
use crate::rule::{At, World};

/// Which facts stand behind a cause: (unit, fact), the leading one first.
type Facts = Vec<(usize, u32)>;
/// Most holders kept for one cause; a finding names a few of them.
const MAX_HOLDERS: usize = 64;

/// Statements that together open ways to more rights.
pub(crate) struct Cause<'a> {
    /// The statements, the leading one first.
    pub(crate) by: Vec<(At<'a>, &'a Grant)>,
    /// Who holds them all.
    pub(crate) holders: Vec<&'a Ref>,
    /// The ways.
    pub(crate) ways: Vec<&'static Path>,
}

impl Cause<'_> {
    /// How bad the worst way is.
    pub(crate) fn severity(&self) -> Severity {
        let leading = self.by.first();
        let severity = |way: &&'static Path| leading.map(|(_, grant)| way.severity(grant));
        self.ways.iter().filter_map(severity).max().unwrap_or(Severity::High)
    }
}

/// How bad the worst cause is that a statement is one part of, by unit and fact.
#[must_use]
pub(crate) fn joint(world: &World<'_>) -> BTreeMap<(usize, u32), Severity> {
    let mut worst: BTreeMap<(usize, u32), Severity> = BTreeMap::new();
    for cause in causes(world).iter().filter(|cause| cause.by.len() > 1) {
        for (at, _) in &cause.by {
            let known = worst.entry((at.unit, at.fact.id.0)).or_insert(cause.severity());
            *known = cause.severity().max(*known);
        }
    }
    worst
}

/// Every cause in a world.
#[must_use]
pub(crate) fn causes<'a>(world: &World<'a>) -> Vec<Cause<'a>> {
    let mut causes: BTreeMap<Facts, Cause<'a>> = BTreeMap::new();
    for (held, holders) in portions(world) {
        for way in open(&held) {
            let by: Vec<(At<'a>, &'a Grant)> = way.by.iter().filter_map(|i| held.get(*i).copied()).collect();
            let cause = causes.entry(facts(&by)).or_insert_with(|| Cause {
                by,
                holders: Vec::new(),
                ways: Vec::new(),
            });
            if !cause.ways.iter().any(|w| w.id == way.path.id) {
                cause.ways.push(way.path);
            }
            let new = holders.iter().filter(|h| !cause.holders.contains(h)).copied();
            cause
                .holders
                .extend(new.take(MAX_HOLDERS.saturating_sub(cause.holders.len())).collect::<Vec<_>>());
        }
    }
    // A statement that opens a way alone is named once; what it opens together with others is no further cause. Those of
    // one unit come first: they surely speak of one identity.
    let mut named: BTreeSet<(usize, u32)> = BTreeSet::new();
    let mut ordered: Vec<(Facts, Cause<'a>)> = causes.into_iter().collect();
    let units = |facts: &Facts| facts.iter().map(|(unit, _)| *unit).collect::<BTreeSet<_>>().len();
    ordered.sort_by_key(|(facts, _)| (facts.len(), units(facts)));
    ordered.retain(|(facts, _)| {
        if facts.len() > 1 && facts.iter().any(|f| named.contains(f)) {
            return false;
        }
        named.extend(facts.first().copied());
        true
    });
    ordered.into_iter().map(|(_, cause)| cause).collect()
}

fn facts(held: &[(At<'_>, &Grant)]) -> Facts {
    held.iter().map(|(at, _)| (at.unit, at.fact.id.0)).collect()
}

/// What is held in one hand, once each, with those who hold just that. Many identities hold the same; what it opens is weighed once.
fn portions<'a>(world: &World<'a>) -> Vec<(Holding<'a>, Vec<&'a Ref>)> {
    let mut portions: BTreeMap<Facts, (Holding<'a>, Vec<&'a Ref>)> = BTreeMap::new();
    for (holder, holding) in holdings::by_holder(world, Equal::First) {
        let stated: Holding<'a> = holding.into_iter().filter(|(at, _)| !by_default(at)).collect();
        // One name in several units may be one identity or several: what each unit gives it counts by itself too.
        let units: BTreeSet<usize> = stated.iter().map(|(at, _)| at.unit).collect();
        let of_unit = |unit: usize| stated.iter().filter(|(at, _)| at.unit == unit).copied().collect();
        let mut parts: Vec<Holding<'a>> =
            if units.len() > 1 { units.into_iter().map(of_unit).collect() } else { Vec::new() };
        parts.push(stated);
        for held in parts.into_iter().filter(|held| held.iter().any(|(_, grant)| gives(grant))) {
            let (_, holders) = portions.entry(facts(&held)).or_insert_with(|| (held, Vec::new()));
            if holders.len() < MAX_HOLDERS {
                holders.push(holder);
            }
        }
    }
    portions.into_values().collect()
}
