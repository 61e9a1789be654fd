//! AWS policies and who they are given to.

use super::adjust;
use super::site::{Found, Site, items, reference};
use crate::dialect::aws_policy;
use crate::dialect::cloudformation::evaluate::Evaluator;
use crate::dialect::cloudformation::tables::{self, Canned, Carrier, Everybody, Grammar, Statement};
use crate::dialect::cloudformation::template::section;
use crate::dialect::values::{default_of, text_of};
use crate::document::Node;
use crate::fact::{Approval, Body, Datum, Effect, Grant, Known, Link, LinkKind, Piece, Principal, Ref, Text};

/// Where the policy that bounds an identity is named.
const BOUNDARIES: [&[&str]; 3] = [
    &["PermissionsBoundary"],
    &["PermissionsBoundary", "ManagedPolicyArn"],
    &["PermissionsBoundary", "CustomerManagedPolicyReference", "Name"],
];

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    for row in tables::carriers(site.kind) {
        for found in site.all(&row.policy) {
            carried(site, row, &found);
        }
    }
    for row in tables::attachments(site.kind) {
        attached(site, row);
    }
    if let Some(row) = tables::statement(site.kind) {
        statement(site, row);
    }
    if let Some(row) = tables::canned(site.kind) {
        canned(site, row);
    }
}

fn carried(site: &mut Site<'_, '_, '_>, row: &Carrier, found: &Found) {
    let Some((_, kind)) = row.holder.split_once('/') else { return };
    let name = match row.grammar {
        // The role of a function is made for it.
        Grammar::Trust if site.kind == "AWS::Serverless::Function" => {
            Text::literal(format!("{}Role", site.logical))
        }
        _ => site.name_at(&row.by),
    };
    let holder = reference(kind, name);
    let first = site.out.facts.facts.len();
    let (out, within, value) = (&mut *site.out, site.within, &found.value);
    match row.grammar {
        Grammar::Policy => aws_policy::lower_policy(out, within, &holder, value),
        Grammar::Trust => aws_policy::lower_trust(out, within, &holder, value),
        Grammar::Statement => aws_policy::lower_policy(out, within, &holder, &document(value.clone())),
    }
    adjust(site.out, first, &found.case, found.lesser);
}

/// A policy document around a statement.
fn document(statement: Datum) -> Datum {
    let at = statement.at;
    Datum::new(at, Known::Map(vec![(Text::literal("Statement"), at, statement)]))
}

/// Policies given to roles, users or groups: the resource itself, or those that it names.
fn attached(site: &mut Site<'_, '_, '_>, row: &tables::Attachment) {
    let mut receivers = Vec::new();
    for (path, kind) in &row.to {
        if path.is_empty() {
            receivers.push((reference(kind, site.name()), None));
            continue;
        }
        for found in site.all(path).iter().flat_map(items) {
            receivers.push((reference(kind, text_of(&found.value)), Some(found)));
        }
    }
    if row.policy.is_empty() {
        let policy = reference("policy", site.name());
        for (to, found) in receivers {
            let link = Body::Link(Link { from: policy.clone(), to, kind: LinkKind::Attaches });
            match found {
                Some(found) => site.at_found(&found, link),
                None => site.at_header(link),
            };
        }
        return;
    }
    for found in site.all(&row.policy).iter().flat_map(items) {
        for (to, _) in &receivers {
            given(site, &found, to);
        }
    }
}

/// The policies that bound what the template's identities may be given.
pub(super) fn boundaries(evaluator: &mut Evaluator<'_>) -> Vec<Text> {
    let nodes: Vec<&Node> = section(evaluator.template.root, "Resources")
        .filter_map(|entry| entry.value.get("Properties"))
        .flat_map(|properties| BOUNDARIES.iter().filter_map(|path| properties.path(path)))
        .collect();
    nodes.into_iter().filter_map(|node| default_of(&evaluator.value(node)).text()).collect()
}

