//! Values that a plan or a state says are sensitive and shows all the same: whoever has the file has them.
//!
//! Source: <https://developer.hashicorp.com/terraform/internals/json-format#values-representation>.

use super::{entries, get, items};
use crate::document::{Data, Node};

/// Values, and what says which of them are sensitive.
const PAIRS: [(&str, &str); 3] =
    [("values", "sensitive_values"), ("after", "after_sensitive"), ("before", "before_sensitive")];
/// What a state's own file calls both: paths, of which each step has a name or an index.
const KEPT: (&str, &str) = ("attributes", "sensitive_attributes");

/// A literal that is sensitive, and what it is called.
pub(in crate::dialect::terraform) struct Sensitive<'n> {
    pub(in crate::dialect::terraform) name: &'n str,
    pub(in crate::dialect::terraform) node: &'n Node,
}

/// Every sensitive literal of a plan or a state.
pub(in crate::dialect::terraform) fn literals(root: &Node) -> Vec<Sensitive<'_>> {
    let mut found = Vec::new();
    search(root, "", &mut found);
    found
}

/// The parser bounds how deep a document nests.
fn search<'n>(node: &'n Node, name: &'n str, found: &mut Vec<Sensitive<'n>>) {
    for (values, marks) in PAIRS {
        if let (Some(values), Some(marks)) = (get(node, values), get(node, marks)) {
            marked(values, marks, name, found);
        }
    }
    if let (Some(values), Some(paths)) = (get(node, KEPT.0), get(node, KEPT.1)) {
        for path in items(paths) {
            let mut at = Some((values, name));
            for step in items(path) {
                let key = get(step, "value").map(|value| get(value, "value").unwrap_or(value));
                let key = key.and_then(Node::written);
                at = at.zip(key).and_then(|((node, name), key)| match &node.data {
                    Data::List(items) => Some((items.get(key.parse::<usize>().ok()?)?, name)),
                    _ => entries(node).iter().find(|e| e.name() == key).map(|e| (&e.value, e.name())),
                });
            }
            at.into_iter().for_each(|(node, name)| all(node, name, found));
        }
    }
    // An output.
    if get(node, "sensitive").is_some_and(is_true)
        && let Some(value) = get(node, "value")
    {
        all(value, name, found);
    }
    for entry in entries(node) {
        search(&entry.value, entry.name(), found);
    }
    if let Data::List(list) = &node.data {
        list.iter().for_each(|item| search(item, name, found));
    }
}

/// The literals of a value where its marks say so.
fn marked<'n>(value: &'n Node, marks: &Node, name: &'n str, found: &mut Vec<Sensitive<'n>>) {
    match (&value.data, &marks.data) {
        _ if is_true(marks) => all(value, name, found),
        (Data::Map(_), Data::Map(marks)) => {
            for mark in marks.iter() {
                if let Some(entry) = entries(value).iter().find(|entry| entry.name() == mark.name()) {
                    marked(&entry.value, &mark.value, entry.name(), found);
                }
            }
        }
        (Data::List(values), Data::List(marks)) => {
            values.iter().zip(marks.iter()).for_each(|(value, mark)| marked(value, mark, name, found));
        }
        _ => {}
    }
}

/// Every literal of a value.
fn all<'n>(value: &'n Node, name: &'n str, found: &mut Vec<Sensitive<'n>>) {
    match &value.data {
        Data::Scalar(_) | Data::Number(_) => found.push(Sensitive { name, node: value }),
        Data::List(list) => list.iter().for_each(|item| all(item, name, found)),
        Data::Map(map) => map.iter().for_each(|entry| all(&entry.value, entry.name(), found)),
        _ => {}
    }
}

fn is_true(node: &Node) -> bool {
    matches!(node.data, Data::Bool(true))
}
