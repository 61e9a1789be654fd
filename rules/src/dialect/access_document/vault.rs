//! A policy of Vault in HCL as the tree of its JSON: `{"path": {"secret/*": {"capabilities": […]}}}`.
//!
//! <https://developer.hashicorp.com/vault/docs/concepts/policies#policy-syntax>

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, BlockLabel, Body, Structure};

use crate::dialect::SourceFile;
use crate::dialect::terraform::older;
use crate::document::{Data, Entry, Node, Scalar, Style, Tree, hcl};
use crate::span::ByteSpan;

/// The blocks of a policy.
const PATH: &str = "path";
/// What each of them says.
const RIGHTS: [&str; 2] = ["capabilities", OLDER];
/// Its name before Vault 0.5.
const OLDER: &str = "policy";

/// The tree of a policy, if the file is one: nothing but paths stands in it.
pub(super) fn policy(file: &SourceFile) -> Option<Node> {
    let Tree::Hcl(pieces) = &file.document.tree else { return None };
    let blocks = || pieces.iter().flat_map(|piece| piece.body.iter().map(move |s| (piece, s)));
    let is_path = |structure: &Structure| match structure {
        Structure::Block(block) => block.ident.as_str() == PATH && block.labels.len() == 1,
        Structure::Attribute(attribute) => attribute.key.as_str() == "name",
    };
    if !blocks().any(|(_, s)| s.is_block()) || !blocks().all(|(_, structure)| is_path(structure)) {
        return None;
    }
    let mut entries = Vec::new();
    for (piece, structure) in blocks() {
        if let Structure::Block(block) = structure {
            entries.extend(Ground { file, piece }.entry(block));
        }
    }
    let whole = ByteSpan::new(0, file.bytes.len());
    let paths = Node::new(whole, Data::Map(entries.into()));
    let key = text(PATH, ByteSpan::at(0));
    Some(Node::new(whole, Data::Map([Entry { key, value: paths, merged: false }].into())))
}

struct Ground<'f> {
    file: &'f SourceFile,
    piece: &'f hcl::Piece,
}

impl Ground<'_> {
    fn span(&self, node: &impl Span) -> ByteSpan {
        ByteSpan::from(node.span().unwrap_or(0..0)).shift(self.piece.offset)
    }

    fn entry(&self, block: &Block) -> Option<Entry> {
        let label = block.labels.first()?;
        let span = match label {
            BlockLabel::String(label) => inner(self.span(label)),
            BlockLabel::Ident(label) => self.span(label),
        };
        let value = self.rights(&block.body, self.span(block));
        Some(Entry { key: text(label.as_str(), span), value, merged: false })
    }

    fn rights(&self, body: &Body, span: ByteSpan) -> Node {
        let rights = RIGHTS.iter().filter_map(|name| Some((*name, body.get_attribute(name)?)));
        let rights = rights.map(|(name, attribute)| {
            let key = text(RIGHTS.first().copied().unwrap_or(name), self.span(&attribute.key));
            let value = self.value(&attribute.value);
            Entry { key, value: if name == OLDER { capabilities(value) } else { value }, merged: false }
        });
        Node::new(span, Data::Map(rights.collect()))
    }

    fn value(&self, value: &Expression) -> Node {
        let span = self.span(value);
        match value {
            Expression::Array(items) => {
                Node::new(span, Data::List(items.iter().map(|item| self.value(item)).collect()))
            }
            Expression::String(_) => {
                let inner = inner(span);
                let written = self.file.bytes.get(inner.range()).and_then(|b| std::str::from_utf8(b).ok());
                let scalar = hcl::quoted(written.unwrap_or_default(), inner.start as usize);
                Node::new(inner, Data::Scalar(scalar))
            }
            _ => Node::new(span, Data::Cut),
        }
    }
}

/// What the word of an older policy allows; a word that Vault does not know stays itself.
fn capabilities(word: Node) -> Node {
    let Some(rights) = word.text().map(older) else { return word };
    let items = rights.iter().map(|right| text(right, word.span));
    Node::new(word.span, Data::List(items.collect()))
}

/// Without the quotes.
fn inner(span: ByteSpan) -> ByteSpan {
    ByteSpan::new(span.start as usize + 1, (span.end as usize).saturating_sub(1))
}

fn text(text: &str, span: ByteSpan) -> Node {
    let scalar = Scalar {
        end: span.end.max(span.start),
        ..Scalar::verbatim(text, Style::Quoted, span.start as usize)
    };
    Node::new(span, Data::Scalar(scalar))
}
