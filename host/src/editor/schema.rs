//! The schema of policies, as the module publishes it: what stands in a table, and what is said of it.

use serde_json::Value;

/// Deepest nesting that is followed.
pub(super) const DEEPEST: usize = 16;

/// The part that describes a table, by the names of those around it and its own.
pub(super) fn table<'s>(root: &'s Value, tables: &[String]) -> Option<&'s Value> {
    let inner = match tables {
        [tool, hallpass, inner @ ..] if tool == "tool" && hallpass == "hallpass" => inner,
        _ => tables,
    };
    inner.iter().try_fold(root, |node, table| property(root, node, table))
}

pub(super) fn text(node: &Value) -> Option<String> {
    node.get("description").and_then(Value::as_str).map(str::to_owned)
}

/// The forms that a part of a schema admits, references followed; items of lists too.
pub(super) fn forms<'s>(root: &'s Value, node: &'s Value, depth: usize) -> Vec<&'s Value> {
    let mut all = vec![node];
    if depth == 0 {
        return all;
    }
    let referred =
        node.get("$ref").and_then(Value::as_str).and_then(|at| root.pointer(at.trim_start_matches('#')));
    let list = |key: &str| node.get(key).and_then(Value::as_array).into_iter().flatten();
    let inner = referred
        .into_iter()
        .chain(list("anyOf"))
        .chain(list("oneOf"))
        .chain(list("allOf"))
        .chain(node.get("items"));
    all.extend(inner.flat_map(|inner| forms(root, inner, depth - 1)));
    all
}

/// What is said of a part, or of what it refers to.
pub(super) fn described(root: &Value, node: &Value) -> Option<String> {
    forms(root, node, DEEPEST).into_iter().find_map(text)
}

pub(super) fn properties<'s>(root: &'s Value, node: &'s Value) -> Vec<(&'s str, &'s Value)> {
    let forms = forms(root, node, DEEPEST);
    let all =
        forms.into_iter().filter_map(|form| form.get("properties").and_then(Value::as_object)).flatten();
    all.map(|(key, said)| (key.as_str(), said)).collect()
}

pub(super) fn property<'s>(root: &'s Value, node: &'s Value, key: &str) -> Option<&'s Value> {
    properties(root, node).into_iter().find(|(known, _)| *known == key).map(|(_, said)| said).or_else(|| {
        forms(root, node, DEEPEST)
            .into_iter()
            .find_map(|form| form.get("additionalProperties").filter(|v| v.is_object()))
    })
}

pub(super) fn open_keys(root: &Value, node: &Value) -> bool {
    forms(root, node, DEEPEST)
        .iter()
        .any(|form| form.get("additionalProperties").is_some_and(Value::is_object))
}

pub(super) fn is_table(root: &Value, node: &Value) -> bool {
    !properties(root, node).is_empty() || open_keys(root, node)
}

/// Values that a part of a schema names.
pub(super) fn words(root: &Value, node: &Value, depth: usize) -> Vec<(String, Option<String>)> {
    let mut words: Vec<(String, Option<String>)> = Vec::new();
    for form in forms(root, node, depth) {
        let listed =
            form.get("enum").and_then(Value::as_array).into_iter().flatten().chain(form.get("const"));
        for word in listed.filter_map(Value::as_str) {
            words.push((word.to_owned(), text(form)));
        }
        let kind = form.get("type");
        let is_switch = kind.is_some_and(|kind| {
            kind == "boolean" || kind.as_array().is_some_and(|k| k.iter().any(|k| k == "boolean"))
        });
        if is_switch {
            words.extend([("true".to_owned(), None), ("false".to_owned(), None)]);
        }
    }
    words.dedup();
    words
}
