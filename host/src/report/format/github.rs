//! Workflow commands of GitHub Actions, and the job's summary.
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::markdown;
use crate::report::escape::{github_data, github_property};
use crate::report::row::Row;
use crate::report::{Material, pretty, shortened};

/// Most annotations of one type that a step may have; the rest would be dropped without a word.
const MOST: usize = 10;
/// Longest message that is shown, in bytes.
const LONGEST: usize = 4_000;
/// Largest summary of a step, in bytes.
const SUMMARY: usize = 1 << 20;
/// Names the file that takes the summary.
const SUMMARY_FILE: &str = "GITHUB_STEP_SUMMARY";

pub(super) fn render(material: &Material<'_>) -> String {
    let mut out = String::new();
    let mut left_out = 0;
    let rows = material.worst_of_reached();
    for kind in ["error", "warning", "notice"] {
        let of_kind: Vec<&Row<'_>> = rows.iter().filter(|row| row.words.github == kind).collect();
        for row in of_kind.iter().take(MOST) {
            annotation(row, &mut out);
        }
        left_out += of_kind.len().saturating_sub(MOST);
    }
    if let Some(line) = pretty::unreached(material) {
        let _ = writeln!(out, "hallpass: {}", github_data(&line));
    }
    if left_out > 0 {
        let findings = if left_out == 1 { "finding" } else { "findings" };
        let _ = writeln!(
            out,
            "hallpass: {left_out} more {findings}: GitHub shows {MOST} annotations of a kind; the job's summary lists more"
        );
    }
    out
}

fn annotation(row: &Row<'_>, out: &mut String) {
    let mut properties = vec![format!("file={}", github_property(&row.path))];
    if let Some(region) = row.region {
        properties.push(format!("line={}", region.line));
        properties.push(format!("endLine={}", region.end_line));
        // Columns of a place over several lines would be refused.
        if region.line == region.end_line {
            properties.push(format!("col={}", region.column));
            properties.push(format!("endColumn={}", region.end_column));
        }
    }
    properties.push(format!("title={}", github_property(&format!("{} ({})", row.title, row.finding.rule))));
    let help = row.help();
    let message = if help.is_empty() { row.message.clone() } else { format!("{}\n{help}", row.message) };
    let _ = writeln!(
        out,
        "::{} {}::{}",
        row.words.github,
        properties.join(","),
        github_data(&shortened(&message, LONGEST))
    );
}

/// Adds the findings to the job's summary, if the runner has named a file for it.
pub(super) fn write_summary(material: &Material<'_>) -> Result<()> {
    let Some(path) = std::env::var_os(SUMMARY_FILE).filter(|path| !path.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let taken = std::fs::metadata(&path).map_or(0, |meta| usize::try_from(meta.len()).unwrap_or(SUMMARY));
    let text = markdown::within(material, SUMMARY.saturating_sub(taken));
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .with_context(|| format!("cannot open the file that {SUMMARY_FILE} names, {}", path.display()))?;
    file.write_all(text.as_bytes())
        .with_context(|| format!("cannot write the file that {SUMMARY_FILE} names, {}", path.display()))
}
