//! The inventory as a page, and its graph as a section of the page of findings.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::model::{At, Class, Edge, Entry, Moved, Power, Question};
use super::{Inventory, picture};
use crate::report::text::plain;
use crate::report::{Page, counted};

const SCRIPT: &str = include_str!("html/inventory.js");
/// Most things that one entry of a change gains or loses that are told.
const MOST_SAID: usize = 6;
/// The heads of the columns that answer an audit's questions; on a narrow screen they stand before each answer.
const HEADS: [&str; 4] = ["who owns it", "why", "until", "switched off by"];
const USERS: &str = "used by";
const CALLERS: &str = "callers";
const WORST: &str = "worst right";
/// Most lines of a list; the rest is counted.
const MOST: usize = 40;

/// The whole page.
pub(super) fn page(inventory: &Inventory) -> String {
    let body = html! {
        header {
            h1 { "Machine identities" }
            p.summary { (inventory.summary()) }
            p.run { "hallpass " (env!("CARGO_PKG_VERSION")) " · " (inventory.today) }
        }
        form id="controls" aria-label="Filter" hidden {
            label { "Search " input id="search" type="search" placeholder="name, owner, purpose"; }
            label { input id="blank" type="checkbox"; " lacks an answer" }
            button id="theme" type="button" { "light / dark" }
            output id="count" aria-live="polite" {}
        }
        main { @for class in Class::ALL { (table(inventory, class)) } }
        (section(inventory))
    };
    Page { title: "machine identities", wide: true, script: Some(SCRIPT) }.around(&body)
}

fn table(inventory: &Inventory, class: Class) -> Markup {
    let entries: Vec<(usize, &Entry)> =
        inventory.entries.iter().enumerate().filter(|(_, entry)| entry.class == class).collect();
    html! {
        @if !entries.is_empty() {
            h2.group { (entries.len()) " " (if entries.len() == 1 { class.name() } else { class.plural() }) }
            div.table.cards { table {
                thead { tr {
                    th scope="col" { (class.name()) }
                    @for head in HEADS { th scope="col" { (head) } }
                    @if class == Class::Endpoint { th scope="col" { (CALLERS) } } @else {
                        th scope="col" { (USERS) } th scope="col" { (WORST) }
                    }
                } }
                tbody { @for (index, entry) in entries { (row(index, entry)) } }
            } }
        }
    }
}

fn row(index: usize, entry: &Entry) -> Markup {
    let power = entry.reach.worst.as_ref().map_or("none", |worst| worst.power.name());
    html! {
        tr.entry.(power) data-blank[!entry.blanks.is_empty()] {
            th scope="row" {
                a href={ "#e-" (index) } { code { (plain(&entry.id)) } }
                span.kind { (plain(&entry.kind)) @for environment in &entry.environments { " · " (plain(environment)) } }
            }
            @for ((question, answer), head) in entry.answers().into_iter().zip(HEADS) {
                td data-head=(head) {
                    @match answer {
                        Some(answer) => { (plain(&answer.is)) span.kind { (answer.by.name()) } }
                        None if entry.blanks.contains(&question) => {
                            strong.missing title={ "Nobody says " (question.asked()) } { "?" }
                        }
                        None => {}
                    }
                }
            }
            @if entry.class == Class::Endpoint {
                td data-head=(CALLERS) { (entry.scope.iter().map(|text| plain(text)).collect::<Vec<_>>().join(", ")) }
            } @else {
                td data-head=(USERS) { (entry.users()) }
                td data-head=(WORST) { @if let Some(worst) = &entry.reach.worst {
                    strong.power { (worst.power.name()) } " " (plain(&worst.what))
                    @if let Some(through) = &worst.through { span.kind { "through " (plain(through)) } }
                } }
            }
        }
    }
}

/// The graph, what a change did to it, and each entry with what is around it.
#[must_use]
pub fn section(inventory: &Inventory) -> Markup {
    let mut around: BTreeMap<&str, Vec<&Edge>> = BTreeMap::new();
    for edge in &inventory.edges {
        around.entry(&edge.from).or_default().push(edge);
        if edge.from != edge.to {
            around.entry(&edge.to).or_default().push(edge);
        }
    }
    let mut entries: Vec<(usize, &Entry)> = inventory.entries.iter().enumerate().collect();
    entries.sort_by_key(|(index, entry)| {
        std::cmp::Reverse((entry.reach.worst.as_ref().map(|worst| worst.power), std::cmp::Reverse(*index)))
    });
    html! {
        section.reach {
            h2 { "Blast radius" }
            p { "Who reaches what: whoever takes over a box on the left has what lies to its right." }
            @if let Some(picture) = picture::draw(inventory) { (picture) }
            (delta(inventory))
            @for (index, entry) in entries { (radius(index, entry, around.get(entry.id.as_str()))) }
        }
    }
}

