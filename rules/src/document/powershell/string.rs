//! Strings: `'…'`, `"…"`, and here-strings.

use super::{MAX_RETREATS, Reader};
use crate::document::script::{PieceKind, Pieces, Quote};

impl Reader<'_> {
    /// The string that begins here; says whether one does.
    pub(super) fn string(&mut self, into: &mut Pieces) -> bool {
        match (self.peek(), self.ahead(1)) {
            (Some(b'@'), Some(quote @ (b'\'' | b'"'))) if self.ends_line(2) => self.here_string(into, quote),
            (Some(b'\''), _) => self.quoted(into, b'\''),
            (Some(b'"'), _) => self.quoted(into, b'"'),
            _ => return false,
        }
        true
    }

    /// Whether nothing but blanks stands between `by` bytes ahead and the end of the line.
    fn ends_line(&self, by: usize) -> bool {
        let rest = self.rest().get(by..).unwrap_or_default();
        rest.iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r')) == Some(&b'\n')
    }

    fn quoted(&mut self, into: &mut Pieces, close: u8) {
        let opened = self.at;
        let unknown = self.unknown.len();
        let comments = self.comments.len();
        self.at += 1;
        let mut inner = Pieces::default();
        let quote = if close == b'\'' { Quote::Single } else { Quote::Double };
        loop {
            match self.peek() {
                None => {
                    if self.retreats < MAX_RETREATS {
                        self.retreats += 1;
                        self.unknown.truncate(unknown);
                        self.comments.truncate(comments);
                        self.at = self.line_end(opened);
                    }
                    let at = self.since(opened);
                    self.mark_unknown(at, "a string that does not end");
                    return self.push(into, opened, Quote::None, PieceKind::Unknown);
                }
                Some(byte) if byte == close && self.ahead(1) == Some(close) => {
                    self.escape(&mut inner, quote, close)
                }
                Some(byte) if byte == close => break,
                Some(byte) => self.character(&mut inner, quote, byte),
            }
        }
        self.flush(&mut inner, quote);
        into.of.append(&mut inner.of);
        self.at += 1;
    }

    /// `@'` to `'@` at the beginning of a line: the breaks beside the signs are not part of it.
    fn here_string(&mut self, into: &mut Pieces, close: u8) {
        let opened = self.at;
        let start = self.line_end(opened) + 1;
        let sign = [close, b'@'];
        let mut line = start;
        let end = loop {
            if self.bytes.get(line..self.end).unwrap_or_default().starts_with(&sign) {
                break Some(line);
            }
            let next = self.line_end(line) + 1;
            if next > self.end {
                break None;
            }
            line = next;
        };
        if end.is_none() {
            let at = self.extent(opened, opened + 2);
            self.mark_unknown(at, "a string that does not end");
        }
        let stop = end.map_or(self.end, |end| end.saturating_sub(1).max(start));
        let outer = std::mem::replace(&mut self.end, stop);
        self.at = start;
        let mut inner = Pieces::default();
        let quote = if close == b'\'' { Quote::Single } else { Quote::Double };
        while let Some(byte) = self.peek() {
            self.character(&mut inner, quote, byte);
        }
        self.flush(&mut inner, quote);
        into.of.append(&mut inner.of);
        self.end = outer;
        self.at = end.map_or(self.end, |end| end + 2);
    }

    /// One character of a string, or what stands in for characters.
    fn character(&mut self, inner: &mut Pieces, quote: Quote, byte: u8) {
        match byte {
            b'$' | b'{' | b'<' if self.hole(inner, quote) => {}
            b'`' if quote == Quote::Double && self.ahead(1).is_some() => self.escape(inner, quote, byte),
            b'$' if quote == Quote::Double => self.dollar(inner, quote),
            _ => self.keep(inner),
        }
    }

    /// An escape sign, or a doubled quote, and the character behind it.
    pub(super) fn escape(&mut self, into: &mut Pieces, quote: Quote, sign: u8) {
        self.flush(into, quote);
        let start = self.at;
        self.at += 1;
        self.step();
        let text = match self.slice(start + 1..self.at) {
            "n" if sign == b'`' => "\n",
            "r" if sign == b'`' => "\r",
            "t" if sign == b'`' => "\t",
            "0" if sign == b'`' => "\0",
            // An escaped line break goes on.
            "\n" if quote == Quote::None => return,
            other => other,
        };
        self.push(into, start, Quote::Escape, PieceKind::Literal(text.into()));
    }
}
