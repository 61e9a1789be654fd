//! Configurations of several files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::fact::LifetimeClass;
use crate::finding::Severity;
use crate::policy::{Selection, effective};
use crate::rule::RULES;

fn handed(files: &[(&str, &str)]) -> Vec<Extended> {
    let file = |(path, text): &(&str, &str)| Extended {
        path: (*path).to_owned(),
        bytes: Ok(text.as_bytes().to_vec()),
    };
    files.iter().map(file).collect()
}

fn policy(own: &str, files: &[(&str, &str)]) -> Result<Policy, Vec<Problem>> {
    read("hallpass.toml", own.as_bytes(), &handed(files)).and_then(Chain::policy)
}

/// `path: text pointed at: message`.
fn refused(own: &str, files: &[(&str, &str)]) -> String {
    let problem = policy(own, files).unwrap_err().remove(0);
    let text = files.iter().find(|(path, _)| *path == problem.path).map_or(own, |(_, text)| text);
    let at = problem.at.map_or("", |at| &text[at.range()]);
    format!("{}: {at}: {}", problem.path, problem.message)
}

const BASE: &str = "fail-on = \"low\"\nmin-confidence = \"medium\"\n[rules]\nignore = [\"lifetime\"]\n\
                    [rules.severity]\n\"scope/admin-grant\" = \"off\"\n\"identity/no-owner\" = \"high\"\n\
                    [ceilings]\ncloud-session = \"30 min\"\nrotation = \"10d\"\n[third-party]\napproved = [\"a/*\"]\n\
                    [[identity]]\nid = \"aws/role/*/x\"\nowner = \"them\"\n[[identity]]\nid = \"aws/role/*/y\"\n\
                    owner = \"them\"\n[[waiver]]\nrule = \"scope\"\n[[paths]]\nmatch = \"examples/*\"\n\
                    severity = { \"identity/no-owner\" = \"info\" }\n";

#[test]
fn what_the_own_file_says_wins_and_rows_are_joined() {
    let own = "extends = \"policy/base.toml\"\nfail-on = \"high\"\n[rules.severity]\n\"scope/admin-grant\" = \"critical\"\n\
               [ceilings]\ncloud-session = \"1h\"\n[third-party]\napproved = [\"b/*\"]\n[[identity]]\n\
               id = \"aws/role/*/x\"\nowner = \"us\"\n[[waiver]]\nrule = \"secret\"\n[[paths]]\nmatch = \"examples/*\"\n\
               severity = { \"identity/no-owner\" = \"low\" }\n";
    let policy = policy(own, &[("policy/base.toml", BASE)]).unwrap();
    assert_eq!(policy.fail_on(), Some(Severity::High));
    assert_eq!(policy.min_confidence(), Some(crate::finding::Confidence::Medium));
    assert_eq!(policy.severity("scope/admin-grant"), Some(Severity::Critical));
    assert_eq!(policy.severity("identity/no-owner"), Some(Severity::High));
    assert_eq!(policy.ceiling(LifetimeClass::CloudSession).error, 3_600);
    assert_eq!(policy.ceiling(LifetimeClass::Rotation).error, 864_000);
    let runs: Vec<&str> =
        policy.select(RULES, Selection::default()).unwrap().rules.iter().map(|rule| rule.meta.id).collect();
    assert!(runs.contains(&"scope/admin-grant") && !runs.iter().any(|id| id.starts_with("lifetime/")));
    let rows: Vec<(&str, &str)> = policy
        .identities()
        .iter()
        .filter_map(|row| row.owner.as_ref())
        .map(|owner| (owner.text.as_str(), policy.path_of(owner.file)))
        .collect();
    assert_eq!(rows, [("them", "policy/base.toml"), ("us", "hallpass.toml")]);
    let waivers: Vec<&str> = policy.waivers().iter().map(|row| policy.path_of(row.file)).collect();
    assert_eq!(waivers, ["policy/base.toml", "hallpass.toml"]);
    assert_eq!(policy.approved, ["a/*", "b/*"]);
    // The own row stands last, and of several rows the last one speaks.
    let rule = crate::policy::names::rule(RULES, "identity/no-owner").unwrap();
    assert_eq!(policy.at_path(rule.named(), "examples/main.tf"), Some(Some(Severity::Low)));
}

