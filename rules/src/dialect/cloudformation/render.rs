//! Remedies written into templates.

use super::{intrinsic, tables};
use crate::dialect::{SourceFile, Unit, claims};
use crate::document::{Data, Entry, Node};
use crate::fact::Place;
use crate::remedy::{Edit, Remedy, Rendered, Safety};
use crate::span::ByteSpan;

/// Writes a remedy for what stands at `target`.
pub(super) fn render(unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
    let Some(file) = unit.files.get(target.file.0 as usize) else {
        return not_here("the file is not part of the unit");
    };
    match remedy {
        Remedy::SetLifetime { seconds } => lifetime(file, target, *seconds),
        Remedy::Claim { asked, value, .. } => claims::require(file, target.span, asked, value),
        Remedy::Declare { what } => Rendered::Snippet(format!(
            "Tags:\n  - Key: {what}\n    Value: team-that-answers-for-it@example.com"
        )),
        Remedy::Reference { name } => Rendered::Snippet(format!(
            "'{{{{resolve:secretsmanager:{name}}}}}' takes the value from Secrets Manager when the stack is deployed."
        )),
        _ => not_here("no edit is known for this remedy in CloudFormation"),
    }
}

fn not_here(why: &str) -> Rendered {
    Rendered::NotHere(why.to_owned())
}

/// Replaces a number of seconds; other units of time are left to the reader.
fn lifetime(file: &SourceFile, target: &Place, seconds: u64) -> Rendered {
    let way = file.document.nodes().iter().map(|root| way(root, target.span)).find(|way| !way.is_empty());
    let way = way.unwrap_or_default();
    let Some(entry) = way.last().filter(|entry| entry.value.span == target.span) else {
        return not_here("the lifetime is not written as a number of seconds");
    };
    // Below `Parameters` the unit is that of whoever uses it.
    let kind = way.iter().rev().find_map(|e| e.value.get("Type")).and_then(Node::text).unwrap_or_default();
    let by_seconds = tables::sessions(kind).next().is_some() && tables::in_seconds(entry.name());
    let parameter = way.get(1).filter(|_| way.first().is_some_and(|e| e.name() == "Parameters"));
    let shared = entry.name() == "Default"
        && parameter.is_some_and(|p| file.document.nodes().iter().any(|root| counts_seconds(root, p.name())));
    if entry.value.integer().is_none() || !(by_seconds || shared) || file.is_anchored(target.span) {
        return not_here("the lifetime is not written as a number of seconds");
    }
    let title = format!("set the lifetime to {seconds} seconds");
    Rendered::Edit {
        title: if shared { format!("{title}, wherever the parameter is used") } else { title },
        safety: if shared { Safety::Unsafe } else { Safety::Safe },
        edits: vec![Edit { at: target.source(), replacement: seconds.to_string() }],
    }
}

/// Whether every use of a parameter is a number of seconds.
fn counts_seconds(root: &Node, parameter: &str) -> bool {
    let mut open = vec![("", root)];
    let mut uses = Vec::new();
    while let Some((key, node)) = open.pop() {
        let call = intrinsic::call(node);
        if call.is_some_and(|c| c.name == "Ref" && c.argument.text() == Some(parameter)) {
            uses.push(key);
            continue;
        }
        open.extend(node.items().iter().map(|item| (key, item)));
        open.extend(node.entries().iter().map(|entry| (entry.name(), &entry.value)));
    }
    !uses.is_empty() && uses.iter().all(|key| tables::in_seconds(key))
}

/// The entries on the way to a place, outermost first.
fn way(root: &Node, span: ByteSpan) -> Vec<&Entry> {
    let mut found = Vec::new();
    let mut node = root;
    loop {
        node = match &node.data {
            Data::Map(entries) => {
                let holds =
                    |e: &&Entry| !e.merged && e.value.used_at.is_none() && e.value.span.contains(span);
                let Some(entry) = entries.iter().find(holds) else { return found };
                found.push(entry);
                &entry.value
            }
            Data::List(items) => {
                let Some(item) = items.iter().find(|n| n.used_at.is_none() && n.span.contains(span)) else {
                    return found;
                };
                item
            }
            _ => return found,
        };
    }
}
