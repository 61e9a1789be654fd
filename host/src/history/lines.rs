//! The lines of a file that no parent's version has.
//!
//! A line counts as added if it stands more often in the new version than in the old one; then each of its places does
//! that has no counterpart beside it. That is what a diff adds, without lines that only moved, in linear time on any
//! input.

use std::collections::HashMap;
use std::ops::Range;

use crate::runtime::contract::Span;

/// Bytes compared in one step.
const BLOCK: usize = 1 << 10;
/// How many lines ahead two versions are searched for a line in common. Where they have none, the rest is counted, which
/// takes longer; what people change in one place is mostly less.
const AHEAD: usize = 32;

/// The added lines, as ranges of bytes in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Added(Vec<Range<usize>>);

impl Added {
    /// Every line, for a file that no parent has.
    pub(super) fn all(new: &[u8]) -> Self {
        let all = 0..new.len();
        Self(vec![all])
    }

    /// The lines of `new` that are not in `old`.
    pub(super) fn since(new: &[u8], old: &[u8]) -> Self {
        let (lines, others) = apart(new, old);
        let mut more: HashMap<&[u8], isize> = HashMap::new();
        for line in &lines {
            *more.entry(bare(new.get(line.clone()).unwrap_or_default())).or_default() += 1;
        }
        for line in others {
            more.entry(bare(line)).and_modify(|count| *count -= 1);
        }
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for line in lines {
            let count = more.get(bare(new.get(line.clone()).unwrap_or_default()));
            if count.is_some_and(|count| *count > 0) {
                match ranges.last_mut() {
                    Some(last) if last.end == line.start => last.end = line.end,
                    _ => ranges.push(line),
                }
            }
        }
        Self(ranges)
    }

    /// The lines that both have.
    pub(super) fn and(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            let range = x.start.max(y.start)..x.end.min(y.end);
            if !range.is_empty() {
                both.push(range);
            }
            if x.end < y.end {
                a.next()
            } else {
                b.next()
            };
        }
        Self(both)
    }

    /// Whether that is all of a version.
    pub(super) fn is_all(&self, new: &[u8]) -> bool {
        matches!(self.0.as_slice(), [all] if *all == (0..new.len()))
    }

    /// Whether a span meets one.
    pub(super) fn meets(&self, span: Span) -> bool {
        let (start, end) = (span.start as usize, (span.end as usize).max(span.start as usize + 1));
        let after = self.0.partition_point(|range| range.end <= start);
        self.0.get(after).is_some_and(|range| range.start < end)
    }
}

/// The lines that two versions do not have in common side by side: those of the new one by their bytes, and the others.
fn apart<'t>(new: &'t [u8], old: &'t [u8]) -> (Vec<Range<usize>>, Vec<&'t [u8]>) {
    let (mut lines_of_new, mut lines_of_old) = (Vec::new(), Vec::new());
    let (mut at, mut other) = (0, 0);
    loop {
        let (rest, others) = (new.get(at..).unwrap_or_default(), old.get(other..).unwrap_or_default());
        let same = alike(rest, others);
        // Back to where the line that differs begins.
        let same =
            rest.get(..same).unwrap_or_default().iter().rposition(|byte| *byte == b'\n').map_or(0, |n| n + 1);
        let (rest, others) = (rest.get(same..).unwrap_or_default(), others.get(same..).unwrap_or_default());
        (at, other) = (at + same, other + same);
        let (here, there): (Vec<&[u8]>, Vec<&[u8]>) =
            (lines(rest).take(AHEAD).collect(), lines(others).take(AHEAD).collect());
        let Some((a, b)) = meet(&here, &there) else {
            for line in lines(rest) {
                lines_of_new.push(at..at + line.len());
                at += line.len();
            }
            lines_of_old.extend(lines(others));
            return (lines_of_new, lines_of_old);
        };
        for line in here.iter().take(a) {
            lines_of_new.push(at..at + line.len());
            at += line.len();
        }
        lines_of_old.extend(there.iter().take(b));
        at += here.get(a).map_or(0, |line| line.len());
        other += there.iter().take(b + 1).map(|line| line.len()).sum::<usize>();
    }
}

