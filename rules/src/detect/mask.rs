//! What must not be displayed: the secret parts of every credential, and the same text wherever else it stands.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::{plain, scan, tag};
use crate::dialect::{Lowering, Unit};
use crate::fact::Body;
use crate::span::{ByteSpan, Source};

/// What stands in place of a secret in what people read.
pub(crate) const BLANK: &str = "****";
/// Shorter secrets are not searched for elsewhere: they would blank ordinary words.
pub(crate) const SHORTEST: usize = 6;
/// Longest text searched for in one piece, in bytes; longer secrets are searched by their lines and pieces.
const PIECE: usize = 256;
/// Most texts searched for at once. Beyond it only the spans themselves are masked.
const MOST: usize = 20_000;
/// A piece of a longer secret is searched for by itself from this strength on.
const PIECE_BITS: u32 = 40;

/// Every span of the unit that must not be displayed, sorted, without overlaps.
pub(super) fn spans(unit: &Unit, out: &Lowering<'_>, mut masks: Vec<Source>) -> Vec<Source> {
    for fact in &out.facts.facts {
        if let Body::Credential(credential) = &fact.body {
            masks.extend(credential.secret.iter().copied());
        }
    }
    let mut texts = BTreeSet::new();
    for mask in &masks {
        let Some(file) = unit.files.get(mask.file.0 as usize) else { continue };
        if let Some(bytes) = file.bytes.get(mask.span.range()) {
            disguises(bytes, &mut texts);
        }
    }
    let files: Vec<&[u8]> = unit.files.iter().map(|file| &*file.bytes).collect();
    if !texts.is_empty() {
        for (file, ranges) in unit.files.iter().zip(hallpass_hiding::ranges_in(&files, &texts)) {
            masks.extend(
                ranges.into_iter().map(|range| Source::new(file.id, ByteSpan::new(range.start, range.end))),
            );
        }
    }
    merge(masks)
}

/// Whether a secret cannot be an ordinary word, and stands on one line.
pub(crate) fn is_strong(secret: &[u8]) -> bool {
    // By chance a drawn value may be letters only, or hold runs of them; nobody says it for that.
    const LONG: usize = 16;
    let is_drawn = || secret.len() >= LONG && plain::reason("token", secret).is_none();
    (SHORTEST..=PIECE).contains(&secret.len())
        && !secret.contains(&b'\n')
        && (tag::bits(secret) >= PIECE_BITS || is_drawn())
}

/// The secret parts of everything in a text that has the shape of a token, as byte ranges in ascending order.
pub(crate) fn tokens(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let found = scan::scan(text);
    // Fail closed, as for files: what was not looked at is hidden.
    let rest = found.stopped_at.map(|from| from..text.len());
    let mut ranges: Vec<_> =
        found.finds.into_iter().flat_map(|find| find.secret).chain(found.shapes).chain(rest).collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges
}

/// A text without the secret parts of what has the shape of a token; `None` if nothing in it has. For texts that stand
/// in no file's bytes: a value put together from several, a file's name, a word of the configuration.
#[must_use]
pub(crate) fn without_tokens(text: &str) -> Option<String> {
    let ranges = tokens(text.as_bytes());
    if ranges.is_empty() {
        return None;
    }
    let mut clean = String::with_capacity(text.len());
    let mut from = 0;
    for range in ranges {
        let end = text.ceil_char_boundary(range.end);
        let start = text.floor_char_boundary(range.start);
        if start >= from {
            clean.push_str(text.get(from..start).unwrap_or_default());
            clean.push_str(BLANK);
        }
        from = from.max(end);
    }
    clean.push_str(text.get(from..).unwrap_or_default());
    Some(clean)
}

pub(super) fn merge(mut masks: Vec<Source>) -> Vec<Source> {
    masks.retain(|m| !m.span.is_empty());
    masks.sort();
    let mut merged: Vec<Source> = Vec::with_capacity(masks.len());
    for mask in masks {
        match merged.last_mut() {
            Some(last) if last.file == mask.file && mask.span.start < last.span.end => {
                last.span = last.span.join(mask.span);
            }
            _ => merged.push(mask),
        }
    }
    merged
}

