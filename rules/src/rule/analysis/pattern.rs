//! Patterns with `*` and `?` against texts that may hold unknown parts.

use crate::fact::{Piece, Text};

/// Longest pattern or text that is compared, in characters: comparing costs length times length. Names of actions and
/// subjects stay far below it; what is longer counts as perhaps matching.
pub(crate) const MAX_LENGTH: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    /// `?`.
    One,
    /// `*`.
    Many,
    /// Unknown characters.
    Hole,
}

/// Whether two patterns, `fold` for blind to case, differ before the first wildcard or unknown part of either: then nothing
/// matches both. Most pairs of actions do, so this is asked before anything is made ready.
#[must_use]
pub(crate) fn begin_apart(one: &Text, other: &str, fold: bool) -> bool {
    let wild = |byte: u8| matches!(byte, b'*' | b'?');
    let pairs = one.prefix().bytes().zip(other.bytes());
    pairs
        .take_while(|(a, b)| !wild(*a) && !wild(*b))
        .any(|(a, b)| if fold { !a.eq_ignore_ascii_case(&b) } else { a != b })
}

/// A pattern or text made ready to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Option<Vec<Token>>);

impl Pattern {
    /// A pattern in which `*` and `?` are wildcards; `fold` makes it blind to case.
    #[must_use]
    pub(crate) fn glob(text: &Text, fold: bool) -> Self {
        Self::tokens(text, true, fold)
    }

    /// A text in which `*` and `?` are themselves.
    #[must_use]
    pub(crate) fn exact(text: &Text, fold: bool) -> Self {
        Self::tokens(text, false, fold)
    }

    fn tokens(text: &Text, wild: bool, fold: bool) -> Self {
        let mut all = Vec::new();
        for piece in &text.0 {
            match piece {
                Piece::Hole(_) => all.push(Token::Hole),
                Piece::Literal(literal) => {
                    all.extend(literal.chars().take(MAX_LENGTH + 1).map(|c| match c {
                        '*' if wild => Token::Many,
                        '?' if wild => Token::One,
                        c if fold => Token::Char(c.to_ascii_lowercase()),
                        c => Token::Char(c),
                    }));
                }
            }
            if all.len() > MAX_LENGTH {
                return Self(None);
            }
        }
        Self(Some(all))
    }

    /// Whether everything the other may stand for surely matches this pattern.
    #[must_use]
    pub(crate) fn subsumes(&self, other: &Self) -> bool {
        let (Some(own), Some(other)) = (&self.0, &other.0) else { return false };
        meet(
            own,
            other,
            &|own, other| match (own, other) {
                (Token::Char(a), Token::Char(b)) => a == b,
                (Token::One, Token::Char(_) | Token::One) => true,
                _ => false,
            },
            false,
        )
    }

    /// Whether something may match both.
    #[must_use]
    pub(crate) fn intersects(&self, other: &Self) -> bool {
        let (Some(own), Some(other)) = (&self.0, &other.0) else { return true };
        meet(
            own,
            other,
            &|own, other| match (own, other) {
                (Token::Char(a), Token::Char(b)) => a == b,
                (Token::One, _) | (_, Token::One) => true,
                _ => false,
            },
            true,
        )
    }
}