#[test]
fn lists_that_choose_rules_are_replaced_and_off_gives_way() {
    let own = "extends = [\"base.toml\"]\n[rules]\nignore = []\n";
    let base = policy(own, &[("base.toml", BASE)]).unwrap();
    assert_eq!(base.ignore, ["scope/admin-grant"]);
    let off = "extends = \"base.toml\"\n[rules.severity]\n\"identity/no-owner\" = \"off\"\n";
    let off = policy(off, &[("base.toml", BASE)]).unwrap();
    assert_eq!(off.severity("identity/no-owner"), None);
    assert!(off.ignore.iter().any(|word| word == "identity/no-owner"));
}

#[test]
fn of_several_files_the_later_one_wins_and_each_is_read_once() {
    let files = [
        ("a.toml", "extends = \"all.toml\"\nfail-on = \"high\"\n"),
        ("b.toml", "extends = \"./all.toml\"\nfail-on = \"critical\"\n"),
        ("all.toml", "fail-on = \"info\"\n[[waiver]]\nrule = \"scope\"\n"),
    ];
    let found = policy("extends = [\"a.toml\", \"b.toml\"]\n", &files).unwrap();
    assert_eq!((found.fail_on(), found.waivers().len()), (Some(Severity::Critical), 1));
    let paths: Vec<&str> = found.files().iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["hallpass.toml", "a.toml", "all.toml", "b.toml"]);
}

#[test]
fn a_path_that_leaves_the_root_is_refused_where_it_stands() {
    for path in [
        "../base.toml",
        "/etc/base.toml",
        "a/../../base.toml",
        "C:/base.toml",
        "https://x.example/b.toml",
        "",
    ] {
        let own = format!("fail-on = \"low\"\nextends = [\"{path}\"]\n");
        let told = refused(&own, &[]);
        assert!(told.starts_with(&format!("hallpass.toml: \"{path}\": it leaves the tree: ")), "{told}");
        assert!(told.ends_with("copy it into the tree"), "{told}");
    }
    let told = refused("extends = \"shared\\\\base.toml\"\n", &[]);
    assert!(told.contains("it leaves the tree: "), "{told}");
}

#[test]
fn rings_and_long_rows_end() {
    assert_eq!(
        refused("extends = \"hallpass.toml\"\n", &[]),
        "hallpass.toml: \"hallpass.toml\": this file extends itself; take the path away"
    );
    let ring = [("a.toml", "extends = \"b.toml\"\n"), ("b.toml", "extends = [\"hallpass.toml\"]\n")];
    assert_eq!(
        refused("extends = \"a.toml\"\n", &ring),
        "b.toml: \"hallpass.toml\": files extend each other in a ring: hallpass.toml, a.toml, b.toml and this one \
         again; take one of the paths away"
    );
    let names: Vec<String> = (0..20).map(|n| format!("{n}.toml")).collect();
    let texts: Vec<String> = (1..21).map(|n| format!("extends = \"{n}.toml\"\n")).collect();
    let row: Vec<(&str, &str)> = names.iter().zip(&texts).map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert!(refused("extends = \"0.toml\"\n", &row).contains("more than 8 files extend each other in a row"));
    let many: Vec<String> = (0..40).map(|n| format!("\"{n}.toml\"")).collect();
    let texts: Vec<String> = (0..40).map(|n| format!("{n}.toml")).collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|path| (path.as_str(), "")).collect();
    let told = refused(&format!("extends = [{}]\n", many.join(", ")), &files);
    assert!(told.contains("a configuration of more than 32 files"), "{told}");
}

