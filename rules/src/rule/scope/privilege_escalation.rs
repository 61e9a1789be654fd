//! `scope/privilege-escalation`: rights that, taken together, let their holder take further rights.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::Grant;
use crate::finding::Severity;
use crate::rule::analysis::escalation::{Path, open};
use crate::rule::analysis::grants::{by_default, gives, shape, subjects};
use crate::rule::analysis::{actions, holdings, wildcards};
use crate::rule::{At, Verdicts, World};

/// Which facts stand behind a finding: (unit, fact), the leading one first.
type Facts = Vec<(usize, u32)>;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let mut causes: BTreeMap<Facts, Cause<'_>> = BTreeMap::new();
    let mut weighed: BTreeSet<Facts> = BTreeSet::new();
    for holding in holdings::all(world) {
        let stated: Vec<(At<'_>, &Grant)> = holding.into_iter().filter(|(at, _)| !by_default(at)).collect();
        // One name in several units may be one identity or several: what each unit gives it counts by itself too.
        let units: BTreeSet<usize> = stated.iter().map(|(at, _)| at.unit).collect();
        let of_unit = |unit: usize| stated.iter().filter(|(at, _)| at.unit == unit).copied().collect();
        let mut parts: Vec<Vec<(At<'_>, &Grant)>> =
            if units.len() > 1 { units.into_iter().map(of_unit).collect() } else { Vec::new() };
        parts.push(stated);
        for held in parts {
            let facts = held.iter().map(|(at, _)| (at.unit, at.fact.id.0)).collect();
            // Many identities hold the same; what it opens is weighed once.
            if !held.iter().any(|(_, grant)| gives(grant)) || !weighed.insert(facts) {
                continue;
            }
            for way in open(&held) {
                let by: Vec<(At<'_>, &Grant)> = way.by.iter().filter_map(|i| held.get(*i).copied()).collect();
                let key = by.iter().map(|(at, _)| (at.unit, at.fact.id.0)).collect();
                let cause = causes.entry(key).or_insert_with(|| Cause { by, ways: Vec::new() });
                if !cause.ways.iter().any(|w| w.id == way.path.id) {
                    cause.ways.push(way.path);
                }
            }
        }
    }
    // A statement that opens a way alone is named once; what it opens together with others is no further cause.
    let mut named: BTreeSet<(usize, u32)> = BTreeSet::new();
    let mut ordered: Vec<(&Facts, &Cause<'_>)> = causes.iter().collect();
    ordered.sort_by_key(|(facts, _)| facts.len());
    for (facts, cause) in ordered {
        if facts.len() > 1 && facts.iter().any(|f| named.contains(f)) {
            continue;
        }
        if let Some(first) = facts.first() {
            named.insert(*first);
        }
        report(cause, out);
    }
}

struct Cause<'a> {
    by: Vec<(At<'a>, &'a Grant)>,
    ways: Vec<&'static Path>,
}

fn report(cause: &Cause<'_>, out: &mut Verdicts<'_>) {
    const SHOWN: usize = 3;
    let Some(((at, leading), others)) = cause.by.split_first() else { return };
    let mut ways = cause.ways.clone();
    ways.sort_by_key(|way| std::cmp::Reverse(way.severity(leading)));
    let severity = ways.first().map_or(Severity::High, |way| way.severity(leading));
    if others.is_empty() && wildcards::severity(leading).is_some_and(|wild| wild > severity) {
        return out.pass(at, "scope/wildcard-grant says worse of it");
    }
    let how: Vec<&str> = ways.iter().take(SHOWN).map(|way| way.how.as_str()).collect();
    let more = match ways.len().saturating_sub(SHOWN) {
        0 => String::new(),
        1 => ", and 1 more way".to_owned(),
        more => format!(", and {more} more ways"),
    };
    let (together, accepted) = match others {
        [] => ("", "these actions on named resources"),
        _ => (
            "together with other statements of its holder, ",
            "these actions on named resources, or in separate hands",
        ),
    };
    let message = format!(
        "{together}this grant lets its holder take further rights: it can {}{more}; accepted: \
         {accepted}",
        how.join("; ")
    );
    let draft = out.report(at, message).severity(severity);
    for (_, grant) in &cause.by {
        draft.judged(shape(grant)).covers(subjects(grant));
    }
    for (other, grant) in others {
        let note = format!("also held: {}", actions::listed(&grant.actions));
        draft.related(note, other.spot(other.place().source()));
        draft.lesser(other.fact.lesser);
    }
}
