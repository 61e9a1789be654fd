//! Roles, users, service accounts: who they are, who owns them, what they are for.

use std::rc::Rc;
use std::sync::Arc;

use super::site::{Site, said, text_of};
use crate::dialect::ownership::{ODD, find, record};
use crate::dialect::terraform::evaluate::{Scope, as_bool, default_of};
use crate::dialect::terraform::tables;
use crate::fact::{
    Body, Datum, Flow, Identity, Known, Link, LinkKind, Naming, Origin, Place, Ref, Selection, Sink, Text,
    Value, Why,
};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    by_default(site);
    let Some(row) = tables::identity(site.kind()) else { return };
    let Some(is) = reference(site, row) else { return };
    let stated = row.purpose.as_deref().and_then(|argument| site.value(argument));
    let stated = stated.filter(|value| default_of(value).known() != Some(""));
    let stated = stated.map(|value| said(text_of(&value), value.at));
    let (own, provided) = (tags(site), defaults(site));
    let keys = Arc::clone(&site.out.keys);
    let (declared, odd) = keys.read(stated, |wanted| tagged(&own, &provided, wanted));
    (0..odd).for_each(|_| site.out.silent(site.block.file.id, ODD));
    let body = Body::Identity(Identity {
        is,
        kind: row.label.clone(),
        name: Naming::Named,
        record: record(&declared),
        owner: declared.owner,
        purpose: declared.purpose,
        created: true,
    });
    site.at_block(body);
}

/// A resource that names no identity, or the platform's default one, runs as what everything else shares.
fn by_default(site: &mut Site<'_, '_, '_>) {
    for row in tables::default_identities(site.kind()) {
        let body = site.block.body();
        let scope = site.scope.clone();
        if let Some(block) = row.block.as_deref()
            && site.evaluator.nested(body, block, &scope).is_empty()
            && !listed(site, block)
        {
            continue;
        }
        let switched = |site: &mut Site<'_, '_, '_>, argument: &str| {
            site.value(argument).is_some_and(|value| as_bool(default_of(&value)) != Some(false))
        };
        if row.unless.iter().any(|argument| switched(site, argument)) {
            continue;
        }
        if let (Some(prefix), Some(name)) = (&row.not_named, site.value("name"))
            && text_of(&name).prefix().starts_with(prefix.as_str())
        {
            site.out.silent(site.block.file.id, "made by the platform, which gives it its identity");
            continue;
        }
        let named = site.values(&row.argument);
        let is_said = |value: &Datum| {
            let value = default_of(value);
            !matches!(value.value, Known::Null) && value.known() != Some("")
        };
        let stated: Vec<&Datum> = named.iter().filter(|value| is_said(value)).collect();
        if stated.is_empty() {
            let last = row.argument.rsplit('.').next().unwrap_or(&row.argument);
            let place = site.out.absent(site.block.header(), last);
            let origin = Origin::PlatformDefault { source: row.source.clone() };
            shared(site, row, &row.name, &place, &origin);
        }
        for value in stated {
            let text = text_of(value).to_string();
            if let Some(name) = tables::shared_identity(&text) {
                let place = site.place(default_of(value));
                shared(site, row, name, &place, &Origin::Stated);
            }
        }
    }
}

/// Whether a block is written as an argument that holds something: so does every syntax that Terraform's tables serve.
fn listed(site: &mut Site<'_, '_, '_>, block: &str) -> bool {
    if site.block.body().attribute(block).is_none() {
        return false;
    }
    site.value(block).is_some_and(|value| match &default_of(&value).value {
        Known::List(items) => !items.is_empty(),
        Known::Null => false,
        _ => true,
    })
}

/// The default identity, that the resource acts as it, and that it is handed its token.
fn shared(
    site: &mut Site<'_, '_, '_>,
    row: &tables::DefaultIdentity,
    name: &str,
    place: &Place,
    origin: &Origin,
) {
    let Some((platform, kind)) = row.is.split_once('/') else { return };
    let project = match site.value("project") {
        Some(value) => text_of(&value),
        None => Text::hole(Why::Variable("project".to_owned())),
    };
    let is = Ref::new(platform, kind, [project.clone()], name);
    let identity = Identity::plain(is.clone(), "service account", Naming::Default);
    let own = site.kind().split_once('_').map_or("resource", |(_, kind)| kind).replace('_', "-");
    let from = Ref::new(platform, own, [], site.address.as_str());
    let token = Flow {
        what: Selection::One(Ref::new(platform, "service-account-token", [project], name)),
        to: Sink::Mount,
    };
    for body in [
        Body::Identity(identity),
        Body::Link(Link { from, to: is, kind: LinkKind::ActsAs }),
        Body::Flow(token),
    ] {
        site.out.fact(site.within, place.clone(), origin.clone(), body);
    }
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

/// The tags and labels of a resource.
fn tags(site: &mut Site<'_, '_, '_>) -> Vec<Datum> {
    let mut tags = Vec::new();
    for argument in &tables::identities().tag_arguments {
        tags.extend(site.values(argument));
    }
    tags
}

/// The value of the first tag or label that is wanted: on the resource, else on the provider for all resources.
fn tagged(own: &[Datum], provided: &[Datum], wanted: &dyn Fn(&str) -> bool) -> Option<Value<Text>> {
    let mut perhaps = None;
    for tags in own {
        match find(tags, wanted) {
            Some(value @ Value::Unknown { .. }) => perhaps = perhaps.or(Some(value)),
            Some(value) => return Some(value),
            None => {}
        }
    }
    provided.iter().find_map(|tags| find(tags, wanted)).or(perhaps)
}

/// `default_tags` of the root's AWS providers apply to every AWS resource.
fn defaults(site: &mut Site<'_, '_, '_>) -> Rc<Vec<Datum>> {
    if !site.kind().starts_with("aws_") {
        return Rc::default();
    }
    if let Some(known) = &site.evaluator.tags {
        return Rc::clone(known);
    }
    let Some(root) = site.evaluator.instance(0).map(|i| i.directory) else { return Rc::default() };
    let scope = Scope::of(0);
    let mut found = Vec::new();
    for provider in root.of("provider", "aws") {
        for (body, _, expansion) in site.evaluator.nested(provider.body(), "default_tags", &scope) {
            if let Some(tags) = body.attribute("tags") {
                found.push(site.evaluator.value(tags.value(), &expansion.scope));
            }
        }
    }
    let found = Rc::new(found);
    site.evaluator.tags = Some(Rc::clone(&found));
    found
}
