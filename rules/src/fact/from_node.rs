//! From a document's tree to structured values: the same for every dialect, but for what its scalars may hold.

use super::datum::{Datum, Known};
use super::text::Text;
use super::value::Why;
use crate::document::{Data, Entry, Node, Scalar, Style};
use crate::span::{FileId, Source};

impl Datum {
    /// The value of a node. `read` turns a scalar into text, with holes where the dialect has expressions; a key is
    /// read the same way. What came through an alias has the alias in [`Self::via`].
    #[must_use]
    pub fn from_node(file: FileId, node: &Node, read: &dyn Fn(&Scalar) -> Text) -> Self {
        let value = match &node.data {
            _ if node.is_null() => Known::Null,
            Data::Null => Known::Null,
            Data::Bool(value) => Known::Bool(*value),
            Data::Number(number) => Known::Number(number.to_string()),
            Data::Scalar(scalar) => scalar_value(scalar, read),
            // Trees are at most as deep as the documents' depth limit.
            Data::List(items) => Known::List(items.iter().map(|i| Self::from_node(file, i, read)).collect()),
            Data::Map(entries) => Known::Map(entries.iter().map(|e| entry(file, e, read)).collect()),
            Data::Cut => Known::Unknown(Why::Limit("a part of the document was left out".to_owned())),
        };
        let via = node.used_at.map(|span| Source::new(file, span)).into_iter().collect();
        Self { at: Source::new(file, node.span), via, value }
    }

    /// The value of a node whose scalars hold nothing but text.
    #[must_use]
    pub fn from_plain_node(file: FileId, node: &Node) -> Self {
        Self::from_node(file, node, &|scalar| Text::literal(&*scalar.text))
    }
}

fn entry(file: FileId, entry: &Entry, read: &dyn Fn(&Scalar) -> Text) -> (Text, Source, Datum) {
    let key = match &entry.key.data {
        Data::Scalar(scalar) => read(scalar),
        _ => match entry.key.written() {
            Some(written) => Text::literal(written),
            None => Text::hole(Why::Unsupported("a key that is not text".to_owned())),
        },
    };
    (key, Source::new(file, entry.key.span), Datum::from_node(file, &entry.value, read))
}

/// A scalar's value. Words that only YAML 1.1 takes for booleans (`yes`, `on`) stay text.
fn scalar_value(scalar: &Scalar, read: &dyn Fn(&Scalar) -> Text) -> Known {
    if scalar.style == Style::Plain {
        match &*scalar.text {
            "true" | "True" | "TRUE" => return Known::Bool(true),
            "false" | "False" | "FALSE" => return Known::Bool(false),
            text if is_number(text) => return Known::Number(text.to_owned()),
            _ => {}
        }
    }
    Known::Text(read(scalar))
}

/// A decimal number as YAML 1.2 and JSON write it.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let begins = digits.strip_prefix('.').unwrap_or(digits).starts_with(|c: char| c.is_ascii_digit());
    begins && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::document::yaml;

    fn read(text: &str) -> Datum {
        let document = yaml::read(text);
        Datum::from_node(FileId(3), &document.nodes()[0], &|scalar| match scalar.text.split_once("${x}") {
            Some((before, after)) => {
                let mut text = Text::literal(before);
                text.push_hole(Why::Expression("x".to_owned()));
                text.push(after);
                text
            }
            None => Text::literal(&*scalar.text),
        })
    }

    #[test]
    fn scalars_keep_their_kind() {
        let datum = read("a: 1\nb: \"1\"\nc: true\nd: yes\ne: ~\nf: 1.2.3\ng:\n");
        let value = |key: &str| datum.get(key).unwrap().value.clone();
        assert_eq!(value("a"), Known::Number("1".to_owned()));
        assert_eq!(value("b"), Known::Text(Text::literal("1")));
        assert_eq!(value("c"), Known::Bool(true));
        assert_eq!(value("d"), Known::Text(Text::literal("yes")));
        assert_eq!(value("e"), Known::Null);
        assert_eq!(value("f"), Known::Text(Text::literal("1.2.3")));
        assert_eq!(value("g"), Known::Null);
    }

    #[test]
    fn expressions_are_holes_and_aliases_are_ways() {
        let text = "a: &a [\"x-${x}-y\"]\nb: *a\n";
        let datum = read(text);
        let used = datum.get("b").unwrap();
        assert_eq!(used.items()[0].text().unwrap().to_string(), "x-${x}-y");
        assert!(used.items()[0].text().unwrap().has_hole());
        assert_eq!(&text[used.via[0].span.range()], "*a");
        assert_eq!(used.at.file, FileId(3));
    }
}
