//! Literals with their names, for the detectors: arguments, variable defaults, locals, values files.

use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;

use crate::detect::asks_for_secret;
use crate::dialect::lowering::{Slot, Told};
use crate::dialect::terraform::json;
use crate::dialect::terraform::syntax::{self, Located};
use crate::dialect::terraform::tables;
use crate::dialect::{Lowering, SourceFile};
use crate::fact::{ContextId, Why};
use crate::span::Source;

/// Shorter literals are no secrets.
const MIN_LENGTH: usize = 6;

/// Most sensitive values of one file.
const MAX_SENSITIVE: usize = 20_000;

/// Blocks whose `value` is called what their `name` says: the values of a Helm release, variables of a container,
/// parameters of a store.
const NAMING: [&str; 4] = ["name", "key", "variable_name", "secret_name"];

/// Blocks whose arguments are called as tokens are, and say in which unit their lengths are counted.
const UNITS: [&str; 1] = ["token_validity_units"];

/// Where a value stands: what the file calls it, and whether a name alone tells that it is a secret.
#[derive(Clone, Copy)]
struct Place<'n> {
    name: &'n str,
    told: Told,
}

/// Hands over the literals of one file.
pub(super) fn of_file(file: &SourceFile, out: &mut Lowering<'_>) {
    let within = out.file_context(file.id);
    for body in syntax::bodies(file) {
        of_body(body, None, within, out);
    }
}

/// Hands over what a plan or a state says is sensitive and shows, and hides it. One that has the name of a secret is
/// searched for by that already.
pub(super) fn of_printed(file: &SourceFile, out: &mut Lowering<'_>) {
    let within = out.file_context(file.id);
    for root in file.document.nodes() {
        let found = json::sensitive(root);
        if let Some(first) = found.get(MAX_SENSITIVE) {
            let what = format!("more than {MAX_SENSITIVE} sensitive values in one file");
            out.unknown(Source::new(file.id, first.node.span), Why::Limit(what));
        }
        for sensitive in found.iter().take(MAX_SENSITIVE) {
            out.hidden.push(Source::new(file.id, sensitive.node.span));
            let Some(scalar) = sensitive.node.scalar() else { continue };
            if scalar.text.len() >= MIN_LENGTH && !asks_for_secret(sensitive.name) {
                out.slots.push(Slot {
                    name: "secret".to_owned(),
                    file: file.id,
                    scalar: scalar.clone(),
                    base64: false,
                    within,
                    told: Told::Name,
                });
            }
        }
    }
}

/// The parser bounds how deep bodies nest.
fn of_body(body: Located<'_, Body>, name: Option<&str>, within: ContextId, out: &mut Lowering<'_>) {
    let called = NAMING.iter().find_map(|naming| body.attribute(naming)).map(|a| {
        let value = a.value();
        value.text(value.content())
    });
    for attribute in body.attributes() {
        let own = attribute.name();
        // A variable's default is the value of that variable.
        let given = name.filter(|_| matches!(own, "default" | "value"));
        let called = called.filter(|called| own == "value" && asks_for_secret(called));
        let place = match (given, called) {
            // What is called by a text may be called so for another reason: `auth.existingSecret`.
            (None, Some(name)) => Place { name, told: Told::Name },
            (given, _) => Place { name: given.unwrap_or(own), told: Told::Place },
        };
        of_value(attribute.value(), place, within, out);
        if called.is_none() && is_declared(body, own) {
            declared(attribute.value(), within, out);
        }
    }
    for block in body.blocks().filter(|block| !UNITS.contains(&block.kind())) {
        let name = (block.kind() == "variable").then(|| block.label(0));
        of_body(block.body(), name, within, out);
        let kind = if block.kind() == "resource" { block.label(0) } else { block.kind() };
        for row in tables::declared(kind) {
            block.body().attribute(&row.argument).iter().for_each(|a| declared(a.value(), within, out));
        }
    }
}

/// Whether a parameter is of a type that is encrypted where it is kept: AWS' `SecureString`.
fn is_declared(body: Located<'_, Body>, argument: &str) -> bool {
    let of = || body.attribute("type").and_then(|a| a.node.value.as_str());
    argument == "value" && of().is_some_and(|of| of.eq_ignore_ascii_case("securestring"))
}

/// Literals where the provider keeps secrets, whatever they are called: some of them are names of users.
fn declared(value: Located<'_, Expression>, within: ContextId, out: &mut Lowering<'_>) {
    match value.node {
        Expression::Object(object) => {
            for (key, entry) in object.iter() {
                let entry = value.to(entry.expr());
                let key = syntax::key(value.to(key), entry).0.unwrap_or_default();
                if !asks_for_secret(&key) {
                    declared(entry, within, out);
                }
            }
        }
        Expression::String(_) => {
            of_value(value, Place { name: "secret", told: Told::Name }, within, out);
        }
        _ => {}
    }
}

fn of_value(value: Located<'_, Expression>, place: Place<'_>, within: ContextId, out: &mut Lowering<'_>) {
    let Place { name, told } = place;
    match value.node {
        Expression::String(text) if text.value().len() >= MIN_LENGTH => {
            let scalar = syntax::decoded(value.file, value.content());
            out.slots.push(Slot {
                name: name.to_owned(),
                file: value.file.id,
                scalar,
                base64: false,
                within,
                told,
            });
        }
        Expression::HeredocTemplate(heredoc) if heredoc.template.iter().all(|e| e.is_literal()) => {
            let scalar = syntax::decoded(value.file, value.content());
            out.slots.push(Slot {
                name: name.to_owned(),
                file: value.file.id,
                scalar,
                base64: false,
                within,
                told,
            });
        }
        Expression::Array(items) => {
            items.iter().for_each(|item| of_value(value.to(item), place, within, out))
        }
        Expression::Object(object) => {
            let entries = || {
                object.iter().map(|(key, entry)| {
                    let entry = value.to(entry.expr());
                    (syntax::key(value.to(key), entry).0, entry)
                })
            };
            // `{ name = "DB_PASSWORD", value = "…" }`: variables of a container.
            let called = entries().find_map(|(key, entry)| match entry.node {
                Expression::String(text) if key.as_deref() == Some("name") => Some(text.value().as_str()),
                _ => None,
            });
            for (key, entry) in entries() {
                let called = called.filter(|_| key.as_deref() == Some("value"));
                let name = called.or(key.as_deref()).unwrap_or(name);
                of_value(entry, Place { name, told }, within, out);
            }
        }
        Expression::Parenthesis(inner) => of_value(value.to(inner.inner()), place, within, out),
        Expression::FuncCall(call) => {
            call.args.iter().for_each(|a| of_value(value.to(a), place, within, out))
        }
        Expression::Conditional(choice) => {
            of_value(value.to(&choice.true_expr), place, within, out);
            of_value(value.to(&choice.false_expr), place, within, out);
        }
        _ => {}
    }
}
