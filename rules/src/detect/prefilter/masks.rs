//! Sixteen sets of byte classes, four positions each, as tables that a byte shuffle can look up by half bytes.

/// Positions that are looked at.
pub(super) const WIDTH: usize = 4;
/// Sets: as many as two bytes of flags hold. More would cost another pair of lookups per position.
const SETS: usize = 16;

/// For each position, which sets accept a byte: the flags of its low half and of its high half, of which both must hold.
/// Sets 0 to 7 stand in the first table of a pair, 8 to 15 in the second.
#[derive(Clone, Copy, Default)]
pub(super) struct Masks {
    pub(super) low: [[[u8; 16]; 2]; WIDTH],
    pub(super) high: [[[u8; 16]; 2]; WIDTH],
}

impl Masks {
    /// Puts each window, the first [`WIDTH`] bytes of a text, into the set that it widens least.
    pub(super) fn new<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Self {
        let mut windows: Vec<[[u16; 2]; WIDTH]> = texts.map(classes).collect();
        windows.sort_unstable();
        windows.dedup();
        let mut sets = [[[0_u16; 2]; WIDTH]; SETS];
        for window in &windows {
            let cost = |set: &[[u16; 2]; WIDTH]| rate(&union(set, window)) - rate(set);
            let best = sets.iter_mut().min_by(|a, b| cost(a).total_cmp(&cost(b)));
            if let Some(set) = best {
                *set = union(set, window);
            }
        }
        let mut masks = Self::default();
        for (index, set) in sets.iter().enumerate() {
            let flag = 1_u8 << (index % 8);
            for (position, [low, high]) in set.iter().enumerate() {
                let tables = [(&mut masks.low, low), (&mut masks.high, high)];
                for (table, halves) in tables {
                    let Some(table) = table.get_mut(position).and_then(|pair| pair.get_mut(index / 8)) else {
                        continue;
                    };
                    for (half, flags) in table.iter_mut().enumerate() {
                        *flags |= if halves & (1 << half) == 0 { 0 } else { flag };
                    }
                }
            }
        }
        masks
    }
}

/// The low and the high halves of the bytes that each position accepts, as bits; everything behind the end of a text.
fn classes(text: &[u8]) -> [[u16; 2]; WIDTH] {
    let mut classes = [[u16::MAX; 2]; WIDTH];
    for (class, byte) in classes.iter_mut().zip(text) {
        let halves = |byte: u8| [1_u16 << (byte & 15), 1_u16 << (byte >> 4)];
        let [lower, upper] = [halves(byte.to_ascii_lowercase()), halves(byte.to_ascii_uppercase())];
        *class = [lower[0] | upper[0], lower[1] | upper[1]];
    }
    classes
}

fn union(a: &[[u16; 2]; WIDTH], b: &[[u16; 2]; WIDTH]) -> [[u16; 2]; WIDTH] {
    let mut out = *a;
    for (class, other) in out.iter_mut().zip(b) {
        class[0] |= other[0];
        class[1] |= other[1];
    }
    out
}

/// How often ordinary text fits a set, from 0 to 1.
fn rate(set: &[[u16; 2]; WIDTH]) -> f64 {
    set.iter()
        .map(|[low, high]| chance(|byte| low & (1 << (byte & 15)) != 0 && high & (1 << (byte >> 4)) != 0))
        .product()
}

fn chance(accepts: impl Fn(u8) -> bool) -> f64 {
    (0..=u8::MAX).filter(|byte| accepts(*byte)).map(frequency).sum()
}

/// Windows begin no farther in than this, in bytes: anchors are short.
pub(super) const FARTHEST: usize = 32;

/// Where in a text its rarest window begins. A text no longer than a window is one.
pub(super) fn rarest(text: &[u8]) -> usize {
    let last = text.len().saturating_sub(WIDTH).min(FARTHEST);
    let cost = |from: &usize| {
        let bytes = text.iter().skip(*from).take(WIDTH);
        bytes.map(|b| frequency(b.to_ascii_lowercase()) + frequency(b.to_ascii_uppercase())).product::<f64>()
    };
    (0..=last).min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(0)
}

/// Share of a byte in source text, roughly; counted over pipelines and infrastructure code of public repositories. Only
/// speed depends on it.
fn frequency(byte: u8) -> f64 {
    let per_thousand = match byte {
        b' ' => 180.0,
        b'e' => 65.0,
        b't' | b'a' | b'i' | b'n' | b'o' | b's' | b'r' => 45.0,
        b'l' | b'c' | b'd' | b'u' | b'p' | b'm' => 25.0,
        b'\n' => 30.0,
        b'f' | b'g' | b'h' | b'b' | b'v' | b'y' | b'-' | b'_' | b'.' | b'/' | b'"' | b':' => 12.0,
        b'w' | b'k' | b'x' | b'=' | b',' | b'(' | b')' | b'0'..=b'2' => 8.0,
        b'A'..=b'Z' | b'3'..=b'9' => 3.0,
        b'!'..=b'~' => 2.0,
        _ => 0.2,
    };
    per_thousand / 1000.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]

    use super::*;

    fn fits(masks: &Masks, text: &[u8]) -> bool {
        (0..2).any(|pair| {
            let flags = |(position, byte): (usize, &u8)| {
                let (low, high) = (usize::from(byte & 15), usize::from(byte >> 4));
                masks.low[position][pair][low] & masks.high[position][pair][high]
            };
            text.iter().enumerate().take(WIDTH).map(flags).fold(0xff, |all, flags| all & flags) != 0
        })
    }

    #[test]
    fn a_window_fits_its_set_and_ordinary_words_do_not() {
        let texts: [&[u8]; 4] = [b"ghp_", b"glpat-", b"xoxb-", b"eyJ"];
        let masks = Masks::new(texts.into_iter());
        for text in texts {
            assert!(fits(&masks, text) || text.len() < WIDTH);
            assert!(fits(&masks, &text.to_ascii_uppercase()) || text.len() < WIDTH);
        }
        assert!(fits(&masks, b"eyJh") && fits(&masks, b"eyJ\n"), "anything may follow a short one");
        assert!(!fits(&masks, b"the "));
    }

    #[test]
    fn the_rarest_window_is_chosen() {
        assert_eq!(rarest(b"access_key=ZQX9"), 11);
        assert_eq!(rarest(b"eyJ"), 0);
    }
}
