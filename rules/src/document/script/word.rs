//! Words: literal characters and what stands in for characters, each with its place.

use super::{Extent, List, Script};
use crate::document::ground::Ground;
use crate::document::{Scalar, Style};
use crate::fact::text::Text;
use crate::fact::value::Why;

/// A word as the shell splits them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its bytes, quotes included.
    pub at: Extent,
    /// What it is made of; nothing for `""`.
    pub pieces: Vec<Piece>,
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its bytes without quotes. A literal either stands in the text byte for byte or is one escape.
    pub at: Extent,
    /// How it is quoted.
    pub quote: Quote,
    /// What it is.
    pub kind: PieceKind,
}

/// How a piece is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Not at all: split at blanks and matched with file names after expansion.
    None,
    /// `'…'`.
    Single,
    /// `"…"`, or the body of a here-document.
    Double,
    /// `$'…'`.
    Ansi,
    /// One character behind an escape sign.
    Escape,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// Characters.
    Literal(Box<str>),
    /// The value of a parameter.
    Parameter(Box<Expansion>),
    /// What commands write: `$(…)`, backquotes. In PowerShell also `(…)` and script blocks.
    Substitution(List),
    /// A file that commands write or read: `<(…)`, `>(…)`.
    Process(List),
    /// A computed number: `$((…))`.
    Arithmetic(Vec<Piece>),
    /// A hole that is filled before the shell runs: what stands between its signs.
    Hole(Extent),
    /// Not understood.
    Unknown,
}

/// The expansion of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// The parameter: a name, digits or a special sign.
    pub name: Extent,
    /// The index of an array's item.
    pub index: Option<Word>,
    /// Whether the value is itself a name of which the value is taken (`${!x}`).
    pub indirect: bool,
    /// What is done with the value.
    pub operator: Operator,
    /// What stands behind the operator.
    pub operand: Option<Word>,
}

/// What an expansion does with the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Nothing.
    None,
    /// `-`, `:-`: the operand stands in if there is no value.
    Default,
    /// `=`, `:=`: the same, and it is kept.
    Assign,
    /// `?`, `:?`: the script stops if there is no value.
    Require,
    /// `+`, `:+`: the operand stands in if there is a value.
    Alternative,
    /// `#name`: its length.
    Length,
    /// `:offset:length`.
    Substring,
    /// `#`, `##`.
    WithoutPrefix,
    /// `%`, `%%`.
    WithoutSuffix,
    /// `/pattern/replacement` and its kin.
    Replace,
    /// `^`, `,` and their kin.
    Case,
    /// `@Q` and its kin.
    Transform,
    /// `!prefix*`: names that begin so.
    Names,
}

impl Word {
    /// Its text if every piece is literal.
    #[must_use]
    pub fn known(&self) -> Option<String> {
        self.pieces.iter().map(Piece::literal).collect()
    }

