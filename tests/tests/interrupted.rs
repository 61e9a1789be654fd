//! Ctrl-C: reports of what was done, and every file that the run did not come to is named.
//!
//! The run is held up by a file of detectors that it reads from standard input, so that nothing depends on time.
#![cfg(target_os = "linux")] // `/proc` says when the run listens
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use hallpass_tests::binary::{Folder, Run};

const DETECTORS: &str = "[[rules]]\nid = \"acme\"\nregex = '''acme_[0-9]{20}'''\nkeywords = [\"acme_\"]\n";
const FILES: usize = 8;

/// Whether a process catches SIGINT, the second signal.
fn listens(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
    u64::from_str_radix(caught, 16).unwrap() & 0b10 != 0
}

/// A run that is asked to end before it has taken up any file.
fn interrupted(folder: &Folder, report: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hallpass-under-test"))
        .args(["check", "--today", "2026-11-26", "--detectors", "/dev/stdin", "--report", report])
        .current_dir(folder.path())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !listens(child.id()) {
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    child.stdin.take().unwrap().write_all(DETECTORS.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn tree() -> Folder {
    let folder = Folder::new();
    for number in 0..FILES {
        folder.write(&format!(".github/workflows/{number}.yml"), "on: push\njobs: {}\n");
    }
    folder.write("notes.txt", "nothing\n");
    folder
}

#[test]
fn files_that_were_not_reached_are_summed_up_for_people() {
    let folder = tree();
    let all = "not reached: 9 files, 8 of which must be checked: .github/workflows/0.yml, .github/workflows/1.yml, \
               .github/workflows/2.yml, .github/workflows/3.yml, .github/workflows/4.yml and 4 more";
    let run = interrupted(&folder, "pretty");
    assert_eq!(run.code, 130, "{}", run.err);
    assert!(run.out.lines().any(|line| line == all), "{}", run.out);
    assert!(run.out.contains("interrupted, 9 files not reached"), "{}", run.out);
    assert_eq!(run.out.matches("5.yml").count(), 0, "{}", run.out);
    let github = interrupted(&folder, "github");
    assert!(github.out.contains("not reached: 9 files") && !github.out.contains("::"), "{}", github.out);
}

#[test]
fn files_that_were_not_reached_stand_whole_in_json() {
    let run = interrupted(&tree(), "json");
    assert_eq!(run.code, 130, "{}", run.err);
    let report = run.json();
    let coverage = report["coverage"].as_array().unwrap();
    assert_eq!(coverage.len(), FILES + 1);
    for entry in coverage {
        assert_eq!(entry["status"], "failed", "{entry}");
        assert_eq!(entry["why"], "not reached: the run was interrupted before", "{entry}");
    }
    let told = run.findings();
    for number in 0..FILES {
        let finding = format!("governance/not-checked .github/workflows/{number}.yml:1");
        assert!(told.contains(&finding), "{told:?}");
    }
}