/// Walks both side by side. `*` on the own side takes in any token of the other; with `either`, unknown parts and
/// wildcards of the other side take in tokens of the own side too.
fn meet(own: &[Token], other: &[Token], same: &dyn Fn(Token, Token) -> bool, either: bool) -> bool {
    let Some((own, other)) = without_equal_ends(own, other) else { return false };
    let wide_own = |t: Token| t == Token::Many || (either && t == Token::Hole);
    let wide_other = |t: Token| either && matches!(t, Token::Many | Token::Hole);
    // reached[j]: the own tokens so far can stand for the other's first j tokens.
    let mut reached = vec![false; other.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for (j, token) in other.iter().enumerate() {
        let before = reached.get(j).copied().unwrap_or(false);
        if let Some(slot) = reached.get_mut(j + 1) {
            *slot = before && wide_other(*token);
        }
    }
    let mut next = vec![false; other.len() + 1];
    for &mine in own {
        let mut left = false;
        for (j, slot) in next.iter_mut().enumerate() {
            let above = reached.get(j).copied().unwrap_or(false);
            let theirs = j.checked_sub(1).and_then(|i| other.get(i)).copied();
            let diagonal = j.checked_sub(1).and_then(|i| reached.get(i)).copied().unwrap_or(false);
            *slot = match theirs {
                _ if wide_own(mine) => above || left,
                Some(token) if wide_other(token) => above || left,
                Some(token) => diagonal && same(mine, token),
                None => false,
            };
            left = *slot;
        }
        std::mem::swap(&mut reached, &mut next);
    }
    reached.last().copied().unwrap_or(false)
}

/// Both without the characters that they begin and end with alike; `None` if these differ, since a character only ever
/// stands for itself. Most pairs that are compared end here.
fn without_equal_ends<'t>(
    mut own: &'t [Token],
    mut other: &'t [Token],
) -> Option<(&'t [Token], &'t [Token])> {
    while let ([Token::Char(a), own_rest @ ..], [Token::Char(b), other_rest @ ..]) = (own, other) {
        if a != b {
            return None;
        }
        (own, other) = (own_rest, other_rest);
    }
    while let ([own_rest @ .., Token::Char(a)], [other_rest @ .., Token::Char(b)]) = (own, other) {
        if a != b {
            return None;
        }
        (own, other) = (own_rest, other_rest);
    }
    Some((own, other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Why;

    fn glob(text: &str) -> Pattern {
        Pattern::glob(&holed(text), false)
    }

    /// `_` stands for a hole.
    fn holed(text: &str) -> Text {
        let mut made = Text::default();
        for (index, part) in text.split('_').enumerate() {
            if index > 0 {
                made.push_hole(Why::Variable("x".to_owned()));
            }
            made.push(part);
        }
        made
    }

    #[test]
    fn a_pattern_subsumes_what_it_surely_matches() {
        for (pattern, text, expected) in [
            ("s3:Get*", "s3:GetObject", true),
            ("s3:Get*", "s3:PutObject", false),
            ("*", "s3:Get*", true),
            ("s3:Get*", "s3:*", false),
            ("s3:Get?bject", "s3:GetObject", true),
            ("s3:Get?bject", "s3:Get*bject", false),
            ("s3:*Object*", "s3:GetObjectAcl", true),
            ("s3:_", "s3:GetObject", false),
            ("repo:*:x", "repo:_:x", true),
            ("repo:a/*:x", "repo:_:x", false),
            ("", "", true),
            ("**", "", true),
            ("a*a", "a", false),
            ("ab*ba", "aba", false),
            ("ab*ba", "abba", true),
        ] {
            assert_eq!(glob(pattern).subsumes(&glob(text)), expected, "{pattern} over {text}");
            assert!(!expected || !begin_apart(&holed(pattern), text, false), "{pattern} and {text}");
        }
    }

    #[test]
    fn what_begins_apart_is_told_without_a_comparison() {
        for (one, other, fold, expected) in [
            ("s3:Get*", "s3:Put*", false, true),
            ("s3:Get*", "s3:GetObject", false, false),
            ("S3:get*", "s3:GetObject", true, false),
            ("S3:get*", "s3:GetObject", false, true),
            ("*", "s3:GetObject", false, false),
            ("s3:GetObject", "s3:*", false, false),
            ("s3:_", "s3:GetObject", false, false),
            ("_", "s3:GetObject", false, false),
        ] {
            assert_eq!(begin_apart(&holed(one), other, fold), expected, "{one} and {other}");
        }
    }

    #[test]
    fn two_patterns_intersect_where_something_fits_both() {
        for (one, two, expected) in [
            ("repo:a/b:*", "repo:_:environment:prod", true),
            ("repo:a/b:ref:refs/heads/main", "repo:_:environment:prod", false),
            ("repo:a/b:ref:refs/heads/main", "repo:_:ref:_", true),
            ("repo:a/*:environment:?rod", "repo:_:environment:prod", true),
            ("a*c", "ab", false),
            ("_", "", true),
        ] {
            assert_eq!(glob(one).intersects(&glob(two)), expected, "{one} and {two}");
            assert_eq!(glob(two).intersects(&glob(one)), expected, "{two} and {one}");
        }
    }

    #[test]
    fn what_is_too_long_is_perhaps_the_same() {
        let long = glob(&"a".repeat(MAX_LENGTH + 1));
        assert!(long.intersects(&glob("b")));
        assert!(!long.subsumes(&long));
    }
}
