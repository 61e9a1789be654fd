//! Rights that let their holder take further rights (`data/scope/escalation*.toml`).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::actions::{Covers, covers};
use super::conditions;
use super::grants::{Denials, admin, allows, everywhere, gives, on_top};
use super::pattern::Pattern;
use crate::fact::{Grant, Text};
use crate::finding::Severity;
use crate::rule::At;

/// On what an action must be allowed to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum On {
    /// Every resource of its kind.
    Wide,
    /// Every resource of its kind, or the holder itself.
    #[serde(rename = "self")]
    Itself,
    /// Anything.
    Any,
}

/// One of several actions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Need {
    any: Vec<String>,
    on: On,
    /// Only where what it is given on takes in one of these.
    #[serde(default)]
    resources: Vec<String>,
}

impl Need {
    /// Whether grants that speak of these platforms can meet it.
    fn is_of(&self, spoken: &BTreeSet<&str>) -> bool {
        let is_spoken =
            |action: &String| action.split_once(':').is_some_and(|(platform, _)| spoken.contains(platform));
        spoken.contains("") || self.any.iter().any(is_spoken)
    }
}

/// A way to more rights.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Path {
    /// Its name in the table.
    pub(crate) id: String,
    /// What the holder can do, for messages.
    pub(crate) how: String,
    needs: Vec<Need>,
    passed_to: Option<String>,
    #[serde(default)]
    cluster: bool,
    /// Only where the actions are stated, not left in by an exception.
    #[serde(default)]
    stated: bool,
    #[serde(default)]
    not_for: Vec<String>,
    /// How bad.
    severity: Severity,
    /// How bad where it reaches one namespace only, if that is less.
    in_namespace: Option<Severity>,
    /// Where it is described.
    #[allow(dead_code)] // for readers of the table, and a test
    pub(crate) source: String,
}

impl Path {
    /// How bad it is that this grant opens it.
    pub(crate) fn severity(&self, by: &Grant) -> Severity {
        match self.in_namespace {
            Some(severity) if by.holder.kind == "Role" => severity,
            _ => self.severity,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    path: Vec<Path>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    let read =
        |text: &str| crate::table::read::<Table>(text).expect("data/scope/escalation*.toml parses").path;
    let mut path = read(include_str!("../../../data/scope/escalation.toml"));
    path.extend(read(include_str!("../../../data/scope/escalation-clouds.toml")));
    Table { path }
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&NEEDED);
}

/// A way that is open, and which of the grants open it (indexes, ascending).
#[derive(Debug)]
pub(crate) struct Open {
    /// The way.
    pub(crate) path: &'static Path,
    /// The grants that are needed together, the leading one first.
    pub(crate) by: Vec<usize>,
}

/// Every way that these grants of one holder open together; none if one of them is full control already.
#[must_use]
pub(crate) fn open(grants: &[(At<'_>, &Grant)]) -> Vec<Open> {
    if grants.iter().any(|(_, g)| admin(g).is_some()) {
        return Vec::new();
    }
    let denials = Denials::of(grants.iter().copied());
    let spoken: BTreeSet<&str> = grants.iter().flat_map(|(_, grant)| platforms(grant)).collect();
    let possible = TABLE.path.iter().filter(|path| path.needs.iter().all(|need| need.is_of(&spoken)));
    let giving = grants.iter().enumerate().filter(|(_, (_, grant))| gives(grant) && is_asked_for(grant));
    let held: Vec<(usize, &Grant, Reach<'_>)> =
        giving.map(|(index, (_, grant))| (index, *grant, Reach::of(grant))).collect();
    if held.is_empty() {
        return Vec::new();
    }
    possible.filter_map(|path| Some(Open { path, by: opened(path, &held, &denials)? })).collect()
}

/// Every action that a way needs, without case.
static NEEDED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let needs = TABLE.path.iter().flat_map(|path| &path.needs);
    needs.flat_map(|need| &need.any).map(|action| action.to_ascii_lowercase()).collect()
});

/// Whether a grant may meet any need: most name actions, each whole, that no way asks for.
fn is_asked_for(grant: &Grant) -> bool {
    let asked = |action: &Text| match action.known() {
        Some(known) if !known.contains(['*', '?']) => NEEDED.contains(&known.to_ascii_lowercase()),
        _ => true,
    };
    grant.actions_except || grant.actions.iter().any(asked)
}

/// The platforms that a grant's actions may be of; an empty text where an action does not tell.
fn platforms(grant: &Grant) -> impl Iterator<Item = &str> {
    grant.actions.iter().map(|action| action.prefix().split_once(':').map_or("", |(platform, _)| platform))
}

/// How bad the worst way is that a grant opens by itself.
#[must_use]
pub(crate) fn alone(at: &At<'_>, grant: &Grant) -> Option<Severity> {
    open(&[(*at, grant)]).into_iter().map(|way| way.path.severity(grant)).max()
}

/// What the resources of a grant take in, found once for all needs: a statement may name thousands.
struct Reach<'g> {
    everywhere: bool,
    /// Every role, user or policy of an account, or the whole of a project or the like.
    whole: bool,
    /// Every role, user or policy of an account, or the caller itself.
    itself: bool,
    /// Services of which every resource of a kind is meant.
    services: BTreeSet<&'g str>,
}

impl<'g> Reach<'g> {
    fn of(grant: &'g Grant) -> Self {
        let kind = grant.resources.iter().any(whole_kind);
        Self {
            everywhere: everywhere(grant),
            whole: kind || grant.resources.iter().any(on_top),
            itself: kind || grant.resources.iter().any(names_caller),
            services: grant.resources.iter().filter_map(whole_service).collect(),
        }
    }

