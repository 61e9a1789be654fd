//! The JavaScript face: the same engine for Node, browsers and workers. Files come in as an object, answers go out as
//! plain objects; types are in `hallpass.d.ts`.

#![allow(missing_docs, unreachable_pub)] // the macro's glue; the API is documented where it is typed

mod options;
mod tree;

use std::collections::BTreeMap;
use std::sync::Arc;

use hallpass_rules::Engine;
use hallpass_rules::engine::tree::{Files, Standing};
use hallpass_rules::finding::{Confidence, FixEdit, Severity};
use hallpass_rules::remedy::proof;
use hallpass_rules::rule::{Meta, RULES};
use hallpass_rules::span::ByteSpan;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use options::{Options, Unit};
use tree::Tree;

use crate::offsets::in_bytes;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../../js/hallpass.d.ts");

/// What a file holds.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    #[serde(with = "serde_bytes")]
    Bytes(Vec<u8>),
}

impl Content {
    fn bytes(self) -> Arc<[u8]> {
        match self {
            Self::Text(text) => Arc::from(text.into_bytes()),
            Self::Bytes(bytes) => Arc::from(bytes),
        }
    }
}

#[derive(Debug, Serialize)]
struct Framework {
    name: &'static str,
    id: &'static str,
}

#[derive(Debug, Serialize)]
struct RuleInfo {
    id: &'static str,
    title: &'static str,
    severity: Severity,
    confidence: Confidence,
    waivable: bool,
    preview: bool,
    since: &'static str,
    aliases: &'static [&'static str],
    frameworks: Vec<Framework>,
    page: &'static str,
}

impl RuleInfo {
    fn of(meta: &Meta) -> Self {
        let frameworks = meta.frameworks.iter().map(|(name, id)| Framework { name, id });
        Self {
            id: meta.id,
            title: meta.title,
            severity: meta.severity,
            confidence: meta.confidence,
            waivable: meta.waivable,
            preview: meta.preview,
            since: meta.since,
            aliases: meta.aliases,
            frameworks: frameworks.collect(),
            page: meta.page,
        }
    }
}

/// What is wrong with the options.
#[derive(Debug, Serialize)]
struct Wrong {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<ByteSpan>,
    message: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Recognised {
    must_check: bool,
    grouped: bool,
}

fn error(message: impl std::fmt::Display) -> JsError {
    JsError::new(&message.to_string())
}

/// What was given as a plain object; what is not known of it is an error, since it was meant to do something.
fn given<T: DeserializeOwned + Default>(value: &JsValue) -> Result<T, JsError> {
    if value.is_undefined() || value.is_null() {
        return Ok(T::default());
    }
    let text = js_sys::JSON::stringify(value).map_err(|_| error("options are a plain object"))?;
    let plain: serde_json::Value = serde_json::from_str(&String::from(text)).map_err(error)?;
    serde_json::from_value(plain).map_err(error)
}

/// Plain objects, as `JSON.parse` makes them.
fn out(value: &impl Serialize) -> Result<JsValue, JsError> {
    let text = serde_json::to_string(value).map_err(error)?;
    js_sys::JSON::parse(&text).map_err(|_| error("the answer is no JSON"))
}

/// A tree of files as `{path: string | Uint8Array}`.
fn tree(files: JsValue, options: Options) -> Result<Tree, JsError> {
    let given: BTreeMap<String, Content> = serde_wasm_bindgen::from_value(files).map_err(error)?;
    let files: Files = given.into_iter().map(|(path, content)| (path, content.bytes())).collect();
    Tree::of(options, Standing::of(files))
}

#[wasm_bindgen(skip_typescript)]
pub fn warm() {
    hallpass_rules::warm();
}

#[wasm_bindgen(js_name = checkTree, skip_typescript)]
pub fn check_tree(files: JsValue, options: JsValue) -> Result<JsValue, JsError> {
    tree(files, Options::read(&options)?)?.check()
}

#[wasm_bindgen(js_name = check, skip_typescript)]
pub fn check_file(path: String, text: String, options: JsValue) -> Result<JsValue, JsError> {
    let options = Options { whole: false, ..Options::read(&options)? };
    let files = Files::from([(path, Arc::from(text.into_bytes()))]);
    Tree::of(options, Standing::of(files))?.check()
}

#[wasm_bindgen(skip_typescript)]
pub fn facts(files: JsValue, options: JsValue) -> Result<JsValue, JsError> {
    tree(files, Options::read(&options)?)?.facts()
}

#[wasm_bindgen(skip_typescript)]
pub fn inventory(files: JsValue, options: JsValue) -> Result<JsValue, JsError> {
    tree(files, Options::read(&options)?)?.inventory()
}

#[wasm_bindgen(skip_typescript)]
pub fn fix(files: JsValue, options: JsValue, wanted: JsValue) -> Result<JsValue, JsError> {
    tree(files, Options::read(&options)?)?.fix(wanted)
}

#[wasm_bindgen(skip_typescript)]
pub fn problems(options: JsValue) -> Result<JsValue, JsError> {
    let options = Options::read(&options)?;
    let problems = options.configured().err().unwrap_or_default();
    let told = problems.into_iter().map(|problem| Wrong {
        path: problem.path,
        span: problem.at,
        message: problem.message,
    });
    options.answer(&told.collect::<Vec<_>>(), &Files::new())
}

#[wasm_bindgen(skip_typescript)]
pub fn prove(path: &str, text: &str, edits: JsValue, offsets: JsValue) -> Result<Option<String>, JsError> {
    let edits: Vec<FixEdit> = given(&edits)?;
    let offsets: Unit = given(&offsets)?;
    let in_bytes = in_bytes(text.as_bytes());
    let span = |span: ByteSpan| match offsets {
        Unit::Utf8 => span,
        Unit::Utf16 => ByteSpan::new(in_bytes(span.start), in_bytes(span.end)),
    };
    let edits: Vec<(ByteSpan, &str)> =
        edits.iter().map(|edit| (span(edit.spot.span), edit.replacement.as_str())).collect();
    let proof = proof::prove(path, text.as_bytes(), &edits);
    Ok(proof.err().map(|why| format!("with the edits, {why}")))
}

#[wasm_bindgen(skip_typescript)]
pub fn explain(rule: &str) -> Option<String> {
    hallpass_rules::rule::find(rule).map(|r| r.meta.page.to_owned())
}

#[wasm_bindgen(skip_typescript)]
pub fn rules() -> Result<JsValue, JsError> {
    out(&RULES.iter().map(|rule| RuleInfo::of(&rule.meta)).collect::<Vec<_>>())
}

#[wasm_bindgen(skip_typescript)]
pub fn schema(name: &str) -> Result<JsValue, JsError> {
    match hallpass_rules::schema::schema(name) {
        Some(schema) => out(&schema),
        None => Err(error(format!("there is no schema `{name}`: config, facts and inventory have one"))),
    }
}

#[wasm_bindgen(skip_typescript)]
pub fn recognise(path: &str) -> Result<JsValue, JsError> {
    let recognised = Engine::recognise(path);
    out(&Recognised { must_check: recognised.must_check, grouped: recognised.grouped })
}
