//! `anonymous/principal`: a grant or trust that anybody can use.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::fact::{Condition, Effect, Grant, Principal};
use crate::finding::Severity;
use crate::rule::analysis::actions::listed;
use crate::rule::analysis::conditions::{self, Strength};
use crate::rule::analysis::exclusions::Exclusions;
use crate::rule::analysis::filters::filters;
use crate::rule::analysis::function_urls::Urls;
use crate::rule::analysis::grants::{admin, shape, subjects};
use crate::rule::{At, Verdicts, World};

/// The service that calls functions for methods of an API.
const GATEWAY: &str = "apigateway.amazonaws.com";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Harmless {
    action: String,
    #[allow(dead_code)] // for readers of the table
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deputy {
    kind: String,
    #[allow(dead_code)] // for readers of the table
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    deputy: Vec<Deputy>,
    harmless: Vec<Harmless>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/scope/anonymous.toml"))
        .expect("data/scope/anonymous.toml parses")
});

/// Who gets in, the widest first.
fn everybody(to: &[Principal]) -> Option<&'static str> {
    if to.contains(&Principal::Anyone) {
        Some("anyone, without signing in")
    } else if to.contains(&Principal::AnyAccount) {
        Some("anyone with an account of the platform, whoever that is")
    } else {
        None
    }
}

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let exclusions = Exclusions::of(world);
    let urls = Urls::of(world);
    for (at, grant) in world.grants() {
        let Some(who) = everybody(&grant.principals) else {
            deputy(&at, grant, out);
            continue;
        };
        if grant.effect == Effect::Deny {
            out.pass(&at, "it forbids");
        } else if filters(grant) {
            out.pass(&at, "a policy of this kind filters and grants nothing itself");
        } else if harmless(grant) {
            out.pass(&at, "the platform means this role for everybody");
        } else if admin(grant).is_some() {
            out.pass(&at, "scope/admin-grant says worse of it");
        } else if urls.open_by(&at, grant) {
            out.pass(&at, "anonymous/endpoint says it of the URL that this permission opens");
        } else if exclusions.leave(&at, grant) == Strength::Strong {
            out.pass(&at, "another statement of the policy forbids it to everybody but named callers");
        } else {
            let what = if grant.actions_except {
                format!("do everything but {}", listed(&grant.actions))
            } else {
                format!("use {}", listed(&grant.actions))
            };
            weigh(
                &at,
                &grant.holder.platform,
                &grant.conditions,
                format!("{who}, may {what}"),
                out,
                |draft| {
                    draft.judged(shape(grant)).covers(subjects(grant));
                },
            );
        }
    }
    for (at, trust) in world.trusts() {
        let Some(who) = everybody(&trust.to) else { continue };
        if exclusions.close(&at, &trust.opens) {
            out.pass(&at, "another statement of the policy forbids it to everybody but named callers");
            continue;
        }
        let judged: Vec<String> = trust
            .conditions
            .iter()
            .map(|c| format!("if {} {}", c.operator, c.key))
            .chain(trust.claims.iter().map(|c| format!("{c:?}")))
            .collect();
        weigh(
            &at,
            &trust.opens.platform,
            &trust.conditions,
            format!("{who}, may act as this identity"),
            out,
            |draft| {
                draft.judged(judged).covers(trust.to.iter().map(|p| format!("{p:?}")));
            },
        );
    }
}

/// A service that acts for any of its customers: what it may do, each of them may.
fn deputy(at: &At<'_>, grant: &Grant, out: &mut Verdicts<'_>) {
    let holder = &grant.holder;
    let asks = holder.platform == "aws" && TABLE.deputy.iter().any(|row| row.kind == holder.kind);
    let service = grant.principals.iter().find_map(|principal| match principal {
        Principal::Service(name) => name.known(),
        _ => None,
    });
    let Some(service) = service.filter(|_| asks && grant.effect == Effect::Allow) else { return };
    if conditions::who(&grant.conditions) != Strength::None {
        if service == GATEWAY && every_method(grant) {
            let message = format!(
                "every stage, method and path of an API may use {}, those that ask nobody who they are included; \
                 accepted: the methods that call it, such as `…/prod/GET/orders`",
                listed(&grant.actions)
            );
            out.report(at, message).severity(Severity::Low).judged(shape(grant)).covers(subjects(grant));
        } else {
            out.pass(at, "a condition says for whom the service acts");
        }
        return;
    }
    let message = format!(
        "{service} may use {} for whichever account asks it to; accepted: a condition on `aws:SourceArn` or \
         `aws:SourceAccount` that says for whom",
        listed(&grant.actions)
    );
    out.report(at, message).severity(Severity::Medium).judged(shape(grant)).covers(subjects(grant));
}

fn weigh(
    at: &At<'_>,
    platform: &str,
    asked: &[Condition],
    what: String,
    out: &mut Verdicts<'_>,
    finish: impl FnOnce(&mut crate::rule::Draft),
) {
    let accepted = if platform == "aws" {
        "named principals, or a condition that names them (`aws:PrincipalOrgID`, `aws:SourceAccount`)"
    } else {
        "named users, groups or service accounts"
    };
    match conditions::who(asked) {
        Strength::Strong => out.pass(at, "a condition names the callers"),
        Strength::Weak => {
            let keys: Vec<&str> = asked.iter().map(|c| c.key.as_str()).collect();
            let message = format!("{what}, held back only by {}; accepted: {accepted}", keys.join(", "));
            finish(out.report(at, message).severity(Severity::Low));
        }
        Strength::None => {
            finish(out.report(at, format!("{what}; accepted: {accepted}")));
        }
    }
}

/// Whether the ARN that must call ends in wildcards for its stage and all behind it.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html>.
fn every_method(grant: &Grant) -> bool {
    let arns = grant.conditions.iter().filter(|c| c.key.eq_ignore_ascii_case("aws:SourceArn"));
    arns.flat_map(|c| &c.values).any(|arn| arn.suffix().ends_with("/*/*") || arn.suffix().ends_with("/*/*/*"))
}

fn harmless(grant: &Grant) -> bool {
    !grant.actions.is_empty()
        && grant.actions.iter().all(|a| TABLE.harmless.iter().any(|row| a.known() == Some(&row.action)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_parses() {
        assert!(!super::TABLE.harmless.is_empty());
        assert!(!super::TABLE.deputy.is_empty());
    }
}
