//! The JavaScript face: the same engine for Node, browsers and workers. Files come in as an object, answers go out as
//! plain objects; types are in `hallpass.d.ts`.

#![allow(missing_docs)] // the macro's glue; the API is documented where it is typed

use std::collections::BTreeMap;
use std::sync::Arc;

use hallpass_rules::detect::Handed;
use hallpass_rules::engine::tree::Files;
use hallpass_rules::finding::{Coverage, Finding};
use hallpass_rules::policy::{Extended, Problem};
use hallpass_rules::rule::RULES;
use hallpass_rules::{Engine, Settings};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../js/hallpass.d.ts");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Options {
    today: String,
    config: Option<String>,
    /// Texts by path.
    extended: BTreeMap<String, String>,
    select: Vec<String>,
    ignore: Vec<String>,
    preview: bool,
    key: Option<String>,
    whole: bool,
    /// Texts by name.
    detectors: BTreeMap<String, String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            today: String::new(),
            config: None,
            extended: BTreeMap::new(),
            select: Vec::new(),
            ignore: Vec::new(),
            preview: false,
            key: None,
            whole: true,
            detectors: BTreeMap::new(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Waived {
    fingerprint: String,
    by: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    findings: Vec<Finding>,
    waived: Vec<Waived>,
    coverage: Vec<Coverage>,
    not_judged: Vec<String>,
    troubles: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RuleInfo {
    id: &'static str,
    title: &'static str,
    severity: hallpass_rules::finding::Severity,
    preview: bool,
    page: &'static str,
}

fn error(message: impl std::fmt::Display) -> JsError {
    JsError::new(&message.to_string())
}

/// Plain objects, as `JSON.parse` would make them.
fn out(value: &impl Serialize) -> Result<JsValue, JsError> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(error)
}

/// Where something is said of a file, and what.
fn said(options: &Options, problem: &Problem) -> String {
    let text = options.detectors.get(&problem.path).or_else(|| options.extended.get(&problem.path));
    match (text, problem.at) {
        (Some(text), Some(at)) => {
            let before = text.get(..at.start as usize).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            format!("{}:{line}:{column}: {}", problem.path, problem.message)
        }
        (Some(_), None) => format!("{}: {}", problem.path, problem.message),
        _ => problem.message.clone(),
    }
}

fn engine(options: &Options) -> Result<Engine, JsError> {
    let today = options.today.parse().map_err(|_| error("options.today: write the date as YYYY-MM-DD"))?;
    let handed = |(path, text): (&String, &String)| Handed {
        path: path.clone(),
        asked: false,
        bytes: Ok(text.clone().into_bytes()),
    };
    let extended = |(path, text): (&String, &String)| Extended {
        path: path.clone(),
        bytes: Ok(text.clone().into_bytes()),
    };
    let engine = Engine::configure(Settings {
        config: options.config.as_ref().map(|text| ("hallpass.toml".to_owned(), text.clone().into_bytes())),
        extended: options.extended.iter().map(extended).collect(),
        select: options.select.clone(),
        ignore: options.ignore.clone(),
        preview: options.preview,
        key: options.key.as_deref().unwrap_or("hallpass").as_bytes().to_vec(),
        detectors: options.detectors.iter().map(handed).collect(),
        ..Settings::on(today)
    })
    .map_err(|problems| error(problems.iter().map(|p| said(options, p)).collect::<Vec<_>>().join("\n")))?;
    if let Some(missing) = engine.wanted().first() {
        return Err(error(format!("options.extended: `{missing}` is extended and not there")));
    }
    let missing = engine.imported().wanted().next().map(str::to_owned);
    match missing {
        Some(missing) => Err(error(format!("options.detectors: `{missing}` is asked for and not there"))),
        None => Ok(engine),
    }
}

/// Files as `{path: string | Uint8Array}`.
fn files(value: JsValue) -> Result<Files, JsError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Content {
        Text(String),
        #[serde(with = "serde_bytes")]
        Bytes(Vec<u8>),
    }
    let given: BTreeMap<String, Content> = serde_wasm_bindgen::from_value(value).map_err(error)?;
    Ok(given
        .into_iter()
        .map(|(path, content)| match content {
            Content::Text(text) => (path, Arc::from(text.into_bytes())),
            Content::Bytes(bytes) => (path, Arc::from(bytes)),
        })
        .collect())
}

fn options(value: JsValue) -> Result<Options, JsError> {
    serde_wasm_bindgen::from_value(value).map_err(error)
}

fn check(files: &Files, options: &Options) -> Result<JsValue, JsError> {
    let engine = engine(options)?;
    let outcome = engine.check_tree(files, options.whole);
    let remarks = engine.remarks().into_iter().chain(engine.renamed()).chain(outcome.review.renamed);
    let troubles = remarks.map(|remark| said(options, &remark)).collect();
    let waived: Vec<Waived> =
        outcome.review.waived.into_iter().map(|w| Waived { fingerprint: w.fingerprint, by: w.by }).collect();
    let counts = |f: &Finding| !waived.iter().any(|w| w.fingerprint == f.fingerprint);
    let findings = outcome.review.findings.into_iter().filter(counts).collect();
    let not_judged = outcome.review.not_judged;
    out(&Answer { findings, waived, coverage: outcome.coverage, not_judged, troubles })
}

/// Builds every table now, so that the first check is as fast as the rest.
#[wasm_bindgen]
pub fn warm() {
    hallpass_rules::warm();
}

/// Checks several files as one tree.
#[wasm_bindgen(js_name = checkTree, skip_typescript)]
pub fn check_tree(tree: JsValue, settings: JsValue) -> Result<JsValue, JsError> {
    check(&files(tree)?, &options(settings)?)
}

/// Checks one file. Rules that need the whole tree do not run.
#[wasm_bindgen(js_name = check, skip_typescript)]
pub fn check_file(path: String, text: String, settings: JsValue) -> Result<JsValue, JsError> {
    let mut options = options(settings)?;
    options.whole = false;
    check(&Files::from([(path, Arc::from(text.into_bytes()))]), &options)
}

/// The facts of a tree, one object per unit.
#[wasm_bindgen(skip_typescript)]
pub fn facts(tree: JsValue, settings: JsValue) -> Result<JsValue, JsError> {
    let options = options(settings)?;
    out(&engine(&options)?.check_tree(&files(tree)?, options.whole).units)
}

/// The inventory of a tree.
#[wasm_bindgen(skip_typescript)]
pub fn inventory(tree: JsValue, settings: JsValue) -> Result<JsValue, JsError> {
    let options = options(settings)?;
    out(&engine(&options)?.inventory_tree(&files(tree)?))
}

/// A rule's page, or nothing.
#[wasm_bindgen(skip_typescript)]
pub fn explain(rule: &str) -> Option<String> {
    hallpass_rules::rule::find(rule).map(|r| r.meta.page.to_owned())
}

/// Every rule.
#[wasm_bindgen(skip_typescript)]
pub fn rules() -> Result<JsValue, JsError> {
    let rules: Vec<RuleInfo> = RULES
        .iter()
        .map(|r| RuleInfo {
            id: r.meta.id,
            title: r.meta.title,
            severity: r.meta.severity,
            preview: r.meta.preview,
            page: r.meta.page,
        })
        .collect();
    out(&rules)
}
