//! Patches: strategic merges, and lists of JSON operations.
//!
//! <https://kubectl.docs.kubernetes.io/references/kustomize/glossary/#patchstrategicmerge>,
//! <https://www.rfc-editor.org/rfc/rfc6902>.

use std::collections::BTreeMap;

use super::table::TABLE;
use crate::document::{Data, Entry, Node};

/// What a part of a patch asks for besides being merged.
const DIRECTIVE: &str = "$patch";

/// Lays a patch over a node.
pub(super) fn strategic(base: &Node, patch: &Node, list: &str) -> Node {
    match (&base.data, &patch.data) {
        (Data::Map(_), Data::Map(_)) if directive(patch) == Some("replace") => plain(patch),
        (Data::Map(entries), Data::Map(over)) => {
            let mut merged: Vec<Entry> = entries.to_vec();
            for entry in over.iter().filter(|entry| !entry.name().starts_with('$')) {
                lay(&mut merged, entry);
            }
            Node { data: Data::Map(merged.into()), ..base.clone() }
        }
        (Data::List(items), Data::List(over)) => match TABLE.key(list) {
            Some(key) => by_key(base, items, over, key),
            None => plain(patch),
        },
        _ => plain(patch),
    }
}

fn directive(node: &Node) -> Option<&str> {
    node.get(DIRECTIVE).and_then(Node::text)
}

fn lay(merged: &mut Vec<Entry>, over: &Entry) {
    let at = merged.iter().rposition(|entry| entry.name() == over.name());
    if over.value.is_null() || directive(&over.value) == Some("delete") {
        merged.retain(|entry| entry.name() != over.name());
        return;
    }
    match at.and_then(|at| merged.get_mut(at)) {
        Some(entry) => {
            let value = strategic(&entry.value, &over.value, over.name());
            // What the patch says whole is told at the patch's own key.
            let key = if value.span == over.value.span { over.key.clone() } else { entry.key.clone() };
            *entry = Entry { key, value, merged: false };
        }
        None => merged.push(Entry { value: plain(&over.value), ..over.clone() }),
    }
}

fn by_key(base: &Node, items: &[Node], over: &[Node], key: &str) -> Node {
    let name = |node: &Node| node.get(key).and_then(Node::written).map(str::to_owned);
    let replaces = over.iter().any(|item| name(item).is_none() && directive(item) == Some("replace"));
    let mut merged: Vec<Option<Node>> =
        if replaces { Vec::new() } else { items.iter().cloned().map(Some).collect() };
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (index, item) in merged.iter().enumerate() {
        if let Some(name) = item.as_ref().and_then(name) {
            places.entry(name).or_insert(index);
        }
    }
    for item in over {
        let Some(name) = name(item) else {
            if directive(item).is_none() {
                merged.push(Some(plain(item)));
            }
            continue;
        };
        let at = places.get(&name).copied();
        match (at.and_then(|at| merged.get_mut(at)), directive(item)) {
            (Some(slot), Some("delete")) => *slot = None,
            (Some(slot), _) => {
                *slot = Some(slot.take().map_or_else(|| plain(item), |old| strategic(&old, item, "")));
            }
            (None, Some("delete")) => {}
            (None, _) => {
                places.insert(name, merged.len());
                merged.push(Some(plain(item)));
            }
        }
    }
    let merged: Vec<Node> = merged.into_iter().flatten().collect();
    Node { data: Data::List(merged.into()), ..base.clone() }
}

/// A patch without what is said to the one who merges it.
fn plain(node: &Node) -> Node {
    let data = match &node.data {
        Data::Map(entries) => Data::Map(
            entries
                .iter()
                .filter(|entry| !entry.name().starts_with('$'))
                .map(|entry| Entry { value: plain(&entry.value), ..entry.clone() })
                .collect(),
        ),
        Data::List(items) => Data::List(items.iter().map(plain).collect()),
        other => other.clone(),
    };
    Node { data, ..node.clone() }
}

/// Applies one JSON operation; `None` if it is of a kind that is not read or its path is not there.
pub(super) fn operation(base: &Node, operation: &Node) -> Option<Node> {
    let path = operation.get("path")?;
    let written = path.text()?.strip_prefix('/')?;
    let steps: Vec<String> =
        written.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let (last, steps) = steps.split_last()?;
    let value = operation.get("value");
    let deed = match operation.get("op").and_then(Node::text)? {
        "add" => Deed::Add(value?),
        "replace" => Deed::Replace(value?),
        "remove" => Deed::Remove,
        "test" => return Some(base.clone()),
        _ => return None,
    };
    edited(base, steps, &Edit { path, last, deed })
}

#[derive(Clone, Copy)]
enum Deed<'p> {
    Add(&'p Node),
    Replace(&'p Node),
    Remove,
}

struct Edit<'p> {
    /// The operation's path: a key that it makes is told there.
    path: &'p Node,
    last: &'p str,
    deed: Deed<'p>,
}

fn edited(node: &Node, steps: &[String], edit: &Edit<'_>) -> Option<Node> {
    let data = match (&node.data, steps.split_first()) {
        (Data::Map(entries), Some((step, rest))) => {
            let mut entries = entries.to_vec();
            let entry = entries.iter_mut().rfind(|entry| entry.name() == step)?;
            entry.value = edited(&entry.value, rest, edit)?;
            Data::Map(entries.into())
        }
        (Data::List(items), Some((step, rest))) => {
            let mut items = items.to_vec();
            let item = items.get_mut(step.parse::<usize>().ok()?)?;
            *item = edited(item, rest, edit)?;
            Data::List(items.into())
        }
        (Data::Map(entries), None) => Data::Map(edit.of_map(entries)?.into()),
        (Data::List(items), None) => Data::List(edit.of_list(items)?.into()),
        _ => return None,
    };
    Some(Node { data, ..node.clone() })
}

impl Edit<'_> {
    fn of_map(&self, entries: &[Entry]) -> Option<Vec<Entry>> {
        let mut entries = entries.to_vec();
        let at = entries.iter().rposition(|entry| entry.name() == self.last);
        match (self.deed, at.and_then(|at| entries.get_mut(at))) {
            (Deed::Add(value) | Deed::Replace(value), Some(entry)) => entry.value = value.clone(),
            (Deed::Add(value), None) => {
                let scalar = self.path.scalar()?;
                let name = self.last.to_owned().into();
                let key = crate::document::Scalar { text: name, ..scalar.clone() };
                let key = Node { data: Data::Scalar(key), ..self.path.clone() };
                entries.push(Entry { key, value: value.clone(), merged: false });
            }
            (Deed::Remove, Some(_)) => entries.retain(|entry| entry.name() != self.last),
            (Deed::Replace(_) | Deed::Remove, None) => return None,
        }
        Some(entries)
    }

    fn of_list(&self, items: &[Node]) -> Option<Vec<Node>> {
        let mut items = items.to_vec();
        if self.last == "-" {
            let Deed::Add(value) = self.deed else { return None };
            items.push(value.clone());
            return Some(items);
        }
        let at = self.last.parse::<usize>().ok()?;
        match self.deed {
            Deed::Add(value) if at <= items.len() => items.insert(at, value.clone()),
            Deed::Replace(value) => *items.get_mut(at)? = value.clone(),
            Deed::Remove if at < items.len() => drop(items.remove(at)),
            _ => return None,
        }
        Some(items)
    }
}
