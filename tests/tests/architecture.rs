//! The invariants of the layout. Each test names every place that breaks one.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)] // a test

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Longest file without a reason at its top, in lines.
const LONG: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Rust files below a folder: path from the root, text.
fn rust_files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(dir) = open.pop() {
        let Ok(entries) = fs::read_dir(&dir) else { continue };
        for path in entries.map(|e| e.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && name != "node_modules" && !name.starts_with('.') {
                    open.push(path);
                }
            } else if name.ends_with(".rs") {
                let shown = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((shown, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} holds no Rust file: was it moved?");
    found
}

/// The lines that the shipped crate is made of, numbered from 1: without comments, and without test modules.
fn code(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut skip_module_of: Option<usize> = None;
    let mut test_next = false;
    for (index, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        if let Some(outer) = skip_module_of {
            if indent == outer && line.trim_end() == format!("{}}}", " ".repeat(outer)) {
                skip_module_of = None;
            }
            continue;
        }
        let bare = without_comment(line);
        if bare.trim() == "#[cfg(test)]" {
            test_next = true;
        } else if test_next && bare.trim_end().ends_with('{') {
            skip_module_of = Some(indent);
            test_next = false;
        } else if !(bare.trim().is_empty() || test_next && bare.trim().starts_with("#[")) {
            if !test_next {
                lines.push((index + 1, bare.to_owned()));
            }
            test_next = false;
        }
    }
    lines
}

/// A line up to `//` outside a string.
fn without_comment(line: &str) -> &str {
    let mut in_string = false;
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if in_string => at += 1,
            b'"' if at == 0 || bytes[at - 1] != b'\'' => in_string = !in_string,
            b'/' if !in_string && bytes.get(at + 1) == Some(&b'/') => return &line[..at],
            _ => {}
        }
        at += 1;
    }
    line
}

/// Whether a file is made of tests only.
fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.split('/').any(|p| p == "tests")
}

/// Every place under `folder` where `breaks` says so.
fn offences(folder: &str, breaks: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut offences = Vec::new();
    for (path, text) in rust_files(folder) {
        if is_test_file(&path.replace(&format!("{folder}/"), "")) {
            continue;
        }
        for (line, code) in code(&text) {
            if let Some(why) = breaks(&code) {
                offences.push(format!("{path}:{line}: {why}: {}", code.trim()));
            }
        }
    }
    offences
}

fn assert_none(offences: &[String], invariant: &str) {
    assert!(offences.is_empty(), "{invariant}\n{}", offences.join("\n"));
}

/// Whether `word` stands in `line` with no identifier character on either side.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(part_of_name)
            && !line[at + word.len()..].chars().next().is_some_and(part_of_name)
    })
}

/// The ids of all rules, from the book.
fn rule_ids() -> Vec<String> {
    let mut ids = Vec::new();
    for class in fs::read_dir(root().join("rules/book")).unwrap().map(|e| e.unwrap().path()) {
        for page in fs::read_dir(&class).into_iter().flatten().map(|e| e.unwrap().path()) {
            let class = class.file_name().unwrap().to_string_lossy().into_owned();
            ids.push(format!("{class}/{}", page.file_stem().unwrap().to_string_lossy()));
        }
    }
    assert!(!ids.is_empty());
    ids
}

