//! `$'…'`: quotes with the escapes of C.

use super::Reader;
use crate::document::script::{PieceKind, Pieces, Quote};

impl Reader<'_, '_> {
    /// `$'…'`.
    pub(super) fn ansi(&mut self, into: &mut Pieces) {
        let mark = self.mark();
        let mut inner = Pieces::default();
        self.at += 2;
        loop {
            match self.peek() {
                None => return self.unclosed(into, &mark, "a quote that does not end"),
                Some(b'\'') => break,
                Some(b'\\') => {
                    self.flush(&mut inner, Quote::Ansi);
                    let start = self.at;
                    let text = self.escaped();
                    self.push(&mut inner, start, Quote::Ansi, PieceKind::Literal(text.into()));
                }
                Some(b'$' | b'{' | b'<') if self.hole(&mut inner, Quote::Ansi) => {}
                Some(_) => {
                    self.keep(&mut inner);
                }
            }
        }
        self.flush(&mut inner, Quote::Ansi);
        into.of.append(&mut inner.of);
        self.at += 1;
    }

    /// What an escape stands for; several that give bytes in a row stand for their characters together.
    fn escaped(&mut self) -> String {
        let mut bytes = Vec::new();
        while self.peek() == Some(b'\\') {
            let Some((byte, length)) = self.byte() else { break };
            bytes.push(byte);
            self.at += length;
        }
        if !bytes.is_empty() {
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let kind = self.ahead(1);
        let plain = match kind {
            Some(b'a') => '\u{7}',
            Some(b'b') => '\u{8}',
            Some(b'e' | b'E') => '\u{1b}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'v') => '\u{b}',
            Some(b'u') => return self.code(4),
            Some(b'U') => return self.code(8),
            Some(b'\\' | b'\'' | b'"' | b'?') => char::from(kind.unwrap_or(b'\\')),
            // The sign stays where the escape means nothing.
            _ => {
                self.at += 1;
                return "\\".to_owned();
            }
        };
        self.at += 2;
        plain.to_string()
    }

    /// The byte of `\xHH` or `\NNN` here, and how long it is written.
    fn byte(&self) -> Option<(u8, usize)> {
        let (skip, radix, most) = match self.ahead(1)? {
            b'x' => (2, 16, 2),
            b'0'..=b'7' => (1, 8, 3),
            _ => return None,
        };
        let (code, digits) = self.digits(skip, radix, most)?;
        Some((u8::try_from(code & 0xff).ok()?, skip + digits))
    }

    /// The character of `\uHHHH`; the sign itself if no digit follows.
    fn code(&mut self, most: usize) -> String {
        match self.digits(2, 16, most) {
            Some((code, digits)) => {
                self.at += 2 + digits;
                char::from_u32(code).unwrap_or('\u{fffd}').to_string()
            }
            None => {
                self.at += 1;
                "\\".to_owned()
            }
        }
    }

    fn digits(&self, skip: usize, radix: u32, most: usize) -> Option<(u32, usize)> {
        let digits = self.rest().get(skip..)?.iter().take(most);
        let digits: Vec<u32> = digits.map_while(|b| char::from(*b).to_digit(radix)).collect();
        let code = digits.iter().fold(0u32, |code, digit| code.wrapping_mul(radix).wrapping_add(*digit));
        (!digits.is_empty()).then_some((code, digits.len()))
    }
}
