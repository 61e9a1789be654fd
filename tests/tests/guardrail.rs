//! The judged never governs its judge: a change that weakens its own guardrail is caught, on real repositories.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;

use hallpass_tests::binary::{Binary, Run};
use hallpass_tests::git::{Repository, git};

const RULE: &str = "governance/guardrail-weakened";
const CONFIG: &str = "hallpass.toml";
const WORKFLOW: &str = ".github/workflows/guard.yml";
const OPEN: &str = ".github/workflows/open.yml";
const WRITE_ALL: &str =
    "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";

fn check_within(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    let arguments = [&["check", "--today", "2026-11-26", "--report", "json"], arguments].concat();
    binary.run_within(folder, arguments, b"", variables)
}

fn check(folder: &Path, arguments: &[&str]) -> Run {
    check_within(folder, arguments, &[])
}

/// `path:line message` of each finding about the guardrail.
fn weakened(run: &Run) -> Vec<String> {
    let report = run.json();
    let ours = report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == RULE);
    let prefix = "this change weakens the guardrail: ";
    ours.map(|f| {
        let message = f["message"].as_str().unwrap().strip_prefix(prefix).unwrap();
        format!("{}:{} {message}", f["place"]["path"].as_str().unwrap(), f["place"]["line"])
    })
    .collect()
}

/// A workflow whose only step runs a command; `step` stands behind the command's line.
fn workflow(command: &str, step: &str) -> String {
    format!(
        "on: push\npermissions:\n  contents: read\njobs:\n  guard:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: {command}\n{step}"
    )
}

/// What a change from the first tree to the second is told.
fn told(from: &[(&str, &str)], to: &[(&str, &str)]) -> Vec<String> {
    let repository = Repository::new();
    repository.commit(1, from);
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    for (path, _) in from.iter().filter(|(path, _)| to.iter().all(|(other, _)| other != path)) {
        std::fs::remove_file(repository.path().join(path)).unwrap();
    }
    repository.commit(2, to);
    let run = check(repository.path(), &["--base", "main"]);
    let told = weakened(&run);
    assert!(run.code == 1 || told.is_empty(), "{told:?} {} {}", run.out, run.err);
    told
}

/// The same, and what the way back is told.
fn both_ways(before: &[(&str, &str)], after: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    (told(before, after), told(after, before))
}

/// The same of two policies; an empty one is a comment.
fn of_policy(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let text = |text: &str| if text.is_empty() { "# nothing\n".to_owned() } else { text.to_owned() };
    both_ways(&[(CONFIG, &text(before))], &[(CONFIG, &text(after))])
}

#[test]
fn a_policy_that_checks_less_is_told_at_its_place_and_one_that_checks_more_is_not() {
    for (before, after, told) in [
        ("", "[rules]\nignore = [\"scope\"]\n", "hallpass.toml:2 switched off: `scope/"),
        ("", "[rules]\nselect = [\"secret\"]\n", "hallpass.toml:2 no longer among the rules that run: `"),
        (
            "",
            "[rules.severity]\n\"scope/admin-grant\" = \"low\"\n",
            "hallpass.toml:2 `scope/admin-grant` is lowered from high to low",
        ),
        (
            "",
            "fail-on = \"critical\"\n",
            "hallpass.toml:1 a run fails from critical on, no longer from medium",
        ),
        ("", "\nmin-confidence = \"high\"\n", "hallpass.toml:2 findings below confidence high are left out"),
        (
            "[ceilings]\ncloud-session = \"1h\"\n",
            "[ceilings]\ncloud-session = \"12h\"\n",
            "hallpass.toml:2 the ceiling of `cloud-session` is raised from 1 h to 12 h",
        ),
        (
            "",
            "[[paths]]\nmatch = \"infra/*\"\nignore = [\"scope\"]\n",
            "hallpass.toml:2 `scope` says nothing any more in `infra/*`",
        ),
        (
            "",
            "[third-party]\napproved = [\"some-org/*\"]\n",
            "hallpass.toml:2 third parties are approved: `some-org/*`",
        ),
    ] {
        let (weaker, stricter) = of_policy(before, after);
        assert_eq!(weaker.len(), 1, "{weaker:?}");
        assert!(weaker[0].starts_with(told), "{weaker:?}");
        assert_eq!(stricter, Vec::<String>::new());
    }
    let weaker = told(&[(CONFIG, "# nothing\n")], &[(CONFIG, "fail-on = \"never\"\n")]);
    assert_eq!(weaker.len(), 1, "{weaker:?}");
    assert!(weaker[0].starts_with("hallpass.toml:1 the proposed policy cannot be read"), "{weaker:?}");
}

