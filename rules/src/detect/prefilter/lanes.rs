//! The inner loop: sixteen positions at a time where the processor has vectors, one at a time elsewhere.

use std::ops::ControlFlow;

use super::masks::{Masks, WIDTH};

/// Calls `met` with every position whose bytes fit a set of the masks, in order.
pub(super) fn candidates(
    masks: &Masks,
    text: &[u8],
    met: &mut impl FnMut(usize) -> ControlFlow<()>,
) -> ControlFlow<()> {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    let done = vectors::candidates(masks, text, met)?;
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    let done = 0;
    one_by_one(masks, text, done, met)
}

/// From `from` on. Behind the end stand zeros, so that a window may reach over it.
fn one_by_one(
    masks: &Masks,
    text: &[u8],
    from: usize,
    met: &mut impl FnMut(usize) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for at in from..text.len() {
        let mut flags = [0xff_u8; 2];
        for position in 0..WIDTH {
            let byte = text.get(at + position).copied().unwrap_or(0);
            let (low, high) = (usize::from(byte & 15), usize::from(byte >> 4));
            if let (Some(lows), Some(highs)) = (masks.low.get(position), masks.high.get(position)) {
                for (flags, (low_table, high_table)) in flags.iter_mut().zip(lows.iter().zip(highs)) {
                    *flags &= low_table.get(low).unwrap_or(&0) & high_table.get(high).unwrap_or(&0);
                }
            }
        }
        if flags != [0, 0] {
            met(at)?;
        }
    }
    ControlFlow::Continue(())
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vectors {
    use core::arch::wasm32::{
        i8x16_eq, i8x16_shuffle, u8x16_bitmask, u8x16_shr, u8x16_splat, u8x16_swizzle, u64x2, v128, v128_and,
        v128_any_true, v128_or,
    };
    use std::ops::ControlFlow;

    use super::Masks;

    /// Positions of one step.
    const STEP: usize = 16;

    fn load(bytes: &[u8; STEP]) -> v128 {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *bytes;
        u64x2(u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p]))
    }

    /// The flags of sixteen bytes for one position, of both tables of a pair.
    #[inline(always)]
    fn flags(tables: &[v128; 4], bytes: v128) -> [v128; 2] {
        let low = v128_and(bytes, u8x16_splat(15));
        let high = u8x16_shr(bytes, 4);
        [
            v128_and(u8x16_swizzle(tables[0], low), u8x16_swizzle(tables[2], high)),
            v128_and(u8x16_swizzle(tables[1], low), u8x16_swizzle(tables[3], high)),
        ]
    }

    /// As far as whole steps go; returns the first position not looked at.
    pub(super) fn candidates(
        masks: &Masks,
        text: &[u8],
        met: &mut impl FnMut(usize) -> ControlFlow<()>,
    ) -> ControlFlow<(), usize> {
        let mut tables = [[u8x16_splat(0); 4]; super::WIDTH];
        for (tables, (low, high)) in tables.iter_mut().zip(masks.low.iter().zip(&masks.high)) {
            *tables = [load(&low[0]), load(&low[1]), load(&high[0]), load(&high[1])];
        }
        let (steps, _) = text.as_chunks::<STEP>();
        let Some((first, rest)) = steps.split_first() else { return ControlFlow::Continue(0) };
        let mut here = load(first);
        let mut at = 0;
        for next in rest {
            let next = load(next);
            let second = i8x16_shuffle::<1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16>(here, next);
            let third = i8x16_shuffle::<2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17>(here, next);
            let fourth = i8x16_shuffle::<3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18>(here, next);
            let [a, b, c, d] = [
                flags(&tables[0], here),
                flags(&tables[1], second),
                flags(&tables[2], third),
                flags(&tables[3], fourth),
            ];
            let all = |set: usize| v128_and(v128_and(a[set], b[set]), v128_and(c[set], d[set]));
            let any = v128_or(all(0), all(1));
            if v128_any_true(any) {
                let mut hits = !u8x16_bitmask(i8x16_eq(any, u8x16_splat(0)));
                while hits != 0 {
                    met(at + hits.trailing_zeros() as usize)?;
                    hits &= hits - 1;
                }
            }
            here = next;
            at += STEP;
        }
        ControlFlow::Continue(at)
    }
}
