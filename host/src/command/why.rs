//! `hallpass why FILE:LINE`: which facts and rules met there, what stayed unknown, why nothing was said.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::detectors::pool;
use super::setup::{Common, Tree, processors};
use super::{Ending, print, runtime};
use crate::report::text::{Sources, plain};
use crate::report::{severity_name, status_name};
use crate::runtime::contract::Span;
use crate::scan::{self, Outcome};

/// Arguments of `why`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A file and a line of it, from 1.
    #[arg(value_name = "FILE:LINE")]
    place: String,
    #[command(flatten)]
    common: Common,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    let (file, line) = arguments
        .place
        .rsplit_once(':')
        .and_then(|(file, line)| Some((file, line.parse::<usize>().ok().filter(|l| *l > 0)?)))
        .with_context(|| format!("`{}` is not FILE:LINE", arguments.place))?;
    // The whole tree is read, so that rules which join files see what `check` sees.
    let (root, scope) = crate::source::Root::find(&[PathBuf::from(file)])?;
    let disk = root.path.join(scope.starts.first().cloned().unwrap_or_default());
    let mut tree = Tree::open(std::slice::from_ref(&root.path), None)?;
    if !tree.entries.iter().any(|e| e.disk == disk) {
        bail!("{file} is not a file of the tree (an ignore file may hide it)");
    }
    let runtime = runtime()?;
    let mut settings = tree.settings(&arguments.common)?;
    settings.trace = true;
    let pool = pool(&runtime, settings, |path| tree.bytes(path))?;
    let job = tree.job(&pool, processors())?;
    let path = job.entries.iter().find(|e| e.disk == disk).map(|e| e.path.clone()).unwrap_or_default();
    let outcome = scan::run(&pool, &[], &job)?;
    let sources = Sources::new(&job, &outcome);
    let bytes = sources.bytes(&path);
    let Some(span) = line_span(&bytes, line) else { bail!("{file} has no line {line}") };
    print(&explain(&outcome, &sources, &path, line, span))?;
    Ok(Ending::Clean)
}

/// The bytes of a line, without its end.
fn line_span(bytes: &[u8], line: usize) -> Option<Span> {
    let mut start = 0;
    for (index, text) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
        if index + 1 == line {
            let end = start + text.len();
            return Some(Span { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? });
        }
        start += text.len();
    }
    None
}

/// Whether something begins on the line, or spans it without being larger than a few lines.
fn meets(at: Span, line: Span) -> bool {
    (at.start >= line.start && at.start < line.end) || (at.start < line.start && at.end > line.start)
}

fn explain(outcome: &Outcome, sources: &Sources<'_>, path: &str, line: usize, span: Span) -> String {
    let mut out = String::new();
    let shown = sources.lines(path, span, 1).map_or_else(String::new, |l| l.text);
    let _ = writeln!(out, "{}:{line}\n    {}", plain(path), shown.trim_end());
    if let Some(entry) = outcome.coverage.iter().find(|c| c.path == path) {
        let read =
            if entry.dialects.is_empty() { "no dialect".to_owned() } else { entry.dialects.join(", ") };
        let why = entry.why.as_deref().map_or_else(String::new, |w| format!(": {}", plain(w)));
        let _ = writeln!(out, "\nfile: {}{why}; read by {read}", status_name(entry.status));
    }
    facts(outcome, path, span, &mut out);
    section(&mut out, "findings", findings(outcome, path, span));
    let passes = outcome
        .passes
        .iter()
        .filter(|p| p.at.path == path && meets(p.at.at, span))
        .map(|p| format!("{}: nothing said, because {}", p.rule, plain(&p.why)))
        .collect();
    section(&mut out, "rules that looked and were content", passes);
    let unknown = outcome
        .coverage
        .iter()
        .filter(|c| c.path == path)
        .flat_map(|c| &c.unknown)
        .filter(|u| meets(u.at, span))
        .map(|u| plain(&u.why))
        .collect();
    section(&mut out, "unknown", unknown);
    if outcome.not_judged.is_empty() {
        return out;
    }
    section(&mut out, "rules that need the whole tree and did not run", outcome.not_judged.clone());
    out
}

fn section(out: &mut String, title: &str, mut lines: Vec<String>) {
    lines.sort();
    lines.dedup();
    let _ = writeln!(out, "\n{title}:");
    if lines.is_empty() {
        lines.push("none".to_owned());
    }
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
}

fn findings(outcome: &Outcome, path: &str, span: Span) -> Vec<String> {
    let own = outcome.findings.iter().map(|f| (f, None));
    let waived = outcome.waived.iter().map(|(f, by)| (f, Some(by)));
    own.chain(waived)
        .filter(|(f, _)| f.at.path == path && meets(f.at.at, span))
        .map(|(f, by)| {
            let waived = by.map_or_else(String::new, |by| format!(" (waived: {})", plain(by)));
            format!("{} {}: {}{waived}", severity_name(f.severity), f.rule, plain(&f.message))
        })
        .collect()
}

/// Facts that stand on the line, one per line, without their places.
fn facts(outcome: &Outcome, path: &str, span: Span, out: &mut String) {
    let mut lines = Vec::new();
    for bytes in &outcome.facts {
        let Ok(unit) = serde_json::from_slice::<Value>(bytes) else { continue };
        let files = unit["files"].as_array();
        let Some(file) = files.and_then(|f| f.iter().position(|p| p.as_str() == Some(path))) else {
            continue;
        };
        for fact in unit["facts"].as_array().into_iter().flatten() {
            let at = &fact["at"];
            let offset =
                |name: &str| at["span"][name].as_u64().and_then(|o| u32::try_from(o).ok()).unwrap_or(0);
            let here = Span { start: offset("start"), end: offset("end") };
            if at["file"].as_u64() == u64::try_from(file).ok() && meets(here, span) {
                lines.push(one_line(fact));
            }
        }
    }
    section(out, "facts", lines);
}

/// A fact as `body {fields}`; places and numbers left out.
fn one_line(fact: &Value) -> String {
    let mut fields = fact.as_object().cloned().unwrap_or_default();
    let body = fields.remove("fact").and_then(|b| b.as_str().map(str::to_owned)).unwrap_or_default();
    for name in ["id", "at", "within", "secret"] {
        fields.remove(name);
    }
    plain(&format!("{body} {}", Value::Object(fields)))
}
