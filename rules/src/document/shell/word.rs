//! Words and everything in which characters are quoted and parameters are expanded.

use super::{Reader, ends_word};
use crate::document::script::{Piece, PieceKind, Pieces, Quote, Word};

/// What is being read, and so what ends it and what its signs mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// A word: ends at a blank or operator.
    Word,
    /// A pattern of `case`: a word.
    Pattern,
    /// Behind `=~`: a word whose parentheses hold bars and blanks.
    Regex,
    /// In double quotes.
    Quoted,
    /// In the parentheses of a file pattern such as `@(a|b)`.
    Glob,
    /// The operand of `${name…}`: ends at its brace.
    Operand {
        /// Whether the expansion stands in double quotes.
        quoted: bool,
        /// Whether single quotes are characters there.
        plain: bool,
    },
    /// An array's index: ends at its bracket.
    Index,
    /// Computed: ends where its text does.
    Arithmetic,
    /// A here-document's body: ends where its text does.
    HereDocument {
        /// Whether anything is expanded.
        expands: bool,
        /// Whether tabs that begin lines are taken off.
        strips_tabs: bool,
    },
}

impl Mode {
    pub(super) fn quote(self) -> Quote {
        match self {
            Self::Quoted | Self::HereDocument { expands: true, .. } => Quote::Double,
            Self::HereDocument { .. } => Quote::Single,
            Self::Operand { quoted: true, .. } => Quote::Double,
            _ => Quote::None,
        }
    }

    /// Whether the byte ends what is read.
    fn ends(self, byte: u8) -> bool {
        match self {
            Self::Word | Self::Pattern | Self::Regex => ends_word(byte),
            Self::Quoted => byte == b'"',
            Self::Glob => matches!(byte, b')' | b'\n'),
            Self::Operand { .. } => byte == b'}',
            Self::Index => matches!(byte, b']' | b'\n'),
            Self::Arithmetic | Self::HereDocument { .. } => false,
        }
    }

    /// Whether a backslash quotes every character, not only those that mean something here.
    fn escapes_all(self) -> bool {
        matches!(
            self,
            Self::Word
                | Self::Pattern
                | Self::Regex
                | Self::Glob
                | Self::Index
                | Self::Operand { quoted: false, .. }
        )
    }

    /// Whether `'` and `$'` quote.
    fn single_quotes(self) -> bool {
        match self {
            Self::Quoted | Self::HereDocument { .. } | Self::Arithmetic => false,
            Self::Operand { plain, .. } => !plain,
            _ => true,
        }
    }

    fn double_quotes(self) -> bool {
        !matches!(self, Self::Quoted | Self::HereDocument { .. })
    }

    /// Whether it is inside double quotes, for what stands in it.
    pub(super) fn is_quoted(self) -> bool {
        matches!(self, Self::Quoted | Self::HereDocument { .. } | Self::Operand { quoted: true, .. })
    }
}

impl Reader<'_, '_> {
    /// The word here; empty where none begins.
    pub(super) fn word(&mut self, mode: Mode) -> Word {
        let start = self.at;
        let pieces = self.pieces(mode);
        Word { at: self.since(start), pieces }
    }

    /// Pieces up to what ends the mode, which stays.
    fn pieces(&mut self, mode: Mode) -> Vec<Piece> {
        let mut pieces = Pieces::default();
        let quote = mode.quote();
        // Parentheses open in a regular expression, brackets in an index.
        let mut open = 0usize;
        if let Mode::HereDocument { strips_tabs: true, .. } = mode {
            self.tabs();
        }
        while let Some(byte) = self.peek() {
            if matches!(byte, b'$' | b'{' | b'<') && self.hole(&mut pieces, quote) {
                continue;
            }
            let counted = match mode {
                Mode::Regex => regex(byte, &mut open),
                Mode::Index => index(byte, &mut open),
                _ => false,
            };
            if counted {
                self.keep(&mut pieces);
                continue;
            }
            match byte {
                b'<' | b'>' if mode == Mode::Word && self.ahead(1) == Some(b'(') => {
                    self.flush(&mut pieces, quote);
                    if !self.process(&mut pieces) {
                        break;
                    }
                }
                _ if mode.ends(byte) => break,
                b'\r'
                    if matches!(mode, Mode::Word | Mode::Pattern)
                        && matches!(self.ahead(1), Some(b'\n') | None) =>
                {
                    break;
                }
                b'\\' if !matches!(mode, Mode::HereDocument { expands: false, .. }) => {
                    self.escape(&mut pieces, mode);
                }
                b'\'' if mode.single_quotes() => self.single(&mut pieces, quote),
                b'"' if mode.double_quotes() => self.double(&mut pieces, quote),
                b'$' | b'`' if !matches!(mode, Mode::HereDocument { expands: false, .. }) => {
                    self.dollar(&mut pieces, mode);
                }
                b'\n' if matches!(mode, Mode::HereDocument { strips_tabs: true, .. }) => {
                    self.keep(&mut pieces);
                    if self.peek() == Some(b'\t') {
                        self.flush(&mut pieces, quote);
                        self.tabs();
                    }
                }
                b'?' | b'*' | b'+' | b'@' | b'!'
                    if self.ahead(1) == Some(b'(')
                        && matches!(mode, Mode::Word | Mode::Pattern | Mode::Glob) =>
                {
                    self.glob(&mut pieces);
                }
                _ => {
                    self.keep(&mut pieces);
                }
            }
        }
        self.flush(&mut pieces, quote);
        pieces.of
    }

