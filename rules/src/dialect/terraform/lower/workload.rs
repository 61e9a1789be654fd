//! What runs as an identity.

use super::site::{Site, text_of};
use crate::dialect::terraform::evaluate::default_of;
use crate::dialect::terraform::tables;
use crate::fact::{Body, Known, Link, LinkKind, Ref};

/// States as whom a resource runs, where it says so.
pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    // A module from elsewhere runs what its arguments say: it is no type of its own.
    let resource = if site.block.kind() == "module" { "module" } else { site.kind() };
    let Some(row) = tables::workload(resource) else { return };
    let Some((platform, kind)) = row.is.split_once('/') else { return };
    let own = resource.split_once('_').map_or(resource, |(_, own)| own).replace('_', "-");
    for value in site.values(&row.argument) {
        if !matches!(default_of(&value).value, Known::Text(_)) {
            continue;
        }
        let to = site.reference(platform, kind, text_of(&value));
        let from = Ref::new(platform, own.clone(), [], site.address.as_str());
        let link = Link { from, to, kind: LinkKind::ActsAs };
        site.at_block(Body::Link(link));
    }
}
