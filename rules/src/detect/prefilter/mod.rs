//! Where in a text an anchor may stand: all anchors at once, at the speed of memory.
//!
//! Of each anchor a window of a few bytes is put into one of sixteen sets of byte classes ([`masks`]), chosen so that
//! ordinary text fits them least. [`lanes`]
//! asks of sixteen positions at once whether the bytes there fit any set; what fits is looked up by its exact bytes, and
//! the anchor is compared whole. So no candidate is lost, and ordinary text is passed over without a branch per byte.
//!
//! Invariant: linear in the text for a given set of anchors, and the same answer with and without vector instructions.

mod lanes;
mod masks;

use std::ops::ControlFlow;

use masks::{Masks, WIDTH};

/// Shortest anchor, in bytes. Two bytes stand in every text, and each place costs a pattern.
pub(super) const SHORTEST: usize = 3;

/// How far an anchor may begin before one that was met earlier, in bytes.
pub(super) const DISORDER: usize = masks::FARTHEST;

/// The anchors, ready to be searched for.
pub(super) struct Prefilter {
    masks: Masks,
    /// Which folded windows exist, as one bit per hash: spares the search below for most candidates.
    seen: Box<[u64; HASHES / 64]>,
    /// Folded window → anchor, sorted by window.
    windows: Vec<(u32, Window)>,
    anchors: Vec<Box<[u8]>>,
    short: bool,
}

/// One anchor's window.
#[derive(Clone, Copy)]
struct Window {
    anchor: u32,
    /// Where in the anchor the window begins, in bytes.
    offset: u32,
}

const HASHES: usize = 1 << 15;

/// Letters of both cases alike; other bytes may fall together too, which the comparison of the whole anchor sorts out.
fn fold(window: u32) -> u32 {
    window | 0x2020_2020
}

fn hash(folded: u32) -> usize {
    (folded.wrapping_mul(0x9e37_79b1) >> 17) as usize % HASHES
}

/// The bytes of a window that is shorter than [`WIDTH`].
const SHORT: u32 = 0x00ff_ffff;

impl Prefilter {
    /// Anchors shorter than [`SHORTEST`] are never found.
    pub(super) fn new(anchors: &[&[u8]]) -> Self {
        let long = |(_, text): &(usize, &&[u8])| text.len() >= SHORTEST;
        let (owners, texts): (Vec<usize>, Vec<&[u8]>) =
            anchors.iter().enumerate().filter(long).map(|(i, t)| (i, *t)).unzip();
        let (masks, begins) = masks::settle(&texts);
        let mut seen = Box::new([0; HASHES / 64]);
        let mut windows = Vec::with_capacity(texts.len());
        let mut short = false;
        for ((index, text), offset) in owners.into_iter().zip(texts).zip(begins) {
            let text = text.get(offset..).unwrap_or_default();
            let window = word(text);
            let folded = if text.len() < WIDTH { fold(window) & SHORT } else { fold(window) };
            short |= text.len() < WIDTH;
            let bit = hash(folded);
            if let Some(word) = seen.get_mut(bit / 64) {
                *word |= 1 << (bit % 64);
            }
            let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            windows.push((folded, Window { anchor: narrow(index), offset: narrow(offset) }));
        }
        windows.sort_by_key(|(folded, window)| (*folded, window.anchor));
        let anchors = anchors.iter().map(|text| text.to_ascii_lowercase().into()).collect();
        Self { masks, seen, windows, anchors, short }
    }

    /// Calls `met` with every anchor that stands in the text, in any case of its letters, and the byte it begins at;
    /// in the order of their windows, so nearly in that of their places ([`DISORDER`]).
    pub(super) fn find(&self, text: &[u8], mut met: impl FnMut(usize, usize) -> ControlFlow<()>) {
        let _ = lanes::candidates(&self.masks, text, &mut |at| {
            let folded = fold(word(text.get(at..).unwrap_or_default()));
            if self.may_exist(folded) {
                self.compare(text, at, folded, &mut met)?;
            }
            if self.short && self.may_exist(folded & SHORT) {
                return self.compare(text, at, folded & SHORT, &mut met);
            }
            ControlFlow::Continue(())
        });
    }

    /// False for nearly every candidate, so it is asked where the candidate is met, without a call.
    #[inline(always)]
    fn may_exist(&self, folded: u32) -> bool {
        let bit = hash(folded);
        self.seen.get(bit / 64).is_some_and(|word| word & (1 << (bit % 64)) != 0)
    }

    #[inline(never)]
    fn compare(
        &self,
        text: &[u8],
        at: usize,
        folded: u32,
        met: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let from = self.windows.partition_point(|(window, _)| *window < folded);
        for (window, Window { anchor, offset }) in self.windows.get(from..).unwrap_or_default() {
            if *window != folded {
                break;
            }
            let Some(start) = at.checked_sub(*offset as usize) else { continue };
            let Some(anchor_text) = self.anchors.get(*anchor as usize) else { continue };
            let stands = text
                .get(start..start + anchor_text.len())
                .is_some_and(|here| here.eq_ignore_ascii_case(anchor_text));
            if stands {
                met(*anchor as usize, start)?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// The first four bytes as a number; zeros behind the end.
#[inline(always)]
fn word(text: &[u8]) -> u32 {
    match text.first_chunk::<4>() {
        Some(bytes) => u32::from_le_bytes(*bytes),
        None => text.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    fn found(anchors: &[&[u8]], text: &[u8]) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        Prefilter::new(anchors).find(text, |anchor, at| {
            all.push((at, anchor));
            ControlFlow::Continue(())
        });
        all.sort_unstable();
        all
    }

    fn by_hand(anchors: &[&[u8]], text: &[u8]) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        for at in 0..text.len() {
            for (index, anchor) in anchors.iter().enumerate() {
                if text.get(at..at + anchor.len()).is_some_and(|here| here.eq_ignore_ascii_case(anchor)) {
                    all.push((at, index));
                }
            }
        }
        all
    }

    #[test]
    fn every_anchor_is_found_in_any_case_and_at_both_ends() {
        let anchors: [&[u8]; 5] = [b"ghp_", b"eyJ", b"-----BEGIN", b"sig=", b"aws_secret_access_key"];
        let text = b"GHP_x eyj AWS_Secret_Access_KEY=-----begin sig=ghp_ eyJ";
        assert_eq!(found(&anchors, text), by_hand(&anchors, text));
        assert_eq!(found(&anchors, b"eyJ"), [(0, 1)]);
        assert!(found(&anchors, b"ey").is_empty());
        assert!(found(&anchors, b"").is_empty());
    }

    #[test]
    fn it_stops_when_told() {
        let mut calls = 0;
        Prefilter::new(&[b"abc"]).find(&b"abc".repeat(100), |_, _| {
            calls += 1;
            ControlFlow::Break(())
        });
        assert_eq!(calls, 1);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_search_by_hand_finds(
            anchors in prop::collection::vec("[abAB_.é]{3,7}", 1..40),
            text in "[abAB_.é\n]{0,200}",
        ) {
            let anchors: Vec<&[u8]> = anchors.iter().map(|a| a.as_bytes()).collect();
            prop_assert_eq!(found(&anchors, text.as_bytes()), by_hand(&anchors, text.as_bytes()));
        }
    }
}
