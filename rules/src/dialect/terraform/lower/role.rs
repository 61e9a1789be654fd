//! Roles and policies that list what their holder may do: custom roles of Azure, policies and login roles of Vault.

use super::site::{Site, text_of};
use crate::dialect::terraform::evaluate::default_of;
use crate::fact::{
    Approval, Body, ClaimMatch, Condition, Datum, Effect, Grant, Known, Match, Principal, Ref, Text, Trust,
    Why,
};

/// What the tokens of the cluster are called that the Kubernetes method of Vault asks.
const CLUSTER: &str = "kubernetes.vault";

/// Whom its tokens are issued for.
const SERVER: &str = "https://kubernetes.default.svc";

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    match site.kind() {
        "azurerm_role_definition" => definition(site),
        "vault_policy" => policy(site),
        "vault_jwt_auth_backend_role" => login(site),
        "vault_kubernetes_auth_backend_role" => cluster(site),
        _ => {}
    }
}

/// Rules of a policy document that a data source writes.
pub(super) fn document(site: &mut Site<'_, '_, '_>) {
    if site.kind() != "vault_policy_document" {
        return;
    }
    let paths = site.values("rule.path");
    let rights = site.values("rule.capabilities");
    let holder = Ref::new("vault", "policy", [], site.address.as_str());
    for (path, rights) in paths.iter().zip(&rights) {
        let actions = default_of(rights).items().iter().map(|right| action("vault", right)).collect();
        let grant = grant(holder.clone(), actions, text_of(path), Vec::new());
        site.at_value(path, Body::Grant(grant));
    }
}

fn grant(holder: Ref, actions: Vec<Text>, on: Text, conditions: Vec<Condition>) -> Grant {
    // One segment of any name and what is below it is everything.
    let on = if on.known() == Some("+/*") { Text::literal("*") } else { on };
    Grant {
        holder,
        effect: Effect::Allow,
        actions,
        actions_except: false,
        resources: vec![on],
        resources_except: false,
        principals: Vec::new(),
        conditions,
        approval: Approval::None,
    }
}

fn action(platform: &str, right: &Datum) -> Text {
    let mut action = Text::literal(format!("{platform}:"));
    action.append(&text_of(right));
    action
}

/// A custom role: what it allows holds on whatever it is given on.
fn definition(site: &mut Site<'_, '_, '_>) {
    let name = site.text("name");
    let holder = Ref::new("azure", "role-definition", [], name);
    let except: Vec<Text> = site
        .values("permissions.not_actions")
        .iter()
        .flat_map(|list| default_of(list).items().iter().map(text_of).collect::<Vec<_>>())
        .collect();
    for argument in ["permissions.actions", "permissions.data_actions"] {
        for list in site.values(argument) {
            let items = default_of(&list).items().to_vec();
            if items.is_empty() {
                continue;
            }
            let actions = items.iter().map(|item| action("azure", item)).collect();
            let narrowed = (argument == "permissions.actions" && !except.is_empty()).then(|| Condition {
                operator: "Except".to_owned(),
                key: "not_actions".to_owned(),
                values: except.clone(),
            });
            let grant = grant(holder.clone(), actions, Text::literal("*"), narrowed.into_iter().collect());
            let at = items.first().filter(|_| items.len() == 1).unwrap_or(&list).clone();
            site.at_value(&at, Body::Grant(grant));
        }
    }
}

