//! The findings as a page.

use maud::{Markup, html};

use super::page::Page;
use super::row::Row;
use super::text::{MOST_LINES, plain};
use super::{Material, counted, pretty};
use crate::runtime::contract::{Coverage, Finding, Status};
use crate::scan::fix_of_each_place;

const SCRIPT: &str = include_str!("html/page.js");
const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

/// The whole page.
pub(super) fn render(material: &Material<'_>) -> String {
    let rows = material.worst_of_reached();
    let body = html! {
        header {
            h1 { "hallpass" }
            p.summary { (coded(&pretty::summary_line(material))) }
            p.run { "Checked against " (material.today) " · version " (material.description.version)
                @if let Some(changes) = &material.outcome.changes { " · against " (plain(&changes.against)) }
            }
        }
        (controls(&rows))
        main id="findings" {
            @for row in &rows { (article(material, row)) }
            @if rows.is_empty() { p.empty { "No findings." } }
        }
        (fixed(material))
        @if let Some(inventory) = &material.inventory { (crate::inventory::section(inventory)) }
        (coverage(material))
    };
    Page { title: &counted(rows.len(), "finding", "findings"), wide: false, script: Some(SCRIPT) }
        .around(&body)
}

fn controls(rows: &[Row<'_>]) -> Markup {
    let mut classes: Vec<&str> = rows.iter().map(Row::class).collect();
    classes.sort_unstable();
    classes.dedup();
    html! {
        form id="controls" aria-label="Filter" hidden {
            label { "Search " input id="search" type="search" placeholder="path, rule, message"; }
            fieldset {
                legend { "Severity" }
                @for severity in SEVERITIES {
                    @let count = rows.iter().filter(|row| row.words.own == severity).count();
                    label { input type="checkbox" name="severity" value=(severity) checked; " " (severity) " " (count) }
                }
            }
            label { "Class " select id="class" {
                option value="" { "all" }
                @for class in classes { option value=(class) { (class) } }
            } }
            label { "Group by " select id="group" {
                option value="" { "nothing" } option value="severity" { "severity" }
                option value="path" { "file" } option value="rule" { "rule" }
            } }
            button id="theme" type="button" { "light / dark" }
            output id="count" aria-live="polite" {}
        }
    }
}

fn article(material: &Material<'_>, row: &Row<'_>) -> Markup {
    let finding = row.finding;
    let rule = finding.rule.as_str();
    html! {
        article.(row.words.own) id={ "f-" (finding.fingerprint) } data-severity=(row.words.own) data-class=(row.class())
            data-path=(row.path) data-rule=(rule) {
            h2 {
                span.severity { (row.words.own) } " "
                @if let Some(url) = row.url(material) { a href=(url) { code { (rule) } } } @else { code { (rule) } }
            }
            p.message { (coded(&row.message)) }
            p.place { (place(material, row)) }
            (snippet(material, finding))
            @if !finding.related.is_empty() || !finding.places.is_empty() {
                ul.related {
                    @for related in &finding.related {
                        li { (coded(&plain(&related.note))) ": " (spot(material, &related.at.path, related.at.at.start)) }
                    }
                    @for at in &finding.places { li { "the same: " (spot(material, &at.path, at.at.start)) } }
                }
            }
            (help(&row.help()))
            (fixes(material, finding))
            p.identity { "fingerprint " code { (finding.fingerprint) } }
        }
    }
}

/// Sentences, or an example whose lines are indented.
fn help(help: &str) -> Markup {
    match help.lines().any(|line| line.starts_with(' ')) {
        true => html! { pre { (help) } },
        false => html! { @for line in help.lines() { p.help { (coded(line)) } } },
    }
}

/// An option stays whole: browsers break lines behind hyphens.
fn quoted(part: &str) -> Markup {
    match part.starts_with('-') {
        true => html! { code.option { (part) } },
        false => html! { code { (part) } },
    }
}

/// What a message quotes in backticks as code.
fn coded(message: &str) -> Markup {
    let parts: Vec<&str> = message.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return html! { (message) };
    }
    html! {
        @for (index, part) in parts.iter().enumerate() {
            @if index % 2 == 1 { (quoted(part)) } @else { (part) }
        }
    }
}

fn place(material: &Material<'_>, row: &Row<'_>) -> Markup {
    match row.region {
        Some(region) => {
            let text = format!("{}:{}:{}", row.path, region.line, region.column);
            linked(material, &row.finding.at.path, region.line, &text)
        }
        None => html! { code { (row.path) } },
    }
}

