//! What is filled into texts: `${{ … }}` before the run, `$[ … ]` when it starts, `$(Name)` before each step.
//!
//! Expressions are calls, references and literals; there are no operators.
//! Source: <https://learn.microsoft.com/azure/devops/pipelines/process/expressions>.

use std::ops::Range;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Characters as they are.
    Literal(&'t str),
    /// `${{ … }}` or `$[ … ]`: its inner text, and the bytes it takes with its signs.
    Expression(&'t str, Range<usize>),
    /// `$(Name)`: the variable, and the bytes it takes with its signs.
    Macro(&'t str, Range<usize>),
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// A literal's text.
    Literal(String),
    /// `parameters.x.y`, `variables['x']`: the parts in order, the first in small letters.
    Reference(Vec<String>),
    /// A function, in small letters, and its arguments.
    Call(String, Vec<Self>),
    /// Anything else: an index that is computed, a filter, what does not read.
    Other,
}

/// Calls inside calls that are looked into; people nest four.
const MAX_DEPTH: usize = 16;

/// No variable has a longer name; a bound keeps a line of open signs linear.
const LONGEST_NAME: usize = 256;

/// Splits a text at what is filled into it. What has no end is literal.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    if let Some(inner) = text.strip_prefix("$[").and_then(|rest| rest.strip_suffix(']')) {
        return vec![Piece::Expression(inner.trim(), 0..text.len())];
    }
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    // Asked once: a text of many open signs without an end must stay linear.
    let mut ends = true;
    while let Some(start) = text[at..].find('$').map(|found| at + found) {
        let rest = &text[start..];
        let found = if rest.starts_with("${{") && ends {
            let inner = start + 3;
            let end = end_of(&text[inner..]);
            ends = end.is_some();
            end.map(|length| {
                let range = start..inner + length + 2;
                (Piece::Expression(text[inner..inner + length].trim(), range.clone()), range.end)
            })
        } else {
            macro_name(rest).map(|name| {
                let range = start..start + name.len() + 3;
                (Piece::Macro(name, range.clone()), range.end)
            })
        };
        let Some((piece, end)) = found else {
            at = start + 1;
            continue;
        };
        if start > from {
            pieces.push(Piece::Literal(&text[from..start]));
        }
        pieces.push(piece);
        (from, at) = (end, end);
    }
    if from < text.len() {
        pieces.push(Piece::Literal(&text[from..]));
    }
    pieces
}

/// The name in `$(Name)` at the start of a text.
pub(super) fn macro_name(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("$(")?;
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    let length = inner.bytes().take(LONGEST_NAME).take_while(part).count();
    let name = inner.get(..length)?;
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (begins && inner.get(length..)?.starts_with(')')).then_some(name)
}

/// Where `}}` stands, outside quotes.
fn end_of(text: &str) -> Option<usize> {
    let mut quoted = false;
    let bytes = text.as_bytes();
    bytes.iter().enumerate().find_map(|(at, byte)| {
        quoted ^= *byte == b'\'';
        (!quoted && bytes[at..].starts_with(b"}}")).then_some(at)
    })
}

/// Whether something is filled into a text.
pub(super) fn is_filled(text: &str) -> bool {
    text.contains("${{") || text.contains("$(") || text.starts_with("$[")
}

impl Expression {
    /// Reads an expression.
    pub(super) fn read(text: &str) -> Self {
        let mut reader = Reader { text, at: 0 };
        let found = reader.value(MAX_DEPTH);
        reader.blank();
        if reader.at == text.len() { found } else { Self::Other }
    }

