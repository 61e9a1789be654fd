//! Tokens that carry a checksum.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{Reading, Refusal, Token};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Digits of a CRC32 in base 62.
const SUM: usize = 6;

/// CRC32 of `body` as six base-62 digits.
pub(in crate::detect) fn base62_crc(body: &[u8]) -> String {
    digits(crc32fast::hash(body), BASE62, SUM)
}

fn digits(mut number: u32, alphabet: &[u8], width: usize) -> String {
    let base = u32::try_from(alphabet.len()).unwrap_or(1).max(2);
    let mut text = vec![alphabet.first().copied().unwrap_or(b'0'); width];
    for slot in text.iter_mut().rev() {
        *slot = alphabet.get((number % base) as usize).copied().unwrap_or(b'0');
        number /= base;
    }
    text.into_iter().map(char::from).collect()
}

/// GitHub classic tokens and npm: the last six of the body are its CRC32.
pub(super) fn crc32_base62(token: &Token<'_>) -> Result<Reading, Refusal> {
    let body = [token.group("body"), token.group("refresh")].concat();
    let (rest, sum) = body.split_at(body.len().saturating_sub(SUM));
    Ok(Reading::checked(base62_crc(rest).as_bytes() == sum))
}

/// First eight base-32 digits of the SHA-256 of what stands before them.
pub(in crate::detect) fn fine_grained_sum(before: &[u8]) -> String {
    let hash = Sha256::digest(before);
    let mut bits: u64 = 0;
    for byte in hash.iter().take(5) {
        bits = (bits << 8) | u64::from(*byte);
    }
    (0..8)
        .map(|i| char::from(BASE32.get(((bits >> (35 - 5 * i)) & 31) as usize).copied().unwrap_or(b'A')))
        .collect()
}

/// GitHub fine-grained: of the last 59 characters 43 are drawn, 8 are a checksum.
pub(super) fn github_fine_grained(token: &Token<'_>) -> Result<Reading, Refusal> {
    const DRAWN: usize = 43;
    let Some(body) = token.range("body") else { return Err(Refusal::NotOne) };
    let at = body.start + DRAWN;
    let before = token.bytes.get(token.whole.start..at).unwrap_or_default();
    let sum = token.bytes.get(at..at + 8).unwrap_or_default();
    Ok(Reading::checked(fine_grained_sum(before).as_bytes() == sum))
}

/// Length of the payload and checksum of a routable GitLab token: what follows `head`, which ends in a dot.
pub(in crate::detect) fn gitlab_tail(head: &str, payload_length: usize) -> String {
    let length = digits(u32::try_from(payload_length).unwrap_or(u32::MAX), BASE36, 2);
    let sum = crc32fast::hash(format!("{head}{length}").as_bytes());
    format!("{length}{}", digits(sum, BASE36, 7))
}

/// GitLab routable tokens: a checksum over everything, and ids of organisation, user and the like in the payload.
pub(super) fn gitlab_routable(token: &Token<'_>) -> Result<Reading, Refusal> {
    let payload = token.text("payload");
    let Some(tail) = token.range("tail") else { return Err(Refusal::NotOne) };
    let cut = tail.end.saturating_sub(9);
    let head = token.bytes.get(token.whole.start..cut).unwrap_or_default();
    let head = std::str::from_utf8(head).unwrap_or_default();
    let found = token.bytes.get(cut..tail.end).unwrap_or_default();
    let mut reading = Reading::checked(gitlab_tail(head, payload.len()).as_bytes() == found);
    let owners = routing(payload);
    if !owners.is_empty() {
        reading.scope = Some(owners.join(", "));
    }
    Ok(reading)
}

/// The ids that the payload's lines name.
fn routing(payload: &str) -> Vec<String> {
    const NAMES: [(u8, &str); 4] =
        [(b'o', "organisation"), (b'g', "group"), (b'p', "project"), (b'u', "user")];
    let decoded = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    let mut owners = Vec::new();
    for line in decoded.split(|b| *b == b'\n') {
        let Some(at) = line.windows(2).position(|w| matches!(w, [b'o' | b'g' | b'p' | b'u', b':'])) else {
            continue;
        };
        let (Some(kind), Some(rest)) = (line.get(at), line.get(at + 2..)) else { continue };
        let digits: String = rest
            .iter()
            .take_while(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
            .take(12)
            .map(|b| char::from(*b))
            .collect();
        let name = NAMES.iter().find(|(k, _)| k == kind).map_or("", |(_, name)| name);
        if let Ok(number) = u64::from_str_radix(&digits, 36) {
            owners.push(format!("{name} #{number}"));
        }
    }
    owners
}
