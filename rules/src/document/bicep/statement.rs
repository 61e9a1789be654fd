//! Statements: what a file declares. One that cannot be read is left out whole, and said to be.

use super::FOR;
use super::object::Entries;
use super::parser::{Parsed, Parser, Part};
use crate::document::{Data, Entry, Node};

/// Words that begin a statement.
const KEYWORDS: [&str; 16] = [
    "assert",
    "extends",
    "extension",
    "func",
    "import",
    "metadata",
    "module",
    "output",
    "param",
    "provider",
    "resource",
    "targetScope",
    "test",
    "type",
    "using",
    "var",
];

/// What decorators say of a statement.
#[derive(Default)]
struct Decorated {
    secure: bool,
    allowed: Option<Part>,
}

impl Parser<'_> {
    /// Goes to the next statement, if there is one.
    pub(super) fn next_statement(&mut self) -> Option<usize> {
        self.parentheses = 0;
        self.lines();
        (!self.rest().is_empty()).then_some(self.at)
    }

    /// Goes to the line that looks like the next statement after one that began at `start` and could not be read; to the
    /// end of the file if it is given up.
    pub(super) fn recover(&mut self, start: usize, again: bool) {
        let rest = self.text.get(start..).unwrap_or_default();
        let is_next = |line: &str| {
            let begins =
                |word: &&str| line.strip_prefix(*word).is_some_and(|more| more.starts_with([' ', '\t']));
            line.starts_with('@') || KEYWORDS.iter().any(&begins)
        };
        let mut at = start;
        // Behind a decorator the statement itself begins with a keyword.
        let mut decorated = rest.starts_with('@');
        for (index, line) in rest.split_inclusive('\n').enumerate() {
            let next = is_next(line);
            if again && index > 0 && next && !decorated {
                break;
            }
            decorated &= !next || line.starts_with('@');
            at += line.len();
        }
        self.at = at;
    }

    /// The statement that begins here, as an entry under the name that it declares; none for what says nothing of values.
    pub(super) fn statement(&mut self) -> Result<Vec<Entry>, &'static str> {
        let decorated = self.decorators()?;
        let keyword = self.word();
        if !KEYWORDS.contains(&keyword) {
            return Err("it begins with no keyword");
        }
        self.at += keyword.len();
        self.space();
        let entry = match keyword {
            "targetScope" => self.setting(keyword)?,
            "using" | "extends" => self.named_file(keyword)?,
            "param" => self.parameter(decorated)?,
            "var" => self.variable(keyword)?,
            "output" => self.output(&decorated)?,
            "resource" | "module" | "test" => self.declaration(keyword)?,
            "func" => self.function()?,
            "metadata" | "assert" => {
                self.variable(keyword)?;
                return self.ended(Vec::new());
            }
            "type" => {
                self.name("a type without a name")?;
                self.expect("=", "a type without a definition")?;
                self.lines();
                self.type_expression(true);
                return self.ended(Vec::new());
            }
            _ => self.imported(keyword)?,
        };
        self.ended(vec![entry])
    }

    /// A statement ends with its line.
    fn ended(&mut self, entries: Vec<Entry>) -> Result<Vec<Entry>, &'static str> {
        self.space();
        match self.rest().is_empty() || self.rest().starts_with(['\n', '\r', '}']) {
            true => Ok(entries),
            false => Err("more stands behind it"),
        }
    }

    fn decorators(&mut self) -> Result<Decorated, &'static str> {
        let mut found = Decorated::default();
        while self.eat("@") {
            let call = self.expression()?.node;
            let (name, arguments) = called(&call);
            match name {
                "secure" => found.secure = true,
                "allowed" => {
                    let allowed = arguments.first().cloned();
                    found.allowed = allowed.map(|node| Part { node, height: 2 });
                }
                _ => {}
            }
            self.lines();
        }
        Ok(found)
    }

    /// An entry whose value stands from `start` to here.
    fn entry(
        &mut self,
        key: Part,
        entries: Entries,
        start: usize,
        keyword: &str,
    ) -> Result<Entry, &'static str> {
        let value = entries.node(self, self.ground.span(start, self.at), Some(keyword))?;
        Ok(Entry { key: key.node, value: value.node, merged: false })
    }

    /// A key that the file does not write.
    fn key(&mut self, name: &str) -> Parsed {
        let at = self.at;
        let scalar = self.ground.scalar(name, crate::document::Style::Plain, &[(0, at)], at);
        self.leaf(self.ground.span(at, at), Data::Scalar(scalar))
    }

    /// `targetScope = 'subscription'`.
    fn setting(&mut self, keyword: &str) -> Result<Entry, &'static str> {
        let start = self.at;
        let key = self.key(keyword)?;
        self.expect("=", "a setting without a value")?;
        let value = self.key("value")?;
        let mut entries = Entries::default();
        let of = self.expression()?;
        entries.add(value, of);
        self.entry(key, entries, start, keyword)
    }

    /// `using './main.bicep'`, or `using none`.
    fn named_file(&mut self, keyword: &str) -> Result<Entry, &'static str> {
        let start = self.at;
        let key = self.key(keyword)?;
        let value = self.key("value")?;
        let mut entries = Entries::default();
        let of = self.expression()?;
        entries.add(value, of);
        self.space();
        if self.eat_word("with") {
            self.expression()?;
        }
        self.entry(key, entries, start, keyword)
    }

    fn parameter(&mut self, decorated: Decorated) -> Result<Entry, &'static str> {
        let key = self.name("a parameter without a name")?;
        let mut entries = Entries::default();
        if let Some(allowed) = decorated.allowed {
            let name = self.key("allowedValues")?;
            entries.add(name, allowed);
        }
        self.space();
        let start = self.at;
        let declared = self.declared_type(decorated.secure)?;
        let name = self.key("type")?;
        entries.add(name, declared);
        self.space();
        if self.eat("=") {
            self.lines();
            let name = self.key("defaultValue")?;
            let value = self.expression()?;
            entries.add(name, value);
        }
        self.entry(key, entries, start, "param")
    }

    /// A type before `=` or the end of the line, by its first word, with what `@secure()` makes of it.
    fn declared_type(&mut self, secure: bool) -> Parsed {
        let start = self.at;
        let word = self.word().to_owned();
        self.type_expression(false);
        let word = match secure {
            true if word == "object" => "secureObject".to_owned(),
            true => "secureString".to_owned(),
            false => word,
        };
        let scalar = self.ground.scalar(&word, crate::document::Style::Plain, &[(0, start)], self.at);
        self.leaf(self.ground.span(start, self.at), Data::Scalar(scalar))
    }

    /// Goes past a type: to `=`, or to the end of a line outside of brackets; a union goes on in the next line.
    fn type_expression(&mut self, alone: bool) {
        let mut depth = 0_usize;
        loop {
            let rest = self.rest();
            match rest.chars().next() {
                None => return,
                Some('=') if depth == 0 && !alone => return,
                Some('\n' | '\r') if depth == 0 => {
                    let before = self.at;
                    self.lines();
                    if !self.rest().starts_with('|') {
                        self.at = before;
                        return;
                    }
                }
                Some('\'') => {
                    if self.string().is_err() {
                        self.at += 1;
                    }
                }
                Some('/') => {
                    let before = self.at;
                    self.space();
                    if self.at == before {
                        self.at += 1;
                    }
                }
                Some(sign) => {
                    match sign {
                        '{' | '[' | '(' => depth += 1,
                        '}' if depth == 0 => return,
                        '}' | ']' | ')' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    self.at += sign.len_utf8();
                }
            }
        }
    }

    /// `var name = value`; so are metadata and assertions.
    fn variable(&mut self, keyword: &str) -> Result<Entry, &'static str> {
        let key = self.name("a variable without a name")?;
        self.space();
        let start = self.at;
        if !self.rest().starts_with('=') {
            self.type_expression(false);
        }
        self.expect("=", "a variable without a value")?;
        self.lines();
        let name = self.key("value")?;
        let mut entries = Entries::default();
        let value = self.expression()?;
        entries.add(name, value);
        self.entry(key, entries, start, keyword)
    }

    fn output(&mut self, decorated: &Decorated) -> Result<Entry, &'static str> {
        let key = self.name("an output without a name")?;
        self.space();
        let start = self.at;
        let declared = self.declared_type(decorated.secure)?;
        let name = self.key("type")?;
        let mut entries = Entries::default();
        entries.add(name, declared);
        self.expect("=", "an output without a value")?;
        self.lines();
        let name = self.key("value")?;
        let value = self.expression()?;
        entries.add(name, value);
        self.entry(key, entries, start, "output")
    }

    /// `func name(a string) string => expression`.
    fn function(&mut self) -> Result<Entry, &'static str> {
        let key = self.name("a function without a name")?;
        let start = self.at;
        self.space();
        let mut parts = Vec::new();
        self.expect("(", "a function without parameters")?;
        loop {
            self.lines();
            if self.eat(")") {
                break;
            }
            parts.push(self.name("a parameter without a name")?);
            let rest = self.rest();
            let end = rest.find([',', ')', '\n']).ok_or("parameters that are not closed")?;
            self.at += end;
            self.eat(",");
        }
        let rest = self.rest();
        let arrow = rest.find("=>").ok_or("a function without an expression")?;
        self.at += arrow + 2;
        self.lines();
        parts.push(self.expression()?);
        let lambda = self.tagged(super::LAMBDA, start, parts)?;
        let name = self.key("value")?;
        let mut entries = Entries::default();
        entries.add(name, lambda);
        self.entry(key, entries, start, "func")
    }

    /// `import { a } from './b.bicep'`, `extension az`: what they bring is not read here, but that they do is said.
    fn imported(&mut self, keyword: &str) -> Result<Entry, &'static str> {
        let start = self.at;
        let key = self.key(keyword)?;
        let mut entries = Entries::default();
        let mut depth = 0_usize;
        loop {
            let rest = self.rest();
            match rest.chars().next() {
                None => break,
                Some('\n' | '\r') if depth == 0 => break,
                Some('\'') => {
                    let name = self.key("value")?;
                    let from = self.string()?;
                    entries.add(name, from);
                }
                Some(sign) => {
                    match sign {
                        '{' | '(' => depth += 1,
                        '}' | ')' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    self.at += sign.len_utf8();
                }
            }
        }
        self.entry(key, entries, start, keyword)
    }

    /// `resource name 'type@version' existing = if (condition) {…}`, or a loop of such; modules alike.
    fn declaration(&mut self, keyword: &str) -> Result<Entry, &'static str> {
        let key = self.name("a declaration without a name")?;
        self.space();
        let start = self.at;
        let mut entries = Entries::default();
        let name = self.key(if keyword == "resource" { "type" } else { "$path" })?;
        let of = self.string()?;
        entries.add(name, of);
        self.space();
        if self.word() == "existing" {
            let name = self.name("")?;
            let value = self.leaf(name.node.span, Data::Bool(true))?;
            entries.add(name, value);
        }
        self.expect("=", "a declaration without a body")?;
        self.lines();
        let looped = self.rest().starts_with('[');
        if looped {
            self.at += 1;
            self.lines();
            let name = self.key("$for")?;
            let from = self.at;
            let head = self.loop_head()?;
            let head = self.tagged(FOR, from, head)?;
            entries.add(name, head);
        }
        if self.word() == "if" {
            let name = self.key("condition")?;
            self.at += 2;
            self.space();
            let condition = self.expression()?;
            entries.add(name, condition);
            self.lines();
        }
        self.deeper(|this| this.members(&mut entries))?;
        if looped {
            self.lines();
            self.expect("]", "a loop that is not closed")?;
        }
        self.entry(key, entries, start, keyword)
    }
}

/// The name of a decorator, without `sys.`, and its arguments.
fn called(node: &Node) -> (&str, &[Node]) {
    match node.tag.as_deref() {
        Some(super::METHOD) => match node.items() {
            [_, name, arguments @ ..] => (name.text().unwrap_or_default(), arguments),
            _ => ("", &[]),
        },
        Some(name) => (name, node.items()),
        None => ("", &[]),
    }
}
