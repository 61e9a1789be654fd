//! Roles, users, service accounts: who they are, who owns them, what they are for.

use super::site::{Site, said, text_of};
use crate::dialect::terraform::evaluate::{Scope, default_of};
use crate::dialect::terraform::tables;
use crate::fact::{Body, Datum, Identity, Known, Naming, Ref, Text, Value, Why};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    let Some(row) = tables::identity(site.kind()) else { return };
    let Some(is) = reference(site, row) else { return };
    let stated = row.purpose.as_deref().and_then(|argument| site.value(argument));
    let stated = stated.filter(|value| default_of(value).known() != Some(""));
    let tables = tables::identities();
    let body = Body::Identity(Identity {
        is,
        kind: row.label.clone(),
        name: Naming::Named,
        owner: tagged(site, &tables.owner_keys),
        purpose: stated
            .map(|value| said(text_of(&value), value.at))
            .or_else(|| tagged(site, &tables.purpose_keys)),
        created: true,
    });
    site.at_block(body);
}

/// The identity's reference: its platform, kind, scope and name.
pub(super) fn reference(site: &mut Site<'_, '_, '_>, row: &tables::Identity) -> Option<Ref> {
    let (platform, kind) = row.is.split_once('/')?;
    let scope: Vec<Text> = row
        .scope
        .iter()
        .map(|part| match part.strip_prefix('?') {
            Some(unknown) => Text::hole(Why::Variable(unknown.to_owned())),
            None => site.text(part),
        })
        .collect();
    let name = site.text(&row.name);
    Some(Ref::new(platform, kind, scope, name))
}

/// The value of the first tag or label with one of the keys: on the resource, else on the provider for all resources.
fn tagged(site: &mut Site<'_, '_, '_>, keys: &[String]) -> Option<Value<Text>> {
    let mut perhaps = None;
    for argument in &tables::identities().tag_arguments {
        for tags in site.values(argument) {
            match find(&tags, keys) {
                Some(value @ Value::Unknown { .. }) => perhaps = perhaps.or(Some(value)),
                Some(value) => return Some(value),
                None => {}
            }
        }
    }
    defaults(site).iter().find_map(|tags| find(tags, keys)).or(perhaps)
}

/// `default_tags` of the root's AWS providers apply to every AWS resource.
fn defaults(site: &mut Site<'_, '_, '_>) -> Vec<Datum> {
    if !site.kind().starts_with("aws_") {
        return Vec::new();
    }
    let Some(root) = site.evaluator.instance(0).map(|i| i.directory) else { return Vec::new() };
    let scope = Scope::of(0);
    let mut found = Vec::new();
    for provider in root.blocks.iter().filter(|b| b.kind() == "provider" && b.label(0) == "aws") {
        for (body, _, expansion) in site.evaluator.nested(provider.body(), "default_tags", &scope) {
            if let Some(tags) = body.attribute("tags") {
                found.push(site.evaluator.value(tags.value(), &expansion.scope));
            }
        }
    }
    found
}

/// The tag with one of the keys. Tags that are not all known may hold it.
fn find(tags: &Datum, keys: &[String]) -> Option<Value<Text>> {
    let mut open = match &tags.value {
        Known::OneOf { open: true, of } => {
            of.first().map(|(v, _, _)| (Why::Variable("tags".to_owned()), v.at))
        }
        _ => None,
    };
    for (alternative, _, _) in tags.alternatives() {
        match &alternative.value {
            Known::Map(entries) => {
                for (key, _, value) in entries {
                    match key.known() {
                        Some(known) if keys.iter().any(|k| plain(k) == plain(known)) => {
                            let text = text_of(value);
                            if text.known() != Some("") {
                                return Some(said(text, value.at));
                            }
                        }
                        Some(_) => {}
                        None => open = key.why().map(|why| (why.clone(), value.at)),
                    }
                }
            }
            Known::Unknown(why) => open = Some((why.clone(), alternative.at)),
            _ => {}
        }
    }
    open.map(|(why, at)| Value::unknown(why, at))
}

/// A key without case and separators; of a label like `example.com/owner` the part behind the slash.
fn plain(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