/// A policy of Vault, written in HCL inside a text.
fn policy(site: &mut Site<'_, '_, '_>) {
    let holder = Ref::new("vault", "policy", [], site.text("name"));
    let Some(value) = site.value("policy") else { return };
    let text = text_of(&value);
    if text.known().is_none() {
        site.unresolved(&value);
    }
    for rule in rules(&text.to_string()) {
        let actions = rule.rights.iter().map(|right| Text::literal(format!("vault:{right}"))).collect();
        let grant = grant(holder.clone(), actions, Text::literal(rule.path), Vec::new());
        site.at_value(&value, Body::Grant(grant));
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Rule {
    path: String,
    rights: Vec<String>,
}

/// What a word of policies before Vault 0.5 allows: `policy = "write"`.
/// Source: <https://github.com/hashicorp/vault/blob/main/vault/policy.go>.
pub(in crate::dialect) fn older(word: &str) -> &'static [&'static str] {
    const ALL: [&str; 6] = ["read", "list", "create", "update", "delete", "sudo"];
    match word {
        "read" => &["read", "list"],
        "write" => &["read", "list", "create", "update", "delete"],
        "sudo" => &ALL,
        _ => &["deny"],
    }
}

/// `path "secret/*" { capabilities = ["read"] }`, one after the other.
/// Source: <https://developer.hashicorp.com/vault/docs/concepts/policies#policy-syntax>.
fn rules(text: &str) -> Vec<Rule> {
    let plain: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with(['#', '/'])).collect();
    let plain = plain.join("\n");
    let mut found = Vec::new();
    for part in plain.split("path").skip(1) {
        let Some((path, rest)) =
            part.trim_start().strip_prefix('"').and_then(|quoted| quoted.split_once('"'))
        else {
            continue;
        };
        let Some((_, list)) = rest.split_once("capabilities") else {
            let word = rest.split_once("policy").and_then(|(_, word)| word.split('"').nth(1));
            let rights =
                word.map(older).unwrap_or_default().iter().map(|right| (*right).to_owned()).collect();
            found.push(Rule { path: path.to_owned(), rights });
            continue;
        };
        let Some((list, _)) = list.trim_start().strip_prefix('=').and_then(|l| l.split_once(']')) else {
            continue;
        };
        let rights = list
            .trim_start()
            .trim_start_matches('[')
            .split(',')
            .map(|right| right.trim().trim_matches('"').to_owned())
            .filter(|right| !right.is_empty())
            .collect();
        found.push(Rule { path: path.to_owned(), rights });
    }
    found
}

/// A role of Vault that tokens of an issuer log in to.
fn login(site: &mut Site<'_, '_, '_>) {
    let name = site.text("role_name");
    let opens = Ref::new("vault", "role", [], name);
    let issuer = issuer(site).unwrap_or_else(|| {
        let why = Why::Computed("issuer of the auth backend".to_owned());
        site.out.unknown(site.block.header(), why.clone());
        Text::hole(why)
    });
    let mut claims = Vec::new();
    let mut at: Option<Datum> = None;
    if let Some(subject) = site.value("bound_subject").filter(|s| default_of(s).known() != Some("")) {
        claims.push(ClaimMatch { claim: "subject".to_owned(), matches: Match::Exact(text_of(&subject)) });
        at = Some(subject);
    }
    let glob = site.value("bound_claims_type").is_some_and(|kind| default_of(&kind).known() == Some("glob"));
    if let Some(bound) = site.value("bound_claims") {
        let bound = site.evaluator.parsed(&bound).unwrap_or(bound);
        claims.extend(bound_claims(&bound, glob));
        at = at.or(Some(bound));
    }
    for audiences in site.values("bound_audiences") {
        for item in default_of(&audiences).items() {
            let matches = Match::Exact(text_of(item));
            claims.push(ClaimMatch { claim: "audience".to_owned(), matches });
        }
    }
    let trust = Trust { opens, to: vec![Principal::Issuer(issuer)], claims, conditions: Vec::new() };
    match at {
        Some(value) => site.at_value(&value, Body::Trust(trust)),
        None => site.at_block(Body::Trust(trust)),
    };
}

