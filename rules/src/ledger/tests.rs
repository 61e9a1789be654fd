//! Waivers meet findings: what is accepted, what is not, and why.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use jiff::civil::date;

use super::*;
use crate::finding::{Confidence, Severity, Spot, identity};
use crate::policy::Policy;
use crate::rule::RULES;
use crate::span::ByteSpan;
use crate::{Engine, Input, Settings};

const TODAY: jiff::civil::Date = date(2026, 11, 24);

/// A rule that exists and can be waived.
const RULE: &str = "identity/no-owner";

/// A finding of `rule` on `part` of the text.
fn finding(rule: &str, path: &str, text: &str, part: &str) -> Finding {
    let start = text.find(part).unwrap();
    let place_id = identity::place_id(rule, path, part);
    let content_id = identity::content_id(&[part.to_owned()], &std::collections::BTreeSet::new());
    Finding {
        rule: rule.to_owned(),
        severity: Severity::Low,
        confidence: Confidence::High,
        at: Spot { path: path.to_owned(), span: ByteSpan::new(start, start + part.len()) },
        route: part.to_owned(),
        message: part.to_owned(),
        help: None,
        related: Vec::new(),
        places: Vec::new(),
        fixes: Vec::new(),
        pending: Vec::new(),
        fingerprint: identity::fingerprint(&place_id, &content_id),
        place_id,
        content_id,
        subjects: std::collections::BTreeSet::new(),
    }
}

/// The facts of one file, its comments included.
fn unit(path: &str, text: &str) -> UnitFacts {
    let settings = Settings::on(TODAY);
    let input = Input { path: path.to_owned(), bytes: Arc::from(text.as_bytes()), member: true };
    Engine::configure(settings).unwrap().check(path, &[input]).facts
}

/// `accepted: <part>` for each waived finding, then each waiver as `<names>: used|unused <problems> <date>`.
fn settled(policy: &str, path: &str, text: &str, findings: &[Finding]) -> Vec<String> {
    let policy = Policy::read("hallpass.toml", policy.as_bytes()).unwrap();
    let ran = Ran {
        rules: RULES.iter().map(crate::rule::Rule::named).collect(),
        tools: Some(&["zizmor".to_owned()]),
        ..Ran::default()
    };
    let settled = settle(&policy, TODAY, &[unit(path, text)], findings, &ran);
    let accepted = settled.waived.iter().map(|w| {
        let part = findings.iter().find(|f| f.fingerprint == w.fingerprint).unwrap();
        format!("accepted {}", part.route)
    });
    let waivers = settled.waivers.iter().map(|w| {
        let used = if w.used { "used" } else { "unused" };
        let date = w.date.map(|d| format!(" {d:?}")).unwrap_or_default();
        format!("{}: {used} {}{date}", w.names, w.problems.join("; ")).trim_end().to_owned()
    });
    accepted.chain(waivers).collect()
}

const WHOLE: &str = "until=2026-12-31 owner=team-x reason=\"r\"";

#[test]
fn a_comment_speaks_of_its_own_line_or_of_the_next_line_of_code() {
    let text = format!(
        "a: one # hallpass: allow({RULE}) {WHOLE}\n# hallpass: allow({RULE}) {WHOLE}\n\n# another comment\nb: two\nc: three\n"
    );
    let findings = ["one", "two", "three"].map(|part| finding(RULE, "x.yaml", &text, part));
    let found = settled("", "x.yaml", &text, &findings);
    assert_eq!(found, ["accepted one", "accepted two", "identity/no-owner: used", "identity/no-owner: used"]);
}

#[test]
fn a_comment_above_a_key_speaks_of_the_block_under_it_but_not_of_what_is_in_the_block() {
    let text = format!("# hallpass: allow(identity) {WHOLE}\na:\n  b: one\n  c: two\n");
    let block = finding(RULE, "x.yaml", &text, "b: one\n  c: two");
    let inner = finding(RULE, "x.yaml", &text, "one");
    assert_eq!(
        settled("", "x.yaml", &text, &[block, inner]),
        ["accepted b: one\n  c: two", "identity: used"]
    );
}

