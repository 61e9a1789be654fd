//! The graph as a picture: who uses it, credentials, identities, what they reach, from left to right.
//!
//! Names come from files: they are text here and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::Inventory;
use super::model::{Class, Edge, Power};
use crate::report::text::plain;

/// Most entries drawn, the most powerful first: more is a picture that nobody reads.
const MOST_ENTRIES: usize = 24;
/// Most neighbours of each kind drawn for one entry.
const MOST_NEIGHBOURS: usize = 6;
/// Sizes, in the picture's own unit.
const WIDTH: usize = 226;
const HEIGHT: usize = 30;
const ROW: usize = 40;
const COLUMN: usize = 296;
const TOP: usize = 30;
/// Longest name shown in a box, in characters.
const LONGEST: usize = 27;
/// How often boxes are put nearer to their neighbours.
const SWEEPS: usize = 6;

/// The heads of the columns.
const HEADS: [&str; 4] = ["who uses it", "credentials", "identities", "what is reached"];

/// A box.
#[derive(Debug)]
struct Node<'a> {
    id: &'a str,
    name: String,
    column: usize,
    entry: Option<usize>,
    power: Option<Power>,
    blank: bool,
    row: usize,
}

/// The picture, or nothing where there is nothing to draw.
pub(super) fn draw(inventory: &Inventory) -> Option<Markup> {
    let (mut nodes, edges) = chosen(inventory);
    if edges.is_empty() {
        return None;
    }
    arrange(&mut nodes, &edges);
    let at: BTreeMap<&str, &Node<'_>> = nodes.iter().map(|node| (node.id, node)).collect();
    let rows = nodes.iter().map(|node| node.row + 1).max().unwrap_or_default();
    let (width, height) = (COLUMN * 3 + WIDTH + 2, TOP + rows * ROW);
    let left_out = inventory.entries.len() > nodes.iter().filter(|node| node.entry.is_some()).count();
    Some(html! {
        figure.graph {
            svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-label="Who reaches what" {
                @for (column, head) in HEADS.iter().enumerate() {
                    text.head x=(column * COLUMN) y="16" { (head) }
                }
                @for edge in &edges {
                    @if let (Some(from), Some(to)) = (at.get(edge.from.as_str()), at.get(edge.to.as_str())) {
                        path.edge.unsure[!edge.sure] d=(line(from, to)) {
                            title { (plain(&edge.from)) " " (edge.kind.words()) " " (plain(&edge.to))
                                @if !edge.label.is_empty() { ": " (plain(&edge.label)) } }
                        }
                    }
                }
                @for node in &nodes {
                    @match node.entry {
                        Some(index) => { a href={ "#e-" (index) } { (one(node)) } }
                        None => { (one(node)) }
                    }
                }
            }
            figcaption {
                "Broken lines: a part of the name is not known, or a condition narrows the right. Broken boxes lack an answer."
                @if left_out { " The entries that reach furthest are drawn; all are listed below." }
            }
        }
    })
}

fn one(node: &Node<'_>) -> Markup {
    let (x, y) = (node.column * COLUMN, TOP + node.row * ROW);
    let class =
        format!("node {}{}", node.power.map_or("none", Power::name), if node.blank { " blank" } else { "" });
    html! {
        g class=(class) {
            title { (plain(node.id)) }
            rect x=(x + 1) y=(y) width=(WIDTH) height=(HEIGHT) rx="5" {}
            text x=(x + 9) y=(y + 20) { (node.name) }
        }
    }
}

fn line(from: &Node<'_>, to: &Node<'_>) -> String {
    let middle = |node: &Node<'_>| TOP + node.row * ROW + HEIGHT / 2;
    let (x, y) = (from.column * COLUMN + WIDTH + 1, middle(from));
    let (tx, ty) = (to.column * COLUMN, middle(to));
    let half = (COLUMN - WIDTH) / 2;
    if from.column < to.column {
        return format!("M{x} {y}C{} {y} {} {ty} {tx} {ty}", x + half, tx.saturating_sub(half));
    }
    // Back, or within a column: around the right side.
    let side = to.column * COLUMN + WIDTH + 1;
    format!("M{x} {y}C{} {y} {} {ty} {side} {ty}", x + half, side + half)
}

