//! Strings: in single, double and triple quotes, between slashes, and what Groovy fills in.

use super::token::is_name;
use super::{COMPUTED, Text};
use crate::document::{Scalar, Style};
use crate::span::ByteSpan;

/// Longest expression that is filled in, in bytes; a bound keeps a text of opening signs linear.
const MAX_HOLE: usize = 1024;
/// How often an expression that never closes is looked for; behind that, an opening sign is text.
const MAX_RETREATS: usize = 64;

/// How a string is written.
#[derive(Clone, Copy)]
struct Form {
    open: &'static str,
    close: &'static str,
    /// Whether Groovy fills something in.
    fills: bool,
    /// Whether it may go over several lines.
    lines: bool,
    /// Whether a backslash begins an escape.
    escapes: bool,
}

const FORMS: [Form; 6] = [
    Form { open: "'''", close: "'''", fills: false, lines: true, escapes: true },
    Form { open: "\"\"\"", close: "\"\"\"", fills: true, lines: true, escapes: true },
    Form { open: "'", close: "'", fills: false, lines: false, escapes: true },
    Form { open: "\"", close: "\"", fills: true, lines: false, escapes: true },
    Form { open: "$/", close: "/$", fills: true, lines: true, escapes: false },
    Form { open: "/", close: "/", fills: true, lines: true, escapes: false },
];

/// Reads the strings of a text.
pub(super) struct Texts<'t> {
    text: &'t str,
    pub(super) unknown: Vec<(ByteSpan, &'static str)>,
    retreats: usize,
    /// Forms of which none closes from some place on: asked once.
    open: Vec<&'static str>,
}

impl<'t> Texts<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, unknown: Vec::new(), retreats: 0, open: Vec::new() }
    }

    /// The string that begins at `start`, and where it ends. `None` for a slash that begins none.
    pub(super) fn read(&mut self, start: usize) -> Option<(Text, usize)> {
        let rest = &self.text[start..];
        let form = FORMS.into_iter().find(|form| rest.starts_with(form.open))?;
        let slashes = !form.escapes;
        if slashes && (self.open.contains(&form.close) || !self.closes(start, form)) {
            return None;
        }
        let mut out = Decoded::default();
        let mut at = start + form.open.len();
        loop {
            let Some(byte) = self.text.as_bytes().get(at).copied() else {
                self.unclosed(start, form);
                break;
            };
            if self.text[at..].starts_with(form.close) {
                // `"""a""""`: the last three close it.
                let quote = form.close.len() == 3 && form.escapes;
                if quote && self.text.as_bytes().get(at + 3) == Some(&byte) {
                    at += self.raw(&mut out, at);
                    continue;
                }
                let end = at + form.close.len();
                return Some((out.text(at), end));
            }
            at += match byte {
                b'\n' if !form.lines => {
                    self.unclosed(start, form);
                    break;
                }
                b'\\' if form.escapes => self.escape(&mut out, at),
                b'\\' if self.text[at + 1..].starts_with('/') && form.open == "/" => out.escape("/", at, 2),
                b'$' if form.open == "$/"
                    && matches!(self.text.as_bytes().get(at + 1), Some(b'$' | b'/')) =>
                {
                    let sign = self.text.get(at + 1..at + 2).unwrap_or_default();
                    out.escape(sign, at, 2)
                }
                b'$' if form.fills => self.filled(&mut out, at),
                _ => self.raw(&mut out, at),
            };
        }
        Some((out.text(at), at))
    }

    fn unclosed(&mut self, start: usize, form: Form) {
        let at = ByteSpan::new(start, start + form.open.len());
        self.unknown.push((at, "a string that never ends"));
    }

    /// Whether a string between slashes ends anywhere.
    fn closes(&mut self, start: usize, form: Form) -> bool {
        let from = start + form.open.len();
        let found = self.text.get(from..).is_some_and(|rest| rest.contains(form.close));
        if !found {
            self.open.push(form.close);
        }
        found
    }

    fn raw(&self, out: &mut Decoded, at: usize) -> usize {
        let Some(next) = self.text[at..].chars().next() else { return 1 };
        out.raw(next, at);
        next.len_utf8()
    }

    /// An escape. Gives how many bytes it takes.
    fn escape(&self, out: &mut Decoded, at: usize) -> usize {
        let Some(next) = self.text[at + 1..].chars().next() else { return self.raw(out, at) };
        let taken = 1 + next.len_utf8();
        let plain = match next {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'b' => "\u{8}",
            'f' => "\u{c}",
            's' => " ",
            '\\' => "\\",
            '\'' => "'",
            '"' => "\"",
            '$' => "$",
            // The line goes on.
            '\n' => "",
            'u' => {
                let digits = self.text.get(at + 2..at + 6);
                let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                return match code.and_then(char::from_u32) {
                    Some(found) => out.escape(found.encode_utf8(&mut [0; 4]), at, 6),
                    None => self.raw(out, at),
                };
            }
            // No escape of Groovy: a pipeline that has one does not start, and what was meant is the text.
            _ => return self.raw(out, at),
        };
        out.escape(plain, at, taken)
    }

    /// `$name`, `$a.b`, `${…}`. Gives how many bytes it takes.
    fn filled(&mut self, out: &mut Decoded, at: usize) -> usize {
        let rest = &self.text[at + 1..];
        let Some(inner) = rest.strip_prefix('{') else {
            let length = dotted(rest);
            if length == 0 {
                return self.raw(out, at);
            }
            out.hole(&rest[..length], at, at + 1, 1 + length);
            return 1 + length;
        };
        let length = if self.retreats < MAX_RETREATS { closing(inner) } else { None };
        let Some(length) = length else {
            self.retreats += 1;
            return self.raw(out, at);
        };
        out.hole(&inner[..length], at, at + 2, length + 3);
        length + 3
    }
}

