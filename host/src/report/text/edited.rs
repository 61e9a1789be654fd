//! Whole lines of a file as they would stand once edits are made: shown only where nothing that is kept is masked.

use super::{Sources, is_steering};
use crate::runtime::contract::{Edit, Span};

/// Most lines that are shown so.
const MOST_LINES: usize = 20;
/// Longest text that is shown so, in bytes.
const LONGEST: usize = 8 << 10;

/// Other text for whole lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// First and last line, from 1.
    pub lines: (usize, usize),
    /// What is to stand there, without the last line's end.
    pub text: String,
}

impl Sources<'_> {
    /// The lines that edits of one file reach over, as they would be. `None` where they would show a secret, are too many, hold
    /// what steers or would be gone.
    #[must_use]
    pub fn edited(&self, path: &str, edits: &[&Edit]) -> Option<Edited> {
        let file = self.read(path);
        self.outcome.seen.contains(path).then_some(())?;
        lines(&file.bytes, &file.masks, edits)
    }
}

fn lines(bytes: &[u8], masks: &[Span], edits: &[&Edit]) -> Option<Edited> {
    let mut edits: Vec<&Edit> = edits.to_vec();
    edits.sort_by_key(|edit| (edit.at.at.start, edit.at.at.end));
    let from = edits.first()?.at.at.start as usize;
    let to = edits.iter().map(|edit| edit.at.at.end as usize).max()?;
    let start = bytes.get(..from)?.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    // What ends with a line's end leaves the next line alone; what only inserts stands in a line all the same.
    let ends_line = to > from && bytes.get(to - 1) == Some(&b'\n');
    let end = match ends_line {
        true => to - 1,
        false => to + bytes.get(to..)?.iter().position(|b| *b == b'\n').unwrap_or(bytes.len() - to),
    };
    let mut text = Vec::new();
    let mut at = start;
    for edit in edits {
        text.extend_from_slice(kept(bytes, masks, at, edit.at.at.start as usize)?);
        text.extend_from_slice(edit.replacement.as_bytes());
        at = edit.at.at.end as usize;
    }
    text.extend_from_slice(kept(bytes, masks, at, end.max(at))?);
    let mut text = String::from_utf8(text).ok()?;
    if ends_line {
        // An edit that took the line's end is to have given another one, or the next line would follow without.
        text = text.strip_suffix('\n')?.to_owned();
    }
    let first = 1 + bytes.get(..start)?.iter().filter(|b| **b == b'\n').count();
    let more = bytes.get(start..end)?.iter().filter(|b| **b == b'\n').count();
    let shown = more < MOST_LINES && text.len() <= LONGEST && !text.is_empty() && !text.contains(is_steering);
    shown.then_some(Edited { lines: (first, first + more), text })
}

/// What stays as it is, unless a part of it must not be displayed.
fn kept<'b>(bytes: &'b [u8], masks: &[Span], from: usize, to: usize) -> Option<&'b [u8]> {
    let hidden = masks.iter().any(|mask| (mask.start as usize) < to && (mask.end as usize) > from);
    bytes.get(from..to).filter(|_| !hidden)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::runtime::contract::Spot;

    const TEXT: &str = "a: 1\nb: secret\nc: 3\n";

    fn edit(what: &str, by: &str) -> Edit {
        let start = u32::try_from(TEXT.find(what).unwrap()).unwrap();
        let end = start + u32::try_from(what.len()).unwrap();
        Edit { at: Spot { path: String::new(), at: Span { start, end } }, replacement: by.to_owned() }
    }

    fn edited(masks: &[Span], edits: &[Edit]) -> Option<(usize, usize, String)> {
        let edits: Vec<&Edit> = edits.iter().collect();
        lines(TEXT.as_bytes(), masks, &edits).map(|edited| (edited.lines.0, edited.lines.1, edited.text))
    }

    #[test]
    fn lines_are_whole() {
        assert_eq!(edited(&[], &[edit("secret", "x")]), Some((2, 2, "b: x".to_owned())));
        assert_eq!(
            edited(&[], &[edit("1", "x"), edit("3", "y")]),
            Some((1, 3, "a: x\nb: secret\nc: y".to_owned()))
        );
        assert_eq!(
            edited(&[], &[edit("b: secret\n", "d: 4\ne: 5\n")]),
            Some((2, 2, "d: 4\ne: 5".to_owned()))
        );
        let above = Edit {
            at: Spot { path: String::new(), at: Span { start: 5, end: 5 } },
            replacement: "# x\n".to_owned(),
        };
        assert_eq!(edited(&[], &[above]), Some((2, 2, "# x\nb: secret".to_owned())));
    }

    #[test]
    fn what_is_kept_shows_no_secret() {
        let secret = [Span { start: 8, end: 14 }];
        assert_eq!(edited(&secret, &[edit("b", "x")]), None);
        assert_eq!(edited(&secret, &[edit("1", "x"), edit("3", "y")]), None);
        assert_eq!(edited(&secret, &[edit("secret", "${{ x }}")]), Some((2, 2, "b: ${{ x }}".to_owned())));
    }

    #[test]
    fn what_would_be_gone_or_steer_is_not_shown() {
        assert_eq!(edited(&[], &[edit("b: secret\n", "")]), None);
        assert_eq!(edited(&[], &[edit("b: secret", "")]), None);
        assert_eq!(edited(&[], &[edit("secret", "a\u{202e}b")]), None);
    }
}