/// A policy that is named by its ARN, given to somebody.
pub(super) fn given(site: &mut Site<'_, '_, '_>, found: &Found, to: &Ref) {
    let name = text_of(&found.value);
    if matches!(found.value.value, Known::Unknown(_)) {
        site.unresolved(&found.value);
    }
    let policy = reference("policy", name.clone());
    let link = Link { from: policy.clone(), to: to.clone(), kind: LinkKind::Attaches };
    site.at_found(found, Body::Link(link));
    let bare = name.known().filter(|name| !name.contains(':'));
    let row = aws_policy::managed::of_arn(&name).or_else(|| bare.and_then(aws_policy::managed::named));
    if let Some(row) = row {
        site.at_found(found, Body::Grant(row.grant(policy)));
    }
}

/// A resource that is one statement of a policy, written as properties.
fn statement(site: &mut Site<'_, '_, '_>, row: &Statement) {
    let (Some(action), Some(principal)) = (site.value(&row.action), site.value(&row.principal)) else {
        return;
    };
    let Some((_, kind)) = row.holder.split_once('/') else { return };
    let holder = reference(kind, site.name_at(&row.by));
    let named = if is_service(&text_of(&principal)) { "Service" } else { "AWS" };
    let at = site.header;
    let entry = |key: &str, value: Datum| (Text::literal(key), value.at, value);
    let text = |text: &str| Datum::new(at, Known::Text(Text::literal(text)));
    let mut said = vec![
        entry("Effect", text("Allow")),
        entry("Action", action),
        entry("Resource", text("*")),
        entry("Principal", Datum::new(principal.at, Known::Map(vec![entry(named, principal)]))),
    ];
    let mut asked = Vec::new();
    for condition in &row.conditions {
        if let Some(value) = site.value(&condition.property) {
            let keys = Datum::new(value.at, Known::Map(vec![entry(&condition.key, value)]));
            asked.push(entry(&condition.operator, keys));
        }
    }
    if !asked.is_empty() {
        said.push(entry("Condition", Datum::new(at, Known::Map(asked))));
    }
    let policy = document(Datum::new(at, Known::Map(said)));
    aws_policy::lower_policy(site.out, site.within, &holder, &policy);
}

/// Whether a principal is a service: its name ends in a domain that differs by partition.
fn is_service(name: &Text) -> bool {
    let is_domain = |piece: &Piece| matches!(piece, Piece::Literal(l) if l.contains(".amazonaws.com") || l.ends_with('.'));
    name.0.iter().any(is_domain)
}

/// One word that gives rights to everybody.
fn canned(site: &mut Site<'_, '_, '_>, row: &Canned) {
    let Some((_, kind)) = row.holder.split_once('/') else { return };
    let off = |site: &Site<'_, '_, '_>, path: &String| {
        site.value(path).is_some_and(|v| {
            let value = default_of(&v);
            value.value == Known::Bool(true) || value.known().is_some_and(|t| t.eq_ignore_ascii_case("true"))
        })
    };
    if row.unless.iter().any(|path| off(site, path)) {
        return;
    }
    for found in site.all(&row.property).iter().flat_map(items) {
        let Some(word) = found.value.known() else {
            site.unresolved(&found.value);
            continue;
        };
        let (Some(who), Some(actions)) = (row.values.get(word), row.actions.get(word)) else { continue };
        let grant = Grant {
            holder: reference(kind, site.name()),
            effect: Effect::Allow,
            actions: actions.iter().map(|a| Text::literal(a.clone())).collect(),
            actions_except: false,
            resources: vec![Text::literal("*")],
            resources_except: false,
            principals: vec![match who {
                Everybody::Anyone => Principal::Anyone,
                Everybody::AnyAccount => Principal::AnyAccount,
            }],
            conditions: Vec::new(),
            approval: Approval::None,
        };
        site.at_found(&found, Body::Grant(grant));
    }
}
