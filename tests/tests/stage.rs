//! The CI stage under attack: hooks with an index of their own, bases that name themselves, links in the way.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;

use hallpass_rules::detect::canary;
use hallpass_tests::binary::{Binary, Folder, Run};
use hallpass_tests::git::{Repository, git};

const WORKFLOW: &str = ".github/workflows/a.yml";
const OPEN: &str =
    "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n";
const ROLE: &str =
    "resource \"aws_iam_role\" \"r\" {\n  name                 = \"r\"\n  max_session_duration = 43200\n}\n";
const PULL: [(&str, &str); 2] = [("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_BASE_REF", "main")];

fn within(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    binary.run_within(folder, [&["check", "--today", "2026-11-26"], arguments].concat(), b"", variables)
}

fn check(folder: &Path, arguments: &[&str]) -> Run {
    within(folder, arguments, &[])
}

/// A repository with a branch `work`, in which nothing differs from `main`.
fn branched(files: &[(&str, &str)]) -> Repository {
    let repository = Repository::new();
    repository.commit(1, &[&[("a.txt", "a\n")], files].concat());
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    repository
}

#[cfg(unix)]
fn link(repository: &Repository, target: &str, path: &str) {
    std::os::unix::fs::symlink(target, repository.path().join(path)).unwrap();
}

