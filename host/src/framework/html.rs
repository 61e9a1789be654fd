//! The coverage as a page.

use maud::{Markup, html};

use super::{Coverage, Covered, Framework, page_of};
use crate::report::{Page, severity_name};

/// The whole page.
pub(super) fn page(coverage: &Coverage<'_>) -> String {
    let body = html! {
        header {
            h1 { "Frameworks" }
            @if let Some(counts) = coverage.findings {
                p.summary { "In the tree: " (if counts.told().is_empty() { "no findings".to_owned() } else { counts.shown() }) }
                p { "One finding counts for each entry that its rule speaks to." }
            }
            p.run { "hallpass " (coverage.rules) @if let Some(today) = coverage.today { " · " (today) } }
        }
        main { @for framework in &coverage.frameworks { (section(framework, coverage.findings.is_some())) } }
    };
    Page { title: "frameworks", wide: true, script: None }.around(&body)
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
