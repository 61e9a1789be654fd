//! A comment about one finding.

use std::fmt::Write as _;

use super::{cut, fenced, line, name, rule};
use crate::bot::forge::{Limits, Suggestions};
use crate::bot::verdict::{Item, Standing};
use crate::report::severity_name;
use crate::report::text::Edited;

/// Longest message and help, in characters.
const LONGEST: usize = 4_000;
/// Most places that are named besides the one it stands at.
const PLACES: usize = 5;

/// What is wrong and what to do. The same as long as the finding is the same: no commit, no date.
#[must_use]
pub fn open(item: &Item, suggestion: Option<&Edited>, limits: Limits) -> String {
    let mut out = head(item);
    let _ = write!(out, "\n\n{}", line(&cut(&item.message, LONGEST)));
    for help in item.help.iter().flat_map(|help| help.lines()) {
        let _ = write!(out, "\n\n{}", line(&cut(help, LONGEST)));
    }
    if !item.places.is_empty() {
        let _ = write!(out, "\n\n{}", places(item));
    }
    let more = item.related.len().saturating_sub(PLACES);
    for (index, (path, at, note)) in item.related.iter().take(PLACES).enumerate() {
        let start = if index == 0 { "\n\n" } else { "\n" };
        let _ = write!(out, "{start}- {}: {}", name(&format!("{path}:{at}")), line(&cut(note, LONGEST)));
    }
    if more > 0 {
        let _ = write!(out, "\n- and {more} more");
    }
    if let Some(suggestion) = suggestion {
        let more = suggestion.lines.1.saturating_sub(suggestion.lines.0);
        let named = match limits.suggestions {
            Suggestions::None => String::new(),
            Suggestions::Lines => "suggestion".to_owned(),
            Suggestions::Above => format!("suggestion:-{more}+0"),
        };
        let _ = write!(out, "\n\n{}", fenced(&named, &suggestion.text));
    }
    if let Some(by) = &item.proposed {
        let _ = write!(
            out,
            "\n\nThis change brings a waiver for it ({}), which is in force once it is merged.",
            line(by)
        );
    }
    let _ = write!(out, "\n\n<sub>{}</sub>", orders(item, limits));
    out
}

/// What people may ask, where they are heard.
fn orders(item: &Item, limits: Limits) -> String {
    if !limits.hears_replies {
        let order = name(&format!("/hallpass explain {}", item.rule));
        return format!("{order} below the pull request says more.");
    }
    let waive = "`/hallpass waive DAYS REASON`, from somebody with write access who is not the author, proposes to accept it for a \
                 while.";
    match item.waivable {
        true => format!("`/hallpass explain` says more. {waive}"),
        false => "`/hallpass explain` says more.".to_owned(),
    }
}

/// Where else the same stands: mending it here leaves it there.
pub(super) fn places(item: &Item) -> String {
    let named: Vec<String> =
        item.places.iter().take(PLACES).map(|(path, line)| name(&format!("{path}:{line}"))).collect();
    let more = item.places.len().saturating_sub(PLACES);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("The same in {}{rest}.", named.join(", "))
}

fn head(item: &Item) -> String {
    format!(
        "**{}** · {} · {}",
        severity_name(item.severity),
        rule(&item.rule, item.url.as_deref()),
        item.state.name()
    )
}

/// What became of it. `was` is the text that stood there.
#[must_use]
pub fn done(was: &str, standing: Option<&Standing>, commit: &str) -> String {
    let short: String = commit.chars().take(10).collect();
    let what = match standing {
        None => format!("**Fixed in {short}.**"),
        Some(Standing::Known) => {
            "**Not of this change any more**: the target branch has it as well.".to_owned()
        }
        Some(Standing::Waived(by)) => format!("**Accepted**: {}.", line(by)),
    };
    let quiet = without_suggestion(was);
    format!("{what}\n\n<details><summary>What it said</summary>\n\n{quiet}\n\n</details>")
}

/// Nobody is to take a suggestion that has no finding any more.
fn without_suggestion(text: &str) -> String {
    let fence = |line: &str| line.len() - line.trim_start_matches('`').len();
    let quiet = |line: &str| match fence(line) {
        ticks @ 3.. if line.get(ticks..).is_some_and(|rest| rest.starts_with("suggestion")) => {
            "`".repeat(ticks)
        }
        _ => line.to_owned(),
    };
    text.lines().map(quiet).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_is_not_offered_any_more() {
        let was = "text\n\n````suggestion\na\n````";
        let done = done(was, None, "0123456789abcdef");
        assert!(done.starts_with("**Fixed in 0123456789.**"));
        assert!(done.contains("\n````\na\n````") && !done.contains("suggestion"));
    }
}
