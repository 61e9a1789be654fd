//! Markdown for people: job summaries, annotations of Buildkite, comments. Nothing of a finding is markup.

use std::fmt::Write as _;

use crate::report::escape::{code, markdown, markdown_text};
use crate::report::row::Row;
use crate::report::text::plain;
use crate::report::{Material, pretty};
use crate::runtime::contract::Status;
use crate::scan::is_unreached;

/// Largest annotation of Buildkite, in bytes.
pub(super) const ANNOTATION: usize = 1 << 20;
/// What is kept for the line that says what was left out.
const KEPT: usize = 200;
/// Most files named that could not be checked whole.
const FAILED: usize = 20;

/// All findings.
pub(super) fn whole(material: &Material<'_>) -> String {
    within(material, usize::MAX)
}

/// The worst findings that fit into `most` bytes, and how many did not.
pub(super) fn within(material: &Material<'_>, most: usize) -> String {
    let mut out = String::from("## hallpass\n\n");
    let _ = writeln!(out, "{}", markdown_text(&pretty::summary_line(material)));
    let rows = material.worst_of_reached();
    let tail = tail(material);
    let room = most.saturating_sub(out.len() + tail.len() + KEPT);
    if !rows.is_empty() {
        out.push_str("\n| Severity | Where | What |\n| --- | --- | --- |\n");
    }
    let mut left = room;
    let mut shown = 0;
    for row in &rows {
        let line = line(material, row);
        if line.len() > left {
            break;
        }
        left -= line.len();
        shown += 1;
        out.push_str(&line);
    }
    if shown < rows.len() {
        let more = rows.len() - shown;
        let _ = writeln!(
            out,
            "\n**{more} more {} cut off here.**",
            if more == 1 { "finding" } else { "findings" }
        );
    }
    out.push_str(&tail);
    match out.len() > most {
        true => String::new(),
        false => out,
    }
}

fn line(material: &Material<'_>, row: &Row<'_>) -> String {
    let rule = &row.finding.rule;
    let name = match material.rule_url(rule) {
        Some(url) => format!("[{}]({url})", code(rule)),
        None => code(rule),
    };
    let place = match row.region {
        Some(region) => {
            let place = code(&format!("{}:{}", row.path, region.line));
            match material.forge.as_ref().map(|forge| forge.link(&row.finding.at.path, region.line)) {
                Some(link) => format!("[{place}]({link})"),
                None => place,
            }
        }
        None => code(&row.path),
    };
    let help = row.help().lines().next().map_or_else(String::new, |help| format!("<br>{}", markdown(help)));
    format!("| {} | {place} | {name}: {}{help} |\n", row.words.own, markdown(&row.message))
}

/// What could not be checked whole, so that no reader takes it for clean.
fn tail(material: &Material<'_>) -> String {
    let failed = || {
        let failed = material.outcome.coverage.iter().filter(|entry| entry.status == Status::Failed);
        failed.filter(|entry| !is_unreached(entry))
    };
    let count = failed().count();
    let mut out = String::new();
    if let Some(line) = pretty::unreached(material) {
        let _ = writeln!(out, "\n{}", markdown(&line));
    }
    for (index, entry) in failed().take(FAILED).enumerate() {
        if index == 0 {
            out.push_str("\nNot checked whole:\n\n");
        }
        let why = markdown(&plain(entry.why.as_deref().unwrap_or("unknown reason")));
        let _ = writeln!(out, "- {}: {why}", code(&plain(&entry.path)));
    }
    if count > FAILED {
        let _ = writeln!(out, "- {} more", count - FAILED);
    }
    out
}
