//! Bytes that must not enter a route, and digests that are made once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::document::Scalar;
use crate::span::ByteSpan;

/// What stands for a masked part of a digest's text: the same whatever is behind it.
pub(super) const BLANK: &str = "*";

/// Digests of one file's items under the same masks. A long item without a name may hold thousands of facts; reading it
/// anew for each would take quadratic time.
#[derive(Debug, Default)]
pub struct Digests(RefCell<BTreeMap<ByteSpan, String>>);

#[cfg(test)]
impl Digests {
    pub(super) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

/// Secret spans of one file, sorted, without overlaps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Masks<'m> {
    spans: &'m [ByteSpan],
    digests: Option<&'m Digests>,
    /// Offset of the piece of the file that spans are asked about in.
    offset: usize,
}

impl<'m> Masks<'m> {
    /// These spans, sorted and without overlaps.
    #[must_use]
    pub fn new(spans: &'m [ByteSpan]) -> Self {
        Self { spans, digests: None, offset: 0 }
    }

    /// Keeps digests in `digests`, which knows no others than those of this file under these masks.
    #[must_use]
    pub fn remember(self, digests: &'m Digests) -> Self {
        Self { digests: Some(digests), ..self }
    }

    /// The digest of the item that stands at `span`, whose text `write` writes.
    pub(super) fn digest(self, span: Option<ByteSpan>, write: impl FnOnce(&mut String)) -> String {
        let make = || {
            let mut text = String::new();
            write(&mut text);
            super::item::short(&text)
        };
        match (self.digests, span) {
            (Some(Digests(known)), Some(span)) => {
                let at = span.shift(self.offset);
                // An item inside an item is not asked for while the outer one is read, so that nothing is borrowed.
                if let Some(digest) = known.borrow().get(&at) {
                    return digest.clone();
                }
                let digest = make();
                known.borrow_mut().insert(at, digest.clone());
                digest
            }
            _ => make(),
        }
    }

    /// The same for a piece of the file whose own spans count from `offset`.
    pub(super) fn within(self, offset: usize) -> Self {
        Self { offset, ..self }
    }

    /// Whether a part of `span` is masked.
    pub(super) fn touch(self, span: ByteSpan) -> bool {
        if self.spans.is_empty() {
            return false;
        }
        let span = span.shift(self.offset);
        let after = self.spans.partition_point(|mask| mask.end <= span.start);
        self.spans.get(after).is_some_and(|mask| mask.start < span.end)
    }

    /// [`Self::touch`] for what a parser says of its place; what has none is taken as masked if anything is.
    pub(super) fn touch_range(self, range: Option<Range<usize>>) -> bool {
        match range {
            Some(range) => self.touch(ByteSpan::from(range)),
            None => !self.spans.is_empty(),
        }
    }

    /// The lines of a scalar's text, masked ones blank: a script keeps what tells it apart.
    pub(super) fn lines(self, scalar: &Scalar) -> String {
        if !self.touch(scalar.span()) {
            return scalar.text.to_string();
        }
        let mut text = String::with_capacity(scalar.text.len());
        let mut start = 0;
        for line in scalar.text.split_inclusive('\n') {
            let end = start + line.len();
            text.push_str(if self.touch(scalar.span_of(start..end)) { BLANK } else { line });
            start = end;
        }
        text
    }
}
