//! `hallpass selftest`: does the shipped module find what it says it finds?

use anyhow::{Result, anyhow};

use super::setup::processors;
use super::{Ending, print, runtime};
use crate::runtime::contract::{Settings, Source};
use crate::runtime::{Runtime, Stop};
use crate::scan::{self, Job};
use crate::source::{Entry, Files};

/// The date of the rules' examples.
const TODAY: &str = "2026-11-24";

/// Runs the command: a generated value for every detector, a generated tree for every rule.
pub(crate) fn run() -> Result<Ending> {
    let runtime = runtime()?;
    let settings = super::explain::plain_settings(TODAY);
    let mut worker = super::explain::plain_worker(&runtime)?;
    let stopped = |stop: Stop| anyhow!("the rule module was {stop}");
    let description = worker.describe().map_err(stopped)?;
    let mut missed = Vec::new();
    let seed = u64::from(std::process::id());
    for detector in &description.detectors {
        let Some(canary) = worker.canary(&detector.id, seed).map_err(stopped)? else {
            missed.push(format!("detector {}: makes no canary", detector.id));
            continue;
        };
        if found(&runtime, &settings, planted(&canary))?.is_empty() {
            missed.push(format!("detector {}: its canary was not found", detector.id));
        }
    }
    for rule in &description.rules {
        let Some(example) = worker.example(&rule.id, seed).map_err(stopped)? else {
            missed.push(format!("rule {}: makes no example", rule.id));
            continue;
        };
        if !found(&runtime, &settings, example)?.contains(&rule.id) {
            missed.push(format!("rule {}: found nothing in its own example", rule.id));
        }
    }
    let (detectors, rules) = (description.detectors.len(), description.rules.len());
    if missed.is_empty() {
        print(&format!("{detectors} detectors and {rules} rules: every canary found\n"))?;
        return Ok(Ending::Clean);
    }
    for line in &missed {
        super::remark(line);
    }
    Err(anyhow!(
        "{} of {} canaries were missed: this binary does not find what it should",
        missed.len(),
        detectors + rules
    ))
}

/// The canary in plain text and, if it is one line, as a named value: what has no format of its own is found by name.
/// Nothing else in these files can be found fault with.
fn planted(canary: &str) -> Vec<Source> {
    let path = "canary.txt".to_owned();
    let mut files = vec![Source { path, bytes: format!("{canary}\n").into_bytes(), member: true }];
    if !canary.contains('\n') {
        let value = canary.replace('\'', "''");
        let text = format!(
            "on: push\npermissions: {{}}\njobs:\n  a:\n    env:\n      DEPLOY_PASSWORD: '{value}'\n    steps: []\n"
        );
        let path = ".github/workflows/canary.yml".to_owned();
        files.push(Source { path, bytes: text.into_bytes(), member: true });
    }
    files
}

/// The rules that find something in a tree held in memory, by the same way as `check`.
fn found(
    runtime: &Runtime,
    settings: &Settings,
    tree: Vec<Source>,
) -> Result<std::collections::BTreeSet<String>> {
    let config = tree.iter().find(|s| s.path == super::setup::CONFIG).cloned();
    let settings = Settings { config, ..settings.clone() };
    let entries = tree.iter().map(|s| Entry { path: s.path.clone(), disk: s.path.clone().into() }).collect();
    let files = Files { root: None, buffers: tree.into_iter().map(|s| (s.path, s.bytes)).collect() };
    let job = Job { files: &files, entries, unlisted: Vec::new(), whole: true, jobs: processors() };
    let outcome = scan::run(runtime, &settings, &[], &job)?;
    Ok(outcome.findings.into_iter().map(|f| f.rule).collect())
}
