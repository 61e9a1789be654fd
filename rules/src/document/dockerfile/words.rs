//! Words of a logical line: quotes and escapes taken off, each with the way back to the file.

use std::ops::Range;

use crate::document::ground::Ground;
use crate::document::{Scalar, Style};

/// A word.
pub(super) struct Word {
    /// Its text.
    pub(super) scalar: Scalar,
    /// Where it stands in the logical line, quotes included.
    pub(super) raw: Range<usize>,
}

/// The beginning of a here-document.
pub(super) struct Start {
    pub(super) delimiter: String,
    pub(super) strips_tabs: bool,
    pub(super) expands: bool,
}

/// A word as it grows.
struct Growing {
    text: String,
    pairs: Vec<(usize, usize)>,
    start: usize,
    quoted: bool,
}

impl Growing {
    fn new(start: usize) -> Self {
        Self { text: String::new(), pairs: Vec::new(), start, quoted: false }
    }

    fn push(&mut self, c: char, at: usize, length: usize) {
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
    }

    fn finish(mut self, end: usize, last: usize, logical: &Scalar) -> Word {
        if self.pairs.is_empty() {
            self.pairs.push((0, last));
        }
        let style = if self.quoted { Style::Quoted } else { Style::Plain };
        let scalar = Ground::Scalar(logical).scalar(&self.text, style, &self.pairs, last);
        Word { scalar, raw: self.start..end }
    }
}

/// The words from an offset on. A quote that is not closed reaches to the end.
pub(super) fn split(logical: &Scalar, from: usize, escape: char) -> Vec<Word> {
    let text = &*logical.text;
    let mut words = Vec::new();
    let mut word: Option<Growing> = None;
    let mut quote: Option<char> = None;
    // One past the last character of content, closing quotes left out.
    let mut last = from;
    let mut at = from;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let length = c.len_utf8();
        if quote.is_none() && c.is_whitespace() {
            if let Some(done) = word.take() {
                words.push(done.finish(at, last, logical));
            }
            at += length;
            continue;
        }
        let growing = word.get_or_insert_with(|| Growing::new(at));
        let next = text.get(at + length..).and_then(|rest| rest.chars().next());
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                growing.quoted = true;
                if growing.text.is_empty() {
                    last = at + length;
                }
            }
            (None | Some('"'), _) if c == escape => match next {
                // Inside quotes only these are escaped; the rest keeps the sign.
                Some(n) if quote.is_none() || n == '"' || n == '$' || n == escape => {
                    growing.push(n, at, length + n.len_utf8());
                    at += n.len_utf8();
                    last = at + length;
                }
                _ => {
                    growing.push(c, at, length);
                    last = at + length;
                }
            },
            _ => {
                growing.push(c, at, length);
                last = at + length;
            }
        }
        at += length;
    }
    if let Some(done) = word {
        words.push(done.finish(at, last, logical));
    }
    words
}

/// Whether a word, as written, begins a here-document: `<<EOF`, `3<<-"EOF"`.
pub(super) fn heredoc(raw: &str) -> Option<Start> {
    let rest = raw.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (strips_tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let delimiter: String = rest.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
    if delimiter.is_empty() || rest.contains('<') {
        return None;
    }
    Some(Start { expands: delimiter.len() == rest.len(), delimiter, strips_tabs })
}
