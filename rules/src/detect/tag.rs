//! Value tags: equal tags mean equal values, and a tag of a guessable value does not give the value away.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::fact::ValueTag;

/// Bits from which a value cannot be found by trying.
pub(crate) const STRONG_BITS: u32 = 64;
/// Hex digits of a strong value's tag: 128 bits.
const STRONG_DIGITS: usize = 32;
/// Hex digits of a guessable value's tag: 12 bits, so that one in 4,096 candidates fits and a list of them proves nothing.
const GUESSABLE_DIGITS: usize = 3;
/// Letters in a row that may be a word of a dictionary, and the bits such a word is worth.
const WORD: usize = 4;
const WORD_BITS: f64 = 12.0;

/// The tag of a value under the run's key.
pub(super) fn tag(key: &[u8], value: &[u8], guessable: bool) -> ValueTag {
    let digits = if guessable && bits(value) < STRONG_BITS { GUESSABLE_DIGITS } else { STRONG_DIGITS };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return ValueTag(String::new()) };
    mac.update(value);
    let hash = mac.finalize().into_bytes();
    let hex = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    ValueTag(hex.take(digits).filter_map(|d| char::from_digit(u32::from(d), 16)).collect())
}

/// How many bits a guesser lacks, at most: words and years are cheap, repeated characters are free.
pub(crate) fn bits(value: &[u8]) -> u32 {
    let mut seen = std::collections::BTreeSet::new();
    let (mut lower, mut upper, mut digit, mut other) = (false, false, false, false);
    for byte in value {
        lower |= byte.is_ascii_lowercase();
        upper |= byte.is_ascii_uppercase();
        digit |= byte.is_ascii_digit();
        other |= !byte.is_ascii_alphanumeric();
        seen.insert(*byte);
    }
    let alphabet = 26 * (u32::from(lower) + u32::from(upper)) + 10 * u32::from(digit) + 16 * u32::from(other);
    // A value of few different characters is worth what those are worth.
    let worth = f64::from(alphabet.min(2 * u32::try_from(seen.len()).unwrap_or(u32::MAX)).max(1)).log2();
    let mut total = 0.0;
    let mut at = 0;
    while let Some(rest) = value.get(at..).filter(|r| !r.is_empty()) {
        let capital = usize::from(rest.first().is_some_and(u8::is_ascii_uppercase));
        let small = rest.iter().skip(capital).take_while(|b| b.is_ascii_lowercase()).count();
        let run = capital + small;
        if run >= WORD {
            // A long run is several words at most.
            total += WORD_BITS * (run as f64 / 8.0).max(1.0);
            at += run;
        } else {
            total += worth;
            at += 1;
        }
    }
    total as u32
}
