//! Roles given to members, as Google Cloud, Azure and Yandex Cloud write them.

use super::claims;
use super::credential::platform;
use super::site::{Site, gcp_account, text_of};
use crate::dialect::terraform::evaluate::default_of;
use crate::dialect::terraform::tables;
use crate::fact::{
    Approval, Body, ClaimMatch, Condition, Datum, Effect, Grant, Identity, Known, Match, Naming, Principal,
    Ref, Text, Trust, Why,
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
    members(site, row);
}

/// `data "google_iam_policy"`: its bindings, where nothing in the tree says what they are set on.
pub(super) fn document(site: &mut Site<'_, '_, '_>) {
    let kind = format!("data.{}", site.kind());
    let Some(row) = tables::member(&kind) else { return };
    let read = format!("{kind}.{}", site.block.label(1));
    let folder = site.block.file.folder();
    let mut others = site.out.unit.files.iter().filter(|file| file.folder() == folder);
    if !others.any(|file| memchr::memmem::find(&file.bytes, read.as_bytes()).is_some()) {
        members(site, row);
    }
}

fn members(site: &mut Site<'_, '_, '_>, row: &tables::Member) {
    let by_name = site.values(&row.role);
    let by_id = row.role_id.as_deref().filter(|_| by_name.is_empty());
    let roles = match by_id {
        Some(argument) => site.values(argument).iter().map(named_role).collect(),
        None => by_name,
    };
    let members = site.values(&row.members);
    let on = resource(site, row);
    let condition = row.condition.as_deref().and_then(|argument| site.value(argument));
    let condition = condition.filter(|value| !matches!(default_of(value).value, Known::Null));
    let conditions: Vec<Condition> = condition
        .map(|value| Condition {
            operator: "Expression".to_owned(),
            key: "condition".to_owned(),
            values: vec![text_of(&value)],
        })
        .into_iter()
        .collect();
    // Nested bindings pair up; one role goes to every list of members.
    for (index, list) in members.iter().enumerate() {
        let Some(role) = roles.get(index).or_else(|| roles.first()) else { continue };
        let items: Vec<Datum> = match &default_of(list).value {
            Known::List(items) => items.clone(),
            _ => vec![list.clone()],
        };
        for member in items {
            given(site, role, &member, &on, &conditions);
        }
    }
}

/// The name of a role that is told by its id: the built-in ones have the same everywhere.
fn named_role(id: &Datum) -> Datum {
    let last = text_of(id).suffix().rsplit('/').next().unwrap_or_default().to_owned();
    match tables::role_named(&last) {
        Some(name) => Datum { value: Known::Text(Text::literal(name)), ..default_of(id).clone() },
        None => id.clone(),
    }
}

/// What a role is given on, as a name that tells a whole project, folder or organisation from a part of it.
fn whole(platform: &str, (kind, name): &(String, Text)) -> Text {
    let collection = match (platform, kind.as_str()) {
        ("gcp", "project") => "projects/",
        ("gcp", "folder") => "folders/",
        ("gcp", "organization") => "organizations/",
        _ => return name.clone(),
    };
    if name.prefix().starts_with(collection) {
        return name.clone();
    }
    let mut whole = Text::literal(collection);
    whole.append(name);
    whole
}

fn given(
    site: &mut Site<'_, '_, '_>,
    role: &Datum,
    member: &Datum,
    on: &(String, Text),
    conditions: &[Condition],
) {
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
            resources: vec![whole(&platform, on)],
            resources_except: false,
            principals: public.into_iter().collect(),
            conditions: conditions.to_vec(),
            approval: Approval::None,
        };
        let shared = grant.principals.is_empty().then(|| default_account(&grant.holder, &who)).flatten();
        let mut facts = vec![site.at_value(alternative, Body::Grant(grant))];
        facts.extend(shared.map(|identity| site.at_value(alternative, Body::Identity(identity))));
        facts.extend(federated(site, role, alternative, &who, &on.1));
        for id in facts {
            if let Some(fact) = site.out.fact_mut(id) {
                fact.when = case.clone();
                fact.lesser |= lesser;
            }
        }
    }
}

/// The account that everything shares which names none, where a role is given to it.
fn default_account(is: &Ref, who: &Text) -> Option<Identity> {
    let name = tables::shared_identity(&who.to_string())?;
    Some(Identity::plain(is.clone(), name, Naming::Default))
}

/// The reference of a member.
fn holder(platform: &str, who: &Text) -> Ref {
    if platform == "gcp" {
        // A person's address reads like an account's: what stands before it tells them apart.
        let is_person =
            ["user:", "group:", "domain:", "deleted:"].iter().any(|kind| who.prefix().starts_with(kind));
        if let Some(account) = gcp_account(who).filter(|_| !is_person) {
            return account;
        }
        if let Some((kind, name)) = who.known().and_then(|known| known.split_once(':')) {
            return Ref::new("gcp", kind, [], name);
        }
    }
    if platform == "yandex"
        && let Some(("userAccount", name)) = who.known().and_then(|known| known.split_once(':'))
    {
        return Ref::new(platform, "user", [], name);
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
    let mut claims = match &condition {
        Some(value) => match text_of(value).known() {
            Some(known) => claims::of(known),
            None => {
                site.unresolved(value);
                let text = Match::Expression(text_of(value).to_string());
                vec![ClaimMatch { claim: "subject".to_owned(), matches: text }]
            }
        },
        None => vec![ClaimMatch { claim: "subject".to_owned(), matches: Match::Any }],
    };
    let audiences: Vec<Datum> = site.values("oidc.allowed_audiences");
    let mut audiences: Vec<Text> =
        audiences.iter().flat_map(|list| default_of(list).items()).map(text_of).collect();
    if audiences.is_empty() {
        // Nothing said: the audience must be the provider's own name.
        // Source: https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers#Oidc
        audiences.push(Text::hole(Why::Computed(format!("{}.name", site.address))));
    }
    let asked = |text| ClaimMatch { claim: "audience".to_owned(), matches: Match::Exact(text) };
    claims.extend(audiences.into_iter().map(asked));
    let trust = Trust { opens, to: vec![Principal::Issuer(host)], claims, conditions: Vec::new() };
    let value = condition.unwrap_or(issuer);
    site.at_value(&value, Body::Trust(trust));
}
