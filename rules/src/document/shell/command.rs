//! Commands: what shape one has, and the words of a simple one.

use super::word::Mode;
use super::{MAX_DEPTH, MAX_INDEX, Reader, ends_word};
use crate::document::script::{Command, Piece, PieceKind, Quote, Redirection, Shape, Simple, Word};

/// Programs of the shell whose arguments assign.
const DECLARING: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];

impl Reader<'_, '_> {
    /// The command that begins here. Reads nothing if none does.
    pub(super) fn command(&mut self) -> Command {
        let start = self.at;
        let mut shape = self.deeper(Self::compound).flatten();
        while shape.is_none() && matches!(self.reserved(), "coproc") {
            self.coprocess();
            shape = self.deeper(Self::compound).flatten();
        }
        let mut redirections = Vec::new();
        let (shape, end) = match shape {
            None if self.depth >= MAX_DEPTH && self.begins_compound() => (self.too_deep(), self.at),
            // A function's redirections belong to its body.
            Some(Shape::Function { name, body }) => {
                let end = body.at.end as usize;
                (Shape::Function { name, body }, end)
            }
            Some(shape) => {
                let end = self.at;
                self.redirections(&mut redirections);
                (shape, end)
            }
            None => self.simple(&mut redirections),
        };
        let end = redirections.last().map_or(end, |redirection| end.max(redirection.at.end as usize));
        Command { at: self.extent(start, end.max(start)), shape, redirections }
    }

    fn begins_compound(&self) -> bool {
        let words = ["{", "[[", "case", "for", "function", "if", "select", "until", "while"];
        self.peek() == Some(b'(') || words.contains(&self.reserved())
    }

    /// At the depth limit only the opening word of a compound command is read over; its commands come as if they stood
    /// beside it.
    fn too_deep(&mut self) -> Shape {
        let start = self.at;
        self.at += self.reserved().len().max(1);
        let at = self.since(start);
        self.unknown(at, "a compound command that is nested too deep");
        Shape::Unknown
    }

    /// Steps over `coproc` and the name it may have before a compound command.
    fn coprocess(&mut self) {
        self.at += "coproc".len();
        self.blanks();
        let before = self.at;
        self.at += self.rest().iter().take_while(|b| !ends_word(**b)).count();
        let named = self.at;
        self.blanks();
        let compound =
            self.peek() == Some(b'(') || matches!(self.reserved(), "{" | "if" | "while" | "for" | "case");
        self.at = if compound && named > before { self.at } else { before };
    }

    fn redirections(&mut self, into: &mut Vec<Redirection>) {
        loop {
            self.blanks();
            match self.redirection() {
                Some(redirection) => into.push(redirection),
                None => return,
            }
        }
    }

    /// Assignments, words and redirections up to what ends a command, and where the last of them ends.
    fn simple(&mut self, redirections: &mut Vec<Redirection>) -> (Shape, usize) {
        let mut simple = Simple::default();
        let mut end = self.at;
        let mut declares = false;
        loop {
            self.blanks();
            let Some(next) = self.peek() else { break };
            if let Some(redirection) = self.redirection() {
                redirections.push(redirection);
                continue;
            }
            let templated = next == b'<' && self.hole_here().is_some();
            match next {
                b'\n' | b';' | b'&' | b'|' | b')' | b'#' => break,
                b'(' => {
                    if let [name] = simple.words.as_slice()
                        && simple.assignments.is_empty()
                        && let Some((shape, end)) = self.function_behind(name)
                    {
                        return (shape, end);
                    }
                    if simple.words.is_empty() && simple.assignments.is_empty() {
                        break;
                    }
                    let word = self.parenthesis();
                    end = self.at;
                    simple.words.push(word);
                    continue;
                }
                b'<' | b'>' if !templated && self.ahead(1) != Some(b'(') => break,
                _ => {}
            }
            if simple.words.is_empty()
                && let Some(assignment) = self.assignment()
            {
                end = self.at;
                simple.assignments.push(assignment);
                continue;
            }
            if declares && let Some(assignment) = self.assignment() {
                end = self.at;
                simple.declarations.push(assignment);
                continue;
            }
            let before = self.at;
            let word = self.word(Mode::Word);
            if self.at == before {
                break;
            }
            if simple.words.is_empty() {
                declares = word.known().is_some_and(|name| DECLARING.contains(&name.as_str()));
            }
            end = self.at;
            simple.words.push(word);
        }
        (Shape::Simple(simple), end)
    }

    /// A parenthesis where none may stand: unknown up to its end on the same line.
    fn parenthesis(&mut self) -> Word {
        let start = self.at;
        let near = self.near(MAX_INDEX);
        let mut open = 0usize;
        let length = near.iter().take_while(|byte| **byte != b'\n').position(|byte| {
            match byte {
                b'(' => open += 1,
                b')' => open = open.saturating_sub(1),
                _ => {}
            }
            open == 0
        });
        self.at = start + length.map_or(1, |closing| closing + 1);
        let at = self.since(start);
        self.unknown(at, "a parenthesis where none may stand");
        Word { at, pieces: vec![Piece { at, quote: Quote::None, kind: PieceKind::Unknown }] }
    }
}
