//! Values as they grow: text without its escapes, and the way back to the bytes.

use std::ops::Range;

use crate::document::ground::Ground;
use crate::document::{Scalar, Style};

/// What an escape stands for.
pub(super) enum Escape {
    /// A character, written in so many bytes.
    Character(char, usize),
    /// Nothing, written in so many bytes: a continued line.
    Nothing(usize),
    /// Itself.
    Verbatim,
}

/// A value as it grows.
#[derive(Default)]
pub(super) struct Growing {
    text: String,
    pairs: Vec<(usize, usize)>,
    end: usize,
}

impl Growing {
    /// Adds a character that is written in `length` bytes from `at` on.
    pub(super) fn push(&mut self, c: char, at: usize, length: usize) {
        let escaped = length != c.len_utf8();
        let decoded = self.text.len();
        match self.pairs.last_mut() {
            Some(last) if last.0 == decoded => last.1 = at,
            Some(last) if !escaped && at - last.1 == decoded - last.0 => {}
            _ => self.pairs.push((decoded, at)),
        }
        self.text.push(c);
        if escaped {
            self.pairs.push((self.text.len(), at + length));
        }
        self.end = at + length;
    }

    /// Adds what stands in the text byte for byte.
    pub(super) fn verbatim(&mut self, part: &str, at: usize) {
        for (inner, c) in part.char_indices() {
            self.push(c, at + inner, c.len_utf8());
        }
    }

    pub(super) fn scalar(mut self, ground: Ground<'_>) -> Scalar {
        if self.pairs.is_empty() {
            self.pairs.push((0, self.end));
        }
        ground.scalar(&self.text, Style::Plain, &self.pairs, self.end)
    }
}

/// A range of the text as a value, byte for byte.
pub(super) fn verbatim(text: &str, range: Range<usize>, ground: Ground<'_>) -> Scalar {
    let part = text.get(range.clone()).unwrap_or_default();
    ground.scalar(part, Style::Plain, &[(0, range.start)], range.start + part.len())
}

/// A range of the text as a value; what begins with `sign` is an escape.
pub(super) fn escaped(
    text: &str,
    range: Range<usize>,
    ground: Ground<'_>,
    sign: char,
    unescape: fn(&str) -> Escape,
) -> Scalar {
    let part = text.get(range.clone()).unwrap_or_default();
    if !part.contains(sign) {
        return verbatim(text, range, ground);
    }
    let mut growing = Growing { end: range.start, ..Growing::default() };
    let mut at = 0;
    while let Some(rest) = part.get(at..) {
        let Some(c) = rest.chars().next() else { break };
        let escape = if c == sign { unescape(rest) } else { Escape::Verbatim };
        at += match escape {
            Escape::Character(c, length) => {
                growing.push(c, range.start + at, length);
                length
            }
            Escape::Nothing(length) => length.max(1),
            Escape::Verbatim => {
                growing.push(c, range.start + at, c.len_utf8());
                c.len_utf8()
            }
        };
    }
    growing.scalar(ground)
}

/// The character of a hexadecimal code of so many digits that begins `from` bytes into an escape.
pub(super) fn code(rest: &str, from: usize, digits: usize) -> Escape {
    let value = rest
        .get(from..from + digits)
        .filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))
        .and_then(|text| u32::from_str_radix(text, 16).ok());
    match value {
        // Half a pair stands for no character; readers replace it.
        Some(value) => Escape::Character(char::from_u32(value).unwrap_or('\u{fffd}'), from + digits),
        None => Escape::Verbatim,
    }
}
