//! What the readers of shells share: a place in a text, and the pieces of a word as they grow.

use std::ops::Range;

use super::template::{Hole, Templates};
use super::{Extent, Piece, PieceKind, Quote};

/// A place in a part of a text.
pub(in crate::document) struct Cursor<'t> {
    pub(in crate::document) text: &'t str,
    pub(in crate::document) bytes: &'t [u8],
    /// Which of the script's texts it is.
    pub(in crate::document) source: u32,
    pub(in crate::document) at: usize,
    /// Where the part ends.
    pub(in crate::document) end: usize,
    /// How much is open around.
    pub(in crate::document) depth: usize,
    pub(in crate::document) templates: Templates<'t>,
}

/// The pieces of a word so far.
#[derive(Default)]
pub(in crate::document) struct Pieces {
    pub(in crate::document) of: Vec<Piece>,
    /// Where the characters begin that stand as they are.
    pub(in crate::document) run: Option<usize>,
}

impl<'t> Cursor<'t> {
    pub(in crate::document) fn new(
        text: &'t str,
        source: u32,
        templates: Templates<'t>,
        depth: usize,
    ) -> Self {
        Self { text, bytes: text.as_bytes(), source, at: 0, end: text.len(), depth, templates }
    }

    pub(in crate::document) fn peek(&self) -> Option<u8> {
        self.ahead(0)
    }

    pub(in crate::document) fn ahead(&self, by: usize) -> Option<u8> {
        self.bytes.get(self.at + by).copied().filter(|_| self.at + by < self.end)
    }

    pub(in crate::document) fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.at..self.end).unwrap_or_default()
    }

    /// At most the next `bytes` bytes.
    pub(in crate::document) fn near(&self, bytes: usize) -> &'t [u8] {
        self.bytes.get(self.at..self.end.min(self.at + bytes)).unwrap_or_default()
    }

    pub(in crate::document) fn starts(&self, with: &str) -> bool {
        self.rest().starts_with(with.as_bytes())
    }

    /// Steps over `sign` if it is next.
    pub(in crate::document) fn take(&mut self, sign: &str) -> bool {
        let is = self.starts(sign);
        if is {
            self.at += sign.len();
        }
        is
    }

    /// Steps over one character, whatever it is.
    pub(in crate::document) fn step(&mut self) {
        let next = self.text.get(self.at..self.end).and_then(|rest| rest.chars().next());
        self.at += next.map_or(1, char::len_utf8);
    }

    pub(in crate::document) fn extent(&self, start: usize, end: usize) -> Extent {
        Extent::new(self.source, start, end)
    }

    /// From a start to here.
    pub(in crate::document) fn since(&self, start: usize) -> Extent {
        self.extent(start, self.at)
    }

    pub(in crate::document) fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    /// Where the line of an offset ends, its break left out.
    pub(in crate::document) fn line_end(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..self.end).unwrap_or_default();
        rest.iter().position(|b| *b == b'\n').map_or(self.end, |length| from + length)
    }

    /// The hole of a template that begins here.
    pub(in crate::document) fn hole_here(&mut self) -> Option<Hole> {
        match self.templates.is_empty() {
            true => None,
            false => self.templates.hole(self.text, self.at, self.end),
        }
    }

    /// Makes the byte here one of those that stand as they are.
    pub(in crate::document) fn keep(&mut self, into: &mut Pieces) {
        into.run.get_or_insert(self.at);
        self.at += 1;
    }

    /// Ends a run of characters here.
    pub(in crate::document) fn flush(&self, into: &mut Pieces, quote: Quote) {
        if let Some(start) = into.run.take()
            && start < self.at
        {
            self.push(into, start, quote, PieceKind::Literal(self.slice(start..self.at).into()));
        }
    }

    /// A piece from `start` to here.
    pub(in crate::document) fn push(&self, into: &mut Pieces, start: usize, quote: Quote, kind: PieceKind) {
        into.of.push(Piece { at: self.since(start), quote, kind });
    }

    /// Reads a hole of a template, if one begins here.
    pub(in crate::document) fn hole(&mut self, into: &mut Pieces, quote: Quote) -> bool {
        let Some(hole) = self.hole_here() else { return false };
        self.flush(into, quote);
        self.at = hole.at.end;
        let inner = self.extent(hole.inner.start, hole.inner.end);
        self.push(into, hole.at.start, quote, PieceKind::Hole(inner));
        true
    }
}