    fn tabs(&mut self) {
        self.at += self.rest().iter().take_while(|b| **b == b'\t').count();
    }

    fn escape(&mut self, into: &mut Pieces, mode: Mode) {
        let quote = mode.quote();
        let continued = self.continues();
        if continued > 0 {
            self.flush(into, quote);
            self.at += continued;
            return;
        }
        let quotes = match self.ahead(1) {
            None => false,
            Some(_) if mode.escapes_all() => true,
            Some(b'$' | b'`' | b'\\') => true,
            Some(b'"') => !matches!(mode, Mode::HereDocument { .. }),
            Some(b'}') => matches!(mode, Mode::Operand { .. }),
            Some(_) => false,
        };
        if !quotes {
            self.keep(into);
            return;
        }
        self.flush(into, quote);
        let start = self.at;
        self.at += 1;
        self.step();
        let text = self.slice(start + 1..self.at);
        self.push(into, start, Quote::Escape, PieceKind::Literal(text.into()));
    }

    /// `'…'`, holes in it included.
    fn single(&mut self, into: &mut Pieces, outer: Quote) {
        self.flush(into, outer);
        let mark = self.mark();
        let mut inner = Pieces::default();
        self.at += 1;
        loop {
            match self.peek() {
                None => return self.unclosed(into, &mark, "a quote that does not end"),
                Some(b'\'') => break,
                Some(b'$' | b'{' | b'<') if self.hole(&mut inner, Quote::Single) => {}
                Some(_) => {
                    self.keep(&mut inner);
                }
            }
        }
        self.flush(&mut inner, Quote::Single);
        into.of.append(&mut inner.of);
        self.at += 1;
    }

    /// `"…"`.
    pub(super) fn double(&mut self, into: &mut Pieces, outer: Quote) {
        self.flush(into, outer);
        let mark = self.mark();
        self.at += 1;
        let Some(mut inner) = self.deeper(|reader| reader.pieces(Mode::Quoted)) else {
            let at = self.since(mark.at);
            self.unknown(at, "quotes that are nested too deep");
            return self.push(into, mark.at, Quote::None, PieceKind::Unknown);
        };
        if self.peek() != Some(b'"') {
            return self.unclosed(into, &mark, "a quote that does not end");
        }
        into.of.append(&mut inner);
        self.at += 1;
    }

    /// Gives up what opened at the mark.
    pub(super) fn unclosed(&mut self, into: &mut Pieces, mark: &super::Mark, why: &'static str) {
        self.retreat(mark, why);
        self.push(into, mark.at, Quote::None, PieceKind::Unknown);
    }

    /// `@(…)` and its kin: characters, but for what is expanded in it.
    fn glob(&mut self, into: &mut Pieces) {
        let start = self.at;
        into.run.get_or_insert(start);
        self.at += 2;
        let Some(inner) = self.deeper(|reader| {
            reader.flush(into, Quote::None);
            reader.pieces(Mode::Glob)
        }) else {
            return;
        };
        into.of.extend(inner);
        if self.peek() == Some(b')') {
            into.run = Some(self.at);
            self.at += 1;
        } else {
            let at = self.extent(start, start + 2);
            self.unknown(at, "a file pattern that does not end on its line");
        }
    }
}

/// Whether a byte that would end a word is a character of the regular expression.
fn regex(byte: u8, open: &mut usize) -> bool {
    match byte {
        b'(' => *open += 1,
        b')' if *open > 0 => *open -= 1,
        b' ' | b'\t' | b';' | b'&' | b'<' | b'>' => return *open > 0,
        b'|' => return true,
        _ => return false,
    }
    true
}

/// Whether a bracket belongs to an index within the index.
fn index(byte: u8, open: &mut usize) -> bool {
    match byte {
        b'[' => *open += 1,
        b']' if *open > 0 => *open -= 1,
        _ => return false,
    }
    true
}
