//! `hallpass selftest`: does the shipped module find what it says it finds?

use std::collections::BTreeSet;

use anyhow::{Result, anyhow};
use serde_json::Value;

use super::explain::{asked, described, plain_settings};
use super::policy::CONFIG;
use super::setup::{pool, processors};
use super::{Ending, print, runtime};
use crate::change;
use crate::runtime::Pool;
use crate::runtime::contract::{Guardrail, Settings, Source};
use crate::scan::{self, Job, Outcome};
use crate::source::{Entry, Files};

/// The date of the rules' examples.
const TODAY: &str = "2026-11-24";
/// What the paths of a base's files begin with (`example` of the contract).
const BASE: &str = "base:";

/// Runs the command: a generated value for every detector, a generated tree for every rule.
pub(crate) fn run() -> Result<Ending> {
    let runtime = runtime()?;
    let settings = || Settings { preview: true, ..plain_settings(TODAY) };
    let plain = pool(&runtime, settings())?;
    let description = described(&plain)?;
    let mut missed = Vec::new();
    let seed = u64::from(std::process::id());
    for detector in &description.detectors {
        let Some(canary) = asked(&plain, |worker| worker.canary(&detector.id, seed))? else {
            missed.push(format!("detector {}: makes no canary", detector.id));
            continue;
        };
        if !detectors_of(&check(&plain, planted(&canary, detector.place.as_deref()))?).contains(&detector.id)
        {
            missed.push(format!("detector {}: its canary was not found", detector.id));
        }
    }
    for rule in &description.rules {
        let Some(example) = asked(&plain, |worker| worker.example(&rule.id, seed))? else {
            missed.push(format!("rule {}: makes no example", rule.id));
            continue;
        };
        let (base, example) = split(example);
        let config = |tree: &[Source]| tree.iter().find(|s| s.path == CONFIG).cloned();
        let governing = if base.is_empty() { &example } else { &base };
        let configured = match config(governing) {
            Some(config) => {
                let settings = Settings { config: Some(config), ..settings() };
                Some(pool(&runtime, settings)?)
            }
            None => None,
        };
        let pool = configured.as_ref().unwrap_or(&plain);
        let guardrail = |config: Option<Source>, units: &[Vec<u8>]| Guardrail {
            config,
            extended: Vec::new(),
            baseline: None,
            detectors: Vec::new(),
            units: units.to_vec(),
        };
        let mut versions = [guardrail(config(&base), &[]), guardrail(config(&example), &[])];
        let is_change = !base.is_empty();
        let mut outcome = check(pool, example)?;
        if is_change {
            let [before, after] = &mut versions;
            before.units = check(pool, base)?.facts;
            after.units.clone_from(&outcome.facts);
            change::weakened(pool, before, after, &[], &mut outcome)?;
        }
        if !outcome.findings.iter().any(|f| f.rule == rule.id) {
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

/// The files of the base of an example that is a change, and those of the change.
fn split(example: Vec<Source>) -> (Vec<Source>, Vec<Source>) {
    let (mut base, head): (Vec<Source>, Vec<Source>) =
        example.into_iter().partition(|source| source.path.starts_with(BASE));
    for source in &mut base {
        source.path = source.path.split_off(BASE.len());
    }
    (base, head)
}

/// The canary in plain text and, if it is one line, as a named value: what has no format of its own is found by the name
/// of its place. Nothing else in these files can be found fault with.
fn planted(canary: &str, place: Option<&str>) -> Vec<Source> {
    let path = "canary.txt".to_owned();
    let mut files = vec![Source { path, bytes: format!("{canary}\n").into_bytes(), member: true }];
    if !canary.contains('\n') {
        let value = canary.replace('\'', "''");
        let name = place.unwrap_or("deploy password").replace(' ', "_").to_ascii_uppercase();
        let text = format!(
            "on: push\npermissions: {{}}\njobs:\n  a:\n    env:\n      {name}: '{value}'\n    steps: []\n"
        );
        let path = ".github/workflows/canary.yml".to_owned();
        files.push(Source { path, bytes: text.into_bytes(), member: true });
    }
    files
}

/// Checks a tree held in memory, by the same way as `check`.
fn check(pool: &Pool<'_>, tree: Vec<Source>) -> Result<Outcome> {
    let entries = tree.iter().map(|s| Entry { path: s.path.clone(), disk: s.path.clone().into() }).collect();
    let buffers = tree.into_iter().map(|s| (s.path, s.bytes)).collect();
    let files = Files::of_buffers(buffers);
    let job = Job {
        files: &files,
        entries,
        unlisted: Vec::new(),
        whole: true,
        jobs: processors(),
        history: None,
        import: None,
        proposed: None,
        waivers: true,
        cache: None,
    };
    scan::run(pool, &[], &job)
}

/// The detectors that a Credential fact names, without their variants.
fn detectors_of(outcome: &Outcome) -> BTreeSet<String> {
    let units = outcome.facts.iter().filter_map(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    let mut named = BTreeSet::new();
    for unit in units {
        for fact in unit["facts"].as_array().into_iter().flatten() {
            if let Some(detector) = fact["detector"].as_str() {
                named.insert(detector.split(':').next().unwrap_or(detector).to_owned());
            }
        }
    }
    named
}
