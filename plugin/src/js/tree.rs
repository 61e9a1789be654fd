//! A tree that is kept between checks, and the answers that it gives.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use hallpass_rules::Engine;
use hallpass_rules::engine::tree::{Outcome, Standing};
use hallpass_rules::finding::{Coverage, Finding, FixEdit, Spot};
use hallpass_rules::ledger::offer::{self, Terms};
use hallpass_rules::remedy::choice::{self, Wanted};
use hallpass_rules::span::ByteSpan;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use super::arguments::{self, error};
use super::options::{CONFIG, Options};
use super::out;

#[derive(Debug, Serialize)]
struct Waived {
    fingerprint: String,
    by: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    findings: Vec<&'a Finding>,
    waived: Vec<Waived>,
    coverage: &'a [Coverage],
    not_judged: &'a [String],
    troubles: Vec<String>,
}

/// What is to be mended.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Mending {
    r#unsafe: bool,
    only: Option<BTreeSet<String>>,
}

/// What a waiver says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    owner: String,
    reason: String,
    until: String,
}

#[wasm_bindgen(skip_typescript)]
pub struct Tree {
    options: Options,
    engine: Rc<Engine>,
    standing: Standing,
}

#[wasm_bindgen]
impl Tree {
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<Self, JsValue> {
        Self::of(Options::read(&options)?, Standing::default())
    }

    pub fn configure(&mut self, options: JsValue) -> Result<(), JsValue> {
        let options = Options::read(&options)?;
        if options != self.options {
            self.engine = options.engine()?;
            self.options = options;
            self.standing.forget();
        }
        Ok(())
    }

    pub fn set(&mut self, path: JsValue, content: JsValue) -> Result<(), JsValue> {
        let path = arguments::path(&path, "path")?;
        self.standing.put(path, arguments::content(&content, "content")?);
        Ok(())
    }

    pub fn delete(&mut self, path: JsValue) -> Result<bool, JsValue> {
        Ok(self.standing.remove(&arguments::path(&path, "path")?))
    }

    pub fn check(&mut self) -> Result<JsValue, JsValue> {
        let outcome = self.outcome();
        let waived = outcome.review.waived.iter();
        let waived: BTreeSet<&str> = waived.map(|waived| waived.fingerprint.as_str()).collect();
        let counts = |finding: &&Finding| !waived.contains(finding.fingerprint.as_str());
        let remarks = self.engine.remarks().into_iter().chain(self.engine.renamed());
        let remarks = remarks.chain(outcome.review.renamed.iter().cloned());
        self.answer(&Answer {
            findings: outcome.review.findings.iter().filter(counts).collect(),
            waived: outcome
                .review
                .waived
                .iter()
                .map(|waived| Waived { fingerprint: waived.fingerprint.clone(), by: waived.by.clone() })
                .collect(),
            coverage: &outcome.coverage,
            not_judged: &outcome.review.not_judged,
            troubles: remarks.map(|remark| self.options.said(&remark)).collect(),
        })
    }

    pub fn facts(&mut self) -> Result<JsValue, JsValue> {
        out(&self.outcome().units)
    }

    pub fn inventory(&mut self) -> Result<JsValue, JsValue> {
        let inventory = self.outcome().inventory(&self.engine);
        self.answer(&inventory)
    }

    #[wasm_bindgen(js_name = fix)]
    pub fn fix_given(&mut self, wanted: JsValue) -> Result<JsValue, JsValue> {
        self.fix(&wanted)
    }

    #[wasm_bindgen(js_name = waive)]
    pub fn waive_given(&mut self, fingerprint: JsValue, terms: JsValue) -> Result<JsValue, JsValue> {
        self.waive(&arguments::text(&fingerprint, "fingerprint")?, &terms)
    }
}

impl Tree {
    pub(super) fn of(options: Options, standing: Standing) -> Result<Self, JsValue> {
        Ok(Self { engine: options.engine()?, options, standing })
    }

