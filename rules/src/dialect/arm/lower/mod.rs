//! Resources to facts, by the tables; parameters and outputs; and the templates that a template deploys.

mod credential;
mod exposure;
mod federation;
mod given;
mod identity;
mod module;
mod output;
mod parameter;
mod role;
mod secret;
mod site;

use super::evaluate::{Evaluator, Given, Round, Truth, is_open};
use super::parameters::{is_parameters, using};
use super::template::{Resource, Template, get, is_template};
use crate::dialect::values::default_of;
use crate::dialect::{Lowering, SourceFile, Unit, resolve};
use crate::document::{Data, Entry, Node, bicep};
use crate::fact::{Case, ContextKind, Datum, FactId, Known, Text, Why};
use crate::span::{ByteSpan, Source};
use site::Site;

/// Deepest nesting of templates inside templates.
const MAX_DEPTH: usize = 6;
/// Most templates that one file deploys, in all.
const MAX_TEMPLATES: usize = 64;
/// Files of parameters in Bicep.
const PARAMETERS: &str = ".bicepparam";
/// Sections that are templates and resources of their own.
const APART: [&str; 3] = ["template", "resources", "$for"];

/// Lowers a template, or the values of its parameters.
pub(super) fn file<'u>(unit: &'u Unit, file: &'u SourceFile, out: &mut Lowering<'_>) {
    // What no table knows is somebody's data still: a name tells a secret there.
    out.data.extend(file.document.nodes().iter().map(|node| (file.id, written(node))));
    let whole = Source::new(file.id, ByteSpan::new(0, file.bytes.len()));
    let is_bicep = super::is_bicep(&file.path);
    if !is_bicep && is_parameters(file) {
        return;
    }
    let Some(template) = Template::of_file(file).filter(|_| is_bicep || is_template(file)) else {
        return out.unknown(whole, Why::Unsupported("a file that is no template".to_owned()));
    };
    if file.path.ends_with(PARAMETERS) {
        values(unit, file, &template, out);
    }
    self::template(unit, &template, out);
}

/// Names what a file of parameters takes from elsewhere: its template, and values that are worked out when it is deployed.
fn values(unit: &Unit, file: &SourceFile, template: &Template<'_>, out: &mut Lowering<'_>) {
    if let Some(using) = using(file)
        && let Some(path) = using.text()
    {
        let there = resolve(file.folder(), path).is_some_and(|path| unit.file(&path).is_some());
        if !there && path.ends_with(".bicep") {
            out.unknown(Source::new(file.id, using.span), Why::NotInTree(path.to_owned()));
        }
    }
    let mut evaluator = Evaluator::new(unit, template, None);
    for node in template.parameters.iter().filter_map(|entry| entry.value.get("defaultValue")) {
        let value = evaluator.value(node);
        if let Known::Unknown(why) = &default_of(&value).value {
            out.unknown(evaluator.place(node), why.clone());
        }
    }
}

/// Lowers a template that no other deploys.
pub(super) fn template<'u>(unit: &'u Unit, template: &Template<'u>, out: &mut Lowering<'_>) {
    let mut left = MAX_TEMPLATES;
    one(unit, template, None, &Nesting { depth: 0, prefix: String::new(), inline: true }, &mut left, out);
}

/// A tree without the nodes that stand for expressions.
fn written(node: &Node) -> Node {
    let expression = node.tag.is_some() && matches!(node.data, Data::List(_));
    let data = match &node.data {
        _ if expression => Data::Null,
        Data::List(items) => Data::List(items.iter().map(written).collect()),
        Data::Map(entries) => Data::Map(
            entries
                .iter()
                .map(|entry| Entry {
                    key: entry.key.clone(),
                    value: written(&entry.value),
                    merged: entry.merged,
                })
                .collect(),
        ),
        other => other.clone(),
    };
    // A loop holds what it makes.
    if node.tag.as_deref() == Some(bicep::FOR)
        && let Some(body) = node.items().get(3)
    {
        return written(body);
    }
    Node { data, tag: None, ..node.clone() }
}

/// Where a template stands among those that deploy it.
struct Nesting {
    depth: usize,
    prefix: String,
    /// Whether it stands in the file of the one that deploys it.
    inline: bool,
}

