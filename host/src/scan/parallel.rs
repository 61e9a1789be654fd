//! Units on all processors: one instance per thread, results in the order of the plan.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::progress::Progress;
use super::{Job, UNREACHED, ended, not_checked};
use crate::runtime::{Pool, Stop, Worker, contract};
use crate::source::{Plan, Read, Unit};

/// What one unit came to.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub(super) answer: contract::Answer,
    /// Length in bytes of each file that the module looked at, by path.
    pub(super) lengths: Vec<(String, usize)>,
    /// Texts that must not be displayed in any unit.
    pub(super) secrets: BTreeSet<Vec<u8>>,
}

/// Checks every unit.
pub(super) fn check(pool: &Pool<'_>, job: &Job<'_>, plan: &Plan) -> Vec<Checked> {
    some(pool, job, plan, &plan.units.iter().collect::<Vec<_>>())
}

/// Checks some units of a plan.
pub(super) fn some(pool: &Pool<'_>, job: &Job<'_>, plan: &Plan, units: &[&Unit]) -> Vec<Checked> {
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<Checked>>> = units.iter().map(|_| Mutex::new(None)).collect();
    let threads = job.jobs.clamp(1, units.len().max(1));
    let progress = Progress::new(units.len());
    let work = || {
        // The configuration was accepted once already, so a refusal here is a fault of the machine; the units then stay
        // empty and are reported as not checked below.
        let _ = pool.with(|worker| {
            while !ended(pool) {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(unit) = units.get(index) else { return };
                let checked = one(worker, job, plan, unit);
                if let Some(Ok(mut slot)) = slots.get(index).map(Mutex::lock) {
                    *slot = Some(checked);
                }
                progress.step();
            }
        });
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    drop(progress);
    let why = if ended(pool) { UNREACHED } else { "no thread could check it" };
    units
        .iter()
        .zip(slots)
        .map(|(unit, slot)| {
            slot.into_inner().ok().flatten().unwrap_or_else(|| Checked {
                answer: failed(plan, unit, why),
                lengths: Vec::new(),
                secrets: BTreeSet::new(),
            })
        })
        .collect()
}

/// The files of a unit, and what could not be given of its members.
pub(super) fn sources(
    job: &Job<'_>,
    unit: &Unit,
) -> (Vec<contract::Source>, Vec<(String, contract::Status, String)>) {
    let mut files = Vec::with_capacity(unit.members.len() + unit.asked.len());
    let mut missing = Vec::new();
    let members = unit.members.iter().map(|p| (p, true));
    for (path, member) in members.chain(unit.asked.iter().map(|p| (p, false))) {
        match job.files.read(path) {
            Read::Text(bytes) => files.push(contract::Source { path: path.clone(), bytes, member }),
            // Whether a skipped file is a finding is the module's to say; it knows which paths must be checked.
            Read::Binary(_) => {
                let why = "it is binary (a NUL byte near its start)".to_owned();
                missing.push((path.clone(), contract::Status::Skipped, why));
            }
            Read::Refused(why) if member => missing.push((path.clone(), contract::Status::Failed, why)),
            Read::Refused(_) => {}
        }
    }
    (files, missing)
}

fn one(worker: &mut Worker<'_>, job: &Job<'_>, plan: &Plan, unit: &Unit) -> Checked {
    let (files, missing) = sources(job, unit);
    let mut lengths: Vec<_> = files.iter().map(|f| (f.path.clone(), f.bytes.len())).collect();
    let mut answer = if files.iter().any(|f| f.member) {
        match answer(worker, job, unit, &files) {
            Ok(answer) => answer,
            Err(stop) => {
                lengths.clear();
                failed(plan, unit, &format!("the check was {stop}"))
            }
        }
    } else {
        empty()
    };
    for (path, status, why) in missing {
        if unit.members.contains(&path) {
            let must_check = plan.must_check.contains(&path);
            answer.coverage.push(not_checked(&path, status, why, must_check));
        }
    }
    let secrets = super::secrets::texts(&files, &answer.secrets);
    Checked { answer, lengths, secrets }
}

/// What the module says of a unit, or said of the same files before.
fn answer(
    worker: &mut Worker<'_>,
    job: &Job<'_>,
    unit: &Unit,
    files: &[contract::Source],
) -> Result<contract::Answer, Stop> {
    let Some((cache, key)) = job.cache.and_then(|cache| Some((cache, cache.key(&unit.key, files)?))) else {
        return worker.check(&unit.key, files);
    };
    if let Some(known) = cache.get(&key) {
        return Ok(known);
    }
    let answer = worker.check(&unit.key, files)?;
    cache.put(key, &answer);
    Ok(answer)
}

fn empty() -> contract::Answer {
    contract::Answer {
        findings: Vec::new(),
        coverage: Vec::new(),
        masks: Vec::new(),
        secrets: Vec::new(),
        facts: Vec::new(),
        passes: Vec::new(),
    }
}

fn failed(plan: &Plan, unit: &Unit, why: &str) -> contract::Answer {
    let entry = |path: &String| {
        not_checked(path, contract::Status::Failed, why.to_owned(), plan.must_check.contains(path))
    };
    contract::Answer { coverage: unit.members.iter().map(entry).collect(), ..empty() }
}
