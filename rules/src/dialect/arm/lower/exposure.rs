//! Interfaces that others can call, and switches at which whoever signs in may do everything.

use std::collections::BTreeSet;

use super::site::{Found, Site, below};
use crate::dialect::arm::evaluate::as_bool;
use crate::dialect::arm::tables::{self, Endpoint, Reach};
use crate::dialect::arm::template::get;
use crate::dialect::values::{default_of, knowledge, text_of};
use crate::fact::{
    Approval, Body, Datum, Effect, Endpoint as Interface, Grant, Known, Origin, Principal, Reach as Reaching,
    Ref, Text, Value, Why,
};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    for row in tables::endpoints(site.kind) {
        endpoint(site, row);
    }
    for row in tables::everything(site.kind) {
        everything(site, row);
    }
}

/// A switch at which whoever signs in may do everything.
fn everything(site: &mut Site<'_, '_, '_>, row: &tables::Everything) {
    for found in site.all(&row.property) {
        if as_bool(default_of(&found.value)) != Some(row.on) {
            continue;
        }
        let grant = Grant {
            holder: Ref::new("azure", row.is.as_str(), [], site.address),
            effect: Effect::Allow,
            actions: vec![Text::literal(row.action.clone())],
            actions_except: false,
            resources: vec![Text::literal("*")],
            resources_except: false,
            principals: vec![Principal::AnyAccount],
            conditions: Vec::new(),
            approval: Approval::None,
        };
        site.at_found(&found, Body::Grant(grant));
    }
}

fn endpoint(site: &mut Site<'_, '_, '_>, row: &Endpoint) {
    if row.only_kind.as_deref().is_some_and(|word| !is_kind(site, word))
        || row.not_kind.as_deref().is_some_and(|word| is_kind(site, word))
    {
        return;
    }
    let stated: Vec<Found> = row.auth.iter().flat_map(|path| site.all(path)).collect();
    let stated: Vec<Found> =
        stated.into_iter().filter(|f| default_of(&f.value).value != Known::Null).collect();
    let stated = match (stated.is_empty(), &row.below) {
        (true, Some(kind)) => beside(site, kind, row),
        _ => stated,
    };
    match (stated.as_slice(), &row.default) {
        ([], None) => {}
        ([], Some(word)) => {
            let value = Datum::new(site.header, Known::Text(Text::literal(word.clone())));
            stand(site, row, &Found { value, case: crate::fact::Case::always(), lesser: false }, false);
        }
        (all, _) => all.iter().for_each(|found| stand(site, row, found, true)),
    }
}

/// What a resource inside this one says, wherever in the template it stands.
fn beside(site: &mut Site<'_, '_, '_>, kind: &str, row: &Endpoint) -> Vec<Found> {
    let template = site.evaluator.template;
    let own = site.evaluator.full_name(site.index);
    let mut found = Vec::new();
    for (index, other) in template.resources.iter().enumerate() {
        if !other.kind.eq_ignore_ascii_case(kind) {
            continue;
        }
        let name = site.evaluator.full_name(index);
        let is_own = other.parent == Some(site.index) || name.to_string().starts_with(&format!("{own}/"));
        if !is_own
            || !row.below_named.as_deref().is_none_or(|part| name.suffix().to_lowercase().contains(part))
        {
            continue;
        }
        if let Some(properties) = get(other.node, "properties") {
            let value = site.evaluator.value(properties);
            found.extend(row.below_auth.iter().flat_map(|path| below(&value, path)));
        }
    }
    found
}

/// Whether `kind` of a resource holds a word.
fn is_kind(site: &Site<'_, '_, '_>, word: &str) -> bool {
    site.value("kind").is_some_and(|kind| text_of(&kind).to_string().to_lowercase().contains(word))
}

fn stand(site: &mut Site<'_, '_, '_>, row: &Endpoint, found: &Found, written: bool) {
    let auth = knowledge(&found.value, |plain| {
        let text = plain.text()?;
        let word = text.known()?;
        let mut all = BTreeSet::new();
        if !row.anonymous.iter().any(|a| a.eq_ignore_ascii_case(word)) {
            all.insert(word.to_ascii_lowercase());
        }
        Some(vec![all])
    });
    if auth.why().is_some() {
        site.unresolved(&found.value);
    }
    let name = site.name();
    let body = Body::Endpoint(Interface {
        is: Ref::new("azure", row.is.as_str(), [], name),
        kind: row.label.clone(),
        auth,
        reach: match row.reach {
            Some(Reach::Internet) => Value::known(Reaching::Internet, site.header),
            None => Value::unknown(Why::Unsupported("who can reach it".to_owned()), site.header),
        },
    });
    let id = if written {
        site.at_found(found, body)
    } else {
        let last = row.auth.first().and_then(|path| path.rsplit('.').next()).unwrap_or_default();
        let place = site.out.absent(site.header, last);
        site.out.fact(site.within, place, Origin::Absent, body)
    };
    if let Some(fact) = site.out.fact_mut(id) {
        fact.lesser |= row.only_lets;
    }
}
