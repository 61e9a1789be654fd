//! For people: as rustc shows diagnostics, then one summary line.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};

use super::text::{self, Lines, MOST_LINES, plain};
use super::{Material, severity_name};
use crate::runtime::contract::{Coverage, Finding, Fix, Severity, Span, Status};
use crate::scan::{Outcome, is_unreached};

/// Most related places shown for one finding.
const RELATED: usize = 6;
/// Most files named that an interrupted run did not come to.
const UNREACHED: usize = 5;
/// Most failed files named without `-v`.
const FAILED: usize = 10;

/// Counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Findings by severity, info first.
    pub by_severity: [usize; 5],
    /// Waived findings.
    pub waived: usize,
    /// Files checked, skipped, failed.
    pub files: [usize; 3],
    /// Places that stayed unknown.
    pub unknown: usize,
}

impl Summary {
    /// Counts a run.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let mut summary = Self { waived: outcome.waived.len(), ..Self::default() };
        for finding in &outcome.findings {
            summary.by_severity[finding.severity as usize] += 1;
        }
        for entry in &outcome.coverage {
            summary.files[entry.status as usize] += 1;
            summary.unknown += entry.unknown.len();
        }
        summary
    }
}

/// The whole report.
pub(super) fn render(material: &Material<'_>, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let frames = if colour && takes_unicode() { DecorStyle::Unicode } else { DecorStyle::Ascii };
    let renderer = renderer.decor_style(frames);
    let link = colour && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
    let mut out = String::new();
    for finding in material.outcome.findings_of_reached() {
        out.push_str(&one(material, finding, &renderer, link));
        out.push_str("\n\n");
    }
    if material.verbose {
        let config = material.config.map_or_else(|| "none".to_owned(), plain);
        let _ = writeln!(out, "configuration: {config}");
        for (finding, by) in &material.outcome.waived {
            let [(line, _), _] = material.sources.ends_of(finding);
            let _ =
                writeln!(out, "waived: {} {}:{line}: {}", finding.rule, plain(&finding.at.path), plain(by));
        }
    }
    coverage(material, &mut out);
    for trouble in &material.outcome.troubles {
        let _ = writeln!(out, "warning: {}", plain(trouble));
    }
    for entry in
        material.outcome.baseline.iter().flat_map(|baseline| &baseline.stale).filter(|_| material.verbose)
    {
        let _ = writeln!(out, "stale in the baseline: {entry}");
    }
    for fixed in material.outcome.changes.iter().flat_map(|changes| &changes.fixed) {
        let _ =
            writeln!(out, "fixed: {} {}:{}", fixed.finding.rule, plain(&fixed.finding.at.path), fixed.line);
    }
    if !material.quiet {
        let _ = writeln!(out, "{}", summary_line(material));
    }
    out
}

/// Whether a terminal shows frames of Unicode: by the locale, where the system has one.
fn takes_unicode() -> bool {
    cfg!(windows) || is_unicode(|name| std::env::var(name).ok())
}

fn is_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
    set.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Critical | Severity::High => Level::ERROR.with_name(severity_name(severity)),
        Severity::Medium => Level::WARNING.with_name(severity_name(severity)),
        Severity::Low | Severity::Info => Level::NOTE.with_name(severity_name(severity)),
    }
}

