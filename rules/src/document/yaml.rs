//! YAML: documents, anchors, merge keys and comments from the parser's events, with the bytes of each node.
//!
//! The parser stops at its first error. What it read until then is kept, and reading goes on at the next document.

mod scalar;
mod template;

use std::borrow::Cow;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StructureStyle, Tag, options};

use super::build::{Builder, Shape};
use super::{Break, Comment, Data, Document, Entry, Format, Node, Scalar, Tree};
use crate::span::ByteSpan;

/// Most times reading goes on after an error. Each costs a new parser; real files have a handful of documents.
const MAX_RESUMES: usize = 256;
/// Comments in one place: the parser's own limit of 96 is less than the headers of real value files.
const MAX_COMMENTS: usize = 100_000;

/// Reads YAML.
#[must_use]
pub fn read(text: &str) -> Document {
    let document = read_text(text);
    if document.breaks.is_empty() {
        return document;
    }
    let filled = template::veil(text).map(|veiled| read_text(&veiled)).filter(|read| read.breaks.is_empty());
    filled.map_or(document, |read| Document { templated: true, ..read })
}

/// Reads YAML that stands inside a scalar; spans point into the file.
#[must_use]
pub fn read_embedded(scalar: &Scalar) -> Vec<Node> {
    read(&scalar.text).nodes().iter().map(|node| moved(node, scalar)).collect()
}

/// A node that was read from a scalar's text, with its places in the file.
#[must_use]
pub fn moved(node: &Node, outer: &Scalar) -> Node {
    let data = match &node.data {
        Data::Scalar(inner) => Data::Scalar(outer.nested(inner)),
        Data::List(items) => Data::List(items.iter().map(|item| moved(item, outer)).collect()),
        Data::Map(entries) => Data::Map(
            entries
                .iter()
                .map(|e| Entry { key: moved(&e.key, outer), value: moved(&e.value, outer), merged: e.merged })
                .collect(),
        ),
        other => other.clone(),
    };
    let used_at = node.used_at.map(|span| outer.span_of(span.range()));
    Node { span: outer.span_of(node.span.range()), used_at, data, tag: node.tag.clone() }
}

fn read_text(text: &str) -> Document {
    let mut reader = Reader { text, builder: Builder::new(true), comments: Vec::new() };
    let mut from = 0;
    for _ in 0..=MAX_RESUMES {
        match reader.pass(from) {
            Some(next) => from = next,
            None => break,
        }
    }
    let Reader { builder, mut comments, .. } = reader;
    comments.sort_by_key(|c| c.span.start);
    let roots = builder.roots.into_iter().filter(|n| n.data != Data::Null).collect();
    Document {
        format: Format::Yaml,
        tree: Tree::Yaml(roots),
        comments,
        breaks: builder.breaks,
        duplicates: builder.duplicates,
        templated: false,
    }
}

struct Reader<'t> {
    text: &'t str,
    builder: Builder,
    comments: Vec<Comment>,
}

impl<'t> Reader<'t> {
    /// Reads from an offset on; the offset to go on from after an error, if there is one.
    fn pass(&mut self, from: usize) -> Option<usize> {
        let options = options! {
            emit_unresolved_aliases: true,
            block_scalar_eof_without_line_feed: true,
            bom_inside_document_as_content: true,
            max_buffered_comment_events: MAX_COMMENTS,
        };
        let rest = self.text.get(from..)?;
        for event in Parser::new_from_str_with_options(rest, options) {
            match event {
                Ok((event, span)) => {
                    let span = bytes(span, from);
                    self.event(event, span);
                    if self.builder.is_full() {
                        let at = ByteSpan::new(span.start as usize, self.text.len());
                        self.builder.end_document();
                        self.builder.breaks.push(Break { span: at, why: "too many nodes".to_owned() });
                        return None;
                    }
                }
                Err(error) => return self.stopped(from, &error),
            }
        }
        self.builder.end_document();
        None
    }

