//! Resources to facts, by the tables; outputs, and values that the detectors look at.

mod credential;
mod elsewhere;
mod exposure;
mod given;
mod identity;
mod output;
mod parameter;
mod policy;
mod sam;
mod site;

use super::evaluate::Evaluator;
use super::template::{Template, section};
use crate::dialect::{Lowering, SourceFile, aws_policy};
use crate::document::{Entry, Node};
use crate::fact::{Case, ContextKind, Datum, FactId, Known, Why};
use crate::span::{ByteSpan, Source};
use site::Site;

/// Transforms that are read: SAM, and extensions of the language that leave the rest as it is written.
const READ: [&str; 2] = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"];

/// Lowers the templates of a file.
pub(super) fn file(file: &SourceFile, out: &mut Lowering<'_>) {
    // Its own dialect fills in its variables and carries the template here.
    if super::template::is_framework(file) {
        return;
    }
    // What no table knows is somebody's data still: a name tells a secret there.
    out.data.extend(file.document.nodes().iter().map(|node| (file.id, node.clone())));
    let templates = Template::all(file);
    if templates.is_empty() {
        let whole = Source::new(file.id, ByteSpan::new(0, file.bytes.len()));
        out.unknown(whole, Why::Unsupported("a template without resources".to_owned()));
    }
    for template in &templates {
        one(template, out);
    }
}

/// Lowers a template that another dialect carries, in the words of the Serverless Framework.
pub(in crate::dialect) fn carried(file: &SourceFile, root: &Node, out: &mut Lowering<'_>) {
    one(&Template::carried(file, root), out);
}

fn one(template: &Template<'_>, out: &mut Lowering<'_>) {
    transforms(template, out);
    let mut evaluator = Evaluator::new(template);
    parameter::lower(&evaluator, out);
    for entry in section(template.root, "Resources") {
        resource(&mut evaluator, entry, out);
    }
    let boundaries = policy::boundaries(&mut evaluator);
    aws_policy::bound(out, &boundaries);
    for entry in section(template.root, "Outputs") {
        output::lower(&mut evaluator, entry, out);
    }
    for (at, why) in std::mem::take(&mut evaluator.noted) {
        out.unknown(at, why);
    }
}

/// Macros rewrite the template when it is deployed.
fn transforms(template: &Template<'_>, out: &mut Lowering<'_>) {
    for node in template.root.get("Transform").map(Node::one_or_many).unwrap_or_default() {
        let name = node.text().or(node.get("Name").and_then(Node::text)).unwrap_or("a macro");
        if !READ.contains(&name) {
            let why = Why::Unsupported(format!("the transform `{name}`"));
            out.unknown(Source::new(template.file.id, node.span), why);
        }
    }
    for entry in section(template.root, "Resources") {
        if super::intrinsic::is_maker(entry.name()) {
            let why = Why::Unsupported("resources that a transform or loop makes".to_owned());
            out.unknown(Source::new(template.file.id, entry.key.span), why);
        }
    }
}

fn resource(evaluator: &mut Evaluator<'_>, entry: &Entry, out: &mut Lowering<'_>) {
    let Some(kind) = entry.value.get("Type").and_then(Node::text) else { return };
    let logical = entry.name();
    let header = evaluator.place(&entry.key);
    let mut properties = match entry.value.get("Properties") {
        Some(node) => evaluator.value(node),
        None => Datum::new(header, Known::Map(Vec::new())),
    };
    inherit(evaluator, kind, &mut properties);
    let file = out.file_context(header.file);
    let within = out.context(file, ContextKind::Resource, logical, header);
    let first = out.facts.facts.len();
    let mut site = Site { evaluator, out, kind, logical, header, within, properties };
    identity::lower(&mut site);
    policy::lower(&mut site);
    given::lower(&mut site);
    credential::lower(&mut site);
    exposure::lower(&mut site);
    sam::lower(&mut site);
    elsewhere::lower(&mut site);
    // A resource under a condition is there when the condition holds.
    if let Some(condition) = entry.value.get("Condition").and_then(Node::text) {
        let lesser = site.evaluator.holds(condition) == Some(false);
        adjust(out, first, &Case::of(condition, "true"), lesser);
    }
}

/// What SAM's `Globals` say holds where a resource says nothing else.
fn inherit(evaluator: &mut Evaluator<'_>, kind: &str, properties: &mut Datum) {
    let Some(globals) = evaluator.template.globals(kind) else { return };
    let Known::Map(inherited) = evaluator.value(globals).value else { return };
    let own: Vec<String> = match &properties.value {
        Known::Map(entries) => entries.iter().filter_map(|(k, _, _)| k.known().map(str::to_owned)).collect(),
        _ => return,
    };
    if let Known::Map(entries) = &mut properties.value {
        let new =
            inherited.into_iter().filter(|(k, _, _)| k.known().is_none_or(|k| !own.iter().any(|o| o == k)));
        entries.extend(new);
    }
}

/// The facts from `first` on hold in a case only.
fn adjust(out: &mut Lowering<'_>, first: usize, case: &Case, lesser: bool) {
    if case.is_always() && !lesser {
        return;
    }
    for index in first..out.facts.facts.len() {
        let id = FactId(u32::try_from(index).unwrap_or(u32::MAX));
        if let Some(fact) = out.fact_mut(id) {
            if let Some(case) = fact.when.and(case) {
                fact.when = case;
            }
            fact.lesser |= lesser;
        }
    }
}