/// How long a name with dots is that a text begins with.
fn dotted(text: &str) -> usize {
    let bytes = text.as_bytes();
    let part = |from: usize| {
        let first = bytes.get(from).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
        let is = |b: &&u8| is_name(**b) && **b != b'$' && b.is_ascii();
        if first { bytes[from..].iter().take_while(is).count() } else { 0 }
    };
    let mut length = part(0);
    while length > 0 && bytes.get(length) == Some(&b'.') {
        let next = part(length + 1);
        if next == 0 {
            break;
        }
        length += 1 + next;
    }
    length
}

/// Where an expression that is filled in closes: braces in it close each other, in strings they are text.
fn closing(inner: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, byte) in inner.bytes().enumerate().take(MAX_HOLE) {
        match (quote, byte) {
            _ if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth == 0 => return Some(at),
            (None, b'}') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

/// The plain name that an expression is, without what trims its value or stands in for it.
fn plain(expression: &str) -> &str {
    let text = expression.trim();
    let length = dotted(text);
    let (name, rest) = text.split_at(length);
    let mut name = name;
    let rest = match rest.strip_prefix("()") {
        Some(rest) => {
            let Some((before, "trim" | "toString")) = name.rsplit_once('.') else { return COMPUTED };
            name = before;
            rest
        }
        None => rest,
    };
    let ends = rest.trim().is_empty() || rest.trim_start().starts_with("?:");
    if ends && !name.is_empty() { name } else { COMPUTED }
}

/// A text while it is decoded.
#[derive(Default)]
struct Decoded {
    text: String,
    map: Vec<(u32, u32)>,
    holes: Vec<(String, std::ops::Range<usize>)>,
    /// Where the file goes on without a pair.
    next: Option<usize>,
}

impl Decoded {
    fn meet(&mut self, at: usize) {
        let decoded = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let file = u32::try_from(at).unwrap_or(u32::MAX);
        match self.map.last_mut() {
            Some(last) if last.0 == decoded => last.1 = file,
            _ => self.map.push((decoded, file)),
        }
    }

    fn raw(&mut self, next: char, at: usize) {
        if self.next != Some(at) {
            self.meet(at);
        }
        self.text.push(next);
        self.next = Some(at + next.len_utf8());
    }

    /// What stands for `length` bytes of the file.
    fn escape(&mut self, plain: &str, at: usize, length: usize) -> usize {
        self.meet(at);
        self.text.push_str(plain);
        self.meet(at + length);
        self.next = Some(at + length);
        length
    }

    /// Something that is filled in: `at` is where it begins, `inner` where its expression does.
    fn hole(&mut self, expression: &str, at: usize, inner: usize, length: usize) {
        let name = plain(expression);
        self.meet(at);
        self.text.push_str("${{");
        self.meet(inner);
        let start = self.text.len();
        self.text.push_str(name);
        self.holes.push((name.to_owned(), start..self.text.len()));
        // Both closing signs stand for the last byte.
        for _ in 0..2 {
            self.meet(at + length - 1);
            self.text.push('}');
        }
        self.meet(at + length);
        self.next = Some(at + length);
    }

    fn text(mut self, end: usize) -> Text {
        if self.map.is_empty() {
            self.map.push((0, u32::try_from(end).unwrap_or(u32::MAX)));
        }
        let scalar = Scalar {
            text: self.text.into(),
            style: Style::Quoted,
            map: self.map.into(),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        };
        Text { scalar, holes: self.holes }
    }
}
