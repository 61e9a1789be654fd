//! Which beginnings of texts some bytes hold, at least: most disguises of a secret stand nowhere, and an automaton of all
//! of them takes longer to build than a file to read.

use crate::SHORTEST;

pub(crate) struct Windows(Vec<u64>);

impl Windows {
    /// Bits for the beginnings: some per byte of a file of 100 KB.
    const BITS: usize = 1 << 20;

    pub(crate) fn of<'b>(texts: impl Iterator<Item = &'b [u8]>) -> Self {
        let mut windows = Self(vec![0; Self::BITS / 64]);
        for window in texts.flat_map(|bytes| bytes.windows(SHORTEST)) {
            let (word, bit) = Self::place(window);
            if let Some(word) = windows.0.get_mut(word) {
                *word |= bit;
            }
        }
        windows
    }

    /// Whether a text may stand there; of one shorter than [`SHORTEST`] nothing is known, and it is said not to.
    pub(crate) fn may_hold(&self, text: &[u8]) -> bool {
        text.get(..SHORTEST).is_some_and(|start| {
            let (word, bit) = Self::place(start);
            self.0.get(word).is_some_and(|word| word & bit != 0)
        })
    }

    fn place(start: &[u8]) -> (usize, u64) {
        let number = start.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        // Fibonacci hashing: the upper bits of a product with 2^64 / golden ratio.
        let place = (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 44) as usize % Self::BITS;
        (place / 64, 1 << (place % 64))
    }
}
