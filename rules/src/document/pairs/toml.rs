//! TOML, by the events of `toml_parser`: it goes on behind what it cannot read, and builds no tree that could be deep.

use toml_parser::decoder::Encoding;
use toml_parser::parser::{EventReceiver, RecursionGuard, parse_document};
use toml_parser::{ErrorSink, Source, Span};

use super::Each;
use super::decode::{Escape, code, escaped, verbatim};
use crate::document::MAX_DEPTH;
use crate::document::ground::Ground;

pub(super) fn read(text: &str, ground: Ground<'_>, each: Each<'_>) {
    let tokens = Source::new(text).lex().into_vec();
    let mut strings = Strings { text, ground, each, key: "", outer: Vec::new() };
    let mut bounded = RecursionGuard::new(&mut strings, MAX_DEPTH as u32);
    parse_document(&tokens, &mut bounded, &mut ());
}

/// Strings with the last key before them.
struct Strings<'t, 'g, 'e> {
    text: &'t str,
    ground: Ground<'g>,
    each: Each<'e>,
    key: &'t str,
    /// The keys of the arrays and inline tables that are open.
    outer: Vec<&'t str>,
}

impl EventReceiver for Strings<'_, '_, '_> {
    fn simple_key(&mut self, span: Span, _kind: Option<Encoding>, _error: &mut dyn ErrorSink) {
        let raw = self.text.get(span.start()..span.end()).unwrap_or_default();
        self.key = raw.trim_matches(['"', '\'']);
    }

    fn array_open(&mut self, _span: Span, _error: &mut dyn ErrorSink) -> bool {
        self.outer.push(self.key);
        true
    }

    fn array_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.key = self.outer.pop().unwrap_or_default();
    }

    fn inline_table_open(&mut self, span: Span, error: &mut dyn ErrorSink) -> bool {
        self.array_open(span, error)
    }

    fn inline_table_close(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.array_close(span, error);
    }

    fn scalar(&mut self, span: Span, kind: Option<Encoding>, _error: &mut dyn ErrorSink) {
        let quotes = match kind {
            Some(Encoding::BasicString | Encoding::LiteralString) => 1,
            Some(Encoding::MlBasicString | Encoding::MlLiteralString) => 3,
            // Numbers, dates and booleans.
            None => return,
        };
        let range = span.start() + quotes..span.end().saturating_sub(quotes).max(span.start() + quotes);
        let scalar = match kind {
            Some(Encoding::BasicString | Encoding::MlBasicString) => {
                escaped(self.text, range, self.ground, '\\', unescape)
            }
            _ => verbatim(self.text, range, self.ground),
        };
        (self.each)(self.key, scalar);
    }
}

fn unescape(rest: &str) -> Escape {
    let Some(kind) = rest.as_bytes().get(1) else { return Escape::Verbatim };
    match kind {
        b'b' => Escape::Character('\u{8}', 2),
        b'e' => Escape::Character('\u{1b}', 2),
        b'f' => Escape::Character('\u{c}', 2),
        b'n' => Escape::Character('\n', 2),
        b'r' => Escape::Character('\r', 2),
        b't' => Escape::Character('\t', 2),
        b'x' => code(rest, 2, 2),
        b'u' => code(rest, 2, 4),
        b'U' => code(rest, 2, 8),
        b'"' | b'\\' => Escape::Character(char::from(*kind), 2),
        b' ' | b'\t' | b'\r' | b'\n' => {
            let line = rest.get(1..).unwrap_or_default();
            Escape::Nothing(1 + (line.len() - line.trim_start().len()))
        }
        _ => Escape::Verbatim,
    }
}
