//! What must not be displayed: the secret parts of every credential, and the same text wherever else it stands.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

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
    if !texts.is_empty() {
        let windows = Windows::of(unit.files.iter().map(|file| &*file.bytes));
        texts.retain(|text| windows.may_hold(text));
    }
    if let Some(automaton) = automaton(&texts) {
        for file in &unit.files {
            for found in automaton.find_iter(&*file.bytes) {
                masks.push(Source::new(file.id, ByteSpan::new(found.start(), found.end())));
            }
        }
    }
    merge(masks)
}

/// Which beginnings of texts some bytes hold, at least: most disguises stand nowhere, and an automaton of all of them takes
/// longer to build than a file to read.
struct Windows(Vec<u64>);

impl Windows {
    /// Bits for the beginnings: some per byte of a file of 100 KB.
    const BITS: usize = 1 << 20;

    fn of<'b>(files: impl Iterator<Item = &'b [u8]>) -> Self {
        let mut windows = Self(vec![0; Self::BITS / 64]);
        for window in files.flat_map(|bytes| bytes.windows(SHORTEST)) {
            let (word, bit) = Self::place(window);
            if let Some(word) = windows.0.get_mut(word) {
                *word |= bit;
            }
        }
        windows
    }

    fn may_hold(&self, text: &[u8]) -> bool {
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

fn automaton(texts: &BTreeSet<Vec<u8>>) -> Option<AhoCorasick> {
    if texts.is_empty() { None } else { searcher(texts) }
}

/// Finds the longest of several texts. Made for one unit and used once, so the kind that is quick to build: the one that
/// is quickest to search takes a tenth of a whole run to build.
pub(crate) fn searcher<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>) -> Option<AhoCorasick> {
    builder().build(texts).ok()
}

/// The same without regard to ASCII case, for what leaves the engine: platforms fold names.
pub(crate) fn caseless_searcher<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>) -> Option<AhoCorasick> {
    builder().ascii_case_insensitive(true).build(texts).ok()
}

fn builder() -> AhoCorasickBuilder {
    let mut builder = AhoCorasick::builder();
    builder.match_kind(MatchKind::LeftmostLongest).kind(Some(AhoCorasickKind::NoncontiguousNFA));
    builder
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

/// The text in base64 (at each of the three alignments, without the characters that neighbours change) and
/// percent-encoded.
fn encodings(texts: &mut BTreeSet<Vec<u8>>, text: &[u8]) {
    if tag::bits(text) < PIECE_BITS {
        return;
    }
    add(texts, STANDARD.encode(text).as_bytes());
    for lead in 0..3_usize {
        let mut shifted = vec![0; lead];
        shifted.extend_from_slice(text);
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&shifted);
            let from = (lead * 8).div_ceil(6);
            let whole = shifted.len() * 8 / 6;
            if let Some(core) = encoded.as_bytes().get(from..whole).filter(|core| core.len() >= 12) {
                add(texts, core);
            }
        }
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
