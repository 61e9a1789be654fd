//! The baseline: findings that were there when hallpass came, one line each, so that only others are reported.
//!
//! A line is the finding's fingerprint, its rule and its path; only the fingerprint decides. A finding whose place or content
//! changed has another, and is reported. No line says what was found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::report::text::plain;
use crate::runtime::contract::Finding;
use crate::scan::Outcome;

/// The first line, which says what the file is and in which version.
const HEAD: &str = "# hallpass baseline 1";
const EXPLAINED: &str =
    "# Findings that were there when this was written: fingerprint, rule, path. They are not reported.";
/// Digits of a fingerprint.
const DIGITS: usize = 32;

/// A line of the baseline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The path, as it is displayed.
    pub path: String,
    /// The rule's id.
    pub rule: String,
    /// The fingerprint.
    pub fingerprint: String,
}

impl Entry {
    /// The entry of a finding.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        Self {
            path: plain(&finding.at.path),
            rule: plain(&finding.rule),
            fingerprint: finding.fingerprint.clone(),
        }
    }
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.fingerprint, self.rule, self.path)
    }
}

/// A baseline: sorted by path, so that two branches that add entries seldom touch the same line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Its entries.
    pub entries: BTreeSet<Entry>,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// A line is none, with its number and what is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut entries = BTreeSet::new();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let line = line.trim_end_matches('\r');
            if number == 1 && line.trim_end() != HEAD {
                return Err(format!(
                    "1: the first line of a baseline is `{HEAD}`; `hallpass baseline write` makes one"
                ));
            }
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
                return Err(format!(
                    "{number}: a merge left conflicts here; keep the lines of both sides and take the marks away"
                ));
            }
            let mut parts = line.splitn(3, ' ');
            let (Some(fingerprint), Some(rule), Some(path)) = (parts.next(), parts.next(), parts.next())
            else {
                return Err(format!(
                    "{number}: expected a fingerprint, a rule and a path, with a space between two"
                ));
            };
            if fingerprint.len() != DIGITS || !fingerprint.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(format!(
                    "{number}: a line begins with a fingerprint, {DIGITS} hexadecimal digits"
                ));
            }
            entries.insert(Entry {
                path: path.to_owned(),
                rule: rule.to_owned(),
                fingerprint: fingerprint.to_ascii_lowercase(),
            });
        }
        Ok(Self { entries })
    }

    /// The text of the file.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = format!("{HEAD}\n{EXPLAINED}\n");
        for entry in &self.entries {
            let _ = writeln!(out, "{entry}");
        }
        out
    }

    /// Takes the findings that it has out of a run, and says which entries met none. An entry of a path that `looked_at`
    /// denies may stand for a finding that was not looked for.
    pub fn apply(&self, looked_at: impl Fn(&str) -> bool, outcome: &mut Outcome) {
        let mut by_fingerprint: BTreeMap<&str, (&Entry, bool)> =
            self.entries.iter().map(|entry| (entry.fingerprint.as_str(), (entry, false))).collect();
        let before = outcome.findings.len();
        outcome.findings.retain(|finding| match by_fingerprint.get_mut(finding.fingerprint.as_str()) {
            Some((_, met)) => {
                *met = true;
                false
            }
            None => true,
        });
        // What is waived, or known to the base of a change, is there all the same.
        for (finding, _) in outcome.waived.iter().chain(&outcome.suppressed) {
            if let Some((_, met)) = by_fingerprint.get_mut(finding.fingerprint.as_str()) {
                *met = true;
            }
        }
        let stale = by_fingerprint.into_values().filter(|(entry, met)| !met && looked_at(&entry.path));
        let mut stale: Vec<Entry> = stale.map(|(entry, _)| entry.clone()).collect();
        stale.sort();
        outcome.baseline = Some(Applied { held: before - outcome.findings.len(), stale });
    }
}

/// What a baseline did to a run.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// Findings that are not reported because it has them.
    pub held: usize,
    /// Entries that meet no finding any more.
    pub stale: Vec<Entry>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry(path: &str, digit: char) -> Entry {
        Entry {
            path: path.to_owned(),
            rule: "scope/a-rule".to_owned(),
            fingerprint: digit.to_string().repeat(DIGITS),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let entries = [entry("z.yml", '1'), entry("a folder/b.yml", '2'), entry("a\\u{1b}.yml", '3')];
        let baseline = Baseline { entries: entries.into() };
        let text = baseline.render();
        assert_eq!(Baseline::parse(&text).unwrap(), baseline);
        assert_eq!(Baseline::parse(&text.replace('\n', "\r\n")).unwrap(), baseline);
        let paths: Vec<&str> = text.lines().skip(2).map(|line| line.splitn(3, ' ').nth(2).unwrap()).collect();
        assert_eq!(paths, ["a folder/b.yml", "a\\u{1b}.yml", "z.yml"]);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for (text, said) in [
            ("", ""),
            ("{}", "1: the first line"),
            ("# hallpass baseline 2\n", "1: the first line"),
            ("# hallpass baseline 1\nabc scope/x a.yml\n", "2: a line begins with a fingerprint"),
            ("# hallpass baseline 1\n\n<<<<<<< HEAD\n", "3: a merge left conflicts"),
            ("# hallpass baseline 1\nabc\n", "2: expected a fingerprint, a rule and a path"),
        ] {
            let error = Baseline::parse(text).err().unwrap_or_default();
            assert!(error.starts_with(said) && error.is_empty() == said.is_empty(), "{text}: {error}");
        }
    }
}
