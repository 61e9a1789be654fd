//! Files that give the parameters of a template their values.

use super::template::{Template, get};
use crate::dialect::{SourceFile, Unit, resolve};
use crate::document::Node;

/// Most files whose values are looked at for one template.
const MAX_FILES: usize = 8;

/// Whether a file in JSON holds values of parameters.
pub(super) fn is_parameters(file: &SourceFile) -> bool {
    let Some(root) = file.document.nodes().first() else { return false };
    let schema = get(root, "$schema").and_then(Node::text).unwrap_or_default();
    schema.to_ascii_lowercase().contains("deploymentparameters")
}

/// The files of the unit that belong to a template, with their values: what their own first line says, or by name.
pub(super) fn of<'u>(
    unit: &'u Unit,
    template: &SourceFile,
) -> Vec<(&'u SourceFile, Vec<(&'u str, &'u Node)>)> {
    let stem = template.name().rsplit_once('.').map_or(template.name(), |(stem, _)| stem);
    let beside =
        unit.files.iter().filter(|file| file.folder() == template.folder() && file.path != template.path);
    let mut found = Vec::new();
    for file in beside {
        let values = if file.path.ends_with(".bicepparam") {
            let uses = using(file).and_then(Node::text).and_then(|path| resolve(file.folder(), path));
            if uses.as_deref() != Some(template.path.as_str()) {
                continue;
            }
            bicep(file)
        } else if named_after(file.name(), stem) && is_parameters(file) {
            json(file)
        } else {
            continue;
        };
        found.push((file, values));
    }
    found.truncate(MAX_FILES);
    found
}

/// `main.parameters.json`, `main.parameters.dev.json`, `main.dev.parameters.json`; `parameters.json` belongs to any.
fn named_after(name: &str, stem: &str) -> bool {
    let rest = name.strip_prefix(stem);
    rest.is_some_and(|rest| rest.starts_with(['.', '-', '_']))
        || matches!(name, "parameters.json" | "params.json")
}

/// The template that a file of parameters is for.
pub(super) fn using(file: &SourceFile) -> Option<&Node> {
    let root = file.document.nodes().first()?;
    let entry = root.entries().iter().find(|entry| entry.value.tag.as_deref() == Some("using"))?;
    entry.value.get("value")
}

fn bicep(file: &SourceFile) -> Vec<(&str, &Node)> {
    let Some(template) = Template::of_file(file) else { return Vec::new() };
    let values = template.parameters.iter().map(|entry| (entry.name(), entry.value.get("defaultValue")));
    values.filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The values of a file in JSON; a reference to a Key Vault is none.
fn json(file: &SourceFile) -> Vec<(&str, &Node)> {
    let root = file.document.nodes().first();
    let entries = root.and_then(|root| get(root, "parameters")).map(Node::entries).unwrap_or_default();
    entries.iter().filter_map(|entry| Some((entry.name(), get(&entry.value, "value")?))).collect()
}
