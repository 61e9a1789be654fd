//! Lists and pipelines, and the reserved words that end them.

use super::{Closers, Reader, ends_word};
use crate::document::script::{Command, Item, Joint, List, Pipeline, Redirection, RedirectionKind, Shape};

/// Longest reserved word, in bytes.
const LONGEST_RESERVED: usize = 8;

impl Reader<'_, '_> {
    /// The reserved word that stands here, with nothing that makes it part of another word.
    pub(super) fn reserved(&self) -> &'static str {
        const RESERVED: [&str; 22] = [
            "!", "{", "}", "[[", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for",
            "function", "if", "in", "select", "then", "time", "until", "while", "]]",
        ];
        let length = self.rest().iter().take(LONGEST_RESERVED + 1).take_while(|b| !ends_word(**b)).count();
        let word = self.rest().get(..length).unwrap_or_default();
        let word = word.strip_suffix(b"\r").unwrap_or(word);
        let word = word.strip_suffix(b"\\").filter(|_| self.continued_at(length)).unwrap_or(word);
        RESERVED.into_iter().find(|known| known.as_bytes() == word).unwrap_or_default()
    }

    /// Whether the word of `length` bytes here ends in the sign that continues the line.
    fn continued_at(&self, length: usize) -> bool {
        self.ahead(length) == Some(b'\n')
    }

    /// Steps over a reserved word if it is next.
    pub(super) fn keyword(&mut self, word: &'static str) -> bool {
        let is = self.reserved() == word;
        if is {
            self.at += word.len();
        }
        is
    }

    /// What would be closed here, if anything.
    fn closer(&self) -> Option<Closers> {
        match self.peek()? {
            b')' => return Some(Closers::PAREN),
            b';' if matches!(self.ahead(1), Some(b';' | b'&')) => return Some(Closers::ARM),
            _ => {}
        }
        Some(match self.reserved() {
            "then" => Closers::THEN,
            "elif" | "else" => Closers::ELSE,
            "fi" => Closers::FI,
            "do" => Closers::DO,
            "done" => Closers::DONE,
            "esac" => Closers::ESAC,
            "}" => Closers::BRACE,
            _ => return None,
        })
    }

    /// Commands up to what closes something around them, which stays, or to the end.
    pub(super) fn list(&mut self) -> List {
        let start = self.at;
        let mut items: Vec<Item> = Vec::new();
        loop {
            self.lines();
            if self.at >= self.end {
                break;
            }
            let before = self.at;
            match self.closer() {
                Some(closer) if self.closers.has(closer) => break,
                Some(_) => items.push(self.stray()),
                None => {
                    let pipeline = self.pipeline();
                    let joint = self.joint();
                    if !pipeline.commands.is_empty() {
                        items.push(Item { pipeline, joint });
                    }
                }
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

    /// A list inside something that ends with one of `closers`.
    pub(super) fn list_until(&mut self, closers: Closers) -> List {
        let outer = self.closers;
        self.closers = outer.and(closers);
        let list = self.list();
        self.closers = outer;
        list
    }

    /// A sign or reserved word that belongs to nothing.
    fn stray(&mut self) -> Item {
        let start = self.at;
        match self.reserved() {
            _ if self.starts(";;") => self.at += 2,
            "" => self.step(),
            word => self.at += word.len(),
        }
        let at = self.since(start);
        self.unknown(at, "a sign or reserved word that belongs to nothing");
        let command = Command { at, shape: Shape::Unknown, redirections: Vec::new() };
        Item { pipeline: Pipeline { at, negated: false, commands: vec![command] }, joint: Joint::Sequence }
    }

    /// What stands behind a pipeline.
    fn joint(&mut self) -> Joint {
        self.gap();
        if self.take("&&") {
            return Joint::And;
        }
        if self.take("||") {
            return Joint::Or;
        }
        if self.starts(";;") || self.starts(";&") {
            return Joint::Sequence;
        }
        if self.take("&") {
            return Joint::Background;
        }
        self.take(";");
        Joint::Sequence
    }

    fn pipeline(&mut self) -> Pipeline {
        let start = self.at;
        let mut negated = false;
        loop {
            match self.reserved() {
                "!" => {
                    negated = !negated;
                    self.at += 1;
                }
                "time" if !self.is_program_time() => {
                    self.at += "time".len();
                    self.blanks();
                    if self.starts("-p ") {
                        self.at += 2;
                    }
                }
                _ => break,
            }
            self.blanks();
        }
        let mut commands: Vec<Command> = Vec::new();
        loop {
            let before = self.at;
            let command = self.command();
            let empty = self.at == before;
            if !empty {
                commands.push(command);
            }
            self.blanks();
            let sign = self.at;
            if self.starts("||") || !self.take("|") {
                break;
            }
            let both = self.take("&");
            if empty {
                let at = self.since(sign);
                self.unknown(at, "a pipe that no command writes to");
            } else if both && let Some(command) = commands.last_mut() {
                let at = self.since(sign);
                let target = self.empty();
                command.at = command.at.to(self.at);
                let kind = RedirectionKind::PipeBoth;
                command.redirections.push(Redirection {
                    at,
                    descriptor: None,
                    kind,
                    target,
                    here_document: None,
                });
            }
            self.lines();
        }
        let end = commands.last().map_or(self.at, |command| command.at.end as usize);
        Pipeline { at: self.extent(start, end.max(start)), negated, commands }
    }

    /// `time` with options of its own is a program; the reserved word knows `-p` only.
    fn is_program_time(&self) -> bool {
        let rest = self.rest().get("time".len()..).unwrap_or_default();
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let rest = rest.get(blanks..).unwrap_or_default();
        rest.starts_with(b"-") && !rest.starts_with(b"-p ")
    }
}
