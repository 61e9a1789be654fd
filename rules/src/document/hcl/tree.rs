//! HCL as a data tree, for files of HCL that are no program of Terraform's: Packer, Nomad, Terragrunt, Vault, Consul. A
//! block is a map under its type, a call the list of its arguments; what is no text and holds none is null.
//!
//! Invariant: what is filled into a text stands in it as it is written, so that nobody takes it for a literal.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block, Body, Structure};

use super::{Piece, heredoc, quoted};
use crate::document::{Data, Entry, Node, Scalar, Style};
use crate::span::ByteSpan;

/// The trees of a file's pieces, in order. `text` is the file's.
#[must_use]
pub fn nodes(pieces: &[Piece], text: &str) -> Vec<Node> {
    let of = |piece: &Piece| Ground { text, offset: piece.offset }.body(&piece.body);
    pieces.iter().map(of).collect()
}

/// Where a piece stands.
#[derive(Clone, Copy)]
struct Ground<'t> {
    text: &'t str,
    offset: usize,
}

impl<'t> Ground<'t> {
    fn span(self, span: Option<Range<usize>>) -> ByteSpan {
        ByteSpan::from(span.unwrap_or(0..0)).shift(self.offset)
    }

    fn slice(self, span: ByteSpan) -> &'t str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The parser bounds how deep bodies nest.
    fn body(self, body: &Body) -> Node {
        let entries = body.iter().map(|structure| match structure {
            Structure::Attribute(attribute) => {
                // The reader renames keys that stand twice: the file has their names.
                let span = self.span(attribute.key.span());
                let written = self.slice(span);
                let name = if written.is_empty() { attribute.key.as_str() } else { written };
                Entry { key: name_node(name, span), value: self.value(&attribute.value), merged: false }
            }
            Structure::Block(block) => self.block(block),
        });
        Node::new(self.span(body.span()), Data::Map(entries.collect()))
    }

    fn block(self, block: &Block) -> Entry {
        // A variable is called what its label says.
        let label = block.labels.last().filter(|_| block.ident.as_str() == "variable");
        let name = label.map_or(block.ident.as_str(), |label| label.as_str());
        Entry {
            key: name_node(name, self.span(block.ident.span())),
            value: self.body(&block.body),
            merged: false,
        }
    }

    fn value(self, value: &Expression) -> Node {
        let span = self.span(value.span());
        match value {
            Expression::String(_) | Expression::StringTemplate(_) => {
                let inner = ByteSpan::new(span.start as usize + 1, (span.end as usize).saturating_sub(1));
                text_node(quoted(self.slice(inner), inner.start as usize), inner)
            }
            Expression::HeredocTemplate(document) => {
                let inner = self.span(document.template.span());
                text_node(heredoc(self.slice(inner), inner.start as usize), inner)
            }
            Expression::Array(items) => self.list(span, items.iter()),
            Expression::FuncCall(call) => match call.args.iter().collect::<Vec<_>>().as_slice() {
                [only] => self.value(only),
                arguments => self.list(span, arguments.iter().copied()),
            },
            Expression::Conditional(choice) => {
                self.list(span, [&choice.true_expr, &choice.false_expr].into_iter())
            }
            Expression::Parenthesis(inner) => self.value(inner.inner()),
            Expression::Object(object) => {
                let entries = object.iter().map(|(key, value)| {
                    let key = match key {
                        ObjectKey::Ident(name) => name_node(name.as_str(), span),
                        ObjectKey::Expression(key) => self.value(key),
                    };
                    Entry { key, value: self.value(value.expr()), merged: false }
                });
                Node::new(span, Data::Map(entries.collect()))
            }
            _ => Node::new(span, Data::Null),
        }
    }

    fn list<'e>(self, span: ByteSpan, items: impl Iterator<Item = &'e Expression>) -> Node {
        Node::new(span, Data::List(items.map(|item| self.value(item)).collect()))
    }
}

fn text_node(scalar: Scalar, span: ByteSpan) -> Node {
    Node::new(span, Data::Scalar(scalar))
}

/// A name. It is no value: its way back leads to where it stands, and no further.
fn name_node(name: &str, span: ByteSpan) -> Node {
    let scalar =
        Scalar { text: name.into(), style: Style::Plain, map: [(0, span.start)].into(), end: span.end };
    Node::new(span, Data::Scalar(scalar))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::nodes;
    use crate::document::{Document, Format, Tree};

    #[test]
    fn blocks_calls_and_texts_are_maps_lists_and_scalars() {
        let text = "variable \"kiwi\" {\n  default = \"a\\\"b\"\n}\njob {\n  env = { \"X\" = f(\"one\", g(\"two\")) }\n  data = <<EOF\nK=${v}\nEOF\n}\n";
        let document = Document::read(Format::Hcl, text.as_bytes());
        let Tree::Hcl(pieces) = &document.tree else { panic!("no HCL") };
        let trees = nodes(pieces, text);
        let root = &trees[0];
        let default = root.path(&["kiwi", "default"]).and_then(|node| node.scalar()).unwrap();
        assert_eq!((&*default.text, &text[default.span().range()]), ("a\"b", "a\\\"b"));
        let items = root.path(&["job", "env", "X"]).unwrap().items();
        let texts: Vec<_> = items.iter().filter_map(|item| item.text()).collect();
        assert_eq!(texts, ["one", "two"]);
        assert_eq!(root.path(&["job", "data"]).and_then(|node| node.text()), Some("K=${v}\n"));
    }
}
