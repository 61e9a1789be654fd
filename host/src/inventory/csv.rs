//! Comma-separated values as RFC 4180 has them, with a line of names.

use anyhow::Result;

use super::Inventory;
use super::model::{At, Question};
use crate::report::cell;
use crate::report::text::plain;

const COLUMNS: [&str; 24] = [
    "class",
    "id",
    "kind",
    "owner",
    "technical_owner",
    "purpose",
    "until",
    "revocation",
    "blanks",
    "lifetimes",
    "rotation",
    "scope",
    "stores",
    "environments",
    "files",
    "jobs",
    "workloads",
    "teams",
    "identities",
    "resources",
    "power",
    "worst",
    "place",
    "row",
];

/// All entries.
pub(super) fn render(inventory: &Inventory) -> Result<String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for entry in &inventory.entries {
        let answer = |question| {
            if entry.blanks.contains(&question) { String::new() } else { entry.answered(question) }
        };
        let list = |texts: &[String]| texts.iter().map(|text| plain(text)).collect::<Vec<_>>().join("; ");
        let blanks: Vec<&str> = entry.blanks.iter().map(|question| question.short()).collect();
        let worst = entry.reach.worst.as_ref();
        let record = [
            entry.class.name().to_owned(),
            plain(&entry.id),
            plain(&entry.kind),
            answer(Question::Owner),
            entry.technical_owner.as_ref().map(|answer| plain(&answer.is)).unwrap_or_default(),
            answer(Question::Purpose),
            answer(Question::Until),
            answer(Question::Revocation),
            blanks.join("; "),
            list(&entry.lifetimes),
            entry.rotation.as_deref().map(plain).unwrap_or_default(),
            list(&entry.scope),
            list(&entry.stores),
            list(&entry.environments),
            entry.reach.files.to_string(),
            entry.reach.jobs.to_string(),
            entry.reach.workloads.to_string(),
            list(&entry.reach.teams),
            list(&entry.reach.identities),
            entry.reach.resources.to_string(),
            worst.map(|worst| worst.power.name().to_owned()).unwrap_or_default(),
            worst.map(|worst| plain(&worst.what)).unwrap_or_default(),
            entry.places.first().map(At::shown).unwrap_or_default(),
            entry.row.as_ref().map(At::shown).unwrap_or_default(),
        ];
        writer.write_record(record.iter().map(|text| cell(text)))?;
    }
    let bytes = writer.into_inner().map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(String::from_utf8(bytes)?)
}
