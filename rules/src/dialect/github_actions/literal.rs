//! String literals of an expression that can become its value: `'b'` of `secrets.A || 'b'`, not that of `x == 'b'`.

use std::ops::Range;

use super::computed::tells_nothing_of_arguments;
use super::expression::{Piece, after_string, name_end, split, starts_name};
use crate::document::Scalar;

/// What brackets enclose.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// A choice, or the arguments of a function whose value is made of them.
    Values,
    /// The arguments of `format`: the first is a template if it has places to fill.
    Format,
    /// JSON text: its strings are what an index picks from.
    Json,
    /// An index, or arguments of which the value says nothing.
    Nothing,
}

/// Brackets that are open. The numbers count the literals found before.
struct Open {
    bracket: Bracket,
    /// The closing sign.
    close: u8,
    /// Arguments before this one.
    argument: usize,
    /// Before the brackets.
    outside: usize,
    /// Before this branch of a choice.
    branch: usize,
    /// Before this operand of the branch.
    operand: usize,
    /// Whether the operand is a comparison or negated: then it is yes or no.
    is_test: bool,
}

impl Open {
    fn new(bracket: Bracket, close: u8, found: usize) -> Self {
        Self { bracket, close, argument: 0, outside: found, branch: found, operand: found, is_test: false }
    }

    fn end_operand(&mut self, found: &mut Vec<Range<usize>>) {
        if std::mem::take(&mut self.is_test) {
            found.truncate(self.operand);
        }
        self.operand = found.len();
    }

    fn end_branch(&mut self, found: &mut Vec<Range<usize>>) {
        self.end_operand(found);
        self.branch = found.len();
    }
}

/// The literals, as ranges of the expression between their quotes. One pass with the open brackets on a stack, so that
/// no nesting is too deep and nothing is read twice.
pub(super) fn values(expression: &str) -> Vec<Range<usize>> {
    let bytes = expression.as_bytes();
    let mut found = Vec::new();
    let mut outer: Vec<Open> = Vec::new();
    let mut here = Open::new(Bracket::Values, 0, 0);
    let mut function = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let called = function.take();
        match byte {
            b'\'' => {
                let end = after_string(bytes, at);
                let text = at + 1..end.saturating_sub(1).max(at + 1);
                literal(expression, &here, text, &mut found);
                at = end;
                continue;
            }
            _ if starts_name(byte) => {
                let end = name_end(bytes, at);
                function = Some(at..end);
                at = end;
                continue;
            }
            // Between a function's name and its arguments.
            _ if byte.is_ascii_whitespace() => function = called,
            b'(' => {
                let bracket = called.map_or(Bracket::Values, |name| arguments_of(&expression[name]));
                outer.push(std::mem::replace(&mut here, Open::new(bracket, b')', found.len())));
            }
            b'[' => {
                let index = Open::new(Bracket::Nothing, b']', found.len());
                outer.push(std::mem::replace(&mut here, index));
            }
            b')' | b']' if byte == here.close => {
                here.end_operand(&mut found);
                if here.bracket == Bracket::Nothing {
                    found.truncate(here.outside);
                }
                if let Some(around) = outer.pop() {
                    here = around;
                }
            }
            b',' => {
                here.end_branch(&mut found);
                here.argument += 1;
            }
            b'|' if bytes.get(at + 1) == Some(&b'|') => {
                here.end_branch(&mut found);
                at += 1;
            }
            b'&' if bytes.get(at + 1) == Some(&b'&') => {
                // What stands before the last `&&` is the value only where it is empty, zero or false.
                found.truncate(here.branch);
                here.operand = found.len();
                here.is_test = false;
                at += 1;
            }
            b'!' | b'=' | b'<' | b'>' => here.is_test = true,
            _ => {}
        }
        at += 1;
    }
    here.end_operand(&mut found);
    while let Some(mut around) = outer.pop() {
        around.end_operand(&mut found);
    }
    found
}

fn arguments_of(function: &str) -> Bracket {
    match function.to_ascii_lowercase().as_str() {
        "format" => Bracket::Format,
        "fromjson" => Bracket::Json,
        name if tells_nothing_of_arguments(name) => Bracket::Nothing,
        _ => Bracket::Values,
    }
}