    /// Whether it reaches the program as it is written: nothing in it is expanded, not as a file pattern either.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        let mut first = true;
        self.pieces.iter().all(|piece| {
            let begins = std::mem::take(&mut first);
            let Some(text) = piece.literal() else { return false };
            let expands = |c: char| matches!(c, '*' | '?' | '[' | '{');
            piece.quote != Quote::None || !(text.contains(expands) || begins && text.starts_with('~'))
        })
    }

    /// Known characters at its start.
    #[must_use]
    pub fn prefix(&self) -> String {
        self.pieces.iter().map_while(Piece::literal).collect()
    }

    /// Known characters at its end.
    #[must_use]
    pub fn suffix(&self) -> String {
        let known = self.pieces.iter().rev().map_while(Piece::literal).collect::<Vec<_>>();
        known.into_iter().rev().collect()
    }

    /// Its text with holes where the script does not say what stands there.
    #[must_use]
    pub fn to_text(&self, script: &Script) -> Text {
        let mut text = Text::default();
        for piece in &self.pieces {
            match &piece.kind {
                PieceKind::Literal(literal) => text.push(literal),
                PieceKind::Parameter(expansion) => {
                    text.push_hole(Why::Variable(script.text(expansion.name).to_owned()));
                }
                PieceKind::Substitution(_) => text.push_hole(unsupported("what a command writes")),
                PieceKind::Process(_) => text.push_hole(unsupported("a file that a command writes")),
                PieceKind::Arithmetic(_) => text.push_hole(unsupported("arithmetic of a shell")),
                PieceKind::Hole(inner) => text.push_hole(expression(script.text(*inner).trim())),
                PieceKind::Unknown => text.push_hole(unsupported("what could not be read")),
            }
        }
        text
    }

    /// What is left behind the first `bytes` bytes of its known text; `None` if those are not all known.
    #[must_use]
    pub fn after(&self, bytes: usize) -> Option<Self> {
        let mut skip = bytes;
        let mut pieces = self.pieces.iter();
        let mut kept = Vec::new();
        while skip > 0 {
            let piece = pieces.next()?;
            let literal = piece.literal()?;
            if let Some(rest) = literal.get(skip..).filter(|rest| !rest.is_empty()) {
                // An escape stands for its characters together: the rest keeps the whole.
                let verbatim = piece.at.len() == literal.len();
                let at = if verbatim { piece.at.from(piece.at.start as usize + skip) } else { piece.at };
                kept.push(Piece { at, quote: piece.quote, kind: PieceKind::Literal(rest.into()) });
                skip = 0;
            } else {
                skip = skip.checked_sub(literal.len())?;
            }
        }
        kept.extend(pieces.cloned());
        let last = self.pieces.last().map_or(self.at.end, |piece| piece.at.end);
        let start = kept.first().map_or(last, |piece| piece.at.start);
        let end = kept.last().map_or(last, |piece| piece.at.end);
        Some(Self { at: self.at.from(start as usize).to(end as usize), pieces: kept })
    }

    /// What is left behind the first `sign` that is written out, whatever stands before it.
    #[must_use]
    pub fn behind(&self, sign: char) -> Option<Self> {
        let found = |piece: &Piece| Some(piece.literal()?.find(sign)? + sign.len_utf8());
        let (index, skip) = self.pieces.iter().enumerate().find_map(|(i, p)| Some((i, found(p)?)))?;
        let pieces = self.pieces.get(index..)?;
        let start = pieces.first().map_or(self.at.end, |piece| piece.at.start);
        Self { at: self.at.from(start as usize), pieces: pieces.to_vec() }.after(skip)
    }

    /// Its parts between line breaks that are written out. A line break that is an escape ends none: nobody sees two
    /// lines there.
    #[must_use]
    pub fn lines(&self) -> Vec<Self> {
        let mut lines = Vec::new();
        let mut line: Vec<Piece> = Vec::new();
        let mut end_line = |line: &mut Vec<Piece>| {
            if let (Some(first), Some(last)) = (line.first(), line.last()) {
                let at = self.at.from(first.at.start as usize).to(last.at.end as usize);
                lines.push(Self { at, pieces: std::mem::take(line) });
            }
        };
        for piece in &self.pieces {
            let verbatim = piece.literal().filter(|text| text.len() == piece.at.len());
            let Some(text) = verbatim else {
                line.push(piece.clone());
                continue;
            };
            let mut from = piece.at.start as usize;
            for part in text.split_inclusive('\n') {
                let bare = part.trim_end_matches(['\r', '\n']);
                if !bare.is_empty() {
                    let at = piece.at.from(from).to(from + bare.len());
                    line.push(Piece { at, quote: piece.quote, kind: PieceKind::Literal(bare.into()) });
                }
                from += part.len();
                if part.ends_with('\n') {
                    end_line(&mut line);
                }
            }
        }
        end_line(&mut line);
        lines
    }

    /// The bytes of its pieces: without the quotes around them.
    #[must_use]
    pub fn inner(&self) -> Extent {
        match (self.pieces.first(), self.pieces.last()) {
            (Some(first), Some(last)) => self.at.from(first.at.start as usize).to(last.at.end as usize),
            _ => self.at,
        }
    }

    /// A known word as a text of its own that leads back to the file: a script within a script, JSON in an argument.
    #[must_use]
    pub fn scalar(&self, script: &Script) -> Option<Scalar> {
        self.placed(script, Piece::literal)
    }

    /// The word as [`Self::scalar`], with what is expanded in it left as it is written: a document that a command reads
    /// has gaps, and what stands around them is its own.
    #[must_use]
    pub fn with_gaps(&self, script: &Script) -> Option<Scalar> {
        self.placed(script, |piece| Some(piece.literal().unwrap_or_else(|| script.text(piece.at))))
    }

    fn placed<'s>(&'s self, script: &'s Script, of: impl Fn(&'s Piece) -> Option<&'s str>) -> Option<Scalar> {
        let mut text = String::new();
        let mut pairs = Vec::new();
        for piece in &self.pieces {
            let literal = of(piece)?;
            pairs.push((text.len(), piece.at.start as usize));
            text.push_str(literal);
            if literal.len() != piece.at.len() {
                pairs.push((text.len(), piece.at.end as usize));
            }
        }
        let inner = self.inner();
        if pairs.is_empty() {
            pairs.push((0, inner.start as usize));
        }
        let ground = Ground::Scalar(script.texts.get(inner.text as usize)?);
        Some(ground.scalar(&text, Style::Quoted, &pairs, inner.end as usize))
    }
}

/// Messages quote an expression, so a long one is cut.
fn expression(text: &str) -> Why {
    const LONGEST: usize = 80;
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    Why::Expression(shown)
}

fn unsupported(what: &str) -> Why {
    Why::Unsupported(what.to_owned())
}

impl Piece {
    /// Its characters, if it is literal.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match &self.kind {
            PieceKind::Literal(text) => Some(text),
            _ => None,
        }
    }
}
