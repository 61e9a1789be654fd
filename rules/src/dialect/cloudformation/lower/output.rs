//! Outputs that give secrets out: CloudFormation shows outputs to everybody who may describe the stack, and masks none.

use std::collections::BTreeSet;

use super::credential::key_ref;
use super::parameter::is_secret;
use crate::dialect::Lowering;
use crate::dialect::cloudformation::evaluate::Evaluator;
use crate::dialect::cloudformation::{intrinsic, tables};
use crate::dialect::values::credential;
use crate::document::{Data, Entry, Node};
use crate::fact::{
    Body, Case, Flow, Origin, Ref, Safeguard, SafeguardKind, Selection, Sink, Storage, Text, Value, Why,
};

/// Deepest nesting of functions in an output.
const MAX_NESTING: usize = 32;

/// What an output may show.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shown<'n> {
    Parameter(&'n str),
    Attribute(&'n str, &'n str),
}

pub(super) fn lower(evaluator: &mut Evaluator<'_>, entry: &Entry, out: &mut Lowering<'_>) {
    let Some(value) = entry.value.get("Value") else { return };
    let mut shown = BTreeSet::new();
    names(value, &mut shown, 0);
    let at = evaluator.place(value);
    let within = out.file_context(at.file);
    for one in shown {
        let Some(is) = secret(evaluator, &one) else { continue };
        if let Shown::Attribute(logical, attribute) = one
            && let Some(row) =
                evaluator.template.kind(logical).and_then(|k| tables::secret_output(k, attribute))
            && evaluator.template.kind(logical).and_then(tables::key).is_none()
        {
            let why = Why::Unsupported("a value that states no lifetime".to_owned());
            let lifetime = Value::unknown(why, at);
            let made = credential(is.clone(), "generated-secret", &row.title, Storage::Generated, lifetime);
            out.state(within, at, Body::Credential(made));
        }
        let to = Sink::Output(entry.name().to_owned());
        let protects = Some(Selection::One(is.clone()));
        let on = Value::known(false, at);
        let masking = Body::Safeguard(Safeguard { kind: SafeguardKind::Masking, protects, on });
        let place = out.absent(at, "masking");
        out.fact(within, place, Origin::Absent, masking);
        let id = out.state(within, at, Body::Flow(Flow { what: Selection::One(is), to }));
        if let Some(condition) = entry.value.get("Condition").and_then(Node::text)
            && let Some(fact) = out.fact_mut(id)
        {
            fact.when = Case::of(condition, "true");
            fact.lesser = evaluator.holds(condition) == Some(false);
        }
    }
    // Detectors look at literals, macros and the like are named in coverage.
    evaluator.value(value);
}

/// The secret that a name stands for.
fn secret(evaluator: &Evaluator<'_>, shown: &Shown<'_>) -> Option<Ref> {
    let template = evaluator.template;
    match shown {
        Shown::Parameter(name) => {
            let declared = template.parameters.get(name).is_some_and(|entry| is_secret(&entry.value));
            let scope = [Text::literal(template.file.path.clone())];
            declared.then(|| Ref::new("aws", "variable", scope, *name))
        }
        Shown::Attribute(logical, attribute) => {
            let row = tables::secret_output(template.kind(logical)?, attribute)?;
            Some(key_ref(&row.platform, logical))
        }
    }
}

/// Every name that the value of an output refers to.
fn names<'n>(node: &'n Node, shown: &mut BTreeSet<Shown<'n>>, depth: usize) {
    if depth == MAX_NESTING {
        return;
    }
    if let Some(call) = intrinsic::call(node) {
        match (call.name, call.argument.text(), call.argument.items()) {
            ("Ref", Some(name), _) => drop(shown.insert(Shown::Parameter(name))),
            ("GetAtt", Some(path), _) => {
                shown.extend(path.split_once('.').map(|(a, b)| Shown::Attribute(a, b)));
            }
            ("GetAtt", None, [logical, attribute]) => {
                let pair = logical.text().zip(attribute.text());
                shown.extend(pair.map(|(a, b)| Shown::Attribute(a, b)));
            }
            ("Sub", Some(text), _) => substituted(text, shown),
            ("Sub", None, [text, ..]) => substituted(text.text().unwrap_or_default(), shown),
            _ => {}
        }
        if !call.short {
            return names(call.argument, shown, depth + 1);
        }
    }
    match &node.data {
        Data::List(items) => items.iter().for_each(|item| names(item, shown, depth + 1)),
        Data::Map(entries) => entries.iter().for_each(|e| names(&e.value, shown, depth + 1)),
        _ => {}
    }
}

fn substituted<'n>(text: &'n str, shown: &mut BTreeSet<Shown<'n>>) {
    for part in text.split("${").skip(1) {
        let Some((name, _)) = part.split_once('}') else { continue };
        shown.insert(match name.split_once('.') {
            Some((logical, attribute)) => Shown::Attribute(logical, attribute),
            None => Shown::Parameter(name),
        });
    }
}
