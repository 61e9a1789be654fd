//! Outputs that print secrets, and whether they are masked.

use std::collections::BTreeSet;

use super::held::{self, Held, key_ref, secret};
use super::site::{Site, knowledge};
use crate::dialect::terraform::evaluate::as_bool;
use crate::dialect::terraform::tables;
use crate::dialect::values::credential;
use crate::fact::{
    Body, Datum, Flow, Known, Origin, Piece, Ref, Safeguard, SafeguardKind, Selection, Sink, Storage, Value,
    Why,
};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    // What a called module gives out stays inside; only a root's outputs are printed and stored.
    let is_root = site.evaluator.instance(site.scope.instance).is_some_and(|i| i.prefix.is_empty());
    let Some(attribute) = site.block.body().attribute("value").filter(|_| is_root) else { return };
    let value = site.evaluator.value(attribute.value(), &site.scope);
    let mut names = BTreeSet::new();
    computed(&value, &mut names);
    let name = site.block.label(0).to_owned();
    for full in names {
        let Some((address, row)) = secret(&full) else { continue };
        let is = key_ref(&row.platform, &address);
        let at = attribute.value().at();
        if tables::key_resource(kind(&address)).is_none() {
            let why = Why::Unsupported("a value that states no lifetime".to_owned());
            let made = credential(
                is.clone(),
                "generated-secret",
                &row.title,
                Storage::Generated,
                Value::unknown(why, at),
            );
            site.out.state(site.within, at, Body::Credential(made));
        }
        let to = Sink::Output(name.clone());
        site.out.state(site.within, at, Body::Flow(Flow { what: Selection::One(is.clone()), to }));
        masking(site, is);
    }
    // Terraform refuses a sensitive variable in an output that is not sensitive, unless `nonsensitive` took the mark off.
    let at = attribute.value().at();
    for holding in held::in_value(site, &value) {
        let Held::Named(is) = holding.what else { continue };
        if is.kind != "variable" {
            continue;
        }
        let flow = Flow { what: Selection::One(is.clone()), to: Sink::Output(name.clone()) };
        let id = site.out.state(site.within, at, Body::Flow(flow));
        if let Some(fact) = site.out.fact_mut(id) {
            fact.when = holding.case;
            fact.lesser = holding.lesser;
        }
        masking(site, is);
    }
}

fn masking(site: &mut Site<'_, '_, '_>, is: Ref) {
    let header = site.block.header();
    let stated = site.block.body().attribute("sensitive");
    let protects = Some(Selection::One(is));
    match stated {
        Some(attribute) => {
            let value = site.evaluator.value(attribute.value(), &site.scope);
            let on = knowledge(&value, as_bool);
            let body = Body::Safeguard(Safeguard { kind: SafeguardKind::Masking, protects, on });
            site.at_value(&value, body);
        }
        None => {
            let place = site.out.absent(header, "sensitive");
            let on = Value::known(false, header);
            let body = Body::Safeguard(Safeguard { kind: SafeguardKind::Masking, protects, on });
            site.out.fact(site.within, place, Origin::Absent, body);
        }
    }
}

/// Every computed attribute in a value.
fn computed(value: &Datum, names: &mut BTreeSet<String>) {
    let mut note = |why: &Why| {
        if let Why::Computed(name) = why {
            names.insert(name.clone());
        }
    };
    match &value.value {
        Known::Unknown(why) => note(why),
        Known::Text(text) => text.0.iter().for_each(|piece| {
            if let Piece::Hole(why) = piece {
                note(why);
            }
        }),
        Known::List(items) => items.iter().for_each(|item| computed(item, names)),
        Known::Map(entries) => entries.iter().for_each(|(_, _, item)| computed(item, names)),
        Known::OneOf { of, .. } => of.iter().for_each(|(item, _, _)| computed(item, names)),
        Known::Null | Known::Bool(_) | Known::Number(_) => {}
    }
}

/// The type in an address.
fn kind(address: &str) -> &str {
    address.rsplit('.').nth(1).unwrap_or(address)
}
