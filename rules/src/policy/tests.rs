//! `hallpass.toml` as users write it, right and wrong.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::rule::Rule;

/// The problems of a file: the text they point at, and the message.
fn problems(text: &str) -> Vec<(String, String)> {
    Policy::read("hallpass.toml", text.as_bytes())
        .map(|_| ())
        .unwrap_err()
        .into_iter()
        .map(|p| (text[p.at.unwrap().range()].to_owned(), p.message))
        .collect()
}

fn owned(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn a_whole_file_is_read() {
    let text = r#"
fail-on = "high"
min-confidence = "medium"

[rules]
ignore = ["third-party"]

[ceilings]
cloud-session = { warn = "30 min", error = "1h" }
standing-key = "30d"
workload-token = 600
waiver = "30d"

[third-party]
approved = ["actions/*", "oci/image/registry.example/*"]

[[identity]]
id = "aws/role/*/deploy"
owner = "team-release"
purpose = "deploys the shop"
expires = 2027-01-31
review-by = "2026-12-01"
used-in = [".github/workflows/deploy.yml"]

[[waiver]]
rule = "lifetime"
fingerprint = "0123"
owner = "team-release"
reason = "until the partner moves"
expires = 2027-01-31

[[plugin]]
path = "./policy/acme.wasm"
sha256 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"#;
    let policy = Policy::read("hallpass.toml", text.as_bytes()).unwrap();
    assert_eq!(policy.fail_on(), Some(Severity::High));
    assert_eq!(policy.min_confidence(), Some(Confidence::Medium));
    assert_eq!(policy.ceiling(LifetimeClass::CloudSession), Ceiling { warn: 1_800, error: 3_600 });
    assert_eq!(policy.ceiling(LifetimeClass::StandingKey), Ceiling { warn: 2_592_000, error: 2_592_000 });
    assert_eq!(policy.ceiling(LifetimeClass::WorkloadToken), Ceiling { warn: 600, error: 600 });
    assert_eq!(policy.ceiling(LifetimeClass::Rotation).error, 31_536_000, "the default");
    assert_eq!((policy.waiver_days(false), policy.waiver_days(true)), (30, 7));
    let approved =
        |platform: &str, kind: &str, name: &str| policy.approves_ref(&Ref::new(platform, kind, [], name));
    assert!(approved("github", "action", "actions/checkout"));
    assert!(approved("oci", "image", "registry.example/app"));
    assert!(!approved("github", "action", "evil/actions"));
    let row = &policy.identities()[0];
    assert_eq!(
        (row.is.to_string().as_str(), row.owner.as_ref().unwrap().text.as_str()),
        ("aws/role/*/deploy", "team-release")
    );
    assert_eq!(&text[row.id.span.range()], "\"aws/role/*/deploy\"");
    let waiver = &policy.waivers()[0];
    assert_eq!(waiver.expires.as_ref().unwrap().text, "2027-01-31");
    assert_eq!(policy.plugins()[0].path, "policy/acme.wasm");
    assert_eq!(policy.plugins()[0].sha256, "a".repeat(64));
}

#[test]
fn an_unknown_key_names_its_neighbour_and_every_problem_is_told_at_once() {
    let text = "fail-on = \"hgih\"\n[ceilling]\na = 1\n[rules]\nselct = []\n[rules.severity]\n\"x/y\" = 3\n\
                [third-party]\napproved = \"actions/*\"\n[[identity]]\nowner = \"o\"\n[[waiver]]\nexpires = true\n";
    let found = problems(text);
    let messages: Vec<&str> = found.iter().map(|(_, m)| m.as_str()).collect();
    assert_eq!(
        messages,
        [
            "`hgih` is not a value of `fail-on`, did you mean `high`; it takes `info`, `low`, `medium`, `high`, `critical`",
            "unknown key `ceilling`, did you mean `ceilings`?",
            "unknown key `selct` in `rules`, did you mean `select`?",
            "`rules.severity.x/y` takes `off`, `info`, `low`, `medium`, `high`, `critical`, not a whole number",
            "`third-party.approved` takes a list, not a text",
            "`identity` needs a key `id`",
            "`waiver.expires` takes a date such as 2027-01-31, not true or false",
        ]
    );
    assert_eq!(found[0].0, "\"hgih\"");
    assert_eq!(found[1].0, "ceilling");
    assert_eq!(found[2].0, "selct");
}

#[test]
fn values_are_checked_where_they_stand() {
    let text = "[rules]\nignore = [\"lifetme\"]\n[ceilings]\ncloud-session = \"1 fortnight\"\n\
                standing-key = { warn = \"2d\", error = \"1d\" }\nwaiver = \"1h\"\n[[identity]]\nid = \"deploy\"\n\
                owner = \"t\"\nexpires = \"31.1.2027\"\n[[plugin]]\npath = \"../x.wasm\"\nsha256 = \"abc\"\n";
    let found = problems(text);
    let expected = owned(&[
        ("\"lifetme\"", "`lifetme` is no rule and no class, did you mean `lifetime`?"),
        (
            "\"1 fortnight\"",
            "not a duration; write `\"90d\"`, `\"1h\"` or `\"45 min\"`, with its unit, or a number of seconds above 0 without quotes",
        ),
        ("{ warn = \"2d\", error = \"1d\" }", "`warn` must not be longer than `error`"),
        ("\"1h\"", "not a number of whole days; write `\"90d\"`"),
        (
            "\"deploy\"",
            "not a reference; write platform/kind/scope/name, e.g. `aws/role/*/deploy` or \
             `kubernetes/ServiceAccount/shop/deploy`",
        ),
        ("\"31.1.2027\"", "not a date; write 2027-01-31"),
        ("\"../x.wasm\"", "a plugin's path is relative to the root and stays inside it, with `/`"),
        ("\"abc\"", "not a SHA-256 digest: 64 hex digits; `hallpass plugin inspect FILE` prints it"),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn a_key_that_is_misspelt_is_one_mistake() {
    for (text, expected) in [
        (
            "[[plugin]]\npth = \"a.wasm\"\nsha256 = \"\"\n",
            ("pth", "unknown key `pth` in `plugin`, did you mean `path`?"),
        ),
        (
            "[ceilings]\ncloud-session = { wran = \"1h\", error = \"2h\" }\n",
            ("wran", "unknown key `wran` in `ceilings.cloud-session`, did you mean `warn`?"),
        ),
        (
            "[[identity]]\nid = \"aws/role/*/x\"\nscopes = [{ scop = \"s3:*\", why = \"w\" }]\n",
            ("scop", "unknown key `scop` in `identity.scopes`, did you mean `scope`?"),
        ),
    ] {
        assert_eq!(problems(text), owned(&[expected]), "{text}");
    }
}

#[test]
fn what_a_row_cannot_mean_is_refused() {
    let row = |rest: &str| format!("[[identity]]\nid = \"aws/role/*/x\"\n{rest}\n");
    let duration = "not a duration; write `\"90d\"`";
    for (text, at, message) in [
        (row("rotation = \"90\""), "\"90\"", duration),
        ("[ceilings]\nrotation = \"90\"\n".to_owned(), "\"90\"", duration),
        (
            row("expires = \"2027-02-29\""),
            "\"2027-02-29\"",
            "no day of the calendar: that year has no 29 February",
        ),
        (
            row("expires = \"2027-04-31\""),
            "\"2027-04-31\"",
            "no day of the calendar: that month ends on 2027-04-30",
        ),
        (
            row("used-in = [\"ci/[ab].yml\"]"),
            "\"ci/[ab].yml\"",
            "`?`, `[…]`, `{…}` and a leading `!` mean nothing here",
        ),
        (
            "[[paths]]\nmatch = \"[\"\n".to_owned(),
            "\"[\"",
            "`?`, `[…]`, `{…}` and a leading `!` mean nothing here",
        ),
        (
            row("").replace("role", "rol"),
            "\"aws/rol/*/x\"",
            "`rol` is no kind of `aws`, did you mean `role`?",
        ),
        (row("kind = \"User\""), "\"User\"", "the id says `role`, and this `user`; one of them is wrong"),
        (
            row(&row("owner = \"other\"")),
            "\"aws/role/*/x\"",
            "two rows have the id `aws/role/*/x`, this one and that at 2:6; make them one",
        ),
    ] {
        let found = problems(&text);
        assert!(
            matches!(&found[..], [(place, said)] if place == at && said.starts_with(message)),
            "{text}\n{found:?}"
        );
    }
    for fine in [
        row("rotation = 7776000"),
        row("kind = \"IAM role\"\nrotation = \"90 d\""),
        row("").replace("role/*", "role"),
        row("").replace("aws/role", "aws/quite-another"),
        row("").replace("aws/role", "somewhere/rol"),
    ] {
        assert_eq!(Policy::read("hallpass.toml", fine.as_bytes()).err(), None, "{fine}");
    }
}

#[test]
fn a_file_that_is_not_toml_says_where() {
    let found = problems("[rules\nselect = 3\n");
    assert!(found[0].1.starts_with("not TOML: "), "{found:?}");
    let binary = Policy::read("hallpass.toml", b"a = \xff").unwrap_err();
    assert_eq!(binary[0].at, Some(ByteSpan::at(4)));
}

#[test]
fn an_incomplete_waiver_is_no_reason_to_stop() {
    let policy = Policy::read("hallpass.toml", b"[[waiver]]\nexpires = \"soon\"\n").unwrap();
    assert_eq!(policy.waivers()[0].expires.as_ref().unwrap().text, "soon");
    assert!(policy.waivers()[0].owner.is_none());
}

#[test]
fn a_configuration_does_not_touch_a_mandatory_rule() {
    let id = "governance/not-checked";
    for text in [
        "[rules]\nignore = [\"governance/not-checked\"]\n",
        "[rules.severity]\n\"governance/not-checked\" = \"off\"\n",
        "[rules.severity]\n\"governance/not-checked\" = \"low\"\n",
    ] {
        let found = problems(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1.starts_with("`governance/not-checked` is mandatory"), "{found:?}");
    }
    let runs = |text: &str, select: &[&str], ignore: &[&str]| {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let policy = Policy::read("hallpass.toml", text.as_bytes()).unwrap();
        let (select, ignore) = (words(select), words(ignore));
        let by = Selection { select: &select, ignore: &ignore, ..Selection::default() };
        let chosen = policy.select(crate::rule::RULES, by).unwrap();
        chosen.rules.iter().map(|rule| rule.meta.id).collect::<Vec<_>>()
    };
    for text in ["[rules]\nignore = [\"governance\"]\n", "[rules]\nselect = [\"secret\"]\n"] {
        let ids = runs(text, &[], &[]);
        assert!(ids.contains(&id) && !ids.contains(&"governance/waiver-unused"), "{text}: {ids:?}");
        assert!(!runs(text, &[], &[id]).contains(&id), "the command line may");
        assert!(runs(text, &[], &["governance"]).contains(&id), "but by its name");
        let told = "governance/guardrail-weakened";
        assert_eq!(runs(text, &["scope/admin-grant"], &[]), ["scope/admin-grant", told]);
        assert!(runs(text, &[], &[told]).contains(&told), "the command line is part of a change");
    }
    let raised = "[rules.severity]\n\"governance/not-checked\" = \"high\"\n";
    assert_eq!(Policy::read("hallpass.toml", raised.as_bytes()).unwrap().severity(id), Some(Severity::High));
}

#[test]
fn a_misspelt_rule_on_the_command_line_is_refused() {
    let select = ["governace".to_owned()];
    let by = Selection { select: &select, ..Selection::default() };
    let error = Policy::default().select(crate::rule::RULES, by).unwrap_err();
    assert_eq!(error[0].message, "`governace` is no rule and no class, did you mean `governance`?");
}

#[test]
fn the_schema_names_every_section() {
    let schema = schema();
    let sections: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(
        sections,
        [
            "ceilings",
            "detectors",
            "extends",
            "fail-on",
            "floor",
            "identity",
            "min-confidence",
            "paths",
            "people",
            "plugin",
            "policy",
            "preview",
            "registry",
            "rules",
            "third-party",
            "waiver"
        ]
    );
    assert_eq!(schema["additionalProperties"], false);
    assert!(!schema.to_string().contains("$ref"), "the shape check follows no references");
}

#[test]
fn a_python_project_holds_the_policy_in_a_table_of_its_own() {
    let text =
        "[project]\nname = \"shop\"\n[tool.ruff]\nline-length = 99\n[tool.hallpass]\nfail-on = \"low\"\n";
    let policy = Policy::read("pyproject.toml", text.as_bytes()).unwrap();
    assert_eq!(policy.fail_on(), Some(Severity::Low));
    let problems =
        Policy::read("pyproject.toml", text.replace("fail-on", "fail-onn").as_bytes()).unwrap_err();
    assert!(problems[0].message.contains("did you mean `fail-on`?"), "{problems:?}");
    let at = problems[0].at.unwrap();
    assert_eq!(at.start as usize, text.find("fail-on").unwrap());
    assert_eq!(Policy::read("pyproject.toml", b"[project]\nname = \"shop\"\n").unwrap().fail_on(), None);
    // A file of ours knows nothing of other tools.
    assert!(Policy::read("hallpass.toml", text.as_bytes()).is_err());
}

/// Rules of which the first is in preview.
fn previewed() -> &'static [Rule] {
    static RULES: std::sync::LazyLock<Vec<Rule>> = std::sync::LazyLock::new(|| {
        let of = crate::rule::RULES.iter().take(3).enumerate();
        of.map(|(at, rule)| Rule {
            meta: crate::rule::Meta { preview: at == 0, mandatory: false, ..rule.meta },
            ..*rule
        })
        .collect()
    });
    &RULES
}

#[test]
fn a_rule_in_preview_runs_where_it_is_asked_for() {
    let rules = previewed();
    let first = rules[0].meta.id;
    let class = rules[0].meta.class();
    let runs = |text: &str, select: &[&str], ignore: &[&str], preview: bool| {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let (select, ignore) = (words(select), words(ignore));
        let policy = Policy::read("hallpass.toml", text.as_bytes()).unwrap();
        let by = Selection { select: &select, ignore: &ignore, preview, ..Selection::default() };
        policy.select(rules, by).unwrap_or_default().rules.iter().any(|rule| rule.meta.id == first)
    };
    let selected = format!("[rules]\nselect = [\"{first}\"]\n");
    assert!(!runs("", &[], &[], false));
    assert!(!runs("", &[class], &[], false), "its class does not name it");
    assert!(!runs(&format!("[rules.severity]\n\"{first}\" = \"high\"\n"), &[], &[], false));
    assert!(runs("", &[], &[], true));
    assert!(runs("", &[first], &[], false));
    assert!(runs(&selected, &[], &[], false));
    assert!(runs("preview = true\n", &[], &[], false));
    assert!(!runs("preview = true\n", &[], &[first], false));
    assert!(!runs(
        "preview = true\n[rules]\nignore = [\"x\"]\n".replace('x', class).as_str(),
        &[],
        &[],
        false
    ));
}

#[test]
fn another_name_of_a_rule_is_taken_and_told_once() {
    let text = "[rules]\nignore = [\"lifetime/personal-access-token\"]\n[rules.severity]\n\
                \"third-party/typosquatting\" = \"low\"\n[[paths]]\nmatch = \"a/*\"\n\
                ignore = [\"lifetime/personal-access-token\"]\n[[waiver]]\nrule = \"third-party/typosquatting\"\n";
    let policy = Policy::read("hallpass.toml", text.as_bytes()).unwrap();
    let ids: Vec<&str> = policy
        .select(crate::rule::RULES, Selection::default())
        .unwrap()
        .rules
        .iter()
        .map(|rule| rule.meta.id)
        .collect();
    assert!(!ids.contains(&"lifetime/personal-token"));
    assert_eq!(policy.severity("third-party/imitated-name"), Some(Severity::Low));
    let told: Vec<(&str, &str)> =
        policy.remarks().iter().map(|r| (&text[r.at.unwrap().range()], r.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (
                "\"lifetime/personal-access-token\"",
                "`lifetime/personal-access-token` is called `lifetime/personal-token`; write that"
            ),
            (
                "\"third-party/typosquatting\"",
                "`third-party/typosquatting` is called `third-party/imitated-name`; write that"
            ),
        ]
    );
    let twice = "[rules.severity]\n\"third-party/typosquatting\" = \"low\"\n\
                 \"third-party/imitated-name\" = \"high\"\n";
    assert!(problems(twice)[0].1.starts_with("`third-party/imitated-name` stands twice"));
}
