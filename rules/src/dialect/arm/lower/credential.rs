//! Keys that resources make or take, and how long they work.

use jiff::Timestamp;
use jiff::civil::Date;

use super::identity::reference;
use super::site::{Site, below, items};
use crate::dialect::arm::evaluate::as_bool;
use crate::dialect::arm::tables::{self, Key, Unsaid};
use crate::dialect::values::{Unit, credential, date, default_of, knowledge, length, said, text_of};
use crate::fact::{Body, Datum, Known, Lifetime, Link, LinkKind, Origin, Piece, Ref, SHARED, Storage, Text};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    for row in tables::keys(site.kind) {
        key(site, row);
    }
    shared_keys(site);
    signatures(site);
}

/// The reference of a credential that a resource makes.
pub(super) fn key_ref(platform: &str, address: &str) -> Ref {
    Ref::new(platform, "key", [], address)
}

fn key(site: &mut Site<'_, '_, '_>, row: &Key) {
    // One resource may list several.
    let each: Vec<Datum> = match row.each.as_deref() {
        Some(path) => site.all(path).iter().flat_map(items).map(|found| found.value).collect(),
        None => vec![site.body.clone()],
    };
    for (index, one) in each.iter().enumerate() {
        let at = |path: &Option<String>| {
            let found = path.as_deref().map(|path| below(one, path)).unwrap_or_default();
            found.into_iter().map(|f| f.value).find(|v| default_of(v).value != Known::Null)
        };
        let (expires, age) = (at(&row.expires), at(&row.age));
        let (lifetime, value) = match (expires, age) {
            (Some(value), _) => (knowledge(&value, ends), Some(value)),
            (None, Some(value)) => (knowledge(&value, |v| length(v, Unit::Iso8601, false)), Some(value)),
            (None, None) if row.absent == Unsaid::Silent => continue,
            (None, None) => (said(Lifetime::Unbounded, site.header), None),
        };
        let address = if index == 0 { site.address.to_owned() } else { format!("{}[{index}]", site.address) };
        let is = key_ref("azure", &address);
        let mut made = credential(is.clone(), "cloud-key", &row.title, Storage::Generated, lifetime);
        made.class = row.class;
        made.not_before = at(&row.begins).and_then(|value| day(default_of(&value)));
        made.federation.clone_from(&row.federation);
        match value {
            Some(value) if !matches!(value.value, Known::Unknown(_)) => {
                site.at_value(&value, Body::Credential(made));
            }
            None if row.absent == Unsaid::Quiet => {
                let last =
                    row.expires.as_deref().and_then(|path| path.rsplit('.').next()).unwrap_or_default();
                let place = site.out.absent(site.header, last);
                site.out.fact(site.within, place, Origin::Absent, Body::Credential(made));
            }
            _ => {
                site.at_header(Body::Credential(made));
            }
        }
        if let Some(owner) = &row.owner {
            let name =
                site.value("name").map_or_else(|| Text::literal(site.address), |value| text_of(&value));
            let to = reference(owner, name);
            site.at_header(Body::Link(Link { from: is, to, kind: LinkKind::ActsAs }));
        }
    }
}

/// When something ends: a date, a number of seconds since 1970, or so long after it is deployed.
fn ends(value: &Datum) -> Option<Lifetime> {
    if let Some(day) = day(value) {
        return Some(Lifetime::Expires(day));
    }
    let Known::Text(text) = &value.value else { return None };
    match text.0.as_slice() {
        [Piece::Hole(_), Piece::Literal(plus)] => {
            let length = Datum::new(value.at, Known::Text(Text::literal(plus.strip_prefix('+')?)));
            crate::dialect::values::duration(&length, Unit::Iso8601)
        }
        _ => None,
    }
}

/// A day, as a date or as seconds since 1970.
fn day(value: &Datum) -> Option<Date> {
    let known = value.known()?.trim();
    match known.parse::<i64>() {
        Ok(seconds) => {
            let at = Timestamp::from_second(seconds).ok()?;
            Some(jiff::tz::TimeZone::UTC.to_datetime(at).date())
        }
        Err(_) => date(known),
    }
}

/// Keys of its own that a resource takes besides tokens of the platform's identities, unless that is switched off.
fn shared_keys(site: &mut Site<'_, '_, '_>) {
    for row in tables::shared_keys(site.kind) {
        let stated = site.value(&row.property);
        let on = match &stated {
            Some(value) => match as_bool(default_of(value)) {
                Some(said) => said == row.on,
                None => {
                    site.unresolved(value);
                    continue;
                }
            },
            None => row.by_default(site.kind),
        };
        if !on {
            continue;
        }
        let is = Ref::new("azure", "shared-key", [], site.address);
        let lifetime = said(Lifetime::Unbounded, stated.as_ref().map_or(site.header, |v| v.at));
        let made = credential(is, SHARED, &row.title, Storage::Generated, lifetime);
        match stated {
            Some(value) => site.at_value(&value, Body::Credential(made)),
            None => {
                let last = row.property.rsplit('.').next().unwrap_or(&row.property);
                let place = site.out.absent(site.header, last);
                let origin = Origin::PlatformDefault { source: row.source.clone() };
                site.out.fact(site.within, place, origin, Body::Credential(made))
            }
        };
    }
}

/// Shared access signatures that the values of a resource ask for.
fn signatures(site: &mut Site<'_, '_, '_>) {
    for asked in std::mem::take(&mut site.evaluator.signed) {
        signature(site.out, site.within, site.address, &asked);
    }
}

/// A shared access signature, by what it is asked for with.
pub(super) fn signature(
    out: &mut crate::dialect::Lowering<'_>,
    within: crate::fact::ContextId,
    address: &str,
    asked: &Datum,
) {
    let end = ["signedExpiry", "sharedAccessExpiryTime"].iter().find_map(|key| asked.get_ignoring_case(key));
    let Some(end) = end else { return };
    let lifetime = knowledge(end, ends);
    if lifetime.why().is_some() {
        return out.unknown(
            end.at,
            lifetime
                .why()
                .cloned()
                .unwrap_or_else(|| crate::fact::Why::Expression("signedExpiry".to_owned())),
        );
    }
    let is = Ref::new("azure", "key", [Text::literal("sas")], address);
    let made = credential(is, "cloud-key", "Azure storage SAS", Storage::Generated, lifetime);
    out.state(within, default_of(end).at, Body::Credential(made));
}