/// What is drawn: the entries that reach furthest, with some of what is around each.
fn chosen(inventory: &Inventory) -> (Vec<Node<'_>>, Vec<&Edge>) {
    let entries: BTreeMap<&str, usize> =
        inventory.entries.iter().enumerate().map(|(index, entry)| (entry.id.as_str(), index)).collect();
    let mut ranked: Vec<usize> = (0..inventory.entries.len()).collect();
    ranked.sort_by_key(|index| {
        let entry = inventory.entries.get(*index);
        let reach = entry.map(|entry| &entry.reach);
        let power = reach.and_then(|reach| reach.worst.as_ref()).map(|worst| worst.power);
        let users = reach.map_or(0, |reach| reach.jobs + reach.workloads);
        std::cmp::Reverse((power, users, std::cmp::Reverse(*index)))
    });
    let mut touching: BTreeMap<&str, Vec<&Edge>> = BTreeMap::new();
    for edge in &inventory.edges {
        touching.entry(&edge.from).or_default().push(edge);
        touching.entry(&edge.to).or_default().push(edge);
    }
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    let drawn = ranked.iter().filter_map(|index| inventory.entries.get(*index));
    for entry in drawn.filter(|entry| touching.contains_key(entry.id.as_str())).take(MOST_ENTRIES) {
        ids.insert(&entry.id);
        for outward in [true, false] {
            let around = touching.get(entry.id.as_str()).into_iter().flatten();
            let others = around
                .map(|edge| if outward { (&edge.from, &edge.to) } else { (&edge.to, &edge.from) })
                .filter(|(own, _)| **own == entry.id)
                .map(|(_, other)| other.as_str());
            ids.extend(others.take(MOST_NEIGHBOURS));
        }
    }
    let edges: Vec<&Edge> = inventory
        .edges
        .iter()
        .filter(|edge| ids.contains(edge.from.as_str()) && ids.contains(edge.to.as_str()))
        .collect();
    let actors: BTreeMap<&str, String> = inventory
        .actors
        .iter()
        .map(|actor| (actor.id.as_str(), format!("{} {}", actor.kind, actor.name)))
        .collect();
    let begins: BTreeSet<&str> = edges.iter().map(|edge| edge.from.as_str()).collect();
    let node = |id: &'_ str| -> (usize, String) {
        match (entries.get(id).and_then(|index| inventory.entries.get(*index)), actors.get(id)) {
            (Some(entry), _) if entry.class == Class::Credential => (1, id.to_owned()),
            (Some(_), _) => (2, id.to_owned()),
            (None, Some(name)) => (0, name.clone()),
            (None, None) => (if begins.contains(id) { 0 } else { 3 }, id.to_owned()),
        }
    };
    let nodes = ids.iter().map(|id| {
        let (column, name) = node(id);
        let index = entries.get(id).copied();
        let entry = index.and_then(|index| inventory.entries.get(index));
        Node {
            id,
            name: tail(&plain(&name)),
            column,
            entry: index,
            power: entry.and_then(|entry| entry.reach.worst.as_ref()).map(|worst| worst.power),
            blank: entry.is_some_and(|entry| !entry.blanks.is_empty()),
            row: 0,
        }
    });
    (nodes.collect(), edges)
}

/// The end of a name, which tells more than its beginning.
fn tail(name: &str) -> String {
    let length = name.chars().count();
    match length > LONGEST {
        false => name.to_owned(),
        true => format!("…{}", name.chars().skip(length - LONGEST + 1).collect::<String>()),
    }
}

/// Gives each box its row: in each column near to what it is joined with.
fn arrange(nodes: &mut [Node<'_>], edges: &[&Edge]) {
    let index: BTreeMap<String, usize> =
        nodes.iter().enumerate().map(|(index, node)| (node.id.to_owned(), index)).collect();
    let mut joined: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for edge in edges {
        if let (Some(from), Some(to)) = (index.get(&edge.from), index.get(&edge.to)) {
            joined.get_mut(*from).into_iter().for_each(|list| list.push(*to));
            joined.get_mut(*to).into_iter().for_each(|list| list.push(*from));
        }
    }
    for column in 0..HEADS.len() {
        for (row, node) in nodes.iter_mut().filter(|node| node.column == column).enumerate() {
            node.row = row;
        }
    }
    for sweep in 0..SWEEPS {
        for step in 0..HEADS.len() {
            let column = if sweep % 2 == 0 { step } else { HEADS.len() - 1 - step };
            let mut order: Vec<(usize, usize)> = Vec::new();
            for (index, node) in nodes.iter().enumerate().filter(|(_, node)| node.column == column) {
                let around = joined.get(index).map(Vec::as_slice).unwrap_or_default();
                let rows: Vec<usize> =
                    around.iter().filter_map(|other| nodes.get(*other)).map(|other| other.row).collect();
                // In hundredths of a row, so that equal means stay in their order.
                let mean = match rows.len() {
                    0 => node.row * 100,
                    many => rows.iter().sum::<usize>() * 100 / many,
                };
                order.push((mean, index));
            }
            order.sort_unstable();
            for (row, (_, index)) in order.into_iter().enumerate() {
                if let Some(node) = nodes.get_mut(index) {
                    node.row = row;
                }
            }
        }
    }
}
