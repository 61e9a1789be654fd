//! Markdown: a table for each framework.

use std::fmt::Write as _;

use super::{Counts, Coverage, entitled, page_of};
use crate::report::{code, markdown_text};

/// All frameworks.
pub(super) fn render(coverage: &Coverage<'_>) -> String {
    let checked = coverage.findings.is_some();
    let mut out = String::from("## Frameworks\n");
    for framework in &coverage.frameworks {
        let _ = writeln!(out, "\n### {}\n", markdown_text(&framework.titled()));
        let note = framework.note.map(|note| format!(" ({note})")).unwrap_or_default();
        let summary = markdown_text(&format!("{}{note}", framework.summary()));
        let _ = writeln!(out, "{summary}. <{}>\n", framework.source);
        let (head, line) = if checked { (" Findings |", " --- |") } else { ("", "") };
        let _ = writeln!(out, "| Entry | Rules |{head}\n| --- | --- |{line}");
        for entry in &framework.entries {
            let name = markdown_text(&entitled(entry.id, entry.title));
            let name = match entry.address {
                Some(address) => format!("[{name}]({address})"),
                None => name,
            };
            let linked = |rule: &&str| match page_of(rule) {
                Some(page) => format!("[{}]({page})", code(rule)),
                None => code(rule),
            };
            let rules: Vec<String> = entry.rules.iter().map(linked).collect();
            let rules = match entry.not_checked {
                Some(why) => format!("*not checkable:* {}", markdown_text(why)),
                None => rules.join(", "),
            };
            let counted = match (checked, entry.findings) {
                (true, counts) => format!(" {} |", counts.map(Counts::shown).unwrap_or_default()),
                (false, _) => String::new(),
            };
            let _ = writeln!(out, "| {name} | {rules} |{counted}");
        }
    }
    out
}
