//! What has a token's shape and does not stand like one: `glpat-….yml`, `-ptoken`, `token_old`. It is no finding, since
//! longer words are not tokens, but it is not displayed either: hiding a word costs a reader some letters.

use std::ops::Range;

use super::row::Detector;
use super::structure::Token;
use super::{scan, shape};

/// Matches the detector's pattern without what has to stand around it.
pub(super) fn matched<'b>(
    detector: &'static Detector,
    bytes: &'b [u8],
    window: Range<usize>,
) -> Option<Token<'b>> {
    scan::matched_by(detector.loose_regex()?, bytes, window)
}

/// Its secret parts, unless the value proves that it is none.
pub(super) fn secret(detector: &'static Detector, token: &Token<'_>) -> Vec<Range<usize>> {
    let ranges = detector.secret.iter().filter_map(|name| token.range(name)).filter(|r| !r.is_empty());
    let hides = |range: &Range<usize>| {
        token.bytes.get(range.clone()).is_some_and(|value| !shape::is_drawn_by_hand(value))
    };
    if detector.is_documentation(token.bytes.get(token.whole.clone()).unwrap_or_default()) {
        return Vec::new();
    }
    ranges.filter(hides).collect()
}

/// A pattern without the groups at its edges that only tell that the token begins or ended: `(?:^|[^A-Za-z0-9])`,
/// `(?:[^A-Za-z0-9]|$)`.
pub(super) fn without_edges(pattern: &str) -> &str {
    let groups = groups(pattern);
    let start = groups.first().filter(|group| group.start == 0 && pattern.starts_with("(?:^|"));
    let end = groups.last().filter(|group| group.end == pattern.len() && pattern.ends_with("|$)"));
    let range = start.map_or(0, |group| group.end)..end.map_or(pattern.len(), |group| group.start);
    pattern.get(range).filter(|rest| !rest.is_empty()).unwrap_or(pattern)
}

/// Where the groups of a pattern stand that are in no other group.
fn groups(pattern: &str) -> Vec<Range<usize>> {
    let bytes = pattern.as_bytes();
    let mut found = Vec::new();
    let mut open = Vec::new();
    let mut in_class = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            // The first `]` of a class is a letter.
            b'[' if !in_class => {
                in_class = true;
                at += usize::from(bytes.get(at + 1) == Some(&b'^'));
                at += usize::from(bytes.get(at + 1) == Some(&b']'));
            }
            b']' => in_class = false,
            b'(' if !in_class => open.push(at),
            b')' if !in_class => {
                if let (Some(start), true) = (open.pop(), open.is_empty()) {
                    found.push(start..at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test

    use super::*;
    use crate::detect::{canary, row, without_tokens};

    #[test]
    fn only_the_edges_are_left_out() {
        for (pattern, loose) in [
            ("^a(?:b|c){2}(?:[^A-Z]|$)", "^a(?:b|c){2}"),
            (r"^a[^](|$)]\((?:[^.-]|\.(?:[^a]|$)|$)", r"^a[^](|$)]\("),
            ("(?:^|[^)a]|bot)(?P<token>[0-9])[a](?:[^a]|$)", "(?P<token>[0-9])[a]"),
            ("^a(?P<body>[a-f]{3})", "^a(?P<body>[a-f]{3})"),
        ] {
            assert_eq!(without_edges(pattern), loose);
        }
    }

    #[test]
    fn a_token_is_hidden_whatever_stands_around_it() {
        for detector in row::detectors().filter(|d| !d.anchors.is_empty()) {
            let canary = canary::canary(&detector.id, 7).unwrap();
            if canary.text.contains(|c: char| c.is_whitespace() || c == '"') {
                continue; // a file or a line of its own
            }
            for (before, after) in [("", ".yml"), ("", "-old"), ("", "_2"), ("-p", ""), ("x", "y")] {
                let text = format!("{before}{}{after}", canary.text);
                let shown = without_tokens(&text).unwrap_or(text);
                let seen = canary.secret_parts.iter().any(|part| shown.contains(part.as_str()));
                assert!(!seen, "{} between {before:?} and {after:?}", detector.id);
            }
        }
    }
}
