//! The page of token formats is that of the rows. `HALLPASS_WRITE=1` writes it.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)] // a test

use std::fs;

use hallpass_book::detectors::{page, path};

#[test]
fn the_page_of_token_formats_is_made_of_the_rows() {
    let made = page();
    if std::env::var_os("HALLPASS_WRITE").is_some() {
        fs::write(path(), &made).expect("the page can be written");
    }
    let stands = fs::read_to_string(path()).expect("rules/book/detectors.md");
    let apart = made.lines().zip(stands.lines()).find(|(made, stands)| made != stands);
    assert!(
        made == stands,
        "rules/book/detectors.md is not that of the rows: run `HALLPASS_WRITE=1 cargo test -p hallpass-book`\n{apart:#?}"
    );
    assert!(made.lines().filter(|line| line.starts_with("| `")).count() >= 250);
}
