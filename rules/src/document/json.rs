//! JSON with comments and trailing commas, read without recursion so that a broken file keeps what came before the
//! break. The library's reader returns nothing after an error and no way back from escapes to bytes.

mod string;

use super::build::{Builder, Shape};
use super::ground::Ground;
use super::{Break, Comment, Data, Document, Format, Node, Scalar, Style, Tree};
use crate::span::ByteSpan;

/// Reads JSON.
#[must_use]
pub fn read(text: &str) -> Document {
    let mut reader = Reader::new(text, Ground::File);
    reader.run();
    let Builder { roots, breaks, duplicates, .. } = reader.builder;
    Document {
        format: Format::Json,
        tree: Tree::Json(roots.into_iter().next()),
        comments: reader.comments,
        breaks,
        duplicates,
        templated: false,
    }
}

/// Reads JSON that stands inside a scalar; spans point into the file. `None` if the text is not one sound object or
/// list: a shell test and a template begin with brackets too.
#[must_use]
pub fn read_embedded(scalar: &Scalar) -> Option<Node> {
    if !scalar.text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let mut reader = Reader::new(&scalar.text, Ground::Scalar(scalar));
    reader.run();
    if !reader.builder.breaks.is_empty() {
        return None;
    }
    reader.builder.roots.into_iter().next()
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// The one value of the file, or one behind a colon.
    Value,
    /// A key or item, or the end of its collection.
    Member,
    /// The colon behind a key.
    Colon,
    /// A comma or the end of the collection.
    Comma,
    /// Nothing more.
    End,
}

struct Reader<'t> {
    text: &'t str,
    ground: Ground<'t>,
    at: usize,
    expect: Expect,
    builder: Builder,
    comments: Vec<Comment>,
    /// Brackets open, so that each is closed by its own kind.
    open: Vec<u8>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, ground: Ground<'t>) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let (builder, comments, open) = (Builder::new(false), Vec::new(), Vec::new());
        Self { text, ground, at, expect: Expect::Value, builder, comments, open }
    }

    fn run(&mut self) {
        if let Err(why) = self.members() {
            self.builder.end_document();
            let span = self.ground.span(self.at, self.text.len());
            self.builder.breaks.push(Break { span, why: why.to_owned() });
        }
    }

    /// Reads to the end. An error stands at `self.at`.
    fn members(&mut self) -> Result<(), &'static str> {
        while let Some(byte) = self.next_byte()? {
            if self.builder.is_full() {
                return Err("too many nodes");
            }
            match (byte, self.expect) {
                (b':', Expect::Colon) => self.step(Expect::Value),
                (_, Expect::Colon) => return Err("not JSON: a key without a colon"),
                (_, Expect::End) => return Err("not JSON: more than one value"),
                (b',', Expect::Comma) => self.step(Expect::Member),
                (b'}' | b']', Expect::Member | Expect::Comma) => self.close(byte)?,
                (b'}' | b']' | b',' | b':', _) => return Err("not JSON: a value or key is missing"),
                // A missing comma loses nothing: the next member begins here.
                _ => self.member(byte)?,
            }
        }
        match self.expect {
            Expect::End => Ok(()),
            _ => Err("not JSON: the text ends too early"),
        }
    }

    fn step(&mut self, expect: Expect) {
        self.at += 1;
        self.expect = expect;
    }

    fn close(&mut self, byte: u8) -> Result<(), &'static str> {
        if self.open.last() != Some(&byte) {
            return Err("not JSON: a closing bracket of the wrong kind");
        }
        self.open.pop();
        self.builder.close(Some(self.ground.span(self.at, self.at + 1)));
        self.at += 1;
        self.after_value();
        Ok(())
    }

    fn after_value(&mut self) {
        self.expect = if self.open.is_empty() { Expect::End } else { Expect::Comma };
    }

    /// A key, or a value or its beginning.
    fn member(&mut self, byte: u8) -> Result<(), &'static str> {
        let is_key = self.expect != Expect::Value && self.open.last() == Some(&b'}');
        match byte {
            b'{' | b'[' if is_key => return Err("not JSON: a key that is not text"),
            b'{' | b'[' => {
                let (shape, end) = if byte == b'{' { (Shape::Map, b'}') } else { (Shape::List, b']') };
                self.builder.open(shape, self.ground.span(self.at, self.at + 1), 0, None);
                self.open.push(end);
                self.step(Expect::Member);
                return Ok(());
            }
            b'"' | b'\'' => {
                let (scalar, outer, length) = string::read(self.text, self.at, self.ground)?;
                let inner =
                    ByteSpan { start: scalar.map.first().map_or(scalar.end, |m| m.1), end: scalar.end };
                self.builder.leaf(Node::new(inner, Data::Scalar(scalar)), outer, 0);
                self.at += length;
            }
            _ => self.word(is_key)?,
        }
        if is_key {
            self.expect = Expect::Colon;
        } else {
            self.after_value();
        }
        Ok(())
    }

    /// A number, a keyword or a key without quotes.
    fn word(&mut self, is_key: bool) -> Result<(), &'static str> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '+' | '-' | '.')));
        let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let span = self.ground.span(self.at, self.at + word.len());
        let data = match word {
            "" => return Err("not JSON: a character that cannot begin a value"),
            _ if is_key => {
                Data::Scalar(self.ground.scalar(word, Style::Plain, &[(0, self.at)], self.at + word.len()))
            }
            "null" => Data::Null,
            "true" => Data::Bool(true),
            "false" => Data::Bool(false),
            "NaN" | "Infinity" | "-Infinity" => Data::Number(word.into()),
            _ if word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => {
                Data::Number(word.into())
            }
            _ => return Err("not JSON: a word without quotes"),
        };
        self.builder.leaf(Node::new(span, data), span, 0);
        self.at += word.len();
        Ok(())
    }

    /// The next byte that is neither white space nor comment.
    fn next_byte(&mut self) -> Result<Option<u8>, &'static str> {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('/') {
                return Ok(trimmed.bytes().next());
            }
            self.comment(trimmed)?;
        }
    }

    fn comment(&mut self, rest: &str) -> Result<(), &'static str> {
        let (length, body) = if let Some(line) = rest.strip_prefix("//") {
            let end = line.find(['\n', '\r']).unwrap_or(line.len());
            (2 + end, line.get(..end))
        } else if let Some(block) = rest.strip_prefix("/*") {
            let end = block.find("*/").ok_or("not JSON: a comment is not closed")?;
            (4 + end, block.get(..end))
        } else {
            return Err("not JSON: a character that cannot begin a value");
        };
        let span = self.ground.span(self.at, self.at + length);
        self.comments.push(Comment { span, text: body.unwrap_or_default().trim().to_owned() });
        self.at += length;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
