//! Reports: one scan, several formats. A report reads findings and changes none; it shows source only through [`text`].

mod escape;
mod format;
mod html;
mod json;
mod page;
mod pretty;
mod row;
mod sarif;
#[cfg(test)]
mod tests;
pub mod text;
mod words;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::change::State;
use crate::ci::{Automation, Forge};
use crate::import::{Imported, ImportedRule};
use crate::inventory::Inventory;
use crate::runtime::contract;
use crate::scan::Outcome;
use text::Sources;

#[cfg(feature = "bot")]
pub(crate) use escape::markdown;
pub(crate) use escape::{cell, code, json as disarmed, markdown_text, spelled, uri};
pub use format::Format;
pub use json::schema;
pub(crate) use page::Page;
pub use pretty::{Summary, summary_line};
pub(crate) use row::rule_url;

/// The JSON schema of what a type is written as.
pub(crate) fn schema_of<T: schemars::JsonSchema>() -> serde_json::Value {
    // As it is written: a key that is left out where there is nothing to say is required of nobody.
    let settings = schemars::generate::SchemaSettings::default().for_serialize();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// Where hallpass is at home.
pub(crate) const HOME: &str = "https://github.com/hallpass-dev/hallpass";

/// One `--report FORMAT[=FILE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<F = Format> {
    /// The format.
    pub format: F,
    /// Where it goes; standard output if absent.
    pub file: Option<PathBuf>,
}

impl<F: clap::ValueEnum> Target<F> {
    /// The name of its format.
    #[must_use]
    pub fn name(&self) -> String {
        self.format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Writes a text to where it goes.
    ///
    /// # Errors
    /// The file cannot be written. A closed pipe is no error: the reader has seen enough.
    pub fn put(&self, text: &str) -> Result<()> {
        match &self.file {
            Some(path) => std::fs::write(path, text)
                .with_context(|| format!("cannot write the report to {}", path.display())),
            None => to_stdout(text),
        }
    }
}

impl<F: clap::ValueEnum> std::str::FromStr for Target<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err(format!("`{text}` names no file after `=`")),
            Some((name, "-")) => (name, None),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = F::from_str(name, false)
            .map_err(|_| format!("`{name}` is not a report format; there are {}", names::<F>()))?;
        Ok(Self { format, file })
    }
}

/// The names of all formats of a kind, for messages.
#[must_use]
pub fn names<F: clap::ValueEnum>() -> String {
    let values = F::value_variants().iter().filter_map(clap::ValueEnum::to_possible_value);
    values.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(", ")
}

/// What every report is made from.
#[derive(Debug)]
pub struct Material<'a> {
    /// The run.
    pub outcome: &'a Outcome,
    /// What is in the module.
    pub description: &'a contract::Description,
    /// The files.
    pub sources: &'a Sources<'a>,
    /// The date findings were held against.
    pub today: &'a str,
    /// Findings at or above this fail the run.
    pub fail_on: contract::Severity,
    /// Every detail.
    pub verbose: bool,
    /// Findings and no summary.
    pub quiet: bool,
    /// The configuration file that was used.
    pub config: Option<&'a str>,
    /// What `--strict` counted as findings, where it was given.
    pub strict: Option<Strict>,
    /// What there is besides findings, where a report shows it.
    pub inventory: Option<Inventory>,
    /// Where files can be looked at.
    pub forge: Option<Forge>,
    /// How code scanning names the run.
    pub automation: Option<Automation>,
    /// When the run began and ended: UTC, `YYYY-MM-DDThh:mm:ss`.
    pub started: String,
    /// See [`Self::started`].
    pub ended: String,
}

/// What counts as findings besides findings, because `--strict` says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strict {
    /// Values that stayed unknown.
    pub unknown: usize,
    /// Files that were not checked whole.
    pub failed: usize,
    /// Warnings about modules and files of detectors.
    pub warnings: usize,
}

impl Strict {
    /// Counts a run.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let failed = outcome.coverage.iter().filter(|c| c.status == contract::Status::Failed).count();
        let unknown = outcome.coverage.iter().map(|c| c.unknown.len()).sum();
        Self { unknown, failed, warnings: outcome.troubles.len() + outcome.remarks.len() }
    }

    /// Whether it counted anything.
    #[must_use]
    pub fn counts(self) -> bool {
        self.unknown + self.failed + self.warnings > 0
    }
}

impl Material<'_> {
    /// The rule of a finding, if it is one of ours.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&contract::Rule> {
        self.description.rules.iter().find(|r| r.id == id)
    }

    /// The tool that a rule is of, if it is another's, and what that says of it.
    #[must_use]
    pub fn imported(&self, id: &str) -> Option<(&Imported, &ImportedRule)> {
        self.outcome.imported.iter().find_map(|tool| Some((tool, tool.rules.get(id)?)))
    }

    /// How a finding came to be, where the run is about a change.
    #[must_use]
    pub fn state(&self, finding: &contract::Finding) -> Option<State> {
        self.outcome.changes.as_ref()?.states.get(&finding.fingerprint).copied()
    }

    /// Whether a finding alone fails the run.
    #[must_use]
    pub fn counts(&self, finding: &contract::Finding) -> bool {
        finding.severity as u8 >= self.fail_on as u8 && self.state(finding).is_none_or(State::counts)
    }

    /// Whether the run fails: the same for every format.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.outcome.findings.iter().any(|finding| self.counts(finding))
            || self.strict.is_some_and(Strict::counts)
    }
}

/// A number and what there are so many of.
#[must_use]
pub fn counted(number: usize, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

/// The time, UTC, as reports write it.
pub(crate) fn now() -> String {
    jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Text of at most so many bytes, cut between two characters.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let mut at = most.saturating_sub('…'.len_utf8());
    match text.len() > most {
        false => text.to_owned(),
        true => {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            format!("{}…", &text[..at])
        }
    }
}

/// Writes one report.
///
/// # Errors
/// The file cannot be written. A closed pipe is no error: the reader has seen enough.
pub fn write(target: &Target, material: &Material<'_>, colour: bool) -> Result<()> {
    let text = target.format.render(material, colour && target.file.is_none())?;
    target.format.aside(material)?;
    target.put(&text)
}

/// Prints to standard output; a closed pipe is no error.
///
/// # Errors
/// Standard output cannot be written for another reason.
pub fn to_stdout(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// A severity in words.
#[must_use]
pub fn severity_name(severity: contract::Severity) -> &'static str {
    words::of(severity).own
}

/// A confidence in words.
#[must_use]
pub fn confidence_name(confidence: contract::Confidence) -> &'static str {
    match confidence {
        contract::Confidence::Low => "low",
        contract::Confidence::Medium => "medium",
        contract::Confidence::High => "high",
    }
}

/// A status in words.
#[must_use]
pub fn status_name(status: contract::Status) -> &'static str {
    match status {
        contract::Status::Checked => "checked",
        contract::Status::Skipped => "skipped",
        contract::Status::Failed => "failed",
    }
}
