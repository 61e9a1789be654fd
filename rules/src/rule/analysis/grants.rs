//! What a single grant amounts to: full control (`data/scope/admin.toml`), everything on every resource, nothing much.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::actions::{Covers, covers};
use super::conditions;
use super::filters::filters;
use crate::fact::{Approval, Condition, Effect, Grant, LinkKind, Origin, Piece, Principal, Ref, Text};
use crate::finding::Severity;
use crate::rule::{At, World};

/// A grant that amounts to full control.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Admin {
    /// The platform, as facts call it.
    pub(crate) platform: String,
    /// The platform, as people call it.
    pub(crate) label: String,
    /// A grant that covers this is one.
    pub(crate) action: String,
    /// Whether it must hold on every resource.
    pub(crate) everywhere: bool,
    /// Only for holders of this kind.
    pub(crate) holder: Option<String>,
    /// Only on the whole of a project, subscription or the like.
    #[serde(default)]
    pub(crate) top: bool,
    /// What is allowed, for messages.
    pub(crate) allows: String,
    /// What that amounts to, for messages.
    pub(crate) reach: String,
    /// What would be accepted, for messages.
    pub(crate) accepted: String,
    /// How bad.
    pub(crate) severity: Severity,
    /// Where the platform advises against it.
    #[allow(dead_code)] // for readers of the table, and a test
    pub(crate) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    admin: Vec<Admin>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/scope/admin.toml")).expect("data/scope/admin.toml parses")
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether a grant gives its holder something: it allows, nobody approves each use, it does not merely say who may reach one
/// resource (a resource policy, which names principals), and it does not merely filter what others give.
#[must_use]
pub(crate) fn gives(grant: &Grant) -> bool {
    grant.effect == Effect::Allow
        && grant.approval == Approval::None
        && (grant.principals.is_empty() || grant.holder.platform != "aws")
        && !filters(grant)
}

/// Whether a platform gives this by itself; other rules judge what is missing then.
#[must_use]
pub(crate) fn by_default(at: &At<'_>) -> bool {
    matches!(at.fact.origin, Origin::PlatformDefault { .. } | Origin::Absent)
}

/// Whether a grant surely covers an action, exceptions counted.
#[must_use]
pub(crate) fn allows(grant: &Grant, action: &str) -> Covers {
    if grant.actions_except {
        // Everything of its platform that no exception may touch.
        if action.split(':').next() != Some(platform(grant)) {
            return Covers::No;
        }
        let touched = grant.actions.iter().map(|a| covers(a, action)).max().unwrap_or(Covers::No);
        return match touched {
            Covers::No => Covers::Yes,
            Covers::Perhaps => Covers::Perhaps,
            Covers::Yes => Covers::No,
        };
    }
    grant.actions.iter().map(|a| covers(a, action)).max().unwrap_or(Covers::No)
}

/// Whether a grant holds on every resource.
#[must_use]
pub(crate) fn everywhere(grant: &Grant) -> bool {
    grant.resources_except || grant.resources.iter().any(every_resource)
}

/// `*`, or a name of which every part is a wildcard.
fn every_resource(resource: &Text) -> bool {
    let Some(text) = resource.known() else { return false };
    let stars = |part: &str| !part.is_empty() && part.bytes().all(|b| b == b'*');
    match text.strip_prefix("arn:") {
        None => stars(text),
        Some(rest) => {
            rest.split(':').enumerate().all(|(i, part)| stars(part) || (i == 0 && part.starts_with("aws")))
        }
    }
}

/// What holds everything else, by the names of it: what stands behind them is one name.
const TOPS: [&str; 5] = [
    "projects/",
    "folders/",
    "organizations/",
    "/subscriptions/",
    "/providers/Microsoft.Management/managementGroups/",
];

/// Whether a resource is the whole of a project, folder, organisation, subscription or management group.
#[must_use]
pub(crate) fn on_top(resource: &Text) -> bool {
    let written: String =
        resource.0.iter().map(|p| if let Piece::Literal(l) = p { l } else { "?" }).collect();
    TOPS.iter()
        .any(|top| written.strip_prefix(top).is_some_and(|name| !name.is_empty() && !name.contains('/')))
}

