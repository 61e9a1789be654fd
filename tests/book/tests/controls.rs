//! The page of controls is that of the table, and the table names what there is. `HALLPASS_WRITE=1` writes the page.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)] // a test

use std::fs;

use hallpass_book::controls::{COVERED, faults, page, path, read};

#[test]
fn the_table_names_what_there_is() {
    let faults = faults(&read().unwrap());
    assert!(faults.is_empty(), "rules/book/controls.toml:\n{}", faults.join("\n"));
}

#[test]
fn most_controls_are_covered() {
    let covered = read().unwrap().iter().filter(|control| control.covered()).count();
    assert!(covered >= COVERED, "{covered}");
}

#[test]
fn the_page_of_controls_is_that_of_the_table() {
    let made = page(&read().unwrap());
    if std::env::var_os("HALLPASS_WRITE").is_some() {
        fs::write(path(), &made).expect("the page can be written");
    }
    let stands = fs::read_to_string(path()).expect("rules/book/controls.md");
    assert!(
        made == stands,
        "rules/book/controls.md is not that of the table: run `HALLPASS_WRITE=1 cargo test -p hallpass-book`"
    );
}
