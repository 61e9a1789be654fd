//! AWS policies and who they are given to.

use super::bucket;
use super::site::{Site, text_of};
use crate::dialect::aws_policy;
use crate::dialect::terraform::evaluate::default_of;
use crate::dialect::terraform::tables::{self, Carrier, Grammar};
use crate::fact::{Body, Datum, Known, Link, LinkKind, Related, Text, Why};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    for carrier in tables::carriers(site.kind()) {
        for value in site.values(&carrier.policy) {
            carried(site, carrier, &value);
        }
    }
    for row in tables::attachments(site.kind()) {
        attached(site, row);
    }
    if site.kind() == "aws_lambda_permission" {
        permission(site);
    }
}

fn carried(site: &mut Site<'_, '_, '_>, carrier: &Carrier, value: &Datum) {
    let Some((platform, kind)) = carrier.holder.split_once('/') else { return };
    let policy = site.evaluator.parsed(value).unwrap_or_else(|| value.clone());
    let general = carrier.r#type.contains('*');
    let other_grammar = |d: &Datum| matches!(d.value, Known::Map(_)) && d.get("Statement").is_none();
    if general && other_grammar(default_of(&policy)) {
        // `policy` of a lifecycle rule and the like: not a policy of who may do what.
        return;
    }
    let kind = match general {
        true => site.kind().trim_start_matches("aws_").trim_end_matches("_policy"),
        false => kind,
    };
    let named = site.named(&carrier.by);
    let holder = site.reference(platform, kind, text_of(&named));
    let first = site.out.facts.facts.len();
    match carrier.grammar {
        Grammar::Policy => aws_policy::lower_policy(site.out, site.within, &holder, &policy),
        Grammar::Trust => aws_policy::lower_trust(site.out, site.within, &holder, &policy),
    }
    if kind == "bucket" {
        bucket::guard(site, first, &named);
    }
    held_by(site, first, default_of(&named), kind);
}

/// Names the block that the holder is, where the policy stands in another.
fn held_by(site: &mut Site<'_, '_, '_>, first: usize, named: &Datum, kind: &str) {
    let block = site.block.at();
    let inside = named.at.file == block.file && block.span.contains(named.at.span);
    if inside || !matches!(named.value, Known::Text(_)) {
        return;
    }
    for fact in site.out.facts.facts.iter_mut().skip(first) {
        let at = &mut fact.at;
        if at.source() != named.at && at.related.iter().all(|r| r.source != named.at) {
            at.related.push(Related { note: format!("held by this {kind}"), source: named.at });
        }
    }
}

/// A policy given to roles, users or groups.
fn attached(site: &mut Site<'_, '_, '_>, row: &tables::Attachment) {
    let policies: Vec<Datum> = site.values(&row.policy).iter().flat_map(items).collect();
    let mut receivers = Vec::new();
    for (argument, kind) in &row.to {
        // The resource itself, for a role's own list.
        let named = if argument == "name" { vec![site.named("name")] } else { site.values(argument) };
        for value in named.iter().flat_map(items) {
            receivers.push(site.reference("aws", kind, text_of(&value)));
        }
    }
    for value in policies {
        let policy = site.reference("aws", "policy", text_of(&value));
        if receivers.is_empty() {
            continue;
        }
        if matches!(default_of(&value).value, Known::Unknown(_)) {
            site.unresolved(&value);
        }
        for receiver in &receivers {
            let link = Link { from: policy.clone(), to: receiver.clone(), kind: LinkKind::Attaches };
            site.at_value(&value, Body::Link(link));
        }
        managed(site, &value);
    }
}

/// What a policy that AWS manages amounts to, if the table knows it.
fn managed(site: &mut Site<'_, '_, '_>, value: &Datum) {
    for (alternative, case, lesser) in value.alternatives() {
        let row = alternative.text().and_then(|text| aws_policy::managed::of_arn(&text));
        let Some(row) = row else { continue };
        let policy = site.reference("aws", "policy", text_of(alternative));
        // The one that holds is said of the whole, with what it passed through.
        let lesser = lesser && !std::ptr::eq(alternative, default_of(value));
        let at = if lesser { alternative } else { value };
        let id = site.at_value(at, Body::Grant(row.grant(policy)));
        if let Some(fact) = site.out.fact_mut(id) {
            fact.when = case;
            fact.lesser |= lesser;
        }
    }
}

/// `aws_lambda_permission` is one statement of a function's policy, written as arguments.
fn permission(site: &mut Site<'_, '_, '_>) {
    let (Some(action), Some(principal)) = (site.value("action"), site.value("principal")) else { return };
    let name = site.text("function_name");
    let holder = site.reference("aws", "function", name);
    let named = match default_of(&principal).known() {
        Some(text) if text.contains(".amazonaws.com") => "Service",
        _ => "AWS",
    };
    let at = site.block.at();
    let entry = |key: &str, value: Datum| (Text::literal(key), value.at, value);
    let text = |text: &str| Datum::new(at, Known::Text(Text::literal(text)));
    let mut statement = vec![
        entry("Effect", text("Allow")),
        entry("Action", action),
        entry("Resource", text("*")),
        entry("Principal", Datum::new(principal.at, Known::Map(vec![entry(named, principal)]))),
    ];
    let conditions = [
        ("source_arn", "ArnLike", "aws:SourceArn"),
        ("source_account", "StringEquals", "aws:SourceAccount"),
        ("principal_org_id", "StringEquals", "aws:PrincipalOrgID"),
        ("function_url_auth_type", "StringEquals", "lambda:FunctionUrlAuthType"),
    ];
    let mut found = Vec::new();
    for (argument, operator, key) in conditions {
        let stated = site.value(argument).filter(|value| !matches!(default_of(value).value, Known::Null));
        if let Some(value) = stated {
            let keys = Datum::new(value.at, Known::Map(vec![entry(key, value)]));
            found.push(entry(operator, keys));
        }
    }
    if !found.is_empty() {
        statement.push(entry("Condition", Datum::new(at, Known::Map(found))));
    }
    let statement = Datum::new(at, Known::Map(statement));
    let policy = Datum::new(at, Known::Map(vec![entry("Statement", statement)]));
    aws_policy::lower_policy(site.out, site.within, &holder, &policy);
}

/// The single values of an argument that may be a list.
fn items(value: &Datum) -> Vec<Datum> {
    match &default_of(value).value {
        Known::List(items) => items.clone(),
        Known::Null => Vec::new(),
        Known::Map(_) => {
            vec![Datum::unknown(value.at, Why::Unsupported("a map in place of a list".to_owned()))]
        }
        _ => vec![value.clone()],
    }
}
