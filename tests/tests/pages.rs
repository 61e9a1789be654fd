//! Every example of every rule page, run through the built module in the host's runtime, and through the engine as a
//! library, so that a difference says which of the two is wrong.
//!
//! `HALLPASS_PAGE=lifetime/` runs only the pages whose rule begins so.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test

use std::collections::{BTreeMap, BTreeSet};

use hallpass_rules::rule::RULES;
use hallpass_tests::book;
use hallpass_tests::built::Built;
use hallpass_tests::checker::{Configure, Native};
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
    book::pages().unwrap()
}

fn run(page: &Page, configure: Configure<'_>) -> Vec<Verdict> {
    page.examples.iter().map(|e| verdict::run(page, e, configure, &book::canary)).collect()
}

/// Rule → dialects in which an example of its page made it fire.
fn matrix(pages: &[Page]) -> BTreeMap<String, BTreeSet<String>> {
    pages
        .iter()
        .map(|p| (p.rule.clone(), run(p, &Built::configure).into_iter().flat_map(|v| v.fired_in).collect()))
        .collect()
}

#[test]
fn every_example_gives_what_its_page_says_through_the_built_module() {
    every_example_gives_what_its_page_says(&Built::configure);
}

#[test]
fn every_example_gives_what_its_page_says_as_a_library() {
    every_example_gives_what_its_page_says(&Native::configure);
}

fn every_example_gives_what_its_page_says(configure: Configure<'_>) {
    let mut failures = Vec::new();
    let mut examples = 0;
    for page in pages() {
        failures.extend(page.problems.iter().cloned());
        for verdict in run(&page, configure) {
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
    if std::env::var(book::ONLY).is_err() {
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
    for rule in EVERYWHERE.iter().filter(|r| std::env::var(book::ONLY).map_or(true, |o| r.starts_with(&o))) {
        for dialect in DIALECTS {
            if !matrix.get(*rule).is_some_and(|d| d.contains(dialect)) {
                missing.push(format!("{rule} does not fire in {dialect}"));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}
