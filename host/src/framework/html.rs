//! A page that needs nothing else: no other file, no network, no script.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Coverage, Covered, Framework, page_of};
use crate::report::{STYLE, digest, severity_name};

/// The whole page.
pub(super) fn page(coverage: &Coverage<'_>) -> String {
    let policy =
        format!("default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'", digest(STYLE));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta http-equiv="Content-Security-Policy" content=(policy);
                title { "hallpass: frameworks" }
                style { (PreEscaped(STYLE)) }
            }
            body.wide {
                header {
                    h1 { "Frameworks" }
                    @if let Some(counts) = coverage.findings {
                        p.summary { "In the tree: " (if counts.told().is_empty() { "no findings".to_owned() } else { counts.shown() }) }
                        p { "One finding counts for each entry that its rule speaks to." }
                    }
                    p.run { "hallpass " (coverage.rules) @if let Some(today) = coverage.today { " · " (today) } }
                }
                main { @for framework in &coverage.frameworks { (section(framework, coverage.findings.is_some())) } }
            }
        }
    };
    page.into_string()
}

fn section(framework: &Framework<'_>, checked: bool) -> Markup {
    html! {
        h2.group id=(framework.key) { a href=(framework.source) { (framework.titled()) } }
        p { (framework.summary()) @if let Some(note) = framework.note { " (" (note) ")" } }
        div.table { table {
            thead { tr {
                th scope="col" { "entry" } th scope="col" { "rules" }
                @if checked { th scope="col" { "findings" } }
            } }
            tbody { @for entry in &framework.entries { (row(entry, checked)) } }
        } }
    }
}

fn row(entry: &Covered<'_>, checked: bool) -> Markup {
    html! {
        tr {
            th scope="row" {
                @match entry.address { Some(address) => a href=(address) { code { (entry.id) } }, None => code { (entry.id) } }
                @if let Some(title) = entry.title { " " (title) }
            }
            td {
                @for (index, rule) in entry.rules.iter().enumerate() {
                    @if index > 0 { ", " }
                    @match page_of(rule) { Some(page) => a href=(page) { code { (rule) } }, None => code { (rule) } }
                }
                @if let Some(why) = entry.not_checked { span.kind { "not checkable: " (why) } }
            }
            @if checked { td {
                @for (severity, count) in entry.findings.map(|counts| counts.told()).unwrap_or_default() {
                    span.(severity_name(severity)) { strong.severity { (count) " " (severity_name(severity)) } " " }
                }
            } }
        }
    }
}