#[test]
fn what_is_staged_is_what_the_index_that_git_names_holds() {
    let repository = branched(&[]);
    repository.write(&[(WORKFLOW, OPEN)]);
    let git_folder = repository.path().join(".git");
    let other = git_folder.join("next-index-1.lock");
    std::fs::copy(git_folder.join("index"), &other).unwrap();
    let staged = |index: &str| within(repository.path(), &["--staged"], &[("GIT_INDEX_FILE", index)]);
    // As `git commit FILE` does: the own index stays as it was.
    let output = std::process::Command::new("git")
        .args(["add", WORKFLOW])
        .current_dir(repository.path())
        .env("GIT_INDEX_FILE", &other)
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(check(repository.path(), &["--staged"]).code, 0);
    assert_eq!(staged("").code, 0, "an empty variable says nothing");
    for index in [other.to_str().unwrap(), ".git/next-index-1.lock"] {
        let run = staged(index);
        assert_eq!(run.code, 1, "{index}: {}{}", run.out, run.err);
    }
    let beside = Folder::new();
    std::fs::copy(&other, beside.path().join("index")).unwrap();
    for index in [beside.path().join("index").to_str().unwrap(), "index", "../index"] {
        let run = staged(index);
        assert_eq!(run.code, 2, "{index}");
        assert!(run.err.contains("GIT_INDEX_FILE names ") && run.err.contains("git folder"), "{}", run.err);
    }
    // The index of a linked worktree lies in the folder that git keeps for it.
    let path = beside.path().join("linked");
    repository.git(2, &["worktree", "add", "-q", path.to_str().unwrap(), "main"]);
    let own = git(&path, 2, &["rev-parse", "--absolute-git-dir"]);
    let run = within(&path, &["--staged"], &[("GIT_INDEX_FILE", &format!("{own}/index"))]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
#[cfg(unix)]
fn a_hook_sees_what_is_about_to_be_committed() {
    use std::os::unix::fs::PermissionsExt as _;
    let repository = branched(&[(WORKFLOW, "on: push\npermissions: {}\n")]);
    let hook = repository.folder().write(
        ".git/hooks/pre-commit",
        format!("#!/bin/sh\nexec '{}' check --staged\n", env!("CARGO_BIN_EXE_hallpass-under-test")),
    );
    std::fs::set_permissions(hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    repository.write(&[(WORKFLOW, OPEN)]);
    for arguments in [&["commit", "-qam", "m"][..], &["commit", "-qm", "m", WORKFLOW]] {
        let output = std::process::Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@a.example"])
            .args(arguments)
            .current_dir(repository.path())
            .output()
            .unwrap();
        assert!(!output.status.success(), "{arguments:?} was let through");
    }
}

#[test]
fn a_change_does_not_choose_what_it_is_held_against() {
    let repository = branched(&[("hallpass.toml", "[rules]\nignore = [\"scope/admin-grant\"]\n")]);
    let first = repository.git(1, &["rev-parse", "HEAD"]);
    repository.git(2, &["checkout", "-q", "main"]);
    repository.commit(2, &[("hallpass.toml", "fail-on = \"medium\"\n")]);
    repository.git(2, &["checkout", "-q", "-B", "work"]);
    repository.commit(3, &[(WORKFLOW, OPEN), ("hallpass.toml", "fail-on = \"critical\"\n")]);
    for (arguments, variables) in [
        (&["--base", "HEAD"][..], &PULL[..]),
        (&["--base", "work"], &PULL),
        (&[], &[&PULL[..], &[("HALLPASS_BASE", "HEAD")]].concat()),
    ] {
        let run = within(repository.path(), &[arguments, &["--report", "json"]].concat(), variables);
        assert_eq!(run.code, 1, "{arguments:?} {}", run.err);
        let findings = run.findings();
        assert!(findings.iter().any(|f| f.starts_with("governance/guardrail-weakened ")), "{findings:?}");
        assert!(findings.contains(&format!("scope/admin-grant {WORKFLOW}:2")), "{findings:?}");
        assert!(run.err.contains("GITHUB_BASE_REF") && run.err.contains("governed by it"), "{}", run.err);
    }
    // One that asks for more than the pull request brings is honoured, and the policy of its day is not.
    let older = within(repository.path(), &["--base", &first, "--report", "json"], &PULL);
    let report = older.json();
    let against = report["change"]["against"].as_str().unwrap();
    assert!(against.starts_with(&first) && against.contains(", policy from main (merge base "), "{against}");
    assert!(older.findings().contains(&format!("scope/admin-grant {WORKFLOW}:2")), "{}", older.out);
    // A tag is no branch, whatever its name.
    repository.git(4, &["tag", "main"]);
    repository.git(4, &["tag", "origin/main"]);
    let run = within(repository.path(), &["--base", "--report", "json"], &PULL);
    assert_eq!(run.code, 1, "{}", run.err);
    // Where nothing is announced, the user's word is all there is.
    assert_eq!(check(repository.path(), &["--base", "HEAD"]).code, 0);
    let run = within(repository.path(), &["--base", "HEAD"], &[("CI", "true")]);
    assert!(run.err.contains("nothing of it is new"), "{}", run.err);
}

#[test]
fn an_empty_base_names_nothing() {
    let repository = branched(&[]);
    for arguments in [&["--base", ""][..], &["--base="]] {
        let run = check(repository.path(), arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.err.contains("--base names nothing; give a branch or commit"), "{}", run.err);
    }
    assert_eq!(within(repository.path(), &[], &[("HALLPASS_BASE", "")]).code, 0);
    for (base, advice) in [("HEAD~99", "give a branch, a tag"), ("@{-1}", "what was checked out before")] {
        let run = check(repository.path(), &["--base", base]);
        assert_eq!(run.code, 2);
        assert!(run.err.contains(advice) && !run.err.contains("git fetch"), "{}", run.err);
    }
}

#[test]
#[cfg(unix)]
fn links_and_submodules_that_a_change_did_not_touch_are_nothing_new() {
    let inner = Repository::new();
    inner.commit(1, &[("role.tf", ROLE)]);
    let repository = Repository::new();
    repository.write(&[("a.txt", "a\n"), ("real/b.tf", ROLE)]);
    link(&repository, "/etc/hostname", "out.tf");
    link(&repository, "nowhere", "broken.tf");
    link(&repository, ".git/config", "own.tf");
    link(&repository, "real", "folder");
    link(&repository, "folder/b.tf", "through.tf");
    let url = inner.path().to_str().unwrap();
    repository.git(1, &["submodule", "--quiet", "add", url, "inner"]);
    repository.commit(1, &[]);
    repository.git(1, &["checkout", "-q", "-b", "work"]);
    repository.commit(2, &[("b.txt", "b\n")]);
    let run = check(repository.path(), &["--base", "main", "--report", "json"]);
    assert_eq!((run.code, run.findings()), (0, Vec::new()), "{}", run.err);
    assert!(run.json()["change"]["known"].as_u64().unwrap() >= 6, "{}", run.json()["change"]);
    assert_eq!(run.json()["change"]["fixed"].as_array().map(Vec::len), Some(0));

    // A submodule that the change moves forward brings what is new in it.
    inner.commit(3, &[("more.tf", &ROLE.replace("\"r\"", "\"s\""))]);
    git(&repository.path().join("inner"), 3, &["pull", "-q"]);
    repository.commit(4, &[]);
    let run = check(repository.path(), &["--base", "main", "--report", "json"]);
    assert!(
        run.findings().contains(&"lifetime/above-ceiling inner/more.tf:3".to_owned()),
        "{:?}",
        run.findings()
    );
    assert!(!run.findings().iter().any(|f| f.contains("role.tf")), "{:?}", run.findings());
}

#[test]
fn what_does_not_read_or_is_not_the_changes_own_is_not_mended() {
    let folder = Folder::new();
    let (broken, pipeline) = (format!("{ROLE}}}}}}}{{\n"), format!("{OPEN}  : [\n"));
    folder.write("a.tf", &broken);
    folder.write(WORKFLOW, &pipeline);
    let run = check(folder.path(), &["--fix=unsafe"]);
    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!((read("a.tf"), read(WORKFLOW)), (broken, pipeline));
    assert!(
        run.err.contains("a.tf: it was not checked whole (") && run.err.contains("left as it is"),
        "{}",
        run.err
    );

    let repository = branched(&[("old.tf", ROLE)]);
    let new = ROLE.replace("\"r\"", "\"n\"");
    repository.write(&[("new.tf", &new)]);
    let run = check(repository.path(), &["--base", "main", "--fix", "--report", "json"]);
    let read = |path: &str| std::fs::read_to_string(repository.path().join(path)).unwrap();
    assert_eq!(read("old.tf"), ROLE);
    assert_ne!(read("new.tf"), new);
    assert!(!run.findings().iter().any(|f| f.starts_with("lifetime/")), "{:?}", run.findings());
}

#[test]
#[cfg(unix)]
fn a_report_goes_to_no_place_that_the_tree_chose() {
    let repository = branched(&[(WORKFLOW, OPEN)]);
    let config = std::fs::read_to_string(repository.path().join(".git/config")).unwrap();
    link(&repository, ".git/config", "hallpass.json");
    link(&repository, ".git", "out");
    for target in ["hallpass.json", "out/config", "./out/../hallpass.json", "a.txt", WORKFLOW] {
        let run = check(repository.path(), &["--report", &format!("json={target}")]);
        assert_eq!(run.code, 2, "{target}: {}{}", run.out, run.err);
        assert!(run.err.contains("--report json=") && run.err.contains("name a file that"), "{}", run.err);
    }
    assert_eq!(std::fs::read_to_string(repository.path().join(".git/config")).unwrap(), config);
    assert_eq!(std::fs::read_to_string(repository.path().join("a.txt")).unwrap(), "a\n");
    // The user's own links and pipes are the user's own.
    let beside = Folder::new();
    std::os::unix::fs::symlink(beside.path().join("real.json"), beside.path().join("link.json")).unwrap();
    let outside = format!("json={}", beside.path().join("link.json").display());
    let run = check(repository.path(), &["--report", &outside, "--report", "csv=r.csv"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(beside.path().join("real.json").is_file() && repository.path().join("r.csv").is_file());
    // A second time it is there already.
    assert_eq!(check(repository.path(), &["--report", "csv=r.csv"]).code, 1);
    for target in ["json=/dev/stdout", "json=/proc/self/fd/1", "json=-"] {
        let run = check(repository.path(), &["--report", target]);
        assert_eq!(run.findings(), [format!("scope/admin-grant {WORKFLOW}:2")], "{target}: {}", run.err);
    }
}

#[test]
#[cfg(unix)]
fn only_regular_files_are_read() {
    let repository = branched(&[]);
    link(&repository, "/dev/zero", "zero");
    let pipe = repository.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for option in ["--baseline", "--config", "--detectors", "--plugin"] {
        for path in ["zero", "pipe"] {
            let run = check(repository.path(), &[option, path]);
            assert_eq!(run.code, 2, "{option} {path}: {}", run.out);
            assert!(run.err.contains("it is not a regular file"), "{option}: {}", run.err);
        }
    }
}

#[test]
fn a_pull_request_without_its_base_has_no_say_in_its_own_check() {
    let clone_of = |files: &[(&str, &str)]| {
        let origin = branched(&[]);
        origin.commit(2, files);
        let clone = Repository::new();
        let url = format!("file://{}", origin.path().display());
        git(clone.path(), 1, &["clone", "-q", "--depth", "1", "--branch", "work", &url, "clone"]);
        clone
    };
    let run = |clone: &Repository, arguments: &[&str]| within(&clone.path().join("clone"), arguments, &PULL);
    let plain = clone_of(&[("b.txt", "b\n")]);
    let told = run(&plain, &[]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(
        told.err.contains("the base is not in this clone") && told.err.contains("--unshallow"),
        "{}",
        told.err
    );

    let waived = OPEN.replace(
        "write-all",
        "write-all # hallpass: allow(scope/admin-grant) until=2026-12-31 owner=team reason=\"because\"",
    );
    let baseline = "# hallpass baseline 1\n";
    for (path, text, arguments, named) in [
        ("hallpass.toml", "fail-on = \"critical\"\n", &[][..], "hallpass.toml of this pull request"),
        ("b", baseline, &["--baseline", "b"], "b of this pull request"),
        (WORKFLOW, &waived, &[], "a waiver of this pull request"),
    ] {
        let clone = clone_of(&[(path, text)]);
        let refused = run(&clone, arguments);
        assert_eq!(refused.code, 2, "{path}: {}{}", refused.out, refused.err);
        assert!(refused.err.contains(named) && refused.err.contains("--unshallow"), "{}", refused.err);
        let trusted = run(&clone, &[arguments, &["--trust-head"]].concat());
        assert_eq!(trusted.code, 0, "{path}: {}", trusted.err);
    }
}

#[test]
fn a_token_in_a_name_is_never_printed() {
    let token = canary("github-pat", 7).unwrap().text;
    let branch = format!("feat-{token}");
    let repository = branched(&[]);
    repository.git(1, &["branch", &branch, "main"]);
    repository.commit(2, &[(WORKFLOW, OPEN)]);
    let secret = &token[8..];
    for format in ["pretty", "json", "html", "markdown", "sarif", "junit"] {
        let run = check(repository.path(), &["--base", &branch, "--report", format]);
        assert_eq!(run.code, 1, "{format}: {}", run.err);
        assert!(!run.out.contains(secret) && !run.err.contains(secret), "{format}: {}{}", run.out, run.err);
    }
    let unknown = format!("other-{token}");
    for (arguments, variables) in [
        (&["--base", unknown.as_str()][..], &[][..]),
        (&[unknown.as_str()], &[]),
        (&["--report", unknown.as_str()], &[]),
        (&["--config", unknown.as_str()], &[]),
        (&[], &[PULL[0], ("GITHUB_BASE_REF", branch.as_str())][..]),
        (&[], &[PULL[0], ("GITHUB_BASE_REF", unknown.as_str())]),
        (&["--base", "HEAD"], &[PULL[0], ("GITHUB_BASE_REF", branch.as_str())]),
    ] {
        let run = within(repository.path(), arguments, variables);
        assert!(
            !run.out.contains(secret) && !run.err.contains(secret),
            "{arguments:?} {}{}",
            run.out,
            run.err
        );
    }
}
