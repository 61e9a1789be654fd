//! Keys that resources make, how long sessions and tokens work, and secrets written as arguments.

use hcl_edit::structure::Body as Block;

use super::held::key_ref;
use super::site::{Site, knowledge, said, text_of};
use super::{file_of, syntax};
use crate::dialect::lowering::{Slot, Told};
use crate::dialect::terraform::evaluate::{Scope, as_bool, default_of, seconds_from_now};
use crate::dialect::terraform::syntax::Located;
use crate::dialect::terraform::tables::{self, KeyResource, Secret, Unsaid};
use crate::dialect::values::{Unit, credential, date, length};
use crate::fact::{
    Body, Case, Datum, Flow, Known, Lifetime, LifetimeClass, Link, LinkKind, Origin, Ref, SHARED, Selection,
    Sink, Storage, Text, Value, Why,
};

/// What a certificate that signs others is called.
const AUTHORITY: &str = "certificate of an authority";
/// Deepest nesting of blocks in which secrets are looked for.
const MAX_NESTING: usize = 6;

pub(super) fn resource(site: &mut Site<'_, '_, '_>) {
    let kind = site.kind();
    keys(site, kind);
    shared_keys(site);
    sessions(site);
    secrets(site, kind);
}

pub(super) fn data(site: &mut Site<'_, '_, '_>) {
    let kind = format!("data.{}", site.kind());
    keys(site, &kind);
    sessions(site);
}

pub(super) fn provider(site: &mut Site<'_, '_, '_>) {
    let kind = format!("provider:{}", site.kind());
    secrets(site, &kind);
}

/// The credentials that a resource makes, or a data source hands out.
fn keys(site: &mut Site<'_, '_, '_>, kind: &str) {
    if let Some(row) = tables::key_resource(kind) {
        key(site, row);
    }
}

fn key(site: &mut Site<'_, '_, '_>, row: &KeyResource) {
    if let Some((argument, wanted)) = row.only.as_ref().and_then(|only| only.iter().next()) {
        let stated = site.value(argument);
        if stated.is_none_or(|value| as_bool(default_of(&value)) != Some(*wanted)) {
            return;
        }
    }
    let expires = row.expires.as_deref().and_then(|argument| said_value(site, argument));
    let age = row.age.as_ref().and_then(|age| Some((said_value(site, &age.argument)?, age.unit)));
    let (lifetime, at) = match (expires, age) {
        (Some(value), _) => (knowledge(&value, end), Some(value)),
        (None, Some((value, unit))) => (knowledge(&value, |v| length(v, unit, row.endless)), Some(value)),
        (None, None) => match rotation(site) {
            Some(value) => (knowledge(&value, end), Some(value)),
            None if row.absent == Unsaid::Silent => return,
            None => (said(Lifetime::Unbounded, site.block.header()), None),
        },
    };
    let is = key_ref(&row.platform, &site.address);
    let mut made = credential(is.clone(), "cloud-key", &row.title, Storage::Generated, lifetime);
    made.class = row.class;
    made.not_before = row
        .begins
        .as_deref()
        .and_then(|argument| site.value(argument))
        .and_then(|value| default_of(&value).known().and_then(date));
    made.federation.clone_from(&row.federation);
    let owner =
        row.owner.as_ref().and_then(|owner| Some((site.value(&owner.argument)?, owner.kind.as_str())));
    made.scope = owner.as_ref().map(|(value, _)| text_of(value)).filter(|text| text.known().is_some());
    match at {
        Some(value) if made.lifetime.why().is_none() => {
            site.at_value(&value, Body::Credential(made));
        }
        None if row.absent == Unsaid::Quiet => {
            let argument = row.expires.as_deref().or(row.age.as_ref().map(|a| a.argument.as_str()));
            let place = site.out.absent(site.block.header(), argument.unwrap_or_default());
            site.out.fact(site.within, place, Origin::Absent, Body::Credential(made));
        }
        _ => {
            site.at_block(Body::Credential(made));
        }
    }
    let off = row.off.iter().flatten().next();
    let is_off = off.is_some_and(|(argument, off)| {
        site.value(argument).is_some_and(|value| default_of(&value).known() == Some(off.as_str()))
    });
    // What is switched off acts as nobody.
    if let Some((value, kind)) = owner.filter(|_| !is_off) {
        let to = site.reference(&row.platform, kind, text_of(&value));
        let place = site.place(default_of(&value));
        let link = Body::Link(Link { from: is, to, kind: LinkKind::ActsAs });
        site.out.fact(site.within, place, Origin::Stated, link);
    }
}

