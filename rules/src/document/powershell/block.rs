//! Statements that a keyword begins: branches, loops, functions, and what has a block of its own.

use super::Reader;
use crate::document::script::{Branch, Command, Extent, List, Piece, PieceKind, Quote, Shape, Word};

/// Keywords with a condition, a block or both behind them.
const WITH_BLOCK: [&str; 20] = [
    "begin",
    "catch",
    "class",
    "clean",
    "configuration",
    "data",
    "do",
    "dynamicparam",
    "end",
    "enum",
    "finally",
    "for",
    "foreach",
    "param",
    "process",
    "switch",
    "trap",
    "try",
    "until",
    "while",
];
/// Longest keyword, in bytes.
const LONGEST: usize = 14;

impl Reader<'_> {
    /// The statement that a keyword begins here. Reads nothing if none does.
    pub(super) fn block_statement(&mut self) -> Option<Command> {
        let start = self.at;
        let word = self.keyword();
        if word == "return" {
            self.at += word.len();
            self.gap();
            return None;
        }
        let functions = ["function", "filter", "workflow"];
        if word != "if" && !functions.contains(&word.as_str()) && !WITH_BLOCK.contains(&word.as_str()) {
            return None;
        }
        self.at += word.len();
        let shape = match word.as_str() {
            "if" => self.branches(start),
            "foreach" => self.foreach(start),
            _ if functions.contains(&word.as_str()) => self.function(start),
            _ => self.block(start),
        };
        Some(Command { at: self.since(start), shape, redirections: Vec::new() })
    }

    /// The keyword that may stand here, in small letters.
    fn keyword(&self) -> String {
        let near = self.near(LONGEST + 1);
        let length = near.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let ends = near
            .get(length)
            .is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'(' | b'{' | b';' | b'}'));
        let word = near.get(..length).filter(|_| ends).unwrap_or_default();
        String::from_utf8_lossy(word).to_ascii_lowercase()
    }

    /// A list in brackets, if one opens here.
    fn bracketed(&mut self, open: u8, close: u8) -> Option<List> {
        if self.peek() != Some(open) {
            return None;
        }
        let start = self.at;
        self.at += 1;
        let list = self.deeper(|reader| reader.enclosed(start, close));
        if list.is_none() {
            let at = self.since(start);
            self.mark_unknown(at, "brackets that are nested too deep");
        }
        list
    }

    /// `(…)` behind blanks and line breaks, which are read only if it is there.
    fn condition(&mut self) -> Option<List> {
        self.behind(b'(', b')')
    }

    fn body(&mut self) -> Option<List> {
        self.behind(b'{', b'}')
    }

    fn behind(&mut self, open: u8, close: u8) -> Option<List> {
        let (before, comments) = (self.at, self.comments.len());
        self.lines();
        if self.peek() != Some(open) {
            self.at = before;
            self.comments.truncate(comments);
            return None;
        }
        self.bracketed(open, close)
    }

    fn branches(&mut self, start: usize) -> Shape {
        let mut branches = Vec::new();
        loop {
            let condition = self.condition();
            let Some(body) = self.body() else {
                let at = self.since(start);
                self.mark_unknown(at, "an `if` without a block");
                let body = self.nothing();
                branches.extend(condition.map(|condition| Branch { condition: Some(condition), body }));
                return Shape::If(branches);
            };
            branches.push(Branch { condition, body });
            let (before, comments) = (self.at, self.comments.len());
            self.lines();
            match self.keyword().as_str() {
                "elseif" => self.at += "elseif".len(),
                "else" => {
                    self.at += "else".len();
                    let body = self.body().unwrap_or_else(|| self.nothing());
                    branches.push(Branch { condition: None, body });
                    return Shape::If(branches);
                }
                _ => {
                    self.at = before;
                    self.comments.truncate(comments);
                    return Shape::If(branches);
                }
            }
        }
    }

    /// `foreach ($name in …) {…}`; in a pipeline the word is a program's.
    fn foreach(&mut self, start: usize) -> Shape {
        let before = self.at;
        self.gap();
        if !self.take("(") {
            self.at = before;
            return self.block(start);
        }
        let opened = self.at - 1;
        self.gap();
        let sign = usize::from(self.peek() == Some(b'$'));
        self.at += sign;
        let name = self.extent(self.at, self.at + if sign > 0 { self.name() } else { 0 });
        self.at = name.end as usize;
        self.gap();
        if self.keyword() == "in" {
            self.at += "in".len();
        }
        let over = self.deeper(|reader| reader.enclosed(opened, b')'));
        let over = over.map(|list| {
            let at = list.at;
            vec![Word {
                at,
                pieces: vec![Piece { at, quote: Quote::None, kind: PieceKind::Substitution(list) }],
            }]
        });
        let body = self.body().unwrap_or_else(|| self.nothing());
        Shape::For { name, over, body }
    }

    fn function(&mut self, start: usize) -> Shape {
        self.gap();
        let begin = self.at;
        let stops = |b: &&u8| !(b.is_ascii_whitespace() || matches!(**b, b'(' | b'{' | b';' | b'}'));
        self.at += self.rest().iter().take_while(stops).count();
        let name: Extent = self.since(begin);
        let parameters = self.condition();
        let Some(mut body) = self.body() else {
            let at = self.since(start);
            self.mark_unknown(at, "a function without a block");
            return Shape::Unknown;
        };
        // Defaults of parameters are part of the body.
        if let Some(parameters) = parameters.filter(|list| !list.items.is_empty()) {
            body.at = parameters.at.to(body.at.end as usize);
            body.items.splice(0..0, parameters.items);
        }
        let body = Command { at: body.at, shape: Shape::Group(body), redirections: Vec::new() };
        Shape::Function { name, body: Box::new(body) }
    }

    /// Words, a condition, a block: each of them may be missing.
    fn block(&mut self, start: usize) -> Shape {
        let mut condition = None;
        loop {
            if condition.is_none()
                && let Some(list) = self.condition()
            {
                condition = Some(list);
                continue;
            }
            if let Some(body) = self.body() {
                return match condition {
                    Some(condition) => Shape::Loop { condition, body },
                    None => Shape::Group(body),
                };
            }
            self.gap();
            let word = self.word(true);
            if word.at.is_empty() {
                break;
            }
        }
        condition.map_or_else(
            || {
                let at = self.since(start);
                self.mark_unknown(at, "a keyword without a block");
                Shape::Unknown
            },
            Shape::Group,
        )
    }
}
