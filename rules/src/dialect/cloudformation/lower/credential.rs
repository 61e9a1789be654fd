//! Keys that resources make, how long sessions and tokens work, and secrets written as properties.

use jiff::Timestamp;

use super::parameter::is_secret;
use super::site::{Found, Site, reference};
use crate::dialect::cloudformation::tables::{self, Secret};
use crate::dialect::lowering::{Slot, Told};
use crate::dialect::values::{credential, default_of, duration, knowledge, said, text_of};
use crate::document::{Data, Node, Scalar};
use crate::fact::{
    Body, Case, Datum, Flow, Known, Lifetime, LifetimeClass, Link, LinkKind, Origin, Ref, Selection, Sink,
    Storage, Text, Value, Why,
};
use crate::span::Source;

/// What a certificate that signs others is called.
const AUTHORITY: &str = "certificate of an authority";
/// Deepest nesting of properties in which secrets are looked for.
const MAX_NESTING: usize = 8;

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    key(site);
    sessions(site);
    switches(site);
    let properties = site.properties.clone();
    search(site, &properties, "", &Case::always(), false, 0);
}

/// The reference of a credential that a resource makes.
pub(super) fn key_ref(platform: &str, logical: &str) -> Ref {
    Ref::new(platform, "key", [], logical)
}

fn key(site: &mut Site<'_, '_, '_>) {
    let Some(row) = tables::key(site.kind) else { return };
    let expires = row.expires.as_deref().and_then(|path| site.value(path));
    let lifetime = match &expires {
        Some(value) => knowledge(value, |v| v.known().and_then(since_1970)),
        None => match row.lasts {
            Some(seconds) => said(Lifetime::PlatformDefault { seconds: Some(seconds) }, site.header),
            None => said(Lifetime::Unbounded, site.header),
        },
    };
    if let Some(value) = expires.as_ref().filter(|_| lifetime.why().is_some()) {
        site.unresolved(value);
    }
    let is = key_ref(&row.platform, site.logical);
    let mut made = credential(is.clone(), "cloud-key", &row.title, Storage::Generated, lifetime);
    made.federation.clone_from(&row.federation);
    let owner = row.owner.as_ref().and_then(|o| Some((site.value(&o.argument)?, o.kind.as_str())));
    made.scope = owner.as_ref().map(|(value, _)| text_of(value)).filter(|text| text.known().is_some());
    match expires.filter(|value| !matches!(default_of(value).value, Known::Unknown(_))) {
        Some(value) => site.at_value(&value, Body::Credential(made)),
        None => site.at_header(Body::Credential(made)),
    };
    let off = row.off.iter().flatten().next();
    let is_off = off.is_some_and(|(path, off)| {
        site.value(path).is_some_and(|value| default_of(&value).known() == Some(off.as_str()))
    });
    // What is switched off acts as nobody.
    if let Some((value, kind)) = owner.filter(|_| !is_off) {
        let to = reference(kind, text_of(&value));
        let place = site.out.place(default_of(&value).at);
        let link = Body::Link(Link { from: is, to, kind: LinkKind::ActsAs });
        site.out.fact(site.within, place, Origin::Stated, link);
    }
}

/// An end in seconds since 1970.
fn since_1970(text: &str) -> Option<Lifetime> {
    let seconds = text.parse::<i64>().ok()?;
    let at = Timestamp::from_second(seconds).ok()?;
    Some(Lifetime::Expires(jiff::tz::TimeZone::UTC.to_datetime(at).date()))
}

/// Properties that say how long a session or token works.
fn sessions(site: &mut Site<'_, '_, '_>) {
    for row in tables::sessions(site.kind) {
        let words = row.words.as_deref().and_then(|path| site.value(path));
        let template = row.ca.as_deref().and_then(|path| site.value(path));
        let makes_authority =
            template.is_some_and(|value| text_of(&value).to_string().contains("CACertificate"));
        let unit = words.as_ref().and_then(|v| default_of(v).known()).and_then(seconds_of);
        for found in site.all(&row.argument) {
            let lifetime = knowledge(&found.value, |v| match unit {
                Some(unit) => counted(v, unit),
                None => duration(v, row.unit),
            });
            if lifetime.why().is_some() {
                site.unresolved(&found.value);
            }
            let is = Ref::new(row.platform.as_str(), "session", [], site.logical);
            let (class, title) = match makes_authority {
                true => (LifetimeClass::Authority, AUTHORITY),
                false => (row.class, row.title.as_str()),
            };
            let mut session = credential(is, &row.kind, title, Storage::Generated, lifetime);
            session.class = class;
            site.at_found(&found, Body::Credential(session));
        }
    }
}

/// Keys whose material is never replaced: a switch is off, as it is where nobody wrote it.
fn switches(site: &mut Site<'_, '_, '_>) {
    for row in tables::switches(site.kind) {
        let other = |(path, expected): (&String, &String)| {
            site.value(path).is_some_and(|value| default_of(&value).known() != Some(expected.as_str()))
        };
        let stated = site.value(&row.argument);
        let off = stated.as_ref().map(default_of).is_none_or(|value| {
            value.value == Known::Bool(false)
                || value.known().is_some_and(|v| v.eq_ignore_ascii_case("false"))
        });
        if !off || row.only.iter().any(other) {
            continue;
        }
        let at = stated.as_ref().map_or(site.header, |value| default_of(value).at);
        let is = Ref::new(row.platform.as_str(), "session", [], site.logical);
        let lifetime = said(Lifetime::Unbounded, at);
        let mut made = credential(is, &row.kind, &row.title, Storage::Generated, lifetime);
        made.class = LifetimeClass::Rotation;
        let place = match stated {
            Some(_) => site.out.place(at),
            None => site.out.absent(site.header, &row.argument),
        };
        let origin = Origin::PlatformDefault { source: row.source.clone() };
        site.out.fact(site.within, place, origin, Body::Credential(made));
    }
}

