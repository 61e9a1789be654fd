//! `check --base` and `check --staged`: what a change is answerable for, on real repositories.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;

use hallpass_rules::detect::canary;
use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::{Repository, git};

const WORKFLOW: &str = ".github/workflows/a.yml";
const OPEN: &str =
    "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";
const SOUND: &str =
    "on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";

fn check(folder: &Path, arguments: &[&str]) -> Run {
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    binary.run(folder, [&["check", "--today", "2026-11-26"], arguments].concat())
}

/// `state rule path:line` of each finding, then `fixed rule path:line`.
fn states(run: &Run) -> Vec<String> {
    let report = run.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let findings = report["findings"].as_array().unwrap().iter().map(|f| {
        let place = &f["place"];
        format!("{} {} {}:{}", text(&f["state"]), text(&f["rule"]), text(&place["path"]), place["line"])
    });
    let fixed = report["change"]["fixed"].as_array().unwrap().iter();
    let fixed = fixed.map(|f| format!("fixed {} {}:{}", text(&f["rule"]), text(&f["path"]), f["line"]));
    findings.chain(fixed).collect()
}

/// A policy for a bucket that grants some actions.
fn policy(actions: &str) -> String {
    format!(
        "resource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{\n      \
         Sid = \"s\"\n      Effect = \"Allow\"\n      Action = [{actions}]\n      Resource = \"*\"\n    }}]\n  }})\n}}\n"
    )
}

/// A branch `work` off `main`, which already has an open workflow.
fn branched() -> Repository {
    let repository = Repository::new();
    repository.commit(1, &[(WORKFLOW, OPEN), ("main.tf", &policy("\"s3:*\""))]);
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    repository
}

#[test]
fn only_what_came_since_the_merge_base_is_reported() {
    let repository = branched();
    let known = check(repository.path(), &["--base", "main", "--report", "json"]);
    assert_eq!((known.code, states(&known)), (0, Vec::new()), "{}", known.err);
    assert_eq!(known.json()["change"]["known"], 2);

    // `main` goes on, which is not this change's doing.
    repository.git(2, &["checkout", "-q", "main"]);
    repository.commit(2, &[(WORKFLOW, SOUND)]);
    repository.git(3, &["checkout", "-q", "work"]);
    let token = canary("github-pat", 1).unwrap().text;
    repository.commit(3, &[("run.sh", &format!("curl -H 'token: {token}' x\n"))]);
    let run = check(repository.path(), &["--base", "main", "--report", "json"]);
    assert_eq!(run.code, 1);
    assert_eq!(states(&run), ["new secret/hardcoded-credential run.sh:1"]);
    assert!(run.json()["change"]["against"].as_str().unwrap().starts_with("main (merge base "));

    let pretty = check(repository.path(), &["--base", "main"]);
    assert!(pretty.out.contains("[secret/hardcoded-credential]: [new] "), "{}", pretty.out);
    assert!(pretty.out.contains("; 2 known, 0 fixed since main (merge base "), "{}", pretty.out);
    assert!(!pretty.out.contains("write-all"), "{}", pretty.out);
}

#[test]
fn a_finding_is_widened_changed_moved_or_fixed() {
    let repository = branched();
    let run = |files: &[(&str, &str)]| {
        repository.write(files);
        let run = check(repository.path(), &["--base", "main", "--report", "json"]);
        (states(&run), run.code)
    };
    // What is not committed counts as well. The same fault a line further down is known.
    let lower = format!("# a comment\n\n{}", policy("\"s3:*\""));
    assert_eq!(run(&[("main.tf", &lower)]), (Vec::new(), 0));
    let (found, code) = run(&[("main.tf", &policy("\"s3:*\", \"sqs:*\""))]);
    assert_eq!((found, code), (vec!["widened scope/wildcard-grant main.tf:4".to_owned()], 1));
    let (found, code) = run(&[("main.tf", &policy("\"sqs:*\""))]);
    assert_eq!((found, code), (vec!["changed scope/wildcard-grant main.tf:4".to_owned()], 1));
    // Only moved: told, and not held against the change.
    repository.write(&[("main.tf", &policy("\"s3:*\""))]);
    repository.git(2, &["mv", "main.tf", "other.tf"]);
    let (found, code) = run(&[]);
    assert_eq!((found, code), (vec!["moved scope/wildcard-grant other.tf:4".to_owned()], 0));
    repository.git(2, &["mv", "other.tf", "main.tf"]);
    let (found, code) = run(&[(WORKFLOW, SOUND)]);
    assert_eq!((found, code), (vec![format!("fixed scope/admin-grant {WORKFLOW}:2")], 0));
}

