//! Parameters: the default of one that is not to be shown is a secret that stands in the template.

use super::secret::scalar_of;
use crate::dialect::Lowering;
use crate::dialect::arm::evaluate::{Evaluator, written};
use crate::dialect::arm::template::get;
use crate::dialect::lowering::{Slot, Told};
use crate::document::{Node, bicep};

/// Hands the defaults of secret parameters to the detectors.
pub(super) fn lower(evaluator: &Evaluator<'_>, out: &mut Lowering<'_>) {
    let file = evaluator.file();
    let within = out.file_context(file.id);
    for entry in &evaluator.template.parameters {
        if !is_secret(&entry.value) {
            continue;
        }
        let Some(default) = get(&entry.value, "defaultValue") else { continue };
        let mut literals = Vec::new();
        collect(default, &mut literals, 0);
        for node in literals {
            let Some(text) = node.text() else { continue };
            let scalar = scalar_of(Some(file), evaluator.place(node), text);
            let Some(scalar) = scalar.filter(|scalar| !scalar.text.trim().is_empty()) else { continue };
            let is_call =
                evaluator.is_json() && written(&scalar).is_some_and(|s| bicep::expression(&s).is_some());
            if !is_call {
                let name = entry.name().to_owned();
                out.slots.push(Slot {
                    name,
                    file: file.id,
                    scalar,
                    base64: false,
                    within,
                    told: Told::Place,
                });
            }
        }
    }
}

/// The texts of a value: its own, or those in an object.
fn collect<'n>(node: &'n Node, found: &mut Vec<&'n Node>, depth: usize) {
    if depth > 8 || node.tag.is_some() {
        return;
    }
    if node.scalar().is_some() {
        found.push(node);
    }
    node.entries().iter().for_each(|entry| collect(&entry.value, found, depth + 1));
}

/// Whether a parameter or output is declared as one that is not shown.
pub(super) fn is_secret(declared: &Node) -> bool {
    let kind = get(declared, "type").and_then(Node::text).unwrap_or_default();
    kind.eq_ignore_ascii_case("securestring") || kind.eq_ignore_ascii_case("secureobject")
}
