//! Texts with `*`, held against texts of which parts are unknown.

use crate::fact::{Piece, Text};

/// Longest partly unknown text that a pattern is held against, in bytes: the comparison takes the product of both
/// lengths. A longer one is not known to match, nor not to.
const LONGEST: usize = 4_096;

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    /// Surely not.
    No,
    /// That depends on what is not known.
    Maybe,
    /// Surely.
    Yes,
}

impl Truth {
    pub(crate) fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    pub(crate) fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

/// A text in which `*` stands for any text, and `\*` for a star.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Token>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    Any,
}

impl Pattern {
    pub(crate) fn of(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                '\\' if chars.peek() == Some(&'*') => Token::Char(chars.next().unwrap_or('*')),
                '*' => Token::Any,
                c => Token::Char(c),
            });
        }
        Self(tokens)
    }

    /// Whether it matches the whole of a known text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        glob(&self.0, text)
    }

    /// Whether it matches the whole of a text, whatever its unknown parts are.
    pub(crate) fn fits(&self, text: &Text) -> Truth {
        if let Some(known) = text.known() {
            return Truth::of(self.matches(known));
        }
        let length: usize = text.0.iter().map(|p| if let Piece::Literal(l) = p { l.len() } else { 1 }).sum();
        if length > LONGEST {
            return Truth::Maybe;
        }
        let tokens = tokens(text);
        if meet(&self.0, &tokens, false) {
            return Truth::Yes;
        }
        if meet(&self.0, &tokens, true) { Truth::Maybe } else { Truth::No }
    }
}

/// Whether a text of a file, in which `*` stands for anything, takes in another one; case makes no difference, as in the
/// names of rights.
pub(crate) fn covers(text: &Text, other: &str) -> Truth {
    let pattern: Vec<Token> = tokens(text)
        .into_iter()
        .map(|token| match token {
            Some(Token::Char('*') | Token::Any) | None => Token::Any,
            Some(Token::Char(c)) => Token::Char(c.to_ascii_lowercase()),
        })
        .collect();
    match glob(&pattern, &other.to_ascii_lowercase()) {
        true if text.has_hole() => Truth::Maybe,
        covers => Truth::of(covers),
    }
}

/// The characters of a text; `None` for an unknown part.
fn tokens(text: &Text) -> Vec<Option<Token>> {
    let mut tokens = Vec::new();
    for piece in &text.0 {
        match piece {
            Piece::Literal(literal) => tokens.extend(literal.chars().map(|c| Some(Token::Char(c)))),
            Piece::Hole(_) => tokens.push(None),
        }
    }
    tokens
}

/// Goes back to the last `*` only, so that it ends in the product of lengths.
fn glob(pattern: &[Token], text: &str) -> bool {
    let mut rest = text.chars();
    let mut p = 0;
    let mut back: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let before = rest.clone();
        let next = rest.next();
        match (pattern.get(p), next) {
            (Some(Token::Any), _) => {
                back = Some((p, before.clone()));
                rest = before;
                p += 1;
            }
            (Some(Token::Char(c)), Some(found)) if *c == found => p += 1,
            (None, None) => return true,
            _ => {
                let Some((star, from)) = &mut back else { return false };
                if from.next().is_none() {
                    return false;
                }
                (p, rest) = (*star + 1, from.clone());
            }
        }
    }
}

/// Whether a pattern and a text with unknown parts meet. `freely`: an unknown part may be anything; else only a `*` of the
/// pattern takes it in.
fn meet(pattern: &[Token], text: &[Option<Token>], freely: bool) -> bool {
    // reached[j]: what was read of the pattern meets the first j of the text.
    let skips = |j: usize, reached: &[bool]| {
        freely && j > 0 && reached.get(j - 1) == Some(&true) && text.get(j - 1) == Some(&None)
    };
    let mut reached = vec![false; text.len() + 1];
    for j in 0..=text.len() {
        let met = j == 0 || skips(j, &reached);
        if let Some(slot) = reached.get_mut(j) {
            *slot = met;
        }
    }
    for token in pattern {
        let mut next = vec![false; text.len() + 1];
        for j in 0..=text.len() {
            let was = |j: Option<usize>| j.and_then(|j| reached.get(j)).copied().unwrap_or(false);
            let is = |j: Option<usize>, next: &[bool]| j.and_then(|j| next.get(j)).copied().unwrap_or(false);
            let before = j.checked_sub(1);
            let last = before.and_then(|j| text.get(j));
            let met = match token {
                Token::Any => was(Some(j)) || is(before, &next),
                Token::Char(c) => match last {
                    Some(Some(Token::Char(found))) => found == c && was(before),
                    // An unknown part may hold this character, and more before and after it.
                    Some(None) if freely => was(before) || was(Some(j)) || is(before, &next),
                    _ => false,
                },
            };
            if let Some(slot) = next.get_mut(j) {
                *slot = met;
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Why;

    fn with_hole(before: &str, after: &str) -> Text {
        let mut text = Text::literal(before);
        text.push_hole(Why::Variable("x".to_owned()));
        text.push(after);
        text
    }

    #[test]
    fn a_star_stands_for_any_text_and_an_escaped_one_for_itself() {
        for (pattern, text, expected) in [
            ("actions/*", "actions/checkout", true),
            ("actions/*", "evil-actions/x", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("*ab", "aab", true),
            (r"\*", "*", true),
            (r"\*", "a", false),
            (r"aws:\*:\*", "aws:*:*", true),
        ] {
            assert_eq!(Pattern::of(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn an_unknown_part_neither_matches_nor_fails_unless_it_cannot_matter() {
        let image = with_hole("registry.example/app-", "");
        for (pattern, expected) in [
            ("registry.example/*", Truth::Yes),
            ("*", Truth::Yes),
            ("registry.example/app-web", Truth::Maybe),
            ("registry.example/app", Truth::No),
            ("docker.io/*", Truth::No),
            ("*-x", Truth::Maybe),
        ] {
            assert_eq!(Pattern::of(pattern).fits(&image), expected, "{pattern}");
        }
        let both = with_hole("team-", "-prod");
        for (pattern, expected) in [
            ("team-*", Truth::Yes),
            ("team-*-prod", Truth::Yes),
            ("team-a-prod", Truth::Maybe),
            ("team-a-dev", Truth::No),
            ("*-dev", Truth::No),
            ("team--prod", Truth::Maybe),
        ] {
            assert_eq!(Pattern::of(pattern).fits(&both), expected, "{pattern}");
        }
        assert_eq!(Pattern::of("a*").fits(&with_hole(&"a".repeat(LONGEST), "")), Truth::Maybe);
    }

    #[test]
    fn a_text_with_stars_takes_in_what_it_matches() {
        let text = |text: &str| Text::literal(text);
        assert_eq!(covers(&text("aws:iam:*"), "aws:iam:PassRole"), Truth::Yes);
        assert_eq!(covers(&text("aws:iam:passrole"), "aws:iam:PassRole"), Truth::Yes);
        assert_eq!(covers(&text("aws:s3:*"), "aws:iam:PassRole"), Truth::No);
        assert_eq!(covers(&text(r"a\*"), r"a\b"), Truth::Yes);
        assert_eq!(covers(&with_hole("aws:", ":*"), "aws:iam:PassRole"), Truth::Maybe);
        assert_eq!(covers(&with_hole("gcp:", ":*"), "aws:iam:PassRole"), Truth::No);
    }
}
