//! Versioned JSON: everything the run knows, and no source text.

use std::collections::BTreeMap;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Material, confidence_name, escape, severity_name, status_name};
use crate::runtime::contract::{self, Coverage, Finding, Spot};

/// Version of this format; raised when a field changes its meaning or goes away.
const VERSION: &str = "1";

/// A report of hallpass. Offsets count bytes from 0; lines and columns count from 1, columns in characters. Paths are
/// relative to the root and use `/`.
#[derive(Debug, Serialize, JsonSchema)]
struct Report<'a> {
    /// Version of this format: `1`.
    version: &'static str,
    tool: Tool<'a>,
    /// The date that expiries were held against, `YYYY-MM-DD`.
    today: &'a str,
    /// The configuration file that was used.
    config: Option<&'a str>,
    /// What `--strict` counted as findings.
    strict: Option<Strict>,
    /// Whose policy it is, where a pull request was detected.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<&'a str>,
    /// What a change did, where the run is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<ChangeEntry<'a>>,
    /// What a baseline did, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<BaselineEntry<'a>>,
    /// Findings that count, sorted by place.
    findings: Vec<FindingEntry<'a>>,
    /// Findings that a waiver accepts.
    waived: Vec<FindingEntry<'a>>,
    /// One entry per file, sorted by path.
    coverage: Vec<CoverageEntry<'a>>,
    /// Rules of absence that did not run because only a part of the tree was read.
    not_judged: &'a [String],
    /// Third-party modules that ran.
    modules: Vec<Module<'a>>,
    /// Other tools that had a say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    imported: Vec<ImportedEntry<'a>>,
    /// What went wrong beside single files.
    troubles: Vec<&'a str>,
    /// What was read of git's history.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<HistoryEntry>,
}

/// A tool whose results were imported.
#[derive(Debug, Serialize, JsonSchema)]
struct ImportedEntry<'a> {
    /// What its rules begin with.
    name: &'a str,
    /// What it calls itself.
    tool: &'a str,
    /// Its version; empty if it does not say.
    version: &'a str,
    /// The rules that it found something by.
    rules: Vec<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

/// What counted as findings besides findings.
#[derive(Debug, Serialize, JsonSchema)]
struct Strict {
    /// Values that stayed unknown.
    unknown: usize,
    /// Files that were not checked whole.
    failed: usize,
    /// Warnings about modules and files of detectors.
    warnings: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ChangeEntry<'a> {
    /// What the tree was held against.
    against: &'a str,
    /// How many findings the base has as well; they are not reported.
    known: usize,
    /// Findings of the base that are gone.
    fixed: Vec<FixedEntry<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct BaselineEntry<'a> {
    /// How many findings it has; they are not reported.
    held: usize,
    /// Entries that meet no finding any more.
    stale: Vec<StaleEntry<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StaleEntry<'a> {
    fingerprint: &'a str,
    rule: &'a str,
    path: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FixedEntry<'a> {
    rule: &'a str,
    path: &'a str,
    /// Line in the base.
    line: usize,
    message: &'a str,
    fingerprint: &'a str,
}

