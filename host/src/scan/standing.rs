//! A tree that is looked at again and again, as an editor does: what its units came to is kept, and a change checks those
//! again that read what changed. What they come to together is said by the same review as in a run.
//!
//! Invariant: the outcome is that of a run over the same files. What a halt cut short is never kept.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};

use super::parallel::{self, Checked};
use super::{Job, Outcome, Remedies, explain_refusal, finish};
use crate::runtime::{Foreign, Pool, contract};
use crate::source::{self, Plan, Unit};

/// The units of a tree, and what each came to.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    plan: Plan,
    outlines: BTreeMap<String, contract::Outlined>,
    /// In the order of the plan.
    results: Vec<Checked>,
}

impl Standing {
    /// Looks at everything; `None` if that was halted. What `job.cache` knows is not judged again.
    ///
    /// # Errors
    /// The module cannot run at all.
    pub fn of(pool: &Pool<'_>, job: &Job<'_>) -> Result<Option<Self>> {
        let mut outlines = BTreeMap::new();
        let Some(plan) = planned(pool, job, &mut outlines)? else { return Ok(None) };
        let results = parallel::check(pool, job, &plan);
        if pool.halted() {
            return Ok(None);
        }
        if let Some(cache) = job.cache {
            cache.forget_unused();
        }
        Ok(Some(Self { plan, outlines, results }))
    }

    /// Looks at what some files changed; `false`, and nothing is different, if that was halted.
    ///
    /// # Errors
    /// The module cannot run at all.
    pub fn look_again(&mut self, pool: &Pool<'_>, job: &Job<'_>, changed: &BTreeSet<String>) -> Result<bool> {
        let mut outlines = self.outlines.clone();
        let regroups = pool
            .with(|worker| {
                let mut regroups = false;
                for path in changed {
                    if let Some(known) = outlines.get_mut(path) {
                        let now = source::outline(worker, job.files, path);
                        regroups |= *known != now;
                        *known = now;
                    }
                }
                regroups
            })
            .map_err(explain_refusal)?;
        let plan = match regroups {
            true => planned(pool, job, &mut outlines)?,
            false => Some(self.plan.clone()),
        };
        let Some(plan) = plan.filter(|_| !pool.halted()) else { return Ok(false) };
        let before: BTreeMap<&str, (&Unit, &Checked)> =
            self.plan.units.iter().zip(&self.results).map(|(u, r)| (u.key.as_str(), (u, r))).collect();
        let reads = |unit: &Unit| unit.members.iter().chain(&unit.asked).any(|path| changed.contains(path));
        let known: Vec<Option<&Checked>> = plan
            .units
            .iter()
            .map(|unit| {
                let same = before.get(unit.key.as_str()).filter(|(old, _)| *old == unit && !reads(unit));
                same.map(|(_, result)| *result)
            })
            .collect();
        let units: Vec<&Unit> =
            plan.units.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(u, _)| u).collect();
        let mut fresh = parallel::some(pool, job, &plan, &units).into_iter();
        if pool.halted() {
            return Ok(false);
        }
        let results: Vec<Checked> =
            known.into_iter().filter_map(|known| known.cloned().or_else(|| fresh.next())).collect();
        *self = Self { plan, outlines, results };
        Ok(true)
    }

    /// What the units come to together; `None` if that was halted. Remedies are left pending: see [`super::mended`].
    ///
    /// # Errors
    /// The review of the tree was stopped.
    pub fn outcome(&self, pool: &Pool<'_>, modules: &[Foreign], job: &Job<'_>) -> Result<Option<Outcome>> {
        let outcome = finish(pool, modules, job, self.plan.clone(), self.results.clone(), Remedies::Pending);
        match pool.halted() {
            true => Ok(None),
            false => outcome.map(Some),
        }
    }
}

/// The plan of all files; `None` if that was halted.
fn planned(
    pool: &Pool<'_>,
    job: &Job<'_>,
    outlines: &mut BTreeMap<String, contract::Outlined>,
) -> Result<Option<Plan>> {
    let plan = pool
        .with(|worker| source::plan_again(worker, job.files, &job.entries, outlines))
        .map_err(explain_refusal)?;
    match plan {
        // An outline that was cut short says nothing of its file.
        _ if pool.halted() => Ok(None),
        Ok(plan) => Ok(Some(plan)),
        Err(stop) => Err(anyhow!("the rule module failed while it looked at path names: {stop}")),
    }
}
