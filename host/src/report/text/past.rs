//! The lines around a place in a version of a file that only git keeps: cut out while the version is at hand, together
//! with what must not be displayed of it. The file of that path today is another.

use std::fmt;

use super::{LineStarts, Lines, MOST_LINES, Sources, touching, whole_lines};
use crate::runtime::contract::{Finding, Span};
use crate::scan::{Secrets, merge};

/// A place in a version of a file. Its `Debug` shows no source.
#[derive(Clone)]
pub struct Past {
    span: Span,
    /// Line and column of both ends of the span.
    ends: [(usize, usize); 2],
    /// Number of the first line of `bytes`, from 1.
    first: usize,
    /// Where `bytes` begin in the file.
    offset: usize,
    /// Whole lines; empty if one is too long to show.
    bytes: Vec<u8>,
    /// What must not be displayed of them, by offsets in the file.
    masks: Vec<Span>,
}

impl fmt::Debug for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Past").field("span", &self.span).finish_non_exhaustive()
    }
}

/// A file with its lines numbered, for many places in it. Its `Debug` shows no source.
pub struct Numbered<'f> {
    bytes: &'f [u8],
    starts: LineStarts,
}

impl fmt::Debug for Numbered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Numbered").finish_non_exhaustive()
    }
}

impl<'f> Numbered<'f> {
    /// Numbers the lines.
    #[must_use]
    pub fn of(bytes: &'f [u8]) -> Self {
        Self { bytes, starts: LineStarts::of(bytes) }
    }

    /// The file.
    #[must_use]
    pub fn bytes(&self) -> &'f [u8] {
        self.bytes
    }
}

impl Past {
    /// The place of a span in a file with its masks, which are sorted and without overlaps.
    #[must_use]
    pub fn of(file: &Numbered<'_>, span: Span, masks: &[Span]) -> Self {
        let Numbered { bytes: file, starts } = file;
        let (first, range) = whole_lines(file, starts, span, MOST_LINES).unwrap_or((1, 0..0));
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let shown = Span { start: narrow(range.start), end: narrow(range.end) };
        Self {
            span,
            ends: [span.start, span.end].map(|at| starts.line_column(file, at as usize)),
            first,
            offset: range.start,
            bytes: file.get(range.clone()).unwrap_or_default().to_vec(),
            masks: touching(masks, shown).to_vec(),
        }
    }

    /// The place, in bytes of that version.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    fn lines(&self, secrets: &Secrets) -> Option<Lines> {
        if self.bytes.is_empty() {
            return None;
        }
        let offset = u32::try_from(self.offset).unwrap_or(u32::MAX);
        let shift = |span: Span| Span {
            start: span.start.saturating_add(offset),
            end: span.end.saturating_add(offset),
        };
        let mut masks = self.masks.clone();
        masks.extend(secrets.spans(&self.bytes).map(shift));
        merge(&mut masks);
        Some(Lines::of(&self.bytes, self.first, self.offset, &masks))
    }
}

impl Sources<'_> {
    /// Where a finding stood, if it is gone from the tree.
    #[must_use]
    pub fn past(&self, finding: &Finding) -> Option<&Past> {
        self.outcome.brought.get(&finding.fingerprint)?.past.as_ref()
    }

    /// Line and column of both ends of a finding's place, in the version of the file that it speaks of.
    #[must_use]
    pub fn ends_of(&self, finding: &Finding) -> [(usize, usize); 2] {
        match self.past(finding) {
            Some(past) => past.ends,
            None => [finding.at.at.start, finding.at.at.end].map(|at| self.position(&finding.at.path, at)),
        }
    }

    /// The lines of a finding's place, in the version of the file that it speaks of.
    #[must_use]
    pub fn lines_of(&self, finding: &Finding) -> Option<Lines> {
        match self.past(finding) {
            Some(past) => past.lines(&self.outcome.secrets),
            None => self.lines(&finding.at.path, finding.at.at, MOST_LINES),
        }
    }
}
