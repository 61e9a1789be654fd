//! Lines and indentation of a file, and the way to a node by its bytes, for edits that keep the rest as it is.

use crate::dialect::SourceFile;
use crate::document::{Entry, Node};
use crate::remedy::Edit;
use crate::span::{ByteSpan, Source};

/// The text of a file whose edits are planned.
#[derive(Clone, Copy)]
pub(super) struct Layout<'f> {
    file: &'f SourceFile,
    text: &'f str,
}

/// A map on the way to a node, and the entry that leads on.
pub(super) struct Step<'n> {
    pub(super) map: &'n Node,
    pub(super) entry: &'n Entry,
}

impl<'f> Layout<'f> {
    /// `None` if the file is not UTF-8.
    pub(super) fn of(file: &'f SourceFile) -> Option<Self> {
        Some(Self { file, text: std::str::from_utf8(&file.bytes).ok()? })
    }

    pub(super) fn text(&self, span: ByteSpan) -> &'f str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// The line break the file uses.
    pub(super) fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// Where the line of an offset begins.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
    }

    /// One past the line break that ends the line of an offset, or the end of the file.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).and_then(|after| after.find('\n'));
        rest.map_or(self.text.len(), |newline| at + newline + 1)
    }

    /// The end of the line's content, before its line break.
    pub(super) fn content_end(&self, at: usize) -> usize {
        let end = self.line_end(at);
        let line = self.text.get(at..end).unwrap_or("");
        at + line.trim_end_matches(['\n', '\r']).len()
    }

    /// The line that begins at an offset, without its line break.
    pub(super) fn line(&self, start: usize) -> &'f str {
        self.text.get(start..self.content_end(start)).unwrap_or("")
    }

    /// The offset's column, if nothing but spaces and list dashes stand before it: a child of its map stands there.
    pub(super) fn column(&self, at: usize) -> Option<usize> {
        let before = self.text.get(self.line_start(at)..at)?;
        let before = before.strip_suffix(['"', '\'']).unwrap_or(before);
        before.chars().all(|c| matches!(c, ' ' | '-')).then_some(before.len())
    }

    /// Whether an offset's line holds nothing before it but spaces.
    pub(super) fn leads_line(&self, at: usize) -> bool {
        self.text.get(self.line_start(at)..at).is_some_and(|b| b.chars().all(|c| c == ' '))
    }

    /// Whether a map is written in braces.
    pub(super) fn is_flow(&self, map: &Node) -> bool {
        let Some(first) = map.entries().first() else { return false };
        let before = self.text.get(..first.key.span.start as usize).unwrap_or("");
        before.trim_end_matches(['"', '\'']).trim_end().ends_with(['{', ','])
    }

    /// A scalar's bytes with its quotes.
    pub(super) fn quoted(&self, span: ByteSpan) -> ByteSpan {
        let bytes = self.text.as_bytes();
        let before = (span.start as usize).checked_sub(1).and_then(|at| bytes.get(at));
        let after = bytes.get(span.end as usize);
        match (before, after) {
            (Some(b'"'), Some(b'"')) | (Some(b'\''), Some(b'\'')) => {
                ByteSpan::new(span.start as usize - 1, span.end as usize + 1)
            }
            _ => span,
        }
    }

    /// One past the colon after a key.
    pub(super) fn after_colon(&self, key: ByteSpan) -> Option<usize> {
        let end = self.quoted(key).end as usize;
        let rest = self.text.get(end..)?;
        rest.trim_start().starts_with(':').then(|| end + (rest.len() - rest.trim_start().len()) + 1)
    }

    pub(super) fn edit(&self, span: ByteSpan, replacement: impl Into<String>) -> Edit {
        Edit { at: Source::new(self.file.id, span), replacement: replacement.into() }
    }

    pub(super) fn insert(&self, at: usize, text: impl Into<String>) -> Edit {
        self.edit(ByteSpan::at(at), text)
    }
}

/// The maps from the root down to the node at `span`, through lists; each with the entry taken.
pub(super) fn path_to(root: &Node, span: ByteSpan) -> Vec<Step<'_>> {
    let mut path = Vec::new();
    let mut node = root;
    loop {
        if let Some(entry) = node.entries().iter().rev().find(|e| !e.merged && e.span().contains(span)) {
            path.push(Step { map: node, entry });
            node = &entry.value;
        } else if let Some(item) = node.items().iter().find(|i| i.span.contains(span)) {
            node = item;
        } else {
            return path;
        }
    }
}
