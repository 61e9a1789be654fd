//! Comma-separated values as RFC 4180 has them, with a line of names.

use anyhow::Result;

use crate::report::escape::cell;
use crate::report::{Material, confidence_name};

const COLUMNS: [&str; 13] = [
    "rule",
    "class",
    "severity",
    "confidence",
    "state",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "message",
    "help",
    "fingerprint",
];

pub(super) fn render(material: &Material<'_>) -> Result<String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for row in material.rows() {
        let region = row.region;
        let number = |number: Option<usize>| number.map_or_else(String::new, |number| number.to_string());
        writer.write_record([
            row.finding.rule.as_str(),
            row.class(),
            row.words.own,
            confidence_name(row.finding.confidence),
            material.state(row.finding).map_or("", |state| state.name()),
            &cell(&row.path),
            &number(region.map(|r| r.line)),
            &number(region.map(|r| r.column)),
            &number(region.map(|r| r.end_line)),
            &number(region.map(|r| r.end_column)),
            &cell(&row.message),
            &cell(&row.help()),
            &row.finding.fingerprint,
        ])?;
    }
    let bytes = writer.into_inner().map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(String::from_utf8(bytes)?)
}
