//! The rule book as tests: pages read, example trees grouped into units as a host groups them, and one seam,
//! [`checker::Checker`], through which the same pages run natively and through the built module.
//!
//! Apart from the other tests, since nothing here needs the host: a rule is tried in seconds.

pub mod checker;
pub mod controls;
pub mod detectors;
pub mod fixing;
pub mod matrix;
pub mod pages;
pub mod probe;
pub mod tree;
pub mod verdict;

pub use hallpass_rules::rule::{page, template};