/// A place in a file.
#[derive(Debug, Serialize, JsonSchema)]
struct Place<'a> {
    path: &'a str,
    start: u32,
    end: u32,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FindingEntry<'a> {
    /// The rule's id, `class/name`.
    rule: &'a str,
    class: &'a str,
    /// `info`, `low`, `medium`, `high` or `critical`.
    severity: &'static str,
    /// `low`, `medium` or `high`.
    confidence: &'static str,
    place: Place<'a>,
    /// Where it stands in the document, without line numbers.
    route: &'a str,
    message: &'a str,
    help: Option<&'a str>,
    related: Vec<RelatedEntry<'a>>,
    /// Other places with the same cause.
    places: Vec<Place<'a>>,
    /// Fixes of one place are alternatives, best first.
    fixes: Vec<FixEntry<'a>>,
    /// What waivers and baselines bind: place and content.
    fingerprint: &'a str,
    place_id: &'a str,
    content_id: &'a str,
    /// `new`, `changed`, `widened` or `moved`, where the run is about a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// Who accepted it, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    waived_by: Option<&'a str>,
    /// The first commit that brought it, with `--history`.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<CommitEntry<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RelatedEntry<'a> {
    note: &'a str,
    place: Place<'a>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FixEntry<'a> {
    title: &'a str,
    /// Whether `--fix` applies it; otherwise only `--fix=unsafe` does.
    safe: bool,
    edits: Vec<EditEntry<'a>>,
    /// The place of the finding that it mends.
    mends: Place<'a>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EditEntry<'a> {
    path: &'a str,
    start: u32,
    end: u32,
    replacement: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CommitEntry<'a> {
    id: &'a str,
    /// The author's date, `YYYY-MM-DD`.
    date: Option<&'a str>,
    /// Whether the tree no longer has it.
    gone: bool,
    /// How often else commits of the range added it.
    further: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CoverageEntry<'a> {
    path: &'a str,
    /// `checked`, `skipped` or `failed`.
    status: &'static str,
    why: Option<&'a str>,
    at: Option<Span>,
    /// Whether it is a file that must be checked, by its path.
    must_check: bool,
    dialects: &'a [String],
    /// Values that stayed unknown.
    unknown: Vec<UnknownEntry<'a>>,
    /// How often rules kept silent, by reason.
    silent: BTreeMap<&'a str, u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Span {
    start: u32,
    end: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct UnknownEntry<'a> {
    start: u32,
    end: u32,
    line: usize,
    column: usize,
    why: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Module<'a> {
    name: &'a str,
    version: &'a str,
    sha256: &'a str,
    rules: &'a [String],
}

#[derive(Debug, Serialize, JsonSchema)]
struct HistoryEntry {
    commits: usize,
    /// Versions of files that were checked.
    versions: usize,
    /// Versions that could not be.
    not_checked: usize,
    /// Whether the clone ends before the history does.
    shallow: bool,
}

/// The format's JSON schema.
#[must_use]
pub fn schema() -> serde_json::Value {
    crate::report::schema_of::<Report<'static>>()
}

/// The whole report, with a final newline.
pub(super) fn render(material: &Material<'_>) -> Result<String> {
    let outcome = material.outcome;
    let report = Report {
        version: VERSION,
        tool: Tool { name: "hallpass", version: &material.description.version },
        today: material.today,
        config: material.config,
        strict: material.strict.map(|s| Strict {
            unknown: s.unknown,
            failed: s.failed,
            warnings: s.warnings,
        }),
        policy: outcome.policy.as_deref(),
        change: outcome.changes.as_ref().map(|changes| ChangeEntry {
            against: &changes.against,
            known: changes.known,
            fixed: changes.fixed.iter().map(fixed).collect(),
        }),
        baseline: outcome.baseline.as_ref().map(|applied| BaselineEntry {
            held: applied.held,
            stale: applied
                .stale
                .iter()
                .map(|e| StaleEntry { fingerprint: &e.fingerprint, rule: &e.rule, path: &e.path })
                .collect(),
        }),
        findings: outcome.findings.iter().map(|f| finding(material, f, None)).collect(),
        waived: outcome.waived.iter().map(|(f, by)| finding(material, f, Some(by))).collect(),
        coverage: outcome.coverage.iter().map(|c| coverage(material, c)).collect(),
        not_judged: &outcome.not_judged,
        modules: outcome
            .modules
            .iter()
            .map(|(name, version, sha256, rules)| Module { name, version, sha256, rules })
            .collect(),
        imported: outcome
            .imported
            .iter()
            .map(|tool| ImportedEntry {
                name: &tool.name,
                tool: &tool.tool,
                version: &tool.version,
                rules: tool.rules.keys().map(String::as_str).collect(),
            })
            .collect(),
        troubles: outcome
            .troubles
            .iter()
            .chain(&outcome.remarks)
            .chain(&outcome.renamed)
            .map(String::as_str)
            .collect(),
        history: outcome.history.map(|history| HistoryEntry {
            commits: history.commits,
            versions: history.versions,
            not_checked: history.not_checked,
            shallow: history.shallow,
        }),
    };
    Ok(escape::json(serde_json::to_string_pretty(&report)?) + "\n")
}

fn fixed(fixed: &crate::change::Fixed) -> FixedEntry<'_> {
    FixedEntry {
        rule: &fixed.finding.rule,
        path: &fixed.finding.at.path,
        line: fixed.line,
        message: &fixed.finding.message,
        fingerprint: &fixed.finding.fingerprint,
    }
}

