#![allow(clippy::unwrap_used)] // tests

use jiff::civil::date;
use serde_json::{Value as Json, json};

use crate::fact::{Fact, UnitFacts};
use crate::policy::{Policy, Selection};
use crate::rule::{RULES, World, declared};

/// A policy of one row.
fn row(rest: &str) -> String {
    format!("[[policy]]\nid = \"mine\"\nseverity = \"high\"\nmessage = \"said\"\n{rest}\n")
}

fn policy(text: &str) -> Policy {
    Policy::read("hallpass.toml", text.as_bytes()).unwrap_or_else(|problems| panic_of(text, &problems))
}

#[allow(clippy::panic)]
fn panic_of(text: &str, problems: &[crate::policy::Problem]) -> Policy {
    panic!("{text}\n{problems:#?}")
}

/// What is wrong with a row: `line:column message`.
fn wrong(rest: &str) -> Vec<String> {
    let text = row(rest);
    let problems = Policy::read("hallpass.toml", text.as_bytes()).err().unwrap_or_default();
    let place = |at: usize| {
        let before = &text[..at];
        let line = before.matches('\n').count() + 1;
        (line, at - before.rfind('\n').map_or(0, |at| at + 1) + 1)
    };
    let said = |p: crate::policy::Problem| {
        let (line, column) = place(p.at.unwrap().start as usize);
        format!("{line}:{column} {}", p.message)
    };
    problems.into_iter().map(said).collect()
}

/// A unit of one fact in a job in a file.
fn unit(body: &Json) -> UnitFacts {
    let place = json!({"file": 0, "span": {"start": 0, "end": 1}, "route": "jobs/a"});
    let mut fact = json!({"id": 0, "at": place, "origin": "stated", "within": 1});
    fact.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    let context = |id: u32, parent: Json, kind: &str, rest: Json| {
        let mut context = json!({"id": id, "parent": parent, "order": 0, "kind": kind, "name": "a", "at": place,
                                 "needs_complete": false});
        context.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        context
    };
    let tier = json!({"tier": {"known": {"value": "production", "source": source(5)}}});
    let contexts = json!([context(0, Json::Null, "file", tier), context(1, json!(0), "job", json!({}))]);
    let fact: Fact = serde_json::from_value(fact).unwrap();
    UnitFacts {
        version: "1".to_owned(),
        files: vec!["infra/a.yml".to_owned()],
        contexts: serde_json::from_value(contexts).unwrap(),
        facts: vec![fact],
        notes: Vec::new(),
    }
}

fn source(start: u32) -> Json {
    json!({"file": 0, "span": {"start": start, "end": start + 1}})
}

fn known(value: Json) -> Json {
    json!({"known": {"value": value, "source": source(7)}})
}

fn unknown() -> Json {
    json!({"unknown": {"why": {"kind": "variable", "what": "x"}, "source": source(8)}})
}

fn entity(platform: &str, kind: &str, name: &str) -> Json {
    json!({"platform": platform, "kind": kind, "name": [{"literal": name}]})
}

fn hole() -> Json {
    json!({"hole": {"kind": "variable", "what": "x"}})
}

fn credential(lifetime: Json) -> Json {
    json!({"fact": "credential", "is": entity("github", "secret", "NPM_TOKEN"), "issuer": "npm", "kind": "token",
           "title": "npm token", "storage": "store-reference", "lifetime": lifetime, "class": "standing-key",
           "evidence": "not-verifiable", "scope": [{"literal": "publish:"}, hole()]})
}

/// What the row says of a fact; nothing where it says nothing.
fn said_of(text: &str, body: &Json) -> Vec<(String, u32, bool)> {
    let policy = policy(text);
    let units = [unit(body)];
    let world = World::of(&units, &policy, date(2026, 11, 24));
    let rows = policy.rules().iter().map(AsRef::as_ref);
    let judged = declared::judge(rows, &world, false);
    let drafts = judged.into_iter().flat_map(|(_, verdicts)| verdicts.drafts);
    drafts.map(|d| (d.message, d.at.span.start, d.lesser)).collect()
}

/// Whether conditions on a fact hold.
fn holds(body: &Json, conditions: &str) -> bool {
    let name = body["fact"].as_str().unwrap();
    !said_of(&row(&format!("body = \"{name}\"\n[policy.where]\n{conditions}")), body).is_empty()
}

/// Whether an exception lets a fact be.
fn excepts(body: &Json, conditions: &str) -> bool {
    let name = body["fact"].as_str().unwrap();
    said_of(&row(&format!("body = \"{name}\"\nunless = {{ {conditions} }}")), body).is_empty()
}

