//! Canaries: generated tokens of every format, for `hallpass selftest`, page examples and property tests. The same
//! seed gives the same token; nothing token-shaped is ever written into this repository.

mod certificate;
mod make;

use super::row::{self, Detector, Part};
use super::structure;

#[cfg(test)]
pub(super) use certificate::{certificate, value as der};

/// A generated token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// The token in the surroundings that its format needs.
    pub text: String,
    /// Its secret parts: adjoining pieces of `text`.
    pub secret_parts: Vec<String>,
}

/// A token that the detector must find: `stripe-key`, or `stripe-key:test` for one of its variants.
#[must_use]
pub fn canary(detector_id: &str, seed: u64) -> Option<Canary> {
    let detector = row::detector(detector_id)?;
    let variant = detector_id.split_once(':').map(|(_, name)| name);
    let example = match variant {
        Some(name) => Some(&detector.variant(name)?.example).filter(|parts| !parts.is_empty())?,
        None => &detector.example,
    };
    Some(draw(detector, example, seed))
}

/// Every way in which the row writes its tokens: its example, its further ones, and those of its variants, with the
/// name under which each must be found.
#[cfg(test)]
pub(super) fn examples(detector: &Detector, seed: u64) -> Vec<(String, Canary)> {
    let own = std::iter::once(&detector.example).chain(&detector.more_examples);
    let variants = detector.variant.iter().filter(|v| !v.example.is_empty());
    own.map(|parts| (detector.id.clone(), draw(detector, parts, seed)))
        .chain(variants.map(|v| (format!("{}:{}", detector.id, v.name), draw(detector, &v.example, seed))))
        .collect()
}

/// A text that looks like the detector's tokens and is none.
#[must_use]
pub fn look_alike(detector_id: &str, seed: u64) -> Option<String> {
    let detector = row::detector(detector_id)?;
    Some(draw(detector, &detector.look_alike, seed).text)
}

fn draw(detector: &Detector, parts: &[Part], seed: u64) -> Canary {
    let mut dice = Dice(seed ^ u64::from(crc32fast::hash(detector.id.as_bytes())) << 32);
    let mut text = Writer::default();
    for part in parts {
        match part {
            Part::Plain(plain) => text.public(plain),
            Part::Text { text: plain, secret } => text.push(plain, *secret),
            Part::Draw { draw, length, secret } => {
                let drawn = dice.text(draw, *length);
                text.push(&drawn, *secret);
                text.drawn = drawn;
            }
            Part::Sum { sum, secret } => {
                let sum = match sum.as_str() {
                    "atlassian" => structure::atlassian_sum(text.text.as_bytes()),
                    "grafana" => structure::grafana_sum(text.text.trim_end_matches('_').as_bytes()),
                    _ => structure::base62_crc(text.drawn.as_bytes()),
                };
                text.push(&sum, *secret);
            }
            Part::Make { make, with } => make::make(make, with, &mut dice, &mut text),
        }
    }
    Canary { text: text.text, secret_parts: text.secrets }
}

/// SplitMix64: small, and good enough to draw characters.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| (self.next() >> 32) as u8).collect()
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters: &[u8] = match alphabet {
            "base62" => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "base64" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            "base64url" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
            "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            "bech32" => b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
            "lower-base32" => b"abcdefghijklmnopqrstuvwxyz234567",
            "hex" => b"0123456789abcdef",
            "upper-hex" => b"0123456789ABCDEF",
            "lower-digits" => b"abcdefghijklmnopqrstuvwxyz0123456789",
            "upper-digits" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            "uuid" => return uuid(&self.text("hex", 32)),
            "letters" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "lower" => b"abcdefghijklmnopqrstuvwxyz",
            _ => b"123456789",
        };
        let count = u64::try_from(letters.len()).unwrap_or(1);
        (0..length)
            .filter_map(|_| letters.get(usize::try_from((self.next() >> 16) % count).unwrap_or(0)))
            .map(|b| char::from(*b))
            .collect()
    }
}

/// Hex digits in the groups of a UUID.
fn uuid(hex: &str) -> String {
    const DASHES: [usize; 4] = [8, 12, 16, 20];
    let mut text = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if DASHES.contains(&at) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

/// Random letters and digits, for `{{random:N}}` in page examples.
#[must_use]
pub fn random(length: usize, seed: u64) -> String {
    Dice(seed).text("base62", length)
}

#[derive(Default)]
struct Writer {
    text: String,
    secrets: Vec<String>,
    drawn: String,
    open: bool,
}

impl Writer {
    fn public(&mut self, text: &str) {
        self.push(text, false);
    }

    fn push(&mut self, text: &str, secret: bool) {
        self.text.push_str(text);
        match (secret, self.open, self.secrets.last_mut()) {
            (true, true, Some(last)) => last.push_str(text),
            (true, _, _) => self.secrets.push(text.to_owned()),
            _ => {}
        }
        self.open = secret;
    }
}
