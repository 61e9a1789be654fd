//! Roles and users: who they are, who owns them, what they are for; and what acts as a role.

use std::sync::Arc;

use super::site::{Site, items, reference};
use crate::dialect::cloudformation::tables;
use crate::dialect::ownership::{ODD, find, record};
use crate::dialect::values::{default_of, said, text_of};
use crate::fact::{Body, Datum, Identity, Known, Link, LinkKind, Naming, Text};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    actor(site);
    let Some(row) = tables::identity(site.kind) else { return };
    let Some((_, kind)) = row.is.split_once('/') else { return };
    let is = reference(kind, site.name());
    let stated = row.purpose.as_deref().and_then(|path| site.value(path));
    let stated = stated.filter(|value| default_of(value).known() != Some(""));
    let stated = stated.map(|v| said(text_of(&v), v.at));
    let tags = tags(site);
    let keys = Arc::clone(&site.out.keys);
    let (declared, odd) = keys.read(stated, |wanted| tags.as_ref().and_then(|tags| find(tags, wanted)));
    (0..odd).for_each(|_| site.out.silent(site.header.file, ODD));
    let body = Body::Identity(Identity {
        is,
        kind: row.label.clone(),
        name: Naming::Named,
        record: record(&declared),
        owner: declared.owner,
        purpose: declared.purpose,
        created: true,
    });
    site.at_header(body);
}

/// Tags as a map: most resources write a list of pairs.
fn tags(site: &Site<'_, '_, '_>) -> Option<Datum> {
    let tags = site.value("Tags")?;
    let Known::List(pairs) = &default_of(&tags).value else { return Some(tags) };
    let pairs = pairs.iter().map(default_of).filter_map(|pair| match pair.get("Key") {
        Some(key) => {
            let value = pair.get("Value").cloned().unwrap_or_else(|| Datum::new(pair.at, Known::Null));
            Some((text_of(key), key.at, value))
        }
        // A tag that is not known may be any.
        None => match &pair.value {
            Known::Unknown(why) => Some((Text::hole(why.clone()), pair.at, pair.clone())),
            _ => None,
        },
    });
    Some(Datum::new(tags.at, Known::Map(pairs.collect())))
}

/// A workload acts as its role.
fn actor(site: &mut Site<'_, '_, '_>) {
    let Some(row) = tables::actor(site.kind) else { return };
    let Some((_, kind)) = row.is.split_once('/') else { return };
    for found in site.all(&row.role).iter().flat_map(items) {
        if matches!(found.value.value, Known::Unknown(_)) {
            continue;
        }
        let to = reference("role", text_of(&found.value));
        let from = reference(kind, site.name());
        site.at_found(&found, Body::Link(Link { from, to, kind: LinkKind::ActsAs }));
    }
}
