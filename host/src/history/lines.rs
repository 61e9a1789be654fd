//! The lines of a file that no parent's version has.
//!
//! A line counts as added if it stands more often in the new version than in any of the old ones; then each of its
//! places does. That is what a diff adds, without lines that only moved, in linear time on any input.

use std::collections::HashMap;
use std::ops::Range;

use crate::runtime::contract::Span;

/// The added lines, as ranges of bytes in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Added(Vec<Range<usize>>);

impl Added {
    /// Every line, for a file that no parent has.
    pub(super) fn all(new: &[u8]) -> Self {
        let all = 0..new.len();
        Self(vec![all])
    }

    /// The lines of `new` that none of `old` has.
    pub(super) fn of(new: &[u8], old: &[Vec<u8>]) -> Self {
        let mut known: HashMap<&[u8], usize> = HashMap::new();
        for old in old {
            for (line, count) in counts(old) {
                let most = known.entry(line).or_default();
                *most = count.max(*most);
            }
        }
        let mut more = counts(new);
        more.retain(|line, count| known.get(line).is_none_or(|most| *count > *most));
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut start = 0;
        for line in lines(new) {
            let end = start + line.len();
            if more.contains_key(bare(line)) {
                match ranges.last_mut() {
                    Some(last) if last.end == start => last.end = end,
                    _ => ranges.push(start..end),
                }
            }
            start = end;
        }
        Self(ranges)
    }

    /// Whether a span meets one.
    pub(super) fn meets(&self, span: Span) -> bool {
        let (start, end) = (span.start as usize, (span.end as usize).max(span.start as usize + 1));
        let after = self.0.partition_point(|range| range.end <= start);
        self.0.get(after).is_some_and(|range| range.start < end)
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

/// A line without its end: an end that changes, or that the last line gets, adds nothing.
fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn counts(text: &[u8]) -> HashMap<&[u8], usize> {
    let mut counts = HashMap::new();
    for line in lines(text) {
        *counts.entry(bare(line)).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(new: &str, old: &[&str]) -> Vec<String> {
        let old: Vec<Vec<u8>> = old.iter().map(|text| text.as_bytes().to_vec()).collect();
        let ranges = Added::of(new.as_bytes(), &old).0;
        ranges.into_iter().map(|range| new[range].to_owned()).collect()
    }

    #[test]
    fn a_line_is_added_that_no_parent_has() {
        assert_eq!(added("a\nb\nc\nd\n", &["a\nd\n"]), ["b\nc\n"]);
        assert_eq!(added("a\nb\nc\n", &["a\nb\n", "c\n"]), Vec::<String>::new());
        assert_eq!(added("a\na\n", &["a\n"]), ["a\na\n"]);
        assert_eq!(added("b\na\n", &["a\nb"]), Vec::<String>::new());
        assert_eq!(added("a\r\nb\r\n", &["a\nb\n"]), Vec::<String>::new());
        assert_eq!(added("a\nb", &[]), ["a\nb"]);
    }

    #[test]
    fn a_span_meets_what_it_overlaps() {
        let added = Added::of(b"a\nbcd\ne\n", &[b"a\ne\n".to_vec()]);
        let meets = |start, end| added.meets(Span { start, end });
        assert_eq!(
            [meets(0, 2), meets(0, 3), meets(4, 4), meets(5, 9), meets(6, 9)],
            [false, true, true, true, false]
        );
    }
}
