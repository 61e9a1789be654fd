//! What of a document lies beside its edits, as a tree without places in it: items of a list have no number, so that one
//! that comes in or goes leaves its neighbours what they are.

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Body, Structure};

use crate::document::hcl::Piece;
use crate::document::{Data, Document, Node, Style, Tree};
use crate::span::ByteSpan;

/// The bytes that edits touch, in order.
pub(super) struct Touched(Vec<ByteSpan>);

impl Touched {
    pub(super) fn new(spans: impl IntoIterator<Item = ByteSpan>) -> Self {
        let mut spans: Vec<ByteSpan> = spans.into_iter().collect();
        spans.sort();
        Self(spans)
    }

    /// Whether an edit lies in the span or right beside it: what is written next to a value may become part of it.
    fn reaches(&self, span: ByteSpan) -> bool {
        let from = self.0.partition_point(|edit| edit.end < span.start);
        self.0.get(from).is_some_and(|edit| edit.start <= span.end)
    }

    /// Whether an edit changes bytes inside the span.
    fn changes(&self, span: ByteSpan) -> bool {
        let from = self.0.partition_point(|edit| edit.end <= span.start);
        self.0.get(from).is_some_and(|edit| edit.start < span.end)
    }
}

/// A value that no edit touches, or a collection of such.
#[derive(Debug)]
pub(super) struct Kept {
    /// Where it stands, for messages.
    at: usize,
    is: Is,
}

#[derive(Debug)]
enum Is {
    /// As it reads; a number is not the text of the number.
    Leaf(String),
    List(Vec<Kept>),
    /// Keys in order. Duplicates are kept, since the platform may read either.
    Map(Vec<(String, Kept)>),
}

impl Kept {
    /// What is left of a document; nothing if it has no structure.
    pub(super) fn of(document: &Document, bytes: &[u8], touched: &Touched) -> Option<Self> {
        let reader = Reader { bytes, touched };
        let (at, parts) = (0, |parts: Vec<Option<Self>>| parts.into_iter().flatten().collect::<Vec<_>>());
        let parts = match &document.tree {
            Tree::Yaml(nodes) => parts(nodes.iter().map(|node| reader.node(node)).collect()),
            Tree::Json(node) => parts(node.iter().map(|node| reader.node(node)).collect()),
            Tree::Hcl(pieces) => parts(pieces.iter().map(|piece| reader.piece(piece)).collect()),
            Tree::Dockerfile(instructions) => {
                // An edit that ends where the next line begins touches that line no more than any other.
                let inner = |span: ByteSpan| ByteSpan::new(span.start as usize + 1, span.end as usize);
                parts(instructions.iter().map(|i| reader.leaf(inner(i.span), reader.slice(i.span))).collect())
            }
            Tree::Text => return None,
        };
        Some(Self { at, is: Is::List(parts) })
    }

    /// Where two trees differ first: the place in the first one, as far as it has one.
    pub(super) fn first_difference(one: Option<&Self>, other: Option<&Self>) -> Option<usize> {
        let (one, other) = match (one, other) {
            (None, None) => return None,
            (Some(one), Some(other)) => (one, other),
            (one, other) => return one.or(other).map(|kept| kept.at),
        };
        match (&one.is, &other.is) {
            (Is::Leaf(a), Is::Leaf(b)) => (a != b).then_some(one.at),
            (Is::List(a), Is::List(b)) => {
                let end = a.len().max(b.len());
                (0..end).find_map(|index| {
                    Self::first_difference(a.get(index), b.get(index))
                        // What has come in stands nowhere in the first tree.
                        .map(|at| if index < a.len() { at } else { a.last().map_or(one.at, |last| last.at) })
                })
            }
            (Is::Map(a), Is::Map(b)) => {
                let end = a.len().max(b.len());
                (0..end).find_map(|index| match (a.get(index), b.get(index)) {
                    (Some((key, value)), Some((name, with))) if key == name => {
                        Self::first_difference(Some(value), Some(with))
                    }
                    (Some((_, value)), _) => Some(value.at),
                    (None, _) => Some(a.last().map_or(one.at, |(_, last)| last.at)),
                })
            }
            _ => Some(one.at),
        }
    }
}

/// The name of a key that an edit changes.
const CHANGED: &str = "\0";

struct Reader<'a> {
    bytes: &'a [u8],
    touched: &'a Touched,
}

