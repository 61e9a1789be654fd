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

/// What each position of a window accepts: its low and its high half bytes, as bits.
type Set = [[u16; 2]; WIDTH];

impl Masks {
    fn new(sets: &[Set; SETS]) -> Self {
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

/// Sweeps over all texts at most; the fifth still moves a few, and more are hardly worth their time at start-up.
const SWEEPS: usize = 6;

/// Chooses of each text a window of [`WIDTH`] bytes, and the set it goes into: those that widen the sets least, seen from
/// what all others have chosen, until nobody moves. Returns the sets as tables and where each text's window begins.
pub(super) fn settle(texts: &[&[u8]]) -> (Masks, Vec<usize>) {
    let choices: Vec<Vec<Set>> = texts.iter().map(|text| windows(text)).collect();
    let mut homes: Vec<Option<Home>> = vec![None; texts.len()];
    for _ in 0..SWEEPS {
        let mut moved = false;
        for (index, windows) in choices.iter().enumerate() {
            let sets = gathered(&choices, &homes, Some(index));
            let rates = sets.map(|set| rate(&set));
            let homes_here = windows.iter().enumerate().flat_map(|(from, window)| {
                sets.iter().zip(rates).enumerate().map(move |(set, (union_of, before))| {
                    (rate(&union(union_of, window)) - before, Home { from, set })
                })
            });
            let best = homes_here.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, home)| home);
            if let Some(home) = homes.get_mut(index) {
                moved |= *home != best;
                *home = best;
            }
        }
        if !moved {
            break;
        }
    }
    let begins = homes.iter().map(|home| home.map_or(0, |home| home.from)).collect();
    (Masks::new(&gathered(&choices, &homes, None)), begins)
}

/// Where a text's window begins, and the set it stands in.
#[derive(Clone, Copy, PartialEq)]
struct Home {
    from: usize,
    set: usize,
}

/// The sets as all texts but one have chosen.
fn gathered(choices: &[Vec<Set>], homes: &[Option<Home>], but: Option<usize>) -> [Set; SETS] {
    let mut sets = [Set::default(); SETS];
    for (index, (windows, home)) in choices.iter().zip(homes).enumerate() {
        let Some(Home { from, set }) = home.filter(|_| but != Some(index)) else { continue };
        if let (Some(set), Some(window)) = (sets.get_mut(set), windows.get(from)) {
            *set = union(set, window);
        }
    }
    sets
}

/// Windows begin no farther in than this, in bytes: anchors are short.
pub(super) const FARTHEST: usize = 32;

/// All windows of a text. One no longer than a window has one.
fn windows(text: &[u8]) -> Vec<Set> {
    let last = text.len().saturating_sub(WIDTH).min(FARTHEST);
    (0..=last).map(|from| classes(text.get(from..).unwrap_or_default())).collect()
}

/// The low and the high halves of the bytes that each position accepts, as bits; everything behind the end of a text.
fn classes(text: &[u8]) -> Set {
    let mut classes = [[u16::MAX; 2]; WIDTH];
    for (class, byte) in classes.iter_mut().zip(text) {
        let halves = |byte: u8| [1_u16 << (byte & 15), 1_u16 << (byte >> 4)];
        let [lower, upper] = [halves(byte.to_ascii_lowercase()), halves(byte.to_ascii_uppercase())];
        *class = [lower[0] | upper[0], lower[1] | upper[1]];
    }
    classes
}

fn union(a: &Set, b: &Set) -> Set {
    let mut out = *a;
    for (class, other) in out.iter_mut().zip(b) {
        class[0] |= other[0];
        class[1] |= other[1];
    }
    out
}

/// How often ordinary text fits a set, from 0 to 1.
fn rate(set: &Set) -> f64 {
    set.iter().map(|[low, high]| chance(*low, *high)).product()
}

/// How often a byte has one of the low halves and one of the high halves.
fn chance(low: u16, high: u16) -> f64 {
    let (mut sum, mut highs) = (0.0, high);
    while highs != 0 {
        let row = FREQUENCIES.get(highs.trailing_zeros() as usize).unwrap_or(&[0.0; 16]);
        highs &= highs - 1;
        let mut lows = low;
        while lows != 0 {
            sum += row.get(lows.trailing_zeros() as usize).unwrap_or(&0.0);
            lows &= lows - 1;
        }
    }
    sum
}

/// [`frequency`] by the high and the low half of a byte.
static FREQUENCIES: [[f64; 16]; 16] = {
    let mut table = [[0.0; 16]; 16];
    let mut byte = 0_u8;
    loop {
        table[(byte >> 4) as usize][(byte & 15) as usize] = frequency(byte);
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

/// Share of a byte in source text, roughly; counted over pipelines and infrastructure code of public repositories. Only
/// speed depends on it.
const fn frequency(byte: u8) -> f64 {
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
        let (masks, begins) = settle(&texts);
        for (text, from) in texts.into_iter().zip(begins) {
            let window = &text[from..];
            assert!(fits(&masks, window) || window.len() < WIDTH);
            assert!(fits(&masks, &window.to_ascii_uppercase()) || window.len() < WIDTH);
        }
        assert!(fits(&masks, b"eyJh") && fits(&masks, b"eyJ\n"), "anything may follow a short one");
        assert!(!fits(&masks, b"the "));
    }

    #[test]
    fn the_rarest_window_is_chosen() {
        let (_, begins) = settle(&[b"access_key=ZQX9", b"eyJ"]);
        assert_eq!(begins, [11, 0]);
    }
}
