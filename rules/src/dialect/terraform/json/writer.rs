//! HCL in the making: its text, and where in the JSON file each stretch of it stands.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{entries, is_name};
use crate::document::{Data, Entry, Node, Scalar};
use crate::span::ByteSpan;

/// Most keys of one object: the parser of HCL compares each with all before it.
const MAX_KEYS: usize = 4_096;
/// Deepest nesting that is written: the parser of HCL calls itself for each level.
const MAX_DEPTH: usize = 48;
/// A value that is not known: a name of Terraform's own that nobody gives one.
pub(super) const UNKNOWN: &str = "terraform.known_after_apply";

/// A stretch of the made text and its bytes in the file: byte by byte where both are of one length, else as a whole.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: usize,
    length: usize,
    file: ByteSpan,
}

/// The way from the made text back to the file.
#[derive(Debug, Default)]
pub(in crate::dialect::terraform) struct Places(Vec<Stretch>);

impl Places {
    /// The bytes of the file that a range of the made text stands for.
    pub(in crate::dialect::terraform) fn span(&self, range: Range<usize>) -> ByteSpan {
        let start = self.at(range.start).map_or(0, |stretch| match range.start - stretch.start {
            within if within >= stretch.length => stretch.file.end as usize,
            within if stretch.is_linear() => stretch.file.start as usize + within,
            _ => stretch.file.start as usize,
        });
        let end = self.at(range.end.saturating_sub(1)).map_or(start, |stretch| {
            let within = range.end - stretch.start;
            match stretch.is_linear() && within <= stretch.length {
                true => stretch.file.start as usize + within,
                false => stretch.file.end as usize,
            }
        });
        ByteSpan::new(start, end.max(start))
    }

    /// The last stretch that begins at or before an offset.
    fn at(&self, offset: usize) -> Option<Stretch> {
        let after = self.0.partition_point(|stretch| stretch.start <= offset);
        self.0.get(after.saturating_sub(1)).copied()
    }
}

impl Stretch {
    fn is_linear(&self) -> bool {
        self.length == self.file.len()
    }
}

/// What a template's text is inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Text,
    Expression,
    Quotes,
}

/// Writes HCL.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    places: Vec<Stretch>,
    /// Whether `${` is text: in values there are no expressions.
    literal: bool,
    depth: usize,
    /// Whether something was left out.
    cut: bool,
}

impl Writer {
    /// A writer of values, in which nothing is an expression.
    pub(super) fn literal() -> Self {
        Self { literal: true, ..Self::default() }
    }

