//! Texts with parameters and variables: `<< parameters.x >>`, `<< pipeline.number >>`, `$NAME`.

use std::ops::Range;

use crate::dialect::pipeline::reading::variable;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Literal(&'t str),
    /// `<< parameters.name >>`: `parameters.name`, and where it stands in the text.
    Parameter(&'t str, Range<usize>),
    /// `$NAME`, `${NAME}`.
    Variable(&'t str),
}

/// Splits a text at its parameters and variables. What is written `\<<` is text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['<', '$'])) {
        let start = at + found;
        let rest = text.get(start..).unwrap_or_default();
        let escaped = start.checked_sub(1).and_then(|before| text.as_bytes().get(before)) == Some(&b'\\');
        let found = match (parameter(rest), rest.strip_prefix('$').and_then(variable)) {
            _ if escaped => None,
            (Some((name, length)), _) => Some((Piece::Parameter(name, start..start + length), length)),
            (None, Some((name, length))) => Some((Piece::Variable(name), length + 1)),
            (None, None) => None,
        };
        let Some((piece, length)) = found else {
            at = start + 1;
            continue;
        };
        if start > from {
            pieces.push(Piece::Literal(&text[from..start]));
        }
        pieces.push(piece);
        from = start + length;
        at = from;
    }
    if from < text.len() {
        pieces.push(Piece::Literal(&text[from..]));
    }
    pieces
}

/// The name in `<< … >>` at the start of a text, and the bytes of the whole. A name has a dot: without one, `<<EOF >>file`
/// is a here-document.
pub(super) fn parameter(text: &str) -> Option<(&str, usize)> {
    // No name is longer; a bound keeps a line of open signs linear.
    const LONGEST: usize = 256;
    let inner = text.strip_prefix("<<")?;
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b' ');
    let length = inner.bytes().take(LONGEST).take_while(part).count();
    let name = inner.get(..length)?.trim();
    let is = name.contains('.') && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (is && inner.get(length..)?.starts_with(">>")).then_some((name, length + 4))
}

/// Whether a text stands for itself.
pub(super) fn is_literal(text: &str) -> bool {
    pieces(text).iter().all(|piece| matches!(piece, Piece::Literal(_)))
}

/// Whether a text is the bare name of a variable, as orbs are handed them: `DEPLOY_TOKEN`.
pub(super) fn is_variable_name(text: &str) -> bool {
    text.contains('_')
        && text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// Variables that a script reads by a name that a parameter fills in: `$<< parameters.x >>`, `${<<parameters.x>>:-y}`.
/// Each is the parameter and its place in the text; `true` for one that is a name, `false` for one that is put in as it is.
pub(super) fn in_script(text: &str) -> Vec<(&str, Range<usize>, bool)> {
    let holes = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Parameter(name, range) => Some((name, range)),
        _ => None,
    });
    let named = |range: &Range<usize>| {
        let before = text.get(..range.start).unwrap_or_default();
        before.ends_with('$') || before.ends_with("${")
    };
    holes.map(|(name, range)| (name, range.clone(), named(&range))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_at_parameters_and_variables() {
        use Piece::{Literal, Parameter, Variable};
        assert_eq!(
            pieces("a/<< parameters.b >>/${C}d"),
            [Literal("a/"), Parameter("parameters.b", 2..20), Literal("/"), Variable("C"), Literal("d")]
        );
        assert_eq!(pieces("cat <<EOF >>x.txt"), [Literal("cat <<EOF >>x.txt")]);
        assert_eq!(pieces("\\<< a.b >>"), [Literal("\\<< a.b >>")]);
        assert_eq!(pieces("<<<<<a.b>>"), [Literal("<<<"), Parameter("a.b", 3..10)]);
        assert!(is_literal("$1 <<x>>") && is_variable_name("A_1") && !is_variable_name("Ab_C"));
    }

    #[test]
    fn parameters_in_scripts_may_be_names() {
        let found = in_script("x ${<<parameters.a>>:+set} $<< parameters.b >> << parameters.c >>");
        let said: Vec<(&str, bool)> = found.into_iter().map(|(name, _, named)| (name, named)).collect();
        assert_eq!(said, [("parameters.a", true), ("parameters.b", true), ("parameters.c", false)]);
    }
}
