//! The JavaScript face: the same engine for Node, browsers and workers. Files come in as an object, answers go out as
//! plain objects; types are in `hallpass.d.ts`.

// The macro's glue: the API is documented where it is typed, and takes values, whatever they are.
#![allow(missing_docs, unreachable_pub, clippy::needless_pass_by_value)]

mod arguments;
mod options;
mod tree;

use std::sync::Arc;

use hallpass_rules::Engine;
use hallpass_rules::engine::tree::{Files, Standing};
use hallpass_rules::finding::{Confidence, FixEdit, Severity};
use hallpass_rules::remedy::proof;
use hallpass_rules::rule::{Meta, RULES};
use hallpass_rules::span::ByteSpan;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use arguments::error;
use options::{Options, Unit};
use tree::Tree;

use crate::offsets::in_bytes;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../../js/hallpass.d.ts");

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

/// Plain objects, as `JSON.parse` makes them.
fn out(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let text = serde_json::to_string(value).map_err(error)?;
    js_sys::JSON::parse(&text).map_err(|_| error("the answer is no JSON"))
}

/// A tree of files.
fn tree(files: &JsValue, options: Options) -> Result<Tree, JsValue> {
    Tree::of(options, Standing::of(arguments::files(files)?))
}

#[wasm_bindgen(skip_typescript)]
pub fn warm() {
    hallpass_rules::warm();
}

#[wasm_bindgen(js_name = checkTree, skip_typescript)]
pub fn check_tree(files: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    tree(&files, Options::read(&options)?)?.check()
}

#[wasm_bindgen(js_name = check, skip_typescript)]
pub fn check_file(path: JsValue, text: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    let (path, text) = (arguments::path(&path, "path")?, arguments::text(&text, "text")?);
    let options = Options { whole: false, ..Options::read(&options)? };
    let files = Files::from([(path, Arc::from(text.into_bytes()))]);
    Tree::of(options, Standing::of(files))?.check()
}

#[wasm_bindgen(skip_typescript)]
pub fn facts(files: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    tree(&files, Options::read(&options)?)?.facts()
}

#[wasm_bindgen(skip_typescript)]
pub fn inventory(files: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    tree(&files, Options::read(&options)?)?.inventory()
}

#[wasm_bindgen(skip_typescript)]
pub fn fix(files: JsValue, options: JsValue, wanted: JsValue) -> Result<JsValue, JsValue> {
    tree(&files, Options::read(&options)?)?.fix(&wanted)
}

#[wasm_bindgen(skip_typescript)]
pub fn problems(options: JsValue) -> Result<JsValue, JsValue> {
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
pub fn prove(
    path: JsValue,
    text: JsValue,
    edits: JsValue,
    offsets: JsValue,
) -> Result<Option<String>, JsValue> {
    let (path, text) = (arguments::path(&path, "path")?, arguments::text(&text, "text")?);
    let edits: Vec<FixEdit> = arguments::list(&edits, "edits")?;
    let offsets = Unit::read(&offsets)?;
    let in_bytes = in_bytes(text.as_bytes());
    let span = |span: ByteSpan| match offsets {
        Unit::Utf8 => span,
        Unit::Utf16 => ByteSpan::new(in_bytes(span.start), in_bytes(span.end)),
    };
    let edits: Vec<(ByteSpan, &str)> =
        edits.iter().map(|edit| (span(edit.spot.span), edit.replacement.as_str())).collect();
    let proof = proof::prove(&path, text.as_bytes(), &edits);
    Ok(proof.err().map(|why| format!("with the edits, {why}")))
}

#[wasm_bindgen(skip_typescript)]
pub fn explain(rule: JsValue) -> Result<Option<String>, JsValue> {
    let rule = hallpass_rules::rule::find(&arguments::text(&rule, "rule")?);
    Ok(rule.map(|rule| rule.meta.page.to_owned()))
}

#[wasm_bindgen(skip_typescript)]
pub fn rules() -> Result<JsValue, JsValue> {
    out(&RULES.iter().map(|rule| RuleInfo::of(&rule.meta)).collect::<Vec<_>>())
}

#[wasm_bindgen(skip_typescript)]
pub fn schema(name: JsValue) -> Result<JsValue, JsValue> {
    let name = arguments::text(&name, "name")?;
    match hallpass_rules::schema::schema(&name) {
        Some(schema) => out(&schema),
        None => Err(error(format!("there is no schema `{name}`: config, facts and inventory have one"))),
    }
}

#[wasm_bindgen(skip_typescript)]
pub fn recognise(path: JsValue) -> Result<JsValue, JsValue> {
    let recognised = Engine::recognise(&arguments::path(&path, "path")?);
    out(&Recognised { must_check: recognised.must_check, grouped: recognised.grouped })
}
