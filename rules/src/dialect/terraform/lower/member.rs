//! Roles given to members, as Google Cloud, Azure and Yandex Cloud write them.

use super::credential::platform;
use super::site::{Site, gcp_account, text_of};
use crate::dialect::terraform::evaluate::default_of;
use crate::dialect::terraform::tables;
use crate::fact::{
    Approval, Body, ClaimMatch, Datum, Effect, Grant, Known, Match, Principal, Ref, Text, Trust,
};

/// Arguments that name the resource a role is given on.
const RESOURCES: [&str; 12] = [
    "bucket",
    "service_account_id",
    "project",
    "folder",
    "org_id",
    "topic",
    "subscription",
    "secret_id",
    "service",
    "cloud_function",
    "dataset_id",
    "repository",
];
/// Roles that let their holder act as a service account.
const ACTS_AS: [&str; 3] = [
    "roles/iam.workloadIdentityUser",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
];

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    if site.kind() == "google_iam_workload_identity_pool_provider" {
        pool_provider(site);
    }
    let Some(row) = tables::member(site.kind()) else { return };
    let roles = site.values(&row.role);
    let members = site.values(&row.members);
    let on = resource(site, row);
    // Nested bindings pair up; one role goes to every list of members.
    for (index, list) in members.iter().enumerate() {
        let Some(role) = roles.get(index).or_else(|| roles.first()) else { continue };
        let items: Vec<Datum> = match &default_of(list).value {
            Known::List(items) => items.clone(),
            _ => vec![list.clone()],
        };
        for member in items {
            given(site, role, &member, &on);
        }
    }
}

fn given(site: &mut Site<'_, '_, '_>, role: &Datum, member: &Datum, on: &(String, Text)) {
    let platform = platform(site.kind()).to_owned();
    for (alternative, case, lesser) in member.alternatives() {
        if matches!(alternative.value, Known::Unknown(_)) {
            site.unresolved(alternative);
        }
        let who = text_of(alternative);
        let target = Ref::new(platform.as_str(), on.0.as_str(), [], on.1.clone());
        let public = match who.known() {
            Some("allUsers" | "system:allUsers" | "iamMember:allUsers") => Some(Principal::Anyone),
            Some("allAuthenticatedUsers" | "system:allAuthenticatedUsers") => Some(Principal::AnyAccount),
            _ => None,
        };
        let mut action = Text::literal(format!("{platform}:role:"));
        action.append(&text_of(role));
        let holder = if public.is_some() { target.clone() } else { holder(&platform, &who) };
        let grant = Grant {
            holder,
            effect: Effect::Allow,
            actions: vec![action],
            actions_except: false,
            resources: vec![on.1.clone()],
            resources_except: false,
            principals: public.into_iter().collect(),
            conditions: Vec::new(),
            approval: Approval::None,
        };
        let mut facts = vec![site.at_value(alternative, Body::Grant(grant))];
        facts.extend(federated(site, role, alternative, &who, &on.1));
        for id in facts {
            if let Some(fact) = site.out.fact_mut(id) {
                fact.when = case.clone();
                fact.lesser |= lesser;
            }
        }
    }
}

/// The reference of a member.
fn holder(platform: &str, who: &Text) -> Ref {
    if platform == "gcp" {
        if let Some(account) = gcp_account(who) {
            return account;
        }
        if let Some((kind, name)) = who.known().and_then(|known| known.split_once(':')) {
            return Ref::new("gcp", kind, [], name);
        }
    }
    Ref::new(platform, "principal", [], who.clone())
}

/// The resource that a role is given on: its kind and name.
fn resource(site: &mut Site<'_, '_, '_>, row: &tables::Member) -> (String, Text) {
    let kind = site.kind();
    let kind = kind.split_once("_iam_").map_or(kind, |(kind, _)| kind);
    let kind = kind.split_once('_').map_or(kind, |(_, kind)| kind).replace('_', "-");
    let named = row.on.as_deref().and_then(|argument| site.value(argument));
    let named = named.or_else(|| RESOURCES.iter().find_map(|argument| site.value(argument)));
    let name = match named {
        Some(value) => text_of(&value),
        None => Text::literal(site.address.clone()),
    };
    (kind, name)
}

