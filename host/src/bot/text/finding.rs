//! A comment about one finding.

use std::fmt::Write as _;

use super::{cut, fenced, line, rule};
use crate::bot::forge::{Limits, Suggestions};
use crate::bot::verdict::{Item, Standing};
use crate::report::severity_name;
use crate::report::text::Edited;

/// Longest message and help, in characters.
const LONGEST: usize = 4_000;

/// What is wrong and what to do. The same as long as the finding is the same: no commit, no date.
#[must_use]
pub fn open(item: &Item, suggestion: Option<&Edited>, limits: Limits) -> String {
    let mut out = head(item);
    let _ = write!(out, "\n\n{}", line(&cut(&item.message, LONGEST)));
    let mut help = item.help.iter().flat_map(|help| help.lines());
    if let Some(first) = help.next() {
        let _ = write!(out, "\n\n{}", line(&cut(first, LONGEST)));
        let example: Vec<String> = help.map(crate::report::text::plain).collect();
        if !example.is_empty() {
            let _ = write!(out, "\n\n{}", fenced("", &cut(&example.join("\n"), LONGEST)));
        }
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
    let _ = write!(
        out,
        "\n\n<sub>`/hallpass explain` says more. `/hallpass waive DAYS REASON`, from somebody with write access who is not the \
         author, proposes to accept it for a while.</sub>"
    );
    out
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