    pub(super) fn fix(&mut self, wanted: &JsValue) -> Result<JsValue, JsValue> {
        let wanted: Mending = arguments::object(wanted, "wanted")?;
        let wanted = Wanted { r#unsafe: wanted.r#unsafe, only: wanted.only };
        let outcome = self.outcome();
        let waived: BTreeSet<&str> =
            outcome.review.waived.iter().map(|waived| waived.fingerprint.as_str()).collect();
        let counts = |finding: &&Finding| !waived.contains(finding.fingerprint.as_str());
        let findings: Vec<Finding> = outcome.review.findings.iter().filter(counts).cloned().collect();
        let mended = choice::mend(self.standing.files(), &outcome.coverage, &findings, &wanted);
        let left: Vec<Value> =
            mended.left.iter().map(|(path, why)| json!({"path": path, "why": why})).collect();
        self.answer(&json!({
            "files": mended.files,
            "edits": mended.chosen.each().collect::<Vec<_>>(),
            "mended": mended.chosen.mends,
            "left": left,
        }))
    }

    fn waive(&mut self, fingerprint: &str, terms: &JsValue) -> Result<JsValue, JsValue> {
        let said: Said = arguments::wanted(terms, "terms")?;
        let terms = Terms { owner: &said.owner, reason: &said.reason, until: &said.until };
        let outcome = self.outcome();
        let is_waived = outcome.review.waived.iter().any(|waived| waived.fingerprint == fingerprint);
        let finding = outcome.review.findings.iter().find(|finding| finding.fingerprint == fingerprint);
        let Some(finding) = finding.filter(|_| !is_waived) else {
            return Err(error("no finding of this tree that is not waived has that fingerprint"));
        };
        let waiver = self.comment(&outcome, finding, &terms).or_else(|| self.row(&outcome, finding, &terms));
        match waiver {
            Some(edit) => self.answer(&[edit]),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    fn outcome(&mut self) -> Outcome {
        self.standing.check(&self.engine, self.options.whole)
    }

    fn answer(&self, answer: &impl Serialize) -> Result<JsValue, JsValue> {
        self.options.answer(answer, self.standing.files())
    }

    /// A comment that waives a finding in this tree.
    fn comment(&self, before: &Outcome, finding: &Finding, terms: &Terms<'_>) -> Option<FixEdit> {
        let Spot { path, span } = &finding.at;
        let text = self.standing.files().get(path)?;
        let comments = offer::comments(path, text, *span, &finding.rule, terms);
        comments.into_iter().find_map(|(at, comment)| {
            let (before_it, after_it) = text.split_at_checked(at.range().start)?;
            let mut tried = self.standing.clone();
            tried.put(path.clone(), Arc::from([before_it, comment.as_bytes(), after_it].concat()));
            let outcome = tried.check(&self.engine, self.options.whole);
            let holds = waives(before, &outcome, finding);
            holds.then(|| edit(path, at, comment))
        })
    }

    /// A row of the policy that waives a finding in this tree.
    fn row(&self, before: &Outcome, finding: &Finding, terms: &Terms<'_>) -> Option<FixEdit> {
        let config = self.options.config.as_deref().unwrap_or_default();
        let row = offer::row(config, finding, terms);
        let options = Options { config: Some(format!("{config}{row}")), ..self.options.clone() };
        let engine = options.configured().ok()?;
        let mut tried = self.standing.clone();
        tried.forget();
        let outcome = tried.check(&engine, self.options.whole);
        let holds = waives(before, &outcome, finding);
        holds.then(|| edit(CONFIG, ByteSpan::at(config.len()), row))
    }
}

fn edit(path: &str, span: ByteSpan, replacement: String) -> FixEdit {
    FixEdit { spot: Spot { path: path.to_owned(), span }, replacement }
}

/// Whether a tree with a waiver has its finding waived, and none that it had not before.
fn waives(before: &Outcome, after: &Outcome, finding: &Finding) -> bool {
    let known: BTreeSet<&str> =
        before.review.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    after.review.waived.iter().any(|waived| waived.fingerprint == finding.fingerprint)
        && after.review.findings.iter().all(|finding| known.contains(finding.fingerprint.as_str()))
}