/// Every text by which a secret may show itself: as it stands, by lines and pieces, decoded, encoded.
pub(crate) fn disguises(secret: &[u8], texts: &mut BTreeSet<Vec<u8>>) {
    let plain = secret.trim_ascii();
    add(texts, plain);
    if let Some(decoded) = unescaped(plain) {
        add(texts, &decoded);
        pieces(texts, &decoded);
    }
    let percent = percent_decoded(plain);
    if let Some(decoded) = &percent {
        add(texts, decoded);
    }
    let joined: Vec<u8> = plain.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    if let Some(decoded) = base64_decoded(&joined) {
        add(texts, decoded.trim_ascii());
        pieces(texts, &decoded);
    }
    pieces(texts, plain);
    if plain.len() >= SHORTEST && plain.len() <= PIECE {
        encodings(texts, plain);
        if let Some(decoded) = &percent {
            encodings(texts, decoded);
        }
    }
}

fn add(texts: &mut BTreeSet<Vec<u8>>, text: &[u8]) {
    if text.len() < SHORTEST || texts.len() >= MOST {
        return;
    }
    if text.len() <= PIECE {
        insert(texts, text);
        return;
    }
    // The last piece takes what remains, so that no end is too short to be searched for.
    let count = text.len() / (PIECE / 4);
    for at in 0..count.min(PIECE / 4) {
        let from = at * PIECE / 4;
        let end = if at + 1 == count { text.len() } else { from + PIECE / 4 };
        insert(texts, text.get(from..end).unwrap_or_default());
    }
}

fn insert(texts: &mut BTreeSet<Vec<u8>>, text: &[u8]) {
    // Routes write `/` of a key as `~1`.
    if text.contains(&b'/') {
        texts.insert(text.iter().flat_map(|b| if *b == b'/' { b"~1".to_vec() } else { vec![*b] }).collect());
    }
    texts.insert(text.to_vec());
}

/// Lines of a longer secret, and strong words in them: a file in a Secret holds tokens of its own.
fn pieces(texts: &mut BTreeSet<Vec<u8>>, text: &[u8]) {
    let splits = |b: &u8| {
        b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'=' | b':' | b',' | b';' | b'@' | b'\\')
    };
    for piece in text.split(|b| *b == b'\n').chain(text.split(splits)) {
        let piece = piece.trim_ascii();
        if piece.len() < text.len() && tag::bits(piece) >= PIECE_BITS {
            add(texts, piece);
        }
    }
}

/// The text in base64 and hexadecimal digits, and percent-encoded.
fn encodings(texts: &mut BTreeSet<Vec<u8>>, text: &[u8]) {
    if tag::bits(text) < PIECE_BITS {
        return;
    }
    add(texts, STANDARD.encode(text).as_bytes());
    for form in hallpass_hiding::encoded(text) {
        add(texts, &form);
    }
    if text.iter().any(|b| !is_unreserved(*b)) {
        let mut encoded = Vec::with_capacity(text.len() + 16);
        for byte in text {
            if is_unreserved(*byte) {
                encoded.push(*byte);
            } else {
                encoded.extend_from_slice(format!("%{byte:02X}").as_bytes());
            }
        }
        add(texts, &encoded);
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

fn percent_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut changed = false;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let digits = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        let value =
            digits.and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| u8::from_str_radix(d, 16).ok());
        match value {
            Some(value) => {
                decoded.push(value);
                changed = true;
                at += 3;
            }
            None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    changed.then_some(decoded)
}

/// The text as a quoted string of JSON, YAML or HCL means it: `\n`, `\u0041`, `\x41`.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut changed = false;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let Some(next) = text.get(at + 1).filter(|_| *byte == b'\\') else {
            decoded.push(*byte);
            at += 1;
            continue;
        };
        changed = true;
        at += 2;
        let digits = match next {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        let code = text
            .get(at..at + digits)
            .and_then(|d| std::str::from_utf8(d).ok())
            .and_then(|d| u32::from_str_radix(d, 16).ok())
            .and_then(char::from_u32);
        match (next, code) {
            (b'x' | b'u' | b'U', Some(c)) => {
                decoded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                at += digits;
            }
            (b'n', _) => decoded.push(b'\n'),
            (b'r', _) => decoded.push(b'\r'),
            (b't', _) => decoded.push(b'\t'),
            (other, _) => decoded.push(*other),
        }
    }
    changed.then_some(decoded)
}

/// The decoded text if the secret is base64 of text; random bytes are of no use to search for.
fn base64_decoded(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() < 8 {
        return None;
    }
    let decoded = STANDARD.decode(text).ok().or_else(|| STANDARD_NO_PAD.decode(text).ok())?;
    let printable = decoded.iter().all(|b| (0x20..0x7f).contains(b) || b.is_ascii_whitespace() || *b >= 0x80);
    printable.then_some(decoded)
}