impl Reader<'_> {
    fn slice(&self, span: ByteSpan) -> String {
        String::from_utf8_lossy(self.bytes.get(span.range()).unwrap_or_default()).into_owned()
    }

    fn leaf(&self, span: ByteSpan, text: String) -> Option<Kept> {
        (!self.touched.reaches(span)).then_some(Kept { at: span.start as usize, is: Is::Leaf(text) })
    }

    fn name(&self, span: ByteSpan, name: &str) -> String {
        if self.touched.changes(span) { CHANGED.to_owned() } else { name.to_owned() }
    }

    /// A collection, unless edits touch all that is in it.
    fn list(&self, span: ByteSpan, items: Vec<Option<Kept>>) -> Option<Kept> {
        match items.is_empty() {
            true => self.leaf(span, "[]".to_owned()),
            false => {
                let kept: Vec<Kept> = items.into_iter().flatten().collect();
                (!kept.is_empty()).then_some(Kept { at: span.start as usize, is: Is::List(kept) })
            }
        }
    }

    fn map(&self, span: ByteSpan, entries: Vec<(String, Option<Kept>)>) -> Option<Kept> {
        match entries.is_empty() {
            true => self.leaf(span, "{}".to_owned()),
            false => {
                let kept: Vec<(String, Kept)> =
                    entries.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
                (!kept.is_empty()).then_some(Kept { at: span.start as usize, is: Is::Map(kept) })
            }
        }
    }

    /// A value of YAML, JSON or Bicep. What an alias stands for is read where it is written.
    fn node(&self, node: &Node) -> Option<Kept> {
        if let Some(used) = node.used_at {
            let cut = if node.data == Data::Cut { " names nothing" } else { "" };
            return self.leaf(used, format!("alias {}{cut}", self.slice(used)));
        }
        let tag = node.tag.as_deref().unwrap_or_default();
        let leaf = |kind: &str, text: &str| self.leaf(node.span, format!("{kind} {tag} {text}"));
        match &node.data {
            Data::Null => leaf("null", ""),
            Data::Cut => leaf("cut", ""),
            Data::Bool(value) => leaf("bool", if *value { "true" } else { "false" }),
            Data::Number(number) => leaf("number", number),
            Data::Scalar(scalar) => match scalar.style {
                Style::Plain => leaf("plain", &scalar.text),
                Style::Quoted | Style::Block => leaf("text", &scalar.text),
            },
            Data::List(items) => self.list(node.span, items.iter().map(|item| self.node(item)).collect()),
            Data::Map(entries) => {
                let own = entries.iter().filter(|entry| !entry.merged);
                let read = own.map(|entry| {
                    let value = match entry.value.data {
                        // It has no bytes of its own: it is what stands between its key and the next line.
                        Data::Null => self.leaf(self.to_next_line(entry.key.span), "null".to_owned()),
                        _ => self.node(&entry.value),
                    };
                    (self.name(entry.key.span, entry.name()), value)
                });
                self.map(node.span, read.collect())
            }
        }
    }

    fn to_next_line(&self, span: ByteSpan) -> ByteSpan {
        let (start, end) = (span.start as usize, span.end as usize);
        let rest = self.bytes.get(end..).unwrap_or_default();
        let line = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |newline| newline + 1);
        ByteSpan::new(start, end + line)
    }

    fn piece(&self, piece: &Piece) -> Option<Kept> {
        self.body(&piece.body, piece.offset)
    }

    fn body(&self, body: &Body, offset: usize) -> Option<Kept> {
        let at = |span: Option<std::ops::Range<usize>>| ByteSpan::from(span.unwrap_or(0..0)).shift(offset);
        let entries = body.iter().map(|structure| match structure {
            Structure::Attribute(attribute) => {
                let key = at(attribute.key.span());
                (self.name(key, &self.slice(key)), self.expression(&attribute.value, offset))
            }
            Structure::Block(block) => {
                let ident = at(block.ident.span());
                let labels = block.labels.iter().map(|label| at(label.span()));
                let header = labels.fold(ident, ByteSpan::join);
                // A block without entries is something all the same.
                let value = match block.body.is_empty() {
                    true => self.leaf(at(block.span()), "{}".to_owned()),
                    false => self.body(&block.body, offset),
                };
                (self.name(header, &self.slice(header)), value)
            }
        });
        self.map(at(body.span()), entries.collect())
    }

    fn expression(&self, value: &Expression, offset: usize) -> Option<Kept> {
        let span = ByteSpan::from(value.span().unwrap_or(0..0)).shift(offset);
        match value {
            Expression::Array(items) => {
                self.list(span, items.iter().map(|item| self.expression(item, offset)).collect())
            }
            Expression::Object(object) => {
                let entries = object.iter().map(|(key, value)| {
                    let at = match key {
                        ObjectKey::Ident(name) => name.span(),
                        ObjectKey::Expression(key) => key.span(),
                    };
                    let name = match (&at, key) {
                        (None, ObjectKey::Ident(name)) => name.to_string(),
                        (None, ObjectKey::Expression(key)) => key.to_string(),
                        (Some(at), _) => {
                            let at = ByteSpan::from(at.clone()).shift(offset);
                            self.name(at, &self.slice(at))
                        }
                    };
                    (name, self.expression(value.expr(), offset))
                });
                self.map(span, entries.collect())
            }
            // A policy is mostly an object in a call.
            Expression::FuncCall(call) => {
                let name = call.name.name.to_string();
                let arguments = call.args.iter().map(|argument| self.expression(argument, offset)).collect();
                self.map(span, vec![(name, self.list(span, arguments))])
            }
            Expression::Parenthesis(inner) => self.expression(inner.inner(), offset),
            _ => self.leaf(span, self.slice(span)),
        }
    }
}
