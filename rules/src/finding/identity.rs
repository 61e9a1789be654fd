//! Place, content and fingerprint of a finding, and how findings of two versions of a tree compare.
//!
//! Users' baselines and waivers depend on these functions: a change here is a breaking change.

use sha2::{Digest, Sha256};

/// Hex digits of an identifier: 128 bits, enough that two findings never meet by chance.
const HEX_DIGITS: usize = 32;

/// Digest of several parts; the length of each part is part of the digest, so that `["ab","c"]` and `["a","bc"]` differ.
#[must_use]
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut text = String::with_capacity(HEX_DIGITS);
    for byte in hash.finalize().iter().take(HEX_DIGITS / 2) {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    text
}
