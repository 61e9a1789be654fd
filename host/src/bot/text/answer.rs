//! Answers to people.

use std::fmt::Write as _;

use super::{fenced, line, name, rule};
use crate::report::text::Edited;

/// Longest part of a page that is quoted, in bytes.
const LONGEST: usize = 8_000;
/// Where on a page its tests begin, which are for those who write rules.
const EXAMPLES: &str = "\n## Examples";

/// A rule's page, which is ours to the letter, without its tests; `url` is where the whole stands.
#[must_use]
pub fn explained(title: &str, id: &str, url: Option<&str>, page: &str) -> String {
    let said = page.split(EXAMPLES).next().unwrap_or_default();
    // Its first line is the title.
    let said = said.trim().split_once('\n').map_or(said, |(_, rest)| rest);
    let mut quoted = String::new();
    // Paragraphs are quoted whole, and no block of code is left open.
    for part in said.split("\n\n").take_while(|part| !part.contains("```")) {
        if quoted.len() + part.len() > LONGEST {
            break;
        }
        quoted.push_str(part);
        quoted.push_str("\n\n");
    }
    format!(
        "**{}** ({})\n\n<details><summary>What it catches, why it matters, how to fix it</summary>\n\n{}\n\n</details>",
        line(title),
        rule(id, url),
        quoted.trim()
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

/// An answer that does not stand below what it answers.
#[must_use]
pub fn answer_to(login: &str, said: &str) -> String {
    format!("To {}:\n\n{said}", name(login))
}

/// Why not.
#[must_use]
pub fn refused(why: &str) -> String {
    format!("Not done: {}.", line(why))
}
