//! Assignments of words and arrays.

use super::word::Mode;
use super::{MAX_INDEX, Reader, begins_name, in_name};
use crate::document::script::{Assigned, Assignment, Extent, Word};

impl Reader<'_, '_> {
    /// The assignment that begins here. Reads nothing if none does.
    pub(super) fn assignment(&mut self) -> Option<Assignment> {
        let start = self.at;
        let name = self.name_here()?;
        let length = name.len();
        let sign = match self.ahead(length)? {
            b'[' => self.index_end(length)?,
            _ => length,
        };
        let behind = self.rest().get(sign..)?;
        if !(behind.starts_with(b"=") || behind.starts_with(b"+=")) {
            return None;
        }
        self.at += length;
        let mut index = None;
        if self.peek() == Some(b'[') {
            self.at += 1;
            index = Some(self.index());
            if !(self.starts("=") || self.starts("+=")) {
                self.at = start;
                return None;
            }
        }
        let appends = self.take("+");
        self.at += 1;
        let value = self.assigned();
        Some(Assignment { at: self.since(start), name, index, appends, value })
    }

    /// The name that begins here.
    pub(super) fn name_here(&self) -> Option<Extent> {
        if !self.peek().is_some_and(begins_name) {
            return None;
        }
        let length = self.rest().iter().take_while(|b| in_name(**b)).count();
        Some(self.extent(self.at, self.at + length))
    }

    /// How far the assignment sign behind an index is, if one is there.
    fn index_end(&self, from: usize) -> Option<usize> {
        let near = self.rest().get(from..)?;
        let near = near.get(..MAX_INDEX.min(near.len()))?;
        let line = near.split(|b| *b == b'\n').next()?;
        (1..line.len())
            .find(|at| {
                let behind = line.get(at + 1..).unwrap_or_default();
                line.get(*at) == Some(&b']') && (behind.starts_with(b"=") || behind.starts_with(b"+="))
            })
            .map(|at| from + at + 1)
    }

    /// An index up to its bracket, and the bracket.
    pub(super) fn index(&mut self) -> Word {
        let word = self.word(Mode::Index);
        if !self.take("]") {
            let at = word.at;
            self.unknown(at, "an index that does not end");
        }
        word
    }

    fn assigned(&mut self) -> Assigned {
        if self.peek() == Some(b'(')
            && let Some(items) = self.deeper(Self::array)
        {
            return Assigned::Array(items);
        }
        Assigned::Word(self.word(Mode::Word))
    }

    fn array(&mut self) -> Vec<(Option<Word>, Word)> {
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.lines();
            if self.take(")") {
                return items;
            }
            let before = self.at;
            let mut index = None;
            if self.peek() == Some(b'[') && self.index_end(0).is_some() {
                self.at += 1;
                index = Some(self.index());
                if !self.take("+=") && !self.take("=") {
                    self.at = before;
                    index = None;
                }
            }
            let word = self.word(Mode::Word);
            if self.at == before {
                let at = self.since(start);
                self.unknown(at, "an array that does not end");
                return items;
            }
            items.push((index, word));
        }
    }
}