/// `principalSet://…/attribute.repository/owner/repo` may act as the service account: a trust.
fn federated(
    site: &mut Site<'_, '_, '_>,
    role: &Datum,
    member: &Datum,
    who: &Text,
    account: &Text,
) -> Option<crate::fact::FactId> {
    if !site.kind().starts_with("google_service_account_iam_") {
        return None;
    }
    let role = text_of(role);
    if !role.known().is_some_and(|role| ACTS_AS.contains(&role)) {
        return None;
    }
    let opens =
        gcp_account(account).unwrap_or_else(|| Ref::new("gcp", "service-account", [], account.clone()));
    let is_federated = who.prefix().starts_with("principal");
    let to = match is_federated {
        true => {
            Principal::Issuer(Text::hole(crate::fact::Why::Computed("workload identity pool".to_owned())))
        }
        false => Principal::Entity(holder("gcp", who)),
    };
    let claims = if is_federated { claim(who).into_iter().collect() } else { Vec::new() };
    Some(site.at_value(member, Body::Trust(Trust { opens, to: vec![to], claims, conditions: Vec::new() })))
}

/// The claim that a member of a pool must carry: everything behind `attribute.<name>/`, `subject/` or `*`.
fn claim(who: &Text) -> Option<ClaimMatch> {
    let rest = |mark: &str| -> Option<Text> {
        let mut found = None::<Text>;
        for piece in &who.0 {
            match (piece, &mut found) {
                (crate::fact::Piece::Literal(text), None) => {
                    found = text.split_once(mark).map(|(_, after)| Text::literal(after));
                }
                (crate::fact::Piece::Literal(text), Some(rest)) => rest.push(text),
                (crate::fact::Piece::Hole(why), Some(rest)) => rest.push_hole(why.clone()),
                (crate::fact::Piece::Hole(_), None) => {}
            }
        }
        found
    };
    if let Some(attribute) = rest("/attribute.") {
        let (name, first) = attribute.prefix().split_once('/')?;
        let mut value = Text::literal(first);
        for piece in attribute.0.iter().skip(1) {
            match piece {
                crate::fact::Piece::Literal(text) => value.push(text),
                crate::fact::Piece::Hole(why) => value.push_hole(why.clone()),
            }
        }
        return Some(ClaimMatch { claim: name.to_owned(), matches: Match::Exact(value) });
    }
    if let Some(subject) = rest("/subject/") {
        return Some(ClaimMatch { claim: "subject".to_owned(), matches: Match::Exact(subject) });
    }
    who.suffix().ends_with("/*").then(|| ClaimMatch { claim: "subject".to_owned(), matches: Match::Any })
}

/// Which tokens a workload identity pool takes.
fn pool_provider(site: &mut Site<'_, '_, '_>) {
    let Some(issuer) = site.value("oidc.issuer_uri") else { return };
    let pool = site.text("workload_identity_pool_id");
    let opens = Ref::new("gcp", "workload-identity-pool", [], pool);
    let host = text_of(&issuer);
    let host = match host.known() {
        Some(known) => Text::literal(known.trim_start_matches("https://").trim_end_matches('/')),
        None => host,
    };
    let condition = site.value("attribute_condition").filter(|c| default_of(c).known() != Some(""));
    let claim = match &condition {
        Some(value) => Match::Expression(text_of(value).to_string()),
        None => Match::Any,
    };
    let claims = vec![ClaimMatch { claim: "subject".to_owned(), matches: claim }];
    let trust = Trust { opens, to: vec![Principal::Issuer(host)], claims, conditions: Vec::new() };
    let value = condition.unwrap_or(issuer);
    site.at_value(&value, Body::Trust(trust));
}
