//! Outputs that give secrets out: they are kept in the history of deployments, for whoever may read that.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices#security-recommendations-for-parameters>.

use std::collections::BTreeSet;

use super::credential::{key_ref, signature};
use super::parameter::is_secret;
use crate::dialect::Lowering;
use crate::dialect::arm::evaluate::{Evaluator, written};
use crate::dialect::arm::tables;
use crate::dialect::arm::template::{get, symbol};
use crate::dialect::values::credential;
use crate::document::{Entry, Node, bicep};
use crate::fact::{
    Body, Flow, Origin, Ref, Safeguard, SafeguardKind, Selection, Sink, Storage, Text, Value, Why,
};

/// Deepest nesting of functions and variables in an output.
const MAX_NESTING: usize = 96;

/// What an output may show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    Parameter(String),
    /// A function that gives keys, and of which type of resource.
    Listed {
        function: String,
        kind: String,
    },
}

pub(super) fn lower(evaluator: &mut Evaluator<'_>, entry: &Entry, out: &mut Lowering<'_>) {
    if is_secret(&entry.value) {
        return;
    }
    let copied = || get(get(&entry.value, "copy")?, "input");
    let Some(value) = get(&entry.value, "value").or_else(copied) else { return };
    let mut shown = BTreeSet::new();
    names(evaluator, value, &mut shown, &mut BTreeSet::new(), 0);
    let at = evaluator.place(value);
    let within = out.file_context(at.file);
    for one in shown {
        let Some(is) = secret(evaluator, &one) else { continue };
        if let Shown::Listed { function, kind } = &one {
            let title = tables::listed(kind, function).map_or("access key", |row| row.title.as_str());
            let why = Why::Unsupported("a value that states no lifetime".to_owned());
            let made = credential(
                is.clone(),
                "generated-secret",
                title,
                Storage::Generated,
                Value::unknown(why, at),
            );
            out.state(within, at, Body::Credential(made));
        }
        let to = Sink::Output(entry.name().to_owned());
        let protects = Some(Selection::One(is.clone()));
        let masking = Safeguard { kind: SafeguardKind::Masking, protects, on: Value::known(false, at) };
        let place = out.absent(at, "masking");
        out.fact(within, place, Origin::Absent, Body::Safeguard(masking));
        out.state(within, at, Body::Flow(Flow { what: Selection::One(is), to }));
    }
    // Detectors look at literals; what is not evaluated is named in coverage.
    evaluator.value(value);
    for asked in std::mem::take(&mut evaluator.signed) {
        signature(out, within, entry.name(), &asked);
    }
}

fn secret(evaluator: &Evaluator<'_>, shown: &Shown) -> Option<Ref> {
    match shown {
        Shown::Parameter(name) => {
            let declared = evaluator.template.parameter(name).is_some_and(|entry| is_secret(&entry.value));
            let scope = [Text::literal(evaluator.file().path.clone())];
            declared.then(|| Ref::new("azure", "variable", scope, name.as_str()))
        }
        Shown::Listed { function, kind } => {
            let row = tables::listed(kind, function);
            Some(key_ref(row.map_or("azure", |row| row.platform.as_str()), &format!("{kind}.{function}")))
        }
    }
}

/// Every name that the value of an output refers to, through variables.
fn names(
    evaluator: &Evaluator<'_>,
    node: &Node,
    shown: &mut BTreeSet<Shown>,
    seen: &mut BTreeSet<String>,
    depth: usize,
) {
    if depth == MAX_NESTING {
        return;
    }
    if let Some(scalar) = node.scalar().filter(|_| node.tag.is_none() && evaluator.is_json()) {
        if let Some(call) = written(scalar).as_ref().and_then(bicep::expression) {
            names(evaluator, &call, shown, seen, depth + 1);
        }
        return;
    }
    let items = node.items();
    match (node.tag.as_deref(), items) {
        (Some("parameters"), [name]) => shown.extend(name.text().map(|n| Shown::Parameter(n.to_owned()))),
        (Some("variables"), [name]) => variable(evaluator, name, shown, seen, depth),
        (Some(bicep::NAME), [name]) => {
            shown.extend(name.text().map(|n| Shown::Parameter(n.to_owned())));
            variable(evaluator, name, shown, seen, depth);
        }
        (Some(bicep::METHOD), [of, name, ..]) => {
            let resource = symbol(of).and_then(|s| evaluator.template.named(s));
            let kind = resource.and_then(|at| evaluator.template.resources.get(at)).map(|r| r.kind.as_str());
            listed(name.text().unwrap_or_default(), kind.unwrap_or_default(), shown);
        }
        (Some(tag), [of, ..]) => listed(tag, &typed(of, 0), shown),
        _ => {}
    }
    items.iter().for_each(|item| names(evaluator, item, shown, seen, depth + 1));
    node.entries().iter().for_each(|entry| names(evaluator, &entry.value, shown, seen, depth + 1));
}

fn variable(
    evaluator: &Evaluator<'_>,
    name: &Node,
    shown: &mut BTreeSet<Shown>,
    seen: &mut BTreeSet<String>,
    depth: usize,
) {
    let Some(name) = name.text().map(str::to_lowercase) else { return };
    if let Some(value) = evaluator.template.variables.get(&name).copied()
        && seen.insert(name)
    {
        names(evaluator, value, shown, seen, depth + 1);
    }
}

/// A function that gives what is secret.
fn listed(function: &str, kind: &str, shown: &mut BTreeSet<Shown>) {
    let function = function.to_ascii_lowercase();
    if tables::is_listing(&function) {
        shown.insert(Shown::Listed { function, kind: kind.to_ascii_lowercase() });
    }
}

/// The type of resource that an expression names.
fn typed(node: &Node, depth: usize) -> String {
    if depth == MAX_NESTING {
        return String::new();
    }
    if let Some(text) = node.text().filter(|text| text.contains('/') && text.contains('.')) {
        return text.to_owned();
    }
    node.items().iter().map(|item| typed(item, depth + 1)).find(|kind| !kind.is_empty()).unwrap_or_default()
}