fn place<'a>(material: &Material<'_>, spot: &'a Spot) -> Place<'a> {
    between(spot, [spot.at.start, spot.at.end].map(|at| material.sources.position(&spot.path, at)))
}

fn between(spot: &Spot, [(line, column), (end_line, end_column)]: [(usize, usize); 2]) -> Place<'_> {
    let Spot { path, at } = spot;
    Place { path, start: at.start, end: at.end, line, column, end_line, end_column }
}

fn finding<'a>(
    material: &'a Material<'_>,
    finding: &'a Finding,
    waived_by: Option<&'a str>,
) -> FindingEntry<'a> {
    FindingEntry {
        rule: &finding.rule,
        class: finding.rule.split('/').next().unwrap_or_default(),
        severity: severity_name(finding.severity),
        confidence: confidence_name(finding.confidence),
        // In the tree, or in the version of the file that a commit brought.
        place: between(&finding.at, material.sources.ends_of(finding)),
        route: &finding.route,
        message: &finding.message,
        help: finding.help.as_deref(),
        related: finding
            .related
            .iter()
            .map(|r| RelatedEntry { note: &r.note, place: place(material, &r.at) })
            .collect(),
        places: finding.places.iter().map(|p| place(material, p)).collect(),
        fixes: finding.fixes.iter().map(|f| fix(material, f)).collect(),
        fingerprint: &finding.fingerprint,
        place_id: &finding.place_id,
        content_id: &finding.content_id,
        state: material.state(finding).map(crate::change::State::name),
        waived_by,
        // Only with `--history`, so that a report without it stays as it was.
        commit: material.outcome.brought.get(&finding.fingerprint).map(|brought| CommitEntry {
            id: &brought.commit,
            date: brought.date.as_deref(),
            gone: brought.past.is_some(),
            further: brought.further,
        }),
    }
}

fn fix<'a>(material: &Material<'_>, fix: &'a contract::Fix) -> FixEntry<'a> {
    let edits = fix.edits.iter().map(|e| EditEntry {
        path: &e.at.path,
        start: e.at.at.start,
        end: e.at.at.end,
        replacement: &e.replacement,
    });
    FixEntry { title: &fix.title, safe: fix.safe, edits: edits.collect(), mends: place(material, &fix.mends) }
}

fn coverage<'a>(material: &Material<'_>, entry: &'a Coverage) -> CoverageEntry<'a> {
    let unknown = entry.unknown.iter().map(|u| {
        let (line, column) = material.sources.position(&entry.path, u.at.start);
        UnknownEntry { start: u.at.start, end: u.at.end, line, column, why: &u.why }
    });
    CoverageEntry {
        path: &entry.path,
        status: status_name(entry.status),
        why: entry.why.as_deref(),
        at: entry.at.map(|at| Span { start: at.start, end: at.end }),
        must_check: entry.must_check,
        dialects: &entry.dialects,
        unknown: unknown.collect(),
        silent: entry.silent.iter().map(|s| (s.reason.as_str(), s.count)).collect(),
    }
}
