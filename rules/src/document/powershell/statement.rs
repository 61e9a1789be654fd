//! Lists, pipelines, commands, expressions and assignments.

use super::{MAX_NAME, Reader};
use crate::document::script::{
    Assigned, Assignment, Command, Extent, Item, Joint, List, Piece, PieceKind, Pipeline, Quote, Redirection,
    RedirectionKind, Shape, Simple, Word,
};

/// Operators that assign.
const ASSIGNS: [&str; 7] = ["=", "+=", "-=", "*=", "/=", "%=", "??="];

impl Reader<'_> {
    /// Statements up to the sign that closes the list, which stays, or to the end.
    pub(super) fn list(&mut self) -> List {
        let start = self.at;
        let mut items: Vec<Item> = Vec::new();
        loop {
            self.lines();
            let Some(next) = self.peek() else { break };
            if self.close == Some(next) {
                break;
            }
            if matches!(next, b';' | b',') {
                self.at += 1;
                continue;
            }
            let before = self.at;
            let pipeline = self.pipeline();
            let joint = self.joint();
            if !pipeline.commands.is_empty() {
                items.push(Item { pipeline, joint });
            }
            if self.at == before {
                items.push(self.stray());
            }
        }
        let at = match (items.first(), items.last()) {
            (Some(first), Some(last)) => first.pipeline.at.to(last.pipeline.at.end as usize),
            _ => self.extent(start, start),
        };
        List { at, items }
    }

    fn stray(&mut self) -> Item {
        let start = self.at;
        self.step();
        let at = self.since(start);
        self.mark_unknown(at, "a sign that belongs to nothing");
        let command = Command { at, shape: Shape::Unknown, redirections: Vec::new() };
        Item { pipeline: Pipeline { at, negated: false, commands: vec![command] }, joint: Joint::Sequence }
    }

    fn joint(&mut self) -> Joint {
        self.gap();
        if self.take("&&") {
            return Joint::And;
        }
        if self.take("||") {
            return Joint::Or;
        }
        if self.take("&") { Joint::Background } else { Joint::Sequence }
    }

    pub(super) fn pipeline(&mut self) -> Pipeline {
        let start = self.at;
        let mut commands = Vec::new();
        loop {
            let before = self.at;
            let command = self.command();
            if self.at > before {
                commands.push(command);
            }
            self.gap();
            if self.starts("||") || !self.take("|") {
                break;
            }
            self.lines();
        }
        let end = commands.last().map_or(start, |command| command.at.end as usize);
        Pipeline { at: self.extent(start, end), negated: false, commands }
    }

    fn command(&mut self) -> Command {
        let start = self.at;
        if let Some(command) = self.block_statement() {
            return command;
        }
        if let Some((name, behind, appends)) = self.target() {
            return self.assignment(start, name, behind, appends);
        }
        self.simple()
    }

    /// A program with its arguments, or the words of an expression.
    fn simple(&mut self) -> Command {
        let start = self.at;
        let called = self.call_sign();
        let first = self.peek();
        let expression = !called
            && first.is_some_and(|b| {
                matches!(b, b'$' | b'@' | b'(' | b'[' | b'\'' | b'"' | b'-' | b'!') || b.is_ascii_digit()
            });
        let mut simple = Simple::default();
        let mut redirections = Vec::new();
        let mut end = self.at;
        loop {
            self.gap();
            if let Some(redirection) = self.redirection() {
                end = self.at;
                redirections.push(redirection);
                continue;
            }
            let word = match self.peek() {
                None | Some(b'\n' | b';' | b'|' | b'&' | b')' | b'}') => break,
                // A comma parts arguments of a call, and the values of an expression.
                Some(b',') if expression && self.close == Some(b')') => break,
                Some(b',') if expression => {
                    self.at += 1;
                    self.lines();
                    continue;
                }
                Some(b',' | b'+' | b'>') => {
                    let start = self.at;
                    self.at += 1;
                    self.literal(start)
                }
                _ if self.starts("--% ") => {
                    let start = self.at;
                    self.at = self.line_end(start);
                    self.literal(start)
                }
                _ => self.word(expression),
            };
            if word.at.is_empty() {
                break;
            }
            end = self.at;
            simple.words.push(word);
        }
        Command { at: self.extent(start, end), shape: Shape::Simple(simple), redirections }
    }

    /// A word of the characters from `start` to here.
    fn literal(&self, start: usize) -> Word {
        let at = self.since(start);
        let kind = PieceKind::Literal(self.slice(at.range()).into());
        Word { at, pieces: vec![Piece { at, quote: Quote::None, kind }] }
    }

    /// Steps over `&` and `.` before what is to be run.
    fn call_sign(&mut self) -> bool {
        let blank = matches!(self.ahead(1), Some(b' ' | b'\t'));
        let is = match self.peek() {
            Some(b'&') => blank || matches!(self.ahead(1), Some(b'"' | b'\'' | b'$' | b'(' | b'{')),
            Some(b'.') => blank,
            _ => false,
        };
        if is {
            self.at += 1;
            self.gap();
        }
        is
    }

    /// `>`, `2>>`, `*>`, `2>&1`.
    fn redirection(&mut self) -> Option<Redirection> {
        let start = self.at;
        let length = usize::from(self.peek().is_some_and(|b| b.is_ascii_digit() || b == b'*'));
        if self.ahead(length) != Some(b'>') {
            return None;
        }
        self.at += length;
        let kind = if self.take(">>") {
            RedirectionKind::Append
        } else if self.take(">&") {
            RedirectionKind::DuplicateOutput
        } else {
            self.at += 1;
            RedirectionKind::Write
        };
        self.gap();
        let target = self.word(false);
        let descriptor = (length > 0).then(|| self.extent(start, start + length));
        Some(Redirection { at: self.since(start), descriptor, kind, target, here_document: None })
    }

    /// The name of what is assigned to here, how far the value is, and whether it is added. Reads nothing.
    fn target(&self) -> Option<(Extent, usize, bool)> {
        let near = self.near(MAX_NAME);
        let mut at = 0;
        while near.get(at) == Some(&b'[') {
            at += near.get(at..)?.iter().take_while(|b| **b != b'\n').position(|b| *b == b']')? + 1;
            at += near.get(at..)?.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        }
        let in_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'.');
        let (start, length) = match near.get(at)? {
            b'$' if near.get(at + 1) == Some(&b'{') => {
                (at + 2, near.get(at + 2..)?.iter().position(|b| *b == b'}')?)
            }
            b'$' => (at + 1, near.get(at + 1..)?.iter().take_while(in_name).count()),
            quote @ (b'\'' | b'"') if self.close == Some(b'}') => {
                (at + 1, near.get(at + 1..)?.iter().take_while(|b| **b != b'\n').position(|b| b == quote)?)
            }
            _ if self.close == Some(b'}') => (at, near.get(at..)?.iter().take_while(in_name).count()),
            _ => return None,
        };
        let closing =
            usize::from(matches!(near.get(start + length), Some(b'}' | b'\'' | b'"')) && start > at);
        let mut behind = start + length + closing;
        behind += near.get(behind..)?.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let rest = near.get(behind..)?;
        let sign = ASSIGNS.into_iter().find(|sign| rest.starts_with(sign.as_bytes()))?;
        let name = self.extent(self.at + start, self.at + start + length);
        (length > 0).then_some((name, behind + sign.len(), sign != "="))
    }

    fn assignment(&mut self, start: usize, name: Extent, behind: usize, appends: bool) -> Command {
        self.at += behind;
        self.lines();
        let value = self.deeper(Self::pipeline);
        let word = match value {
            None => {
                let at = self.since(start);
                self.mark_unknown(at, "assignments that are nested too deep");
                Word { at: self.since(self.at), pieces: Vec::new() }
            }
            Some(pipeline) => value_of(pipeline),
        };
        let end = (word.at.end as usize).max(name.end as usize);
        let at = self.extent(start, end);
        let assignment = Assignment { at, name, index: None, appends, value: Assigned::Word(word) };
        let simple = Simple { assignments: vec![assignment], ..Simple::default() };
        Command { at, shape: Shape::Simple(simple), redirections: Vec::new() }
    }
}

/// What a pipeline gives: its only word, or what its commands write.
fn value_of(mut pipeline: Pipeline) -> Word {
    if let [command] = pipeline.commands.as_mut_slice()
        && command.redirections.is_empty()
        && let Shape::Simple(simple) = &mut command.shape
        && simple.assignments.is_empty()
        && simple.words.len() == 1
        && let Some(word) = simple.words.pop()
    {
        // A bare word is a program that runs.
        let bare = word.pieces.first().is_none_or(|piece| {
            piece.quote == Quote::None
                && piece.literal().is_some_and(|text| !text.starts_with(|c: char| c.is_ascii_digit()))
        }) && !word.at.is_empty()
            && !word.pieces.is_empty();
        if !bare {
            return word;
        }
        simple.words.push(word);
    }
    let at = pipeline.at;
    if pipeline.commands.is_empty() {
        return Word { at, pieces: Vec::new() };
    }
    let list = List { at, items: vec![Item { pipeline, joint: Joint::Sequence }] };
    Word { at, pieces: vec![Piece { at, quote: Quote::None, kind: PieceKind::Substitution(list) }] }
}