#[test]
fn every_format_tells_how_a_finding_came() {
    let repository = branched();
    repository.write(&[("main.tf", &policy("\"s3:*\", \"sqs:*\"")), (WORKFLOW, SOUND)]);
    for format in
        ["pretty", "github", "azure", "junit", "checkstyle", "rdjson", "markdown", "html", "csv", "teamcity"]
    {
        let run = check(repository.path(), &["--base", "main", "--report", format]);
        assert_eq!(run.code, 1, "{format}");
        assert!(run.out.contains("widened"), "{format}: {}", run.out);
    }
    let sarif = check(repository.path(), &["--base", "main", "--report", "sarif"]).json();
    assert_eq!(sarif["runs"][0]["results"][0]["baselineState"], "updated");
    assert_eq!(sarif["runs"][0]["results"][0]["properties"]["state"], "widened");
}

#[test]
fn merges_bring_what_their_branches_brought() {
    let repository = branched();
    repository.commit(2, &[("a.tf", &policy("\"kms:*\""))]);
    repository.git(3, &["checkout", "-q", "main"]);
    repository.commit(3, &[("b.tf", &policy("\"sns:*\""))]);
    repository.git(4, &["checkout", "-q", "work"]);
    repository.git(4, &["merge", "-q", "-m", "m", "main"]);
    let run = check(repository.path(), &["--base", "main", "--report", "json"]);
    // What `main` brought is in the merge base by now.
    assert_eq!(states(&run), ["new scope/wildcard-grant a.tf:4"]);
}

#[test]
fn what_is_staged_is_checked_and_not_what_is_on_disk() {
    let repository = Repository::new();
    repository.commit(1, &[("a.tf", &policy("\"s3:GetObject\""))]);
    let staged = || check(repository.path(), &["--staged", "--report", "json"]);
    assert_eq!(staged().code, 0);
    repository.write(&[(WORKFLOW, OPEN)]);
    assert_eq!((staged().code, states(&staged())), (0, Vec::new()));
    repository.git(2, &["add", WORKFLOW]);
    repository.write(&[(WORKFLOW, SOUND)]);
    assert_eq!(states(&staged()), [format!("new scope/admin-grant {WORKFLOW}:2")]);
    assert_eq!(staged().code, 1);
    repository.git(2, &["add", WORKFLOW]);
    assert_eq!(staged().code, 0);
    // Gone from the disk and not from the index.
    repository.write(&[(WORKFLOW, OPEN)]);
    repository.git(2, &["add", WORKFLOW]);
    std::fs::remove_file(repository.path().join(WORKFLOW)).unwrap();
    assert_eq!(staged().code, 1);
}

#[test]
fn the_first_commit_is_held_against_nothing() {
    let repository = Repository::new();
    repository.write(&[(WORKFLOW, OPEN)]);
    repository.git(1, &["add", "-A"]);
    let run = check(repository.path(), &["--staged", "--report", "json"]);
    assert_eq!((run.code, states(&run)), (1, vec![format!("new scope/admin-grant {WORKFLOW}:2")]));
}

