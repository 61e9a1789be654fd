//! Roles given to principals, and roles that list what their holder may do.

use super::site::{Found, Site, items};
use crate::dialect::arm::evaluate::{group_id, subscription_id};
use crate::dialect::arm::tables;
use crate::dialect::arm::template::{Scope, get, symbol};
use crate::dialect::values::{default_of, text_of};
use crate::fact::{Approval, Body, Condition, Datum, Effect, Grant, Known, Piece, Ref, Text, Why};

/// Types that give a role, besides those that end so below another resource.
const ASSIGNMENTS: [&str; 2] =
    ["microsoft.authorization/roleassignments", "microsoft.authorization/roleassignmentschedulerequests"];

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    if site.kind == "microsoft.authorization/roledefinitions" {
        definition(site);
    } else if ASSIGNMENTS.contains(&site.kind) || site.kind.ends_with("/providers/roleassignments") {
        assignment(site);
    }
}

fn assignment(site: &mut Site<'_, '_, '_>) {
    let on = scope(site);
    let who = site.value("properties.principalId").map_or_else(Text::default, |value| text_of(&value));
    let condition = site.value("properties.condition");
    let conditions: Vec<Condition> = condition
        .map(|value| Condition {
            operator: "Expression".to_owned(),
            key: "condition".to_owned(),
            values: vec![text_of(&value)],
        })
        .into_iter()
        .collect();
    for found in site.all("properties.roleDefinitionId").iter().flat_map(items) {
        let id = text_of(&found.value);
        if matches!(id.0.last(), None | Some(Piece::Hole(_))) {
            site.unresolved(&found.value);
        }
        let mut action = Text::literal("azure:role:");
        match tables::role(id.suffix().rsplit('/').next().unwrap_or_default()) {
            Some(name) => action.push(name),
            None => action.append(&id),
        }
        let grant = Grant {
            holder: Ref::new("azure", "principal", [], who.clone()),
            effect: Effect::Allow,
            actions: vec![action],
            actions_except: false,
            resources: vec![on.clone()],
            resources_except: false,
            principals: Vec::new(),
            conditions: conditions.clone(),
            approval: Approval::None,
        };
        site.at_found(&found, Body::Grant(grant));
    }
}

/// What a role is given on: what the assignment says, the resource that its type is below, or what is deployed to.
fn scope(site: &mut Site<'_, '_, '_>) -> Text {
    let template = site.evaluator.template;
    let resource = template.resources.get(site.index);
    if let Some(stated) = resource.and_then(|resource| get(resource.node, "scope")) {
        if let Some(on) = symbol(stated).and_then(|symbol| template.named(symbol)) {
            return site.evaluator.id(on);
        }
        let value = site.evaluator.value(stated);
        let value = default_of(&value);
        return match value.get("id") {
            Some(id) => text_of(id),
            None => text_of(value),
        };
    }
    if let Some((outer, _)) = site.kind.split_once("/providers/") {
        let mut on = group_id();
        on.push(&format!("/providers/{outer}/"));
        on.append(&site.evaluator.own_name(site.index));
        return on;
    }
    match template.scope {
        Scope::Group => group_id(),
        Scope::Subscription => subscription_id(),
        Scope::Management | Scope::Tenant => {
            let mut on = Text::literal("/providers/Microsoft.Management/managementGroups/");
            on.push_hole(Why::Variable("management group".to_owned()));
            on
        }
    }
}

/// A custom role: what it allows holds on whatever it is given on.
fn definition(site: &mut Site<'_, '_, '_>) {
    let name = site.text("properties.roleName");
    let holder = Ref::new("azure", "role-definition", [], name);
    let except = |path: &str, site: &Site<'_, '_, '_>| -> Vec<Text> {
        site.all(path).iter().flat_map(items).map(|found| text_of(&found.value)).collect()
    };
    for (path, denied) in [
        ("properties.permissions.actions", "properties.permissions.notActions"),
        ("properties.permissions.dataActions", "properties.permissions.notDataActions"),
    ] {
        let except = except(denied, site);
        for list in site.all(path) {
            let all = items(&list);
            if all.is_empty() {
                continue;
            }
            let actions = all.iter().map(|found| action(&found.value)).collect();
            let narrowed = (!except.is_empty()).then(|| Condition {
                operator: "Except".to_owned(),
                key: "not_actions".to_owned(),
                values: except.clone(),
            });
            let grant = Grant {
                holder: holder.clone(),
                effect: Effect::Allow,
                actions,
                actions_except: false,
                resources: vec![Text::literal("*")],
                resources_except: false,
                principals: Vec::new(),
                conditions: narrowed.into_iter().collect(),
                approval: Approval::None,
            };
            let at = match all.as_slice() {
                [only] => only.clone(),
                _ => Found { value: default_of(&list.value).clone(), ..list.clone() },
            };
            if let Known::Unknown(_) = at.value.value {
                site.unresolved(&at.value);
            }
            site.at_found(&at, Body::Grant(grant));
        }
    }
}

fn action(right: &Datum) -> Text {
    let mut action = Text::literal("azure:");
    action.append(&text_of(right));
    action
}