fn one(material: &Material<'_>, finding: &Finding, renderer: &Renderer, link: bool) -> String {
    let mut message = plain(&finding.message);
    if let Some(state) = material.state(finding) {
        message = format!("{} {message}", state.bracketed());
    }
    let path = plain(&finding.at.path);
    let own = material.sources.lines_of(finding);
    let [(line, column), _] = material.sources.ends_of(finding);
    let related: Vec<(String, String, Option<Lines>, Span, usize)> = finding
        .related
        .iter()
        .take(RELATED)
        .map(|r| {
            let lines = material.sources.lines(&r.at.path, r.at.at, 1);
            let (line, _) = material.sources.position(&r.at.path, r.at.at.start);
            (plain(&r.note), plain(&r.at.path), lines, r.at.at, line)
        })
        .collect();

    let mut title = level(finding.severity).primary_title(message.as_str()).id(finding.rule.as_str());
    // A terminal makes a link of the rule's name; a log shows the name alone.
    if let Some(url) = material.rule_url(&finding.rule).filter(|_| link) {
        title = title.id_url(url);
    }
    let mut group = Group::with_title(title);
    match &own {
        Some(lines) => {
            let span = inside(finding.at.at, lines);
            group = group.element(
                Snippet::source(lines.text.as_str())
                    .line_start(lines.first)
                    .path(path.as_str())
                    .annotation(AnnotationKind::Primary.span(span)),
            );
        }
        None => group = group.element(Origin::path(path.as_str()).line(line).char_column(column)),
    }
    for (note, path, lines, span, line) in &related {
        match lines {
            Some(lines) => {
                group = group.element(
                    Snippet::source(lines.text.as_str())
                        .line_start(lines.first)
                        .path(path.as_str())
                        .annotation(AnnotationKind::Context.span(inside(*span, lines)).label(note.as_str())),
                );
            }
            None => group = group.element(Level::NOTE.message(format!("{note}: {path}:{line}"))),
        }
    }
    if !finding.places.is_empty() {
        group = group.element(Level::NOTE.message(places(material, finding)));
    }
    if let Some(help) = &finding.help {
        let shown: Vec<String> = help.lines().map(plain).collect();
        group = group.element(Level::HELP.message(shown.join("\n")));
    }
    let mut groups = vec![group];
    let fixes: Vec<(String, Vec<Shown>)> = crate::scan::fix_of_each_place(finding, |_| true)
        .take(RELATED)
        .map(|fix| {
            let how = if fix.safe { "--fix" } else { "--fix=unsafe" };
            (format!("{} (`{how}`)", plain(&fix.title)), patches(material, fix))
        })
        .filter(|(_, patches)| !patches.is_empty())
        .collect();
    for (title, patches) in &fixes {
        let mut help = Group::with_title(Level::HELP.secondary_title(title.as_str()));
        for shown in patches {
            help = help.element(
                Snippet::source(shown.lines.text.as_str())
                    .line_start(shown.lines.first)
                    .path(shown.path.as_str())
                    .patches(shown.patches.iter().map(|(range, by)| Patch::new(range.clone(), by.as_str()))),
            );
        }
        groups.push(help);
    }
    let mut shown = renderer.render(&groups);
    if let Some(commit) = commit(material, finding) {
        // Behind the place, which the renderer writes after the title.
        let place = format!("{path}:{line}:{column}");
        let title = shown.find('\n').unwrap_or_default();
        if let Some(at) = shown.get(title..).and_then(|rest| rest.find(&place)) {
            shown.insert_str(title + at + place.len(), &commit);
        }
    }
    shown
}

/// The commit that a finding's place is in, if that is not the tree.
fn commit(material: &Material<'_>, finding: &Finding) -> Option<String> {
    material.sources.past(finding)?;
    let brought = material.outcome.brought.get(&finding.fingerprint)?;
    let date = brought.date.as_ref().map_or_else(String::new, |date| format!(", {date}"));
    Some(format!(" (commit {}{date})", brought.short()))
}

