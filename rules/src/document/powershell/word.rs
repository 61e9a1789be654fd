//! Words, variables and what stands in brackets.

use super::{MAX_NAME, Reader};
use crate::document::script::{Expansion, Extent, List, Operator, PieceKind, Pieces, Quote, Word};

impl Reader<'_> {
    /// The word here; empty where none begins. In an expression commas and plus signs stand between words.
    pub(super) fn word(&mut self, expression: bool) -> Word {
        let start = self.at;
        let mut pieces = Pieces::default();
        while let Some(byte) = self.peek() {
            if matches!(byte, b'$' | b'{' | b'<') && self.hole(&mut pieces, Quote::None) {
                continue;
            }
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' | b'&' | b')' | b'}' | b'>' => break,
                b'<' if self.ahead(1) == Some(b'#') => break,
                b',' | b'+' if expression || byte == b',' && self.before_blank() => break,
                b'\'' | b'"' | b'@' | b'(' | b'{' | b'$' => self.opened(&mut pieces, start),
                b'`' if matches!(self.ahead(1), Some(b'\n' | b'\r')) => break,
                b'`' if self.ahead(1).is_some() => self.escape(&mut pieces, Quote::None, b'`'),
                _ => self.keep(&mut pieces),
            }
        }
        self.flush(&mut pieces, Quote::None);
        Word { at: self.since(start), pieces: pieces.of }
    }

    fn before_blank(&self) -> bool {
        self.ahead(1).is_none_or(|next| next.is_ascii_whitespace())
    }

    /// What a sign opens: a string, a variable, a list. A sign that opens nothing is a character.
    fn opened(&mut self, into: &mut Pieces, start: usize) {
        self.flush(into, Quote::None);
        if self.string(into) {
            return;
        }
        match (self.peek(), self.ahead(1)) {
            (Some(b'$'), _) => self.dollar(into, Quote::None),
            (Some(b'('), _) => self.substitution(into, Quote::None, 1, b')'),
            (Some(b'@'), Some(b'(')) => self.substitution(into, Quote::None, 2, b')'),
            (Some(b'@'), Some(b'{')) => self.substitution(into, Quote::None, 2, b'}'),
            (Some(b'{'), _) => self.substitution(into, Quote::None, 1, b'}'),
            // `@name` hands over what a variable holds.
            (Some(b'@'), Some(next)) if self.at == start && (next.is_ascii_alphabetic() || next == b'_') => {
                self.variable(into, Quote::None);
            }
            _ => self.keep(into),
        }
    }

    /// `$name`, `${name}`, `$(…)`; a sign that begins nothing is a character.
    pub(super) fn dollar(&mut self, into: &mut Pieces, quote: Quote) {
        match self.ahead(1) {
            Some(b'(') => {
                self.flush(into, quote);
                self.substitution(into, quote, 2, b')');
            }
            Some(b'{') => {
                let length = self.near(MAX_NAME).iter().take_while(|b| **b != b'\n').position(|b| *b == b'}');
                let Some(length) = length.filter(|length| *length > 2) else { return self.keep(into) };
                self.flush(into, quote);
                let start = self.at;
                self.at += length + 1;
                let name = self.extent(start + 2, start + length);
                self.push(into, start, quote, parameter(name));
            }
            Some(next) if next.is_ascii_alphanumeric() || matches!(next, b'_' | b'?' | b'$' | b'^') => {
                self.flush(into, quote);
                self.variable(into, quote);
            }
            _ => self.keep(into),
        }
    }

    /// A variable's sign and its name with its scope.
    fn variable(&mut self, into: &mut Pieces, quote: Quote) {
        let start = self.at;
        self.at += 1;
        self.at += self.name();
        let name = self.extent(start + 1, self.at);
        self.push(into, start, quote, parameter(name));
    }

    /// Bytes of a variable's name here: `name`, `scope:name`, or a special sign.
    pub(super) fn name(&self) -> usize {
        let part = |from: usize| {
            let rest = self.rest().get(from..).unwrap_or_default();
            rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
        };
        let first = part(0);
        if first == 0 {
            return usize::from(matches!(self.peek(), Some(b'?' | b'$' | b'^')));
        }
        match self.ahead(first) {
            Some(b':') if part(first + 1) > 0 => first + 1 + part(first + 1),
            _ => first,
        }
    }

    /// A list in brackets of which the opening sign takes `open` bytes.
    pub(super) fn substitution(&mut self, into: &mut Pieces, quote: Quote, open: usize, close: u8) {
        let start = self.at;
        self.at += open;
        match self.deeper(|reader| reader.enclosed(start, close)) {
            Some(list) => self.push(into, start, quote, PieceKind::Substitution(list)),
            None => {
                let at = self.since(start);
                self.mark_unknown(at, "brackets that are nested too deep");
                self.push(into, start, quote, PieceKind::Unknown);
            }
        }
    }

    /// An empty list here.
    pub(super) fn nothing(&self) -> List {
        List { at: self.since(self.at), items: Vec::new() }
    }
}

fn parameter(name: Extent) -> PieceKind {
    let operator = Operator::None;
    PieceKind::Parameter(Box::new(Expansion { name, index: None, indirect: false, operator, operand: None }))
}
