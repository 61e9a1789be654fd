//! README says what is true: its rules are the book's, and its commands are the gate's.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hallpass_tests::binary::Binary;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

#[test]
fn every_rule_stands_in_the_table_with_its_title() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for rule in hallpass_rules::rule::RULES {
        let id = rule.meta.id;
        let row = format!("| [`{id}`](rules/book/{id}.md) |");
        let line =
            readme.lines().find(|l| l.starts_with(&row)).unwrap_or_else(|| panic!("README lacks {row}"));
        assert!(
            line.ends_with(&format!("| {} |", rule.meta.title)),
            "README says `{line}`, the page {:?}",
            rule.meta.title
        );
    }
    let rows = readme.lines().filter(|l| l.starts_with("| [`")).count();
    assert_eq!(rows, hallpass_rules::rule::RULES.len(), "README names a rule that is not in the book");
}

#[test]
fn the_gate_runs_the_commands_of_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let gate = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    for command in ["rustup target add wasm32-unknown-unknown", "cargo run --release", "cargo test --release"]
    {
        assert!(readme.contains(command) && gate.contains(command), "{command}");
    }
    assert!(readme.contains("-- check examples") && gate.contains("-- check examples"));
}

#[test]
fn the_picture_is_what_the_first_command_prints() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let picture = readme.split("$ hallpass check examples\n").nth(1).unwrap().split("```").next().unwrap();
    let printed = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"))
        .run(&root(), ["check", "examples", "--today", "2026-11-24"]);
    assert_eq!(printed.code, 1, "{}", printed.err);
    let (block, summary) = picture.split_once("…\n").unwrap();
    assert!(printed.out.contains(block.trim_end()), "{}", printed.out);
    assert!(printed.out.ends_with(summary), "README ends with {summary}, the output with {}", printed.out);
}

#[test]
fn each_framework_is_told_with_how_much_of_it_is_covered() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for framework in hallpass_rules::framework::all() {
        let covered =
            framework.entries.iter().filter(|entry| framework.reaching(entry).next().is_some()).count();
        let not_checked = framework.entries.iter().filter(|entry| entry.not_checked.is_some()).count();
        let about = if framework.whole { "" } else { " that machine identities are about" };
        let rest = match not_checked {
            0 => String::new(),
            count => format!(", {count} not checkable in files"),
        };
        let line = format!(
            "- [{} {}]({}) (`{}`): {covered} of {} entries{about} covered{rest}\n",
            framework.name,
            framework.version,
            framework.source,
            framework.key,
            framework.entries.len()
        );
        assert!(readme.contains(&line), "README lacks\n{line}");
    }
}

#[test]
fn the_commands_of_the_page_of_controls_are_there() {
    let binary = Binary::at(env!("CARGO_BIN_EXE_hallpass-under-test"));
    let controls = hallpass_book::controls::read().unwrap();
    let commands: BTreeSet<&String> = controls.iter().flat_map(|control| &control.commands).collect();
    for command in commands {
        let mut words = command.split(' ');
        let help = binary.run(&root(), [words.next().unwrap(), "--help"]);
        assert_eq!(help.code, 0, "{command}: {}", help.err);
        for option in words {
            assert!(help.out.contains(option), "{command}");
        }
    }
}
