//! Commands inside words: `$(…)`, backquotes, `<(…)`, and arithmetic.

use super::word::Mode;
use super::{Closers, MAX_ARITHMETIC, MAX_INDEX, Reader};
use crate::document::Style;
use crate::document::ground::Ground;
use crate::document::script::{Cursor, List, PieceKind, Pieces, Quote};

impl Reader<'_, '_> {
    /// A list in parentheses whose opening sign was read, and the closing one.
    fn parenthesised(&mut self, start: usize) -> List {
        let end = self.end;
        let (list, waiting) = self.apart(end, Closers::PAREN, |reader| {
            let list = reader.list();
            (list, reader.pending.split_off(reader.begun))
        });
        // bash lets a here-document that begins on the last line of a substitution have its body behind it.
        self.pending.extend(waiting);
        if !self.take(")") {
            let at = self.extent(start, (start + 2).min(self.at));
            self.unknown(at, "a substitution that does not end");
        }
        list
    }

    /// `$(…)` and `$((…))`.
    pub(super) fn command_substitution(&mut self, into: &mut Pieces, quote: Quote) {
        let start = self.at;
        if self.starts("$((")
            && let Some(end) = self.arithmetic_end(start + 3, b')')
        {
            return self.arithmetic(into, quote, 3, end, 2);
        }
        self.at += 2;
        match self.deeper(|reader| reader.parenthesised(start)) {
            Some(list) => self.push(into, start, quote, PieceKind::Substitution(list)),
            None => self.skip_parentheses(into, start),
        }
    }

    /// `<(…)` and `>(…)`. Says whether reading the word can go on.
    pub(super) fn process(&mut self, into: &mut Pieces) -> bool {
        let start = self.at;
        self.at += 2;
        match self.deeper(|reader| reader.parenthesised(start)) {
            Some(list) => self.push(into, start, Quote::None, PieceKind::Process(list)),
            None => self.skip_parentheses(into, start),
        }
        true
    }

    /// At the depth limit: steps over everything up to the parenthesis that closes, quotes not regarded.
    fn skip_parentheses(&mut self, into: &mut Pieces, start: usize) {
        let mut open = 1usize;
        let length = self.rest().iter().position(|byte| {
            match byte {
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            open == 0
        });
        self.at = length.map_or(self.end, |closing| self.at + closing + 1);
        let at = self.since(start);
        self.unknown(at, "a substitution that is nested too deep");
        self.push(into, start, Quote::None, PieceKind::Unknown);
    }

    /// Where the arithmetic that begins at `from` ends, if two closing signs in a row close it (one for `]`).
    pub(super) fn arithmetic_end(&self, from: usize, close: u8) -> Option<usize> {
        // The old form in brackets opens no level that would bound how often it is asked for.
        let longest = if close == b')' { MAX_ARITHMETIC } else { MAX_INDEX };
        let near = self.bytes.get(from..self.end)?;
        let near = near.get(..longest.min(near.len()))?;
        let open = if close == b')' { b'(' } else { b'[' };
        let mut depth = 0usize;
        let mut quoted = false;
        let mut escaped = false;
        for (at, byte) in near.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = !quoted,
                _ if quoted => {}
                _ if *byte == open => depth += 1,
                _ if *byte == close && depth > 0 => depth -= 1,
                _ if *byte == close => {
                    let closed = close == b']' || near.get(at + 1) == Some(&close);
                    return closed.then_some(from + at);
                }
                _ => {}
            }
        }
        None
    }

    /// Arithmetic with `open` bytes of opening sign, up to `end`, and `close` bytes of closing sign.
    pub(super) fn arithmetic(
        &mut self,
        into: &mut Pieces,
        quote: Quote,
        open: usize,
        end: usize,
        close: usize,
    ) {
        let start = self.at;
        self.at += open;
        let inner = self
            .apart(end, Closers::default(), |reader| reader.deeper(|reader| reader.word(Mode::Arithmetic)));
        self.at = end + close;
        let kind = match inner {
            Some(word) => PieceKind::Arithmetic(word.pieces),
            None => {
                let at = self.since(start);
                self.unknown(at, "arithmetic that is nested too deep");
                PieceKind::Unknown
            }
        };
        self.push(into, start, quote, kind);
    }

    /// Commands in backquotes. Escapes are taken off before they are read, so those that have any are a text of
    /// their own.
    pub(super) fn backquotes(&mut self, into: &mut Pieces, quote: Quote) {
        let mark = self.mark();
        let inner = self.at + 1;
        let mut escaped = false;
        let mut escapes = false;
        let length = self.bytes.get(inner..self.end).unwrap_or_default().iter().position(|byte| {
            match byte {
                _ if escaped => {
                    escaped = false;
                    escapes |= matches!(byte, b'`' | b'$' | b'\\') || *byte == b'"' && quote == Quote::Double;
                }
                b'\\' => escaped = true,
                b'`' => return true,
                _ => {}
            }
            false
        });
        let Some(end) = length.map(|length| inner + length) else {
            return self.unclosed(into, &mark, "a backquote that does not end");
        };
        self.at = inner;
        let list = self.deeper(|reader| match escapes {
            false => reader.apart(end, Closers::default(), Self::everything),
            true => reader.unescaped(end, quote),
        });
        self.at = end + 1;
        let kind = match list {
            Some(list) => PieceKind::Substitution(list),
            None => {
                let at = self.since(mark.at);
                self.unknown(at, "a substitution that is nested too deep");
                PieceKind::Unknown
            }
        };
        self.push(into, mark.at, quote, kind);
    }

    /// Reads commands up to `end` after taking off the escapes that backquotes ask for.
    fn unescaped(&mut self, end: usize, quote: Quote) -> List {
        let mut text = String::new();
        let mut pairs = vec![(0, self.at)];
        let mut run = self.at;
        let mut at = self.at;
        while at < end {
            let next = self.bytes.get(at + 1).copied().filter(|_| at + 1 < end);
            let taken = match next {
                Some(b'`' | b'$' | b'\\') => true,
                Some(b'"') => quote == Quote::Double,
                _ => false,
            };
            if self.bytes.get(at) == Some(&b'\\') && taken {
                text.push_str(self.slice(run..at));
                pairs.push((text.len(), at));
                text.push_str(self.slice(at + 1..at + 2));
                at += 2;
                pairs.push((text.len(), at));
                run = at;
            } else {
                at += 1;
            }
        }
        text.push_str(self.slice(run..end));
        let empty = List { at: self.since(self.at), items: Vec::new() };
        let Some(outer) = self.out.texts.get(self.source as usize) else { return empty };
        let scalar = Ground::Scalar(outer).scalar(&text, Style::Plain, &pairs, end);
        let source = u32::try_from(self.out.texts.len()).unwrap_or(u32::MAX);
        let text = scalar.text.clone();
        self.out.texts.push(scalar);
        let cursor = Cursor::new(&text, source, self.templates.afresh(), self.depth);
        Reader::new(cursor, self.out).everything()
    }
}
