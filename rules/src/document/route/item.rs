//! What a list item or a document is called: its own name, else a digest of its content.

use std::fmt::Write as _;

use super::masks::{BLANK, Masks};
use crate::document::{Data, Entry, Node};
use crate::finding::identity::digest;

/// Keys whose value names the item they stand in, best first.
const NAMES: [&str; 13] = [
    "id",
    "name",
    "key",
    "uses",
    "Sid",
    "sid",
    "Id",
    "Name",
    "Key",
    "image",
    "path",
    "mountPath",
    "secretName",
];
/// Longest name, in bytes: a longer one is text, not a name.
const MAX_NAME: usize = 120;
/// Hex digits of a digest in a route: enough to tell the items of one list apart.
const DIGITS: usize = crate::finding::identity::ITEM_DIGITS;

/// The name of a list item.
pub(super) fn name(item: &Node, masks: Masks<'_>) -> String {
    if let Some(object) = kubernetes(item, masks) {
        return object;
    }
    let own = NAMES.iter().find_map(|key| {
        let name = item.get(key).filter(|name| !masks.touch(name.span))?;
        Some((*key, known(name.written()?)?))
    });
    match own {
        Some(("uses", name)) => without(name, &['@']).to_owned(),
        Some(("image", name)) => image(name).to_owned(),
        Some((_, name)) => name.to_owned(),
        None => content(item, masks),
    }
}

/// The name of one of several documents.
pub(super) fn document(root: &Node, masks: Masks<'_>) -> String {
    kubernetes(root, masks).unwrap_or_else(|| content(root, masks))
}

/// The name of a key: its text, or for a key that is a collection a digest.
pub(super) fn key(key: &Node, masks: Masks<'_>) -> String {
    key.written().map_or_else(|| content(key, masks), str::to_owned)
}

/// Kind, namespace and name of a Kubernetes object.
fn kubernetes(root: &Node, masks: Masks<'_>) -> Option<String> {
    root.get("apiVersion")?;
    let kind = known(root.get("kind")?.text()?)?;
    let name = root.path(&["metadata", "name"]).filter(|name| !masks.touch(name.span))?;
    let name = known(name.written()?)?;
    let namespace = root.path(&["metadata", "namespace"]).and_then(Node::written).and_then(known);
    Some(match namespace {
        Some(namespace) => format!("{kind}/{namespace}/{name}"),
        None => format!("{kind}/{name}"),
    })
}

/// A name that is a name: on one line, not long, without an expression of any of the languages that have them.
pub(super) fn known(name: &str) -> Option<&str> {
    let expression = ["{{", "${", "$("].iter().any(|sign| name.contains(sign));
    let fits = !name.is_empty() && name.len() <= MAX_NAME && !name.contains(['\n', '\r']);
    (fits && !expression).then_some(name)
}

/// An action keeps its name when its version is raised.
fn without<'n>(name: &'n str, signs: &[char]) -> &'n str {
    name.split(signs).next().filter(|n| !n.is_empty()).unwrap_or(name)
}

/// An image without tag and digest.
pub(super) fn image(name: &str) -> &str {
    let name = without(name, &['@']);
    let last = name.rfind('/').map_or(0, |at| at + 1);
    match name.get(last..).and_then(|n| n.find(':')) {
        Some(tag) if tag > 0 => name.get(..last + tag).unwrap_or(name),
        _ => name,
    }
}

/// Digest of a node's content: neither comments nor the order of keys change it.
fn content(node: &Node, masks: Masks<'_>) -> String {
    masks.digest(Some(node.span), |text| canonical(node, masks, text))
}

/// The first digits of a text's digest.
pub(super) fn short(text: &str) -> String {
    digest([text]).chars().take(DIGITS).collect()
}

/// Trees are at most as deep as the depth limit, so recursion is bounded.
fn canonical(node: &Node, masks: Masks<'_>, out: &mut String) {
    match &node.data {
        Data::Null => out.push('~'),
        Data::Cut => out.push('!'),
        Data::List(items) => {
            out.push('[');
            items.iter().for_each(|item| canonical(item, masks, out));
            out.push(']');
        }
        Data::Map(entries) => {
            let mut sorted: Vec<&Entry> = entries.iter().collect();
            sorted.sort_by(|a, b| a.name().cmp(b.name()));
            out.push('{');
            for entry in sorted {
                canonical(&entry.key, masks, out);
                canonical(&entry.value, masks, out);
            }
            out.push('}');
        }
        Data::Scalar(scalar) => leaf(&masks.lines(scalar), out),
        _ if masks.touch(node.span) => leaf(BLANK, out),
        Data::Bool(_) | Data::Number(_) => leaf(node.written().unwrap_or_default(), out),
    }
}

/// A text and its length, so that two texts in a row are not one.
pub(super) fn leaf(text: &str, out: &mut String) {
    let _ = write!(out, "{}:{text}", text.len());
}
