//! Large versions cut to what their commits added. A data file of some megabytes that changes with every commit would
//! otherwise be read whole for each, and a history of it takes hours.
//!
//! Around each added line stand the lines next to it and, by indentation, those that hold it, so that it keeps its name.

use super::lines::{Added, lines};
use crate::runtime::contract::{Answer, Span, Spot};

/// Versions above this size are cut, in bytes. What people write by hand stays below it.
pub(super) const WHOLE: usize = 1 << 20;
/// Lines kept on either side of an added one: more than the longest key or certificate people keep in files.
const AROUND: usize = 60;

/// Where the kept bytes of a version stand in it.
#[derive(Debug)]
pub(super) struct Cut {
    /// Where kept bytes begin, in the text and in the version, in ascending order.
    pieces: Vec<(usize, usize)>,
}

impl Cut {
    /// The text of a version cut to what commits added; `None` if it is checked whole.
    pub(super) fn of(version: &[u8], added: &[Added]) -> Option<(Self, Vec<u8>)> {
        let by_one_commit_whole = added.iter().any(|added| added.is_all(version));
        if version.len() <= WHOLE || by_one_commit_whole {
            return None;
        }
        let kept = kept(version, added);
        let (mut pieces, mut text) = (Vec::new(), Vec::new());
        let mut start = 0;
        let mut last_kept = false;
        for (line, keep) in lines(version).zip(kept) {
            if keep {
                if !last_kept {
                    pieces.push((text.len(), start));
                }
                text.extend_from_slice(line);
            }
            last_kept = keep;
            start += line.len();
        }
        Some((Self { pieces }, text))
    }

    /// Where a place in the text is in the version.
    fn back(&self, span: Span) -> Span {
        let offset = |at: usize| {
            let piece = self.pieces.partition_point(|(cut, _)| *cut <= at).saturating_sub(1);
            let (cut, version) = self.pieces.get(piece).copied().unwrap_or_default();
            at - cut.min(at) + version
        };
        let start = offset(span.start as usize);
        // The end belongs to the byte before it: the next one may stand elsewhere.
        let end = if span.end > span.start { offset(span.end as usize - 1) + 1 } else { start };
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { start: narrow(start), end: narrow(end) }
    }

    /// Takes what was said of the text as said of the version.
    pub(super) fn restore(&self, answer: &mut Answer) {
        let back = |spot: &mut Spot| spot.at = self.back(spot.at);
        answer.masks.iter_mut().chain(&mut answer.secrets).for_each(back);
        for finding in &mut answer.findings {
            back(&mut finding.at);
            finding.places.iter_mut().for_each(back);
        }
    }
}

/// For each line of a version whether it is kept.
fn kept(version: &[u8], added: &[Added]) -> Vec<bool> {
    let mut kept: Vec<bool> = Vec::new();
    let mut near: Vec<usize> = Vec::new();
    // The lines that hold the current one: indentation and number, each deeper than the one before.
    let mut holders: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    for (number, line) in lines(version).enumerate() {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span { start: narrow(start), end: narrow(start + line.len()) };
        start += line.len();
        kept.push(false);
        let indent = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let blank = line.trim_ascii().is_empty();
        while !blank && holders.last().is_some_and(|(other, _)| *other >= indent) {
            holders.pop();
        }
        if added.iter().any(|added| added.meets(span)) {
            near.push(number);
            for (_, holder) in holders.iter().rev() {
                // Whoever is kept as a holder has its own holders kept.
                match kept.get_mut(*holder) {
                    Some(kept) if !*kept => *kept = true,
                    _ => break,
                }
            }
        }
        if !blank {
            holders.push((indent, number));
        }
    }
    let mut done = 0;
    for number in near {
        let end = (number + AROUND + 1).min(kept.len());
        for line in number.saturating_sub(AROUND).max(done)..end {
            if let Some(kept) = kept.get_mut(line) {
                *kept = true;
            }
        }
        done = end;
    }
    kept
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)] // a test
    use super::*;

    fn large() -> Vec<String> {
        let mut lines = vec!["outer:".to_owned(), "  inner:".to_owned()];
        lines.extend((0..80_000).map(|n| format!("    row{n}: of no weight")));
        lines
    }

    #[test]
    fn an_added_line_keeps_its_neighbours_and_its_holders() {
        let old = large();
        let mut new = old.clone();
        new[50_000] = "    rowX: of weight".to_owned();
        let (old, new) = (old.join("\n").into_bytes(), new.join("\n").into_bytes());
        let added = [Added::since(&new, &old)];
        let (cut, text) = Cut::of(&new, &added).expect("it is large");
        let text = String::from_utf8(text).expect("text");
        assert!(text.starts_with("outer:\n  inner:\n    row"), "{}", &text[..100]);
        assert_eq!(text.lines().count(), 2 + 2 * AROUND + 1);
        let at = text.find("rowX").expect("the line");
        let narrow = |at: usize| u32::try_from(at).expect("small");
        let span = cut.back(Span { start: narrow(at), end: narrow(at + 4) });
        assert_eq!(&new[span.start as usize..span.end as usize], b"rowX");
        let first = cut.back(Span { start: 0, end: 6 });
        assert_eq!((first.start, first.end), (0, 6));
    }

    #[test]
    fn what_is_small_or_new_is_checked_whole() {
        let new = large().join("\n").into_bytes();
        assert!(Cut::of(&new, &[Added::all(&new)]).is_none());
        assert!(Cut::of(b"a\nb\n", &[Added::since(b"a\nb\n", b"a\n")]).is_none());
        assert!(Cut::of(&new, &[Added::since(&new, &new)]).expect("large").1.is_empty());
    }
}