#[test]
fn a_waiver_is_told_where_it_is_added_or_put_off() {
    let row = |until: &str| {
        format!(
            "[[waiver]]\nrule = \"scope\"\nfingerprint = \"{}\"\nowner = \"o\"\nreason = \"r\"\nexpires = {until}\n",
            "0".repeat(32)
        )
    };
    assert_eq!(of_policy("", &row("2026-12-31")).0, ["hallpass.toml:2 a waiver of `scope` is added"]);
    let (weaker, stricter) = of_policy(&row("2026-12-01"), &row("2026-12-31"));
    assert_eq!(weaker, ["hallpass.toml:2 a waiver of `scope` is put off from 2026-12-01 to 2026-12-31"]);
    assert_eq!(stricter, Vec::<String>::new());

    let comment =
        "        # hallpass: allow(scope) until=2026-12-31 owner=o reason=\"r\"\n        env: { A: b }\n";
    let (with, without) = (workflow("make", comment), workflow("make", ""));
    let (weaker, stricter) = both_ways(&[(WORKFLOW, &without)], &[(WORKFLOW, &with)]);
    assert_eq!(weaker, [format!("{WORKFLOW}:9 a waiver of `scope` is added")]);
    assert_eq!(stricter, Vec::<String>::new());
}

#[test]
fn a_waiver_cannot_waive_it() {
    let after = format!(
        "# hallpass: allow({RULE}) until=2026-12-31 owner=o reason=\"r\"\n{}",
        workflow("hallpass check --exit-zero .", "")
    );
    let (weaker, _) = both_ways(&[(WORKFLOW, &workflow("hallpass check .", ""))], &[(WORKFLOW, &after)]);
    assert!(weaker.iter().any(|told| told.contains("cannot stop anything")), "{weaker:?}");
}

#[test]
fn a_baseline_that_grows_is_told() {
    let line = |digit: &str| format!("{} scope/admin-grant a.yml\n", digit.repeat(32));
    let file = |lines: &str| format!("# hallpass baseline 1\n{lines}");
    let (one, two) = (file(&line("1")), file(&[line("1"), line("2")].concat()));
    let (weaker, stricter) = both_ways(&[(".hallpass-baseline", &one)], &[(".hallpass-baseline", &two)]);
    assert_eq!(
        weaker,
        [".hallpass-baseline:3 1 finding is added to the baseline, and would not be reported any more"]
    );
    assert_eq!(stricter, Vec::<String>::new());
}

#[test]
fn a_file_of_detectors_loses_nothing_and_gains_no_exception() {
    let config = "detectors = [\"d.toml\"]\n";
    let first = "[[rules]]\nid = \"a\"\nregex = 'aaa-[0-9]{9}'\n";
    let two = format!("{first}[[rules]]\nid = \"b\"\nregex = 'bbb-[0-9]{{9}}'\n");
    let one = format!("{first}[allowlist]\npaths = ['test/']\n");
    let (weaker, stricter) =
        both_ways(&[(CONFIG, config), ("d.toml", &two)], &[(CONFIG, config), ("d.toml", &one)]);
    assert_eq!(weaker.len(), 2, "{weaker:?}");
    assert_eq!(weaker[0], "d.toml:1 the detector `b` is gone from this file");
    assert!(weaker[1].starts_with("d.toml:5 an exception is added"), "{weaker:?}");
    assert_eq!(stricter, Vec::<String>::new());
    let (weaker, _) =
        both_ways(&[(CONFIG, config), ("d.toml", &two)], &[(CONFIG, "detectors = []\n"), ("d.toml", &two)]);
    assert_eq!(weaker, ["hallpass.toml:1 a file of detectors is no longer used"]);
}

