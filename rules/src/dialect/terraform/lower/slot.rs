//! Literals with their names, for the detectors: arguments, variable defaults, locals, values files.

use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;

use crate::dialect::lowering::{Slot, Told};
use crate::dialect::terraform::syntax::{self, Located};
use crate::dialect::{Lowering, SourceFile};
use crate::fact::ContextId;

/// Shorter literals are no secrets.
const MIN_LENGTH: usize = 6;

/// Hands over the literals of one file.
pub(super) fn of_file(file: &SourceFile, out: &mut Lowering<'_>) {
    let within = out.file_context(file.id);
    for body in syntax::bodies(file) {
        of_body(body, None, within, out);
    }
}

/// The parser bounds how deep bodies nest.
fn of_body(body: Located<'_, Body>, name: Option<&str>, within: ContextId, out: &mut Lowering<'_>) {
    for attribute in body.attributes() {
        let own = attribute.name();
        // A variable's default is the value of that variable.
        let name = name.filter(|_| matches!(own, "default" | "value")).unwrap_or(own);
        of_value(attribute.value(), name, within, out);
    }
    for block in body.blocks() {
        let name = (block.kind() == "variable").then(|| block.label(0));
        of_body(block.body(), name, within, out);
    }
}

fn of_value(value: Located<'_, Expression>, name: &str, within: ContextId, out: &mut Lowering<'_>) {
    match value.node {
        Expression::String(text) if text.value().len() >= MIN_LENGTH => {
            let scalar = syntax::decoded(value.file, value.content());
            out.slots.push(Slot {
                name: name.to_owned(),
                file: value.file.id,
                scalar,
                base64: false,
                within,
                told: Told::Place,
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
                told: Told::Place,
            });
        }
        Expression::Array(items) => items.iter().for_each(|item| of_value(value.to(item), name, within, out)),
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
                of_value(entry, called.or(key.as_deref()).unwrap_or(name), within, out);
            }
        }
        Expression::Parenthesis(inner) => of_value(value.to(inner.inner()), name, within, out),
        Expression::FuncCall(call) => call.args.iter().for_each(|a| of_value(value.to(a), name, within, out)),
        Expression::Conditional(choice) => {
            of_value(value.to(&choice.true_expr), name, within, out);
            of_value(value.to(&choice.false_expr), name, within, out);
        }
        _ => {}
    }
}
