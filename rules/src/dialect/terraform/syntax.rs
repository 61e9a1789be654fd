//! The parsed HCL with its way back to the file. Names are read from the file's bytes, because the reader renames keys
//! that stand twice.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Attribute, Block, Body, Structure};

use super::json::{self, Places};
use crate::dialect::SourceFile;
use crate::document::{Scalar, Tree, hcl};
use crate::span::{ByteSpan, Source};

/// A node of a file's tree.
#[derive(Debug)]
pub(super) struct Located<'u, T> {
    pub(super) file: &'u SourceFile,
    /// Offset of the piece that the node's spans are relative to.
    pub(super) offset: usize,
    /// The way back to the file, where that is JSON.
    pub(super) places: Option<&'u Places>,
    pub(super) node: &'u T,
}

impl<T> Clone for Located<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Located<'_, T> {}

impl<'u, T> Located<'u, T> {
    /// Another node of the same piece.
    pub(super) fn to<U>(self, node: &'u U) -> Located<'u, U> {
        Located { file: self.file, offset: self.offset, places: self.places, node }
    }

    /// A span of the parser as a place in the unit.
    pub(super) fn source(&self, span: Option<Range<usize>>) -> Source {
        let span = span.unwrap_or(0..0);
        let span = match self.places {
            Some(places) => places.span(span),
            None => ByteSpan::from(span).shift(self.offset),
        };
        Source::new(self.file.id, span)
    }

    /// The file's text at a place.
    pub(super) fn text(&self, source: Source) -> &'u str {
        slice(self.file, source.span)
    }
}

/// The text of a span; empty where it is no text.
pub(super) fn slice(file: &SourceFile, span: ByteSpan) -> &str {
    file.bytes.get(span.range()).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

impl<T: Span> Located<'_, T> {
    /// The node's own bytes.
    pub(super) fn at(&self) -> Source {
        self.source(self.node.span())
    }
}

impl<'u> Located<'u, Expression> {
    /// The bytes that hold the value: text without its quotes or heredoc marks.
    pub(super) fn content(&self) -> Source {
        let whole = self.at();
        match self.node {
            Expression::String(_) | Expression::StringTemplate(_) if whole.span.len() >= 2 => {
                // Taken off before the way back is gone: in JSON a quote inside an expression is two bytes.
                let inner = self.node.span().map(|span| span.start + 1..span.end.saturating_sub(1));
                self.source(inner)
            }
            Expression::HeredocTemplate(heredoc) => self.source(heredoc.template.span()),
            Expression::Parenthesis(inner) => self.to(inner.inner()).content(),
            _ => whole,
        }
    }

    /// The expression as it is written, on one line and not longer than a name may be.
    pub(super) fn written(&self) -> String {
        let text = self.text(self.at());
        let mut words = String::new();
        for word in text.split_whitespace() {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
            if words.len() > 80 {
                return words.chars().take(80).chain(['…']).collect();
            }
        }
        words
    }
}

impl<'u> Located<'u, Attribute> {
    pub(super) fn name(&self) -> &'u str {
        match self.node.key.span() {
            Some(span) => self.text(self.source(Some(span))),
            None => self.node.key.as_str(),
        }
    }

    pub(super) fn key(&self) -> Source {
        self.source(self.node.key.span())
    }

    pub(super) fn value(self) -> Located<'u, Expression> {
        self.to(&self.node.value)
    }
}

impl<'u> Located<'u, Block> {
    pub(super) fn kind(&self) -> &'u str {
        self.node.ident.as_str()
    }

    pub(super) fn label(&self, index: usize) -> &'u str {
        self.node.labels.get(index).map_or("", |label| label.as_str())
    }

    pub(super) fn body(self) -> Located<'u, Body> {
        self.to(&self.node.body)
    }

    /// The block's first line: its type and labels.
    pub(super) fn header(&self) -> Source {
        if self.places.is_some() {
            return self.source(self.node.ident.span());
        }
        let whole = self.at();
        let text = self.text(whole);
        let end = text.find('{').unwrap_or(text.len());
        let length = text.get(..end).unwrap_or_default().trim_end().len();
        let start = whole.span.start as usize;
        Source::new(whole.file, ByteSpan::new(start, start + length))
    }
}