fn one<'u>(
    unit: &'u Unit,
    template: &Template<'u>,
    given: Option<Given>,
    nesting: &Nesting,
    left: &mut usize,
    out: &mut Lowering<'_>,
) {
    let mut evaluator = Evaluator::new(unit, template, given);
    // What stands in a file of its own speaks for itself there.
    let is_own = nesting.depth == 0 || nesting.inline;
    if is_own {
        parameter::lower(&evaluator, out);
    }
    for entry in &template.imports {
        let name = entry.value.get("value").and_then(Node::text).unwrap_or("an extension");
        out.unknown(evaluator.place(&entry.key), Why::NotInTree(name.to_owned()));
    }
    for index in 0..template.resources.len() {
        let Some(found) = template.resources.get(index) else { continue };
        if found.existing {
            continue;
        }
        for round in rounds(&mut evaluator, found) {
            let names = round.clone();
            evaluator.with(names, |evaluator| {
                resource(evaluator, index, found, nesting, &round, left, out);
            });
        }
    }
    if is_own {
        for entry in &template.outputs {
            output::lower(&mut evaluator, entry, out);
        }
    }
    for (at, why) in std::mem::take(&mut evaluator.noted) {
        out.unknown(at, why);
    }
}

/// How often a resource is made, and what its loop names each time.
fn rounds(evaluator: &mut Evaluator<'_>, found: &Resource<'_>) -> Vec<Round> {
    if let Some(head) = found.node.get("$for") {
        return evaluator.rounds(head);
    }
    match get(found.node, "copy").filter(|copy| get(copy, "count").is_some()) {
        Some(copy) => evaluator.copies(copy),
        None => vec![Vec::new()],
    }
}

fn resource<'u>(
    evaluator: &mut Evaluator<'u>,
    index: usize,
    found: &Resource<'u>,
    nesting: &Nesting,
    round: &Round,
    left: &mut usize,
    out: &mut Lowering<'_>,
) {
    let header = evaluator.place(found.header);
    let condition = get(found.node, "condition");
    let truth = condition.map_or(Truth::Always(true), |condition| evaluator.truth(condition));
    if truth == Truth::Always(false) {
        return out.silent(header.file, "a resource whose condition never holds");
    }
    if found.kind.is_empty() || found.kind.starts_with('[') {
        return out.unknown(header, Why::Unsupported("a resource whose type is not written".to_owned()));
    }
    let is_part = |entry: &&Entry| !APART.iter().any(|name| entry.name().eq_ignore_ascii_case(name));
    let entries: Vec<Entry> = found.node.entries().iter().filter(is_part).cloned().collect();
    let mut body = evaluator.map(header, &entries);
    without_template(&mut body);
    let address = address(evaluator, index, found, nesting, round);
    let kind = found.kind.to_ascii_lowercase();
    let file = out.file_context(header.file);
    let within = out.context(file, ContextKind::Resource, &address, header);
    let first = out.facts.facts.len();
    let mut site = Site { evaluator, out, index, kind: &kind, address: &address, header, within, body };
    if found.module.is_some() || kind == "microsoft.resources/deployments" {
        module::lower(&mut site, found, nesting, left);
    } else {
        identity::lower(&mut site);
        role::lower(&mut site);
        given::lower(&mut site);
        federation::lower(&mut site);
        credential::lower(&mut site);
        secret::lower(&mut site);
        exposure::lower(&mut site);
    }
    // A resource under a condition is there when the condition holds.
    if let (Some(condition), Truth::Perhaps(default)) = (condition, truth) {
        let case = Case::of(site.evaluator.slice(condition), "true");
        adjust(out, first, &case, default == Some(false));
    }
    if is_open(round) {
        adjust(out, first, &Case::always(), true);
    }
}

/// A nested template is evaluated when it is deployed, and not as a value.
fn without_template(body: &mut Datum) {
    if let crate::fact::Known::Map(entries) = &mut body.value
        && let Some((_, _, properties)) =
            entries.iter_mut().find(|(key, _, _)| key.known() == Some("properties"))
        && let crate::fact::Known::Map(inner) = &mut properties.value
    {
        inner.retain(|(key, _, _)| key.known() != Some("template"));
    }
}

/// What a resource is called in the template: its symbol, or its type and name.
fn address(
    evaluator: &mut Evaluator<'_>,
    index: usize,
    found: &Resource<'_>,
    nesting: &Nesting,
    round: &Round,
) -> String {
    let own = match found.symbol {
        Some(symbol) => {
            let key = round.first().and_then(|(_, value)| value.known()).map(|key| format!("[{key}]"));
            format!("{symbol}{}", key.unwrap_or_default())
        }
        None => {
            let name: Text = evaluator.full_name(index);
            format!("{}.{name}", found.kind.rsplit('/').next().unwrap_or(&found.kind))
        }
    };
    format!("{}{own}", nesting.prefix)
}

/// The facts from `first` on hold in a case only.
fn adjust(out: &mut Lowering<'_>, first: usize, case: &Case, lesser: bool) {
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