/// The dialects' folder names.
fn dialects() -> Vec<String> {
    let folder = root().join("rules/src/dialect");
    let dirs = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut names: Vec<String> = dirs
        .filter(|p| p.join("mod.rs").is_file())
        .map(|p| p.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn the_rules_crate_is_pure() {
    // `std::io` itself is traits over memory; what they would reach outside by stands here.
    const IMPURE: [&str; 17] = [
        "std::fs",
        "std::net",
        "std::env",
        "std::time",
        "std::process",
        "std::thread",
        "io::stdin",
        "io::stdout",
        "io::stderr",
        "SystemTime",
        "Instant",
        "rand",
        "getrandom",
        "HashMap",
        "HashSet",
        "RandomState",
        "Zoned::now",
    ];
    let found = offences("rules/src", |line| {
        // `env!("OUT_DIR")` is read by the compiler, not by the program.
        IMPURE.iter().find(|word| has_word(line, word)).map(|word| format!("uses {word}"))
    });
    assert_none(&found, "nothing under rules/src uses files, network, clock, environment or randomness");
}

#[test]
fn rules_know_no_dialect() {
    let names = dialects();
    let found = offences("rules/src/rule", |line| {
        if has_word(line, "dialect") {
            return Some("reaches for a dialect".to_owned());
        }
        names.iter().find_map(|name| {
            // A platform may bear a dialect's name (`kubernetes`): then only the path to its module is forbidden.
            let dashed = name.replace('_', "-");
            let is_platform = ["kubernetes"].contains(&name.as_str());
            let named = line.contains(&format!("\"{dashed}\"")) || has_word(line, name);
            (named && !is_platform).then(|| format!("names the dialect {dashed}"))
        })
    });
    assert_none(&found, "nothing under rules/src/rule imports or names a dialect");
}

#[test]
fn dialects_know_no_rule() {
    let ids = rule_ids();
    let found = offences("rules/src/dialect", |line| {
        if line.contains("crate::rule") || line.contains("super::rule") {
            return Some("reaches for rules".to_owned());
        }
        ids.iter().find(|id| line.contains(id.as_str())).map(|id| format!("names {id}"))
    });
    assert_none(&found, "nothing under rules/src/dialect names a rule");
}

#[test]
fn plugin_and_host_hold_no_rule() {
    let ids = rule_ids();
    for folder in ["plugin", "host"] {
        let found = offences(folder, |line| {
            ids.iter().find(|id| line.contains(&format!("\"{id}\""))).map(|id| format!("names {id}"))
        });
        assert_none(&found, "plugin and host hold no rule");
    }
}

#[test]
fn reports_change_no_finding() {
    if !root().join("host/src/report").is_dir() {
        return;
    }
    let found = offences("host/src/report", |line| {
        ["&mut Finding", "&mut [Finding", "&mut Vec<Finding"]
            .iter()
            .find(|t| line.contains(**t))
            .map(|t| format!("takes {t}"))
    });
    assert_none(&found, "a report reads findings and changes none");
}

#[test]
fn long_files_say_why() {
    let mut long = Vec::new();
    for folder in ["rules/src", "plugin", "host", "tests"] {
        for (path, text) in rust_files(folder) {
            let lines = text.lines().count();
            let excused = text.lines().take(30).any(|l| l.contains("Long because:"));
            if lines > LONG && !excused {
                long.push(format!("{path}: {lines} lines and no `Long because:` at the top"));
            }
        }
    }
    assert_none(&long, "a file of more than 500 lines is asking to be two");
}

#[test]
fn names_say_what_is_inside() {
    const EMPTY_WORDS: [&str; 6] = ["utils", "util", "helpers", "helper", "common", "misc"];
    let mut empty = Vec::new();
    for folder in ["rules", "plugin", "host", "tests"] {
        for (path, _) in rust_files(folder) {
            let parts = path.trim_end_matches(".rs").split(['/', '_']);
            if let Some(word) = parts.into_iter().find(|p| EMPTY_WORDS.contains(p)) {
                empty.push(format!("{path}: `{word}` says nothing"));
            }
        }
    }
    assert_none(&empty, "names are the field's own");
}

#[test]
fn the_reader_of_this_test_sees_code_only() {
    let text = "use std::x; // std::fs\nlet a = \"http://std\"; // b\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n\
                fn f() {}\n#[cfg(test)]\nuse std::fs;\nfn g() {}\n";
    let seen: Vec<String> = code(text).into_iter().map(|(n, l)| format!("{n} {}", l.trim_end())).collect();
    assert_eq!(seen, ["1 use std::x;", "2 let a = \"http://std\";", "7 fn f() {}", "10 fn g() {}"]);
    assert!(has_word("a HashMap<", "HashMap") && !has_word("MyHashMap", "HashMap"));
}

/// A library of which host and build script ask different features is compiled twice, and so is all that uses it: with
/// one leaf that is all of Cranelift, and minutes. Cargo shows its plan only when it takes us for a nightly.
#[test]
fn the_build_compiles_no_library_twice() {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["build", "--release", "--locked", "--offline", "-Zunstable-options", "--unit-graph"])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{error}"));
    let mut kinds: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for unit in plan["units"].as_array().expect("units") {
        if unit["mode"] == "build" && unit["target"]["kind"][0] == "lib" {
            let kind = format!("{} at level {}", unit["features"], unit["profile"]["opt_level"]);
            kinds.entry(unit["pkg_id"].as_str().expect("an id")).or_default().insert(kind);
        }
    }
    assert!(kinds.len() > 50, "the plan was not read: {error}");
    kinds.retain(|_, kinds| kinds.len() > 1);
    assert!(kinds.is_empty(), "name them in host/Cargo.toml with the same features:\n{kinds:#?}");
}
