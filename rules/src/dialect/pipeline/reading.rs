//! What scripts read and set: variables by their names, and words with what is known of them filled in.

use std::collections::BTreeMap;
use std::ops::Range;

use super::script::Interpreter;
use super::value::{self, Part};
use crate::document::script::{Operator, PieceKind, Script, Word};
use crate::fact::{Datum, Known, Text, Why};
use crate::span::{FileId, Source};

/// What names mean where something runs.
pub(crate) trait Names {
    /// A variable's value; a hole with its name if nothing in the configuration sets it.
    fn variable(&self, name: &str, at: Source) -> Datum;

    /// Whether something in the configuration sets the variable.
    fn has(&self, name: &str) -> bool;

    /// Whether the platform, its runner or the shell sets it.
    fn is_predefined(&self, name: &str) -> bool;

    /// Whether it names a secret of a store that something in the configuration refers to, whatever it is called.
    fn is_stored(&self, _name: &str) -> bool {
        false
    }

    /// The variables that the configuration sets.
    fn all(&self) -> Vec<String> {
        Vec::new()
    }

    /// What the platform fills a hole of a script with, by the hole as it is written.
    fn hole(&self, _written: &str, _at: Source) -> Option<Datum> {
        None
    }

    /// Whether a hole of this name is no variable: an input, a parameter.
    fn is_input(&self, _name: &str) -> bool {
        false
    }
}

/// The name behind a dollar sign, and the bytes it takes there.
pub(crate) fn variable(rest: &str) -> Option<(&str, usize)> {
    let (inner, braces) = match rest.strip_prefix('{') {
        Some(inner) => (inner, true),
        None => (rest, false),
    };
    let length = inner.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let name =
        inner.get(..length).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))?;
    match braces {
        true => inner[length..].starts_with('}').then_some((name, length + 2)),
        false => Some((name, length)),
    }
}

/// A piece of a text with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    Literal(&'t str),
    /// `$NAME`, `${NAME}`.
    Variable(&'t str),
}

/// Splits a text at its variables. One behind a backslash is text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(start) = text.get(at..).and_then(|rest| rest.find('$')).map(|found| at + found) {
        let escaped = start.checked_sub(1).and_then(|before| text.as_bytes().get(before)) == Some(&b'\\');
        let found = text.get(start + 1..).and_then(variable).filter(|_| !escaped);
        let Some((name, length)) = found else {
            at = start + 1;
            continue;
        };
        if start > from {
            pieces.push(Piece::Literal(&text[from..start]));
        }
        pieces.push(Piece::Variable(name));
        from = start + 1 + length;
        at = from;
    }
    if from < text.len() {
        pieces.push(Piece::Literal(&text[from..]));
    }
    pieces
}

/// A text with holes for its variables.
pub(crate) fn holed(text: &str) -> Text {
    pieces(text).into_iter().fold(Text::default(), |mut holed, piece| {
        match piece {
            Piece::Literal(literal) => holed.push(literal),
            Piece::Variable(name) => holed.push_hole(Why::Variable(name.to_owned())),
        }
        holed
    })
}

/// A path without what says the same in another way.
pub(crate) fn plain_path(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path).trim_end_matches('/')
}

/// A word of a script of this file with what is known filled in.
pub(crate) fn word_value(names: &dyn Names, file: FileId, script: &Script, word: &Word) -> Datum {
    let at = Source::new(file, script.span(word.inner()));
    let filled = |kind: &PieceKind, written: &str| match kind {
        PieceKind::Parameter(expansion) if expansion.operator == Operator::None => {
            Some(names.variable(script.text(expansion.name).trim_start_matches("env:"), at))
        }
        PieceKind::Hole(_) => names.hole(written, at),
        _ => None,
    };
    if let [piece] = word.pieces.as_slice()
        && let Some(mut datum) = filled(&piece.kind, script.text(piece.at))
    {
        if datum.at != at {
            datum.via.insert(0, at);
        }
        return datum;
    }
    if let Some(known) = word.known() {
        return Datum::new(at, Known::Text(Text::literal(known)));
    }
    let computed = || Datum::unknown(at, Why::Computed("what a command writes".to_owned()));
    let parts = word.pieces.iter().map(|piece| match &piece.kind {
        PieceKind::Literal(literal) => Part::Literal(literal),
        kind => Part::Value(filled(kind, script.text(piece.at)).unwrap_or_else(computed)),
    });
    value::join(parts, at, || Why::Unsupported("this word".to_owned()))
}

/// Variables that a script sets: assignments, `read`, loops. With the end of the first in the script's own text.
pub(crate) fn assigned(script: &Script) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    let mut add = |name: &str, end: u32| {
        let name = name.strip_prefix("env:").unwrap_or(name);
        names.entry(name.to_owned()).or_insert(end as usize);
    };
    for found in script.commands() {
        for assignment in found.simple.assigned() {
            add(script.text(assignment.name), assignment.at.end);
        }
        if found.simple.program().as_deref() == Some("read") {
            for word in found.simple.words.iter().skip(1) {
                add(&word.prefix(), word.at.end);
            }
        }
    }
    // `for NAME in …`: the name stands before what it goes over.
    let source = script.source();
    for (at, _) in source.match_indices("for ") {
        let name = source[at + 4..].split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            add(name, u32::try_from(at).unwrap_or(u32::MAX));
        }
    }
    names
}

/// Variables that a script's text reads, each time. In a comment nothing is read.
pub(crate) fn mentions(text: &str, interpreter: Interpreter) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let comment = line.trim_start().starts_with('#');
        let mut at = 0;
        while let Some(dollar) = line.get(at..).and_then(|rest| rest.find('$')).map(|found| at + found) {
            at = dollar + 1;
            let escaped =
                dollar.checked_sub(1).and_then(|before| line.as_bytes().get(before)) == Some(&b'\\');
            let rest = line.get(at..).unwrap_or_default();
            let (skip, inner) = match rest.strip_prefix('{') {
                Some(inner) => (1, inner),
                None => (0, rest),
            };
            let (skip, inner) = match (interpreter, inner.strip_prefix("env:")) {
                (Interpreter::PowerShell, Some(inner)) => (skip + 4, inner),
                (Interpreter::PowerShell, None) => continue,
                _ => (skip, inner),
            };
            let length = inner.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let name = inner.get(..length).unwrap_or_default();
            if comment || escaped || !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                continue;
            }
            let from = start + at + skip;
            found.push((name.to_owned(), from..from + length));
            at += skip + length;
        }
        start += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_at_their_variables() {
        use Piece::{Literal, Variable};
        assert_eq!(
            pieces("a/$B-${C}$"),
            [Literal("a/"), Variable("B"), Literal("-"), Variable("C"), Literal("$")]
        );
        assert_eq!(pieces("\\$A"), [Literal("\\$A")]);
        assert_eq!(holed("$A/b").to_string(), "${A}/b");
    }

    #[test]
    fn variables_that_a_text_reads() {
        let names =
            |text: &str, of: Interpreter| mentions(text, of).into_iter().map(|(n, _)| n).collect::<Vec<_>>();
        assert_eq!(names("a $B \"${C:-d}\" \\$E\n# $F\n$1 $$G", Interpreter::Shell), ["B", "C", "G"]);
        assert_eq!(names("$x = $env:TOKEN", Interpreter::PowerShell), ["TOKEN"]);
    }
}
