//! JSON as [`Datum`]: from a tree with spans, or from a text of which parts are unknown.

use std::sync::Arc;

use crate::document::{Data, MAX_DEPTH, Node, Scalar, Style, json};
use crate::fact::{Datum, Known, Piece, Text, Why};
use crate::span::{FileId, Source};

/// Stands for the opening of a hole in a text that is read as JSON; private use, so that no policy holds it.
const OPEN: char = '\u{E000}';
/// Its end.
const CLOSE: char = '\u{E001}';

/// A JSON (or YAML) tree as a datum.
#[must_use]
pub fn of_node(node: &Node, file: FileId) -> Datum {
    convert(node, &|node| Source::new(file, node.span), &|text| Text::literal(text), 0)
}

/// JSON text with holes, all of it written at `at`: a heredoc with interpolations, a text from a variable.
#[must_use]
pub fn of_text(text: &Text, at: Source) -> Option<Datum> {
    let mut whys: Vec<Why> = Vec::new();
    let mut source = String::new();
    let mut quoted = Quotes::default();
    for piece in &text.0 {
        match piece {
            Piece::Literal(literal) => {
                quoted.read(literal);
                source.push_str(literal);
            }
            Piece::Hole(why) => {
                let mark = format!("{OPEN}{}{CLOSE}", whys.len());
                // A hole outside quotes stands for a whole value.
                source.push_str(&if quoted.inside { mark } else { format!("\"{mark}\"") });
                whys.push(why.clone());
            }
        }
    }
    let scalar =
        Scalar { map: Arc::from([(0, at.span.start)]), ..Scalar::verbatim(&source, Style::Quoted, 0) };
    let node = json::read_embedded(&scalar)?;
    Some(convert(&node, &|_| at, &|text| fill(&text, &whys), 0))
}

/// Whether a reader of JSON is inside a string.
#[derive(Default)]
struct Quotes {
    inside: bool,
    escaped: bool,
}

impl Quotes {
    fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.inside => self.escaped = true,
                b'"' => self.inside = !self.inside,
                _ => {}
            }
        }
    }
}

/// Puts the holes back.
fn fill(text: &str, whys: &[Why]) -> Text {
    let mut filled = Text::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((number, behind)) = after.split_once(CLOSE) else { break };
        filled.push(before);
        let why = number.parse::<usize>().ok().and_then(|n| whys.get(n)).cloned();
        filled.push_hole(why.unwrap_or_else(|| Why::Unsupported("text".to_owned())));
        rest = behind;
    }
    filled.push(rest);
    filled
}

fn convert(
    node: &Node,
    place: &dyn Fn(&Node) -> Source,
    text: &dyn Fn(String) -> Text,
    depth: usize,
) -> Datum {
    let at = place(node);
    if depth >= MAX_DEPTH {
        return Datum::unknown(at, Why::Limit("nested more than 128 deep".to_owned()));
    }
    let value = match &node.data {
        _ if node.is_null() => Known::Null,
        Data::Null => Known::Null,
        Data::Scalar(scalar) => Known::Text(text(scalar.text.to_string())),
        Data::Bool(value) => Known::Bool(*value),
        Data::Number(number) => Known::Number(number.to_string()),
        Data::List(items) => {
            Known::List(items.iter().map(|item| convert(item, place, text, depth + 1)).collect())
        }
        Data::Map(entries) => Known::Map(
            entries
                .iter()
                .map(|entry| {
                    let value = convert(&entry.value, place, text, depth + 1);
                    (text(entry.name().to_owned()), place(&entry.key), value)
                })
                .collect(),
        ),
        Data::Cut => Known::Unknown(Why::Limit("the document was cut".to_owned())),
    };
    // A value that is nothing but one hole is unknown, not text.
    match value {
        Known::Text(Text(pieces)) if matches!(pieces.as_slice(), [Piece::Hole(_)]) => {
            match pieces.into_iter().next() {
                Some(Piece::Hole(why)) => Datum::unknown(at, why),
                _ => Datum::new(at, Known::Null),
            }
        }
        value => Datum::new(at, value),
    }
}
