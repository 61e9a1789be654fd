//! Kustomize: what an overlay makes of its bases is what is judged. A patch, a component and a base are parts of it and
//! mean little alone: they are members of the unit of who uses them.
//!
//! <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>. Namespaces, prefixes and suffixes are left
//! out: they rename everything alike, so that what is joined by name stays joined, and a fault of a base is one fault in
//! all its overlays.

mod build;
mod images;
mod labels;
mod merge;
mod named;
mod patches;
mod place;
mod remote;
mod table;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::{Ask, Claim, Dialect, Lowering, Outline, SourceFile, Unit, kubernetes};
use crate::document::Node;
use crate::fact::Why;
use crate::span::{FileId, Source};
use named::Named;
pub(super) use place::Addresses;

/// The dialect.
pub static DIALECT: Kustomize = Kustomize;

/// Kustomize.
#[derive(Clone, Copy, Debug)]
pub struct Kustomize;

/// The dialect's name.
const NAME: &str = "kustomize";
/// Names by which a folder's kustomization goes.
const FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// The API group of kustomizations; Flux calls something else the same.
const GROUP: &str = "kustomize.config.k8s.io/";
/// Most files that one kustomization takes into its unit: a unit is read at once.
const MOST_TAKEN: usize = 500;

impl Dialect for Kustomize {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, path: &str) -> Claim {
        if FILES.contains(&path.rsplit('/').next().unwrap_or(path)) { Claim::Path } else { Claim::No }
    }

    fn grouped(&self, _path: &str) -> bool {
        true
    }

    fn outline(&self, file: &SourceFile) -> Outline {
        let Some(root) = root(file) else { return Outline::default() };
        let mut asks = BTreeSet::new();
        let mut takes = BTreeSet::new();
        for named in Named::all(file, root) {
            let paths = named.paths(file.folder());
            if named.is_part() {
                takes.extend(paths.iter().cloned());
            }
            if !paths.is_empty() {
                asks.insert(Ask::AnyOf(paths));
            }
        }
        Outline {
            unit: None,
            asks: asks.into_iter().collect(),
            takes: takes.into_iter().take(MOST_TAKEN).collect(),
        }
    }

    fn warm(&self) {
        std::sync::LazyLock::force(&table::TABLE);
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        let parts = parts(unit);
        for file in unit.files.iter().filter(|file| parts.contains(&file.id)) {
            match root(file) {
                Some(root) => {
                    out.reads(file.id, NAME);
                    generated(file, root, out);
                }
                None => kubernetes::lower_part(file, out),
            }
        }
        let Some(addresses) = Addresses::of(unit) else { return };
        let used: BTreeSet<FileId> = kustomizations(unit).flat_map(|(f, root)| used(unit, f, root)).collect();
        for (file, _) in kustomizations(unit) {
            if used.contains(&file.id) {
                continue;
            }
            let built = build::Build::new(unit, &addresses).of(file, out);
            kubernetes::lower_built(&built, &addresses, out);
        }
        if kustomizations(unit).next().is_some() && kustomizations(unit).all(|(f, _)| used.contains(&f.id)) {
            let file = unit.files.iter().find(|file| root(file).is_some()).map(|file| file.id);
            let at = Source::new(file.unwrap_or_default(), crate::span::ByteSpan::at(0));
            out.unknown(at, Why::Unsupported("kustomizations that contain each other".to_owned()));
        }
    }
}

/// The root of a kustomization or component.
fn root(file: &SourceFile) -> Option<&Node> {
    if !FILES.contains(&file.name()) {
        return None;
    }
    let root = file.document.nodes().first()?;
    let version = root.get("apiVersion").and_then(Node::text);
    version.is_none_or(|version| version.starts_with(GROUP)).then_some(root)
}

/// The kustomizations of a unit.
fn kustomizations(unit: &Unit) -> impl Iterator<Item = (&SourceFile, &Node)> {
    unit.files.iter().filter_map(|file| Some((file, root(file)?)))
}

/// The files that a kustomization is made of, as far as the unit has them.
fn used<'u>(unit: &'u Unit, file: &SourceFile, root: &Node) -> Vec<FileId> {
    let parts = Named::all(file, root).filter(Named::is_part);
    let paths = parts.flat_map(|named| named.paths(file.folder()));
    paths.filter_map(|path| unit.file(&path)).map(|file: &'u SourceFile| file.id).collect()
}

/// Every file that takes part in a kustomization of the unit: what it says alone is not what is applied.
pub(super) fn parts(unit: &Unit) -> BTreeSet<FileId> {
    kustomizations(unit)
        .flat_map(|(file, root)| used(unit, file, root).into_iter().chain([file.id]))
        .collect()
}

/// Secrets and ConfigMaps that a kustomization makes of literals.
fn generated(file: &SourceFile, root: &Node, out: &mut Lowering<'_>) {
    for (key, kind) in [("secretGenerator", "Secret"), ("configMapGenerator", "ConfigMap")] {
        for item in root.get(key).map_or(&[][..], Node::items) {
            kubernetes::lower_generated(file.id, item, kind, out);
        }
    }
}
