//! What standards ask for, and which rules speak to it: the module's table, with what was found in a tree where one was read,
//! written for its readers.

mod csv;
mod html;
mod markdown;
mod table;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{HOME, severity_name};
use crate::runtime::contract::{Description, Entry, Finding, Rule, Severity, Standard};

/// Version of the form (`hallpass schema frameworks`).
const VERSION: &str = "1";
/// Severities, worst first.
const SEVERITIES: [Severity; 5] =
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

/// How the coverage of frameworks is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: the entries of each framework, with the rules that speak to them.
    Table,
    /// Everything; its schema is printed by `hallpass schema frameworks`.
    Json,
    /// Comma-separated values, a line for each entry.
    Csv,
    /// A page that needs nothing else.
    Html,
    /// Markdown.
    Markdown,
}

impl Format {
    /// The whole text.
    ///
    /// # Errors
    /// It cannot be put into the format.
    pub fn render(self, coverage: &Coverage<'_>, colour: bool) -> Result<String> {
        Ok(match self {
            Self::Table => table::render(coverage, colour),
            Self::Json => serde_json::to_string_pretty(coverage)? + "\n",
            Self::Csv => csv::render(coverage)?,
            Self::Html => html::page(coverage),
            Self::Markdown => markdown::render(coverage),
        })
    }
}

/// The JSON schema of the JSON format.
#[must_use]
pub fn schema() -> serde_json::Value {
    crate::report::schema_of::<Coverage<'static>>()
}

/// Frameworks and what covers them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Coverage<'a> {
    /// Version of this form.
    version: &'static str,
    /// The version of the rules.
    rules: &'a str,
    /// The day that dates were held against, where a tree was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    today: Option<&'a str>,
    /// Every finding of the tree, waived ones left out; none where no tree was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Counts>,
    /// The frameworks.
    frameworks: Vec<Framework<'a>>,
}

/// A framework.
#[derive(Debug, Serialize, JsonSchema)]
struct Framework<'a> {
    /// What the pages of rules and the command line call it.
    key: &'a str,
    /// Its full name.
    name: &'a str,
    /// Its edition.
    version: &'a str,
    /// Where it is published.
    source: &'a str,
    /// What else is to be known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    /// Whether every entry of it is here; otherwise those that machine identities are about.
    whole: bool,
    /// How many entries a rule speaks to.
    covered: usize,
    /// How many no file can tell of.
    not_checked: usize,
    /// What it asks for.
    entries: Vec<Covered<'a>>,
}

/// Something that a framework asks for.
#[derive(Debug, Serialize, JsonSchema)]
struct Covered<'a> {
    /// Its id there.
    id: &'a str,
    /// Its title, where there is one that everybody tells alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    /// Where it is published, where it has a place of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    /// The rules that speak to it.
    rules: Vec<&'a str>,
    /// Why no file can tell, where no rule does.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_checked: Option<&'a str>,
    /// What those rules found in the tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Counts>,
}

/// How many findings of which severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
struct Counts {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

impl Counts {
    fn of<'f>(findings: impl Iterator<Item = &'f Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            *counts.at(finding.severity) += 1;
        }
        counts
    }

    fn at(&mut self, severity: Severity) -> &mut usize {
        match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::Info => &mut self.info,
        }
    }

    /// Severities that there are findings of, worst first.
    fn told(self) -> Vec<(Severity, usize)> {
        let mut own = self;
        let counted = SEVERITIES.into_iter().map(|severity| (severity, *own.at(severity)));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// `2 high, 1 low`.
    fn shown(self) -> String {
        let told = self.told().into_iter();
        told.map(|(severity, count)| format!("{count} {}", severity_name(severity)))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl<'a> Coverage<'a> {
    /// What rules say of these standards; with the day and the findings of a tree, if one was checked.
    #[must_use]
    pub fn of(
        description: &'a Description,
        standards: impl Iterator<Item = &'a Standard>,
        checked: Option<(&'a str, &'a [Finding])>,
    ) -> Self {
        let findings = checked.map(|(_, findings)| findings);
        Self {
            version: VERSION,
            rules: &description.version,
            today: checked.map(|(today, _)| today),
            findings: findings.map(|findings| Counts::of(findings.iter())),
            frameworks: standards
                .map(|standard| Framework::of(standard, &description.rules, findings))
                .collect(),
        }
    }
}

impl<'a> Framework<'a> {
    fn of(standard: &'a Standard, rules: &'a [Rule], findings: Option<&[Finding]>) -> Self {
        let covered = |entry: &'a Entry| {
            let speaking = rules.iter().filter(|rule| speaks(standard, entry, rule));
            let rules: Vec<&str> = speaking.map(|rule| rule.id.as_str()).collect();
            let found = |findings: &[Finding]| {
                Counts::of(findings.iter().filter(|finding| rules.contains(&finding.rule.as_str())))
            };
            Covered {
                id: &entry.id,
                title: entry.title.as_deref(),
                address: entry.address.as_deref(),
                findings: findings.filter(|_| !rules.is_empty()).map(found),
                not_checked: entry.not_checked.as_deref().filter(|_| rules.is_empty()),
                rules,
            }
        };
        let entries: Vec<Covered<'a>> = standard.entries.iter().map(covered).collect();
        Self {
            key: &standard.key,
            name: &standard.name,
            version: &standard.version,
            source: &standard.source,
            note: standard.note.as_deref(),
            whole: standard.whole,
            covered: entries.iter().filter(|entry| !entry.rules.is_empty()).count(),
            not_checked: entries.iter().filter(|entry| entry.not_checked.is_some()).count(),
            entries,
        }
    }

    /// `OWASP API Security Top 10 2023`.
    fn titled(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// How much of it is covered, in words.
    fn summary(&self) -> String {
        let whole = if self.whole { "" } else { " that machine identities are about" };
        let rest = match self.not_checked {
            0 => String::new(),
            count => format!(", {count} not checkable in files"),
        };
        format!("{} of {} entries{whole} covered{rest}", self.covered, self.entries.len())
    }
}

/// Whether a rule speaks to an entry: the table says so, or the rule itself.
#[must_use]
pub fn speaks(standard: &Standard, entry: &Entry, rule: &Rule) -> bool {
    entry.rules.contains(&rule.id)
        || rule.frameworks.iter().any(|named| named.name == standard.key && named.id == entry.id)
}

/// What a rule speaks to: framework, id and title; what no table knows by its id alone.
#[must_use]
pub fn of_rule<'a>(standards: &'a [Standard], rule: &'a Rule) -> Vec<(&'a str, &'a str, Option<&'a str>)> {
    let mut spoken = Vec::new();
    for standard in standards {
        for entry in standard.entries.iter().filter(|entry| speaks(standard, entry, rule)) {
            spoken.push((standard.key.as_str(), entry.id.as_str(), entry.title.as_deref()));
        }
    }
    for named in &rule.frameworks {
        if !spoken.iter().any(|(key, id, _)| *key == named.name && *id == named.id) {
            spoken.push((&named.name, &named.id, None));
        }
    }
    spoken
}

/// What rules that a policy makes begin with: they have no page of ours.
const OWN: &str = "policy/";

/// Where a rule is explained, if it is ours.
fn page_of(rule: &str) -> Option<String> {
    (!rule.starts_with(OWN)).then(|| format!("{HOME}/blob/main/rules/book/{rule}.md"))
}

/// An id with its title, if it has one.
#[must_use]
pub fn entitled(id: &str, title: Option<&str>) -> String {
    title.map_or_else(|| id.to_owned(), |title| format!("{id} {title}"))
}

#[cfg(test)]
mod tests;
