//! Texts: in quotes with escapes and expressions, over several lines without, and as JSON's expressions write them.

use super::TEXT;
use super::parser::{Parsed, Parser, Part};
use crate::document::{Data, Style};

/// A part of a text that is being read: what it says, and where.
struct Piece {
    text: String,
    pairs: Vec<(usize, usize)>,
}

impl Piece {
    fn at(start: usize) -> Self {
        Self { text: String::new(), pairs: vec![(0, start)] }
    }

    /// A character that is written with an escape.
    fn escape(&mut self, character: char, from: usize, to: usize) {
        if self.text.is_empty() {
            self.pairs.clear();
        }
        self.pairs.push((self.text.len(), from));
        self.text.push(character);
        self.pairs.push((self.text.len(), to));
    }
}

impl Parser<'_> {
    /// The text that begins here.
    pub(super) fn string(&mut self) -> Parsed {
        let start = self.at;
        let dollars = self.rest().len() - self.rest().trim_start_matches('$').len();
        self.at += dollars;
        if !self.json && self.rest().starts_with("'''") {
            return self.block(start, dollars);
        }
        self.at += 1;
        let mut parts: Vec<Part> = Vec::new();
        let mut piece = Piece::at(self.at);
        loop {
            let rest = self.rest();
            let stop = rest.find(['\'', '\\', '$', '\n']).ok_or("a text that is not closed")?;
            piece.text.push_str(rest.get(..stop).unwrap_or_default());
            self.at += stop;
            let rest = self.rest();
            if self.json && rest.starts_with("''") {
                piece.escape('\'', self.at, self.at + 2);
                self.at += 2;
            } else if rest.starts_with('\'') {
                self.keep(piece, &mut parts, self.at, false)?;
                self.at += 1;
                return self.joined(start, parts);
            } else if self.json {
                let sign = rest.chars().next().unwrap_or_default();
                piece.text.push(sign);
                self.at += sign.len_utf8();
            } else if rest.starts_with("${") {
                self.keep(piece, &mut parts, self.at, true)?;
                self.at += 2;
                parts.push(self.filled()?);
                piece = Piece::at(self.at);
            } else if rest.starts_with('$') {
                piece.text.push('$');
                self.at += 1;
            } else if rest.starts_with('\\') {
                let (character, length) = escape(rest).ok_or("an escape that does not exist")?;
                piece.escape(character, self.at, self.at + length);
                self.at += length;
            } else {
                return Err("a text that is not closed on its line");
            }
        }
    }

    /// A text over several lines; with dollars before it, as many and a brace begin an expression.
    fn block(&mut self, start: usize, dollars: usize) -> Parsed {
        self.at += 3;
        // The first end of a line is not part of it.
        if !self.eat("\r\n") {
            self.eat("\n");
        }
        let mark = format!("{}{{", "$".repeat(dollars));
        let mut parts = Vec::new();
        loop {
            let rest = self.rest();
            let end = rest.find("'''").ok_or("a text of several lines that is not closed")?;
            let end =
                end + rest.get(end + 3..).map_or(0, |more| more.len() - more.trim_start_matches('\'').len());
            let hole = rest.get(..end).filter(|_| dollars > 0).and_then(|text| text.find(&mark));
            let mut piece = Piece::at(self.at);
            let stop = hole.unwrap_or(end);
            piece.text.push_str(rest.get(..stop).unwrap_or_default());
            let until = self.at + stop;
            self.keep(piece, &mut parts, until, hole.is_some())?;
            self.at = until;
            if hole.is_none() {
                self.at += 3;
                return self.joined(start, parts);
            }
            self.at += mark.len();
            parts.push(self.filled()?);
        }
    }

    /// The expression in a text.
    fn filled(&mut self) -> Parsed {
        self.parentheses += 1;
        let found = self.expression();
        let closed = found
            .and_then(|found| self.expect("}", "an expression in a text that is not closed").map(|()| found));
        self.parentheses -= 1;
        closed
    }

    /// Keeps a part of a text; an empty one only if it is all there is.
    fn keep(
        &mut self,
        piece: Piece,
        parts: &mut Vec<Part>,
        end: usize,
        among: bool,
    ) -> Result<(), &'static str> {
        if piece.text.is_empty() && (among || !parts.is_empty()) {
            return Ok(());
        }
        let start = piece.pairs.first().map_or(end, |pair| pair.1);
        let scalar = self.ground.scalar(&piece.text, Style::Quoted, &piece.pairs, end);
        parts.push(self.leaf(self.ground.span(start, end), Data::Scalar(scalar))?);
        Ok(())
    }

    fn joined(&mut self, start: usize, mut parts: Vec<Part>) -> Parsed {
        let is_literal = |part: &Part| part.node.tag.is_none() && part.node.scalar().is_some();
        if parts.len() == 1 && parts.first().is_some_and(is_literal) {
            return parts.pop().ok_or("a text without parts");
        }
        self.tagged(TEXT, start, parts)
    }
}

/// The character of an escape, and how long it is.
fn escape(rest: &str) -> Option<(char, usize)> {
    let sign = rest.chars().nth(1)?;
    Some(match sign {
        'n' => ('\n', 2),
        'r' => ('\r', 2),
        't' => ('\t', 2),
        '\'' | '\\' | '$' => (sign, 2),
        'u' => {
            let code = rest.get(2..)?.strip_prefix('{')?;
            let (digits, _) = code.split_once('}')?;
            let character = (digits.len() <= 6).then(|| u32::from_str_radix(digits, 16).ok()).flatten()?;
            (char::from_u32(character)?, digits.len() + 4)
        }
        _ => return None,
    })
}
