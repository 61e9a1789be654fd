//! Every case of the probe, run through the built module in the host's runtime. `tests/book` judges them by the engine as
//! a library, so that a difference says which of the two is wrong.
//!
//! `HALLPASS_CASE=gitlab-` runs only the cases whose names begin so.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test

use hallpass_book::probe;
use hallpass_tests::built::Built;

#[test]
fn every_fault_is_found_and_no_look_alike_is_flagged_through_the_built_module() {
    let cases = probe::read().unwrap();
    let (faults, look_alikes) = probe::count(&cases);
    println!("{faults} faults, {look_alikes} look-alikes");
    assert!(!cases.is_empty(), "no case was read");
    let differences = probe::differences(&cases, &Built::configure);
    assert!(differences.is_empty(), "\n{}\n{} differences", differences.join("\n"), differences.len());
}