/// When a credential ends: a date, or so long after the run.
fn end(value: &Datum) -> Option<Lifetime> {
    let written = value.known().and_then(date).map(Lifetime::Expires);
    let counted = || seconds_from_now(value).map(|seconds| Lifetime::MaxAge { seconds, renewable: false });
    written.or_else(counted)
}

/// When a resource is made anew because something that it names changes.
fn rotation(site: &mut Site<'_, '_, '_>) -> Option<Datum> {
    const TIES: [&str; 4] =
        ["rotate_when_changed", "keepers", "rotation_configuration", "lifecycle.replace_triggered_by"];
    let tied = TIES.iter().flat_map(|argument| site.values(argument)).collect::<Vec<_>>();
    let moments = tied.iter().flat_map(|value| match &default_of(value).value {
        Known::Map(entries) => entries.iter().map(|(_, _, value)| value.clone()).collect(),
        _ => default_of(value).items().to_vec(),
    });
    moments.into_iter().filter(|value| seconds_from_now(value).is_some()).min_by_key(seconds_from_now)
}

/// An argument that is written and not null.
fn said_value(site: &mut Site<'_, '_, '_>, argument: &str) -> Option<Datum> {
    site.value(argument).filter(|value| !matches!(default_of(value).value, Known::Null))
}

/// Keys of its own that a resource takes besides tokens of the platform's identities, unless that is switched off.
fn shared_keys(site: &mut Site<'_, '_, '_>) {
    let kind = site.kind();
    for row in tables::shared_keys(kind) {
        let stated = said_value(site, &row.argument);
        let on = match &stated {
            Some(value) => match as_bool(default_of(value)) {
                Some(said) => said == row.on,
                None => {
                    site.unresolved(value);
                    continue;
                }
            },
            None => row.by_default(kind),
        };
        if !on {
            continue;
        }
        let is = Ref::new(row.platform.as_str(), "shared-key", [], site.address.clone());
        let lifetime = said(Lifetime::Unbounded, stated.as_ref().map_or(site.block.header(), |v| v.at));
        let mut made = credential(is, SHARED, &row.title, Storage::Generated, lifetime);
        made.class = row.class;
        match stated {
            Some(value) => site.at_value(&value, Body::Credential(made)),
            None => {
                let place = site.out.absent(site.block.header(), &row.argument);
                let origin = Origin::PlatformDefault { source: row.source.clone() };
                site.out.fact(site.within, place, origin, Body::Credential(made))
            }
        };
    }
}

/// Arguments that say how long a session or token works.
pub(super) fn sessions(site: &mut Site<'_, '_, '_>) {
    for row in tables::sessions(site.kind()) {
        let ca = row.ca.as_deref().and_then(|argument| site.value(argument));
        // A switch, or a template that names what it makes.
        let makes_one = |value: &Datum| {
            as_bool(default_of(value)) == Some(true) || text_of(value).to_string().contains("CACertificate")
        };
        let (class, title) = match ca.is_some_and(|value| makes_one(&value)) {
            true => (LifetimeClass::Authority, AUTHORITY),
            false => (row.class, row.title.as_str()),
        };
        let named = row.unit_by.as_deref().and_then(|argument| site.value(argument));
        let unit = named.and_then(|value| Unit::named(default_of(&value).known()?)).unwrap_or(row.unit);
        let bounded = row.renewed_until.as_deref().and_then(|argument| site.value(argument));
        let is_positive = |value: &Datum| match length(value, unit, true) {
            Some(Lifetime::Unbounded) => Some(false),
            other => other.map(|_| true),
        };
        if bounded.is_some_and(|value| is_positive(default_of(&value)) != Some(false)) {
            site.out.silent(site.block.file.id, "a token that is renewed until a last end");
            continue;
        }
        for value in site.values(&row.argument) {
            if matches!(default_of(&value).value, Known::Null) {
                continue;
            }
            let is_renewed = row.renewed_until.is_some();
            let lifetime = knowledge(&value, |v| match (is_renewed, is_positive(v)) {
                (true, Some(true)) => Some(Lifetime::Unbounded),
                // Without a period other limits hold.
                (true, _) => None,
                (false, _) => length(v, unit, row.endless),
            });
            if is_renewed && lifetime.why().is_some() {
                continue;
            }
            let name = site.address.clone();
            let is = Ref::new(row.platform.as_str(), "session", [], name);
            let mut session = credential(is, &row.kind, title, Storage::Generated, lifetime);
            session.class = class;
            let fact = site.at_value(&value, Body::Credential(session));
            // Whoever renews it must come back within the period.
            if let Some(fact) = site.out.fact_mut(fact).filter(|_| is_renewed) {
                fact.lesser = true;
            }
        }
    }
}

