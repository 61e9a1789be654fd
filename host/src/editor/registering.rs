//! Rows of the registry for what is made or used at a place and has none.

use std::collections::BTreeMap;

use lsp_types::WorkspaceEdit;
use serde::Deserialize as _;
use serde_json::Value;

use super::edits;
use super::session::Session;
use super::tree::OpenTree;
use crate::command::policy::CONFIG;
use crate::command::register::{is_reference, with_rows};
use crate::inventory::Entry;
use crate::runtime::contract::Source;

/// Most rows that are offered for one place.
const MOST: usize = 4;

/// Entries of a part of a document that the registry should know, by their names.
pub(super) fn missing(tree: &OpenTree<'_>, name: &str, start: usize, end: usize) -> BTreeMap<String, Entry> {
    let touches = |at: &Value| -> Option<bool> {
        let offset = |key: &str| usize::try_from(at.get("span")?.get(key)?.as_u64()?).ok();
        Some(at.get("path")?.as_str()? == name && offset("start")? <= end && start <= offset("end")?)
    };
    let here = |entry: &&Value| {
        let places = entry.get("places").and_then(Value::as_array).into_iter().flatten();
        places.filter_map(touches).any(|touches| touches)
    };
    let entries = tree.inventory().and_then(|json| json.get("entries")).and_then(Value::as_array);
    let wanted = entries.into_iter().flatten().filter(|entry| entry.get("registrable") == Some(&true.into()));
    wanted
        .filter(here)
        .filter_map(|entry| Entry::deserialize(entry).ok())
        .filter(|entry| is_reference(&entry.id))
        .map(|entry| (entry.id.clone(), entry))
        .take(MOST)
        .collect()
}

/// What writes a row for an entry, if the policy can be read with it.
pub(super) fn registers(session: &Session<'_>, tree: &OpenTree<'_>, entry: &Entry) -> Option<WorkspaceEdit> {
    let missing = Source { path: CONFIG.to_owned(), bytes: Vec::new(), member: true };
    let config = tree.config().unwrap_or(&missing);
    let bytes = with_rows(config, &[entry]).ok()?;
    tree.tried(&config.path, bytes.clone()).ok()??;
    edits::of_policy(session, tree, bytes)
}
