//! Hostile input on a workflow path: the file is checked, or it is `governance/not-checked` and the run exits with 1;
//! the file beside it is checked as if nothing was.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fmt::Write as _;

use hallpass_tests::binary::{Binary, Folder, Run};

const PATH: &str = ".github/workflows/hostile.yml";
/// A neighbour with one certain finding: it must be reported whatever happens beside it.
const NEIGHBOUR: &str = "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n";

fn binary() -> Binary {
    Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
}

fn check(folder: &Folder) -> Run {
    folder.write(".github/workflows/neighbour.yml", NEIGHBOUR);
    binary().run(folder.path(), ["check", "--report", "json", "."])
}

/// The neighbour's finding is there, and the run did not end by accident.
fn neighbour_unharmed(run: &Run) {
    assert!(run.code == 1, "exit {}: {}", run.code, run.err);
    assert!(
        run.findings().iter().any(|f| f.starts_with("scope/admin-grant .github/workflows/neighbour.yml:2")),
        "the neighbour's finding is missing: {:?}",
        run.findings()
    );
}

fn not_checked(content: impl AsRef<[u8]>, reason: &str) {
    let folder = Folder::new();
    folder.write(PATH, content);
    let run = check(&folder);
    neighbour_unharmed(&run);
    let report = run.json();
    let finding = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["rule"] == "governance/not-checked" && f["place"]["path"] == PATH)
        .unwrap_or_else(|| panic!("no governance/not-checked: {:?}", run.findings()));
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains(reason), "`{message}` does not say `{reason}`");
    let coverage = report["coverage"].as_array().unwrap();
    assert!(coverage.iter().any(|c| c["path"] == PATH && c["status"] != "checked"));
}

fn checked(content: impl AsRef<[u8]>) {
    let folder = Folder::new();
    folder.write(PATH, content);
    let run = check(&folder);
    neighbour_unharmed(&run);
    let report = run.json();
    let coverage = report["coverage"].as_array().unwrap();
    let entry = coverage.iter().find(|c| c["path"] == PATH).expect("covered");
    assert_eq!(entry["status"], "checked", "{entry}");
    assert!(
        run.findings().iter().any(|f| f.contains(PATH)),
        "checked, so its own finding is there: {:?}",
        run.findings()
    );
}

#[test]
fn not_utf8() {
    not_checked(b"on: push\nname: \xff\xfe\njobs: {}\n", "UTF-8");
}

#[test]
fn nul_byte() {
    not_checked(b"on: push\nname: a\0b\njobs: {}\n", "NUL");
}

#[test]
fn nul_byte_far_from_the_start() {
    let mut content = b"on: push\njobs: {}\n".to_vec();
    content.extend(std::iter::repeat_n(b"# padding\n", 2_000).flatten());
    content.push(0);
    not_checked(content, "NUL");
}

#[test]
fn two_hundred_megabytes() {
    let folder = Folder::new();
    let path = folder.write(PATH, "on: push\npermissions: write-all\n");
    // A sparse file: the size is real, the disk is not filled.
    std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(200 << 20).unwrap();
    let run = check(&folder);
    neighbour_unharmed(&run);
    assert!(
        run.findings().iter().any(|f| f.starts_with("governance/not-checked") && f.contains(PATH)),
        "{:?}",
        run.findings()
    );
}

#[test]
fn twenty_thousand_steps() {
    let mut content = String::from(
        "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n",
    );
    for step in 0..20_000 {
        let _ = writeln!(content, "      - name: step {step}\n        run: echo {step}");
    }
    checked(content);
}

#[test]
fn deep_nesting() {
    not_checked(format!("on: push\njobs: {}{}\n", "[".repeat(10_000), "]".repeat(10_000)), "deep");
    let mut content = String::from("on: push\njobs:\n");
    for depth in 0..2_000 {
        let _ = writeln!(content, "{}a:", " ".repeat(depth + 1));
    }
    not_checked(content, "deep");
}

