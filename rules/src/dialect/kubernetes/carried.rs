//! Manifests that another dialect carries: it reads its own syntax and hands over the tree that Kubernetes is given.

use std::collections::BTreeMap;

use super::lower_manifest;
use super::manifest::{Carrier, Manifest};
use super::rbac::Roles;
use crate::dialect::Lowering;
use crate::document::Node;
use crate::fact::{Case, ContextId, FactId};
use crate::span::{ByteSpan, FileId, Source};

/// One manifest, or a list of them.
#[derive(Debug)]
pub(in crate::dialect) struct Carried {
    /// The file of the block that carries it.
    pub(in crate::dialect) file: FileId,
    /// The manifest as Kubernetes is given it.
    pub(in crate::dialect) node: Node,
    /// Where values are written that stand in other files, by the place of their use.
    pub(in crate::dialect) elsewhere: BTreeMap<ByteSpan, Source>,
    /// The context of the block.
    pub(in crate::dialect) within: ContextId,
    /// When the block exists.
    pub(in crate::dialect) when: Case,
    /// Whether it exists only in a case that is not the default.
    pub(in crate::dialect) lesser: bool,
}

/// Lowers the manifests of one unit.
pub(in crate::dialect) fn lower(carried: &[Carried], out: &mut Lowering<'_>) {
    let mut manifests: Vec<(Manifest<'_>, &Carried)> = Vec::new();
    for one in carried {
        let mut found = Vec::new();
        Manifest::collect(one.file, &one.node, 0, &mut found);
        let carrier = Carrier { within: one.within, elsewhere: &one.elsewhere };
        manifests.extend(found.into_iter().map(|m| (Manifest { carrier: Some(carrier), ..m }, one)));
    }
    let all: Vec<Manifest<'_>> = manifests.iter().map(|(manifest, _)| manifest.clone()).collect();
    let roles = Roles::of(&all);
    for (manifest, one) in manifests {
        let first = out.facts.facts.len();
        lower_manifest(&manifest, &roles, out);
        for index in first..out.facts.facts.len() {
            let id = FactId(u32::try_from(index).unwrap_or(u32::MAX));
            if let Some(fact) = out.fact_mut(id) {
                fact.when = fact.when.and(&one.when).unwrap_or_else(|| one.when.clone());
                fact.lesser |= one.lesser;
            }
        }
    }
}
