//! Manifests that are made of parts of several files, and the parts.

use super::manifest::{Manifest, unstated_namespace};
use super::rbac::Roles;
use super::{NAME, lower_manifest, note_template, secret};
use crate::dialect::kustomize::Addresses;
use crate::dialect::{Lowering, SourceFile};
use crate::document::Node;
use crate::span::FileId;

/// A manifest as it is applied.
#[derive(Clone, Debug)]
pub(in crate::dialect) struct Built {
    /// The file that it began in.
    pub(in crate::dialect) file: FileId,
    /// The manifest; parts of other files have addresses for places.
    pub(in crate::dialect) node: Node,
    /// Whether all of its file was read.
    pub(in crate::dialect) whole: bool,
}

/// Lowers manifests as they are applied. Their literals were handed over where they are written.
pub(in crate::dialect) fn lower(built: &[Built], addresses: &Addresses, out: &mut Lowering<'_>) {
    let (slots, data, written) = (out.slots.len(), out.data.len(), out.written.len());
    let (handed, silent) = (out.handed.len(), out.silent.clone());
    let manifests: Vec<Manifest<'_>> = built
        .iter()
        .filter_map(|one| Manifest::of(one.file, &one.node).map(|manifest| (one, manifest)))
        .map(|(one, manifest)| Manifest { whole: one.whole, built: Some(addresses), ..manifest })
        .collect();
    let roles = Roles::of(&manifests);
    for manifest in &manifests {
        lower_manifest(manifest, &roles, out);
    }
    out.slots.truncate(slots);
    out.data.truncate(data);
    out.written.truncate(written);
    out.handed.truncate(handed);
    out.silent = silent;
}

/// Reads a file of parts: its literals stand there, whatever is made of it.
pub(in crate::dialect) fn lower_part(file: &SourceFile, out: &mut Lowering<'_>) {
    let manifests = Manifest::all(file);
    if manifests.is_empty() && file.document.breaks.is_empty() {
        return;
    }
    out.reads(file.id, NAME);
    note_template(file, out);
    let (facts, unknown) = (out.facts.facts.len(), out.unknown.clone());
    let roles = Roles::of(&manifests);
    for manifest in &manifests {
        lower_manifest(manifest, &roles, out);
    }
    out.facts.facts.truncate(facts);
    out.unknown = unknown;
}

/// Lowers a Secret or ConfigMap that is generated of literals.
pub(in crate::dialect) fn lower_generated(
    file: FileId,
    item: &Node,
    kind: &'static str,
    out: &mut Lowering<'_>,
) {
    let name = super::manifest::text_under(item, "name").unwrap_or_default();
    let manifest = Manifest {
        node: item,
        file,
        kind,
        group: "",
        name,
        namespace: unstated_namespace(),
        whole: true,
        carrier: None,
        built: None,
    };
    let within = manifest.context(out);
    secret::lower_literals(&manifest, within, out);
}
