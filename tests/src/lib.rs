//! What the end-to-end tests share: rule pages read as tests, example trees grouped into units as a host groups them,
//! and one seam, [`checker::Checker`], through which the same pages run natively and through the built module.

pub mod binary;
pub mod book;
pub mod built;
pub mod checker;
pub mod fixing;
pub mod tree;
pub mod verdict;

pub use hallpass_rules::rule::{page, template};
