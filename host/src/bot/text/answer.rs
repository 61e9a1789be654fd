//! Answers to people.

use std::fmt::Write as _;

use super::{fenced, line, name};
use crate::report::text::Edited;

/// Longest page that is quoted, in characters.
const LONGEST: usize = 20_000;

/// A rule's page, which is ours to the letter.
#[must_use]
pub fn explained(title: &str, rule: &str, page: &str) -> String {
    let page: String = page.chars().take(LONGEST).collect();
    format!(
        "**{}** ({})\n\n<details><summary>What it catches, why it matters, how to fix it</summary>\n\n{page}\n\n</details>",
        line(title),
        name(rule)
    )
}

/// A waiver to be reviewed like any other change: as other text for the lines, or as a row for the policy.
#[must_use]
pub fn waiver(login: &str, until: &str, comment: Option<&Edited>, row: &str, policy: &str) -> String {
    let mut out = format!("Proposed by {}, until {}.", name(login), name(until));
    match comment {
        Some(suggestion) => {
            let _ = write!(
                out,
                " It holds once it is committed here and merged:\n\n{}",
                fenced("suggestion", &suggestion.text)
            );
            let _ = write!(out, "\n\nOr, in {}:\n\n{}", name(policy), fenced("toml", row));
        }
        None => {
            let _ = write!(
                out,
                " It holds once this stands in {} and is merged:\n\n{}",
                name(policy),
                fenced("toml", row)
            );
        }
    }
    out
}

/// Why not.
#[must_use]
pub fn refused(why: &str) -> String {
    format!("Not done: {}.", line(why))
}