impl<'u> Located<'u, Body> {
    pub(super) fn attributes(self) -> impl Iterator<Item = Located<'u, Attribute>> {
        self.node.attributes().map(move |attribute| self.to(attribute))
    }

    pub(super) fn attribute(self, name: &str) -> Option<Located<'u, Attribute>> {
        self.node.get_attribute(name).map(|attribute| self.to(attribute))
    }

    pub(super) fn blocks(self) -> impl Iterator<Item = Located<'u, Block>> {
        self.node.blocks().map(move |block| self.to(block))
    }
}

/// The top-level bodies of a file of HCL.
pub(super) fn bodies(file: &SourceFile) -> impl Iterator<Item = Located<'_, Body>> {
    let pieces: &[hcl::Piece] = match &file.document.tree {
        Tree::Hcl(pieces) => pieces,
        _ => &[],
    };
    pieces.iter().map(move |piece| Located { file, offset: piece.offset, places: None, node: &piece.body })
}

/// What stands at the top of a file of HCL around a place: they follow each other, and a file may have thousands.
pub(super) fn top_at(file: &SourceFile, span: ByteSpan) -> Option<Located<'_, Structure>> {
    let Tree::Hcl(pieces) = &file.document.tree else { return None };
    let at = pieces.partition_point(|piece| piece.offset <= span.start as usize).checked_sub(1)?;
    let body = bodies(file).nth(at)?;
    let (mut low, mut high) = (0, body.node.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let begins = body
            .node
            .get(middle)
            .and_then(Span::span)
            .is_some_and(|own| own.start + body.offset <= span.start as usize);
        if begins { low = middle + 1 } else { high = middle }
    }
    let found = body.to(body.node.get(low.checked_sub(1)?)?);
    found.source(found.node.span()).span.contains(span).then_some(found)
}

/// The top-level block of a file of HCL around a place.
pub(super) fn block_at(file: &SourceFile, span: ByteSpan) -> Option<Located<'_, Block>> {
    let found = top_at(file, span)?;
    found.node.as_block().map(|block| found.to(block))
}

/// The top-level body of a piece of a file of JSON.
pub(super) fn translated<'u>(file: &'u SourceFile, piece: &'u json::Piece) -> Located<'u, Body> {
    Located { file, offset: 0, places: Some(&piece.places), node: &piece.body }
}

/// The name of an object's key, if it is a plain one, and its place. The parser keeps no span of a bare key: it stands
/// before the value, behind the sign of assignment.
pub(super) fn key<'u>(
    key: Located<'u, ObjectKey>,
    value: Located<'u, Expression>,
) -> (Option<String>, Source) {
    match key.node {
        ObjectKey::Ident(name) => {
            let start = value.at().span.start as usize;
            match key.file.bytes.get(..start).and_then(bare_key) {
                Some(span) => (Some(slice(key.file, span).to_owned()), Source::new(key.file.id, span)),
                None => (Some(name.to_string()), value.at()),
            }
        }
        ObjectKey::Expression(expression) => {
            let expression = key.to(expression);
            let name = match expression.node {
                Expression::String(_) => Some(decoded(key.file, expression.content()).text.to_string()),
                Expression::Number(_) => Some(expression.text(expression.at()).to_owned()),
                _ => None,
            };
            (name, expression.content())
        }
    }
}

/// The identifier at the end of `bytes`, before `=` or `:`.
fn bare_key(bytes: &[u8]) -> Option<ByteSpan> {
    let end = bytes.iter().rposition(|b| matches!(b, b'=' | b':'))?;
    let before = bytes.get(..end)?;
    let end = before.iter().rposition(|b| !b.is_ascii_whitespace())? + 1;
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-') || *b >= 0x80;
    let start = before.get(..end)?.iter().rposition(|b| !is_name(b)).map_or(0, |at| at + 1);
    (start < end).then(|| ByteSpan::new(start, end))
}

/// The text that stands at `source`, decoded the way its quotes ask for.
pub(super) fn decoded(file: &SourceFile, source: Source) -> Scalar {
    let raw = slice(file, source.span);
    let start = source.span.start as usize;
    let is_quoted = start > 0 && file.bytes.get(start - 1) == Some(&b'"');
    if is_quoted { hcl::quoted(raw, start) } else { hcl::heredoc(raw, start) }
}
