//! Tokens: names, numbers, strings, signs and ends of lines. Comments are passed over.

use super::Text;
use super::text::Texts;
use crate::span::ByteSpan;

/// A token.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) at: ByteSpan,
    pub(super) kind: Kind,
}

/// What a token is.
#[derive(Debug)]
pub(super) enum Kind {
    Name,
    Number,
    Text(Box<Text>),
    Sign(&'static str),
    /// The end of a line.
    Line,
}

/// Signs, the longer first.
const SIGNS: [&str; 46] = [
    "==~", "<=>", "?.", "?:", "*.", "->", "=~", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=",
    "*=", "/=", "::", "..", "<<", ">>", "(", ")", "[", "]", "{", "}", ",", ";", ":", "=", "+", "-", "*", "/",
    "%", ".", "@", "?", "!", "<", ">", "&", "|",
];

/// Whether a byte is part of a name. Bytes beyond ASCII are letters.
pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// Takes a text apart. Gives what was not understood beside the tokens.
pub(super) fn tokens(text: &str) -> (Vec<Token>, Vec<(ByteSpan, &'static str)>) {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), texts: Texts::new(text), ends: None };
    if text.starts_with("#!") {
        lexer.at = line_end(text, 0);
    }
    while lexer.at < text.len() {
        lexer.next();
    }
    (lexer.tokens, lexer.texts.unknown)
}

fn line_end(text: &str, from: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[from..]).map_or(text.len(), |found| from + found)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
    texts: Texts<'t>,
    /// From here on no comment ends: asked once.
    ends: Option<usize>,
}

impl Lexer<'_> {
    fn push(&mut self, start: usize, end: usize, kind: Kind) {
        self.tokens.push(Token { at: ByteSpan::new(start, end), kind });
        self.at = end;
    }

    fn next(&mut self) {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let Some(first) = bytes.get(start).copied() else { return };
        let second = bytes.get(start + 1).copied();
        match first {
            b'\n' => self.push(start, start + 1, Kind::Line),
            b' ' | b'\t' | b'\r' => self.at += 1,
            // A line that goes on.
            b'\\' if second == Some(b'\n') => self.at += 2,
            b'/' if second == Some(b'/') => self.at = line_end(self.text, start),
            b'/' if second == Some(b'*') => self.comment(start),
            b'\'' | b'"' => self.string(start),
            b'/' if self.begins_slashy(start) => self.string(start),
            b'$' if second == Some(b'/') => self.string(start),
            byte if byte.is_ascii_digit() => {
                let part = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
                let mut end = start + bytes[start..].iter().take_while(|b| part(b)).count();
                let fraction =
                    bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
                if fraction {
                    end += 1 + bytes[end + 1..].iter().take_while(|b| part(b)).count();
                }
                self.push(start, end, Kind::Number);
            }
            byte if is_name(byte) => {
                let end = start + bytes[start..].iter().take_while(|b| is_name(**b)).count();
                self.push(start, end, Kind::Name);
            }
            _ => {
                let rest = &self.text[start..];
                match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                    Some(sign) => self.push(start, start + sign.len(), Kind::Sign(sign)),
                    None => self.at += 1,
                }
            }
        }
    }

    /// `/* … */`; one that never ends is told, and takes everything.
    fn comment(&mut self, start: usize) {
        let end = match self.ends {
            Some(_) => None,
            None => memchr::memmem::find(&self.text.as_bytes()[start + 2..], b"*/"),
        };
        match end {
            Some(found) => self.at = start + 2 + found + 2,
            None => {
                self.ends = Some(start);
                self.texts.unknown.push((ByteSpan::new(start, start + 2), "a comment that never ends"));
                self.at = self.text.len();
            }
        }
    }

    fn string(&mut self, start: usize) {
        match self.texts.read(start) {
            Some((text, end)) => self.push(start, end, Kind::Text(Box::new(text))),
            None => {
                let kind = match self.text.as_bytes().get(start) {
                    Some(b'/') => Kind::Sign("/"),
                    _ => Kind::Name,
                };
                self.push(start, start + 1, kind);
            }
        }
    }

    /// Whether a slash begins a string rather than a division: where no value stands before, or as the argument of a
    /// call without brackets.
    fn begins_slashy(&self, start: usize) -> bool {
        let bytes = self.text.as_bytes();
        let Some(before) = self.tokens.last() else { return true };
        match &before.kind {
            Kind::Line => true,
            Kind::Sign(sign) => !matches!(*sign, ")" | "]" | "}"),
            Kind::Number | Kind::Text(_) => false,
            Kind::Name => {
                let spaced = before.at.end as usize != start;
                let adjoins = bytes.get(start + 1).is_some_and(|b| !b.is_ascii_whitespace() && *b != b'=');
                spaced && adjoins
            }
        }
    }
}
