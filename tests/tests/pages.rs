//! Every example of every rule page, run through the engine.
//!
//! `HALLPASS_PAGE=lifetime/` runs only the pages whose rule begins so.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use hallpass_rules::rule::RULES;
use hallpass_tests::checker::Native;
use hallpass_tests::page::{self, Page};
use hallpass_tests::verdict::{self, Verdict};

/// Rules that must fire in the first three dialects from the same code.
const EVERYWHERE: [&str; 4] = [
    "secret/hardcoded-credential",
    "lifetime/above-ceiling",
    "lifetime/static-cloud-key",
    "scope/admin-grant",
];
const DIALECTS: [&str; 3] = ["github-actions", "kubernetes", "terraform"];

fn pages() -> Vec<Page> {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/book");
    let only = std::env::var("HALLPASS_PAGE").unwrap_or_default();
    let mut pages = Vec::new();
    for class in fs::read_dir(book).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        for file in fs::read_dir(&class).unwrap().map(|e| e.unwrap().path()) {
            if file.extension().is_none_or(|e| e != "md") {
                continue;
            }
            let class = class.file_name().unwrap().to_string_lossy().into_owned();
            let rule = format!("{class}/{}", file.file_stem().unwrap().to_string_lossy());
            if rule.starts_with(&only) {
                let text = fs::read_to_string(&file).unwrap();
                pages.push(page::read(&format!("rules/book/{rule}.md"), &rule, &text));
            }
        }
    }
    pages.sort_by(|a, b| a.rule.cmp(&b.rule));
    pages
}

fn canary(id: &str, seed: u64) -> Option<String> {
    let _ = (id, seed);
    None
}

fn run(page: &Page) -> Vec<Verdict> {
    page.examples.iter().map(|e| verdict::run(page, e, &Native::configure, &canary)).collect()
}

/// Rule → dialects in which an example of its page made it fire.
fn matrix(pages: &[Page]) -> BTreeMap<String, BTreeSet<String>> {
    pages.iter().map(|p| (p.rule.clone(), run(p).into_iter().flat_map(|v| v.fired_in).collect())).collect()
}

#[test]
fn every_example_gives_what_its_page_says() {
    let mut failures = Vec::new();
    let mut examples = 0;
    for page in pages() {
        failures.extend(page.problems.iter().cloned());
        for verdict in run(&page) {
            examples += 1;
            failures.extend(verdict.failures);
        }
    }
    println!("{examples} examples");
    assert!(failures.is_empty(), "\n{}\n{} differences", failures.join("\n"), failures.len());
}

#[test]
fn every_rule_shows_what_it_flags_and_what_it_accepts() {
    let pages = pages();
    let mut missing = Vec::new();
    for page in &pages {
        if page.examples.iter().all(page::Example::accepted) {
            missing.push(format!("{}: no example is flagged", page.path));
        }
        if !page.examples.iter().any(page::Example::accepted) {
            missing.push(format!("{}: no example is accepted", page.path));
        }
    }
    if std::env::var("HALLPASS_PAGE").is_err() {
        let paged: BTreeSet<&str> = pages.iter().map(|p| p.rule.as_str()).collect();
        let built: BTreeSet<&str> = RULES.iter().map(|r| r.meta.id).collect();
        assert_eq!(paged, built, "the book and the built rules differ");
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn rules_fire_in_every_dialect_from_the_same_code() {
    let pages = pages();
    let matrix = matrix(&pages);
    for (rule, dialects) in &matrix {
        println!("{rule:<40} {}", dialects.iter().cloned().collect::<Vec<_>>().join(" "));
    }
    let mut missing = Vec::new();
    for rule in
        EVERYWHERE.iter().filter(|r| std::env::var("HALLPASS_PAGE").map_or(true, |o| r.starts_with(&o)))
    {
        for dialect in DIALECTS {
            if !matrix.get(*rule).is_some_and(|d| d.contains(dialect)) {
                missing.push(format!("{rule} does not fire in {dialect}"));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}
