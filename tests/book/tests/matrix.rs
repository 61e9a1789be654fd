//! The page of rules and pipeline systems is that of the examples, without an empty cell. `HALLPASS_WRITE=1` writes it.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)] // a test

use std::fs;

use hallpass_book::matrix::{Matrix, path};
use hallpass_book::pages;

#[test]
fn every_rule_is_shown_in_every_system_or_says_why_not() {
    let matrix = Matrix::of(&pages::read().unwrap()).unwrap();
    let gaps = matrix.gaps();
    assert!(gaps.is_empty(), "\n{}\n{} gaps", gaps.join("\n"), gaps.len());
}

#[test]
fn the_page_of_rules_and_systems_is_made_of_the_examples() {
    let made = Matrix::of(&pages::read().unwrap()).unwrap().page();
    if std::env::var_os("HALLPASS_WRITE").is_some() {
        fs::write(path(), &made).expect("the page can be written");
    }
    let stands = fs::read_to_string(path()).expect("rules/book/matrix.md");
    let apart = made.lines().zip(stands.lines()).find(|(made, stands)| made != stands);
    assert!(
        made == stands,
        "rules/book/matrix.md is not that of the examples: run `HALLPASS_WRITE=1 cargo test -p hallpass-book`\n{apart:#?}"
    );
}