#[test]
fn alias_bomb() {
    let mut content = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = level - 1;
        let row = vec![format!("*a{before}"); 10].join(", ");
        let _ = writeln!(content, "a{level}: &a{level} [{row}]");
    }
    content.push_str("on: push\njobs: *a11\n");
    not_checked(content, "alias");
}

#[test]
fn duplicate_keys() {
    not_checked(
        "on: push\npermissions: {contents: read}\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps: []\n",
        "twice",
    );
}

#[test]
fn broken_in_the_middle() {
    // What stands before the break is still judged.
    let folder = Folder::new();
    folder.write(PATH, "on: push\npermissions: write-all\njobs:\n  a: [\n");
    let run = check(&folder);
    neighbour_unharmed(&run);
    let findings = run.findings();
    assert!(findings.iter().any(|f| f == &format!("scope/admin-grant {PATH}:2")), "{findings:?}");
    assert!(
        findings.iter().any(|f| f.starts_with("governance/not-checked") && f.contains(PATH)),
        "{findings:?}"
    );
}

#[cfg(unix)]
#[test]
fn unreadable() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let path = folder.write(PATH, NEIGHBOUR);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        // Root reads everything; a folder in the file's place cannot be read by anyone.
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("nowhere", &path).unwrap();
    }
    let run = check(&folder);
    neighbour_unharmed(&run);
    assert!(
        run.findings().iter().any(|f| f.starts_with("governance/not-checked") && f.contains(PATH)),
        "{:?}",
        run.findings()
    );
}

#[cfg(unix)]
#[test]
fn symlink_loop_and_symlink_out_of_the_tree() {
    let folder = Folder::new();
    folder.write(".github/workflows/.keep", "");
    let workflows = folder.path().join(".github/workflows");
    std::os::unix::fs::symlink("loop-b.yml", workflows.join("loop-a.yml")).unwrap();
    std::os::unix::fs::symlink("loop-a.yml", workflows.join("loop-b.yml")).unwrap();
    std::os::unix::fs::symlink("..", workflows.join("up")).unwrap();
    let outside = Folder::new();
    let secret = outside.write("outside.yml", "on: push\npermissions: write-all\n");
    std::os::unix::fs::symlink(&secret, workflows.join("outside.yml")).unwrap();
    let run = check(&folder);
    neighbour_unharmed(&run);
    let findings = run.findings();
    for name in ["loop-a.yml", "loop-b.yml", "outside.yml"] {
        assert!(
            findings.iter().any(|f| f.starts_with("governance/not-checked") && f.contains(name)),
            "{name}: {findings:?}"
        );
    }
    assert!(
        !findings.iter().any(|f| f.starts_with("scope/") && f.contains("outside.yml")),
        "read outside the tree"
    );
}

#[cfg(unix)]
#[test]
fn file_named_with_newline_and_workflow_command() {
    let folder = Folder::new();
    let name = ".github/workflows/a\n::error file=x::owned\u{1b}[31m.yml";
    folder.write(name, NEIGHBOUR);
    let run = check(&folder);
    neighbour_unharmed(&run);
    let pretty = binary().run(folder.path(), ["check", "."]);
    assert_eq!(pretty.code, 1);
    assert!(!pretty.out.lines().any(|l| l.trim_start().starts_with("::error")), "{}", pretty.out);
    assert!(!pretty.out.contains('\u{1b}'), "{}", pretty.out);
    let report = run.json();
    assert!(
        report["findings"].as_array().unwrap().iter().any(|f| f["place"]["path"] == name),
        "{:?}",
        run.findings()
    );
}

#[test]
fn binary_suffix_does_not_hide_a_workflow_from_git_ignore() {
    // Tracked or not, a file that the path makes a pipeline is found; here the folder is no repository at all.
    let folder = Folder::new();
    folder.write(".gitignore", "*.yml\n");
    folder.write(PATH, NEIGHBOUR);
    let run = check(&folder);
    neighbour_unharmed(&run);
    assert!(run.findings().iter().any(|f| f.contains(PATH)));
}
