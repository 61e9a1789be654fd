//! `scope/federated-admin`: an identity that another system's tokens open, and that may do everything.

use std::collections::BTreeMap;

use crate::fact::{Grant, Principal, Ref, Sameness, Trust};
use crate::finding::{Confidence, Severity};
use crate::rule::analysis::grants::{Admin, admin, by_default};
use crate::rule::analysis::holdings::{self, Equal};
use crate::rule::analysis::trust::{Reach, issuers, reach};
use crate::rule::{At, Verdicts, World};

/// What is compared before anything else: platform, kind and name, as written.
type Key = (String, String, String);

/// A grant that amounts to full control, and what it amounts to.
type Held<'a> = (At<'a>, &'static Admin);

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let federated = |trust: &Trust| trust.to.iter().any(|p| matches!(p, Principal::Issuer(_)));
    let trusts: Vec<(At<'_>, &Trust)> = world.trusts().filter(|(_, trust)| federated(trust)).collect();
    if trusts.is_empty() {
        return;
    }
    let mut administrators: BTreeMap<Key, Vec<(&Ref, Held<'_>)>> = BTreeMap::new();
    for (holder, holding) in holdings::by_holder(world, Equal::First) {
        let full = |(at, grant): &(At<'_>, &Grant)| !by_default(at) && admin(grant).is_some();
        for (at, grant) in holding.into_iter().filter(full) {
            if let Some(row) = admin(grant) {
                administrators.entry(key(holder)).or_default().push((holder, (at, row)));
            }
        }
    }
    for (at, trust) in trusts {
        let held = administrators.get(&key(&trust.opens));
        // What stands beside the trust before what stands elsewhere.
        let found = held.into_iter().flatten().filter_map(|(holder, held)| {
            let sure = same(&at, trust, holder, held)?;
            Some((sure, held))
        });
        match found
            .max_by_key(|(sure, (at, row))| (*sure, row.severity, std::cmp::Reverse((at.unit, at.fact.id))))
        {
            Some((sure, held)) => report(&at, trust, held, sure, out),
            None => out.pass(&at, "no grant of full control to this identity is known"),
        }
    }
}

fn key(is: &Ref) -> Key {
    (is.platform.clone(), is.kind.clone(), is.name.to_string())
}

/// Whether the identity that is opened holds the grant: nothing where it does not, else whether that is sure.
fn same(at: &At<'_>, trust: &Trust, holder: &Ref, (held, _): &Held<'_>) -> Option<bool> {
    let together = at.unit == held.unit;
    // A name that is not known says something only within its own unit.
    if trust.opens.name.has_hole() {
        return (together && trust.opens == *holder).then_some(true);
    }
    match trust.opens.sameness(holder) {
        Sameness::No => None,
        Sameness::Same => Some(true),
        Sameness::May(_) => Some(together),
    }
}

fn report(at: &At<'_>, trust: &Trust, (held, row): &Held<'_>, sure: bool, out: &mut Verdicts<'_>) {
    let (whose, severity) = whose(trust);
    let message = format!(
        "{whose} may act as this identity, and a grant makes it an administrator: {} allows {}, {}; accepted: {}",
        row.label, row.allows, row.reach, row.accepted
    );
    let draft = out.report(at, message).severity(severity);
    draft.judged([trust.opens.to_string(), row.action.clone()]);
    draft.related("full control is given here", held.spot(held.place().source()));
    draft.lesser(held.fact.lesser);
    if !sure {
        draft.confidence(Confidence::Medium);
    }
}

/// Whose tokens get in, and how bad that is.
fn whose(trust: &Trust) -> (String, Severity) {
    let each = issuers(trust).map(|(host, issuer)| match issuer {
        Some(issuer) => {
            let fixed = matches!(reach(issuer, trust), Reach::Fixed | Reach::Nobody);
            let severity = if fixed { Severity::Medium } else { Severity::High };
            (format!("{} tokens", issuer.label), severity)
        }
        None => {
            let name = host.known().map_or("another system".to_owned(), |host| format!("`{host}`"));
            (format!("tokens of {name}"), Severity::High)
        }
    });
    each.max_by_key(|(_, severity)| *severity)
        .unwrap_or_else(|| ("tokens of another system".to_owned(), Severity::High))
}

#[cfg(test)]
mod tests {
    use crate::fact::{Body, ClaimMatch, ContextId, LinkKind, Match, Principal, Ref, Text, Trust, Why};
    use crate::rule::analysis::sample::{Sample, grant, judge, link, named, platform_default};

    const RULE: &str = "scope/federated-admin";
    const GITHUB: &str = "token.actions.githubusercontent.com";

    fn trust(opens: Ref, issuer: &str, subject: &str) -> Body {
        let claim = |claim: &str, text: &str| ClaimMatch {
            claim: claim.to_owned(),
            matches: Match::Glob(Text::literal(text)),
        };
        Body::Trust(Trust {
            opens,
            to: vec![Principal::Issuer(Text::literal(issuer))],
            claims: vec![claim("subject", subject), claim("audience", "sts.amazonaws.com")],
            conditions: Vec::new(),
        })
    }

    fn role(account: &str, name: &str) -> Ref {
        Ref::new("aws", "role", [Text::literal(account)], name)
    }

    /// A role that tokens with this subject open, and that may do everything.
    fn severity(issuer: &str, subject: &str) -> String {
        let mut sample = Sample::new("main.tf");
        sample.state(ContextId(0), trust(named("aws", "role", "deploy"), issuer, subject));
        sample.state(ContextId(0), grant(named("aws", "role", "deploy"), &["aws:*:*"]));
        let said = judge(RULE, &[&sample]);
        assert_eq!(said.len(), 1, "{said:?}");
        said.concat().split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_trust_that_names_whom_it_means_is_less() {
        assert_eq!(severity(GITHUB, "repo:acme/shop:environment:production"), "medium @0");
        assert_eq!(severity(GITHUB, "repo:acme/*"), "high @0");
        assert_eq!(severity("sts.example.com", "anything"), "high @0");
    }

    #[test]
    fn the_grant_may_be_that_of_a_policy_in_another_unit() {
        let (mut roles, mut rights) = (Sample::new("roles.yml"), Sample::new("rights.tf"));
        roles.state(ContextId(0), trust(role("1", "deploy"), GITHUB, "repo:acme/*"));
        let policy = || named("aws", "policy", "all");
        rights.state(ContextId(0), link(policy(), LinkKind::Attaches, role("1", "deploy")));
        rights.state(ContextId(0), grant(policy(), &["aws:*:*"]));
        assert_eq!(judge(RULE, &[&roles, &rights]).len(), 1);
        assert_eq!(judge(RULE, &[&rights, &roles]).len(), 1);
    }

    #[test]
    fn other_accounts_names_holders_and_rights_are_none() {
        for held in [
            grant(role("2", "deploy"), &["aws:*:*"]),
            grant(role("1", "other"), &["aws:*:*"]),
            grant(named("aws", "user", "deploy"), &["aws:*:*"]),
            grant(role("1", "deploy"), &["aws:s3:Get*"]),
        ] {
            let mut sample = Sample::new("main.tf");
            sample.state(ContextId(0), trust(role("1", "deploy"), GITHUB, "repo:acme/*"));
            sample.state(ContextId(0), held);
            assert!(judge(RULE, &[&sample]).is_empty());
        }
    }

    #[test]
    fn what_nobody_stated_and_whom_no_token_opens_is_left() {
        let mut sample = Sample::new("main.tf");
        sample.state(ContextId(0), trust(role("1", "deploy"), GITHUB, "repo:acme/*"));
        sample.state(ContextId(0), grant(role("1", "deploy"), &["aws:*:*"])).origin = platform_default();
        assert!(judge(RULE, &[&sample]).is_empty());
        let mut sample = Sample::new("main.tf");
        sample.state(
            ContextId(0),
            Body::Trust(Trust {
                opens: role("1", "deploy"),
                to: vec![Principal::Service(Text::literal("ec2.amazonaws.com"))],
                claims: Vec::new(),
                conditions: Vec::new(),
            }),
        );
        sample.state(ContextId(0), grant(role("1", "deploy"), &["aws:*:*"]));
        assert!(judge(RULE, &[&sample]).is_empty());
    }

    #[test]
    fn a_name_that_is_not_known_is_that_of_its_own_unit() {
        let unknown = || Ref::new("aws", "role", [], Text::hole(Why::Variable("name".to_owned())));
        let (mut one, mut other) = (Sample::new("a.tf"), Sample::new("b.tf"));
        one.state(ContextId(0), trust(unknown(), GITHUB, "repo:acme/*"));
        other.state(ContextId(0), grant(unknown(), &["aws:*:*"]));
        assert!(judge(RULE, &[&one, &other]).is_empty());
        one.state(ContextId(0), grant(unknown(), &["aws:*:*"]));
        assert_eq!(judge(RULE, &[&one, &other]).len(), 1);
    }
}
