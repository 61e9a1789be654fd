//! What must be read along to understand a template: its modules, the files that it loads, and those of its parameters.

use super::template::{Template, get};
use crate::dialect::{Ask, Outline, SourceFile, resolve};
use crate::document::Node;

/// Endings of files that hold values of parameters.
const PARAMETERS: [&str; 8] = [
    ".bicepparam",
    "parameters.json",
    ".params.json",
    ".parameters.dev.json",
    ".parameters.test.json",
    ".parameters.prod.json",
    "-parameters.json",
    "params.json",
];
/// Parts of names under which templates in JSON are kept that may refer to others.
const NAMES: [&str; 6] = ["deploy", "template", "main", "nested", "linked", "arm"];
/// Functions that read a file.
const LOADS: [&str; 4] = ["loadtextcontent", "loadjsoncontent", "loadyamlcontent", "loadfileasbase64"];
/// Deepest nesting in which files are looked for.
const MAX_NESTING: usize = 128;

/// Whether a path may be that of a template with others.
pub(super) fn is_grouped(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    super::is_bicep(path)
        || (name.ends_with(".json")
            && !name.contains("parameters")
            && NAMES.iter().any(|part| name.contains(part)))
}

/// What a template asks for; it stays a unit of its own.
pub(super) fn of(file: &SourceFile) -> Outline {
    let is_bicep = super::is_bicep(&file.path);
    if !is_bicep && !super::template::is_template(file) {
        return Outline::default();
    }
    let Some(template) = Template::of_file(file) else { return Outline::default() };
    let mut asks = Vec::new();
    if !template.parameters.is_empty() {
        let suffixes = PARAMETERS.map(str::to_owned).to_vec();
        asks.push(Ask::Directory { path: file.folder().to_owned(), suffixes });
    }
    for resource in &template.resources {
        let linked = || get(get(get(resource.node, "properties")?, "templateLink")?, "relativePath");
        let path = resource.module.or_else(linked).and_then(Node::text);
        asks.extend(
            path.filter(|path| is_local(path)).and_then(|path| resolve(file.folder(), path)).map(Ask::File),
        );
    }
    // A file of parameters names the template that it is for.
    if let Some(template) = super::parameters::using(file).and_then(Node::text).filter(|path| is_local(path))
    {
        asks.extend(resolve(file.folder(), template).map(Ask::File));
    }
    if is_bicep {
        loaded(template.root, file.folder(), &mut asks, 0);
    }
    asks.sort();
    asks.dedup();
    Outline { asks, ..Outline::default() }
}

/// Whether the path of a module is one in the tree.
pub(super) fn is_local(path: &str) -> bool {
    !path.contains(':')
}

fn loaded(node: &Node, folder: &str, asks: &mut Vec<Ask>, depth: usize) {
    if depth == MAX_NESTING {
        return;
    }
    let loads = node.tag.as_deref().is_some_and(|tag| LOADS.contains(&tag));
    if let Some(path) = node.items().first().filter(|_| loads).and_then(Node::text) {
        asks.extend(resolve(folder, path).map(Ask::File));
    }
    node.items().iter().for_each(|item| loaded(item, folder, asks, depth + 1));
    node.entries().iter().for_each(|entry| loaded(&entry.value, folder, asks, depth + 1));
}
