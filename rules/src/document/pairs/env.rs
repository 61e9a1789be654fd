//! `.env` files: `NAME=value`, `export NAME="value"`; quoted values may span lines.

use super::Each;
use super::decode::{Escape, escaped, verbatim};
use crate::document::ground::Ground;

pub(super) fn read(text: &str, ground: Ground<'_>, each: Each<'_>) {
    let mut quotes = Quotes { text, next: [0; 3] };
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let line_end = at + rest.find('\n').unwrap_or(rest.len());
        let line = text.get(at..line_end).unwrap_or_default();
        at = line_end + 1;
        let Some((name, value)) = pair(line) else { continue };
        let start = line_end - value.len();
        let quote = value.chars().next().filter(|c| SIGNS.contains(c));
        let closed = quote
            .and_then(|quote| Some((quote, quotes.closing(quote, start + 1)?)))
            .filter(|(_, end)| end - start <= LONGEST_VALUE);
        match closed {
            Some((quote, end)) => {
                let range = start + 1..end;
                let scalar = match quote {
                    '"' => escaped(text, range, ground, '\\', unescape),
                    _ => verbatim(text, range, ground),
                };
                each(name, scalar);
                // The rest of its line is a comment, if anything.
                at = text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |n| end + n + 1);
            }
            None => {
                let plain = until_comment(value).trim_end();
                let skip = usize::from(quote.is_some());
                each(name, verbatim(text, start + skip..start + plain.len().max(skip), ground));
            }
        }
    }
}

/// Longest value in quotes, in bytes; a chain of certificates has 10 KB. Behind a longer one a quote was left open.
const LONGEST_VALUE: usize = 64 << 10;
/// Quotes of a value.
const SIGNS: [char; 3] = ['"', '\'', '`'];

/// Name and value of a line; the value begins behind the blanks and reaches to the line's end.
fn pair(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    // A pair that was commented out is still there to read.
    let line = line.strip_prefix('#').map_or(line, str::trim_start);
    let line = line.strip_prefix("export ").or_else(|| line.strip_prefix("set ")).unwrap_or(line);
    let line = line.strip_prefix("setx ").unwrap_or(line);
    let (name, value) = line.split_once('=').or_else(|| line.split_once(": "))?;
    let name = name.trim();
    super::is_name(name).then(|| (name, value.trim_start()))
}

/// A comment begins with `#` behind a blank.
pub(super) fn until_comment(value: &str) -> &str {
    let blank = value.find(" #").or_else(|| value.find("\t#"));
    value.get(..blank.unwrap_or(value.len())).unwrap_or(value)
}

fn unescape(rest: &str) -> Escape {
    match rest.as_bytes().get(1) {
        Some(b'n') => Escape::Character('\n', 2),
        Some(b'r') => Escape::Character('\r', 2),
        Some(b't') => Escape::Character('\t', 2),
        Some(sign @ (b'"' | b'\\' | b'$')) => Escape::Character(char::from(*sign), 2),
        _ => Escape::Verbatim,
    }
}

/// Closing quotes. The next of each kind is remembered, so that quotes without an end do not make reading quadratic.
struct Quotes<'t> {
    text: &'t str,
    next: [usize; 3],
}

impl Quotes<'_> {
    fn closing(&mut self, quote: char, from: usize) -> Option<usize> {
        let next = self.next.get_mut(SIGNS.iter().position(|sign| *sign == quote)?)?;
        if *next < from {
            *next = find(self.text, quote, from).unwrap_or(usize::MAX);
        }
        (*next != usize::MAX).then_some(*next)
    }
}

/// The next quote that no backslash takes away.
fn find(text: &str, quote: char, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let found = at + text.get(at..)?.find(quote)?;
        let before = text.as_bytes().get(from..found)?;
        let backslashes = before.iter().rev().take_while(|b| **b == b'\\').count();
        if quote != '"' || backslashes % 2 == 0 {
            return Some(found);
        }
        at = found + 1;
    }
}
