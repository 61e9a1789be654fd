//! What runs as an identity.

use super::site::{Site, text_of};
use crate::dialect::terraform::evaluate::default_of;
use crate::dialect::terraform::tables;
use crate::fact::{Body, Known, Link, LinkKind, Ref};

/// States as whom a resource runs, where it says so.
pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    let Some(row) = tables::workload(site.kind()) else { return };
    let Some((platform, kind)) = row.is.split_once('/') else { return };
    for value in site.values(&row.argument) {
        if !matches!(default_of(&value).value, Known::Text(_)) {
            continue;
        }
        let to = site.reference(platform, kind, text_of(&value));
        let own = site.kind().split_once('_').map_or("resource", |(_, kind)| kind).replace('_', "-");
        let from = Ref::new(platform, own, [], site.address.as_str());
        let link = Link { from, to, kind: LinkKind::ActsAs };
        site.at_block(Body::Link(link));
    }
}