#[test]
fn operators_of_a_credential() {
    let one = credential(known(json!({"max-age": {"seconds": 7_776_000, "renewable": false}})));
    for (conditions, expected) in [
        ("issuer = \"npm\"", true),
        ("issuer = \"n*\"", true),
        ("issuer = [\"aws\", \"npm\"]", true),
        ("issuer.is = \"aws\"", false),
        ("issuer.not = \"aws\"", true),
        ("issuer.not = [\"aws\", \"npm\"]", false),
        ("storage = [\"literal\", \"store-reference\"]", true),
        ("storage.not = \"store-reference\"", false),
        ("lifetime = \"max-age\"", true),
        ("lifetime.max-age.seconds = \"90d\"", true),
        ("lifetime.max-age.seconds.under = \"90d\"", false),
        ("lifetime.max-age.renewable = false", true),
        ("lifetime.over = \"89d\"", true),
        ("lifetime.over = \"90d\"", false),
        ("lifetime = { over = \"30d\", under = \"1y\" }", true),
        ("lifetime.expires.before = \"today\"", false),
        ("is = \"github/secret/*\"", true),
        ("is.name = \"NPM_*\"", true),
        ("\"is.platform\" = \"github\"", true),
        ("ca = false", true),
        ("ca.not = false", false),
        ("detector.present = false", true),
        ("detector.present = true", false),
        ("detector.not = \"x\"", true),
        ("detector = \"x\"", false),
        ("rotation.present = false", true),
        ("within.tier = \"production\"", true),
        ("within.kind = \"job\"", true),
        ("within.environment.present = false", true),
        ("origin = \"stated\"", true),
        ("scope.present = true", true),
        ("scope = \"publish:*\"", true),
        ("scope = \"publish:all\"", false),
        ("scope.not = \"publish:all\"", false),
        ("scope.not = \"read:*\"", true),
        ("scope.unknown = true", true),
        ("issuer.unknown = false", true),
    ] {
        assert_eq!(holds(&one, conditions), expected, "{conditions}");
    }
}

#[test]
fn a_finding_stands_at_the_first_value_of_its_own_that_is_asked_about() {
    let one = credential(known(json!("unbounded")));
    let at = |conditions: &str| {
        said_of(&row(&format!("body = \"credential\"\n[policy.where]\n{conditions}")), &one)[0].1
    };
    assert_eq!(at("issuer = \"npm\""), 0);
    assert_eq!(at("within.tier = \"production\""), 0);
    assert_eq!(at("within.tier = \"production\"\nlifetime = \"unbounded\""), 7);
}

#[test]
fn lifetimes_and_dates_are_held_against_today() {
    let expires = credential(known(json!({"expires": "2026-12-24"})));
    for (conditions, expected) in [
        ("lifetime.over = \"29d\"", true),
        ("lifetime.over = \"30d\"", false),
        ("lifetime.expires.before = \"today+31d\"", true),
        ("lifetime.expires.after = \"today\"", true),
        ("lifetime.expires = 2026-12-24", true),
        ("lifetime.expires.after = \"2026-12-24\"", false),
    ] {
        assert_eq!(holds(&expires, conditions), expected, "{conditions}");
    }
    let whole = |lifetime: Json| credential(known(lifetime));
    assert!(holds(&whole(json!("unbounded")), "lifetime.over = \"100y\""));
    assert!(!holds(&whole(json!({"bound-to": "job"})), "lifetime.over = 1"));
    assert!(holds(&whole(json!({"bound-to": "job"})), "lifetime.under = 1"));
    assert!(!holds(&whole(json!({"platform-default": {"seconds": null}})), "lifetime.under = 1"));
    assert!(!holds(&whole(json!({"platform-default": {"seconds": null}})), "lifetime.over = 1"));
}

#[test]
fn what_is_unknown_is_neither_this_nor_that_nor_absent() {
    let one = credential(unknown());
    for conditions in [
        "lifetime = \"unbounded\"",
        "lifetime.not = \"unbounded\"",
        "lifetime.over = 1",
        "lifetime.under = \"100y\"",
        "lifetime.present = true",
        "lifetime.present = false",
    ] {
        assert!(!holds(&one, conditions), "{conditions}");
        assert!(!excepts(&one, conditions), "{conditions}");
    }
    assert!(holds(&one, "lifetime.unknown = true"));
    assert!(excepts(&one, "lifetime.unknown = true"));
}

