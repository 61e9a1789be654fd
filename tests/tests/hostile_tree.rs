//! Trees that would have the run look elsewhere: links, pipes, other repositories, configurations that take over.

#![cfg(unix)]
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::os::unix::fs::symlink;
use std::path::Path;

use hallpass_tests::binary::{Binary, Folder, Run};

const PATH: &str = ".github/workflows/a.yml";
/// One certain finding.
const WORKFLOW: &str = "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n";

fn run(folder: &Path, arguments: &[&str]) -> Run {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test")).run(folder, arguments)
}

fn check(folder: &Folder) -> Run {
    run(folder.path(), &["check", "--report", "json", "."])
}

/// A repository in which a workflow would be hidden by an ignore file.
fn ignoring() -> Folder {
    let folder = Folder::new();
    folder.write(PATH, WORKFLOW);
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder
}

fn found(run: &Run) {
    let findings = run.findings();
    assert!(findings.iter().any(|f| f == "scope/admin-grant .github/workflows/a.yml:2"), "{findings:?}");
}

#[test]
fn an_ignore_file_that_is_a_link_hides_nothing_and_is_not_read() {
    let folder = ignoring();
    symlink("/dev/zero", folder.path().join(".gitignore")).unwrap();
    folder.write("sub/main.tf", "");
    symlink("/dev/zero", folder.path().join("sub/.gitignore")).unwrap();
    let run = check(&folder);
    found(&run);
    assert!(run.out.contains("sub/main.tf"), "{}", run.out);
}

#[test]
fn an_index_that_cannot_be_read_leaves_ignore_files_without_say() {
    for (config, index) in
        [("[core]\n", &b"DIRC junk"[..]), ("[extensions]\n\tobjectformat = sha256\n", b"DIRC")]
    {
        let folder = ignoring();
        folder.write(".gitignore", ".github/\n");
        folder.write(".git/config", config);
        folder.write(".git/index", index);
        found(&check(&folder));
    }
}

#[test]
fn files_of_a_repository_inside_are_not_hidden_by_rules_of_either() {
    let folder = ignoring();
    folder.write("inner/.git", "gitdir: ../.git/modules/inner\n");
    folder.write("inner/.gitignore", "infra/\n");
    folder.write("inner/infra/main.tf", "");
    assert!(check(&folder).out.contains("inner/infra/main.tf"));
}

#[test]
fn without_a_repository_a_named_file_keeps_its_path() {
    let folder = Folder::new();
    folder.write(PATH, b"on: \xff\n");
    for start in [PATH, ".github", ".github/workflows"] {
        let run = run(folder.path(), &["check", "--report", "json", start]);
        assert_eq!(run.code, 1, "{start}: {}", run.err);
        assert!(
            run.findings().iter().any(|f| f.starts_with("governance/not-checked .github/workflows/a.yml"))
        );
    }
}

#[test]
fn a_configuration_deeper_in_a_repository_does_not_take_over() {
    let folder = Folder::new();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write("sub/main.tf", "resource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n");
    folder.write("sub/hallpass.toml", "[rules]\nignore = [\"scope\"]\n");
    let run = run(folder.path(), &["check", "--report", "json", "sub"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(
        run.findings().iter().any(|f| f.starts_with("scope/admin-grant sub/main.tf")),
        "{:?}",
        run.findings()
    );
}

#[test]
fn a_folder_of_workflows_that_leads_out_of_the_tree_is_a_finding() {
    let (folder, outside) = (Folder::new(), Folder::new());
    outside.write("a.yml", WORKFLOW);
    folder.write(".github/CODEOWNERS", "* @acme/all\n");
    symlink(outside.path(), folder.path().join(".github/workflows")).unwrap();
    let run = check(&folder);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.findings().iter().any(|f| f.starts_with("governance/not-checked .github/workflows")));
}

#[test]
fn lines_of_a_file_that_was_not_looked_at_are_not_shown() {
    let token = ["ghp", "_"].concat() + &"k3W9".repeat(9);
    let folder = Folder::new();
    folder.write("hallpass.toml", format!("[[waiver]]\nrule = \"{token}\"\n"));
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    let run = binary.run_with(folder.path(), ["check", "--stdin-filename", PATH, "-"], WORKFLOW.as_bytes());
    assert!(run.out.contains("scope/admin-grant"), "{}", run.out);
    assert!(!run.out.contains("k3W9k3W9") && !run.err.contains("k3W9k3W9"), "{}{}", run.out, run.err);
}