#[test]
fn what_is_not_at_hand_is_asked_for_and_what_cannot_be_read_is_an_error() {
    let own = "extends = [\"a.toml\", \"b.toml\"]\n";
    let asked = |files: &[(&str, &str)]| {
        let chain = read("hallpass.toml", own.as_bytes(), &handed(files)).unwrap();
        chain.wanted().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(asked(&[]), ["a.toml", "b.toml"]);
    assert_eq!(asked(&[("a.toml", "extends = \"c.toml\"\n")]), ["b.toml", "c.toml"]);
    assert!(refused(own, &[]).contains("`a.toml` is extended here and was not handed over"));
    let lost = Extended { path: "a.toml".to_owned(), bytes: Err("it does not exist".to_owned()) };
    let problem = read("hallpass.toml", own.as_bytes(), &[lost]).unwrap_err().remove(0);
    assert_eq!(
        problem.message,
        "`a.toml` cannot be read: it does not exist; put the file there, or take the path away"
    );
    let wrong = refused("extends = \"a.toml\"\n", &[("a.toml", "fail-onn = 1\n")]);
    assert!(wrong.starts_with("a.toml: fail-onn: unknown key `fail-onn`"), "{wrong}");
    let empty = refused("extends = \"pyproject.toml\"\n", &[("pyproject.toml", "[project]\n")]);
    assert!(empty.contains("has no table `tool.hallpass`"), "{empty}");
}

#[test]
fn a_python_project_extends_and_is_extended() {
    let files = [("base.toml", "fail-on = \"low\"\n")];
    let own = "[tool.hallpass]\nextends = \"base.toml\"\n";
    let found = read("pyproject.toml", own.as_bytes(), &handed(&files)).and_then(Chain::policy).unwrap();
    assert_eq!(found.fail_on(), Some(Severity::Low));
    let files = [("lib/pyproject.toml", "[tool.hallpass]\nfail-on = \"high\"\n")];
    let found = policy("extends = \"lib/pyproject.toml\"\n", &files).unwrap();
    assert_eq!(found.fail_on(), Some(Severity::High));
}

#[test]
fn a_mandatory_rule_stays_out_of_reach_of_what_is_extended() {
    let base = "[rules]\nignore = [\"governance/not-checked\"]\n";
    assert!(refused("extends = \"base.toml\"\n", &[("base.toml", base)]).contains("is mandatory"));
}

#[test]
fn every_value_in_force_has_the_file_that_says_it() {
    let own = "extends = \"base.toml\"\nfail-on = \"high\"\n[ceilings]\ncloud-session = { warn = \"1h\", error = \"2h\" }\n\
               [third-party]\napproved = [\"b/*\"]\n[[identity]]\nid = \"aws/role/*/x\"\nowner = \"us\"\n";
    let files = handed(&[("base.toml", BASE)]);
    let settings = effective(Some(("hallpass.toml", own.as_bytes())), &files).unwrap();
    let shown = |key: &str| {
        let rows = settings.iter().filter(|s| s.key == key);
        rows.map(|s| (s.value.as_str(), s.at.as_ref().map_or("default", |at| at.path.as_str())))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown("fail-on"), [("\"high\"", "hallpass.toml")]);
    assert_eq!(shown("min-confidence"), [("\"medium\"", "base.toml")]);
    assert_eq!(shown("ceilings.cloud-session"), []);
    assert_eq!(shown("ceilings.cloud-session.warn"), [("\"1h\"", "hallpass.toml")]);
    assert_eq!(shown("third-party.approved"), [("[\"a/*\"]", "base.toml"), ("[\"b/*\"]", "hallpass.toml")]);
    assert_eq!(shown("waiver.1.rule"), [("\"scope\"", "base.toml")]);
    let owners: Vec<&str> = settings
        .iter()
        .filter(|s| s.key.starts_with("identity.") && s.key.ends_with(".owner"))
        .map(|s| s.value.as_str())
        .collect();
    assert_eq!(owners, ["\"them\"", "\"us\""]);
    assert_eq!(shown("rules.select"), [("[]", "default")]);
}