#[test]
fn the_step_itself_is_told_in_whichever_way_it_goes() {
    let plain = workflow("hallpass check .", "");
    let excused = "hallpass runs here and cannot stop anything any more";
    for (after, line, told) in [
        (workflow("echo nothing", ""), 6, "the step of `guard` that ran hallpass is gone"),
        (workflow("hallpass check .", "        continue-on-error: true\n"), 9, excused),
        (workflow("hallpass check . || true", ""), 8, excused),
        (workflow("hallpass check --exit-zero .", ""), 8, excused),
        (
            workflow("hallpass check --fail-on critical .", ""),
            8,
            "hallpass is told to report less: `--fail-on` `critical`",
        ),
        (
            workflow("hallpass check --ignore scope .", ""),
            8,
            "hallpass is told to report less: `--ignore` `scope`",
        ),
        (
            workflow("hallpass check .", "        env: { HALLPASS_IGNORE: \"scope\" }\n"),
            8,
            "hallpass is told to report less: `--ignore` `scope`",
        ),
        (
            workflow("hallpass check --base x --trust-head", ""),
            8,
            "hallpass is told to report less: `--trust-head`",
        ),
    ] {
        let (weaker, stricter) = both_ways(&[(WORKFLOW, &plain)], &[(WORKFLOW, &after)]);
        assert_eq!(weaker.len(), 1, "{after}: {weaker:?}");
        assert!(weaker[0].starts_with(&format!("{WORKFLOW}:{line} {told}")), "{after}: {weaker:?}");
        assert_eq!(stricter, Vec::<String>::new(), "{after}");
    }
    let gitlab = "hallpass:\n  script:\n    - hallpass check .\n";
    let lax = format!("variables:\n  HALLPASS_FAIL_ON: critical\n{gitlab}");
    let (weaker, stricter) = both_ways(&[(".gitlab-ci.yml", gitlab)], &[(".gitlab-ci.yml", &lax)]);
    assert_eq!(weaker, [".gitlab-ci.yml:5 hallpass is told to report less: `--fail-on` `critical`"]);
    assert_eq!(stricter, Vec::<String>::new());
    let action = |with: &str| {
        let pin = "a".repeat(40);
        format!(
            "on: push\npermissions: {{}}\njobs:\n  guard:\n    runs-on: x\n    steps:\n      - uses: hallpass-dev/hallpass@{pin}\n{with}"
        )
    };
    let (plain, lax) = (action(""), action("        with:\n          fail-on: high\n"));
    let (weaker, stricter) = both_ways(&[(WORKFLOW, &plain)], &[(WORKFLOW, &lax)]);
    assert_eq!(weaker, [format!("{WORKFLOW}:7 hallpass is told to report less: `--fail-on` `high`")]);
    assert_eq!(stricter, Vec::<String>::new());
    let allowed = format!("{gitlab}  allow_failure: true\n");
    let (weaker, stricter) = both_ways(&[(".gitlab-ci.yml", gitlab)], &[(".gitlab-ci.yml", &allowed)]);
    assert_eq!(weaker, [format!(".gitlab-ci.yml:4 {excused}")]);
    assert_eq!(stricter, Vec::<String>::new());
}

#[test]
fn a_workflow_that_is_gone_is_told_and_one_that_moved_is_not() {
    let plain = workflow("hallpass check .", "");
    let (weaker, _) = both_ways(&[(WORKFLOW, &plain), ("a", "a")], &[("a", "b")]);
    assert_eq!(
        weaker,
        [format!("{WORKFLOW}:1 the step of `guard` that ran hallpass is gone, and no other stands for it")]
    );
    let (moved, back) = both_ways(&[(WORKFLOW, &plain)], &[(".github/workflows/other.yml", &plain)]);
    assert_eq!((moved, back), (Vec::new(), Vec::new()));
    // Where nothing runs it, it is gone.
    let (weaker, _) = both_ways(&[(WORKFLOW, &plain)], &[("workflows/guard.yml", &plain)]);
    assert_eq!(weaker.len(), 1, "{weaker:?}");
}

#[test]
fn the_step_s_own_options_do_not_hide_it() {
    let repository = switched_off();
    for options in [
        &["--select", "identity"][..],
        &["--ignore", "governance/guardrail-weakened"],
        &["--ignore", "governance"],
        &["--fail-on", "high"],
    ] {
        let run = check(repository.path(), &[&["--base", "main"], options].concat());
        assert_eq!(weakened(&run).len(), 1, "{options:?}: {}", run.out);
        assert_eq!(run.code, 1, "{options:?}");
    }
    // An option that would let itself pass is as bad as can be.
    let from = workflow("hallpass check .", "");
    let to = workflow("hallpass check --fail-on critical .", "");
    let repository = Repository::new();
    repository.commit(1, &[(WORKFLOW, &from)]);
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    repository.commit(2, &[(WORKFLOW, &to)]);
    assert_eq!(check(repository.path(), &["--base", "main", "--fail-on", "critical"]).code, 1);
}

