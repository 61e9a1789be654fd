//! Parameters: a default of one that is not to be shown, or that is called like one, is a secret that stands in the template.

use crate::dialect::Lowering;
use crate::dialect::cloudformation::evaluate::Evaluator;
use crate::dialect::lowering::{Slot, Told};
use crate::document::{Node, Style};

/// Hands the defaults of secret parameters to the detectors.
pub(super) fn lower(evaluator: &Evaluator<'_>, out: &mut Lowering<'_>) {
    let file = evaluator.template.file.id;
    let within = out.file_context(file);
    for (name, entry) in &evaluator.template.parameters {
        // Of one that may be shown, its name has to tell.
        let told = if is_secret(&entry.value) { Told::Place } else { Told::Name };
        let Some(scalar) = entry.value.get("Default").and_then(Node::scalar) else { continue };
        if !scalar.text.trim().is_empty() {
            let (name, scalar) = ((*name).to_owned(), scalar.clone());
            out.slots.push(Slot { name, file, scalar, base64: false, within, told });
        }
    }
}

/// Whether a parameter is declared as one that is not shown.
pub(super) fn is_secret(parameter: &Node) -> bool {
    parameter.get("NoEcho").is_some_and(|node| match node.boolean() {
        Some((value, _)) => value,
        // In JSON it is often written as text.
        None => node.scalar().is_some_and(|s| s.style != Style::Plain && s.text.eq_ignore_ascii_case("true")),
    })
}
