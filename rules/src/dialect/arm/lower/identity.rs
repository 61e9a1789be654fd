//! Identities that resources bring into being: who owns them, what they are for.

use super::site::Site;
use crate::dialect::arm::tables;
use crate::dialect::ownership::{self, find};
use crate::dialect::values::{default_of, said, text_of};
use crate::fact::{Body, Identity, Naming, Ref, Text, Value};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    let Some(row) = tables::identity(site.kind) else { return };
    let stated = row.purpose.as_deref().and_then(|path| site.value(path));
    let stated = stated.filter(|value| default_of(value).known() != Some(""));
    let keys = ownership::keys();
    let tags = site.value("tags");
    let tagged = |keys: &[String]| -> Option<Value<Text>> { tags.as_ref().and_then(|tags| find(tags, keys)) };
    let name = match site.value(&row.name) {
        Some(value) => text_of(&value),
        None => Text::literal(site.address),
    };
    let body = Body::Identity(Identity {
        is: reference(&row.is, name),
        kind: row.label.clone(),
        name: Naming::Named,
        owner: tagged(&keys.owner_keys),
        purpose: stated.map(|v| said(text_of(&v), v.at)).or_else(|| tagged(&keys.purpose_keys)),
        created: true,
        record: None,
    });
    site.at_header(body);
}

/// An identity of Azure. In which group or tenant it is, is not known: one name is taken for one identity.
pub(super) fn reference(is: &str, name: Text) -> Ref {
    let (platform, kind) = is.split_once('/').unwrap_or(("azure", is));
    Ref::new(platform, kind, [], name)
}
