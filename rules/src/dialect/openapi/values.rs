//! Values that a description holds: defaults, examples, extensions. Their names tell what they are.

use crate::dialect::lowering::{Slot, Told};
use crate::dialect::{Lowering, SourceFile};
use crate::document::Node;

/// Keys of a schema that hold a value of what is named around it.
const KEYS: [&str; 3] = ["default", "example", "const"];
/// Keys that hold a list of such values.
const LISTS: [&str; 1] = ["examples"];

/// Hands them over to the detectors.
pub(super) fn hand_over(out: &mut Lowering<'_>, file: &SourceFile, root: &Node) {
    out.data.push((file.id, root.clone()));
    let within = out.file_context(file.id);
    let mut open: Vec<(&str, &Node)> = vec![("", root)];
    while let Some((name, node)) = open.pop() {
        if node.used_at.is_some() {
            continue;
        }
        open.extend(node.items().iter().map(|item| (name, item)));
        // A parameter says its own name beside its schema.
        let name = match (node.get("name").and_then(Node::text), node.get("in")) {
            (Some(own), Some(_)) => own,
            _ => name,
        };
        for entry in node.entries() {
            let values = match entry.name() {
                key if KEYS.contains(&key) => std::slice::from_ref(&entry.value),
                key if LISTS.contains(&key) => entry.value.items(),
                _ => &[],
            };
            for scalar in values.iter().filter_map(Node::scalar).filter(|_| !name.is_empty()) {
                out.slots.push(Slot {
                    name: name.to_owned(),
                    file: file.id,
                    scalar: scalar.clone(),
                    base64: false,
                    within,
                    told: Told::Name,
                });
            }
            let inner = if entry.name() == "schema" { name } else { entry.name() };
            open.push((inner, &entry.value));
        }
    }
}
