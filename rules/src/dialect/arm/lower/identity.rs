//! Identities that resources bring into being: who owns them, what they are for.

use std::sync::Arc;

use super::site::Site;
use crate::dialect::arm::tables;
use crate::dialect::ownership::{ODD, find, record};
use crate::dialect::values::{default_of, said, text_of};
use crate::fact::{Body, Identity, Naming, Ref, Text};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    let Some(row) = tables::identity(site.kind) else { return };
    let stated = row.purpose.as_deref().and_then(|path| site.value(path));
    let stated = stated.filter(|value| default_of(value).known() != Some(""));
    let stated = stated.map(|v| said(text_of(&v), v.at));
    let tags = site.value("tags");
    let keys = Arc::clone(&site.out.keys);
    let (declared, odd) = keys.read(stated, |wanted| tags.as_ref().and_then(|tags| find(tags, wanted)));
    (0..odd).for_each(|_| site.out.silent(site.header.file, ODD));
    let name = match site.value(&row.name) {
        Some(value) => text_of(&value),
        None => Text::literal(site.address),
    };
    let body = Body::Identity(Identity {
        is: reference(&row.is, name),
        kind: row.label.clone(),
        name: Naming::Named,
        record: record(&declared),
        owner: declared.owner,
        purpose: declared.purpose,
        created: true,
    });
    site.at_header(body);
}

/// An identity of Azure. In which group or tenant it is, is not known: one name is taken for one identity.
pub(super) fn reference(is: &str, name: Text) -> Ref {
    let (platform, kind) = is.split_once('/').unwrap_or(("azure", is));
    Ref::new(platform, kind, [], name)
}
