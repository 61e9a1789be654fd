//! Comma-separated values as RFC 4180 has them, with a line of names.

use anyhow::Result;

use super::{Counts, Coverage};
use crate::report::cell;

const COLUMNS: [&str; 12] = [
    "framework",
    "version",
    "id",
    "title",
    "address",
    "rules",
    "not_checked",
    "critical",
    "high",
    "medium",
    "low",
    "info",
];

/// All entries.
pub(super) fn render(coverage: &Coverage<'_>) -> Result<String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for framework in &coverage.frameworks {
        for entry in &framework.entries {
            let counts = match entry.findings {
                Some(Counts { critical, high, medium, low, info }) => {
                    [critical, high, medium, low, info].map(|count| count.to_string())
                }
                None => <[String; 5]>::default(),
            };
            let texts = [
                framework.key.to_owned(),
                framework.version.to_owned(),
                entry.id.to_owned(),
                entry.title.unwrap_or_default().to_owned(),
                entry.address.unwrap_or_default().to_owned(),
                entry.rules.join("; "),
                entry.not_checked.unwrap_or_default().to_owned(),
            ];
            writer.write_record(texts.iter().chain(&counts).map(|text| cell(text)))?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(String::from_utf8(bytes)?)
}
