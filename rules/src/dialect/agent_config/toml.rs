//! TOML as a tree of nodes, for the one configuration that is written in it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::dialect::SourceFile;
use crate::document::node::{Data, Entry, Node, Scalar, Style};
use crate::document::{Format, MAX_DEPTH};
use crate::span::ByteSpan;

/// Longest file that is read, in bytes; people write a few thousand. The whole of it becomes a tree.
const MAX_BYTES: usize = 1 << 20;

/// Whether a file is one in TOML.
pub(super) fn is_one(file: &SourceFile) -> bool {
    file.path.ends_with(".toml") && Format::of_path(&file.path) == Format::Text
}

/// The tree of a file in TOML. One that does not parse, or is too long, has none.
pub(super) fn read(file: &SourceFile) -> Option<Node> {
    if file.bytes.len() > MAX_BYTES {
        return None;
    }
    let text = std::str::from_utf8(&file.bytes).ok()?;
    let table = DeTable::parse(text).ok()?;
    let span = table.span();
    Some(map(text, ByteSpan::new(span.start, span.end), table.get_ref(), MAX_DEPTH))
}

fn map(text: &str, span: ByteSpan, table: &DeTable<'_>, depth: usize) -> Node {
    let Some(depth) = depth.checked_sub(1) else { return Node::new(span, Data::Cut) };
    let entries = table.iter().map(|(key, value)| {
        let at = key.span();
        let key = Scalar::verbatim(key.get_ref(), Style::Quoted, at.start);
        let key = Node::new(ByteSpan::new(at.start, at.end), Data::Scalar(key));
        Entry { key, value: node(text, value, depth), merged: false }
    });
    Node::new(span, Data::Map(entries.collect()))
}

fn node(text: &str, value: &Spanned<DeValue<'_>>, depth: usize) -> Node {
    let range = value.span();
    let span = ByteSpan::new(range.start, range.end);
    match value.get_ref() {
        DeValue::String(string) => {
            // Between its quotes. Where something in it is escaped the way back to the bytes is another reader's.
            let Some(inner) = text.get(range.clone()).and_then(|raw| raw.find(&**string)) else {
                return Node::new(span, Data::Cut);
            };
            let scalar = Scalar::verbatim(string, Style::Quoted, range.start + inner);
            Node::new(scalar.span(), Data::Scalar(scalar))
        }
        DeValue::Boolean(value) => Node::new(span, Data::Bool(*value)),
        DeValue::Array(items) => match depth.checked_sub(1) {
            Some(depth) => {
                Node::new(span, Data::List(items.iter().map(|item| node(text, item, depth)).collect()))
            }
            None => Node::new(span, Data::Cut),
        },
        DeValue::Table(table) => map(text, span, table, depth),
        _ => Node::new(span, Data::Number(text.get(range).unwrap_or_default().into())),
    }
}