    /// Whether every resource of a kind of the service whose action is needed is meant. Commands are sent to instances,
    /// which are of another service.
    fn whole_of(&self, need: &Need) -> bool {
        let named = |service: &str| {
            self.services.contains(service) || service == "ssm" && self.services.contains("ec2")
        };
        !self.services.is_empty() && need.any.iter().filter_map(|a| a.split(':').nth(1)).any(named)
    }
}

/// The fewest grants that meet every need: one alone if there is one.
fn opened(path: &Path, grants: &[(usize, &Grant, Reach<'_>)], denials: &Denials<'_>) -> Option<Vec<usize>> {
    let mut met: Vec<Vec<usize>> = Vec::new();
    for need in &path.needs {
        let by = grants.iter().filter(|(_, grant, reach)| meets(path, need, grant, reach, denials));
        let by: Vec<usize> = by.map(|(index, _, _)| *index).collect();
        if by.is_empty() {
            return None;
        }
        met.push(by);
    }
    let first = met.first()?;
    if let Some(alone) = first.iter().find(|i| met.iter().all(|m| m.binary_search(i).is_ok())) {
        return Some(vec![*alone]);
    }
    let mut by: Vec<usize> = Vec::new();
    for meeting in &met {
        if !meeting.iter().any(|i| by.contains(i)) {
            by.push(*meeting.first()?);
        }
    }
    Some(by)
}

fn meets(path: &Path, need: &Need, grant: &Grant, reach: &Reach<'_>, denials: &Denials<'_>) -> bool {
    let falls_short = path.cluster && grant.holder.kind == "Role"
        || path.stated && grant.actions_except
        || path.not_for.contains(&grant.holder.kind);
    if falls_short || !wide_enough(need, grant, reach) {
        return false;
    }
    need.any.iter().any(|action| {
        allows(grant, action) == Covers::Yes
            && unnarrowed(path, grant, action)
            && !denials.forbid_jointly(action)
    })
}

/// Whether no condition stands in the way. One on `iam:PassedToService` does only if it keeps the service out.
fn unnarrowed(path: &Path, grant: &Grant, action: &str) -> bool {
    match conditions::what(&grant.conditions) {
        None => true,
        Some(c) if action == "aws:iam:PassRole" && c.key.eq_ignore_ascii_case("iam:PassedToService") => {
            let only = grant.conditions.len() == 1;
            let lets_through = path
                .passed_to
                .as_ref()
                .is_some_and(|service| c.values.iter().any(|v| covers(v, service) == Covers::Yes));
            only && lets_through
        }
        Some(_) => false,
    }
}

fn wide_enough(need: &Need, grant: &Grant, reach: &Reach<'_>) -> bool {
    let takes_in = |wanted: &String| grant.resources.iter().any(|own| covers(own, wanted) == Covers::Yes);
    if !need.resources.is_empty() && !need.resources.iter().any(takes_in) {
        return false;
    }
    reach.everywhere
        || match need.on {
            On::Any => true,
            On::Wide => reach.whole || reach.whole_of(need),
            On::Itself => reach.itself,
        }
}

/// Every role, user or policy of an account: `arn:aws:iam::123456789012:role/*`.
fn whole_kind(resource: &Text) -> bool {
    let kinds = ["*", "role/*", "user/*", "policy/*", "group/*"];
    resource.prefix().starts_with("arn:")
        && resource.suffix().rsplit(':').next().is_some_and(|last| kinds.contains(&last))
        && Pattern::glob(&Text::literal("arn:*:iam::*"), false).intersects(&Pattern::exact(resource, false))
}

/// The service of which a resource is every one of a kind: `arn:aws:lambda:*:*:function:*`.
fn whole_service(resource: &Text) -> Option<&str> {
    let parts: Vec<&str> = resource.known()?.splitn(6, ':').collect();
    let ["arn", _, service, _, _, rest] = parts.as_slice() else { return None };
    let kind = rest.trim_end_matches('*').trim_end_matches([':', '/']);
    let whole = rest.ends_with('*') && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    (whole && (rest.len() == 1 || rest.ends_with(":*") || rest.ends_with("/*"))).then_some(*service)
}

/// A policy variable that stands for the caller.
fn names_caller(resource: &Text) -> bool {
    let text = resource.to_string();
    text.contains("${aws:username}") || text.contains("&{aws:username}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]

    use super::*;
    use crate::fact::{
        Approval, Body, Case, Condition, ContextId, Effect, Fact, FactId, Origin, Place, Ref, UnitFacts,
    };

    fn grant(actions: &[&str], resource: &str) -> Grant {
        Grant {
            holder: Ref::new("aws", "role", [], "app"),
            effect: Effect::Allow,
            actions: actions.iter().map(|a| Text::literal(*a)).collect(),
            actions_except: false,
            resources: vec![Text::literal(resource)],
            resources_except: false,
            principals: Vec::new(),
            conditions: Vec::new(),
            approval: Approval::None,
        }
    }

    fn ways(grants: &[Grant]) -> Vec<(String, Vec<usize>)> {
        let unit = UnitFacts::default();
        let fact = Fact {
            id: FactId(0),
            body: Body::Grant(grant(&[], "*")),
            at: Place::default(),
            origin: Origin::Stated,
            within: ContextId(0),
            when: Case::always(),
            lesser: false,
        };
        let at = At { unit: 0, facts: &unit, fact: &fact };
        let grants: Vec<(At<'_>, &Grant)> = grants.iter().map(|g| (at, g)).collect();
        open(&grants).into_iter().map(|o| (o.path.id.clone(), o.by)).collect()
    }

    #[test]
    fn the_table_parses_and_names_its_sources() {
        for row in &TABLE.path {
            assert!(row.source.starts_with("https://"), "{}", row.id);
            assert!(!row.needs.is_empty() && row.needs.iter().all(|n| !n.any.is_empty()), "{}", row.id);
        }
    }

    #[test]
    fn two_policies_together_open_a_way_that_neither_opens_alone() {
        let pass = grant(&["aws:iam:PassRole"], "arn:aws:iam::123456789012:role/*");
        let run = grant(&["aws:ec2:RunInstances"], "*");
        assert_eq!(ways(&[pass.clone(), run.clone()]), [("pass-role-ec2".to_owned(), vec![0, 1])]);
        assert_eq!(ways(&[run.clone(), pass.clone()]), [("pass-role-ec2".to_owned(), vec![1, 0])]);
        assert!(ways(&[pass]).is_empty());
        assert!(ways(&[grant(&["aws:iam:PassRole"], "arn:aws:iam::1:role/web"), run]).is_empty());
    }

    #[test]
    fn every_resource_of_a_kind_is_as_wide_as_a_star() {
        let code = |on| ways(&[grant(&["aws:lambda:UpdateFunctionCode"], on)]).len();
        assert_eq!(code("arn:aws:lambda:*:*:function:*"), 1);
        assert_eq!(code("arn:aws:lambda:eu-west-1:123456789012:function:shop-*"), 0);
        assert_eq!(code("arn:aws:s3:::*"), 0);
        assert_eq!(ways(&[grant(&["aws:ssm:SendCommand"], "arn:aws:ec2:*:*:instance/*")]).len(), 1);
    }

    #[test]
    fn what_runs_code_as_a_passed_role_is_known_of_many_services() {
        for (actions, way) in [
            (["aws:batch:RegisterJobDefinition", "aws:batch:SubmitJob"], "pass-role-batch"),
            (["aws:states:CreateStateMachine", "aws:states:StartExecution"], "pass-role-states"),
            (["aws:apprunner:CreateService", "aws:apprunner:ListServices"], "pass-role-apprunner"),
            (["aws:scheduler:CreateSchedule", "aws:scheduler:GetSchedule"], "pass-role-scheduler"),
            (["aws:ecs:RunTask", "aws:ecs:DescribeTasks"], "pass-role-ecs-run"),
            (["aws:ssm:StartAutomationExecution", "aws:ssm:GetAutomationExecution"], "pass-role-automation"),
        ] {
            let pass = grant(&["aws:iam:PassRole"], "*");
            let open: Vec<String> = ways(&[pass, grant(&actions, "*")]).into_iter().map(|w| w.0).collect();
            assert_eq!(open, [way]);
            assert!(
                ways(&[grant(&["aws:iam:PassRole"], "arn:aws:iam::1:role/x"), grant(&actions, "*")])
                    .is_empty()
            );
        }
        assert_eq!(ways(&[grant(&["aws:sso:CreateAccountAssignment"], "*")])[0].0, "account-assignment");
        assert!(
            ways(&[grant(&["aws:sso:DescribePermissionSet", "aws:eks:CreateAccessEntry"], "*")]).is_empty()
        );
    }

    #[test]
    fn a_deny_or_a_condition_on_the_service_closes_it() {
        let run = grant(&["aws:ec2:RunInstances"], "*");
        let pass = grant(&["aws:iam:PassRole"], "*");
        let other = Ref::new("aws", "policy", [], "guard");
        let deny = Grant { effect: Effect::Deny, holder: other, ..grant(&["aws:iam:*"], "*") };
        assert!(ways(&[pass.clone(), run.clone(), deny]).is_empty());
        let passed_to = |service: &str| Condition {
            operator: "StringEquals".to_owned(),
            key: "iam:PassedToService".to_owned(),
            values: vec![Text::literal(service)],
        };
        let elsewhere = Grant { conditions: vec![passed_to("lambda.amazonaws.com")], ..pass.clone() };
        assert!(ways(&[elsewhere, run.clone()]).is_empty());
        let there = Grant { conditions: vec![passed_to("ec2.amazonaws.com")], ..pass };
        assert_eq!(ways(&[there, run]).len(), 1);
    }

    #[test]
    fn single_rights_and_full_control() {
        assert_eq!(ways(&[grant(&["aws:iam:CreatePolicyVersion"], "*")])[0].0, "new-policy-version");
        let own = grant(&["aws:iam:AttachUserPolicy"], "arn:aws:iam::1:user/${aws:username}");
        assert_eq!(ways(&[own])[0].0, "attach-policy");
        assert!(
            ways(&[grant(&["aws:iam:CreateAccessKey"], "arn:aws:iam::1:user/${aws:username}")]).is_empty()
        );
        assert!(!ways(&[grant(&["aws:iam:*"], "*")]).is_empty());
        assert!(ways(&[grant(&["aws:*:*"], "*")]).is_empty());
        assert!(!ways(&[grant(&["kubernetes:rbac.authorization.k8s.io/*:*"], "*")]).is_empty());
    }
}