#[test]
fn what_moves_out_of_an_exception_counts() {
    let policy = "[[paths]]\nmatch = \"examples/*\"\nseverity = { \"scope/admin-grant\" = \"low\" }\n";
    let repository = Repository::new();
    repository.commit(1, &[(CONFIG, policy), ("examples/.github/workflows/open.yml", WRITE_ALL)]);
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    std::fs::create_dir_all(repository.path().join(".github")).unwrap();
    repository.git(1, &["mv", "examples/.github/workflows", ".github/workflows"]);
    repository.commit(2, &[]);
    let run = check(repository.path(), &["--base", "main"]);
    assert_eq!(run.code, 1, "{}", run.out);
}

#[test]
fn the_index_is_held_against_head() {
    let repository = Repository::new();
    repository.commit(1, &[(CONFIG, "fail-on = \"low\"\n")]);
    repository.write(&[(CONFIG, "fail-on = \"high\"\n")]);
    assert_eq!(weakened(&check(repository.path(), &["--staged"])), Vec::<String>::new());
    repository.git(1, &["add", "-A"]);
    let told = weakened(&check(repository.path(), &["--staged"]));
    assert_eq!(told, ["hallpass.toml:1 a run fails from high on, no longer from low"]);
    assert_eq!(weakened(&check(repository.path(), &["--staged", "--trust-head"])), Vec::<String>::new());
}

/// A branch that switches a rule off which objects to what `main` has.
fn switched_off() -> Repository {
    let repository = Repository::new();
    repository.commit(1, &[(OPEN, WRITE_ALL)]);
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    repository.commit(2, &[(CONFIG, "[rules]\nignore = [\"scope/admin-grant\"]\n")]);
    repository
}

const PULL: [(&str, &str); 2] = [("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_BASE_REF", "main")];

#[test]
fn a_detected_pull_request_is_governed_by_its_base() {
    let repository = switched_off();
    let own = check(repository.path(), &[]);
    assert!(!own.findings().iter().any(|f| f.starts_with("scope/admin-grant")), "{}", own.out);
    // The whole tree is reported, by the policy of the base.
    let run = check_within(repository.path(), &[], &PULL);
    assert_eq!(run.code, 1);
    assert_eq!(weakened(&run), ["hallpass.toml:2 switched off: `scope/admin-grant`"]);
    assert!(run.findings().iter().any(|f| f.starts_with("scope/admin-grant")), "{:?}", run.findings());
    assert!(run.json()["policy"].as_str().unwrap().contains("main (merge base "), "{}", run.out);
    let trusted = check_within(repository.path(), &["--trust-head"], &PULL);
    assert_eq!(weakened(&trusted), Vec::<String>::new());
    assert_eq!(trusted.json()["policy"], "from what is checked (--trust-head)");
    // Alone, or as `auto`, `--base` is what the pull request goes to.
    for base in ["--base", "--base=auto"] {
        let run = check_within(repository.path(), &[base], &PULL);
        assert_eq!(run.findings(), [format!("{RULE} hallpass.toml:2")], "{}", run.err);
        let none = check(repository.path(), &[base]);
        assert_eq!(none.code, 2);
        assert!(none.err.contains("no pull request is detected"), "{}", none.err);
    }
}

#[test]
fn a_base_that_is_not_in_the_clone_is_an_error_where_the_change_has_a_policy() {
    let origin = switched_off();
    let clone = Repository::new();
    let url = format!("file://{}", origin.path().display());
    git(clone.path(), 1, &["clone", "-q", "--depth", "1", "--branch", "work", &url, "clone"]);
    let folder = clone.path().join("clone");
    // The policy that the change brings could have been weakened by it (see `stage.rs` for a tree without one).
    for arguments in [&[][..], &["--strict"], &["--base"]] {
        let run = check_within(&folder, arguments, &PULL);
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(run.err.contains("git fetch --unshallow origin` and `git fetch origin main`"), "{}", run.err);
    }
}

#[test]
fn a_named_configuration_is_the_base_s_as_well() {
    let repository = Repository::new();
    repository.commit(1, &[("p.toml", "fail-on = \"low\"\n")]);
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    repository.commit(2, &[("p.toml", "fail-on = \"high\"\n")]);
    let run = check(repository.path(), &["--base", "main", "--config", "p.toml"]);
    assert_eq!(weakened(&run), ["p.toml:1 a run fails from high on, no longer from low"]);
    let report = run.json();
    let against = report["change"]["against"].as_str().unwrap();
    assert!(against.ends_with("the proposed policy is not in force"), "{against}");
}

