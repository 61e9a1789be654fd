//! The graph as a picture: who uses it, credentials, identities, what they reach, from left to right.
//!
//! Names come from files: they are text here and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

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
    let filled: Vec<usize> =
        (0..HEADS.len()).map(|column| nodes.iter().filter(|node| node.column == column).count()).collect();
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
                        path.edge.unsure[!edge.sure] d=(line(from, to, &filled)) {
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

/// A line from the side of one box to the side of another. A column in between is crossed between two rows, so that no line
/// seems to lead to a box that it only passes. `filled` is how many rows each column has.
fn line(from: &Node<'_>, to: &Node<'_>, filled: &[usize]) -> String {
    let middle = |node: &Node<'_>| TOP + node.row * ROW + HEIGHT / 2;
    let (left, right) = (|column: usize| column * COLUMN, |column: usize| column * COLUMN + WIDTH + 1);
    let half = (COLUMN - WIDTH) / 2;
    let (y, end) = (middle(from), middle(to));
    if from.column == to.column {
        // Around the right side.
        let x = right(from.column);
        return format!("M{x} {y}C{0} {y} {0} {end} {x} {end}", x + half);
    }
    let forward = from.column < to.column;
    let steps = from.column.abs_diff(to.column);
    let mut path = String::new();
    let (mut x, mut at) = (if forward { right(from.column) } else { left(from.column) }, y);
    let _ = write!(path, "M{x} {y}");
    for step in 1..=steps {
        let column = if forward { from.column + step } else { from.column - step };
        let (near, far) = if forward { (left(column), right(column)) } else { (right(column), left(column)) };
        // Where a straight line would cross; beside boxes, in the nearest space between two rows.
        let straight = (y * (steps - step) + end * step) / steps;
        let row = (straight + ROW / 2).saturating_sub(TOP) / ROW;
        let free = straight > TOP + filled.get(column).copied().unwrap_or_default() * ROW;
        let next = match step == steps {
            true => end,
            false if free => straight,
            // Lines of neighbours keep apart in there.
            false => TOP + row * ROW - (ROW - HEIGHT) / 2 - 2 + from.row % 3 * 2,
        };
        let (out, into) = if forward {
            (x + half, near.saturating_sub(half))
        } else {
            (x.saturating_sub(half), near + half)
        };
        let _ = write!(path, "C{out} {at} {into} {next} {near} {next}");
        if step < steps {
            let _ = write!(path, "H{far}");
        }
        (x, at) = (far, next);
    }
    path
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn node(column: usize, row: usize) -> Node<'static> {
        Node { id: "", name: String::new(), column, entry: None, power: None, blank: false, row }
    }

    /// Where a path runs level through whole columns: from, to, and at which height.
    fn crossings(path: &str) -> Vec<(usize, usize, usize)> {
        let parts: Vec<&str> = path.split('H').collect();
        let numbers = |part: &str| -> Vec<usize> {
            part.split(|c: char| !c.is_ascii_digit()).filter_map(|text| text.parse().ok()).collect()
        };
        let pairs = parts.iter().zip(parts.iter().skip(1));
        pairs
            .map(|(before, after)| {
                let before = numbers(before);
                let (x, y) = (before[before.len() - 2], before[before.len() - 1]);
                (x, numbers(after)[0], y)
            })
            .collect()
    }

    #[test]
    fn no_line_runs_behind_a_box_that_it_only_passes() {
        let rows = 9;
        for (from, to) in [(0, 2), (0, 3), (1, 3), (3, 0), (2, 0), (0, 1), (1, 0), (2, 2)] {
            for row in 0..rows {
                for other in 0..rows {
                    let path = line(&node(from, row), &node(to, other), &[rows; 4]);
                    let crossed = crossings(&path);
                    assert_eq!(crossed.len(), from.abs_diff(to).saturating_sub(1), "{path}");
                    for (x, far, y) in crossed {
                        assert_eq!(x.abs_diff(far), WIDTH + 1, "{path}");
                        let behind =
                            (0..rows).any(|row| (TOP + row * ROW..=TOP + row * ROW + HEIGHT).contains(&y));
                        assert!(!behind, "{path}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_begins_and_ends_at_the_sides_that_face_each_other() {
        let path = line(&node(1, 0), &node(0, 1), &[2; 4]);
        assert!(
            path.starts_with(&format!("M{COLUMN} 45C")) && path.ends_with(&format!(" {} 85", WIDTH + 1)),
            "{path}"
        );
        let path = line(&node(0, 0), &node(1, 0), &[2; 4]);
        assert_eq!(path, "M227 45C262 45 261 45 296 45");
        // Where there is no box, there is nothing to go around.
        assert_eq!(
            crossings(&line(&node(0, 0), &node(2, 2), &[1, 0, 3, 0])),
            [(COLUMN, COLUMN + WIDTH + 1, 85)]
        );
    }
}