/// What a grant amounts to if it is full control, nothing narrowing it.
#[must_use]
pub(crate) fn admin(grant: &Grant) -> Option<&'static Admin> {
    if !gives(grant) || conditions::what(&grant.conditions).is_some() {
        return None;
    }
    TABLE.admin.iter().find(|row| {
        row.platform == platform(grant)
            && row.holder.as_ref().is_none_or(|kind| *kind == grant.holder.kind)
            && (!row.everywhere || everywhere(grant))
            && (!row.top || grant.resources.iter().any(on_top))
            && whole(grant, row)
    })
}

/// An exception that leaves the management of identities in leaves everything in: its holder can take the rest.
fn whole(grant: &Grant, row: &Admin) -> bool {
    if !grant.actions_except {
        return grant.actions.iter().any(|a| covers(a, &row.action) == Covers::Yes);
    }
    row.platform == "aws"
        && ["aws:iam:AttachRolePolicy", "aws:iam:PutRolePolicy", "aws:iam:CreatePolicyVersion"]
            .iter()
            .any(|action| allows(grant, action) == Covers::Yes)
}

/// The platform whose actions a grant speaks of.
#[must_use]
pub(crate) fn platform(grant: &Grant) -> &str {
    grant
        .actions
        .first()
        .and_then(|a| a.prefix().split_once(':'))
        .map_or(grant.holder.platform.as_str(), |(platform, _)| platform)
}

/// What a statement says, in one order, for the identity of a finding. The actions are left out: they are what a
/// finding [covers](crate::rule::Draft::covers).
#[must_use]
pub(crate) fn shape(grant: &Grant) -> Vec<String> {
    let mut parts: Vec<String> = grant.resources.iter().map(|r| format!("on {r}")).collect();
    parts.extend(grant.conditions.iter().map(|c| {
        let mut values: Vec<String> = c.values.iter().map(Text::to_string).collect();
        values.sort();
        format!("if {} {} {}", c.operator, c.key, values.join(","))
    }));
    parts.extend(grant.principals.iter().map(|p| format!("to {p:?}")));
    parts.sort();
    parts.dedup();
    parts.push(format!("{:?} {} {}", grant.effect, grant.actions_except, grant.resources_except));
    parts
}

/// The actions of a grant as texts.
pub(crate) fn subjects(grant: &Grant) -> impl Iterator<Item = String> + '_ {
    grant.actions.iter().map(Text::to_string)
}

/// Most Deny statements of one holder that are weighed: a policy of AWS is at most 10 KiB, which holds fewer.
const MAX_DENIALS: usize = 64;

/// The statements that forbid something everywhere and without condition, by unit and holder.
#[derive(Debug, Default)]
pub(crate) struct Denials<'a>(BTreeMap<(usize, &'a Ref), Vec<&'a Grant>>);

impl<'a> Denials<'a> {
    /// Files the denials among these grants.
    pub(crate) fn of(grants: impl IntoIterator<Item = (At<'a>, &'a Grant)>) -> Self {
        let mut denials = Self::default();
        for (at, grant) in grants {
            let flat = grant.conditions.is_empty() && !grant.resources_except && everywhere(grant);
            if grant.effect == Effect::Deny && flat {
                let filed = denials.0.entry((at.unit, &grant.holder)).or_default();
                if filed.len() < MAX_DENIALS {
                    filed.push(grant);
                }
            }
        }
        denials
    }

    /// Whether a statement of the same holder forbids this action.
    pub(crate) fn forbid(&self, at: &At<'_>, grant: &Grant, action: &str) -> bool {
        let filed = self.0.get(&(at.unit, &grant.holder));
        filed.into_iter().flatten().any(|denial| allows(denial, action) == Covers::Yes)
    }
}

impl Denials<'_> {
    /// Whether any statement among these forbids this action: right where all of them speak of one identity.
    pub(crate) fn forbid_jointly(&self, action: &str) -> bool {
        self.0.values().flatten().take(MAX_DENIALS).any(|denial| allows(denial, action) == Covers::Yes)
    }
}

