//! Which files are pipelines: by their path, or by what stands in them.

use super::branches;
use crate::document::Node;

/// Folders of which every YAML file belongs to a pipeline.
const FOLDERS: [&str; 2] = [".azure-pipelines/", ".azuredevops/"];
/// Folders and file names that pipelines with templates are kept under, in small letters.
const SIGNS: [&str; 6] = ["pipeline", "azure", "vsts", "devops", "template", "ci"];
/// Keys that a step of the schema has one of, whatever else it has.
/// Source: <https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/steps>.
const STEPS: [&str; 12] = [
    "task",
    "script",
    "bash",
    "pwsh",
    "powershell",
    "checkout",
    "template",
    "download",
    "downloadBuild",
    "getPackage",
    "publish",
    "reviewApp",
];

/// Where one of the folders begins in a path, as whole components.
fn folder_at(path: &str, folder: &str) -> Option<usize> {
    match path.starts_with(folder) {
        true => Some(0),
        false => Some(path.find(&format!("/{folder}"))? + 1),
    }
}

/// Whether a path alone says that a file is one.
pub(super) fn by_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    name.starts_with("azure-pipelines")
        || name.starts_with(".azure-pipelines")
        || name.starts_with(".vsts-ci.y")
        || FOLDERS.iter().any(|folder| folder_at(path, folder).is_some())
}

/// Whether a file of this path may be outlined for templates: any may use some, but every YAML file of a tree would have to
/// be read twice.
pub(super) fn may_use_templates(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    by_path(path) || SIGNS.iter().any(|sign| lower.contains(sign))
}

/// The repository that a file belongs to: the path before a folder that stands at a repository's root.
pub(super) fn repository_root(path: &str) -> &str {
    let folders = FOLDERS.into_iter().chain([".pipelines/", ".vsts-ci/"]);
    let at = folders.filter_map(|folder| folder_at(path, folder)).min().unwrap_or(0);
    path[..at].trim_end_matches('/')
}

/// Whether a tree is a pipeline or a template of one.
pub(super) fn by_content(root: &Node) -> bool {
    let has = |key: &str| root.get(key).is_some();
    // Manifests, workflows and the pipelines of others have keys that no pipeline of Azure has.
    if ["apiVersion", "kind", "on", "image", "pipelines", "version"].into_iter().any(has) {
        return false;
    }
    let lists =
        |key: &str, is: fn(&Node) -> bool| branches::first(root, key).is_some_and(|list| any(list, is));
    let extends = || root.path(&["extends", "template"]).and_then(Node::text).is_some();
    extends()
        || lists("steps", is_step)
        || lists("jobs", is_job)
        || lists("stages", is_stage)
        || is_variables(root)
}

fn any(list: &Node, is: fn(&Node) -> bool) -> bool {
    branches::items(list).into_iter().any(|(item, _)| is(item))
}

/// A step: the keys of others' steps (`name` with `image`, `commands`, `uses`, `run`) are none of these.
pub(super) fn is_step(item: &Node) -> bool {
    let foreign = ["image", "commands", "uses", "run", "plan", "command", "settings", "args"];
    if foreign.iter().any(|key| item.get(key).is_some()) {
        return false;
    }
    item.entries().iter().any(|entry| match entry.name() {
        "task" => entry.value.text().is_some_and(|task| task.contains('@') || task.contains("${{")),
        // A list of commands is another platform's script.
        name => STEPS.contains(&name) && entry.value.items().is_empty(),
    })
}

pub(super) fn is_job(item: &Node) -> bool {
    let named = |key: &str| item.get(key).is_some_and(|node| node.scalar().is_some() || node.is_null());
    let has_steps = || branches::first(item, "steps").is_some_and(|steps| any(steps, is_step));
    named("deployment")
        || named("job") && (has_steps() || item.get("pool").is_some() || item.get("template").is_some())
        || named("template") && item.entries().iter().all(|e| TEMPLATE.contains(&e.name()))
}

/// Keys of the use of a template.
const TEMPLATE: [&str; 2] = ["template", "parameters"];

pub(super) fn is_stage(item: &Node) -> bool {
    let named = |key: &str| item.get(key).is_some_and(|node| node.scalar().is_some() || node.is_null());
    named("stage") && branches::first(item, "jobs").is_some_and(|jobs| any(jobs, is_job))
        || named("template") && item.entries().iter().all(|e| TEMPLATE.contains(&e.name()))
}

/// A template of variables: a list of them with nothing but parameters beside it.
fn is_variables(root: &Node) -> bool {
    let alone = root.entries().iter().all(|e| matches!(e.name(), "variables" | "parameters"));
    let is = |item: &Node| {
        let has = |key: &str| item.get(key).is_some();
        has("name") && has("value") || has("group") || has("template")
    };
    alone && root.get("variables").is_some_and(|list| any(list, is))
}