fn spot(material: &Material<'_>, path: &str, at: u32) -> Markup {
    let (line, _) = material.sources.position(path, at);
    linked(material, path, line, &format!("{}:{line}", plain(path)))
}

fn linked(material: &Material<'_>, path: &str, line: usize, text: &str) -> Markup {
    match material.forge.as_ref() {
        Some(forge) => html! { a href=(forge.link(path, line)) { code { (text) } } },
        None => html! { code { (text) } },
    }
}

fn snippet(material: &Material<'_>, finding: &Finding) -> Markup {
    let Some(lines) = material.sources.lines_of(finding) else { return html! {} };
    let found = pretty::inside(finding.at.at, &lines);
    let mut start = 0;
    let mut rows = Vec::new();
    for row in lines.text.split_inclusive('\n') {
        let text = row.trim_end_matches(['\n', '\r']);
        let within = |at: usize| at.clamp(start, start + text.len()) - start;
        rows.push((
            &text[..within(found.start)],
            &text[within(found.start)..within(found.end)],
            &text[within(found.end)..],
        ));
        start += row.len();
    }
    html! {
        pre { @for (index, (before, marked, after)) in rows.into_iter().enumerate() {
            span.line {
                span.number { (lines.first + index) } " " (before)
                @if !marked.is_empty() { mark { (marked) } } (after) "\n"
            }
        } }
    }
}

fn fixes(material: &Material<'_>, finding: &Finding) -> Markup {
    html! {
        @for fix in fix_of_each_place(finding, |_| true) {
            details {
                summary { (coded(&plain(&fix.title))) " (" (quoted(if fix.safe { "--fix" } else { "--fix=unsafe" })) ")" }
                @for edit in &fix.edits {
                    @let old = material.sources.lines(&edit.at.path, edit.at.at, MOST_LINES);
                    p { (spot(material, &edit.at.path, edit.at.at.start)) }
                    pre {
                        @if let Some(old) = old { @for line in old.text.lines() { span.old { "  " (line) "\n" } } }
                        @for line in edit.replacement.lines() { span.new { "+ " (plain(line)) "\n" } }
                    }
                }
            }
        }
    }
}

fn fixed(material: &Material<'_>) -> Markup {
    let fixed = material.outcome.changes.iter().flat_map(|changes| &changes.fixed);
    let rows: Vec<String> =
        fixed.map(|f| format!("{} {}:{}", f.finding.rule, plain(&f.finding.at.path), f.line)).collect();
    html! {
        @if !rows.is_empty() {
            section.fixed { h2 { "Fixed by this change" } ul { @for row in rows { li { code { (row) } } } } }
        }
    }
}

fn coverage(material: &Material<'_>) -> Markup {
    let of = |status: Status| -> Vec<&Coverage> {
        material.outcome.coverage.iter().filter(|entry| entry.status == status).collect()
    };
    let (failed, skipped) = (of(Status::Failed), of(Status::Skipped));
    let unknown: Vec<(&Coverage, usize, &str)> = material
        .outcome
        .coverage
        .iter()
        .flat_map(|entry| entry.unknown.iter().map(move |unknown| (entry, unknown)))
        .map(|(entry, u)| (entry, material.sources.position(&entry.path, u.at.start).0, u.why.as_str()))
        .collect();
    let named = |entries: &[&Coverage]| {
        html! { ul { @for entry in entries {
            li { code { (plain(&entry.path)) } ": " (coded(&plain(entry.why.as_deref().unwrap_or("unknown reason")))) }
        } } }
    };
    html! {
        section.coverage {
            h2 { "Coverage" }
            @for (title, entries, open) in [("not checked whole", &failed, true), ("skipped", &skipped, false)] {
                @if !entries.is_empty() {
                    details open[open] { summary { (entries.len()) " " (title) } (named(entries)) }
                }
            }
            @if !unknown.is_empty() {
                details {
                    summary { (counted(unknown.len(), "value", "values")) " that stayed unknown" }
                    ul { @for (entry, line, why) in unknown {
                        li {
                            (linked(material, &entry.path, line, &format!("{}:{line}", plain(&entry.path)))) ": "
                            (coded(&plain(why)))
                        }
                    } }
                }
            }
            @if failed.is_empty() && skipped.is_empty() { p { "Every file was checked whole." } }
        }
    }
}