/// The holders that anybody can become, and what is attached to them.
#[derive(Debug, Default)]
pub(crate) struct OpenHolders<'a>(BTreeSet<(usize, &'a Ref)>);

fn open(to: &[Principal], conditions: &[Condition]) -> bool {
    to.iter().any(|p| matches!(p, Principal::Anyone | Principal::AnyAccount))
        && conditions::who(conditions) == conditions::Strength::None
}

impl<'a> OpenHolders<'a> {
    /// Reads the trusts and attachments of a world.
    pub(crate) fn of(world: &World<'a>) -> Self {
        let mut holders: BTreeSet<(usize, &'a Ref)> = world
            .trusts()
            .filter(|(_, trust)| open(&trust.to, &trust.conditions))
            .map(|(at, trust)| (at.unit, &trust.opens))
            .collect();
        if !holders.is_empty() {
            let attached: Vec<(usize, &'a Ref)> = world
                .links()
                .filter(|(at, l)| l.kind == LinkKind::Attaches && holders.contains(&(at.unit, &l.to)))
                .map(|(at, l)| (at.unit, &l.from))
                .collect();
            holders.extend(attached);
        }
        Self(holders)
    }

    /// Whether anybody can come to hold the grant: it names anyone, or its holder's trust does.
    pub(crate) fn hold(&self, at: &At<'_>, grant: &Grant) -> bool {
        open(&grant.principals, &grant.conditions) || self.0.contains(&(at.unit, &grant.holder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(actions: &[&str], resources: &[&str]) -> Grant {
        Grant {
            holder: Ref::new("aws", "role", [], "app"),
            effect: Effect::Allow,
            actions: actions.iter().map(|a| Text::literal(*a)).collect(),
            actions_except: false,
            resources: resources.iter().map(|r| Text::literal(*r)).collect(),
            resources_except: false,
            principals: Vec::new(),
            conditions: Vec::new(),
            approval: Approval::None,
        }
    }

    #[test]
    fn the_table_parses_and_names_its_sources() {
        assert!(TABLE.admin.iter().all(|row| row.source.starts_with("https://")));
        assert!(TABLE.admin.iter().all(|row| row.action.starts_with(&format!("{}:", row.platform))));
    }

    #[test]
    fn full_control_is_recognised_on_every_platform() {
        let reach = |g: &Grant| admin(g).map(|a| a.reach.as_str());
        assert_eq!(reach(&grant(&["aws:*:*"], &["*"])), Some("full control of the account"));
        assert_eq!(reach(&grant(&["aws:*:*"], &["arn:aws:*:*:*:*"])), Some("full control of the account"));
        assert_eq!(reach(&grant(&["aws:*:*"], &["arn:aws:s3:::logs/*"])), None);
        assert_eq!(reach(&grant(&["aws:s3:*"], &["*"])), None);
        assert_eq!(reach(&grant(&["kubernetes:*/*:*"], &["*"])), Some("full control of the cluster"));
        assert!(reach(&grant(&["github:*:write"], &["*"])).is_some());
        assert!(reach(&grant(&["gcp:role:roles/owner"], &["shop"])).is_some());
        assert_eq!(reach(&grant(&["gcp:role:roles/viewer"], &["shop"])), None);
        let deny = Grant { effect: Effect::Deny, ..grant(&["aws:*:*"], &["*"]) };
        assert_eq!(reach(&deny), None);
        let key = Grant { principals: vec![Principal::Anyone], ..grant(&["aws:*:*"], &["*"]) };
        assert_eq!(reach(&key), None);
    }

    #[test]
    fn an_exception_that_leaves_iam_in_is_full_control() {
        let but = |action| Grant { actions_except: true, ..grant(&[action], &["*"]) };
        assert!(admin(&but("aws:s3:DeleteBucket")).is_some());
        assert!(admin(&but("aws:iam:*")).is_none());
        assert_eq!(allows(&but("aws:iam:*"), "aws:s3:GetObject"), Covers::Yes);
        assert_eq!(allows(&but("aws:iam:*"), "kubernetes:core/pods:create"), Covers::No);
    }
}