fn radius(index: usize, entry: &Entry, around: Option<&Vec<&Edge>>) -> Markup {
    let edges = || around.into_iter().flatten();
    let to: Vec<&&Edge> = edges().filter(|edge| edge.to == entry.id).collect();
    let from: Vec<&&Edge> = edges().filter(|edge| edge.from == entry.id).collect();
    let power = entry.reach.worst.as_ref().map_or("none", |worst| worst.power.name());
    html! {
        details.radius.(power) id={ "e-" (index) } {
            summary {
                code { (plain(&entry.id)) } " " (plain(&entry.kind))
                @if !entry.worst().is_empty() { ": " (entry.worst()) }
            }
            @if !entry.blanks.is_empty() {
                p.missing { "Nobody says: " (entry.blanks.iter().map(|q: &Question| q.asked()).collect::<Vec<_>>().join(" ")) }
            }
            dl {
                (term("made", &entry.places.iter().map(At::shown).collect::<Vec<_>>()))
                (term("registry row", &entry.row.iter().map(At::shown).collect::<Vec<_>>()))
                (term("works", &plains(&entry.lifetimes)))
                (term("changed every", &plains(entry.rotation.as_slice())))
                (term("kept", &plains(&entry.stores)))
                (term("scope", &plains(&entry.scope)))
                (term("data", &plains(entry.data_class.as_slice())))
                (term("held by an outside party", &plains(entry.third_party.as_slice())))
                (term("emergencies only", &if entry.break_glass { vec!["yes".to_owned()] } else { Vec::new() }))
                (term("teams that use it", &plains(&entry.reach.teams)))
                (term("used", &entry.uses.iter().map(|u| format!("{} {}", u.at.shown(), plain(&u.how))).collect::<Vec<_>>()))
                (term("reached from", &to.iter().map(|edge| step(edge, &edge.from)).collect::<Vec<_>>()))
                (term("reaches", &from.iter().map(|edge| step(edge, &edge.to)).collect::<Vec<_>>()))
                (term("and through those", &plains(&entry.reach.identities)))
            }
        }
    }
}

fn step(edge: &Edge, end: &str) -> String {
    let label = if edge.label.is_empty() { String::new() } else { format!(": {}", plain(&edge.label)) };
    let sure = if edge.sure { "" } else { " (perhaps)" };
    format!("{} {}{label}{sure}", if edge.to == end { edge.kind.words() } else { "" }, plain(end))
        .trim()
        .to_owned()
}

fn plains(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| plain(text)).collect()
}

fn term(name: &str, lines: &[String]) -> Markup {
    html! {
        @if !lines.is_empty() {
            dt { (name) }
            @for line in lines.iter().take(MOST) { dd { (line) } }
            @if lines.len() > MOST { dd { "and " (lines.len() - MOST) " more" } }
        }
    }
}

fn delta(inventory: &Inventory) -> Markup {
    let Some(delta) = &inventory.delta else { return html! {} };
    let list = |title: &str, lines: Vec<String>| {
        html! { @if !lines.is_empty() { h3 { (title) } ul {
            @for line in lines.iter().take(MOST) { li { (line) } }
            @if lines.len() > MOST { li { "and " (lines.len() - MOST) " more" } }
        } } }
    };
    let between = |edge: &Edge| format!("{} {}", plain(&edge.from), step(edge, &edge.to));
    let (grown, less): (Vec<&Moved>, Vec<&Moved>) = delta.moved.iter().partition(|moved| moved.further);
    let same =
        delta.new.is_empty() && delta.gone.is_empty() && delta.moved.is_empty() && delta.new_edges.is_empty();
    html! {
        div.delta {
            h2 { "What the change does to it" }
            @if same && delta.gone_edges.is_empty() { p { "Nothing reaches further, and nothing less." } }
            (list("New", plains(&delta.new)))
            (list("Reaches further", grown.into_iter().map(moved).collect()))
            (list("New ways", delta.new_edges.iter().map(between).collect()))
            (list("Gone", plains(&delta.gone)))
            (list("Reaches less", less.into_iter().map(moved).collect()))
            (list("Ways that are gone", delta.gone_edges.iter().map(between).collect()))
        }
    }
}

fn moved(moved: &Moved) -> String {
    let counts = [
        (moved.uses, "job or workload", "jobs and workloads"),
        (moved.identities, "identity", "identities"),
        (moved.resources, "resource", "resources"),
    ];
    let some = counts.into_iter().filter(|(by, ..)| *by != 0);
    let mut said: Vec<String> = some
        .map(|(by, one, more)| {
            let sign = if by > 0 { "+" } else { "−" };
            format!("{sign}{}", counted(usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX), one, more))
        })
        .collect();
    if moved.before != moved.after {
        let name = |power: Option<Power>| power.map_or("has no right", Power::name);
        said.push(format!("{}, before: {}", name(moved.after), name(moved.before)));
    }
    for (word, all) in [("", &moved.more), ("no longer ", &moved.less)] {
        said.extend(all.iter().take(MOST_SAID).map(|one| format!("{word}{}", plain(one))));
        if all.len() > MOST_SAID {
            said.push(format!("{word}and {} more", all.len() - MOST_SAID));
        }
    }
    format!("{}: {}", plain(&moved.id), said.join(", "))
}