    /// Keeps what was read before an error and finds the next document.
    fn stopped(&mut self, from: usize, error: &ScanError) -> Option<usize> {
        self.builder.end_document();
        let at = from + error.marker().byte_offset().unwrap_or(0);
        let at = at.min(self.text.len());
        let next = next_document(self.text, at).filter(|next| *next > from);
        let span = ByteSpan::new(at, next.unwrap_or(self.text.len()));
        self.builder.breaks.push(Break { span, why: explain(error.kind()) });
        next
    }

    fn event(&mut self, event: Event<'_>, span: ByteSpan) {
        match event {
            Event::DocumentEnd => self.builder.end_document(),
            Event::Alias(id) => self.builder.alias(id, span),
            Event::UnresolvedAlias(_) => self.builder.lost(span, "an alias names no anchor before it"),
            Event::Comment(text, _) => {
                self.comments.push(Comment { span, text: text.trim().to_owned() });
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, span, anchor, local(tag)),
            Event::SequenceStart(style, anchor, tag) => {
                let span = match style {
                    StructureStyle::Block => self.first_dash(span),
                    StructureStyle::Flow => span,
                };
                self.builder.open(Shape::List, span, anchor, local(tag));
            }
            Event::MappingStart(_, anchor, tag) => self.builder.open(Shape::Map, span, anchor, local(tag)),
            Event::SequenceEnd | Event::MappingEnd => {
                self.builder.close((!span.is_empty()).then_some(span));
            }
            _ => {}
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        span: ByteSpan,
        anchor: usize,
        tag: Option<Arc<str>>,
    ) {
        if style == ScalarStyle::Plain && span.is_empty() {
            // Nothing is written: the value stands behind the colon.
            let at = span.start as usize;
            let colon = usize::from(self.text.as_bytes().get(at) == Some(&b':') && self.builder.has_key());
            let span = ByteSpan::at(at + colon);
            return self.builder.leaf(Node::new(span, Data::Null).tagged(tag), span, anchor);
        }
        let (mut scalar, inner) = scalar::locate(self.text, text, style, span);
        if let Some(written) = template::unveil(&scalar.text) {
            scalar.text = written.into();
        }
        let node = Node::new(inner, Data::Scalar(scalar)).tagged(tag);
        self.builder.leaf(node, span.join(inner), anchor);
    }

    /// The parser gives a list that is not indented below its key the place of its first item: its dash stands before.
    fn first_dash(&self, span: ByteSpan) -> ByteSpan {
        if self.builder.inside() != Some(Shape::Map) {
            return span;
        }
        let before = self.text.get(..span.start as usize).unwrap_or_default().trim_end();
        match before.strip_suffix('-') {
            Some(line) if line.trim_end_matches([' ', '\t']).ends_with(['\n', '\r']) => {
                ByteSpan::at(line.len())
            }
            _ => span,
        }
    }
}

/// A tag that only the application knows, without its `!`: those of YAML's own types say nothing new.
fn local(tag: Option<Cow<'_, Tag>>) -> Option<Arc<str>> {
    let tag = tag?;
    (tag.handle() == "!" && !tag.suffix().is_empty()).then(|| Arc::from(tag.suffix()))
}

fn bytes(span: Span, from: usize) -> ByteSpan {
    let range = span.byte_range().unwrap_or_default();
    ByteSpan::from(range).shift(from)
}

/// The first line that begins a document, at or after an offset.
fn next_document(text: &str, from: usize) -> Option<usize> {
    let mut at = match from {
        0 => 0,
        _ if text.as_bytes().get(from - 1) == Some(&b'\n') => from,
        _ => from + text.get(from..)?.find('\n')? + 1,
    };
    loop {
        let line = text.get(at..)?;
        if let Some(rest) = line.strip_prefix("---")
            && rest.chars().next().is_none_or(char::is_whitespace)
        {
            return Some(at);
        }
        at += line.find('\n')? + 1;
    }
}

/// What is wrong, without any of the source's characters.
fn explain(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::UnexpectedCharacter { .. } => "not YAML: a character that cannot begin a value".to_owned(),
        ErrorKind::RecursionLimitExceeded => "nested deeper than the YAML parser allows".to_owned(),
        other => format!("not YAML: {other}"),
    }
}

#[cfg(test)]
mod tests;
