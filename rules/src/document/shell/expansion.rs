//! What a dollar sign begins: parameters, and the ways to substitutions and quotes.

use super::word::Mode;
use super::{Reader, begins_name, in_name};
use crate::document::script::{Expansion, Extent, Operator, PieceKind, Pieces, Quote};

/// Operators behind a parameter's name, longer ones first.
const OPERATORS: [(&str, Operator); 22] = [
    (":-", Operator::Default),
    (":=", Operator::Assign),
    (":?", Operator::Require),
    (":+", Operator::Alternative),
    (":", Operator::Substring),
    ("-", Operator::Default),
    ("=", Operator::Assign),
    ("?", Operator::Require),
    ("+", Operator::Alternative),
    ("##", Operator::WithoutPrefix),
    ("#", Operator::WithoutPrefix),
    ("%%", Operator::WithoutSuffix),
    ("%", Operator::WithoutSuffix),
    ("//", Operator::Replace),
    ("/#", Operator::Replace),
    ("/%", Operator::Replace),
    ("/", Operator::Replace),
    ("^^", Operator::Case),
    ("^", Operator::Case),
    (",,", Operator::Case),
    (",", Operator::Case),
    ("@", Operator::Transform),
];

impl Reader<'_, '_> {
    /// Whatever `$` or a backquote begins here; a sign that begins nothing is a character.
    pub(super) fn dollar(&mut self, into: &mut Pieces, mode: Mode) {
        let quote = if mode.is_quoted() { Quote::Double } else { Quote::None };
        let plain = !mode.is_quoted() && mode != Mode::Arithmetic;
        let next = self.ahead(1);
        let begins = match next {
            _ if self.peek() == Some(b'`') => true,
            Some(b'(' | b'{') => true,
            Some(b'[') => self.arithmetic_end(self.at + 2, b']').is_some(),
            Some(b'\'' | b'"') => plain,
            Some(byte) => begins_name(byte) || byte.is_ascii_digit() || is_special(byte),
            None => false,
        };
        if !begins {
            self.keep(into);
            return;
        }
        self.flush(into, mode.quote());
        match next {
            _ if self.peek() == Some(b'`') => self.backquotes(into, quote),
            Some(b'(') => self.command_substitution(into, quote),
            Some(b'{') => self.braces(into, mode, quote),
            Some(b'[') => {
                if let Some(end) = self.arithmetic_end(self.at + 2, b']') {
                    self.arithmetic(into, quote, 2, end, 1);
                }
            }
            Some(b'\'') => self.ansi(into),
            Some(b'"') => {
                self.at += 1;
                self.double(into, Quote::None);
            }
            _ => {
                let start = self.at;
                self.at += 1;
                let name = self.parameter(self.at);
                self.at = name.end as usize;
                self.push(into, start, quote, expansion(name));
            }
        }
    }

    /// The parameter's name without braces at `from`.
    fn parameter(&self, from: usize) -> Extent {
        let length = self.ahead(0).map_or(0, |first| match first {
            _ if begins_name(first) => self.rest().iter().take_while(|b| in_name(**b)).count(),
            _ => 1,
        });
        self.extent(from, from + length)
    }

    /// `${…}`.
    fn braces(&mut self, into: &mut Pieces, mode: Mode, quote: Quote) {
        let mark = self.mark();
        self.at += 2;
        match self.deeper(|reader| reader.expansion(mode)) {
            Some(Some(kind)) if self.take("}") => self.push(into, mark.at, quote, kind),
            Some(Some(_)) => self.unclosed(into, &mark, "a brace that does not end"),
            // What was looked at stays unread but for the opening sign.
            _ => {
                self.at = mark.at + 2;
                let at = self.since(mark.at);
                self.unknown(at, "not an expansion");
                self.push(into, mark.at, quote, PieceKind::Unknown);
            }
        }
    }

    /// Everything between the braces; `None` if it does not begin like an expansion.
    fn expansion(&mut self, mode: Mode) -> Option<PieceKind> {
        let named = |special: &[u8]| self.ahead(1).is_some_and(|b| in_name(b) || special.contains(&b));
        let counts = self.peek() == Some(b'#') && named(b"@*?$!");
        let indirect = self.peek() == Some(b'!') && named(b"@*#");
        self.at += usize::from(counts || indirect);
        let first = self.peek()?;
        let name = match first {
            b'0'..=b'9' => {
                let digits = self.rest().iter().take_while(|b| b.is_ascii_digit()).count();
                self.extent(self.at, self.at + digits)
            }
            _ if is_special(first) => self.extent(self.at, self.at + 1),
            _ => self.name_here()?,
        };
        self.at = name.end as usize;
        let mut index = None;
        if begins_name(first) && self.take("[") {
            index = Some(self.index());
        }
        let mut found = Expansion { name, index, indirect, operator: Operator::None, operand: None };
        if counts {
            found.operator = Operator::Length;
            return (self.peek() == Some(b'}')).then(|| PieceKind::Parameter(Box::new(found)));
        }
        if indirect && (self.starts("*}") || self.starts("@}")) {
            self.at += 1;
            found.operator = Operator::Names;
        }
        if self.peek() == Some(b'}') {
            return Some(PieceKind::Parameter(Box::new(found)));
        }
        let (sign, operator) = OPERATORS.into_iter().find(|(sign, _)| self.starts(sign))?;
        self.at += sign.len();
        let quoted = mode.is_quoted();
        // In double quotes a value that stands in is itself quoted: there `'` is a character. A pattern is not.
        let stands_in = matches!(
            operator,
            Operator::Default | Operator::Assign | Operator::Require | Operator::Alternative
        );
        let mode = Mode::Operand { quoted, plain: quoted && stands_in };
        found.operator = operator;
        found.operand = Some(self.word(mode));
        Some(PieceKind::Parameter(Box::new(found)))
    }
}

/// Whether a sign is the name of a parameter.
fn is_special(byte: u8) -> bool {
    matches!(byte, b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')
}

fn expansion(name: Extent) -> PieceKind {
    let operator = Operator::None;
    PieceKind::Parameter(Box::new(Expansion { name, index: None, indirect: false, operator, operand: None }))
}