/// A role of Vault that service accounts of a cluster log in to.
fn cluster(site: &mut Site<'_, '_, '_>) {
    let name = site.text("role_name");
    let mut listed = |argument: &str| -> Vec<Datum> {
        let values = site.values(argument);
        let one = |value: &Datum| match default_of(value).known() {
            // Several stand in one text, by commas.
            Some(text) => text
                .split(',')
                .map(|one| Datum { value: Known::Text(Text::literal(one.trim())), ..value.clone() })
                .collect(),
            None => default_of(value).items().to_vec(),
        };
        values.iter().flat_map(one).collect()
    };
    let (spaces, accounts) =
        (listed("bound_service_account_namespaces"), listed("bound_service_account_names"));
    for space in &spaces {
        for account in &accounts {
            let mut subject = Text::literal("system:serviceaccount:");
            subject.append(&text_of(space));
            subject.push(":");
            subject.append(&text_of(account));
            let trust = Trust {
                opens: Ref::new("vault", "role", [], name.clone()),
                to: vec![Principal::Issuer(Text::literal(CLUSTER))],
                claims: vec![
                    ClaimMatch { claim: "subject".to_owned(), matches: Match::Glob(subject) },
                    // Vault asks the API server, which lets in what was issued for itself.
                    ClaimMatch { claim: "audience".to_owned(), matches: Match::Exact(Text::literal(SERVER)) },
                ],
                conditions: Vec::new(),
            };
            site.at_value(
                if text_of(space).known() == Some("*") { space } else { account },
                Body::Trust(trust),
            );
        }
    }
}

/// Claims with the values that are let in; several of one claim stand in one text, by commas.
/// Source: <https://registry.terraform.io/providers/hashicorp/vault/latest/docs/resources/jwt_auth_backend_role#bound_claims>.
fn bound_claims(bound: &Datum, glob: bool) -> Vec<ClaimMatch> {
    let Known::Map(entries) = &default_of(bound).value else {
        let whole = bound.text().map_or_else(String::new, |text| text.to_string());
        return vec![ClaimMatch { claim: "subject".to_owned(), matches: Match::Expression(whole) }];
    };
    let mut claims = Vec::new();
    for (key, _, value) in entries {
        let claim = match key.known() {
            Some("sub") => "subject",
            Some("aud") => "audience",
            Some(other) => other.trim_start_matches('/'),
            None => continue,
        };
        for item in default_of(value).items() {
            let text = text_of(item);
            let several: Vec<Text> = match text.known() {
                Some(known) => known.split(',').map(|one| Text::literal(one.trim())).collect(),
                None => vec![text],
            };
            for text in several {
                let matches = if glob { Match::Glob(text) } else { Match::Exact(text) };
                claims.push(ClaimMatch { claim: claim.to_owned(), matches });
            }
        }
    }
    claims
}

/// The issuer of the backend: of the one that the role names, else of the only one there is.
fn issuer(site: &mut Site<'_, '_, '_>) -> Option<Text> {
    const ISSUERS: [&str; 2] = ["bound_issuer", "oidc_discovery_url"];
    let backend = site.value("backend").map(|value| text_of(&value).to_string());
    let directory = site.evaluator.instance(site.scope.instance)?.directory;
    let all: Vec<_> = directory
        .blocks
        .iter()
        .filter(|b| b.kind() == "resource" && b.label(0) == "vault_jwt_auth_backend")
        .copied()
        .collect();
    let named = all.iter().find(|block| {
        let label = format!("vault_jwt_auth_backend.{}.", block.label(1));
        let path = block.body().attribute("path").and_then(|path| path.node.value.as_str());
        backend.as_deref().is_some_and(|b| b.contains(&label) || Some(b) == path)
    });
    let block = named.or_else(|| all.first().filter(|_| all.len() == 1))?;
    let scope = site.scope.clone();
    let stated = ISSUERS.into_iter().find_map(|name| block.body().attribute(name))?;
    let value = site.evaluator.value(stated.value(), &scope);
    let text = text_of(&value);
    Some(match text.known() {
        Some(known) => Text::literal(known.trim_start_matches("https://").trim_end_matches('/')),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_a_policy_text_are_read() {
        let text = "# path \"old\" {}\npath \"secret/data/*\" {\n  capabilities = [\"read\", \"list\"]\n}\n\
                    path \"*\" { capabilities = [\"sudo\"] }\npath broken\n";
        let found: Vec<String> =
            rules(text).into_iter().map(|r| format!("{} {}", r.path, r.rights.join("+"))).collect();
        assert_eq!(found, ["secret/data/* read+list", "* sudo"]);
        assert!(rules("").is_empty());
    }
}
