//! `hallpass selftest`: does the shipped module find what it says it finds?

use anyhow::{Result, anyhow};

use super::{Ending, print, runtime};
use crate::runtime::contract::Source;

/// Runs the command.
pub(crate) fn run() -> Result<Ending> {
    let runtime = runtime()?;
    let mut worker = super::explain::plain_worker(&runtime)?;
    let stopped = |stop| anyhow!("the rule module was {stop}");
    let description = worker.describe().map_err(stopped)?;
    let mut missed = Vec::new();
    let seed = u64::from(std::process::id());
    for detector in &description.detectors {
        let Some(canary) = worker.canary(&detector.id, seed).map_err(stopped)? else {
            missed.push(format!("detector {}: makes no canary", detector.id));
            continue;
        };
        let file = Source { path: "canary.txt".to_owned(), bytes: format!("{canary}\n").into_bytes(), member: true };
        let answer = worker.check("canary.txt", &[file]).map_err(stopped)?;
        if answer.findings.is_empty() {
            missed.push(format!("detector {}: its canary was not found", detector.id));
        }
    }
    let count = description.detectors.len();
    if missed.is_empty() {
        print(&format!("{count} detectors and {} rules: every canary found\n", description.rules.len()))?;
        return Ok(Ending::Clean);
    }
    for line in &missed {
        super::remark(line);
    }
    Err(anyhow!("{} of {count} canaries were missed: this binary does not find what it should", missed.len()))
}