#[test]
fn a_comment_above_a_text_of_several_lines_speaks_of_all_of_it() {
    let text = format!("# hallpass: allow(identity) {WHOLE}\nrun: |\n  first\n  second\nnext: third\n");
    let findings = ["second", "third"].map(|part| finding(RULE, "x.yaml", &text, part));
    assert_eq!(settled("", "x.yaml", &text, &findings), ["accepted second", "identity: used"]);
    let text = format!(
        "# hallpass: allow(identity) {WHOLE}\npolicy = <<-EOT\n  first\n  second\nEOT\nnext = \"third\"\n"
    );
    let findings = ["second", "third"].map(|part| finding(RULE, "x.tf", &text, part));
    assert_eq!(settled("", "x.tf", &text, &findings), ["accepted second", "identity: used"]);
}

#[test]
fn another_file_rule_or_place_is_not_meant() {
    let text = format!("# hallpass: allow({RULE}) {WHOLE}\na: one\n");
    let elsewhere = finding(RULE, "y.yaml", &text, "one");
    let other = finding("acme/other", "x.yaml", &text, "one");
    assert_eq!(settled("", "x.yaml", &text, &[elsewhere, other]), ["identity/no-owner: unused"]);
    // The same cause at a second place that nobody waived.
    let mut twice = finding(RULE, "x.yaml", &text, "one");
    twice.places.push(Spot { path: "x.yaml".to_owned(), span: ByteSpan::new(0, 1) });
    assert_eq!(settled("", "x.yaml", &text, &[twice]), ["identity/no-owner: used"]);
}

#[test]
fn another_tools_finding_is_waived_like_ours() {
    let text = format!("# hallpass: allow(zizmor/unpinned-uses) {WHOLE}\na: one\n");
    let found = finding("zizmor/unpinned-uses", "x.yaml", &text, "one");
    assert_eq!(settled("", "x.yaml", &text, &[found]), ["accepted one", "zizmor/unpinned-uses: used"]);
    assert_eq!(settled("", "x.yaml", &text, &[]), ["zizmor/unpinned-uses: unused"]);
    // It had no say in this run, so that its silence means nothing.
    let text = text.replace("zizmor", "checkov");
    assert_eq!(settled("", "x.yaml", &text, &[]), ["checkov/unpinned-uses: unused"]);
}

#[test]
fn what_lacks_something_silences_nothing() {
    for (fields, expected) in [
        ("until=2026-12-31 owner=team-x", "used it has no `reason`"),
        ("until=2026-12-31 owner=\"\" reason=r", "used it has no `owner`"),
        ("owner=team-x reason=r", "used it has no `until` date"),
        ("until=31.12.2026 owner=team-x reason=r", "used its `until` is not a date; write 2027-01-31"),
        ("until=2026-11-23 owner=team-x reason=r", "used  Past { until: 2026-11-23 }"),
        (
            "until=2027-02-23 owner=team-x reason=r",
            "used  TooFar { until: 2027-02-23, latest: 2027-02-22, days: 90 }",
        ),
        (
            "until=2026-12-02 owner=team-x reason=r break-glass",
            "used  TooFar { until: 2026-12-02, latest: 2026-12-01, days: 7 }",
        ),
    ] {
        let text = format!("# hallpass: allow({RULE}) {fields}\na: one\n");
        let findings = [finding(RULE, "x.yaml", &text, "one")];
        assert_eq!(settled("", "x.yaml", &text, &findings), [format!("{RULE}: {expected}")], "{fields}");
    }
}

/// What becomes of a comment's waiver on a day, that of a row being the same.
fn dated(today: jiff::civil::Date, until: &str, more: &str) -> String {
    let text = format!("# hallpass: allow({RULE}) until={until} owner=o reason=r {more}\na: one\n");
    let findings = [finding(RULE, "x.yaml", &text, "one")];
    let ran = Ran { rules: RULES.iter().map(crate::rule::Rule::named).collect(), ..Ran::default() };
    let state = |policy: &Policy, units: &[UnitFacts]| {
        let settled = settle(policy, today, units, &findings, &ran);
        let waiver = &settled.waivers[0];
        let why = waiver.problems.iter().map(|p| p.split_once("is ").unwrap().1.to_owned());
        let why: Vec<String> = why.chain(waiver.date.map(|date| format!("{date:?}"))).collect();
        format!("{} {}", if settled.waived.is_empty() { "told" } else { "accepted" }, why.join("; "))
            .trim()
            .to_owned()
    };
    let comment = state(&Policy::default(), &[unit("x.yaml", &text)]);
    for quote in ["\"", ""] {
        let row = format!(
            "[[waiver]]\nrule = \"{RULE}\"\nfingerprint = \"{}\"\nowner = \"o\"\nreason = \"r\"\nbreak-glass = {}\n\
             expires = {quote}{until}{quote}\n",
            findings[0].fingerprint,
            more == "break-glass"
        );
        match Policy::read("hallpass.toml", row.as_bytes()) {
            Ok(policy) => assert_eq!(state(&policy, &[]), comment, "{row}"),
            // TOML has days of its own, and knows the calendar.
            Err(problems) => {
                assert!(quote.is_empty() && problems[0].message.starts_with("not TOML"), "{problems:?}")
            }
        }
    }
    comment
}

