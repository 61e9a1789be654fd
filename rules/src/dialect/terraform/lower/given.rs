//! Rights that a resource gives by naming them: a policy of Vault that has every right, an administrator's policy of a
//! cluster, permissions of a custom role.

use super::credential::platform;
use super::site::{Site, text_of};
use crate::dialect::terraform::evaluate::default_of;
use crate::dialect::terraform::tables::{self, Given};
use crate::dialect::values::glob;
use crate::fact::{Approval, Body, Datum, Effect, Grant, Known, Ref, Text};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    for row in tables::given(site.kind()) {
        let mut is = |(argument, wanted): (&String, &String)| {
            site.values(argument).iter().any(|value| text_of(value).known() == Some(wanted))
        };
        if !row.only.iter().all(&mut is) || row.unless.iter().any(&mut is) {
            continue;
        }
        let values = site.values(&row.argument);
        let named: Vec<Datum> = values.iter().flat_map(|value| names(default_of(value))).collect();
        match &row.as_action {
            Some(prefix) => every(site, row, prefix, &named),
            None => known(site, row, &named),
        }
    }
}

/// The single names of a value: of a list its items, of a map its values.
fn names(value: &Datum) -> Vec<Datum> {
    match &value.value {
        Known::List(items) => items.iter().flat_map(|item| names(default_of(item))).collect(),
        Known::Map(entries) => entries.iter().flat_map(|(_, _, item)| names(default_of(item))).collect(),
        Known::Null => Vec::new(),
        _ => vec![value.clone()],
    }
}

/// Each name is an action of its own: one grant for all.
fn every(site: &mut Site<'_, '_, '_>, row: &Given, prefix: &str, named: &[Datum]) {
    let actions: Vec<Text> = named
        .iter()
        .map(|name| {
            let mut action = Text::literal(prefix);
            action.append(&text_of(name));
            action
        })
        .collect();
    let Some(first) = named.first() else { return };
    let body = grant(site, row, actions);
    site.at_value(first, body);
}

/// Names that the table knows.
fn known(site: &mut Site<'_, '_, '_>, row: &Given, named: &[Datum]) {
    for name in named {
        let text = text_of(name).to_string();
        let Some((_, action)) = row.names.iter().find(|(pattern, _)| glob(pattern, &text)) else { continue };
        let body = grant(site, row, vec![Text::literal(action.clone())]);
        site.at_value(name, body);
    }
}

fn grant(site: &mut Site<'_, '_, '_>, row: &Given, actions: Vec<Text>) -> Body {
    let (platform, kind) = row.holder.split_once('/').unwrap_or((platform(site.kind()), &row.holder));
    let holder = match &row.by {
        Some(argument) => {
            let name = site.text(argument);
            site.reference(platform, kind, name)
        }
        None => Ref::new(platform, kind, [], site.address.as_str()),
    };
    Body::Grant(Grant {
        holder,
        effect: Effect::Allow,
        actions,
        actions_except: false,
        resources: vec![Text::literal("*")],
        resources_except: false,
        principals: Vec::new(),
        conditions: Vec::new(),
        approval: Approval::None,
    })
}
