//! The files of a unit as Terraform reads them: directories with their blocks, variables and values.

use std::collections::BTreeMap;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Body};

use super::json::Translation;
use super::syntax::{self, Located};
use crate::dialect::{SourceFile, Unit};
use crate::span::{FileId, Source};

/// A file of variable values.
#[derive(Debug)]
pub(super) struct Values<'u> {
    pub(super) path: &'u str,
    /// Whether Terraform reads it without being told to.
    pub(super) automatic: bool,
    pub(super) values: BTreeMap<&'u str, Located<'u, Expression>>,
}

/// One directory: a module.
#[derive(Debug, Default)]
pub(super) struct Directory<'u> {
    pub(super) path: &'u str,
    pub(super) variables: BTreeMap<&'u str, Located<'u, Block>>,
    pub(super) locals: BTreeMap<&'u str, Located<'u, Attribute>>,
    pub(super) outputs: BTreeMap<&'u str, Located<'u, Block>>,
    pub(super) modules: BTreeMap<&'u str, Located<'u, Block>>,
    /// Resources by `type.label`, data sources by `data.type.label`. An address that stands twice keeps both blocks.
    pub(super) resources: BTreeMap<String, Vec<Located<'u, Block>>>,
    /// Every top-level block, in order.
    pub(super) blocks: Vec<Located<'u, Block>>,
    /// The same by kind and first label: what looks for one of many thousands must not look at all.
    kinds: BTreeMap<&'u str, BTreeMap<&'u str, Vec<Located<'u, Block>>>>,
    /// Provider configurations by name and alias, which is empty where there is none.
    providers: BTreeMap<&'u str, BTreeMap<&'u str, Located<'u, Block>>>,
    pub(super) values: Vec<Values<'u>>,
}

/// Every directory of the unit.
#[derive(Debug)]
pub(super) struct Program<'u> {
    pub(super) unit: &'u Unit,
    pub(super) directories: BTreeMap<&'u str, Directory<'u>>,
    /// The modules of plans and states, by file and prefix (`module.a.`).
    pub(super) printed: BTreeMap<(FileId, &'u str), Directory<'u>>,
    /// Paths to files.
    pub(super) files: BTreeMap<&'u str, &'u SourceFile>,
    /// Where module calls stand, in order.
    calls: Vec<Source>,
}

/// Whether a path is configuration in HCL.
pub(super) fn is_configuration(path: &str) -> bool {
    path.ends_with(".tf") || path.ends_with(".tofu")
}

/// Whether a path is variable values in HCL.
pub(super) fn is_values(path: &str) -> bool {
    path.ends_with(".tfvars")
}

/// Whether a path is configuration in JSON.
pub(super) fn is_json(path: &str) -> bool {
    path.ends_with(".tf.json") || path.ends_with(".tofu.json")
}

/// Whether a path is variable values in JSON.
pub(super) fn is_values_json(path: &str) -> bool {
    path.ends_with(".tfvars.json")
}

impl<'u> Program<'u> {
    pub(super) fn read(unit: &'u Unit, translations: &'u [Translation]) -> Self {
        let mut directories: BTreeMap<&str, Directory<'_>> = BTreeMap::new();
        let mut printed: BTreeMap<(FileId, &str), Directory<'_>> = BTreeMap::new();
        let mut ordered: Vec<&SourceFile> = unit.files.iter().collect();
        // Terraform merges files by name; override files come last and win.
        ordered.sort_by_key(|file| (is_override(file.name()), &file.path));
        for file in ordered {
            let directory = directories.entry(file.folder()).or_default();
            directory.path = file.folder();
            let pieces = translations.get(file.id.0 as usize).map_or(&[][..], |made| &made.pieces);
            let bodies = || pieces.iter().map(|piece| syntax::translated(file, piece));
            if is_configuration(&file.path) {
                directory.add(syntax::bodies(file));
            } else if is_values(&file.path) {
                directory.values.push(values(file, syntax::bodies(file)));
            } else if is_json(&file.path) {
                directory.add(bodies());
            } else if is_values_json(&file.path) {
                directory.values.push(values(file, bodies()));
            } else {
                for piece in pieces {
                    let module = printed.entry((file.id, piece.prefix.as_str())).or_default();
                    module.path = file.folder();
                    module.add(std::iter::once(syntax::translated(file, piece)));
                }
            }
        }
        for directory in directories.values_mut() {
            // `terraform.tfvars` first, then `*.auto.tfvars` by name: later ones win.
            directory.values.sort_by_key(|v| (!is_first(v.path), v.path));
        }
        let files = unit.files.iter().map(|file| (file.path.as_str(), file)).collect();
        let calls =
            directories.values().flat_map(|directory| directory.modules.values().map(|call| call.at()));
        let mut calls: Vec<Source> = calls.collect();
        calls.sort_unstable();
        Self { unit, directories, printed, files, calls }
    }

