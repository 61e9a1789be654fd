//! The operations of a description.

use crate::dialect::Lowering;
use crate::document::{Data, Node};
use crate::fact::Why;
use crate::span::ByteSpan;

use super::reference::At;
use super::source;
use super::tables::TABLES;

/// Most operations that are looked at: the largest public descriptions have a few thousand.
const MAX_OPERATIONS: usize = 20_000;
/// Keys of a path item that are operations. `options` is left out: browsers ask it before they send credentials.
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "head", "patch", "trace", "query"];

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Operation<'u> {
    /// `GET /users`.
    pub(super) name: String,
    /// The path, as the description writes it.
    pub(super) path: &'u str,
    /// Its object.
    pub(super) at: At<'u>,
    /// Its key.
    pub(super) key: ByteSpan,
    /// Parameters, its own and those of its path.
    parameters: Vec<At<'u>>,
}

/// What the parameters of an operation say of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried<'u> {
    /// One is required.
    Required(&'u str),
    /// One may be sent.
    Optional(&'u str),
    /// None.
    Nothing,
}

/// Every operation, references followed.
pub(super) fn all<'u>(root: At<'u>, out: &mut Lowering<'u>) -> Vec<Operation<'u>> {
    let Some(paths) = root.get("paths", root, out) else { return Vec::new() };
    if matches!(paths.node.data, Data::Cut | Data::List(_)) {
        out.unknown(
            source(paths.file, paths.node.span),
            Why::Unsupported("a part of the description".to_owned()),
        );
    }
    let mut found = Vec::new();
    for entry in paths.node.entries().iter().filter(|e| e.name().starts_with('/')) {
        let item = paths.with(&entry.value);
        // What stands beside a reference counts as well.
        let referred = item.node.get("$ref").and_then(|_| item.followed(root, out));
        for item in [Some(item), referred].into_iter().flatten() {
            of_path(entry.name(), item, root, &mut found, out);
        }
        if found.len() > MAX_OPERATIONS {
            let why = Why::Limit(format!("more than {MAX_OPERATIONS} operations"));
            out.unknown(source(paths.file, entry.key.span), why);
            break;
        }
    }
    found
}

fn of_path<'u>(
    path: &'u str,
    item: At<'u>,
    root: At<'u>,
    found: &mut Vec<Operation<'u>>,
    out: &mut Lowering<'u>,
) {
    let shared = parameters(item);
    for entry in item.node.entries().iter().filter(|e| METHODS.contains(&e.name())) {
        let Some(at) = item.with(&entry.value).followed(root, out) else { continue };
        if at.node.entries().is_empty() {
            continue;
        }
        let mut parameters = parameters(at);
        parameters.extend(shared.iter().copied());
        let name = format!("{} {path}", entry.name().to_ascii_uppercase());
        found.push(Operation { name, path, at, key: entry.key.span, parameters });
    }
}

fn parameters<'u>(at: At<'u>) -> Vec<At<'u>> {
    at.node.get("parameters").map_or(&[][..], Node::items).iter().map(|node| at.with(node)).collect()
}

impl<'u> Operation<'u> {
    /// Why it cannot ask first.
    pub(super) fn open_by_nature(&self) -> Option<&'static str> {
        TABLES.open(self.path)
    }

    /// What its parameters say of credentials.
    pub(super) fn carried(&self, root: At<'u>, out: &mut Lowering<'u>) -> Carried<'u> {
        let mut carried = Carried::Nothing;
        for parameter in &self.parameters {
            let Some(parameter) = parameter.followed(root, out) else { continue };
            let text = |key: &str| parameter.node.get(key).and_then(Node::text).unwrap_or_default();
            if !matches!(text("in"), "header" | "query" | "cookie") || !TABLES.carries(text("name")) {
                continue;
            }
            let Some(name) = parameter.node.get("name").and_then(Node::text) else { continue };
            let required = parameter.node.get("required").and_then(Node::boolean);
            if required.is_some_and(|(required, _)| required) {
                return Carried::Required(name);
            }
            carried = Carried::Optional(name);
        }
        carried
    }
}
