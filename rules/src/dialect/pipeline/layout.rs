//! Lines and indentation of a file, and the way to a node by its bytes, for edits that keep the rest as it is.

use crate::dialect::SourceFile;
use crate::document::{Entry, Node, Style};
use crate::remedy::Edit;
use crate::span::{ByteSpan, Source};

/// The text of a file whose edits are planned. Every question looks at the bytes nearby: a file may need thousands of
/// edits.
#[derive(Clone, Copy)]
pub(crate) struct Layout<'f> {
    file: &'f SourceFile,
    bytes: &'f [u8],
}

/// A map on the way to a node, and the entry that leads on.
pub(crate) struct Step<'n> {
    pub(crate) map: &'n Node,
    pub(crate) entry: &'n Entry,
}

impl<'f> Layout<'f> {
    pub(crate) fn of(file: &'f SourceFile) -> Self {
        Self { file, bytes: &file.bytes }
    }

    /// The text of a span; empty where it is not UTF-8.
    pub(crate) fn text(&self, span: ByteSpan) -> &'f str {
        self.between(span.range())
    }

    fn between(&self, range: std::ops::Range<usize>) -> &'f str {
        self.bytes.get(range).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// The line break the file uses: that of its first line.
    pub(crate) fn newline(&self) -> &'static str {
        let first = memchr::memchr(b'\n', self.bytes).and_then(|at| self.bytes.get(..at));
        if first.is_some_and(|line| line.ends_with(b"\r")) { "\r\n" } else { "\n" }
    }

    /// Where the line of an offset begins.
    pub(crate) fn line_start(&self, at: usize) -> usize {
        let before = self.bytes.get(..at).unwrap_or_default();
        memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)
    }

    /// One past the line break that ends the line of an offset, or the end of the file.
    pub(crate) fn line_end(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |newline| at + newline + 1)
    }

    /// The end of the line's content, before its line break.
    pub(crate) fn content_end(&self, at: usize) -> usize {
        let end = self.line_end(at);
        let line = self.bytes.get(at..end).unwrap_or_default();
        let breaks = line.iter().rev().take_while(|b| matches!(b, b'\n' | b'\r')).count();
        at + line.len() - breaks
    }

    /// The line that begins at an offset, without its line break.
    pub(crate) fn line(&self, start: usize) -> &'f str {
        self.between(start..self.content_end(start))
    }

    /// The offset's column, if nothing but spaces and list dashes stand before it: a child of its map stands there.
    pub(crate) fn column(&self, at: usize) -> Option<usize> {
        let before = self.bytes.get(self.line_start(at)..at)?;
        let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
        before.iter().all(|b| matches!(b, b' ' | b'-')).then_some(before.len())
    }

    /// Whether an offset's line holds nothing before it but spaces.
    pub(crate) fn leads_line(&self, at: usize) -> bool {
        self.bytes.get(self.line_start(at)..at).is_some_and(|before| before.iter().all(|b| *b == b' '))
    }

    /// Whether a map is written in braces.
    pub(crate) fn is_flow(&self, map: &Node) -> bool {
        let Some(first) = map.entries().first() else { return false };
        let before = self.bytes.get(..first.key.span.start as usize).unwrap_or_default();
        let quotes = before.iter().rev().take_while(|b| matches!(b, b'"' | b'\'')).count();
        let before = before.get(..before.len() - quotes).unwrap_or_default().trim_ascii_end();
        before.ends_with(b"{") || before.ends_with(b",")
    }

    /// A scalar's bytes with its quotes.
    pub(crate) fn quoted(&self, span: ByteSpan) -> ByteSpan {
        let before = (span.start as usize).checked_sub(1).and_then(|at| self.bytes.get(at));
        let after = self.bytes.get(span.end as usize);
        match (before, after) {
            (Some(b'"'), Some(b'"')) | (Some(b'\''), Some(b'\'')) => {
                ByteSpan::new(span.start as usize - 1, span.end as usize + 1)
            }
            _ => span,
        }
    }

    /// One past the colon after a key.
    pub(crate) fn after_colon(&self, key: ByteSpan) -> Option<usize> {
        let end = self.quoted(key).end as usize;
        let rest = self.bytes.get(end..)?;
        let blank = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        (rest.get(blank) == Some(&b':')).then_some(end + blank + 1)
    }

    /// Whether an entry has lines of its own, all of whose text is its key and value.
    pub(crate) fn is_plain(&self, entry: &Entry) -> bool {
        let is_line = self.leads_line(self.quoted(entry.key.span).start as usize);
        let is_scalar = entry.value.scalar().is_some_and(|scalar| scalar.style != Style::Block);
        is_line && is_scalar && !entry.merged && entry.value.used_at.is_none()
    }

    /// Key and value of such an entry, without what stands behind them.
    pub(crate) fn whole(&self, entry: &Entry) -> ByteSpan {
        let start = self.quoted(entry.key.span).start as usize;
        ByteSpan::new(start, self.quoted(entry.value.span).end as usize)
    }

    /// Its lines, with what stands behind them.
    pub(crate) fn lines_of(&self, entry: &Entry) -> ByteSpan {
        let entry = self.whole(entry);
        ByteSpan::new(self.line_start(entry.start as usize), self.line_end(entry.end as usize))
    }

    pub(crate) fn edit(&self, span: ByteSpan, replacement: impl Into<String>) -> Edit {
        Edit { at: Source::new(self.file.id, span), replacement: replacement.into() }
    }

    pub(crate) fn insert(&self, at: usize, text: impl Into<String>) -> Edit {
        self.edit(ByteSpan::at(at), text)
    }
}

/// The maps from the root down to the node at `span`, through lists; each with the entry taken.
pub(crate) fn path_to(root: &Node, span: ByteSpan) -> Vec<Step<'_>> {
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