    /// Whether a place is inside a module call: a value that stands there is an argument.
    pub(super) fn is_argument(&self, source: Source) -> bool {
        // Blocks of one file do not overlap.
        let before =
            self.calls.partition_point(|at| (at.file, at.span.start) <= (source.file, source.span.start));
        let last = before.checked_sub(1).and_then(|before| self.calls.get(before));
        last.is_some_and(|at| at.file == source.file && at.span.contains(source.span))
    }
}

impl<'u> Directory<'u> {
    fn add(&mut self, bodies: impl Iterator<Item = Located<'u, Body>>) {
        for body in bodies {
            for block in body.blocks() {
                self.add_block(block);
            }
        }
    }

    fn add_block(&mut self, block: Located<'u, Block>) {
        let label = block.label(0);
        self.blocks.push(block);
        self.kinds.entry(block.kind()).or_default().entry(label).or_default().push(block);
        match block.kind() {
            "provider" => {
                let alias = block.body().attribute("alias").and_then(|alias| alias.node.value.as_str());
                let named = self.providers.entry(label).or_default();
                named.entry(alias.unwrap_or_default()).or_insert(block);
            }
            "variable" => drop(self.variables.insert(label, block)),
            "output" => drop(self.outputs.insert(label, block)),
            "module" => drop(self.modules.insert(label, block)),
            "locals" => {
                for attribute in block.body().attributes() {
                    self.locals.insert(attribute.name(), attribute);
                }
            }
            "resource" | "data" | "ephemeral" => {
                self.resources.entry(address(block)).or_default().push(block);
            }
            _ => {}
        }
    }

    /// The top-level blocks of a kind and first label, in order.
    pub(super) fn of(&self, kind: &str, label: &str) -> &[Located<'u, Block>] {
        self.kinds.get(kind).and_then(|kinds| kinds.get(label)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The configuration of a provider, by its alias if it has one.
    pub(super) fn provider(&self, name: &str, alias: Option<&str>) -> Option<Located<'u, Block>> {
        self.providers.get(name)?.get(alias.unwrap_or_default()).copied()
    }

    /// The block of an address. Where several stand for it, the one in the file that refers to it is meant.
    pub(super) fn resource(&self, address: &str, from: Source) -> Option<Located<'u, Block>> {
        let blocks = self.resources.get(address)?;
        blocks.iter().find(|b| b.file.id == from.file).or_else(|| blocks.first()).copied()
    }
}

/// `type.label`, or `data.type.label`.
pub(super) fn address(block: Located<'_, Block>) -> String {
    match block.kind() {
        "resource" => format!("{}.{}", block.label(0), block.label(1)),
        kind => format!("{kind}.{}.{}", block.label(0), block.label(1)),
    }
}

fn values<'u>(file: &'u SourceFile, bodies: impl Iterator<Item = Located<'u, Body>>) -> Values<'u> {
    let values = bodies
        .flat_map(|body| body.attributes().collect::<Vec<_>>())
        .map(|attribute| (attribute.name(), attribute.value()))
        .collect();
    let name = file.name().strip_suffix(".json").unwrap_or(file.name());
    let automatic = name == "terraform.tfvars" || name.ends_with(".auto.tfvars");
    Values { path: &file.path, automatic, values }
}

/// Whether a file of values is read before all others.
fn is_first(path: &str) -> bool {
    path.ends_with("terraform.tfvars") || path.ends_with("terraform.tfvars.json")
}

fn is_override(name: &str) -> bool {
    let name = name.strip_suffix(".json").unwrap_or(name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem == "override" || stem.ends_with("_override")
}
