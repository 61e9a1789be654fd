//! What a kustomization comes to: the manifests of its resources and bases, with everything laid over them.

use std::collections::BTreeSet;

use super::named::{Named, Use};
use super::place::Addresses;
use super::table::TABLE;
use super::{images, labels, patches, remote, root};
use crate::dialect::kubernetes::Built;
use crate::dialect::{Lowering, SourceFile, Unit};
use crate::document::Node;
use crate::fact::Why;
use crate::span::{FileId, Source};

/// Deepest nesting of bases in bases; real trees have four.
const MAX_DEPTH: usize = 16;
/// Most kustomizations that one is made of, each counted as often as it is used: bases that use a base twice each double.
const MAX_READ: usize = 1_000;
/// Most manifests that a kustomization comes to. The largest seen in public has about 1,000.
const MAX_MANIFESTS: usize = 10_000;
/// Deepest nesting of lists of manifests.
const MAX_LISTS: usize = 8;

/// Builds the kustomizations of one unit.
pub(super) struct Build<'u, 'a> {
    pub(super) unit: &'u Unit,
    pub(super) addresses: &'a Addresses,
    /// Kustomizations that are being built: one that contains itself has no end.
    open: BTreeSet<FileId>,
    /// Kustomizations read so far.
    read: usize,
    /// Operations of patches so far.
    pub(super) operations: usize,
}

impl<'u, 'a> Build<'u, 'a> {
    pub(super) fn new(unit: &'u Unit, addresses: &'a Addresses) -> Self {
        Self { unit, addresses, open: BTreeSet::new(), read: 0, operations: 0 }
    }

    /// The manifests that a kustomization comes to.
    pub(super) fn of(&mut self, file: &'u SourceFile, out: &mut Lowering<'_>) -> Vec<Built> {
        let mut built = Vec::new();
        self.add(file, &mut built, out);
        built
    }

    fn add(&mut self, file: &'u SourceFile, built: &mut Vec<Built>, out: &mut Lowering<'_>) {
        let Some(root) = root(file) else { return };
        self.read += 1;
        if self.read > MAX_READ || self.open.len() >= MAX_DEPTH || !self.open.insert(file.id) {
            let why = Why::Limit("kustomizations that contain each other, or too many of them".to_owned());
            return out.unknown(Source::new(file.id, root.span), why);
        }
        let first = built.len();
        let named = || Named::all(file, root);
        for named in named().filter(|named| named.what == Use::Resource) {
            self.resource(file, named, built, out);
        }
        // A base's own manifests are patched by who uses them, never by its neighbours. A component is laid over all.
        let whole = root.get("kind").and_then(Node::text) == Some("Component");
        let from = if whole { 0 } else { first };
        for named in named().filter(|named| named.what == Use::Component) {
            let mut inner = built.split_off(from);
            self.resource(file, named, &mut inner, out);
            built.append(&mut inner);
        }
        for named in named().filter(|named| named.what == Use::Values) {
            if named.paths(file.folder()).iter().all(|path| self.unit.file(path).is_none()) {
                self.missing(file, named, out);
            }
        }
        let mut own = built.split_off(from);
        patches::lay(self, file, root, &mut own, out);
        labels::lay(self, file, root, &mut own);
        images::lay(self, file, root, &mut own);
        built.append(&mut own);
        for row in &TABLE.unread {
            if let Some(entry) = root.entry(&row.key).filter(|entry| !is_empty(&entry.value)) {
                out.unknown(Source::new(file.id, entry.key.span), Why::Unsupported(row.what.clone()));
            }
        }
        self.open.remove(&file.id);
    }

    fn missing(&self, file: &SourceFile, named: Named<'_>, out: &mut Lowering<'_>) {
        out.unknown(Source::new(file.id, named.node.span), Why::NotInTree(named.path.to_owned()));
    }

    fn resource(
        &mut self,
        file: &'u SourceFile,
        named: Named<'_>,
        built: &mut Vec<Built>,
        out: &mut Lowering<'_>,
    ) {
        let found: Vec<&SourceFile> =
            named.paths(file.folder()).iter().filter_map(|path| self.unit.file(path)).collect();
        if found.is_empty() {
            remote::lower(file, named, out);
            return self.missing(file, named, out);
        }
        for part in found {
            if root(part).is_some() {
                self.add(part, built, out);
                continue;
            }
            let whole = part.document.breaks.is_empty();
            for node in part.document.nodes() {
                collect(part.id, node, whole, 0, built);
            }
            if built.len() > MAX_MANIFESTS {
                built.truncate(MAX_MANIFESTS);
                let why = Why::Limit(format!("{MAX_MANIFESTS} manifests of a kustomization"));
                out.unknown(Source::new(file.id, named.node.span), why);
            }
        }
    }
}

/// The manifests of a document: itself, or the items of a list. Schemas of resources are as long as they are silent.
fn collect(file: FileId, node: &Node, whole: bool, depth: usize, built: &mut Vec<Built>) {
    let Some(kind) = node.get("kind").and_then(Node::text) else { return };
    match node.get("items") {
        Some(items) if kind.ends_with("List") && depth < MAX_LISTS => {
            items.items().iter().for_each(|item| collect(file, item, whole, depth + 1, built));
        }
        _ if kind == "CustomResourceDefinition" => {}
        _ => built.push(Built { file, node: node.clone(), whole }),
    }
}

fn is_empty(node: &Node) -> bool {
    node.is_null() || (node.items().is_empty() && node.entries().is_empty() && node.text().is_none())
}
