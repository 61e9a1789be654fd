//! Expressions: operators by how firmly they bind, calls, properties, lambdas.

use super::parser::{Parsed, Parser, Part};
use super::{INDEX, LAMBDA, METHOD, NAME, NESTED, PROPERTY};
use crate::document::{Data, Node};

/// Operators of two sides, the function that each stands for, and how firmly it binds. Longer signs stand first.
/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/bicep/operators#operator-precedence-and-associativity>.
const OPERATORS: [(&str, &str, u8); 16] = [
    ("??", "coalesce", 1),
    ("||", "or", 2),
    ("&&", "and", 3),
    ("==", "equals", 4),
    ("!=", "$unequal", 4),
    ("=~", "$alike", 4),
    ("!~", "$unlike", 4),
    ("<=", "lessorequals", 5),
    (">=", "greaterorequals", 5),
    ("<", "less", 5),
    (">", "greater", 5),
    ("+", "add", 6),
    ("-", "sub", 6),
    ("*", "mul", 7),
    ("/", "div", 7),
    ("%", "mod", 7),
];

impl Parser<'_> {
    /// The expression that the whole text is.
    pub(super) fn whole(&mut self) -> Result<Node, &'static str> {
        let found = self.expression()?;
        self.space();
        match self.rest().is_empty() {
            true => Ok(found.node),
            false => Err("an expression ends too early"),
        }
    }

    pub(super) fn expression(&mut self) -> Parsed {
        self.deeper(|this| {
            this.space();
            let start = this.at;
            let condition = this.binary(1)?;
            // `a ? b : c` may go on over lines; `a?.b` is none.
            let before = this.at;
            this.lines();
            if this.json || this.rest().starts_with("?.") || this.rest().starts_with("??") || !this.eat("?") {
                this.at = before;
                return Ok(condition);
            }
            this.lines();
            let when = this.expression()?;
            this.lines();
            this.expect(":", "a choice without its other branch")?;
            this.lines();
            let otherwise = this.expression()?;
            this.tagged("if", start, vec![condition, when, otherwise])
        })
    }

    fn binary(&mut self, least: u8) -> Parsed {
        let start = self.at;
        let mut left = self.unary()?;
        while let Some((name, binds)) = self.operator(least) {
            self.lines();
            let right = self.deeper(|this| this.binary(binds + 1))?;
            left = self.tagged(name, start, vec![left, right])?;
        }
        Ok(left)
    }

    /// Goes past an operator that binds at least so firmly.
    fn operator(&mut self, least: u8) -> Option<(&'static str, u8)> {
        if self.json {
            return None;
        }
        let before = self.at;
        self.space();
        let same_line = self.at;
        self.lines();
        let is_below = self.at != same_line;
        let rest = self.rest();
        let found = OPERATORS.iter().find(|(sign, _, _)| rest.starts_with(sign));
        // A line that begins with a minus is an item of its own.
        let found = found.filter(|(sign, _, binds)| *binds >= least && !(is_below && *sign == "-"));
        match found {
            Some((sign, name, binds)) => {
                self.at += sign.len();
                Some((name, *binds))
            }
            None => {
                self.at = before;
                None
            }
        }
    }

    fn unary(&mut self) -> Parsed {
        self.space();
        let start = self.at;
        if self.json {
            return self.postfix();
        }
        if self.eat("!") {
            let of = self.deeper(Self::unary)?;
            return self.tagged("not", start, vec![of]);
        }
        let is_number = self.rest().as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        if self.rest().starts_with('-') && !is_number {
            self.at += 1;
            let of = self.deeper(Self::unary)?;
            return self.tagged("$minus", start, vec![of]);
        }
        self.postfix()
    }

    fn postfix(&mut self) -> Parsed {
        let start = self.at;
        let mut of = self.primary()?;
        loop {
            let before = self.at;
            self.space();
            if self.eat("::") {
                let name = self.name("no name behind `::`")?;
                of = self.tagged(NESTED, start, vec![of, name])?;
            } else if self.eat(".?") || self.eat("?.") || self.dot() {
                of = self.member(of, start)?;
            } else if self.rest().starts_with('[') && (self.json || before == self.at) {
                self.at += 1;
                self.eat("?");
                let which = self.inside("]", "an index that is not closed")?;
                of = self.tagged(INDEX, start, vec![of, which])?;
            } else if self.bang() {
                // `x!` says that it is not null.
                self.at += 1;
            } else {
                self.at = before;
                return Ok(of);
            }
        }
    }

    /// Goes past the dot before a property; `...` is none.
    fn dot(&mut self) -> bool {
        !self.rest().starts_with("..") && self.eat(".")
    }

    fn bang(&self) -> bool {
        let rest = self.rest();
        !self.json && rest.starts_with('!') && !rest.starts_with("!=") && !rest.starts_with("!~")
    }

    /// `.name`, or `.name(arguments)`.
    fn member(&mut self, of: Part, start: usize) -> Parsed {
        self.space();
        let name = self.name("no name behind a dot")?;
        if !self.rest().starts_with('(') {
            return self.tagged(PROPERTY, start, vec![of, name]);
        }
        let mut parts = vec![of, name];
        parts.extend(self.arguments()?);
        self.tagged(METHOD, start, parts)
    }

    fn primary(&mut self) -> Parsed {
        self.space();
        let start = self.at;
        match self.rest().chars().next() {
            Some('\'') => self.string(),
            Some('$') if self.rest().trim_start_matches('$').starts_with("'''") => self.string(),
            Some('(') => self.parenthesis(),
            Some('{') if !self.json => self.object(),
            Some('[') if !self.json => self.array(),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.named(start),
            _ => Err("a sign that cannot begin a value"),
        }
    }

    fn number(&mut self) -> Parsed {
        let start = self.at;
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_digit() || c == '.';
        let end = rest.get(1..).and_then(|r| r.find(|c| !is_part(c))).map_or(rest.len(), |end| end + 1);
        self.at += end;
        let number = rest.get(..end).unwrap_or_default();
        self.leaf(self.ground.span(start, self.at), Data::Number(number.into()))
    }

    /// A word: a literal, a call, a lambda of one parameter, or a name.
    fn named(&mut self, start: usize) -> Parsed {
        let word = self.word();
        self.at += word.len();
        let span = self.ground.span(start, self.at);
        // In JSON they are functions as well.
        let is_call = self.rest().starts_with('(');
        match word {
            _ if is_call => {}
            "true" => return self.leaf(span, Data::Bool(true)),
            "false" => return self.leaf(span, Data::Bool(false)),
            "null" => return self.leaf(span, Data::Null),
            _ => {}
        }
        let name = self.plain(word, start)?;
        if self.rest().starts_with('(') || (self.json && self.rest().trim_start().starts_with('(')) {
            self.space();
            let arguments = self.arguments()?;
            return self.tagged(&word.to_ascii_lowercase(), start, arguments);
        }
        let before = self.at;
        self.space();
        if !self.json && self.eat("=>") {
            self.lines();
            let body = self.expression()?;
            return self.tagged(LAMBDA, start, vec![name, body]);
        }
        self.at = before;
        self.tagged(NAME, start, vec![name])
    }

    /// Arguments between parentheses.
    fn arguments(&mut self) -> Result<Vec<Part>, &'static str> {
        self.at += 1;
        self.parentheses += 1;
        let found = self.listed();
        self.parentheses -= 1;
        found
    }

    fn listed(&mut self) -> Result<Vec<Part>, &'static str> {
        let mut all = Vec::new();
        loop {
            self.space();
            if self.eat(")") {
                return Ok(all);
            }
            all.push(self.expression()?);
            self.space();
            if !self.eat(",") && !self.rest().starts_with(')') {
                return Err("arguments that are not closed");
            }
        }
    }

    /// An expression up to the sign that closes it.
    fn inside(&mut self, end: &str, why: &'static str) -> Parsed {
        self.parentheses += 1;
        let found = self.expression();
        let closed = found.and_then(|found| self.expect(end, why).map(|()| found));
        self.parentheses -= 1;
        closed
    }

    /// `(a)`, or the parameters of a lambda: `(a, b) => a`.
    fn parenthesis(&mut self) -> Parsed {
        let start = self.at;
        let inner = self.rest().get(1..).unwrap_or_default();
        let is_parameter = |c: char| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | ',');
        let close = inner
            .find(|c| !is_parameter(c))
            .filter(|end| inner.get(*end..).is_some_and(|r| r.starts_with(')')));
        let behind = close.and_then(|end| inner.get(end + 1..));
        if !self.json && behind.is_some_and(|behind| behind.trim_start().starts_with("=>")) {
            return self.lambda(start);
        }
        self.at += 1;
        self.inside(")", "a parenthesis that is not closed")
    }

    fn lambda(&mut self, start: usize) -> Parsed {
        self.at += 1;
        self.parentheses += 1;
        let mut parts = Vec::new();
        loop {
            self.space();
            if self.eat(")") {
                break;
            }
            if !self.eat(",") {
                let name = self.name("a parameter without a name");
                parts.push(name.inspect_err(|_| self.parentheses -= 1)?);
            }
        }
        self.parentheses -= 1;
        self.space();
        self.eat("=>");
        self.lines();
        parts.push(self.expression()?);
        self.tagged(LAMBDA, start, parts)
    }
}
