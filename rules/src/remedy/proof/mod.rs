//! Whether a file's edits change what they touch and nothing else: the file is read before and after, and what lies
//! beside the edits must be the same tree. An edit that shifts indentation, ends a string early or takes a neighbour's
//! key along is found by this whatever the file means.
//!
//! Invariant: knows no dialect and no remedy, only documents. What it says of a file names lines, never their text.

mod kept;

#[cfg(test)]
mod tests;

use crate::document::{Document, Format};
use crate::span::ByteSpan;

use kept::{Kept, Touched};

/// Why edits are not sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsound {
    /// They overlap, or reach beyond the file.
    Misfit,
    /// The file would not read: the reader's words.
    Broken(String),
    /// A key would stand twice in one map.
    Twice,
    /// Something that no edit touches would change: its line before the edits.
    Beside(usize),
}

impl std::fmt::Display for Unsound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Misfit => f.write_str("the edits do not fit the file"),
            Self::Broken(why) => write!(f, "the file would not read: {why}"),
            Self::Twice => f.write_str("a key would stand twice"),
            Self::Beside(line) => {
                write!(f, "line {line}, which is not to be changed, would mean something else")
            }
        }
    }
}

/// Holds a file before and after its edits against each other.
///
/// # Errors
/// Why the edits must not be made.
pub fn prove(path: &str, before: &[u8], edits: &[(ByteSpan, &str)]) -> Result<(), Unsound> {
    let (after, touched) = edited(before, edits).ok_or(Unsound::Misfit)?;
    let read = |bytes: &[u8]| Document::read(Format::of_file(path, before), bytes);
    let (was, is) = (read(before), read(&after));
    if is.breaks.len() > was.breaks.len() {
        let why = is.breaks.last().map(|b| b.why.clone()).unwrap_or_default();
        return Err(Unsound::Broken(why));
    }
    if is.duplicates.len() > was.duplicates.len() {
        return Err(Unsound::Twice);
    }
    let was = Kept::of(&was, before, &Touched::new(edits.iter().map(|(span, _)| *span)));
    let is = Kept::of(&is, &after, &Touched::new(touched));
    match Kept::first_difference(was.as_ref(), is.as_ref()) {
        None => Ok(()),
        Some(at) => Err(Unsound::Beside(line_of(before, at))),
    }
}

/// The bytes with the edits made, and where each replacement stands in them.
pub(super) fn edited(before: &[u8], edits: &[(ByteSpan, &str)]) -> Option<(Vec<u8>, Vec<ByteSpan>)> {
    let mut ordered: Vec<&(ByteSpan, &str)> = edits.iter().collect();
    ordered.sort_by_key(|(span, _)| *span);
    let mut after = Vec::with_capacity(before.len());
    let mut touched = Vec::with_capacity(edits.len());
    let mut at = 0;
    for (span, by) in ordered {
        let range = span.range();
        after.extend_from_slice(before.get(at..range.start)?);
        before.get(range.clone())?;
        let start = after.len();
        after.extend_from_slice(by.as_bytes());
        touched.push(ByteSpan::new(start, after.len()));
        at = range.end;
    }
    after.extend_from_slice(before.get(at..)?);
    Some((after, touched))
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes.iter().take(at).filter(|b| **b == b'\n').count() + 1
}