/// Arguments of a block, however deep, that hold a secret.
fn secrets(site: &mut Site<'_, '_, '_>, kind: &str) {
    let (body, scope) = (site.block.body(), site.scope.clone());
    search(site, kind, body, "", &scope, 0);
}

fn search<'u>(
    site: &mut Site<'_, '_, 'u>,
    kind: &str,
    body: Located<'u, Block>,
    path: &str,
    scope: &Scope,
    depth: usize,
) {
    for attribute in body.attributes() {
        let argument = format!("{path}{}", attribute.name());
        if let Some(row) = tables::secret(kind, &argument) {
            let value = site.evaluator.value(attribute.value(), scope);
            for (leaf, case, lesser) in value.alternatives() {
                literal(site, row, attribute.name(), &argument, leaf, &case, lesser);
            }
        }
    }
    if depth == MAX_NESTING {
        return;
    }
    let mut names: Vec<&str> = body
        .blocks()
        .map(|b| if b.kind() == "dynamic" { b.label(0) } else { b.kind() })
        .filter(|name| !matches!(*name, "lifecycle" | "connection" | "provisioner" | "token_validity_units"))
        .collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        for (inner, _, expansion) in site.evaluator.nested(body, name, scope) {
            search(site, kind, inner, &format!("{path}{name}."), &expansion.scope, depth + 1);
        }
    }
}

/// A secret written as a literal somewhere in the unit.
fn literal(
    site: &mut Site<'_, '_, '_>,
    row: &Secret,
    name: &str,
    argument: &str,
    value: &Datum,
    case: &Case,
    lesser: bool,
) {
    let Known::Text(text) = &value.value else { return };
    let Some(known) = text.known() else { return };
    if known.trim().is_empty() {
        site.out.silent(value.at.file, "an empty value");
        return;
    }
    let Some(file) = file_of(site.out.unit, value.at) else { return };
    let is = literal_ref(row, site.kind(), &file.path, &site.address, argument);
    let standing = row.kind == "cloud-key";
    let lifetime = match standing {
        true => said(Lifetime::Unbounded, value.at),
        false => Value::unknown(Why::Unsupported("a value that states no lifetime".to_owned()), value.at),
    };
    let mut made = credential(is.clone(), &row.kind, &row.title, Storage::Literal, lifetime);
    made.secret = vec![value.at];
    made.federation.clone_from(&row.federation);
    if row.kind == "cloud-session" {
        made.class = LifetimeClass::CloudSession;
    }
    let scalar = syntax::decoded(file, value.at);
    if *scalar.text == *known {
        let within = site.within;
        site.out.slots.push(Slot {
            name: name.to_owned(),
            file: file.id,
            scalar,
            base64: false,
            within,
            told: Told::Place,
        });
    }
    let mut facts = vec![site.at_value(value, Body::Credential(made))];
    if row.login {
        let to = Sink::Login { platform: is.platform.clone(), service: format!("provider {}", site.kind()) };
        facts.push(site.at_value(value, Body::Flow(Flow { what: Selection::One(is), to })));
    }
    for id in facts {
        if let Some(fact) = site.out.fact_mut(id) {
            fact.when = case.clone();
            fact.lesser |= lesser;
        }
    }
}

/// The reference of a secret that is written as an argument: it belongs to the file that it stands in.
pub(super) fn literal_ref(row: &Secret, kind: &str, path: &str, address: &str, argument: &str) -> Ref {
    let platform = row.platform.as_deref().unwrap_or_else(|| platform(kind));
    Ref::new(platform, "secret", [Text::literal(path)], format!("{address}.{argument}"))
}

/// The platform of a resource type, by its first word.
pub(super) fn platform(kind: &str) -> &str {
    match kind.split('_').next().unwrap_or(kind) {
        "google" | "gsuite" | "google-beta" => "gcp",
        "azurerm" | "azuread" | "azapi" | "azuredevops" => "azure",
        "" => "terraform",
        first => first,
    }
}
