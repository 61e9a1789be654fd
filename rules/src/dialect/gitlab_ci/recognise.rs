//! Which files are pipelines of GitLab: by path, by place, by content.

use super::config::documents;
use super::tables::TABLE;
use crate::dialect::SourceFile;
use crate::document::{Data, Node};

/// The folder that holds a repository's parts of pipelines.
const FOLDER: &str = ".gitlab/";

/// Whether the path alone makes a file a pipeline: `.gitlab-ci.yml`, and templates named after it.
pub(super) fn is_pipeline(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".gitlab-ci.yml") || name.ends_with(".gitlab-ci.yaml")
}

/// Where the repository's own folder begins in a path, as a whole component.
fn folder_at(path: &str) -> Option<usize> {
    match path.starts_with(FOLDER) {
        true => Some(0),
        false => path.rfind(&format!("/{FOLDER}")).map(|at| at + 1),
    }
}

/// Whether a file stands in the folder for parts of pipelines.
pub(super) fn in_folder(path: &str) -> bool {
    folder_at(path).is_some()
}

/// The repository that a file belongs to: the path before `.gitlab/`, the folder of `.gitlab-ci.yml`, or the tree.
pub(super) fn repository_root(path: &str) -> &str {
    if let Some(at) = folder_at(path) {
        return path[..at].trim_end_matches('/');
    }
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name.starts_with(".gitlab-ci.") { folder } else { "" }
}

/// Whether a file says what only pipelines of GitLab say.
pub(super) fn by_content(file: &SourceFile) -> bool {
    let (header, content) = documents(file);
    if header.is_some_and(|header| is_header(header, content.is_none())) {
        return content.is_none_or(|content| matches!(content.data, Data::Map(_)));
    }
    let Some(root) = content else { return false };
    let entries = root.entries();
    let keywords = &TABLE.keywords;
    if entries.is_empty() || entries.iter().any(|entry| keywords.foreign.contains(entry.name())) {
        return false;
    }
    let is_job = |node: &Node| node.entries().iter().any(|entry| keywords.job.contains(entry.name()));
    let tells = |node: &Node| {
        let own = node.entries().iter().filter(|entry| keywords.telling.contains(entry.name()));
        own.count() > usize::from(node.get("script").is_none())
    };
    let (global, jobs): (Vec<_>, Vec<_>) =
        entries.iter().partition(|entry| keywords.global.contains(entry.name()));
    let includes = root.get("include").is_some_and(is_include);
    if jobs.is_empty() {
        // A file that only includes others, in the way only GitLab writes it.
        return includes && global.len() == entries.len();
    }
    // Anchors for others stand between jobs as lists and maps without a script.
    let hidden = |name: &str| name.starts_with('.');
    let fits = |entry: &crate::document::Entry| hidden(entry.name()) || is_job(&entry.value);
    let telling = jobs.iter().any(|entry| is_job(&entry.value) && tells(&entry.value));
    let globals_tell = || root.get("stages").is_some_and(|n| !n.items().is_empty()) || includes;
    let scripts = || jobs.iter().any(|entry| entry.value.get("script").is_some());
    jobs.iter().all(|entry| fits(entry)) && (telling || scripts() && globals_tell())
}

/// `spec:` with inputs. Alone in a file, only if it declares some.
fn is_header(header: &Node, alone: bool) -> bool {
    let spec = header.get("spec");
    let inputs = spec.and_then(|spec| spec.get("inputs"));
    let others = header.entries().iter().any(|entry| entry.name() != "spec");
    !others
        && (inputs.is_some()
            || !alone && spec.is_some_and(|spec| spec.is_null() || spec.entries().is_empty()))
}

fn is_include(node: &Node) -> bool {
    const KEYS: [&str; 5] = ["local", "project", "template", "component", "remote"];
    node.one_or_many().iter().any(|item| KEYS.iter().any(|key| item.get(key).and_then(Node::text).is_some()))
}
