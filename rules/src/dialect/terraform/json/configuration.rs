//! Configuration in JSON. Which objects are blocks is the provider's schema; here a list of objects and an object are
//! blocks, but for arguments whose keys are the author's own (`data/terraform/json.toml`).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::writer::Writer;
use super::{Translation, entries, is_blocks, is_map, is_name, items, text};
use crate::dialect::terraform::tables;
use crate::document::{Entry, Node};
use crate::span::ByteSpan;

/// What stands beside the blocks for the reader alone.
const COMMENT: &str = "//";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Syntax {
    /// Arguments whose keys are the author's own.
    maps: Vec<String>,
    /// Top-level blocks and how many labels they have.
    block: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    name: String,
    labels: usize,
    /// Whether objects in it are values, never blocks.
    flat: bool,
    /// Arguments in which `${` is text.
    #[serde(default)]
    literal: Vec<String>,
}

static SYNTAX: LazyLock<Syntax> =
    LazyLock::new(|| tables::read(include_str!("../../../../data/terraform/json.toml")));

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&SYNTAX);
}

/// Writes the blocks of a file.
pub(super) fn write(root: &Node, made: &mut Translation) {
    for root in items(root) {
        for entry in entries(root) {
            if let Some(kind) = SYNTAX.block.iter().find(|kind| kind.name == entry.name()) {
                labelled(kind, &entry.value, &mut Vec::new(), entry.key.span, made);
            }
        }
    }
}

/// The blocks below the labels so far; at each level there may be a list of objects.
fn labelled<'n>(
    kind: &Kind,
    node: &'n Node,
    labels: &mut Vec<&'n str>,
    header: ByteSpan,
    made: &mut Translation,
) {
    for node in items(node).iter().filter(|node| is_map(node)) {
        if labels.len() == kind.labels {
            let mut writer = Writer::default();
            writer.open(&kind.name, labels, header);
            if kind.flat {
                for entry in written(&mut writer, node) {
                    writer.set_literal(kind.literal.iter().any(|name| name == entry.name()));
                    writer.attribute(entry.name(), entry.key.span, &entry.value);
                }
            } else {
                body(&mut writer, node);
            }
            writer.close(node);
            made.add(writer, node.span, "");
            continue;
        }
        for entry in entries(node).iter().filter(|entry| entry.name() != COMMENT) {
            labels.push(entry.name());
            labelled(kind, &entry.value, labels, entry.key.span, made);
            labels.pop();
        }
    }
}

/// The entries of a body: each name once, as the platform refuses a second.
fn written<'n>(writer: &mut Writer, node: &'n Node) -> Vec<&'n Entry> {
    let mut seen = BTreeSet::new();
    let all = writer.limited(entries(node));
    all.iter().filter(|entry| is_name(entry.name()) && seen.insert(entry.name())).collect()
}

fn body(writer: &mut Writer, node: &Node) {
    for entry in written(writer, node) {
        let (name, value) = (entry.name(), &entry.value);
        match name {
            "dynamic" | "provisioner" => {
                for inner in items(value).iter().flat_map(entries) {
                    for block in items(&inner.value).iter().filter(|block| is_map(block)) {
                        writer.open(name, &[inner.name()], inner.key.span);
                        body(writer, block);
                        writer.close(block);
                    }
                }
            }
            // A name, not a text.
            "iterator" if text(value).is_some_and(is_name) => {
                writer.assign(name, entry.key.span);
                writer.placed(text(value).unwrap_or_default(), value.span);
                writer.plain("\n");
            }
            _ if is_block(name, value) => {
                for block in items(value) {
                    writer.open(name, &[], entry.key.span);
                    body(writer, block);
                    writer.close(block);
                }
            }
            _ => writer.attribute(name, entry.key.span, value),
        }
    }
}

fn is_block(name: &str, value: &Node) -> bool {
    let named = |node: &Node| entries(node).iter().all(|e| is_name(e.name()) || e.name() == COMMENT);
    !SYNTAX.maps.iter().any(|map| map == name)
        && (is_blocks(value) || is_map(value))
        && items(value).iter().all(named)
}
