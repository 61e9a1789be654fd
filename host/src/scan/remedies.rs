//! What would mend findings: the module writes it, with the unit at hand.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::{Job, Outcome, explain_refusal};
use crate::runtime::{Pool, Worker, contract};
use crate::source::Plan;

/// Most findings whose remedies are asked for in one call: each call has one deadline.
const MOST_MENDED: usize = 1_024;

/// Findings of an outcome whose remedies were left pending, with what mends them.
///
/// # Errors
/// No worker could be made.
pub fn mended(
    pool: &Pool<'_>,
    job: &Job<'_>,
    outcome: &Outcome,
    mut findings: Vec<contract::Finding>,
) -> Result<Vec<contract::Finding>> {
    pool.with(|worker| write(worker, job, &outcome.plan, &mut findings)).map_err(explain_refusal)?;
    findings.iter_mut().for_each(|finding| outcome.secrets.hide_in_fixes(finding));
    Ok(findings)
}

/// Has the module write the remedies that needed the unit at hand. It reads the unit for each call, so that findings are
/// asked about together.
pub(super) fn write(worker: &mut Worker<'_>, job: &Job<'_>, plan: &Plan, findings: &mut [contract::Finding]) {
    for (unit, indices) in pending_by_unit(plan, findings) {
        let Some(unit) = plan.units.get(unit) else { continue };
        let files = super::parallel::sources(job, unit).0;
        for indices in indices.chunks(MOST_MENDED) {
            let asked: Vec<contract::Finding> =
                indices.iter().filter_map(|index| findings.get(*index).cloned()).collect();
            let written = worker.mend(&unit.key, &files, &asked).unwrap_or_default();
            for (index, fixes) in indices.iter().zip(written) {
                if let Some(finding) = findings.get_mut(*index) {
                    finding.fixes.extend(fixes);
                }
            }
        }
    }
    for finding in findings {
        finding.pending.clear();
    }
}

/// Findings with remedies still to be written, by the units whose own files they stand in.
fn pending_by_unit(plan: &Plan, findings: &[contract::Finding]) -> BTreeMap<usize, Vec<usize>> {
    let mut unit_of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, unit) in plan.units.iter().enumerate() {
        for path in &unit.members {
            unit_of.entry(path).or_default().push(index);
        }
    }
    let mut pending: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate().filter(|(_, f)| !f.pending.is_empty()) {
        let paths = std::iter::once(&finding.at).chain(&finding.places).map(|at| at.path.as_str());
        let units: BTreeSet<usize> = paths.filter_map(|path| unit_of.get(path)).flatten().copied().collect();
        for unit in units {
            pending.entry(unit).or_default().push(index);
        }
    }
    pending
}

/// The first fix of each place of a finding that may be taken.
pub fn fix_of_each_place(
    finding: &contract::Finding,
    may: impl Fn(&contract::Fix) -> bool,
) -> impl Iterator<Item = &contract::Fix> {
    let mut mended = BTreeSet::new();
    finding.fixes.iter().filter(move |fix| {
        let place = (fix.mends.path.as_str(), fix.mends.at.start, fix.mends.at.end);
        may(fix) && mended.insert(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(path: &str, pending: bool) -> contract::Finding {
        let at = contract::Spot { path: path.to_owned(), at: contract::Span { start: 0, end: 0 } };
        contract::Finding {
            rule: String::new(),
            severity: contract::Severity::Low,
            confidence: contract::Confidence::Low,
            at,
            route: String::new(),
            message: String::new(),
            help: None,
            related: Vec::new(),
            places: Vec::new(),
            fixes: Vec::new(),
            pending: if pending { vec![String::new()] } else { Vec::new() },
            place_id: String::new(),
            content_id: String::new(),
            subjects: Vec::new(),
            fingerprint: String::new(),
        }
    }

    #[test]
    fn a_unit_is_asked_once_for_all_its_findings() {
        let unit = |path: &str| crate::source::Unit {
            key: path.to_owned(),
            members: vec![path.to_owned()],
            asked: Vec::new(),
        };
        let plan = Plan { units: vec![unit("a"), unit("b"), unit("c")], ..Plan::default() };
        let mut findings = vec![finding("b", true); 1_000];
        findings.push(finding("a", true));
        findings.push(finding("c", false));
        let pending = pending_by_unit(&plan, &findings);
        let counts: Vec<_> = pending.iter().map(|(unit, findings)| (*unit, findings.len())).collect();
        assert_eq!(counts, [(0, 1), (1, 1_000)]);
    }
}