fn literal(expression: &str, here: &Open, at: Range<usize>, found: &mut Vec<Range<usize>>) {
    let text = expression.get(at.clone()).unwrap_or_default();
    match here.bracket {
        Bracket::Nothing => {}
        Bracket::Format if here.argument == 0 && text.contains('{') => {}
        Bracket::Json if text.contains('"') => {
            let mut from = at.start;
            for (index, part) in text.split('"').enumerate() {
                let end = from + part.len();
                let is_key =
                    || expression.get(end + 1..).is_some_and(|rest| rest.trim_start().starts_with(':'));
                if index % 2 == 1 && !is_key() {
                    found.push(from..end);
                }
                from = end + 1;
            }
        }
        Bracket::Values | Bracket::Format | Bracket::Json => found.push(at),
    }
}

/// The literals that a scalar's value may be or hold, each as a scalar of its own: what it means, at its bytes.
pub(super) fn values_of(scalar: &Scalar) -> Vec<Scalar> {
    let mut found = Vec::new();
    for piece in split(&scalar.text) {
        let Piece::Expression(_, range) = piece else { continue };
        let inner = range.start + "${{".len()..range.end - "}}".len();
        for at in values(&scalar.text[inner.clone()]) {
            found.push(unquoted(&scalar.part(inner.start + at.start..inner.start + at.end)));
        }
    }
    found
}

/// A literal with each doubled quote as the one that it means.
fn unquoted(literal: &Scalar) -> Scalar {
    if !literal.text.contains("''") {
        return literal.clone();
    }
    let mut text = String::with_capacity(literal.text.len());
    let mut map = Vec::new();
    let mut from = 0;
    for (index, part) in literal.text.split("''").enumerate() {
        if index > 0 {
            text.push('\'');
        }
        let piece = literal.part(from..from + part.len());
        let start = text.len() as u32;
        map.extend(piece.map.iter().map(|(decoded, file)| (decoded + start, *file)));
        text.push_str(part);
        from += part.len() + 2;
    }
    Scalar { text: text.into(), style: literal.style, map: map.into(), end: literal.end }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(expression: &str) -> Vec<&str> {
        values(expression).into_iter().map(|at| &expression[at]).collect()
    }

    #[test]
    fn a_literal_of_a_choice_may_be_the_value() {
        assert_eq!(read("'a'"), ["a"]);
        assert_eq!(read("secrets.A || 'b'"), ["b"]);
        assert_eq!(read("x && 'a' || 'b'"), ["a", "b"]);
        assert_eq!(read("(x && ('a' || 'b')) || inputs.c"), ["a", "b"]);
        assert_eq!(read("format('{0}-{1}', 'a', inputs.b || 'c')"), ["a", "c"]);
        assert_eq!(read("format('a')"), ["a"]);
        assert_eq!(read("toJSON( 'a' )"), ["a"]);
        assert_eq!(read("case(x == 'y', 'a', 'b')"), ["a", "b"]);
        assert_eq!(read(r#"fromJSON('{"prod":"a","dev": "b"}')[inputs.to]"#), ["a", "b"]);
        assert_eq!(read("'it''s'"), ["it''s"]);
        assert_eq!(read(&format!("{}'a'", "(".repeat(5_000))), ["a"]);
    }

    #[test]
    fn a_literal_that_is_compared_or_names_something_is_no_value() {
        assert!(read("github.ref == 'a'").is_empty());
        assert!(read("'a' != github.ref").is_empty());
        assert!(read("!'a'").is_empty());
        assert!(read("'a' && inputs.b").is_empty());
        assert_eq!(read("inputs.x == 'a' && inputs.y || 'b'"), ["b"]);
        assert!(read("secrets['a']").is_empty());
        assert!(read("contains( 'a', inputs.b )").is_empty());
        assert!(read("hashFiles('a', 'b')").is_empty());
        assert!(read("format('a{0}', inputs.b)").is_empty());
        assert!(read("github.event.startsWith").is_empty());
    }

    #[test]
    fn a_literal_keeps_its_bytes() {
        let text = "x ${{ 'it''s' }} ${{ 'b' }}";
        let scalar = Scalar::verbatim(text, crate::document::Style::Plain, 100);
        let found = values_of(&scalar);
        let said: Vec<_> = found.iter().map(|s| (&*s.text, s.span().start, s.span().end)).collect();
        assert_eq!(said, [("it's", 107, 112), ("b", 122, 123)]);
        assert_eq!(found[0].span_of(2..4).range(), 109..112);
    }
}
