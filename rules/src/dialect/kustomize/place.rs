//! One address for every byte of a unit, so that a tree made of several files still knows where each part is written.

use std::sync::Arc;

use crate::dialect::Unit;
use crate::document::{Data, Entry, Node, Scalar};
use crate::span::{ByteSpan, FileId, Source};

/// Where the files of a unit begin. What stands below the first address is a place of whichever file one looks at.
#[derive(Clone, Debug, Default)]
pub(in crate::dialect) struct Addresses(Vec<u32>);

impl Addresses {
    /// The addresses of a unit's files; `None` if they are too long together.
    pub(super) fn of(unit: &Unit) -> Option<Self> {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).ok()?.checked_add(1);
        let mut next =
            unit.files.iter().map(|file| length(&file.bytes)).try_fold(1, |a, b| Some(a.max(b?)))?;
        let mut starts = Vec::new();
        for file in &unit.files {
            starts.push(next);
            next = next.checked_add(length(&file.bytes)?)?;
        }
        Some(Self(starts))
    }

    /// The place behind an address; `None` for what is a place already.
    pub(in crate::dialect) fn source(&self, span: ByteSpan) -> Option<Source> {
        let index = self.0.partition_point(|start| *start <= span.start).checked_sub(1)?;
        let start = *self.0.get(index)?;
        let span = ByteSpan { start: span.start - start, end: span.end.saturating_sub(start) };
        Some(Source::new(FileId(u32::try_from(index).ok()?), span))
    }

    /// A node of a file with addresses for places.
    pub(super) fn absolute(&self, file: FileId, node: &Node) -> Node {
        let by = self.0.get(file.0 as usize).copied().unwrap_or_default();
        let span =
            |s: ByteSpan| ByteSpan { start: s.start.saturating_add(by), end: s.end.saturating_add(by) };
        let scalar = |s: &Scalar| Scalar {
            text: Arc::clone(&s.text),
            style: s.style,
            map: s.map.iter().map(|(at, file)| (*at, file.saturating_add(by))).collect(),
            end: s.end.saturating_add(by),
        };
        moved(node, &span, &scalar)
    }
}

/// A node that was read from the text of a scalar, with its way back to the file.
pub(super) fn nested(outer: &Scalar, node: &Node) -> Node {
    let span = |s: ByteSpan| outer.span_of(s.start as usize..s.end as usize);
    moved(node, &span, &|inner| outer.nested(inner))
}

fn moved(node: &Node, span: &impl Fn(ByteSpan) -> ByteSpan, scalar: &impl Fn(&Scalar) -> Scalar) -> Node {
    let data = match &node.data {
        Data::Scalar(inner) => Data::Scalar(scalar(inner)),
        Data::List(items) => Data::List(items.iter().map(|item| moved(item, span, scalar)).collect()),
        Data::Map(entries) => Data::Map(
            entries
                .iter()
                .map(|entry| Entry {
                    key: moved(&entry.key, span, scalar),
                    value: moved(&entry.value, span, scalar),
                    merged: entry.merged,
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Node { span: span(node.span), used_at: node.used_at.map(span), tag: node.tag.clone(), data }
}
