//! Values and calls from tokens.

use super::token::{Kind, Token};
use super::{Argument, Block, Call, Chain, Expr, Label, MAX_DEPTH, OPEN, Value};
use crate::span::ByteSpan;

/// Operators between values, but for `+` and the two signs of a condition.
const OPERATORS: &[&str] = &[
    "?:", "=~", "==", "==~", "!=", "<=", ">=", "<=>", "&&", "||", "+=", "-=", "*=", "/=", "..", "<<", ">>",
    "-", "*", "/", "%", "<", ">", "&", "|", "::", "*.", "->",
];
/// Operators that are words.
const WORDS: [&str; 3] = ["in", "as", "instanceof"];
/// Signs before a value that leave it what it is.
const PREFIXES: [&str; 6] = ["!", "-", "+", "*", "++", "--"];
/// Most tokens before the arrow of a block's parameters.
const MAX_PARAMETERS: usize = 24;

/// A place among the tokens.
pub(super) struct Reader<'t> {
    text: &'t str,
    tokens: std::vec::IntoIter<Token>,
    /// Tokens that were looked at ahead.
    ahead: std::collections::VecDeque<Token>,
    depth: usize,
    /// Whether ends of lines mean nothing: in brackets.
    joined: bool,
    /// Where the last token ended.
    last: usize,
    pub(super) unknown: Vec<(ByteSpan, &'static str)>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, tokens: Vec<Token>) -> Self {
        Self {
            text,
            tokens: tokens.into_iter(),
            ahead: std::collections::VecDeque::new(),
            depth: 0,
            joined: false,
            last: 0,
            unknown: Vec::new(),
        }
    }

    /// Everything up to the end.
    pub(super) fn everything(mut self) -> (Block, Vec<(ByteSpan, &'static str)>) {
        let statements = self.statements(false);
        (Block { at: ByteSpan::new(0, self.text.len()), statements }, self.unknown)
    }

    /// The token at hand; in brackets, the next that is no end of a line.
    pub(super) fn peek(&mut self) -> Option<&Token> {
        while self.joined && matches!(self.raw(0), Some(Token { kind: Kind::Line, .. })) {
            self.bump();
        }
        self.raw(0)
    }

    /// A token some places ahead, ends of lines among them.
    pub(super) fn raw(&mut self, index: usize) -> Option<&Token> {
        while self.ahead.len() <= index {
            self.ahead.push_back(self.tokens.next()?);
        }
        self.ahead.get(index)
    }

    pub(super) fn bump(&mut self) -> Option<Token> {
        self.raw(0)?;
        let token = self.ahead.pop_front();
        if let Some(token) = &token {
            self.last = token.at.end as usize;
        }
        token
    }

    pub(super) fn is(&mut self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: Kind::Sign(found), .. }) if *found == sign)
    }

    /// The name at hand.
    pub(super) fn name(&mut self) -> Option<&'t str> {
        let text = self.text;
        match self.peek() {
            Some(Token { kind: Kind::Name, at }) => text.get(at.range()),
            _ => None,
        }
    }

    /// The name some places ahead.
    pub(super) fn name_at(&mut self, index: usize) -> Option<&'t str> {
        let text = self.text;
        match self.raw(index) {
            Some(Token { kind: Kind::Name, at }) => text.get(at.range()),
            _ => None,
        }
    }

    pub(super) fn sign_at(&mut self, index: usize) -> Option<&'static str> {
        match self.raw(index) {
            Some(Token { kind: Kind::Sign(sign), .. }) => Some(sign),
            _ => None,
        }
    }

    /// Passes over ends of lines.
    pub(super) fn lines(&mut self) {
        while matches!(self.raw(0), Some(Token { kind: Kind::Line, .. })) {
            self.bump();
        }
    }

    /// Where the token at hand begins.
    pub(super) fn start(&mut self) -> usize {
        let end = self.text.len();
        self.peek().map_or(end, |token| token.at.start as usize)
    }

    pub(super) fn since(&self, start: usize) -> ByteSpan {
        ByteSpan::new(start, self.last.max(start))
    }

    /// Goes one level down; at the limit, passes over everything up to the closing sign.
    fn enter(&mut self, start: usize) -> bool {
        if self.depth < MAX_DEPTH {
            self.depth += 1;
            return true;
        }
        self.unknown.push((ByteSpan::at(start), "what is nested too deep"));
        let mut open = 1_usize;
        while open > 0 {
            match self.bump().map(|token| token.kind) {
                Some(Kind::Sign("(" | "[" | "{")) => open += 1,
                Some(Kind::Sign(")" | "]" | "}")) => open -= 1,
                None => break,
                _ => {}
            }
        }
        false
    }

    /// A block; the token at hand is its brace.
    pub(super) fn block(&mut self) -> Block {
        let start = self.start();
        self.bump();
        if !self.enter(start) {
            return Block { at: self.since(start), statements: Vec::new() };
        }
        let joined = std::mem::replace(&mut self.joined, false);
        self.parameters();
        let statements = self.statements(true);
        if self.raw(0).is_some() {
            self.bump();
        } else {
            self.unknown.push((ByteSpan::new(start, start + 1), OPEN));
        }
        self.joined = joined;
        self.depth -= 1;
        Block { at: self.since(start), statements }
    }

    /// `a, b ->`
    fn parameters(&mut self) {
        self.lines();
        let arrow = (0..MAX_PARAMETERS).find_map(|index| match self.raw(index).map(|token| &token.kind) {
            Some(Kind::Sign("->")) => Some(Some(index)),
            Some(Kind::Name | Kind::Sign("," | "=" | "." | "[" | "]" | "<" | ">") | Kind::Line) => None,
            _ => Some(None),
        });
        if let Some(Some(index)) = arrow {
            (0..=index).for_each(|_| drop(self.bump()));
        }
    }

    /// What stands between brackets; the token at hand is the opening one.
    pub(super) fn arguments(&mut self, close: &'static str) -> Vec<Argument> {
        let start = self.start();
        self.bump();
        if !self.enter(start) {
            return Vec::new();
        }
        let joined = std::mem::replace(&mut self.joined, true);
        let mut arguments = Vec::new();
        loop {
            let Some(token) = self.peek() else {
                self.unknown.push((ByteSpan::new(start, start + 1), "a bracket that never closes"));
                break;
            };
            match &token.kind {
                Kind::Sign(sign) if *sign == close => {
                    self.bump();
                    break;
                }
                // Another closing sign ends what is around.
                Kind::Sign(")" | "]" | "}") => {
                    self.unknown.push((ByteSpan::new(start, start + 1), "a bracket that never closes"));
                    break;
                }
                Kind::Sign("," | ":" | ";" | "=" | "++" | "--") => drop(self.bump()),
                _ => self.argument(&mut arguments),
            }
        }
        self.joined = joined;
        self.depth -= 1;
        arguments
    }

    /// `name: value`, or a value.
    fn argument(&mut self, arguments: &mut Vec<Argument>) {
        let name = self.label();
        if name.is_some() {
            self.bump();
            self.bump();
            self.lines();
        }
        let before = self.start();
        let value = self.expression(false);
        if self.start() == before && name.is_none() {
            let at = self.bump().map_or(ByteSpan::at(before), |token| token.at);
            self.unknown.push((at, "a sign that does not belong there"));
            return;
        }
        arguments.push(Argument { name, value });
    }

    /// The label at hand, with its colon ahead.
    fn label(&mut self) -> Option<Label> {
        self.peek()?;
        if self.sign_at(1) != Some(":") {
            return None;
        }
        let source = self.text;
        let token = self.raw(0)?;
        let text = match &token.kind {
            Kind::Name | Kind::Number => source.get(token.at.range())?.to_owned(),
            Kind::Text(text) => text.scalar.text.to_string(),
            _ => return None,
        };
        Some(Label { text, at: token.at })
    }

    /// A value. With `commands`, a name may be called without brackets.
    pub(super) fn expression(&mut self, commands: bool) -> Expr {
        let start = self.start();
        let mut operands: Vec<Expr> = Vec::new();
        let (mut sums, mut conditions) = (true, 0_usize);
        loop {
            while let Some(Kind::Sign(sign)) = self.peek().map(|token| &token.kind)
                && PREFIXES.contains(sign)
            {
                self.bump();
            }
            if self.name() == Some("new") {
                self.bump();
            }
            operands.push(self.operand(commands && operands.is_empty()));
            let operator = match self.peek().map(|token| &token.kind) {
                Some(Kind::Sign("+")) => true,
                Some(Kind::Sign("?")) => {
                    conditions += 1;
                    sums = false;
                    true
                }
                Some(Kind::Sign(":")) if conditions > 0 => {
                    conditions -= 1;
                    true
                }
                // An assignment is a statement's, or an argument's default.
                Some(Kind::Sign("=")) => false,
                Some(Kind::Sign(sign)) if OPERATORS.contains(sign) => {
                    sums = false;
                    true
                }
                Some(Kind::Name) => {
                    let word = self.name().is_some_and(|name| WORDS.contains(&name));
                    sums &= !word;
                    word
                }
                // Only before an operator does a line go on.
                _ => false,
            };
            if !operator {
                break;
            }
            self.bump();
            self.lines();
        }
        let at = self.since(start);
        match (operands.len(), sums) {
            (1, _) => operands.pop().unwrap_or(Expr { at, value: Value::Other(Vec::new()) }),
            (_, true) => Expr { at, value: Value::Sum(operands) },
            (_, false) => Expr { at, value: Value::Other(operands) },
        }
    }

    fn operand(&mut self, commands: bool) -> Expr {
        let start = self.start();
        let Some(token) = self.peek() else {
            return Expr { at: ByteSpan::at(start), value: Value::Other(Vec::new()) };
        };
        match token.kind {
            Kind::Name => return self.named(commands, start),
            Kind::Number => {
                let at = token.at;
                let text = self.text.get(at.range()).unwrap_or_default().to_owned();
                self.bump();
                return Expr { at, value: Value::Number(text) };
            }
            _ => {}
        }
        let value = match &token.kind {
            Kind::Text(_) => match self.bump().map(|token| token.kind) {
                Some(Kind::Text(text)) => Value::Text(*text),
                _ => Value::Other(Vec::new()),
            },
            Kind::Sign("[") => {
                let entries = self.arguments("]");
                match entries.iter().any(|entry| entry.name.is_some()) {
                    true => Value::Map(entries),
                    false => Value::List(entries.into_iter().map(|entry| entry.value).collect()),
                }
            }
            Kind::Sign("(") => {
                let mut inner = self.arguments(")");
                match inner.len() {
                    1 => inner.pop().map_or(Value::Other(Vec::new()), |only| only.value.value),
                    _ => Value::Other(inner.into_iter().map(|argument| argument.value).collect()),
                }
            }
            Kind::Sign("{") => Value::Block(self.block()),
            // The caller sees that nothing was read.
            _ => return Expr { at: ByteSpan::at(start), value: Value::Other(Vec::new()) },
        };
        let head = Expr { at: self.since(start), value };
        let mut calls = Vec::new();
        self.further(&mut calls, commands);
        match calls.is_empty() {
            true => head,
            false => {
                let chain = Chain { head: Some(Box::new(head)), calls };
                Expr { at: self.since(start), value: Value::Chain(chain) }
            }
        }
    }

    /// A name with its dots, and the calls that it begins.
    fn named(&mut self, commands: bool, start: usize) -> Expr {
        let mut path = String::new();
        loop {
            path.push_str(self.name().unwrap_or_default());
            self.bump();
            if !(self.sign_at(0) == Some(".") && self.name_at(1).is_some()) {
                break;
            }
            path.push('.');
            self.bump();
        }
        let name = Label { text: path, at: self.since(start) };
        let mut calls = Vec::new();
        if let Some((arguments, block)) = self.called(commands) {
            calls.push(Call { name: name.clone(), arguments, block });
            self.further(&mut calls, commands);
        } else if self.sign_at(0) == Some("[") && self.adjoins() {
            let mut items = vec![Expr { at: name.at, value: Value::Name(name.text) }];
            items.extend(self.arguments("]").into_iter().map(|argument| argument.value));
            let mut further = Vec::new();
            self.further(&mut further, commands);
            return Expr { at: self.since(start), value: Value::Other(items) };
        } else {
            // `a\n  .b()`
            self.further(&mut calls, commands);
            if !calls.is_empty() {
                let head = Expr { at: name.at, value: Value::Name(name.text) };
                let chain = Chain { head: Some(Box::new(head)), calls };
                return Expr { at: self.since(start), value: Value::Chain(chain) };
            }
            return Expr { at: name.at, value: Value::Name(name.text) };
        }
        Expr { at: self.since(start), value: Value::Chain(Chain { head: None, calls }) }
    }

    /// Whether the token at hand stands right behind the last.
    fn adjoins(&mut self) -> bool {
        let last = self.last;
        self.raw(0).is_some_and(|token| token.at.start as usize == last)
    }

    /// What a name is called with: brackets, a block, or arguments up to the end of the line.
    fn called(&mut self, commands: bool) -> Option<(Vec<Argument>, Option<Block>)> {
        let adjoins = self.adjoins();
        let operator = self.name_at(0).is_some_and(|name| WORDS.contains(&name));
        match self.raw(0).map(|token| &token.kind)? {
            Kind::Sign("(") => {
                let arguments = self.arguments(")");
                let block = if self.sign_at(0) == Some("{") { Some(self.block()) } else { None };
                Some((arguments, block))
            }
            Kind::Sign("{") => Some((Vec::new(), Some(self.block()))),
            Kind::Sign("[") if commands && !adjoins => Some(self.command()),
            Kind::Text(_) | Kind::Number if commands => Some(self.command()),
            Kind::Name if commands && !operator => Some(self.command()),
            _ => None,
        }
    }

    /// Arguments without brackets.
    fn command(&mut self) -> (Vec<Argument>, Option<Block>) {
        let joined = std::mem::replace(&mut self.joined, false);
        let mut arguments = Vec::new();
        loop {
            let before = self.start();
            self.argument(&mut arguments);
            if self.start() == before || self.sign_at(0) != Some(",") {
                break;
            }
            self.bump();
            self.lines();
        }
        let block = if self.sign_at(0) == Some("{") { Some(self.block()) } else { None };
        self.joined = joined;
        (arguments, block)
    }

    /// `.name(…)` behind a value, on the next line too.
    fn further(&mut self, calls: &mut Vec<Call>, commands: bool) {
        // Blank lines between the calls of a chain.
        const MAX_LINES: usize = 4;
        loop {
            let lines = (0..MAX_LINES)
                .find(|index| !matches!(self.raw(*index), Some(Token { kind: Kind::Line, .. })))
                .unwrap_or_default();
            let dot = matches!(self.sign_at(lines), Some("." | "?." | "*."));
            if !dot || self.name_at(lines + 1).is_none() {
                return;
            }
            (0..=lines).for_each(|_| drop(self.bump()));
            let start = self.start();
            let text = self.name().unwrap_or_default().to_owned();
            self.bump();
            let name = Label { text, at: self.since(start) };
            let (arguments, block) = self.called(commands).unwrap_or_default();
            calls.push(Call { name, arguments, block });
        }
    }
}