const SHARED: &str = "policy/shared.toml";
const EXTENDS: &str = "extends = \"policy/shared.toml\"\n";
const STRICT: &str = "fail-on = \"low\"\n[ceilings]\ncloud-session = \"1h\"\n";

#[test]
fn a_file_that_is_extended_is_part_of_the_guardrail() {
    let lax = STRICT.replace("1h", "12h");
    let (weaker, stricter) =
        both_ways(&[(CONFIG, EXTENDS), (SHARED, STRICT)], &[(CONFIG, EXTENDS), (SHARED, &lax)]);
    assert_eq!(weaker, ["policy/shared.toml:3 the ceiling of `cloud-session` is raised from 1 h to 12 h"]);
    assert_eq!(stricter, Vec::<String>::new());
    let waiver = format!(
        "{STRICT}[[waiver]]\nrule = \"scope\"\nfingerprint = \"{}\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2026-12-01\n",
        "0".repeat(32)
    );
    let (weaker, _) =
        both_ways(&[(CONFIG, EXTENDS), (SHARED, STRICT)], &[(CONFIG, EXTENDS), (SHARED, &waiver)]);
    assert_eq!(weaker, ["policy/shared.toml:5 a waiver of `scope` is added"]);
    // The own file speaks over it.
    let over = format!("{EXTENDS}fail-on = \"high\"\n");
    let (weaker, stricter) =
        both_ways(&[(CONFIG, EXTENDS), (SHARED, STRICT)], &[(CONFIG, &over), (SHARED, STRICT)]);
    assert_eq!(weaker, ["hallpass.toml:2 a run fails from high on, no longer from low"]);
    assert_eq!(stricter, Vec::<String>::new());
}

#[test]
fn what_is_extended_no_longer_or_elsewhere_is_told() {
    const LOW: &str = "fail-on = \"low\"\n";
    let before = [(CONFIG, EXTENDS), (SHARED, LOW)];
    let (weaker, stricter) = both_ways(&before, &[(CONFIG, "# nothing\n"), (SHARED, LOW)]);
    assert_eq!(weaker, ["hallpass.toml:1 a run fails from medium on, no longer from low"]);
    assert_eq!(stricter, Vec::<String>::new());
    let elsewhere = [
        (CONFIG, "# ours\nextends = \"other.toml\"\n"),
        (SHARED, LOW),
        ("other.toml", "fail-on = \"high\"\n"),
    ];
    let (weaker, _) = both_ways(&before, &elsewhere);
    assert_eq!(weaker, ["other.toml:1 a run fails from high on, no longer from low"]);
    let emptied =
        [(CONFIG, "# ours\nextends = \"other.toml\"\n"), (SHARED, LOW), ("other.toml", "# nothing\n")];
    let (weaker, _) = both_ways(&before, &emptied);
    assert_eq!(weaker, ["hallpass.toml:2 a run fails from medium on, no longer from low"]);
    // Taken out of the tree: the proposed policy could not even be read.
    let gone = told(&before, &[(CONFIG, EXTENDS)]);
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert!(gone[0].starts_with("hallpass.toml:1 the proposed policy cannot be read"), "{gone:?}");
}

#[test]
fn what_is_extended_is_the_base_s_as_well() {
    let repository = Repository::new();
    let off = "[rules]\nignore = [\"scope/admin-grant\"]\n";
    repository.commit(1, &[(CONFIG, EXTENDS), (SHARED, "# nothing\n")]);
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    repository.commit(2, &[(OPEN, WRITE_ALL), (SHARED, off)]);
    let run = check(repository.path(), &["--base", "main"]);
    assert_eq!(run.code, 1);
    assert!(run.findings().iter().any(|f| f.starts_with("scope/admin-grant")), "{:?}", run.findings());
    assert_eq!(weakened(&run), ["policy/shared.toml:2 switched off: `scope/admin-grant`"]);
    let against = run.json()["change"]["against"].as_str().unwrap().to_owned();
    assert!(against.ends_with("the proposed policy is not in force"), "{against}");
    let trusted = check(repository.path(), &["--base", "main", "--trust-head"]);
    assert!(
        !trusted.findings().iter().any(|f| f.starts_with("scope/admin-grant")),
        "{:?}",
        trusted.findings()
    );
}
