#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::fact::{Body, Case, Effect, Fact, Known, Match, Principal};
use crate::span::{ByteSpan, Source};
use serde_json::Value;

/// A datum from JSON text; every value stands somewhere else.
fn datum(json: &str) -> Datum {
    fn convert(value: &Value, next: &mut usize) -> Datum {
        *next += 10;
        let at = Source::new(FileId(0), ByteSpan::new(*next, *next + 5));
        let value = match value {
            Value::Null => Known::Null,
            Value::Bool(b) => Known::Bool(*b),
            Value::Number(n) => Known::Number(n.to_string()),
            Value::String(s) => Known::Text(Text::literal(s.clone())),
            Value::Array(items) => Known::List(items.iter().map(|i| convert(i, next)).collect()),
            Value::Object(map) => Known::Map(
                map.iter().map(|(k, v)| (Text::literal(k.clone()), at, convert(v, next))).collect(),
            ),
        };
        Datum::new(at, value)
    }
    convert(&serde_json::from_str(json).unwrap(), &mut 0)
}

fn lowered(policy: &Datum, trust: bool) -> (Vec<Fact>, usize) {
    let unit = Unit { key: String::new(), files: Vec::new(), ..Unit::default() };
    let mut out = Lowering::new(&unit);
    let holder = Ref::new("aws", "role", [Text::literal("1")], "app");
    if trust {
        lower_trust(&mut out, ContextId(0), &holder, policy);
    } else {
        lower_policy(&mut out, ContextId(0), &holder, policy);
    }
    (out.facts.facts, out.unknown.len())
}

/// Facts as text: what a reader of the policy would say.
fn said(policy: &Datum, trust: bool) -> Vec<String> {
    lowered(policy, trust).0.iter().map(line).collect()
}