#[test]
fn a_finding_rests_on_one_alternative_and_an_exception_on_all() {
    let alternative = |seconds: u64, default: bool, at: u32, case: &str| {
        json!({"value": {"max-age": {"seconds": seconds, "renewable": false}}, "source": source(at),
               "case": {"env": case}, "default": default})
    };
    let of = |open: bool| {
        let of = [alternative(60, true, 20, "dev"), alternative(7_200, false, 30, "prod")];
        credential(json!({"one-of": {"of": of, "open": open}}))
    };
    let over = row("body = \"credential\"\nwhere.lifetime.over = \"1h\"");
    assert_eq!(said_of(&over, &of(false)), [("said".to_owned(), 30, true)]);
    let under = row("body = \"credential\"\nwhere.lifetime.under = \"1h\"");
    assert_eq!(said_of(&under, &of(false)), [("said".to_owned(), 20, false)]);
    assert!(!excepts(&of(false), "lifetime.under = \"1h\""));
    assert!(excepts(&of(false), "lifetime.under = \"3h\""));
    assert!(!excepts(&of(true), "lifetime.under = \"3h\""), "something else is possible");
    // Alternatives of two fields that cannot meet.
    let mut one = of(false);
    one["rotation"] = json!({"one-of": {"open": false, "of": [
        {"value": 100, "source": source(40), "case": {"env": "dev"}, "default": true},
        {"value": 900, "source": source(41), "case": {"env": "prod"}, "default": false}]}});
    assert!(holds(&one, "lifetime.over = \"1h\"\nrotation.over = 800"));
    assert!(!holds(&one, "lifetime.over = \"1h\"\nrotation.under = 800"));
}

#[test]
fn lists_are_asked_about_their_items() {
    let grant = |actions: Json| {
        json!({"fact": "grant", "holder": entity("aws", "role", "deploy"), "effect": "allow", "actions": actions,
               "resources": [[{"literal": "*"}]],
               "conditions": [{"operator": "StringEquals", "key": "aws:SourceArn", "values": [[{"literal": "x"}]]}]})
    };
    let one = grant(json!([[{"literal": "aws:s3:Get*"}], [{"literal": "aws:iam:*"}]]));
    for (conditions, expected) in [
        ("actions = \"aws:iam:*\"", true),
        ("actions.any = \"aws:s3:*\"", true),
        ("actions.all = \"aws:s3:*\"", false),
        ("actions.all = \"aws:*\"", true),
        ("actions.none = \"aws:kms:*\"", true),
        ("actions.any.covers = \"aws:iam:PassRole\"", true),
        ("actions.any.covers = \"aws:kms:Decrypt\"", false),
        ("actions.any.not = \"aws:s3:*\"", true),
        ("actions.present = true", true),
        ("resources = '\\*'", true),
        ("resources.all = '\\*'", true),
        ("principals.present = false", true),
        ("principals.any = \"anyone\"", false),
        ("principals.all = \"anyone\"", false),
        ("principals.none = \"anyone\"", true),
        ("conditions.any = { key = \"aws:SourceArn\" }", true),
        ("conditions.any = { key = \"aws:SourceArn\", operator = \"ArnLike\" }", false),
        ("conditions.none = { key = \"aws:PrincipalOrgID\" }", true),
        ("conditions.any.values.any = \"x\"", true),
        ("effect = \"allow\"", true),
        ("approval = \"none\"", true),
        ("actions_except = false", true),
        ("holder.kind = \"role\"", true),
    ] {
        assert_eq!(holds(&one, conditions), expected, "{conditions}");
    }
    let partly = grant(json!([[{"literal": "aws:"}, hole(), {"literal": ":*"}]]));
    assert!(!holds(&partly, "actions.any.covers = \"aws:iam:PassRole\""));
    assert!(!excepts(&partly, "actions.none.covers = \"aws:iam:PassRole\""));
    assert!(excepts(&partly, "actions.none.covers = \"gcp:x\""));
}