#[test]
fn a_clone_without_the_base_says_what_to_fetch() {
    let origin = branched();
    origin.commit(2, &[("b.txt", "b\n")]);
    let clone = Folder::new();
    let url = format!("file://{}", origin.path().display());
    git(clone.path(), 3, &["clone", "-q", "--depth=1", "--branch=work", &url, "."]);
    let run = check(clone.path(), &["--base", "origin/main"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(
        run.err.contains("git fetch --unshallow origin") && run.err.contains("fetch-depth: 0"),
        "{}",
        run.err
    );
    let unknown = check(origin.path(), &["--base", "nowhere"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("`nowhere` names no commit of this clone"), "{}", unknown.err);
    let none = check(Folder::new().path(), &["--base", "main"]);
    assert_eq!(none.code, 2);
}

#[test]
fn worktrees_and_submodules_are_trees_of_their_own() {
    let repository = branched();
    let beside = Folder::new();
    let path = beside.path().join("linked");
    repository.git(2, &["worktree", "add", "-q", path.to_str().unwrap(), "main"]);
    beside.write("linked/b.tf", policy("\"kms:*\""));
    let run = check(&path, &["--base", "main", "--report", "json"]);
    assert_eq!(states(&run), ["new scope/wildcard-grant b.tf:4"], "{}", run.err);

    let outer = Repository::new();
    outer.commit(1, &[("a.txt", "a\n")]);
    outer.git(2, &["submodule", "--quiet", "add", repository.path().to_str().unwrap(), "inner"]);
    outer.git(2, &["commit", "-q", "-m", "m"]);
    let run = check(&outer.path().join("inner"), &["--base", "HEAD", "--report", "json"]);
    assert_eq!((run.code, states(&run)), (0, Vec::new()), "{}", run.err);
}

#[test]
fn the_policy_is_the_bases() {
    let repository = Repository::new();
    repository.commit(1, &[("a.txt", "a\n")]);
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    // The change brings the fault and the word that it is none.
    let off = "[rules]\nignore = [\"scope/admin-grant\"]\n";
    repository.commit(2, &[(WORKFLOW, OPEN), ("hallpass.toml", off)]);
    let plain = check(repository.path(), &["--report", "json"]);
    assert_eq!(plain.code, 0, "{}{}", plain.out, plain.err);
    let run = check(repository.path(), &["--base", "main", "--report", "json"]);
    assert_eq!(run.code, 1);
    assert!(states(&run).contains(&format!("new scope/admin-grant {WORKFLOW}:2")), "{:?}", states(&run));
    let trusting = check(repository.path(), &["--base", "main", "--trust-head", "--report", "json"]);
    assert!(!states(&trusting).contains(&format!("new scope/admin-grant {WORKFLOW}:2")));
    assert!(trusting.json()["change"]["against"].as_str().unwrap().contains("policy from what is checked"));
    assert_eq!(check(repository.path(), &["--trust-head"]).code, 2);

    // A waiver in the file is the change's own word as well.
    let waived = OPEN.replace(
        "permissions: write-all",
        "permissions: write-all # hallpass: allow(scope/admin-grant) until=2026-12-31 owner=team reason=\"because\"",
    );
    repository.commit(3, &[(WORKFLOW, &waived), ("hallpass.toml", "")]);
    let run = check(repository.path(), &["--base", "main", "--report", "json"]);
    assert!(states(&run).contains(&format!("new scope/admin-grant {WORKFLOW}:2")), "{:?}", states(&run));
}

#[test]
fn history_goes_back_to_the_base() {
    let repository = branched();
    let [old, new] = [1, 2].map(|seed| canary("github-pat", seed).unwrap().text);
    repository.git(2, &["checkout", "-q", "main"]);
    repository.commit(2, &[("run.sh", &format!("use {old}\n"))]);
    repository.commit(3, &[("run.sh", "use\n")]);
    repository.git(3, &["checkout", "-q", "-B", "work"]);
    repository.commit(4, &[("run.sh", &format!("use {new}\n"))]);
    repository.commit(5, &[("run.sh", "use\n")]);
    let run = check(repository.path(), &["--base", "main", "--history", "--report", "json"]);
    assert_eq!(states(&run), ["new secret/hardcoded-credential run.sh:1"]);
    assert!(!run.out.contains(&new) && !run.out.contains(&old));
}

#[test]
fn a_baseline_leaves_known_findings_out_until_they_change() {
    let repository = branched();
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    let baseline = |action: &str| binary.run(repository.path(), ["baseline", action]);
    assert_eq!(baseline("check").code, 2);
    let token = canary("github-pat", 3).unwrap().text;
    repository.write(&[("run.sh", &format!("use {token}\n"))]);
    let written = baseline("write");
    assert_eq!((written.code, written.out.as_str()), (0, ""), "{}", written.err);
    let text = std::fs::read_to_string(repository.path().join(".hallpass-baseline")).unwrap();
    assert_eq!(text.lines().count(), 2 + 3, "{text}");
    assert!(!text.contains(&token));

    let checked =
        |more: &[&str]| check(repository.path(), &[&["--baseline", ".hallpass-baseline"], more].concat());
    let clean = checked(&[]);
    assert_eq!(clean.code, 0, "{}", clean.out);
    assert!(clean.out.contains("; 3 in the baseline"), "{}", clean.out);
    assert_eq!(baseline("check").code, 0);

    // A statement that grew is another finding; one that is gone leaves an entry behind.
    repository.write(&[("main.tf", &policy("\"s3:*\", \"sqs:*\"")), (WORKFLOW, SOUND)]);
    let grown = checked(&["--report", "json"]);
    assert_eq!((grown.code, grown.findings()), (1, vec!["scope/wildcard-grant main.tf:4".to_owned()]));
    let report = grown.json();
    assert_eq!(report["baseline"]["held"], 1);
    assert_eq!(report["baseline"]["stale"].as_array().unwrap().len(), 2);
    let stale = baseline("check");
    assert_eq!(stale.code, 1);
    assert!(stale.out.contains(&format!(" scope/admin-grant {WORKFLOW}\n")), "{}", stale.out);
    // A run over a part says nothing of the rest, and writes over nothing of it.
    let part = binary.run(repository.path(), ["baseline", "check", "run.sh"]);
    assert_eq!(part.code, 0, "{}{}", part.out, part.err);
    assert_eq!(binary.run(repository.path(), ["baseline", "write", "run.sh"]).code, 0);
    assert_eq!(std::fs::read_to_string(repository.path().join(".hallpass-baseline")).unwrap(), text);
    assert_eq!(baseline("prune").code, 0);
    assert_eq!(baseline("check").code, 0);
    assert_eq!(checked(&[]).code, 1);

    // With a base, the baseline that the change brings holds nothing.
    assert_eq!(baseline("write").code, 0);
    assert_eq!(checked(&[]).code, 0);
    assert_eq!(checked(&["--base", "main"]).code, 1);
    let broken = Folder::new();
    broken.write("b", "# hallpass baseline 1\n<<<<<<< HEAD\n");
    let run = check(broken.path(), &["--baseline", "b"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("b:2: a merge left conflicts"), "{}", run.err);
}