#[test]
fn a_waiver_holds_to_the_end_of_its_last_day() {
    let on = |year, month, day| date(year, month, day);
    for (today, until, more, expected) in [
        (on(2026, 11, 24), "2026-11-24", "", "accepted"),
        (on(2026, 11, 25), "2026-11-24", "", "told Past { until: 2026-11-24 }"),
        (on(2026, 12, 31), "2026-12-31", "", "accepted"),
        (on(2027, 1, 1), "2026-12-31", "", "told Past { until: 2026-12-31 }"),
        (on(2026, 12, 31), "2027-01-01", "", "accepted"),
        // Ninety days over the end of a year, and over a leap day.
        (on(2026, 11, 24), "2027-02-22", "", "accepted"),
        (
            on(2026, 11, 24),
            "2027-02-23",
            "",
            "told TooFar { until: 2027-02-23, latest: 2027-02-22, days: 90 }",
        ),
        (on(2027, 12, 1), "2028-02-29", "", "accepted"),
        (
            on(2027, 12, 1),
            "2028-03-01",
            "",
            "told TooFar { until: 2028-03-01, latest: 2028-02-29, days: 90 }",
        ),
        (on(2028, 2, 29), "2028-02-29", "", "accepted"),
        (on(2028, 3, 1), "2028-02-29", "", "told Past { until: 2028-02-29 }"),
        (on(2026, 11, 24), "2026-12-01", "break-glass", "accepted"),
        (
            on(2026, 11, 24),
            "2026-12-02",
            "break-glass",
            "told TooFar { until: 2026-12-02, latest: 2026-12-01, days: 7 }",
        ),
        (
            on(2026, 11, 24),
            "9999-12-31",
            "",
            "told TooFar { until: 9999-12-31, latest: 2027-02-22, days: 90 }",
        ),
        (on(9999, 12, 31), "9999-12-31", "", "accepted"),
        (on(2026, 12, 1), "2027-02-29", "", "told no day of the calendar: that year has no 29 February"),
        (on(2026, 12, 1), "2026-12-32", "", "told no day of the calendar: that month ends on 2026-12-31"),
        (
            on(2026, 12, 1),
            "2026-12-31T23:59:59Z",
            "",
            "told not a date alone: a day is whole and has no hour; write 2026-12-31",
        ),
        (
            on(2026, 12, 1),
            "2026-12-31T00:00:00+14:00",
            "",
            "told not a date alone: a day is whole and has no hour; write 2026-12-31",
        ),
    ] {
        assert_eq!(dated(today, until, more), expected, "{today} {until} {more}");
    }
}

#[test]
fn a_row_hides_nothing_with_other_content() {
    let text = "a: one\nb: two\n";
    let accepted = finding(RULE, "x.yaml", text, "one");
    let mut other = accepted.clone();
    other.content_id = identity::content_id(&["another".to_owned()], &std::collections::BTreeSet::new());
    other.fingerprint = identity::fingerprint(&other.place_id, &other.content_id);
    let row = format!(
        "[[waiver]]\nrule = \"{RULE}\"\nfingerprint = \"{}\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2026-12-31\n",
        accepted.fingerprint
    );
    assert_eq!(settled(&row, "x.yaml", text, &[other]), ["identity/no-owner: unused"]);
}

#[test]
fn what_cannot_be_waived_is_not() {
    let text = format!(
        "# hallpass: allow(governance/not-checked) {WHOLE}\na: one\n# hallpass: allow(governance) {WHOLE}\nb: two\n"
    );
    let findings = ["one", "two"].map(|part| finding("governance/not-checked", "x.yaml", &text, part));
    assert_eq!(
        settled("", "x.yaml", &text, &findings),
        ["governance/not-checked: used `governance/not-checked` cannot be waived", "governance: used"]
    );
}

