//! What was said of a document when it could last be read: while it cannot, that stays, at the places to which the text has
//! moved, and says that it is old.

use std::sync::Arc;

use crate::runtime::contract::{Finding, Span};

/// Put before what is old.
pub(super) const MARK: &str = "(before the last edits, which cannot be read yet) ";

/// What was said of a text.
#[derive(Clone, Debug)]
pub(super) struct Good {
    /// The text.
    pub(super) text: Arc<Vec<u8>>,
    /// What was found, each with the place that is shown.
    pub(super) found: Vec<(Span, Arc<Finding>)>,
}

impl Good {
    /// What was found, at its places in another text.
    pub(super) fn in_text<'a>(&'a self, now: &[u8]) -> impl Iterator<Item = (Span, &'a Finding)> + use<'a> {
        let shift = Shift::between(&self.text, now);
        self.found.iter().map(move |(span, finding)| (shift.of(*span), finding.as_ref()))
    }
}

/// How places move from one text to another that begins and ends alike.
#[derive(Clone, Copy, Debug)]
struct Shift {
    /// Bytes that both begin with.
    start: usize,
    /// Bytes that both end with.
    end: usize,
    old: usize,
    new: usize,
}

impl Shift {
    fn between(old: &[u8], new: &[u8]) -> Self {
        let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let left = old.len().min(new.len()) - start;
        let end = old.iter().rev().zip(new.iter().rev()).take(left).take_while(|(a, b)| a == b).count();
        Self { start, end, old: old.len(), new: new.len() }
    }

    fn of(self, span: Span) -> Span {
        let moved = |offset: u32| {
            let offset = offset as usize;
            let at = match offset {
                offset if offset <= self.start => offset,
                offset if offset >= self.old - self.end => offset + self.new - self.old,
                // Inside of what was edited.
                offset => offset.min(self.new - self.end),
            };
            u32::try_from(at).unwrap_or(u32::MAX)
        };
        let start = moved(span.start);
        Span { start, end: moved(span.end).max(start) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_move_with_the_text_around_them() {
        let moved = |old: &str, new: &str, start, end| {
            let span = Shift::between(old.as_bytes(), new.as_bytes()).of(Span { start, end });
            (span.start, span.end)
        };
        assert_eq!(moved("a: x\nb: y\n", "a: x\nnew: [\nb: y\n", 0, 4), (0, 4));
        assert_eq!(moved("a: x\nb: y\n", "a: x\nnew: [\nb: y\n", 8, 9), (15, 16));
        assert_eq!(moved("a: x\nb: y\n", "b: y\n", 8, 9), (3, 4));
        assert_eq!(moved("abcdef", "abf", 3, 4), (2, 2));
        assert_eq!(moved("aaaa", "aa", 4, 4), (2, 2));
    }
}
