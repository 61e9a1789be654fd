//! Every example of every rule page, run through the built module in the host's runtime. `tests/book` judges them by the
//! engine as a library, so that a difference says which of the two is wrong.
//!
//! `HALLPASS_PAGE=lifetime/` runs only the pages whose rule begins so.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test

use hallpass_book::{pages, verdict};
use hallpass_tests::built::Built;

#[test]
fn every_example_gives_what_its_page_says_through_the_built_module() {
    let (examples, failures) = verdict::of(&pages::read().unwrap(), &Built::configure);
    println!("{examples} examples");
    assert!(failures.is_empty(), "\n{}\n{} differences", failures.join("\n"), failures.len());
}