/// The first line that two runs of lines have in common, by its number in each: the least number of lines is passed over.
fn meet(here: &[&[u8]], there: &[&[u8]]) -> Option<(usize, usize)> {
    let sums = 0..here.len() + there.len();
    let pairs = sums.flat_map(|sum| (0..=sum.min(here.len())).map(move |a| (a, sum - a)));
    pairs.into_iter().find(|(a, b)| {
        let (here, there) = (here.get(*a), there.get(*b));
        here.is_some_and(|line| there.is_some_and(|other| bare(line) == bare(other)))
    })
}

/// How many bytes two texts begin with alike.
fn alike(a: &[u8], b: &[u8]) -> usize {
    let mut count = 0;
    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
        if a != b {
            return count + a.iter().zip(b).take_while(|(a, b)| a == b).count();
        }
        count += a.len();
    }
    count
}

pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

/// A line without its end: an end that changes, or that the last line gets, adds nothing.
fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(new: &str, old: &[&str]) -> Vec<String> {
        let all = Added::all(new.as_bytes());
        let ranges =
            old.iter().fold(all, |all, old| all.and(&Added::since(new.as_bytes(), old.as_bytes()))).0;
        ranges.into_iter().map(|range| new[range].to_owned()).collect()
    }

    #[test]
    fn a_line_is_added_that_no_parent_has() {
        assert_eq!(added("a\nb\nc\nd\n", &["a\nd\n"]), ["b\nc\n"]);
        assert_eq!(added("a\nb\nc\n", &["a\nb\n", "c\n"]), Vec::<String>::new());
        assert_eq!(added("a\nx\nc\n", &["a\nb\n", "c\n"]), ["x\n"]);
        assert_eq!(added("a\na\n", &["a\n"]), ["a\n"]);
        assert_eq!(added("b\na\n", &["a\nb"]), Vec::<String>::new());
        assert_eq!(added("a\r\nb\r\n", &["a\nb\n"]), Vec::<String>::new());
        assert_eq!(added("a\nb", &[]), ["a\nb"]);
        assert_eq!(added("a\nb", &[""]), ["a\nb"]);
        assert_eq!(added("", &["a\n"]), Vec::<String>::new());
    }

    #[test]
    fn far_apart_is_found_as_well() {
        let old: String = (0..500).map(|n| format!("line {n}\n")).collect();
        let many: String = (0..100).map(|n| format!("new {n}\n")).collect();
        assert_eq!(added(&format!("{many}{old}last"), &[&old]), [many.as_str(), "last"]);
        let changed = old.replace("line 7\n", "line x\n").replace("line 300\n", "line 300\ny\n");
        assert_eq!(added(&changed, &[&old]), ["line x\n", "y\n"]);
    }

    #[test]
    fn a_span_meets_what_it_overlaps() {
        let added = Added::since(b"a\nbcd\ne\n", b"a\ne\n");
        let meets = |start, end| added.meets(Span { start, end });
        assert_eq!(
            [meets(0, 2), meets(0, 3), meets(4, 4), meets(5, 9), meets(6, 9)],
            [false, true, true, true, false]
        );
    }

    #[test]
    fn versions_without_a_line_in_common_take_linear_time() {
        let text = |word: &str| (0..200_000).map(|n| format!("{word} {n}\n")).collect::<String>();
        assert_eq!(added(&text("new"), &[&text("old")]).len(), 1);
        let alternating: String = (0..100_000).map(|n| format!("new {n}\nsame\n")).collect();
        let other: String = (0..100_000).map(|n| format!("old {n}\nsame\n")).collect();
        assert_eq!(added(&alternating, &[&other]).len(), 100_000);
    }
}