/// Seconds of a unit that a property names.
fn seconds_of(word: &str) -> Option<u64> {
    Some(match word.to_ascii_lowercase().as_str() {
        "seconds" => 1,
        "minutes" => 60,
        "hours" => 3_600,
        "days" => 86_400,
        "months" => 30 * 86_400,
        "years" => 365 * 86_400,
        _ => return None,
    })
}

fn counted(value: &Datum, unit: u64) -> Option<Lifetime> {
    let number = value.known()?.trim().parse::<u64>().ok()?;
    Some(Lifetime::MaxAge { seconds: number.checked_mul(unit)?, renewable: false })
}

/// Properties, however deep, that hold a secret.
fn search(site: &mut Site<'_, '_, '_>, value: &Datum, path: &str, case: &Case, lesser: bool, depth: usize) {
    if depth == MAX_NESTING {
        return;
    }
    for (inner, also, only) in value.alternatives() {
        let Some(case) = case.and(&also) else { continue };
        let lesser = lesser || only;
        match &inner.value {
            Known::Map(entries) => {
                for (key, _, value) in entries {
                    let Some(key) = key.known() else { continue };
                    let below = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                    if let Some(row) = tables::secret(site.kind, &below) {
                        let found = Found { value: value.clone(), case: case.clone(), lesser };
                        held(site, row, key, &below, &found);
                    }
                    search(site, value, &below, &case, lesser, depth + 1);
                }
            }
            Known::List(items) => {
                items.iter().for_each(|item| search(site, item, path, &case, lesser, depth + 1));
            }
            _ => {}
        }
    }
}

/// A secret written as a literal: here, or as the default of a parameter.
fn held(site: &mut Site<'_, '_, '_>, row: &Secret, name: &str, path: &str, found: &Found) {
    for (value, also, only) in found.value.alternatives() {
        let Some(case) = found.case.and(&also) else { continue };
        if let Known::Unknown(Why::Variable(parameter)) = &value.value {
            shown(site, parameter);
        }
        let written = match &value.value {
            Known::Text(text) => text.known(),
            Known::Number(number) => Some(number.as_str()),
            _ => None,
        };
        let Some(written) = written else { continue };
        if written.trim().is_empty() {
            site.out.silent(value.at.file, "an empty value");
            continue;
        }
        let Some(scalar) = scalar_at(site.evaluator.template.root, value.at).cloned() else { continue };
        if *scalar.text != *written {
            continue;
        }
        let scope = [Text::literal(site.evaluator.template.file.path.clone())];
        let is = Ref::new("aws", "secret", scope, format!("{}.{path}", site.logical));
        let why = Why::Unsupported("a value that states no lifetime".to_owned());
        let lifetime = Value::unknown(why, value.at);
        let mut made = credential(is, &row.kind, &row.title, Storage::Literal, lifetime);
        made.secret = vec![value.at];
        made.federation.clone_from(&row.federation);
        let (file, within) = (value.at.file, site.within);
        let name = name.to_owned();
        site.out.slots.push(Slot { name, file, scalar, base64: false, within, told: Told::Place });
        let lesser = found.lesser || only;
        site.at_found(&Found { value: value.clone(), case, lesser }, Body::Credential(made));
    }
}

/// A parameter that holds a secret and is not declared as one: whoever may describe the stack reads it.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>.
fn shown(site: &mut Site<'_, '_, '_>, parameter: &str) {
    let template = site.evaluator.template;
    let Some(entry) = template.parameters.get(parameter).copied().filter(|e| !is_secret(&e.value)) else {
        return;
    };
    let is_text = entry.value.get("Type").and_then(Node::text).is_none_or(|kind| kind == "String");
    let scope = [Text::literal(template.file.path.clone())];
    let what = Selection::One(Ref::new("aws", "variable", scope, parameter));
    let flow = Body::Flow(Flow { what, to: Sink::Output(format!("parameter {parameter}")) });
    let known = site.out.facts.facts.iter().any(|fact| fact.body == flow);
    if is_text && !known {
        let at = Source::new(template.file.id, entry.key.span);
        let within = site.out.file_context(at.file);
        site.out.state(within, at, flow);
    }
}

/// The scalar that stands at a place.
pub(super) fn scalar_at(root: &Node, at: Source) -> Option<&Scalar> {
    let mut node = root;
    loop {
        let next = match &node.data {
            Data::Scalar(scalar) => return (node.span == at.span).then_some(scalar),
            Data::Map(entries) => {
                entries.iter().map(|e| &e.value).find(|n| n.used_at.is_none() && n.span.contains(at.span))
            }
            Data::List(items) => items.iter().find(|n| n.used_at.is_none() && n.span.contains(at.span)),
            _ => None,
        };
        node = next?;
    }
}
