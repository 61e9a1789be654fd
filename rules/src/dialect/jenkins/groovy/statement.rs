//! Statements from tokens.

use super::read::Reader;
use super::token::{Kind, Token};
use super::{Argument, Call, Chain, Expr, Label, Statement, Value};
use crate::span::ByteSpan;

/// Words before a declaration that say nothing here.
const MODIFIERS: [&str; 9] =
    ["static", "final", "private", "public", "protected", "abstract", "transient", "else", "do"];
/// Types of what a method gives.
const TYPES: [&str; 9] = ["void", "String", "boolean", "Boolean", "int", "Integer", "Map", "List", "Object"];
/// Most tokens of a type's parameters: `Map<String, List<String>>`.
const MAX_GENERICS: usize = 16;

impl Reader<'_> {
    /// Statements up to a closing brace, if they stand in a block, or to the end.
    pub(super) fn statements(&mut self, inside: bool) -> Vec<Statement> {
        let mut statements = Vec::new();
        while let Some(token) = self.raw(0) {
            match token.kind {
                Kind::Line | Kind::Sign(";" | ":" | ",") => drop(self.bump()),
                Kind::Sign("}") if inside => break,
                Kind::Sign("{") => {
                    let block = self.block();
                    statements.push(Statement::Block(block));
                }
                Kind::Sign("@") => self.annotation(&mut statements),
                _ => {
                    let before = self.start();
                    self.statement(&mut statements);
                    if self.start() == before {
                        let at = self.bump().map_or(ByteSpan::at(before), |token| token.at);
                        self.unknown.push((at, "a sign that does not belong there"));
                    }
                }
            }
        }
        statements
    }

    /// `@Library('a') _`, `@Field`: a call of that name.
    fn annotation(&mut self, statements: &mut Vec<Statement>) {
        let start = self.start();
        self.bump();
        let Some(name) = self.name() else { return };
        let text = format!("@{name}");
        self.bump();
        let label = Label { text, at: self.since(start) };
        if self.sign_at(0) != Some("(") {
            return;
        }
        let arguments = self.arguments(")");
        if self.name_at(0) == Some("_") {
            self.bump();
        }
        let at = self.since(start);
        statements.push(call(at, label, arguments));
    }

    fn statement(&mut self, statements: &mut Vec<Statement>) {
        let Some(word) = self.name() else { return self.value(statements) };
        match word {
            "if" | "while" | "for" | "switch" | "synchronized" | "catch" if self.sign_at(1) == Some("(") => {
                let start = self.start();
                self.bump();
                let inner = self.arguments(")");
                let values = inner.into_iter().map(|argument| argument.value).collect();
                statements
                    .push(Statement::Value(Expr { at: self.since(start), value: Value::Other(values) }));
            }
            "try" => {
                self.bump();
                self.attempt(statements);
            }
            "import" | "package" => {
                while !matches!(self.raw(0), None | Some(Token { kind: Kind::Line | Kind::Sign(";"), .. })) {
                    self.bump();
                }
            }
            "throw" => {
                let label = Label { text: word.to_owned(), at: ByteSpan::at(self.start()) };
                self.bump();
                statements.push(call(label.at, label, Vec::new()));
            }
            "class" | "interface" | "enum" | "trait" if self.name_at(1).is_some() => {
                while !matches!(self.raw(0), None | Some(Token { kind: Kind::Sign("{") | Kind::Line, .. })) {
                    self.bump();
                }
            }
            "return" | "assert" | "case" | "default" if self.sign_at(1) != Some("(") => drop(self.bump()),
            word if MODIFIERS.contains(&word) && !matches!(self.sign_at(1), Some("(" | "=" | ".")) => {
                drop(self.bump());
            }
            "def" | "var" => {
                self.bump();
                self.declared(statements);
            }
            word => {
                if self.types(word) {
                    return self.declared(statements);
                }
                self.value(statements);
            }
        }
    }

    /// Passes over the type at hand, if a declaration begins with it.
    fn types(&mut self, word: &str) -> bool {
        let begins = |reader: &mut Self, at: usize| {
            let sets = reader.name_at(at).is_some() && reader.sign_at(at + 1) == Some("=");
            let method = at == 1 && TYPES.contains(&word) && reader.sign_at(at + 1) == Some("(");
            sets || method && reader.name_at(at).is_some()
        };
        let mut length = 1;
        if self.sign_at(1) == Some("<") {
            let end = (2..MAX_GENERICS).find(|index| match self.raw(*index).map(|token| &token.kind) {
                Some(Kind::Sign(">" | ">>")) => true,
                Some(Kind::Name | Kind::Sign("," | "<" | "." | "?")) => false,
                _ => true,
            });
            length = end.map_or(1, |end| end + 1);
        } else if self.sign_at(1) == Some("[") && self.sign_at(2) == Some("]") {
            length = 3;
        }
        let found = begins(self, length);
        if found {
            (0..length).for_each(|_| drop(self.bump()));
        }
        found
    }

    /// What stands behind `def` or a type: a variable, or a method.
    fn declared(&mut self, statements: &mut Vec<Statement>) {
        if self.name().is_none() {
            return;
        }
        // `def Type name`
        if self.name_at(1).is_some() && matches!(self.sign_at(2), Some("=" | "(")) {
            self.bump();
        }
        if self.sign_at(1) == Some("(") {
            let start = self.start();
            let text = self.name().unwrap_or_default().to_owned();
            self.bump();
            let name = Label { text, at: self.since(start) };
            self.arguments(")");
            self.lines();
            if self.is("{") {
                let body = self.block();
                statements.push(Statement::Method { name, body });
            }
            return;
        }
        self.value(statements);
    }

    /// A value, or what a name is set to.
    fn value(&mut self, statements: &mut Vec<Statement>) {
        let expr = self.expression(true);
        let sets = matches!(self.sign_at(0), Some("="));
        if !sets {
            if !matches!(&expr.value, Value::Other(values) if values.is_empty()) {
                statements.push(Statement::Value(expr));
            }
            return;
        }
        self.bump();
        self.lines();
        let value = self.expression(true);
        match expr.value {
            Value::Name(text) => {
                statements.push(Statement::Set { name: Label { text, at: expr.at }, value });
            }
            // `env['NAME'] = …`
            Value::Other(parts) => {
                let name = match parts.as_slice() {
                    [Expr { value: Value::Name(map), .. }, key] => {
                        key.literal().map(|key| format!("{map}.{key}"))
                    }
                    _ => None,
                };
                match name {
                    Some(text) => {
                        statements.push(Statement::Set { name: Label { text, at: expr.at }, value })
                    }
                    None => statements.push(Statement::Value(value)),
                }
            }
            _ => statements.push(Statement::Value(value)),
        }
    }

    /// `try { … } catch (…) { … } finally { … }`, from the block on.
    fn attempt(&mut self, statements: &mut Vec<Statement>) {
        self.lines();
        if !self.is("{") {
            return;
        }
        let body = self.block();
        let (mut caught, mut last) = (Vec::new(), None);
        loop {
            self.lines();
            match self.name() {
                Some("catch") if self.sign_at(1) == Some("(") => {
                    self.bump();
                    self.arguments(")");
                    self.lines();
                    if self.is("{") {
                        caught.push(self.block());
                    }
                }
                Some("finally") if self.sign_at(1) == Some("{") => {
                    self.bump();
                    last = Some(self.block());
                }
                _ => break,
            }
        }
        statements.push(Statement::Try { body, caught });
        statements.extend(last.map(Statement::Block));
    }
}

fn call(at: ByteSpan, name: Label, arguments: Vec<Argument>) -> Statement {
    let chain = Chain { head: None, calls: vec![Call { name, arguments, block: None }] };
    Statement::Value(Expr { at, value: Value::Chain(chain) })
}
