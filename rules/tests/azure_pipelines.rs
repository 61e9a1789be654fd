//! Pipelines of Azure through the engine: hostile input on their path is checked, or said not to be; and many files take
//! the time that they are long.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::fmt::Write as _;
use std::sync::Arc;

use hallpass_rules::finding::Status;
use hallpass_rules::{Engine, Settings};

const PATH: &str = "azure-pipelines.yml";

/// How the file ended, and the rules that speak of it.
fn ended(content: impl AsRef<[u8]>) -> (Status, Vec<String>) {
    let engine = Engine::configure(Settings::on(jiff::civil::date(2026, 11, 26))).unwrap();
    let files = [(PATH.to_owned(), Arc::from(content.as_ref()))].into();
    let outcome = engine.check_tree(&files, true);
    let status = outcome.coverage.iter().find(|c| c.path == PATH).unwrap().status;
    (status, outcome.review.findings.into_iter().map(|f| f.rule).collect())
}

fn not_checked(content: impl AsRef<[u8]>) {
    let (status, rules) = ended(content);
    assert_ne!(status, Status::Checked);
    assert!(rules.iter().any(|rule| rule == "governance/not-checked"), "{rules:?}");
}

#[test]
fn what_cannot_be_read_whole_is_a_finding() {
    not_checked(b"trigger: none\nname: \xff\xfe\nsteps: []\n");
    not_checked(b"trigger: none\nname: a\0b\nsteps: []\n");
    not_checked(format!("steps: {}{}\n", "[".repeat(10_000), "]".repeat(10_000)));
    not_checked("steps: []\nsteps:\n- bash: make\n");
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let row = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(bomb, "a{level}: &a{level} [{row}]");
    }
    not_checked(format!("{bomb}steps: *a11\n"));
}

#[test]
fn what_stands_before_a_break_is_judged() {
    let (status, rules) = ended("variables:\n  System.Debug: true\njobs: [\n");
    assert_ne!(status, Status::Checked);
    assert!(rules.iter().any(|rule| rule == "governance/debug-trace"), "{rules:?}");
}

#[test]
fn twenty_thousand_steps_are_checked() {
    let mut content = String::from("variables:\n  System.Debug: true\nsteps:\n");
    for step in 0..20_000 {
        let _ = writeln!(content, "- bash: echo {step}\n  displayName: step {step}");
    }
    let (status, rules) = ended(content);
    assert_eq!(status, Status::Checked);
    assert_eq!(rules, ["governance/debug-trace"]);
}
