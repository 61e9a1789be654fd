//! Which files are configurations of CircleCI: by path, by content.

use super::tables::TABLE;
use crate::document::{Data, Node};

/// The folder that holds a repository's configuration.
const FOLDER: &str = ".circleci";

/// Whether the path alone makes a file one: `.circleci/config.yml`, and what it goes on with beside it.
pub(super) fn by_path(path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.rsplit('/').next() == Some(FOLDER)
}

/// The repository that a configuration belongs to: the path before its folder.
pub(super) fn repository_root(path: &str) -> &str {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.strip_suffix(FOLDER).unwrap_or("").trim_end_matches('/')
}

/// Whether a file says what only configurations and orbs say.
pub(super) fn by_content(root: &Node) -> bool {
    let keywords = &TABLE.keywords;
    let entries = root.entries();
    if entries.iter().any(|entry| keywords.foreign.contains(entry.name())) {
        return false;
    }
    let version = root.get("version").and_then(Node::written);
    if !version.is_some_and(|version| matches!(version.trim(), "2" | "2.0" | "2.1")) {
        return false;
    }
    let telling = entries.iter().filter(|entry| keywords.telling.contains(entry.name()));
    let shapes: Vec<bool> = telling.map(|entry| has_shape(entry.name(), &entry.value)).collect();
    !shapes.is_empty() && shapes.iter().all(|shape| *shape)
}

/// Whether every entry below a key looks like what the platform has there.
fn has_shape(key: &str, node: &Node) -> bool {
    let is_list = |node: Option<&Node>| node.is_some_and(|node| matches!(node.data, Data::List(_)));
    let one = |node: &Node| match key {
        "jobs" => is_list(node.get("steps")) || node.get("type").is_some(),
        "commands" => is_list(node.get("steps")),
        "workflows" => is_list(node.get("jobs")) || node.written().is_some(),
        "executors" => ["docker", "machine", "macos"].iter().any(|kind| node.get(kind).is_some()),
        _ => node.text().is_some_and(|text| text.contains('/')) || matches!(node.data, Data::Map(_)),
    };
    !node.entries().is_empty() && node.entries().iter().all(|entry| one(&entry.value))
}
