//! Ten bodies are the vocabulary in which dialects and rules meet: each is written by two dialects at least, and read
//! by a rule. Both are shown by running the rule pages' examples, not by looking at the source.

#![allow(clippy::unwrap_used)] // a test

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::tree::{Files, units};
use super::*;
use crate::rule::{page, template};

/// The names of the bodies, as in JSON.
const BODIES: [&str; 10] = [
    "credential",
    "identity",
    "grant",
    "trust",
    "endpoint",
    "component",
    "flow",
    "need",
    "safeguard",
    "link",
];

/// One example of a rule's page: its tree, and the engine with its configuration.
pub(super) struct Sample {
    rule: &'static crate::rule::Rule,
    pub(super) files: Files,
    pub(super) engine: Engine,
}

pub(super) fn samples() -> Vec<Sample> {
    let canary = |id: &str, seed: u64| crate::detect::canary(id, seed).map(|canary| canary.text);
    let mut samples = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.meta.stage == Stage::Facts) {
        for example in page::read(rule.meta.id, rule.meta.id, rule.meta.page).examples {
            let files: Files = example
                .files
                .iter()
                .map(|(path, text)| {
                    let filled = template::fill(text, &canary).unwrap();
                    (path.clone(), Arc::from(filled.text.into_bytes()))
                })
                .collect();
            let config = files.get("hallpass.toml").map(|text| ("hallpass.toml".to_owned(), text.to_vec()));
            let engine = Engine::configure(Settings {
                config,
                select: vec![rule.meta.id.to_owned()],
                key: b"tests".to_vec(),
                ..Settings::on(jiff::civil::date(2026, 11, 24))
            });
            samples.push(Sample { rule, files, engine: engine.unwrap() });
        }
    }
    samples
}

/// What a rule says of facts alone: fingerprints, without the units they came from.
fn said(sample: &Sample, units: &[UnitFacts]) -> BTreeSet<String> {
    let engine = &sample.engine;
    let judge = |units: &[UnitFacts]| {
        let world = World::of(units, &engine.policy, engine.settings.today);
        let (drafts, _) = engine.judge(&world, |meta| meta.id == sample.rule.meta.id);
        assemble::findings(drafts, &engine.policy, Confidence::Low)
    };
    let findings: Vec<Finding> = match sample.rule.meta.scope {
        Scope::Unit => units.iter().flat_map(|unit| judge(std::slice::from_ref(unit))).collect(),
        Scope::Tree | Scope::WholeTree => {
            let registry = ledger::registry_facts(&engine.policy);
            judge(&units.iter().cloned().chain(registry).collect::<Vec<_>>())
        }
    };
    findings.into_iter().map(|finding| finding.fingerprint).collect()
}

/// The facts without those of one body. No rule keeps a fact's number, so nothing else changes.
fn without(units: &[UnitFacts], body: &str) -> Vec<UnitFacts> {
    let mut units = units.to_vec();
    for unit in &mut units {
        unit.facts.retain(|fact| fact.body.name() != body);
    }
    units
}

#[test]
fn every_body_is_written_by_two_dialects() {
    let mut written: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for sample in samples() {
        for (key, inputs) in units(&sample.files) {
            let unit = read_unit(&key, &inputs);
            for dialect in DIALECTS.iter().filter(|d| unit.files.iter().any(|f| d.owns(f))) {
                let mut out = Lowering::new(&unit);
                dialect.lower(&unit, &mut out);
                for fact in &out.facts.facts {
                    written.entry(fact.body.name()).or_default().insert(dialect.name());
                }
            }
        }
    }
    let lacking: Vec<_> = BODIES
        .iter()
        .filter(|body| written.get(**body).is_none_or(|dialects| dialects.len() < 2))
        .map(|body| format!("{body}: {:?}", written.get(*body)))
        .collect();
    assert!(lacking.is_empty(), "{lacking:#?}\n{written:#?}");
    assert!(written.keys().all(|body| BODIES.contains(body)), "{written:#?}");
}

#[test]
fn every_body_is_read_by_a_rule() {
    let mut read_by: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for sample in samples() {
        let facts = sample.engine.check_tree(&sample.files, true).units;
        let whole = said(&sample, &facts);
        for body in BODIES {
            // Without these facts a finding is gone.
            if !whole.is_subset(&said(&sample, &without(&facts, body))) {
                read_by.entry(body).or_default().insert(sample.rule.meta.id);
            }
        }
    }
    let unread: Vec<_> = BODIES.iter().filter(|body| !read_by.contains_key(**body)).collect();
    assert!(unread.is_empty(), "no finding rests on {unread:?}\n{read_by:#?}");
}
