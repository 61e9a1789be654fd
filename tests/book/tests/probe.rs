//! Every case of the probe, judged by the engine as a library. `tests/tests/probe.rs` runs them through the module.
//!
//! `HALLPASS_CASE=gitlab-` runs only the cases whose names begin so.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test

use hallpass_book::checker::Native;
use hallpass_book::probe;

#[test]
fn every_fault_is_found_and_no_look_alike_is_flagged() {
    let cases = probe::read().unwrap();
    let (faults, look_alikes) = probe::count(&cases);
    println!("{faults} faults, {look_alikes} look-alikes");
    assert!(!cases.is_empty(), "no case was read");
    let differences = probe::differences(&cases, &Native::configure);
    assert!(differences.is_empty(), "\n{}\n{} differences", differences.join("\n"), differences.len());
}
