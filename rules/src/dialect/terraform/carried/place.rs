//! From the bytes of a rewritten program to the places that they were made from.

use super::beginning;
use super::write::{Mark, Program};
use crate::document::Scalar;
use crate::span::{FileId, Source};

/// The marks of a program, in the order of their first bytes.
pub(super) struct Places<'p> {
    marks: &'p [Mark],
}

impl<'p> Places<'p> {
    /// Nothing, if nothing was written.
    pub(super) fn of(program: &'p Program) -> Option<Self> {
        (!program.marks.is_empty()).then_some(Self { marks: &program.marks })
    }

    /// The place of the first thing.
    pub(super) fn first(&self) -> Source {
        self.marks.first().map_or_else(|| beginning(FileId(0)), |mark| mark.theirs)
    }

    /// The innermost thing that holds a place of the program.
    fn mark(&self, ours: Source) -> Option<&'p Mark> {
        // Marks are pushed when they are opened: ordered by their start, what holds others before those.
        let after = self.marks.partition_point(|mark| mark.ours.start <= ours.span.start);
        let mut at = self.marks.get(after.checked_sub(1)?)?;
        while !at.ours.contains(ours.span) {
            at = self.marks.get(at.parent?)?;
        }
        Some(at)
    }

    /// Where a place of the program stands in the unit.
    pub(super) fn at(&self, ours: Source) -> Source {
        self.mark(ours).map_or_else(|| self.first(), |mark| mark.theirs)
    }

    /// The scalar that a text of the program was made from.
    pub(super) fn scalar(&self, ours: Source) -> Option<(FileId, &'p Scalar)> {
        let mark = self.mark(ours).filter(|mark| mark.ours == ours.span)?;
        Some((mark.theirs.file, mark.scalar.as_ref()?))
    }
}