/// A span relative to shown lines, at least where they begin and never past their end.
pub(super) fn inside(span: Span, lines: &Lines) -> Range<usize> {
    let start = (span.start as usize).saturating_sub(lines.offset).min(lines.text.len());
    let end = (span.end as usize).saturating_sub(lines.offset).clamp(start, lines.text.len());
    let floor = |mut at: usize| {
        while !lines.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    floor(start)..floor(end)
}

fn places(material: &Material<'_>, finding: &Finding) -> String {
    let named: Vec<String> = finding
        .places
        .iter()
        .take(RELATED)
        .map(|p| format!("{}:{}", plain(&p.path), material.sources.position(&p.path, p.at.start).0))
        .collect();
    let more = finding.places.len().saturating_sub(RELATED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("the same in {}{rest}", named.join(", "))
}

/// Edits of one file, ready to show.
struct Shown {
    path: String,
    lines: Lines,
    patches: Vec<(Range<usize>, String)>,
}

/// The edits of a fix as patches over displayed lines.
fn patches(material: &Material<'_>, fix: &Fix) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    for edit in &fix.edits {
        let Some(lines) = material.sources.lines(&edit.at.path, edit.at.at, MOST_LINES) else { continue };
        let by: Vec<String> = edit.replacement.split('\n').map(plain).collect();
        let range = inside(edit.at.at, &lines);
        shown.push(Shown { path: plain(&edit.at.path), lines, patches: vec![(range, by.join("\n"))] });
    }
    shown
}

fn coverage(material: &Material<'_>, out: &mut String) {
    if let Some(line) = unreached(material) {
        let _ = writeln!(out, "{line}");
    }
    let failed: Vec<&Coverage> =
        material.outcome.coverage.iter().filter(|c| c.status == Status::Failed && !is_unreached(c)).collect();
    let limit = if material.verbose { usize::MAX } else { FAILED };
    for entry in failed.iter().take(limit) {
        let place = entry.at.map_or_else(String::new, |at| {
            let (line, column) = material.sources.position(&entry.path, at.start);
            format!(":{line}:{column}")
        });
        let why = entry.why.as_deref().unwrap_or("unknown reason");
        let _ = writeln!(out, "not checked whole: {}{place}: {}", plain(&entry.path), plain(why));
    }
    if failed.len() > limit {
        let more = failed.len() - limit;
        let files = if more == 1 { "file" } else { "files" };
        let _ = writeln!(out, "not checked whole: {more} more {files} (-v names them)");
    }
    if !material.verbose {
        return;
    }
    for entry in &material.outcome.coverage {
        if entry.status == Status::Skipped {
            let _ = writeln!(
                out,
                "skipped: {}: {}",
                plain(&entry.path),
                plain(entry.why.as_deref().unwrap_or(""))
            );
        }
        for unknown in &entry.unknown {
            let (line, _) = material.sources.position(&entry.path, unknown.at.start);
            let _ = writeln!(out, "unknown: {}:{line}: {}", plain(&entry.path), plain(&unknown.why));
        }
        for silence in &entry.silent {
            let _ = writeln!(
                out,
                "let pass: {}: {} ({})",
                plain(&entry.path),
                plain(&silence.reason),
                silence.count
            );
        }
    }
    for rule in &material.outcome.not_judged {
        let _ = writeln!(out, "not judged: {rule} needs the whole tree");
    }
}

/// How many findings the fixes mend that need no work elsewhere.
fn mended(material: &Material<'_>) -> usize {
    let unread: BTreeSet<&str> = material
        .outcome
        .coverage
        .iter()
        .filter(|entry| entry.status == Status::Failed)
        .map(|entry| entry.path.as_str())
        .collect();
    let may = |fix: &Fix| fix.safe && fix.edits.iter().all(|edit| !unread.contains(edit.at.path.as_str()));
    let findings = material.outcome.findings.iter();
    findings.filter(|finding| crate::scan::fix_of_each_place(finding, may).next().is_some()).count()
}

/// One line: how many files an interrupted run did not come to, and the first of them.
#[must_use]
pub(super) fn unreached(material: &Material<'_>) -> Option<String> {
    let entries: Vec<&Coverage> = material.outcome.unreached().collect();
    let grave = entries.iter().filter(|entry| entry.must_check).count();
    let first = |entries: &[&Coverage]| {
        let named: Vec<String> = entries.iter().take(UNREACHED).map(|entry| plain(&entry.path)).collect();
        let more = entries.len().saturating_sub(UNREACHED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", named.join(", "))
    };
    let files = match entries.len() {
        0 => return None,
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    };
    let must = if grave > 0 { format!(", {grave} of which must be checked") } else { String::new() };
    // Those that matter stand first.
    let mut entries = entries;
    entries.sort_by_key(|entry| !entry.must_check);
    Some(format!("not reached: {files}{must}: {}", first(&entries)))
}

/// One line: what was found, in how much, and what stayed open.
#[must_use]
pub fn summary_line(material: &Material<'_>) -> String {
    let counts = Summary::of(material.outcome);
    let total: usize = counts.by_severity.iter().sum();
    let names = ["info", "low", "medium", "high", "critical"];
    let parts: Vec<String> = counts
        .by_severity
        .iter()
        .zip(names)
        .rev()
        .filter(|(count, _)| **count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    let findings = match total {
        0 => "no findings".to_owned(),
        1 => format!("1 finding ({})", parts.join(", ")),
        n => format!("{n} findings ({})", parts.join(", ")),
    };
    let [checked, skipped, failed] = counts.files;
    let mut line = format!("{findings} in {checked} checked {}", if checked == 1 { "file" } else { "files" });
    if let Some(history) = material.outcome.history {
        let commits = if history.commits == 1 { "commit" } else { "commits" };
        let _ = write!(line, " and {} {commits}", history.commits);
    }
    for (count, word) in [(skipped, "skipped"), (failed, "failed")] {
        if count > 0 {
            let _ = write!(line, ", {count} {word}");
        }
    }
    if material.outcome.interrupted {
        let files = material.outcome.unreached().count();
        let _ = match files {
            0 => write!(line, "; interrupted"),
            1 => write!(line, "; interrupted, 1 file not reached"),
            _ => write!(line, "; interrupted, {files} files not reached"),
        };
    }
    let mended = mended(material);
    if mended > 0 {
        let _ = write!(line, "; `--fix` mends {mended}");
    }
    if counts.unknown > 0 {
        let values = if counts.unknown == 1 { "value" } else { "values" };
        let _ = write!(line, "; {} {values} unknown", counts.unknown);
    }
    if counts.waived > 0 {
        let _ = write!(line, "; {} waived", counts.waived);
    }
    if let Some(baseline) = &material.outcome.baseline {
        let _ = write!(line, "; {} in the baseline", baseline.held);
        if !baseline.stale.is_empty() {
            let entries = if baseline.stale.len() == 1 { "entry" } else { "entries" };
            let _ = write!(line, ", {} stale {entries} (`hallpass baseline prune`)", baseline.stale.len());
        }
    }
    if let Some(changes) = &material.outcome.changes {
        let _ = write!(
            line,
            "; {} known, {} fixed since {}",
            changes.known,
            changes.fixed.len(),
            changes.against
        );
    }
    if let Some(policy) = &material.outcome.policy {
        let _ = write!(line, "; policy {policy}");
    }
    if let Some(strict) = material.strict.filter(|s| s.counts()) {
        let parts =
            [(strict.unknown, "unknown value"), (strict.failed, "failed file"), (strict.warnings, "warning")];
        let named: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}{}", if *count == 1 { "" } else { "s" }))
            .collect();
        let hint = if material.verbose { "" } else { " (-v names them)" };
        let _ = write!(line, "; --strict counts {} as findings{hint}", named.join(", "));
    }
    text::plain(&line)
}

#[cfg(test)]
mod tests {
    use super::is_unicode;

    #[test]
    fn frames_are_of_the_locale() {
        let told = |pairs: &[(&str, &str)]| {
            is_unicode(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned()))
        };
        assert!(told(&[("LANG", "en_GB.UTF-8")]) && told(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]));
        assert!(!told(&[("LANG", "C")]) && !told(&[]) && !told(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]));
    }
}
