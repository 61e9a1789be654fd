//! Writes a program in Terraform's words, and remembers what each part of it was made from.

use std::collections::BTreeMap;

use crate::document::{Data, Node, Scalar, Style};
use crate::fact::Why;
use crate::span::{ByteSpan, FileId, Source};

/// Largest program, in bytes: an alias may repeat what a file says once.
const MAX_PROGRAM: usize = 4 << 20;
/// Deepest nesting that is written. Policies and settings stay below ten.
const MAX_NESTING: usize = 40;

/// A part of the program and what it was made from.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) ours: ByteSpan,
    pub(super) theirs: Source,
    pub(super) scalar: Option<Scalar>,
    /// The mark around it.
    pub(super) parent: Option<usize>,
}

/// A part of a text that is filled in before the platform sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect) enum Part {
    /// As it stands.
    Literal(String),
    /// The value of a variable of the program, or of a resource that was [announced](Program::announce): `name`,
    /// `name.key`.
    Variable(String),
    /// What only the other system works out, as it is written.
    Hole(String),
}

impl Part {
    /// A text in which a variable stands between these marks.
    pub(in crate::dialect) fn split(text: &str, open: &str, close: char) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once(open) {
            let Some((inner, after)) = from.split_once(close) else { break };
            if !before.is_empty() {
                parts.push(Self::Literal(before.to_owned()));
            }
            parts.push(Self::Variable(inner.to_owned()));
            rest = after;
        }
        if !rest.is_empty() || parts.is_empty() {
            parts.push(Self::Literal(rest.to_owned()));
        }
        parts
    }
}

/// How a syntax writes values.
#[derive(Clone, Copy)]
pub(in crate::dialect) struct Reading {
    /// The parts of a text.
    pub(in crate::dialect) parts: fn(&str) -> Vec<Part>,
    /// What keys of objects are called in Terraform's words.
    pub(in crate::dialect) key: fn(&str) -> String,
}