fn line(fact: &Fact) -> String {
    let list = |texts: &[Text]| texts.iter().map(Text::to_string).collect::<Vec<_>>().join(" ");
    let who = |to: &[Principal]| {
        to.iter()
            .map(|p| match p {
                Principal::Anyone => "anyone".to_owned(),
                Principal::AnyAccount => "any account".to_owned(),
                Principal::Entity(entity) => entity.to_string(),
                Principal::Service(name) => format!("service {name}"),
                Principal::Issuer(host) => format!("issuer {host}"),
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    let suffix = if fact.lesser { " (lesser)" } else { "" };
    match &fact.body {
        Body::Grant(g) => format!(
            "{}{} {} on{} {}{}{}{suffix}",
            if g.effect == Effect::Allow { "allow" } else { "deny" },
            if g.actions_except { " all but" } else { "" },
            list(&g.actions),
            if g.resources_except { " all but" } else { "" },
            list(&g.resources),
            if g.principals.is_empty() { String::new() } else { format!(" to {}", who(&g.principals)) },
            g.conditions
                .iter()
                .map(|c| format!(" if {} {} {}", c.operator, c.key, list(&c.values)))
                .collect::<String>(),
        ),
        Body::Trust(t) => format!(
            "{} opens to {}{}{}{suffix}",
            t.opens,
            who(&t.to),
            t.claims
                .iter()
                .map(|c| match &c.matches {
                    Match::Exact(text) => format!(", {} is {text}", c.claim),
                    Match::Glob(text) => format!(", {} like {text}", c.claim),
                    Match::Any => format!(", {} anything", c.claim),
                    Match::Expression(text) => format!(", {} by {text}", c.claim),
                })
                .collect::<String>(),
            t.conditions.iter().map(|c| format!(" if {} {}", c.operator, c.key)).collect::<String>(),
        ),
        other => panic!("unexpected {other:?}"),
    }
}

#[test]
fn statements_become_grants_whatever_their_form() {
    let policy = datum(
        r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Allow", "Action": ["s3:Get*", "iam:PassRole"], "Resource": "arn:aws:s3:::logs/*"},
            {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:iam::1:role/x"}
        ]}"#,
    );
    assert_eq!(
        said(&policy, false),
        [
            "allow aws:*:* on *",
            "allow aws:s3:Get* aws:iam:PassRole on arn:aws:s3:::logs/*",
            "deny all but aws:iam:* on all but arn:aws:iam::1:role/x",
        ]
    );
    let single = datum(r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#);
    assert_eq!(said(&single, false), ["allow aws:s3:* on *"]);
}

#[test]
fn principals_are_told_apart() {
    let policy = datum(
        r#"{"Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "x",
             "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}},
            {"Effect": "Allow", "Principal": {"AWS": ["123456789012", "arn:aws:iam::210987654321:root",
                "arn:aws:iam::1:role/path/to/app", "arn:aws:sts::1:assumed-role/app/session"],
                "Service": "ec2.amazonaws.com"}, "Action": "s3:GetObject", "Resource": "x"},
            {"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::1:user/eve"}, "Action": "s3:*",
             "Resource": "x"}
        ]}"#,
    );
    assert_eq!(
        said(&policy, false),
        [
            "allow aws:s3:GetObject on x to anyone if IpAddress aws:SourceIp 10.0.0.0/8",
            "allow aws:s3:GetObject on x to aws/account/123456789012, aws/account/210987654321, \
             aws/role/1/app, aws/role/1/app, service ec2.amazonaws.com",
            "allow aws:s3:* on x to anyone if NotPrincipal principal arn:aws:iam::1:user/eve",
        ]
    );
}

#[test]
fn a_trust_policy_states_the_claims_it_asks_for() {
    let policy = datum(
        r#"{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated":
                "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
            "Condition": {
                "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
                "ForAnyValue:StringLike": {"token.actions.githubusercontent.com:sub":
                    ["repo:acme/shop:*", "*"]},
                "Bool": {"aws:SecureTransport": "true"}}}]}"#,
    );
    assert_eq!(
        said(&policy, true),
        ["aws/role/1/app opens to issuer token.actions.githubusercontent.com, \
          subject like repo:acme/shop:*, subject anything, audience is sts.amazonaws.com \
          if Bool aws:SecureTransport"]
    );
}

#[test]
fn a_star_that_signs_in_is_any_account_and_an_external_id_is_a_condition() {
    let policy = datum(
        r#"{"Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"},
             "Condition": {"StringEquals": {"sts:ExternalId": "x"}}},
            {"Effect": "Allow", "Action": "sts:TagSession", "Principal": {"AWS": "*"}},
            {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": "*"}]}"#,
    );
    assert_eq!(
        said(&policy, true),
        [
            "aws/role/1/app opens to any account if StringEquals sts:ExternalId",
            "deny aws:sts:AssumeRole on  to anyone",
        ]
    );
}

#[test]
fn an_exact_subject_beside_a_pattern_decides() {
    let policy = datum(
        r#"{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/gitlab.com"},
            "Condition": {"StringLike": {"gitlab.com:sub": "project_path:acme/*"},
                          "StringEquals": {"gitlab.com:sub": "project_path:acme/shop:ref_type:branch:ref:main"}}}]}"#,
    );
    assert_eq!(
        said(&policy, true),
        [
            "aws/role/1/app opens to issuer gitlab.com, subject is project_path:acme/shop:ref_type:branch:ref:main"
        ]
    );
}

#[test]
fn alternatives_become_facts_with_a_case_and_point_at_the_literal() {
    let at = |start: usize| Source::new(FileId(0), ByteSpan::new(start, start + 3));
    let text = |start, text: &str| Datum::new(at(start), Known::Text(Text::literal(text)));
    let mut action = Datum::new(
        at(50),
        Known::OneOf {
            of: vec![
                (text(900, "s3:GetObject"), Case::of("var.action", "default"), true),
                (text(950, "*"), Case::of("var.action", "prod"), false),
            ],
            open: true,
        },
    );
    action.via = vec![at(50)];
    let entry = |key: &str, value: Datum| (Text::literal(key), at(1), value);
    let statement = Datum::new(
        at(40),
        Known::Map(vec![
            entry("Effect", text(41, "Allow")),
            entry("Action", action),
            entry("Resource", text(60, "*")),
        ]),
    );
    let policy = Datum::new(at(30), Known::Map(vec![entry("Statement", statement)]));
    let (facts, unknown) = lowered(&policy, false);
    assert_eq!(
        facts.iter().map(line).collect::<Vec<_>>(),
        ["allow aws:s3:GetObject on *", "allow aws:*:* on * (lesser)"]
    );
    assert_eq!(facts[1].at.span, at(950).span);
    assert_eq!(facts[1].when, Case::of("var.action", "prod"));
    let related: Vec<_> = facts[1].at.related.iter().map(|r| r.source.span.start).collect();
    assert_eq!(related, [40, 50]);
    assert_eq!(unknown, 0);
}

#[test]
fn what_is_not_known_is_a_hole_and_reported() {
    let at = Source::default();
    let mut policy = datum(r#"{"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}"#);
    let Known::Map(entries) = &mut policy.value else { panic!() };
    let Known::List(items) = &mut entries[0].2.value else { panic!() };
    items.push(Datum::unknown(at, Why::Variable("extra".to_owned())));
    let (facts, unknown) = lowered(&policy, false);
    assert_eq!((facts.len(), unknown), (1, 1));
    assert_eq!(lowered(&Datum::unknown(at, Why::Variable("policy".to_owned())), false).1, 1);
}

#[test]
fn arns_with_holes_still_name_their_role() {
    let mut arn = Text::literal("arn:aws:iam::");
    arn.push_hole(Why::Variable("account".to_owned()));
    arn.push(":role/team/deploy");
    let role = arn_reference(&arn).unwrap();
    assert_eq!(role.name.known(), Some("deploy"));
    assert_eq!(role.to_string(), "aws/role/${account}/deploy");
    assert!(arn_reference(&Text::literal("deploy")).is_none());
}

#[test]
fn a_trust_that_names_every_action_is_a_grant_too() {
    let policy = |who: &str| {
        datum(&format!(
            r#"{{"Statement": [{{"Effect": "Allow", "Action": "*", "Principal": {{"{who}"}}}}]}}"#
        ))
    };
    assert_eq!(
        said(&policy(r#"Service": "ec2.amazonaws.com"#), true),
        [
            "aws/role/1/app opens to service ec2.amazonaws.com",
            "allow aws:*:* on  to service ec2.amazonaws.com"
        ]
    );
    assert_eq!(said(&policy(r#"AWS": "*"#), true), ["aws/role/1/app opens to any account"]);
}

#[test]
fn a_policy_that_bounds_what_others_give_grants_nothing() {
    let policy = datum(r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#);
    let unit = Unit::default();
    for (given, kind) in [(false, "permissions-boundary"), (true, "policy")] {
        let mut out = Lowering::new(&unit);
        let holder = policy_ref("limit");
        lower_policy(&mut out, ContextId(0), &holder, &policy);
        if given {
            let to = Ref::new("aws", "role", [Text::literal("1")], "app");
            let link = crate::fact::Link { from: holder.clone(), to, kind: LinkKind::Attaches };
            out.state(ContextId(0), Source::default(), Body::Link(link));
        }
        bound(&mut out, &[Text::literal("arn:aws:iam::123456789012:policy/limit"), Text::literal("other")]);
        let Body::Grant(grant) = &out.facts.facts[0].body else { panic!() };
        assert_eq!(grant.holder.kind, kind);
    }
}

#[test]
fn a_policy_of_an_organisation_is_known_by_what_it_is_called() {
    let all = r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    let named =
        r#"{"Statement": [{"Sid": "FullAWSAccess", "Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    for (path, text, expected) in [
        ("org/FullAWSAccess.json", all, true),
        ("service_control_policies/base.json", all, true),
        ("scp/base.json", all, true),
        ("org/base-scp.json", all, true),
        ("base.json", named, true),
        ("scripts/base.json", all, false),
        ("policies/admin.json", all, false),
    ] {
        let bytes: std::sync::Arc<[u8]> = std::sync::Arc::from(text.as_bytes());
        let file = SourceFile::read(FileId(0), path, bytes, true);
        let node = file.document.nodes().first().unwrap();
        assert_eq!(organization::is_organization_policy(node, path), expected, "{path}");
    }
}

#[test]
fn a_policy_alone_may_be_yaml() {
    let policy = |action: &str| {
        format!(
            "Version: '2012-10-17'\nStatement:\n  - Effect: Allow\n    Action: '{action}'\n    Resource: '*'\n"
        )
    };
    let said = |text: &str| crate::dialect::told::findings(&[("policy.yaml", text)]);
    assert_eq!(said(&policy("*")), ["3 scope/admin-grant"]);
    assert!(said(&policy("s3:ListAllMyBuckets")).is_empty());
    assert!(said("Statement: [{Effect: none}]\n").is_empty());
}

#[test]
fn what_statements_open_together_is_one_finding() {
    let policy = |statements: &[(&str, &str, &str)]| {
        let all: Vec<String> = statements
            .iter()
            .map(|(effect, action, on)| {
                format!(r#"{{"Effect": "{effect}", "Action": "{action}", "Resource": "{on}"}}"#)
            })
            .collect();
        let text = format!("{{\"Version\": \"2012-10-17\", \"Statement\": [\n{}\n]}}", all.join(",\n"));
        let mut said = crate::dialect::told::findings(&[("policy.json", &text)]);
        said.retain(|line| line.contains("scope/"));
        said
    };
    let (pass, make, run) = ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction");
    let parts = [("Allow", pass, "*"), ("Allow", make, "*"), ("Allow", run, "*")];
    assert_eq!(policy(&parts), ["2 scope/privilege-escalation"]);
    // What is no part of it speaks for itself.
    assert_eq!(policy(&parts[..1]), ["2 scope/wildcard-grant"]);
    let more = [parts[0], parts[1], parts[2], ("Allow", "dynamodb:*", "*")];
    assert_eq!(policy(&more), ["2 scope/privilege-escalation", "5 scope/wildcard-grant"]);
    // What a statement gives and another takes back is nothing.
    assert!(policy(&[("Allow", "*", "*"), ("Deny", "*", "*")]).is_empty());
    assert_eq!(policy(&[("Allow", "*", "*"), ("Deny", "s3:*", "*")]), ["2 scope/admin-grant"]);
}
