//! Where the policy is found, what stands over it, and `hallpass config show`.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::Repository;

const OPEN: &str =
    "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";
const PATH: &str = ".github/workflows/a.yml";
const OFF: &str = "[rules]\nignore = [\"scope/admin-grant\"]\n";
const PLACES: [&str; 4] =
    ["hallpass.toml", ".hallpass.toml", ".config/hallpass.toml", ".github/hallpass.toml"];

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

/// Itself the root of a repository, so that no place is needed to find it.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write(PATH, OPEN);
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder
}

fn within(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    binary().run_within(folder.path(), arguments, b"", variables)
}

/// `value origin` of a key of `config show`.
fn shown(run: &Run, key: &str) -> Vec<String> {
    let report = run.json();
    let rows = report["settings"].as_array().unwrap().clone();
    rows.iter()
        .filter(|row| row["key"] == key)
        .map(|row| {
            let origin = &row["origin"];
            let from = match origin["kind"].as_str().unwrap() {
                "file" => format!("{}:{}", origin["path"].as_str().unwrap(), origin["line"]),
                "default" => "default".to_owned(),
                _ => origin["name"].as_str().unwrap().to_owned(),
            };
            format!("{} {from}", row["value"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn one_of_several_places_holds_the_policy() {
    assert_eq!(binary().run(folder().path(), ["check"]).code, 1);
    for place in PLACES {
        let folder = folder();
        folder.write(place, OFF);
        assert_eq!(binary().run(folder.path(), ["check"]).code, 0, "{place}");
        assert_eq!(binary().run(folder.path(), ["check", PATH]).code, 0, "{place}");
        folder.write("pyproject.toml", "[project]\nname = \"shop\"\n");
        assert_eq!(binary().run(folder.path(), ["check"]).code, 0, "{place}");
        folder.write("pyproject.toml", "[tool.hallpass]\nfail-on = \"low\"\n");
        let two = binary().run(folder.path(), ["check"]);
        assert_eq!(two.code, 2, "{place}");
        assert!(two.err.contains(&format!("{place} and pyproject.toml both hold a policy")), "{}", two.err);
        assert_eq!(binary().run(folder.path(), ["check", "--config", place]).code, 0, "{place}");
    }
    let python = folder();
    python.write("pyproject.toml", "[tool.hallpass.rules]\nignore = [\"scope/admin-grant\"]\n");
    assert_eq!(binary().run(python.path(), ["check"]).code, 0);
    python.write("pyproject.toml", "[tool.hallpass]\nfail-onn = 1\n");
    let wrong = binary().run(python.path(), ["check"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("pyproject.toml:2:1: unknown key `fail-onn`"), "{}", wrong.err);
}

#[test]
fn a_policy_of_a_folder_below_has_no_say() {
    let folder = folder();
    folder.write("vendor/hallpass.toml", OFF);
    folder.write("vendor/.hallpass.toml", OFF);
    assert_eq!(binary().run(folder.path(), ["check", "vendor", PATH]).code, 1);
}

#[test]
fn the_place_of_the_base_governs() {
    let repository = Repository::new();
    repository.commit(1, &[("a.txt", "a\n"), (".github/hallpass.toml", "fail-on = \"critical\"\n")]);
    repository.git(1, &["checkout", "-q", "-b", "change"]);
    repository.commit(2, &[(PATH, OPEN), (".github/hallpass.toml", ""), (".hallpass.toml", OFF)]);
    let run = |more: &[&str]| {
        binary().run(repository.path(), [&["check", "--base", "main", "--report", "json"], more].concat())
    };
    let governed = run(&[]);
    assert_eq!(governed.code, 0, "{}", governed.err);
    assert!(governed.out.contains("scope/admin-grant"), "{}", governed.out);
    assert!(!run(&["--trust-head"]).out.contains("\"scope/admin-grant\""));
}

#[test]
fn variables_stand_for_options() {
    let folder = folder();
    let check = |variables: &[(&str, &str)]| within(&folder, &["check"], variables).code;
    assert_eq!(check(&[("HALLPASS_FAIL_ON", "critical")]), 0);
    assert_eq!(check(&[("HALLPASS_FAIL_ON", "")]), 1);
    assert_eq!(check(&[("HALLPASS_FAIL_ON", "loud")]), 2);
    assert_eq!(check(&[("HALLPASS_IGNORE", "scope/admin-grant,lifetime")]), 0);
    assert_eq!(check(&[("HALLPASS_STRICT", "1"), ("HALLPASS_BASE", ""), ("HALLPASS_JOBS", "")]), 1);
    assert_eq!(check(&[("HALLPASS_STRICT", "perhaps")]), 2);
    let both = within(&folder, &["check", "--fail-on", "low"], &[("HALLPASS_FAIL_ON", "critical")]);
    assert_eq!(both.code, 1);
    folder.write("policy.toml", OFF);
    assert_eq!(check(&[("HALLPASS_CONFIG", "policy.toml")]), 0);
    let report = within(&folder, &["check"], &[("HALLPASS_REPORT", "json")]);
    assert_eq!(report.findings(), ["scope/admin-grant .github/workflows/a.yml:2"]);
}

#[test]
fn the_configuration_in_force_is_shown_with_its_origins() {
    let folder = folder();
    folder.write("hallpass.toml", "fail-on = \"low\"\n\n[ceilings]\ncloud-session = \"2h\"\n");
    let show = |more: &[&str], variables: &[(&str, &str)]| {
        within(&folder, &[&["config", "show", "--json"], more].concat(), variables)
    };
    let plain = show(&[], &[]);
    assert_eq!(plain.code, 0, "{}", plain.err);
    assert_eq!(shown(&plain, "fail-on"), ["\"low\" hallpass.toml:1"]);
    assert_eq!(shown(&plain, "ceilings.cloud-session"), ["\"2h\" hallpass.toml:4"]);
    assert_eq!(shown(&plain, "rules.ignore"), ["[] default"]);
    assert_eq!(shown(&plain, "(file)"), ["\"hallpass.toml\" default"]);
    let over =
        show(&["--ignore", "secret"], &[("HALLPASS_FAIL_ON", "high"), ("HALLPASS_TODAY", "2026-11-24")]);
    assert_eq!(shown(&over, "fail-on"), ["\"high\" HALLPASS_FAIL_ON"]);
    assert_eq!(shown(&over, "rules.ignore"), ["[\"secret\"] --ignore"]);
    assert_eq!(shown(&over, "(today)"), ["2026-11-24 HALLPASS_TODAY"]);
    let text = within(&folder, &["config", "show"], &[]);
    assert!(
        text.out.lines().any(|l| l.starts_with("fail-on = \"low\" ") && l.ends_with("# hallpass.toml:1"))
    );
    // Every key of the schema is there, by itself or with what is below it.
    let schema = binary().run(folder.path(), ["schema", "config"]).json();
    for key in schema["properties"].as_object().unwrap().keys() {
        assert!(text.out.lines().any(|line| line.starts_with(key)), "{key}: {}", text.out);
    }
    folder.write("hallpass.toml", "fail-on = \"loud\"\n");
    assert_eq!(show(&[], &[]).code, 2);
}

#[test]
fn a_part_of_the_tree_has_severities_of_its_own() {
    let folder = folder();
    folder.write("hallpass.toml", "[[paths]]\nmatch = \".github/*\"\nignore = [\"scope\"]\n");
    assert_eq!(binary().run(folder.path(), ["check"]).code, 0);
    folder.write("hallpass.toml", "[[paths]]\nmatch = \"examples/*\"\nignore = [\"scope\"]\n");
    assert_eq!(binary().run(folder.path(), ["check"]).code, 1);
    folder.write(
        "hallpass.toml",
        "[[paths]]\nmatch = \"*.yml\"\nseverity = { \"scope/admin-grant\" = \"low\" }\n",
    );
    let run = binary().run(folder.path(), ["check"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("low[scope/admin-grant]"), "{}", run.out);
}