/// What an argument is given.
#[derive(Clone, Debug)]
pub(in crate::dialect) enum Given<'n> {
    /// A value as it stands, its keys in Terraform's words.
    Value(&'n Node),
    /// A value of which one is asked for, as a list.
    List(&'n Node),
    /// A document that stands as text in Terraform: its keys are its own.
    Json(&'n Node),
    /// A text of the dialect's own, and whose place it has.
    Text(String, ByteSpan),
    /// An object of other arguments.
    Object(Vec<(String, Given<'n>)>),
}

/// A program in the making.
#[derive(Debug, Default)]
pub(in crate::dialect) struct Program {
    pub(super) text: String,
    pub(super) marks: Vec<Mark>,
    open: Vec<usize>,
    holes: BTreeMap<String, String>,
    /// What resources are called, and their addresses.
    names: BTreeMap<String, String>,
    /// Where and why something was left out.
    pub(super) cut: Option<(Source, Why)>,
}

impl Program {
    /// What stands where a hole of this name is.
    pub(super) fn hole(&self, name: &str) -> Option<&str> {
        self.holes.get(name).map(String::as_str)
    }

    /// Says before anything refers to it that a resource of this type and name will be written.
    pub(in crate::dialect) fn announce(&mut self, kind: &str, label: &str) {
        self.names.insert(label.to_owned(), format!("{}.{}", plain(kind), plain(label)));
    }

    /// What a name stands for until it is told otherwise: `item` of a loop is `each.value`.
    pub(in crate::dialect) fn rename(&mut self, name: &str, address: Option<&str>) {
        match address {
            Some(address) => self.names.insert(name.to_owned(), address.to_owned()),
            None => self.names.remove(name),
        };
    }

    /// What a name stands for in the program.
    fn address(&self, path: &str, reading: Reading) -> String {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        match (self.names.get(first), rest) {
            (Some(address), Some(rest)) => format!("{address}.{}", (reading.key)(rest)),
            (Some(address), None) => address.clone(),
            (None, _) => format!("var.{path}"),
        }
    }

    /// One resource, with a name of the dialect's own.
    pub(in crate::dialect) fn resource(
        &mut self,
        (kind, label): (&str, &str),
        at: (Source, Source),
        arguments: &[(String, Given<'_>)],
        reading: Reading,
    ) {
        self.block(&format!("resource \"{}\" \"{}\"", plain(kind), plain(label)), at, arguments, reading);
    }

    /// One data source.
    pub(in crate::dialect) fn data(
        &mut self,
        (kind, label): (&str, &str),
        at: (Source, Source),
        arguments: &[(String, Given<'_>)],
        reading: Reading,
    ) {
        self.block(&format!("data \"{}\" \"{}\"", plain(kind), plain(label)), at, arguments, reading);
    }

    /// One variable with its value.
    pub(in crate::dialect) fn variable(&mut self, name: &str, key: Source, value: &Node, reading: Reading) {
        if is_name(name) {
            let at = (key, Source::new(key.file, key.span.join(value.span)));
            let default = [("default".to_owned(), Given::Value(value))];
            self.block(&format!("variable \"{name}\""), at, &default, reading);
        }
    }

    /// One output with its value.
    pub(in crate::dialect) fn output(
        &mut self,
        name: &str,
        at: (Source, Source),
        value: &Node,
        reading: Reading,
    ) {
        let given = [("value".to_owned(), Given::Value(value))];
        self.block(&format!("output \"{}\"", plain(name)), at, &given, reading);
    }

    /// A block with its header's place and its own.
    fn block(
        &mut self,
        header: &str,
        (head, whole): (Source, Source),
        arguments: &[(String, Given<'_>)],
        reading: Reading,
    ) {
        if self.text.len() > MAX_PROGRAM {
            self.cut(head, Why::Limit("resources of more than 4 MiB".to_owned()));
            return;
        }
        self.begin(whole, None);
        self.begin(head, None);
        self.text.push_str(header);
        self.end();
        self.text.push_str(" {\n");
        self.arguments(head.file, arguments, reading, 1);
        self.text.push_str("}\n");
        self.end();
    }

    fn arguments(&mut self, file: FileId, arguments: &[(String, Given<'_>)], reading: Reading, depth: usize) {
        let mut written: Vec<&str> = Vec::new();
        for (name, given) in arguments {
            // The first one counts: the parser refuses a name that stands twice.
            if !is_name(name) || written.contains(&name.as_str()) {
                continue;
            }
            written.push(name);
            self.text.push_str(name);
            self.text.push_str(" = ");
            self.given(file, given, reading, depth);
            self.text.push('\n');
        }
    }

    fn given(&mut self, file: FileId, given: &Given<'_>, reading: Reading, depth: usize) {
        match given {
            Given::Value(node) => self.value(file, node, reading, reading.key, depth),
            Given::List(node) => match node.data {
                Data::List(_) => self.value(file, node, reading, reading.key, depth),
                // What is filled in may be a list itself.
                _ => {
                    self.text.push_str("flatten([");
                    self.value(file, node, reading, reading.key, depth + 1);
                    self.text.push_str("])");
                }
            },
            Given::Json(node) => match &node.data {
                Data::Map(_) | Data::List(_) => {
                    self.text.push_str("jsonencode(");
                    self.value(file, node, reading, str::to_owned, depth + 1);
                    self.text.push(')');
                }
                _ => self.value(file, node, reading, str::to_owned, depth),
            },
            Given::Text(text, span) => self.literal(text, Source::new(file, *span)),
            Given::Object(entries) => {
                self.text.push_str("{\n");
                self.arguments(file, entries, reading, depth + 1);
                self.text.push('}');
            }
        }
    }

    fn value(&mut self, file: FileId, node: &Node, reading: Reading, key: fn(&str) -> String, depth: usize) {
        let at = Source::new(file, node.span);
        if depth > MAX_NESTING || self.text.len() > MAX_PROGRAM {
            self.cut(
                at,
                Why::Limit("values nested more than 40 deep, or more than 4 MiB of them".to_owned()),
            );
            self.text.push_str("null");
            return;
        }
        self.begin(at, None);
        match &node.data {
            _ if node.is_null() => self.text.push_str("null"),
            Data::Null | Data::Cut => self.text.push_str("null"),
            Data::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Data::Number(number) if is_number(number) => self.text.push_str(number),
            Data::Number(number) => self.quoted(number),
            Data::Scalar(scalar) => self.scalar(scalar, node, reading, at),
            Data::List(items) => {
                self.text.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.text.push_str(if index == 0 { "" } else { ", " });
                    self.value(file, item, reading, key, depth + 1);
                }
                self.text.push(']');
            }
            Data::Map(entries) => {
                self.text.push_str("{\n");
                for entry in entries.iter() {
                    let Some(name) = entry.key.written() else { continue };
                    self.begin(Source::new(file, entry.key.span), None);
                    self.quoted(&key(name));
                    self.end();
                    self.text.push_str(" = ");
                    self.value(file, &entry.value, reading, key, depth + 1);
                    self.text.push('\n');
                }
                self.text.push('}');
            }
        }
        self.end();
    }

    fn scalar(&mut self, scalar: &Scalar, node: &Node, reading: Reading, at: Source) {
        if scalar.style == Style::Plain {
            if let Some((value, _)) = node.boolean() {
                return self.text.push_str(if value { "true" } else { "false" });
            }
            if is_number(&scalar.text) {
                return self.text.push_str(&scalar.text);
            }
        }
        // What the other system decrypts or includes is not known here.
        if node.tag.as_deref().is_some_and(|tag| !tag.is_empty()) {
            let name = self.named_hole(node.tag.as_deref().unwrap_or_default());
            return self.text.push_str(&format!("var.{name}"));
        }
        let parts = (reading.parts)(&scalar.text);
        match parts.as_slice() {
            [Part::Variable(name)] if is_path(name) => {
                let address = self.address(name, reading);
                self.text.push_str(&address);
            }
            [Part::Hole(written)] => {
                let name = self.named_hole(written);
                self.text.push_str(&format!("var.{name}"));
            }
            parts => {
                self.text.push('"');
                self.begin(at, Some(scalar.clone()));
                for part in parts {
                    match part {
                        Part::Literal(text) => self.text.push_str(&escaped(text)),
                        Part::Variable(name) if is_path(name) => {
                            let address = self.address(name, reading);
                            self.text.push_str(&format!("${{{address}}}"));
                        }
                        Part::Variable(written) | Part::Hole(written) => {
                            let name = self.named_hole(written);
                            self.text.push_str(&format!("${{var.{name}}}"));
                        }
                    }
                }
                self.end();
                self.text.push('"');
            }
        }
    }

    fn literal(&mut self, text: &str, at: Source) {
        self.begin(at, None);
        self.quoted(text);
        self.end();
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        self.text.push_str(&escaped(text));
        self.text.push('"');
    }

    fn named_hole(&mut self, written: &str) -> String {
        const LONGEST: usize = 80;
        let name = format!("hole_{}", self.holes.len());
        self.holes.insert(name.clone(), written.chars().take(LONGEST).collect());
        name
    }

    fn cut(&mut self, at: Source, why: Why) {
        self.cut.get_or_insert((at, why));
    }

    fn begin(&mut self, theirs: Source, scalar: Option<Scalar>) {
        let ours = ByteSpan::at(self.text.len());
        let parent = self.open.last().copied();
        self.open.push(self.marks.len());
        self.marks.push(Mark { ours, theirs, scalar, parent });
    }

    fn end(&mut self) {
        let end = self.text.len();
        if let Some(mark) = self.open.pop().and_then(|index| self.marks.get_mut(index)) {
            mark.ours = ByteSpan::new(mark.ours.start as usize, end);
        }
    }
}

/// A name as it may stand in an address.
fn plain(name: &str) -> String {
    const LONGEST: usize = 60;
    let mut plain: String =
        name.chars().take(LONGEST).map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if !plain.starts_with(|c: char| c.is_ascii_alphabetic()) {
        plain.insert(0, 'r');
    }
    plain
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// Names with points between them.
fn is_path(path: &str) -> bool {
    path.split('.').all(is_name)
}

/// A number that HCL writes the same way.
fn is_number(text: &str) -> bool {
    const LONGEST: usize = 15;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    text.len() <= LONGEST && is(whole) && is(part) && (whole == "0" || !whole.starts_with('0'))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => escaped.extend([c, c]),
            c if c.is_control() => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}
