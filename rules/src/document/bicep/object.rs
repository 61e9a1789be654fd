//! Objects and arrays, loops that make them, and resources declared inside others.

use super::parser::{Parsed, Parser, Part, above};
use super::{FOR, SPREAD};
use crate::document::{Data, Entry, Node};
use crate::span::ByteSpan;

/// A property without a name: what is spread into an object.
const SPREAD_KEY: &str = "...";

/// An object that is being read.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) entries: Vec<Entry>,
    pub(super) height: usize,
}

impl Entries {
    pub(super) fn add(&mut self, key: Part, value: Part) {
        self.height = self.height.max(key.height).max(value.height);
        self.entries.push(Entry { key: key.node, value: value.node, merged: false });
    }

    /// As a node, with a tag if it is no plain object.
    pub(super) fn node(self, parser: &mut Parser<'_>, span: ByteSpan, tag: Option<&str>) -> Parsed {
        let node = Node::new(span, Data::Map(self.entries.into())).tagged(tag.map(Into::into));
        parser.counted(node, self.height + 1)
    }
}

impl Parser<'_> {
    pub(super) fn object(&mut self) -> Parsed {
        let start = self.at;
        let mut entries = Entries::default();
        self.members(&mut entries)?;
        entries.node(self, self.ground.span(start, self.at), None)
    }

    /// The members of an object between its braces.
    pub(super) fn members(&mut self, entries: &mut Entries) -> Result<(), &'static str> {
        if !self.eat("{") {
            return Err("no object where one is expected");
        }
        // Lines count again, whatever is around it.
        let outside = std::mem::take(&mut self.parentheses);
        let read = self.each_member(entries);
        self.parentheses = outside;
        read
    }

    fn each_member(&mut self, entries: &mut Entries) -> Result<(), &'static str> {
        loop {
            self.lines();
            if self.eat("}") {
                return Ok(());
            }
            self.deeper(|this| this.one_member(entries))?;
            self.space();
            let rest = self.rest();
            if !self.eat(",") && !rest.starts_with(['\n', '\r', '}']) {
                return Err("an object whose members are not apart");
            }
        }
    }

    fn one_member(&mut self, entries: &mut Entries) -> Result<(), &'static str> {
        let start = self.at;
        if self.eat(SPREAD_KEY) {
            let key = self.plain(SPREAD_KEY, start)?;
            let of = self.expression()?;
            let value = self.tagged(SPREAD, start, vec![of])?;
            entries.add(key, value);
            return Ok(());
        }
        let word = self.word();
        let behind = self.rest().get(word.len()..).unwrap_or_default().trim_start();
        let is_statement = word == "resource" && behind.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if is_statement || self.rest().starts_with('@') {
            for inner in self.statement()? {
                entries.height = entries.height.max(super::parser::MAX_DEPTH / 2);
                entries.entries.push(inner);
            }
            return Ok(());
        }
        let key = if word.is_empty() { self.string()? } else { self.name("a member without a name")? };
        self.lines();
        self.expect(":", "a member without a value")?;
        self.lines();
        let value = self.expression()?;
        entries.add(key, value);
        Ok(())
    }

    pub(super) fn array(&mut self) -> Parsed {
        let start = self.at;
        self.at += 1;
        let outside = std::mem::take(&mut self.parentheses);
        self.lines();
        let read = match self.word() {
            "for" => self.made(start),
            _ => self.items(start),
        };
        self.parentheses = outside;
        read
    }

    fn items(&mut self, start: usize) -> Parsed {
        let mut parts: Vec<Part> = Vec::new();
        loop {
            self.lines();
            if self.eat("]") {
                let height = above(&parts);
                let items: Vec<Node> = parts.into_iter().map(|part| part.node).collect();
                let span = self.ground.span(start, self.at);
                return self.counted(Node::new(span, Data::List(items.into())), height);
            }
            let from = self.at;
            let part = match self.eat(SPREAD_KEY) {
                true => {
                    let of = self.expression()?;
                    self.tagged(SPREAD, from, vec![of])?
                }
                false => self.expression()?,
            };
            parts.push(part);
            self.space();
            let rest = self.rest();
            if !self.eat(",") && !rest.starts_with(['\n', '\r', ']']) {
                return Err("a list whose items are not apart");
            }
        }
    }

    /// `for item in list: value`, up to the bracket.
    fn made(&mut self, start: usize) -> Parsed {
        let mut parts = self.loop_head()?;
        parts.push(self.expression()?);
        self.lines();
        self.expect("]", "a loop that is not closed")?;
        self.tagged(FOR, start, parts)
    }

    /// `for item in list:`, or with the index: `for (item, index) in list:`.
    pub(super) fn loop_head(&mut self) -> Result<Vec<Part>, &'static str> {
        const WHY: &str = "a loop of another form";
        self.eat_word("for");
        self.lines();
        let (item, index) = match self.eat("(") {
            true => {
                self.lines();
                let item = self.name(WHY)?;
                self.expect(",", WHY)?;
                self.lines();
                let index = self.name(WHY)?;
                self.lines();
                self.expect(")", WHY)?;
                (item, index)
            }
            false => {
                let item = self.name(WHY)?;
                (item, self.leaf(self.ground.span(self.at, self.at), Data::Null)?)
            }
        };
        self.lines();
        if !self.eat_word("in") {
            return Err(WHY);
        }
        self.lines();
        let list = self.expression()?;
        self.lines();
        self.expect(":", WHY)?;
        self.lines();
        Ok(vec![item, index, list])
    }
}
