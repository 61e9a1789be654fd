//! Reports: one scan, several formats. A report reads findings and changes none; it shows source only through [`text`].

mod json;
mod pretty;
mod sarif;
pub mod text;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::runtime::contract;
use crate::scan::Outcome;
use text::Sources;

pub use pretty::Summary;

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people, as rustc shows diagnostics.
    Pretty,
    /// Versioned JSON.
    Json,
    /// SARIF 2.1.0.
    Sarif,
}

/// One `--report FORMAT[=FILE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The format.
    pub format: Format,
    /// Where it goes; standard output if absent.
    pub file: Option<PathBuf>,
}

impl std::str::FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err(format!("`{text}` names no file after `=`")),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = <Format as clap::ValueEnum>::from_str(name, false)
            .map_err(|_| format!("`{name}` is not a report format; there are pretty, json and sarif"))?;
        Ok(Self { format, file })
    }
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
    /// The configuration file that was used.
    pub config: Option<&'a str>,
    /// What `--strict` counted as findings, where it was given.
    pub strict: Option<Strict>,
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
}

/// Writes one report.
///
/// # Errors
/// The file cannot be written. A closed pipe is no error: the reader has seen enough.
pub fn write(target: &Target, material: &Material<'_>, colour: bool) -> Result<()> {
    let text = match target.format {
        Format::Pretty => pretty::render(material, colour && target.file.is_none()),
        Format::Json => json::render(material)?,
        Format::Sarif => sarif::render(material)?,
    };
    match &target.file {
        Some(path) => std::fs::write(path, text)
            .with_context(|| format!("cannot write the report to {}", path.display())),
        None => to_stdout(&text),
    }
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
    match severity {
        contract::Severity::Info => "info",
        contract::Severity::Low => "low",
        contract::Severity::Medium => "medium",
        contract::Severity::High => "high",
        contract::Severity::Critical => "critical",
    }
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
