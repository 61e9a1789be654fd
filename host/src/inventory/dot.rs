//! The graph in the language of Graphviz. <https://graphviz.org/doc/info/lang.html>

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Inventory;
use super::model::{Class, Power};
use crate::report::text::{is_steering, plain};

/// The whole graph.
pub(super) fn render(inventory: &Inventory) -> String {
    let mut out = String::from(
        "digraph hallpass {\n  rankdir=LR;\n  node [fontname=\"sans-serif\", fontsize=11];\n  edge [fontname=\"sans-serif\", fontsize=9];\n",
    );
    let ends: BTreeSet<&str> =
        inventory.edges.iter().flat_map(|edge| [edge.from.as_str(), edge.to.as_str()]).collect();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for entry in &inventory.entries {
        let shape = match entry.class {
            Class::Identity => "box",
            Class::Credential => "note",
            Class::Endpoint => "cds",
        };
        let colour = match entry.reach.worst.as_ref().map(|worst| worst.power) {
            Some(Power::Controls) => ", color=red, penwidth=2",
            Some(Power::Escalates) => ", color=orange, penwidth=2",
            _ => "",
        };
        let missing = if entry.blanks.is_empty() { "" } else { ", style=dashed" };
        known.insert(&entry.id);
        let label = format!("{}\n{}", plain(&entry.kind), plain(&entry.id));
        let _ = writeln!(
            out,
            "  {} [shape={shape}, label={}{colour}{missing}];",
            quoted(&entry.id),
            quoted(&label)
        );
    }
    for actor in inventory.actors.iter().filter(|actor| ends.contains(actor.id.as_str())) {
        known.insert(&actor.id);
        let open = if actor.open { "\nanybody can start it" } else { "" };
        let label = format!("{} {}\n{}{open}", actor.kind, plain(&actor.name), plain(&actor.path));
        let _ = writeln!(out, "  {} [shape=ellipse, label={}];", quoted(&actor.id), quoted(&label));
    }
    for end in ends.iter().filter(|end| !known.contains(*end)) {
        let _ = writeln!(out, "  {} [shape=plaintext];", quoted(end));
    }
    for edge in &inventory.edges {
        let said = if edge.label.is_empty() { edge.kind.words().to_owned() } else { plain(&edge.label) };
        let style = if edge.sure { "" } else { ", style=dashed" };
        let _ = writeln!(
            out,
            "  {} -> {} [label={}{style}];",
            quoted(&edge.from),
            quoted(&edge.to),
            quoted(&said)
        );
    }
    out.push_str("}\n");
    out
}

/// A quoted string: a quote ends it, and a backslash begins an escape; lines are told by `\n`.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            // Still one name: as text that spells it.
            c if is_steering(c) => drop(write!(out, "\\\\u{{{:x}}}", u32::from(c))),
            c if c.is_control() => out.push('?'),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_name_ends_its_string() {
        assert_eq!(quoted("a\"]; b [x=\"\\"), "\"a\\\"]; b [x=\\\"\\\\\"");
        assert_eq!(quoted("two\nlines\u{1b}\u{202e}\t"), "\"two\\nlines\\\\u{1b}\\\\u{202e}?\"");
    }
}