#[test]
fn every_body_can_be_asked() {
    let trust = json!({"fact": "trust", "opens": entity("aws", "role", "r"), "to": ["any-account",
        {"issuer": [{"literal": "token.actions.githubusercontent.com"}]}],
        "claims": [{"claim": "subject", "matches": {"glob": [{"literal": "repo:o/*"}]}}]});
    assert!(holds(
        &trust,
        "to = \"any-account\"\nclaims.any = { claim = \"subject\", matches.glob = \"repo:*\" }"
    ));
    assert!(holds(&trust, "to.any.issuer = \"token.*\""));
    assert!(holds(&trust, "claims.none = { claim = \"audience\" }"));
    let identity = json!({"fact": "identity", "is": entity("aws", "user", "ci"), "kind": "user", "name": "named",
        "created": true, "owner": known(json!([{"literal": "team-a"}]))});
    assert!(holds(&identity, "created = true\nowner = \"team-*\"\npurpose.present = false"));
    assert!(!holds(&identity, "owner.present = false"));
    let endpoint = json!({"fact": "endpoint", "is": entity("aws", "url", "f"), "kind": "function URL",
        "auth": known(json!([["iam"], []])), "reach": known(json!("internet"))});
    assert!(holds(&endpoint, "auth.any.present = false\nreach = \"internet\""));
    assert!(holds(&endpoint, "auth.any.any = \"iam\""));
    let component = json!({"fact": "component", "is": entity("github", "action", "o/a"), "kind": "action",
        "pin": {"tag": [{"literal": "v4"}]}, "first_party": false});
    assert!(holds(&component, "pin = { is = [\"tag\", \"moving\"], tag = \"v*\" }\nfirst_party = false"));
    let flow = json!({"fact": "flow", "what": {"one": entity("github", "secret", "T")},
        "to": {"login": {"platform": "aws", "service": "x"}}});
    assert!(holds(&flow, "to.is = \"login\"\nto.login.platform = \"aws\"\nwhat.one.name = \"T\""));
    let need =
        json!({"fact": "need", "action": [{"literal": "github:id-token:write"}], "because": "it logs in"});
    assert!(holds(&need, "action = \"github:*\""));
    let safeguard = json!({"fact": "safeguard", "kind": "debug-trace", "on": known(json!(true))});
    assert!(holds(&safeguard, "kind = \"debug-trace\"\non = true"));
    assert!(!holds(&safeguard, "on = false"));
    let link = json!({"fact": "link", "from": entity("github", "job", "a"), "to": entity("aws", "role", "r"),
        "kind": "acts-as"});
    assert!(holds(&link, "kind = \"acts-as\"\nto = \"aws/role/*\""));
}

#[test]
fn messages_show_what_stands_in_the_fact() {
    let text = "[[policy]]\nid = \"mine\"\nbody = \"credential\"\nseverity = \"low\"\n\
                message = \"{title} ({is}) works for {lifetime}, scope {scope}, {{{storage}}}, {detector}, {within.tier}\"\n";
    let one = credential(known(json!({"max-age": {"seconds": 7_200, "renewable": false}})));
    let said = said_of(text, &one);
    assert_eq!(
        said.first().map(|said| said.0.as_str()),
        Some(
            "npm token (github/secret/NPM_TOKEN) works for 2 h, scope publish:${x}, {store-reference}, none, production"
        )
    );
    let said = said_of(text, &credential(unknown()));
    assert!(said[0].0.contains("works for unknown"), "{said:?}");
}