#[test]
fn a_row_is_bound_to_the_fingerprint() {
    let text = "a: one\nb: two\n";
    let findings = ["one", "two"].map(|part| finding(RULE, "x.yaml", text, part));
    let row = |print: &str| {
        format!(
            "[[waiver]]\nrule = \"{RULE}\"\nfingerprint = \"{print}\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2026-12-31\n"
        )
    };
    let policy = row(&findings[1].fingerprint);
    assert_eq!(settled(&policy, "x.yaml", text, &findings), ["accepted two", "identity/no-owner: used"]);
    let stale = row(&"0".repeat(32));
    assert_eq!(settled(&stale, "x.yaml", text, &findings), ["identity/no-owner: unused"]);
    let wrong = row("123");
    assert_eq!(
        settled(&wrong, "x.yaml", text, &findings),
        ["identity/no-owner: unused its `fingerprint` is not 32 hex digits"]
    );
}

#[test]
fn prose_holds_no_waivers() {
    let text = format!("# hallpass: allow({RULE}) {WHOLE}\none\n");
    assert!(settled("", "README.md", &text, &[]).is_empty());
    assert_eq!(settled("", "notes.env", &text, &[]).len(), 1);
}

#[test]
fn registry_rows_are_facts_of_the_configuration_file() {
    let text = "[[identity]]\nid = \"aws/role/*/deploy\"\nowner = \"team-release\"\npurpose = \"deploys\"\n";
    let policy = Policy::read("hallpass.toml", text.as_bytes()).unwrap();
    let units = registry_facts(&policy);
    assert_eq!(units[0].files, ["hallpass.toml"]);
    let fact = &units[0].facts[0];
    assert_eq!(fact.at.route.0, "identity/[aws/role/*/deploy]");
    assert_eq!(&text[fact.at.span.range()], "\"aws/role/*/deploy\"");
    assert_eq!(fact.origin, crate::fact::Origin::Declared);
    let crate::fact::Body::Identity(identity) = &fact.body else { unreachable!() };
    assert_eq!(identity.is.to_string(), "aws/role/*/deploy");
    assert!(!identity.created && identity.owner.is_some() && identity.purpose.is_some());
    assert!(registry_facts(&Policy::default()).is_empty());
}

/// Why the waiver of a rule is idle, if it is.
fn idle(policy: &str, rule: &str, ran: &Ran<'_>) -> Option<String> {
    let row = format!(
        "{policy}[[waiver]]\nrule = \"{rule}\"\nfingerprint = \"{}\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2026-12-31\n",
        "0".repeat(32)
    );
    let policy = Policy::read("hallpass.toml", row.as_bytes()).unwrap();
    let settled = settle(&policy, TODAY, &[], &[], ran);
    settled.waivers[0].idle.clone()
}

#[test]
fn a_waiver_of_what_does_not_run_is_idle() {
    let off = format!("[rules]\nignore = [\"{RULE}\"]\n");
    let class = RULE.split('/').next().unwrap();
    let without = |policy: &str, rule: &str| idle(policy, rule, &Ran { tools: Some(&[]), ..Ran::default() });
    let why = "its rule does not run: the policy leaves it out, or does not ask for it";
    assert_eq!(without(&off, RULE).as_deref(), Some(why));
    let other = if class == "scope" { "secret" } else { "scope" };
    assert_eq!(without(&format!("[rules]\nselect = [\"{other}\"]\n"), RULE).as_deref(), Some(why));
    assert_eq!(without(&format!("[rules.severity]\n\"{RULE}\" = \"off\"\n"), RULE).as_deref(), Some(why));
    let whole = format!("[rules]\nignore = [\"{class}\"]\n");
    assert!(without(&whole, class).unwrap().starts_with("no rule of that class runs"));
    assert_eq!(without(&off, class), None);
    assert_eq!(without("", RULE), None);
    // The command line asks for it.
    let chosen = RULES.iter().map(crate::rule::Rule::named).filter(|rule| rule.id == RULE).collect();
    assert_eq!(idle(&off, RULE, &Ran { chosen, ..Ran::default() }), None);
    let foreign = without("", "x/y").unwrap();
    assert!(foreign.starts_with("no rule has that name, and no report of `x` is imported"), "{foreign}");
    assert_eq!(idle("", "x/y", &Ran { tools: Some(&["x".to_owned()]), ..Ran::default() }), None);
    assert_eq!(idle("", "x/y", &Ran::default()), None, "unsure findings were left out");
    let module = format!("[[plugin]]\npath = \"a.wasm\"\nsha256 = \"{}\"\n", "0".repeat(64));
    assert_eq!(without(&module, "x/y"), None);
}