    /// As many entries of one body as the parser of HCL may be given.
    pub(super) fn limited<'n>(&mut self, entries: &'n [Entry]) -> &'n [Entry] {
        self.cut |= entries.len() > MAX_KEYS;
        entries.get(..MAX_KEYS).unwrap_or(entries)
    }

    /// Whether something was left out because a limit was reached.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    pub(super) fn finish(self) -> (String, Places) {
        (self.text, Places(self.places))
    }

    /// Writes what follows as values, or as expressions again.
    pub(super) fn set_literal(&mut self, literal: bool) {
        self.literal = literal;
    }

    /// What stands nowhere in the file.
    pub(super) fn plain(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// What stands for bytes of the file as a whole.
    pub(super) fn placed(&mut self, text: &str, file: ByteSpan) {
        let start = self.text.len();
        self.text.push_str(text);
        match self.places.last_mut() {
            // Neighbours byte by byte are one stretch.
            Some(last)
                if last.is_linear()
                    && text.len() == file.len()
                    && last.start + last.length == start
                    && last.file.end == file.start =>
            {
                last.length += text.len();
                last.file.end = file.end;
            }
            _ => self.places.push(Stretch { start, length: text.len(), file }),
        }
    }

    /// The beginning of a block, whose first line stands for `header`.
    pub(super) fn open(&mut self, kind: &str, labels: &[&str], header: ByteSpan) {
        self.placed(kind, header);
        for label in labels {
            self.plain(" \"");
            for letter in label.chars() {
                self.plain(&escaped(letter));
            }
            self.plain("\"");
        }
        self.plain(" {\n");
    }

    /// The end of a block that ends where `node` does.
    pub(super) fn close(&mut self, node: &Node) {
        self.plain("\n");
        self.placed("}", last(node.span));
        self.plain("\n");
    }

    /// The entries of a map as the arguments of a body.
    pub(super) fn attributes(&mut self, node: &Node) {
        let mut seen = BTreeSet::new();
        for entry in self.limited(entries(node)) {
            let name = entry.name();
            if is_name(name) && seen.insert(name) {
                self.attribute(name, entry.key.span, &entry.value);
            }
        }
    }

    /// `name = value`.
    pub(super) fn attribute(&mut self, name: &str, key: ByteSpan, value: &Node) {
        self.assign(name, key);
        self.value(value);
        self.plain("\n");
    }

    /// `name = `.
    pub(super) fn assign(&mut self, name: &str, key: ByteSpan) {
        self.placed(name, key);
        self.plain(" = ");
    }

    /// A value as an expression.
    pub(super) fn value(&mut self, node: &Node) {
        match &node.data {
            Data::Null => self.placed("null", node.span),
            Data::Bool(truth) => self.placed(if *truth { "true" } else { "false" }, node.span),
            Data::Number(number) if number.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b)) => {
                self.placed(number, node.span);
            }
            Data::Scalar(scalar) => self.string(scalar),
            Data::List(items) if self.depth < MAX_DEPTH => {
                self.depth += 1;
                self.placed("[", first(node.span));
                for item in items.iter() {
                    self.value(item);
                    self.plain(", ");
                }
                self.placed("]", last(node.span));
                self.depth -= 1;
            }
            Data::Map(entries) if self.depth < MAX_DEPTH && entries.len() <= MAX_KEYS => {
                self.depth += 1;
                self.placed("{", first(node.span));
                for entry in entries.iter() {
                    let Data::Scalar(key) = &entry.key.data else { continue };
                    self.string(key);
                    self.plain(" = ");
                    self.value(&entry.value);
                    self.plain(", ");
                }
                self.placed("}", last(node.span));
                self.depth -= 1;
            }
            Data::Number(_) | Data::List(_) | Data::Map(_) | Data::Cut => self.placed(UNKNOWN, node.span),
        }
    }

    /// A text in quotes. JSON's escapes are taken away first; what then stands outside of `${…}` is text, inside it an
    /// expression.
    pub(super) fn string(&mut self, scalar: &Scalar) {
        let start = scalar.span().start as usize;
        self.placed("\"", ByteSpan::new(start.saturating_sub(1), start));
        let mut inside = vec![Inside::Text];
        let mut letters = scalar.text.char_indices().peekable();
        let mut skipped = 0;
        while let Some((at, letter)) = letters.next() {
            let end = letters.peek().map_or(scalar.text.len(), |(next, _)| *next);
            let file = ByteSpan::new(scalar.offset(at), scalar.offset(end).max(scalar.offset(at)));
            let rest = scalar.text.get(at..).unwrap_or_default();
            let here = inside.last().copied().unwrap_or(Inside::Text);
            if skipped > 0 {
                skipped -= 1;
                self.letter(letter, here, file);
                continue;
            }
            let opens = rest.starts_with("${") || rest.starts_with("%{");
            match (here, letter) {
                (Inside::Text, _) if opens && self.literal => self.plain(&letter.to_string()),
                (Inside::Text | Inside::Quotes, _) if opens => {
                    self.letter(letter, Inside::Expression, file);
                    inside.push(Inside::Expression);
                    skipped = 1;
                    continue;
                }
                (Inside::Text | Inside::Quotes, _)
                    if !self.literal && (rest.starts_with("$${") || rest.starts_with("%%{")) =>
                {
                    skipped = 2;
                }
                (Inside::Quotes, '\\') => skipped = 1,
                (Inside::Quotes, '"') | (Inside::Expression, '}') => drop(inside.pop()),
                (Inside::Expression, '"') => inside.push(Inside::Quotes),
                (Inside::Expression, '{') => inside.push(Inside::Expression),
                _ => {}
            }
            self.letter(letter, here, file);
        }
        let end = scalar.end as usize;
        self.placed("\"", ByteSpan::new(end, end + 1));
    }

    fn letter(&mut self, letter: char, inside: Inside, file: ByteSpan) {
        match inside {
            Inside::Text => self.placed(&escaped(letter), file),
            // An expression in quotes stands on one line.
            _ if letter.is_control() => self.placed(" ", file),
            _ => self.placed(letter.encode_utf8(&mut [0; 4]), file),
        }
    }
}

/// A character of a text in quotes.
fn escaped(letter: char) -> String {
    match letter {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        control if control.is_control() => format!("\\u{:04x}", u32::from(control)),
        plain => plain.to_string(),
    }
}

fn first(span: ByteSpan) -> ByteSpan {
    ByteSpan { start: span.start, end: span.end.min(span.start + 1) }
}

fn last(span: ByteSpan) -> ByteSpan {
    ByteSpan { start: span.start.max(span.end.saturating_sub(1)), end: span.end }
}