#[test]
fn a_mistake_is_told_with_its_place_and_the_nearest_name() {
    for (rest, expected) in [
        (
            "body = \"credental\"",
            "5:8 `credental` is not a value of `policy.body`, did you mean `credential`; it takes",
        ),
        (
            "body = \"grant\"\nwhere.acions = \"x\"",
            "6:7 a `grant` fact has no field `acions`, did you mean `actions`?",
        ),
        (
            "body = \"credential\"\nwhere.is.plattform = \"x\"",
            "6:10 `is` has no field `plattform`, did you mean `platform`?",
        ),
        (
            "body = \"credential\"\nwhere.storage = \"litteral\"",
            "6:17 `litteral` is no value of `storage`, did you mean `literal`; there are",
        ),
        (
            "body = \"credential\"\nwhere.issuer.over = \"1d\"",
            "6:14 `over` does not go with `issuer`, which is a text; it takes `is`, `not`",
        ),
        (
            "body = \"credential\"\nwhere.issuer.nott = \"1d\"",
            "6:14 `nott` cannot be asked of `issuer`, did you mean `not`?",
        ),
        ("body = \"credential\"\nwhere.lifetime.over = \"long\"", "6:23 not a duration"),
        ("body = \"credential\"\nwhere.not_before.before = \"soon\"", "6:27 not a date"),
        ("body = \"credential\"\nwhere.ca = \"yes\"", "6:12 not `true`, nor `false`"),
        ("body = \"grant\"\nwhere.conditions.key = \"x\"", "6:18 `key` cannot be asked of `conditions`"),
        (
            "body = \"grant\"\nwhere = { \"conditions.key\" = \"x\" }",
            "6:11 `conditions` is a list: ask about its items",
        ),
        ("body = \"credential\"\nwhere.is.scope = []", "6:18 an empty list"),
        ("body = \"credential\"\nwhere = {}", "6:9 it asks nothing, so that every credential is a finding"),
        ("body = \"credential\"\nunless = {}", "6:10 an exception that asks nothing excepts everything"),
        (
            "body = \"credential\"\nwhere.secret.present = true",
            "6:7 a `credential` fact has no field `secret`",
        ),
        (
            "body = \"credential\"\nhelp = \"see {tittle}\"",
            "6:8 a `credential` fact has no field `tittle` to name in a message, did you mean `title`?",
        ),
        ("body = \"credential\"\nhelp = \"see {title\"", "6:8 a brace without its other half"),
        ("body = \"trust\"\nhelp = \"{claims}\"", "6:8 `claims` is a list of tables"),
        ("body = \"link\"\npaths = [\"/etc/*\"]", "6:10 not a pattern of paths"),
        ("body = \"link\"\nwher = 1", "6:1 unknown key `wher` in `policy`, did you mean `where`?"),
    ] {
        let said = wrong(rest);
        assert!(said.iter().any(|said| said.starts_with(expected)), "{rest}\n{said:#?}\n{expected}");
    }
    for id in ["Mine", "-a", "a--b", "1a", "a_b", ""] {
        let text = row("body = \"link\"").replace("\"mine\"", &format!("\"{id}\""));
        let problems = Policy::read("hallpass.toml", text.as_bytes()).unwrap_err();
        assert!(problems[0].message.starts_with("not an id"), "{id}: {problems:?}");
    }
    let twice = row("body = \"link\"").repeat(2);
    let problems = Policy::read("hallpass.toml", twice.as_bytes()).unwrap_err();
    assert!(problems[0].message.contains("two rows have the id `mine`"), "{problems:?}");
}

#[test]
fn selectors_know_the_rows() {
    let text = format!("{}[rules]\nignore = [\"policy/mine\"]\n", row("body = \"link\""));
    let ids = |text: &str, select: &[String]| {
        let selected = policy(text).select(RULES, Selection { select, ..Selection::default() });
        selected.map(|selected| selected.named().map(|rule| rule.id.to_owned()).collect::<Vec<_>>())
    };
    assert!(!ids(&text, &[]).unwrap().contains(&"policy/mine".to_owned()));
    assert!(ids(&row("body = \"link\""), &[]).unwrap().contains(&"policy/mine".to_owned()));
    for word in ["policy/mine", "policy"] {
        let alone = ids(&text, &[word.to_owned()]).unwrap();
        assert!(alone.contains(&"policy/mine".to_owned()) && alone.len() < 5, "{alone:?}");
    }
    let unknown = ids(&text, &["policy/mein".to_owned()]).unwrap_err();
    assert!(unknown[0].message.ends_with("did you mean `policy/mine`?"), "{unknown:?}");
    let text = text.replace("policy/mine", "policy/mien");
    let problems = Policy::read("hallpass.toml", text.as_bytes()).unwrap_err();
    assert!(
        problems[0].at.is_some() && problems[0].message.contains("did you mean `policy/mine`?"),
        "{problems:?}"
    );
}

#[test]
fn a_row_that_asks_less_speaks_of_as_much() {
    let read = |rest: &str| policy(&row(rest)).rules()[0].clone();
    let base = "body = \"credential\"\nwhere = { issuer = \"npm\", storage = \"literal\" }\n";
    let was = read(&format!("{base}unless = [{{ ca = true }}]"));
    for (rest, expected) in [
        (format!("{base}unless = [{{ ca = true }}]"), true),
        (base.to_owned(), true),
        ("body = \"credential\"\nwhere.issuer = \"npm\"".to_owned(), true),
        (format!("{base}unless = [{{ ca = true, issuer = \"npm\" }}]"), true),
        (format!("{base}unless = [{{ ca = true }}, {{ issuer = \"npm\" }}]"), false),
        (format!("{base}paths = [\"infra/*\"]"), false),
        (base.replace("npm", "aws"), false),
        (
            base.replace("credential\"", "credential\"\nwhere.kind = \"x\"").replace(
                "where = { issuer = \"npm\", storage = \"literal\" }",
                "where.issuer = \"npm\"\nwhere.storage = \"literal\"",
            ),
            false,
        ),
    ] {
        assert_eq!(read(&rest).speaks_wherever(&was), expected, "{rest}");
    }
}