    /// Every reference in it, in order.
    pub(super) fn references(&self) -> Vec<&[String]> {
        match self {
            Self::Reference(path) => vec![path],
            Self::Call(_, arguments) => arguments.iter().flat_map(Self::references).collect(),
            Self::Literal(_) | Self::Other => Vec::new(),
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, sign: char) -> bool {
        self.blank();
        let found = self.rest().starts_with(sign);
        self.at += usize::from(found) * sign.len_utf8();
        found
    }

    fn word(&mut self, part: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn value(&mut self, depth: usize) -> Expression {
        self.blank();
        if let Some(text) = self.string() {
            return Expression::Literal(text);
        }
        let start = self.at;
        let word = self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        if word.is_empty() {
            return Expression::Other;
        }
        if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            self.at = start;
            let number = self.word(|c| c.is_ascii_digit() || matches!(c, '.' | '-'));
            return Expression::Literal(number.to_owned());
        }
        if self.eat('(') {
            return match depth.checked_sub(1) {
                Some(depth) => self.arguments(word, depth),
                None => Expression::Other,
            };
        }
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "true" | "false" => Expression::Literal(lower),
            _ => self.path(lower),
        }
    }

    fn arguments(&mut self, function: &str, depth: usize) -> Expression {
        let mut arguments = Vec::new();
        if !self.eat(')') {
            loop {
                arguments.push(self.value(depth));
                if self.eat(')') {
                    break;
                }
                if !self.eat(',') {
                    return Expression::Other;
                }
            }
        }
        Expression::Call(function.to_ascii_lowercase(), arguments)
    }

    fn path(&mut self, context: String) -> Expression {
        let mut path = vec![context];
        loop {
            if self.rest().starts_with('.') {
                self.at += 1;
                let part = self.word(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
                if part.is_empty() {
                    return Expression::Other;
                }
                path.push(part.to_owned());
            } else if self.rest().starts_with('[') {
                self.at += 1;
                self.blank();
                let Some(part) = self.string().filter(|_| self.eat(']')) else { return Expression::Other };
                path.push(part);
            } else {
                return Expression::Reference(path);
            }
        }
    }

    /// A string in quotes, of which two stand for one.
    fn string(&mut self) -> Option<String> {
        let mut rest = self.rest().strip_prefix('\'')?;
        let mut text = String::new();
        loop {
            let (part, behind) = rest.split_once('\'')?;
            text.push_str(part);
            match behind.strip_prefix('\'') {
                Some(more) => {
                    text.push('\'');
                    rest = more;
                }
                None => {
                    self.at = self.text.len() - behind.len();
                    return Some(text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(parts: &[&str]) -> Expression {
        Expression::Reference(parts.iter().map(|p| (*p).to_owned()).collect())
    }

    #[test]
    fn a_text_is_split_at_what_is_filled_in() {
        assert_eq!(
            split("a $(X.y)${{ parameters.b }} $(pwd; x) $"),
            [
                Piece::Literal("a "),
                Piece::Macro("X.y", 2..8),
                Piece::Expression("parameters.b", 8..27),
                Piece::Literal(" $(pwd; x) $"),
            ]
        );
        assert_eq!(split("$[ variables.x ]"), [Piece::Expression("variables.x", 0..16)]);
        assert_eq!(split("${{ open"), [Piece::Literal("${{ open")]);
        assert_eq!(split("${{ '}}' }}"), [Piece::Expression("'}}'", 0..11)]);
        assert_eq!(split(&"${{".repeat(50_000)).len(), 1);
    }

    #[test]
    fn expressions_are_calls_references_and_literals() {
        assert_eq!(Expression::read("parameters.a.b"), reference(&["parameters", "a", "b"]));
        assert_eq!(Expression::read("Variables['a.b']"), reference(&["variables", "a.b"]));
        assert_eq!(Expression::read("'it''s'"), Expression::Literal("it's".to_owned()));
        assert_eq!(
            Expression::read("coalesce( parameters.a, 'b', 3 )"),
            Expression::Call(
                "coalesce".to_owned(),
                vec![
                    reference(&["parameters", "a"]),
                    Expression::Literal("b".to_owned()),
                    Expression::Literal("3".to_owned())
                ]
            )
        );
        assert_eq!(Expression::read("parameters[x]"), Expression::Other);
        assert_eq!(Expression::read("a b"), Expression::Other);
        assert_eq!(Expression::read(&"f(".repeat(50_000)), Expression::Other);
    }
}
