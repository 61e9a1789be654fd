//! Every example of every rule page, judged by the engine as a library. `tests/tests/pages.rs` runs them through the module.
//!
//! `HALLPASS_PAGE=lifetime/` runs only the pages whose rule begins so.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test

use std::collections::{BTreeMap, BTreeSet};

use hallpass_book::checker::Native;
use hallpass_book::page::{self, Page};
use hallpass_book::pages;
use hallpass_book::verdict;
use hallpass_rules::rule::RULES;

/// Rules that must fire in the first three dialects from the same code.
const EVERYWHERE: [&str; 4] = [
    "secret/hardcoded-credential",
    "lifetime/above-ceiling",
    "lifetime/static-cloud-key",
    "scope/admin-grant",
];
const DIALECTS: [&str; 3] = ["github-actions", "kubernetes", "terraform"];

#[test]
fn every_example_gives_what_its_page_says() {
    let (examples, failures) = verdict::of(&pages::read().unwrap(), &Native::configure);
    println!("{examples} examples");
    assert!(failures.is_empty(), "\n{}\n{} differences", failures.join("\n"), failures.len());
}

/// Rule → dialects in which an example of its page made it fire.
fn matrix(pages: &[Page]) -> BTreeMap<String, BTreeSet<String>> {
    let fired = |page: &Page| verdict::of_page(page, &Native::configure).flat_map(|v| v.fired_in).collect();
    pages.iter().map(|page| (page.rule.clone(), fired(page))).collect()
}

#[test]
fn every_rule_shows_what_it_flags_and_what_it_accepts() {
    let pages = pages::read().unwrap();
    let mut missing = Vec::new();
    for page in &pages {
        if page.examples.iter().all(page::Example::accepted) {
            missing.push(format!("{}: no example is flagged", page.path));
        }
        if !page.examples.iter().any(page::Example::accepted) {
            missing.push(format!("{}: no example is accepted", page.path));
        }
    }
    if std::env::var(pages::ONLY).is_err() {
        let paged: BTreeSet<&str> = pages.iter().map(|p| p.rule.as_str()).collect();
        let built: BTreeSet<&str> = RULES.iter().map(|r| r.meta.id).collect();
        assert_eq!(paged, built, "the book and the built rules differ");
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn rules_fire_in_every_dialect_from_the_same_code() {
    let pages = pages::read().unwrap();
    let matrix = matrix(&pages);
    for (rule, dialects) in &matrix {
        println!("{rule:<40} {}", dialects.iter().cloned().collect::<Vec<_>>().join(" "));
    }
    let mut missing = Vec::new();
    for rule in EVERYWHERE.iter().filter(|r| std::env::var(pages::ONLY).map_or(true, |o| r.starts_with(&o))) {
        for dialect in DIALECTS {
            if !matrix.get(*rule).is_some_and(|d| d.contains(dialect)) {
                missing.push(format!("{rule} does not fire in {dialect}"));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}
