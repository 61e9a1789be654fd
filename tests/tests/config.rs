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

const BASE: &str = "fail-on = \"low\"\n\n[rules]\nignore = [\"scope/admin-grant\"]\n\n[third-party]\napproved = [\"acme/*\"]\n";

#[test]
fn a_policy_is_laid_over_others_of_the_tree() {
    let folder = folder();
    folder.write("policy/base.toml", BASE);
    folder.write("hallpass.toml", "extends = \"policy/base.toml\"\n");
    assert_eq!(binary().run(folder.path(), ["check"]).code, 0);
    folder.write(
        "hallpass.toml",
        "extends = [\"policy/base.toml\"]\nfail-on = \"high\"\n[rules]\nignore = []\n[third-party]\napproved = [\"b/*\"]\n",
    );
    assert_eq!(binary().run(folder.path(), ["check"]).code, 1, "the own list takes the other's place");
    let run = within(&folder, &["config", "show", "--json"], &[]);
    assert_eq!(shown(&run, "fail-on"), ["\"high\" hallpass.toml:2"]);
    assert_eq!(shown(&run, "rules.ignore"), ["[] hallpass.toml:4"]);
    assert_eq!(
        shown(&run, "third-party.approved"),
        ["[\"acme/*\"] policy/base.toml:7", "[\"b/*\"] hallpass.toml:6"]
    );
    assert_eq!(shown(&run, "extends"), ["[\"policy/base.toml\"] hallpass.toml:1"]);
    folder.write("hallpass.toml", "extends = \"policy/base.toml\"\n");
    let run = within(&folder, &["config", "show", "--json"], &[]);
    assert_eq!(shown(&run, "fail-on"), ["\"low\" policy/base.toml:1"]);
    // So does the table of a Python project.
    let python = self::folder();
    python.write("policy/base.toml", BASE);
    python.write("pyproject.toml", "[tool.hallpass]\nextends = \"policy/base.toml\"\n");
    assert_eq!(binary().run(python.path(), ["check"]).code, 0);
}

#[test]
fn what_cannot_be_extended_is_an_error_at_its_place() {
    let folder = folder();
    let refused = |own: &str| {
        folder.write("hallpass.toml", own);
        let run = binary().run(folder.path(), ["check"]);
        assert_eq!(run.code, 2, "{own}: {}", run.err);
        run.err
    };
    for path in ["../base.toml", "/etc/base.toml", "C:/base.toml", "a/../../base.toml"] {
        let told = refused(&format!("fail-on = \"low\"\nextends = [\"{path}\"]\n"));
        assert!(told.contains("hallpass.toml:2:12: it leaves the tree: "), "{told}");
    }
    let told = refused("extends = \"gone.toml\"\n");
    assert!(
        told.contains("hallpass.toml:1:11: `gone.toml` cannot be read: it does not exist; put"),
        "{told}"
    );
    folder.write("a.toml", "extends = \"b.toml\"\n");
    folder.write("b.toml", "# on the way back\nextends = \"hallpass.toml\"\n");
    let told = refused("extends = \"a.toml\"\n");
    assert!(
        told.contains("b.toml:2:11: files extend each other in a ring: hallpass.toml, a.toml, b.toml"),
        "{told}"
    );
    folder.write("a.toml", "fail-onn = 1\n");
    let told = refused("extends = \"a.toml\"\n");
    assert!(told.contains("a.toml:1:1: unknown key `fail-onn`"), "{told}");
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_tree_is_not_followed() {
    let folder = folder();
    let outside = Folder::new();
    let target = outside.write("base.toml", BASE);
    std::os::unix::fs::symlink(target, folder.path().join("base.toml")).unwrap();
    folder.write("hallpass.toml", "extends = \"base.toml\"\n");
    let run = binary().run(folder.path(), ["check"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains(
            "hallpass.toml:1:11: `base.toml` cannot be read: it is a symbolic link out of the tree"
        ),
        "{}",
        run.err
    );
}

#[test]
fn what_is_extended_is_part_of_what_an_answer_is_kept_for() {
    let folder = folder();
    let home = Folder::new();
    let home = home.path().to_string_lossy().into_owned();
    let cached = || within(&folder, &["check", "-v"], &[("HOME", &home)]);
    folder.write("base.toml", "fail-on = \"low\"\n");
    folder.write("hallpass.toml", "extends = \"base.toml\"\n");
    assert_eq!(cached().code, 1);
    assert!(cached().err.contains("known from before"));
    folder.write("base.toml", OFF);
    let other = cached();
    assert_eq!(other.code, 0, "{}", other.out);
    assert!(!other.err.contains("known from before"), "{}", other.err);
}

#[test]
fn another_name_of_a_rule_holds_and_is_told_once() {
    let said = "`third-party/typosquatting` is called `third-party/imitated-name`; write that";
    let folder = folder();
    let run = binary().run(folder.path(), ["check", "--select", "third-party/typosquatting"]);
    assert_eq!((run.code, run.err.matches(said).count()), (0, 1), "{}", run.err);
    folder.write("hallpass.toml", "[rules]\nignore = [\"third-party/typosquatting\", \"scope\"]\n");
    let run = binary().run(folder.path(), ["check"]);
    assert_eq!((run.code, run.err.matches(said).count()), (0, 1), "{}", run.err);
    assert!(run.err.contains(&format!("hallpass.toml:2:11: {said}")), "{}", run.err);
    folder.write("hallpass.toml", "fail-on = \"medium\"\n");
    folder.write(
        ".github/workflows/b.yml",
        format!("# hallpass: allow(third-party/typosquatting) until=2026-12-01 owner=a reason=\"b\"\n{OPEN}"),
    );
    let run = binary().run(folder.path(), ["check", "--today", "2026-11-26", "--report", "json"]);
    assert_eq!(run.err.matches(said).count(), 1, "{}", run.err);
    assert!(run.err.contains(&format!(".github/workflows/b.yml:1:1: {said}")), "{}", run.err);
    assert!(run.json()["troubles"].to_string().contains(said), "{}", run.out);
    assert_eq!(run.findings().iter().filter(|f| f.starts_with("governance/waiver-incomplete")).count(), 0);
    let wrong = binary().run(folder.path(), ["check", "--select", "third-party/typosquating"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean `third-party/imitated-name`?"), "{}", wrong.err);
    let page = binary().run(folder.path(), ["explain", "third-party/typosquatting"]);
    assert!(page.code == 0 && page.out.starts_with("third-party/imitated-name"), "{}", page.out);
}

#[test]
fn rules_in_preview_are_asked_for_by_file_variable_or_option() {
    let folder = folder();
    let preview = |more: &[&str], variables: &[(&str, &str)]| {
        let run = within(&folder, &[&["config", "show", "--json"], more].concat(), variables);
        shown(&run, "preview")
    };
    assert_eq!(preview(&[], &[]), ["false default"]);
    assert_eq!(preview(&["--preview"], &[]), ["true --preview"]);
    assert_eq!(preview(&[], &[("HALLPASS_PREVIEW", "1")]), ["true HALLPASS_PREVIEW"]);
    folder.write("hallpass.toml", "preview = true\n");
    assert_eq!(preview(&[], &[]), ["true hallpass.toml:1"]);
    // Every rule says whether it is one, in the list and in JSON.
    let rules = binary().run(folder.path(), ["rules", "--json"]).json();
    let text = binary().run(folder.path(), ["rules"]).out;
    for rule in rules.as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(id)).unwrap();
        assert_eq!(line.ends_with(" (preview)"), rule["preview"].as_bool().unwrap(), "{line}");
    }
}
