//! Base64 of text: tokens and named secrets that only decoding shows, to a depth of three.
//!
//! Invariants: linear in the file, since a run of letters is decoded once and each level is a quarter shorter; what is
//! found in encoded text stands at the encoded text, all of it.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::row::Detector;
use super::structure::Reading;
use super::{scan, slots};
use crate::dialect::lowering::Told;
use crate::document::pairs::Reader;

/// Levels of encoding that are opened.
const DEEPEST: usize = 3;
/// Shortest run that is looked at, in characters: base64 of an access key id, the shortest token that has a shape.
const SHORTEST: usize = 28;
/// Longest, in bytes of the file: what is longer is a file, an image or a program.
const LONGEST: usize = 64 << 10;
/// Characters of a run whose decoded form decides whether it is text: of drawn bytes one in ten million is.
const PROBE: usize = 24;
/// Lengths of lines that go on in the next: what wraps base64 fills its lines, and 76 is the longest it fills by custom.
const WRAPPED: std::ops::RangeInclusive<usize> = 60..=80;

/// With or without padding, and with whatever is left of the last character: what wrote it is not known.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// A credential in encoded text.
pub(super) struct Encoded {
    /// The encoded text.
    pub(super) whole: Range<usize>,
    pub(super) detector: &'static Detector,
    pub(super) value: Vec<u8>,
    pub(super) reading: Reading,
}

/// Every credential in base64, by where it stands.
/// Where the limit stopped it stands beside them.
pub(super) fn search(bytes: &[u8]) -> (Vec<Encoded>, Option<usize>) {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(run) = next_run(bytes, at) {
        at = run.end;
        for (detector, value, reading) in inside(bytes.get(run.clone()).unwrap_or_default(), DEEPEST) {
            if found.len() >= scan::MAX_HITS {
                return (found, Some(run.start));
            }
            found.push(Encoded { whole: run.clone(), detector, value, reading });
        }
    }
    (found, None)
}

/// What base64 is written with, by byte.
static LETTERS: [bool; 256] = {
    let mut letters = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        letters[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        byte += 1;
    }
    letters
};

fn is_letter(byte: u8) -> bool {
    LETTERS.get(usize::from(byte)).copied().unwrap_or(false)
}

/// The next run of letters that may be base64 of text, from an offset on. Of ordinary text only the end of each stretch of
/// 28 bytes is looked at, back to the last byte that is no letter: the next stretch begins behind it.
fn next_run(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let mut start = from;
    while let Some(stretch) = bytes.get(start..start + SHORTEST) {
        if let Some(gap) = stretch.iter().rposition(|b| !is_letter(*b)) {
            start += gap + 1;
            continue;
        }
        let behind = bytes.get(start + SHORTEST..).unwrap_or_default();
        let mut end = start + SHORTEST + behind.iter().take_while(|b| is_letter(**b)).count();
        if is_text(bytes.get(start..end).unwrap_or_default()) {
            if WRAPPED.contains(&(end - start)) {
                end = wrapped(bytes, end, end - start);
            }
            end += bytes.get(end..).unwrap_or_default().iter().take_while(|b| **b == b'=').count().min(2);
            if end - start <= LONGEST {
                return Some(start..end);
            }
        }
        start = end;
    }
    None
}

/// Where a run ends that goes on in the next lines, each as long as the first, but for the last.
fn wrapped(bytes: &[u8], mut end: usize, width: usize) -> usize {
    while let Some(rest) = bytes.get(end..) {
        let gap = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let line = rest.get(gap..).unwrap_or_default().iter().take_while(|b| is_letter(**b)).count();
        let broken = rest.get(..gap).unwrap_or_default().iter().filter(|b| **b == b'\n').count() == 1;
        let behind = rest.get(gap + line..).unwrap_or_default();
        let padding = behind.iter().take_while(|b| **b == b'=').count();
        let ends = behind.get(padding).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\''));
        // A word or the name of a pair that follows is no line of it.
        if !broken || line == 0 || line > width || !ends || (line + padding) % 4 != 0 {
            break;
        }
        end += gap + line;
        if line < width {
            break;
        }
    }
    end
}

/// Whether the beginning of a run is text when it is decoded.
fn is_text(run: &[u8]) -> bool {
    let probe = run.get(..PROBE).unwrap_or_default();
    let letters = |b: &u8| matches!(b, 0x20..0x7f | b'\n' | b'\r' | b'\t');
    decode(probe).is_some_and(|text| text.len() >= PROBE / 4 * 3 && text.iter().all(letters))
}

/// The text that a value is base64 of; `None` if it is none, or too short to tell.
pub(super) fn text_of(value: &str) -> Option<String> {
    let letters = value.trim_end_matches('=').as_bytes();
    if letters.len() < SHORTEST || !letters.iter().all(|b| is_letter(*b)) || !is_text(letters) {
        return None;
    }
    let text = String::from_utf8(decode(letters)?).ok()?;
    text.chars().all(|c| !c.is_control() || c.is_whitespace()).then_some(text)
}

fn decode(run: &[u8]) -> Option<Vec<u8>> {
    let mut joined: Vec<u8> = run.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    while joined.last() == Some(&b'=') {
        joined.pop();
    }
    // One letter left over holds no byte.
    if joined.len() % 4 == 1 {
        joined.pop();
    }
    let url_safe = joined.iter().any(|b| matches!(b, b'-' | b'_'));
    if url_safe { URL_SAFE.decode(joined).ok() } else { STANDARD.decode(joined).ok() }
}

/// What is in a run: tokens, and values that their names tell.
fn inside(run: &[u8], depth: usize) -> Vec<(&'static Detector, Vec<u8>, Reading)> {
    let Some(text) = decode(run) else { return Vec::new() };
    let mut found: Vec<_> =
        scan::scan(&text).finds.into_iter().map(|find| (find.detector, find.value, find.reading)).collect();
    if found.is_empty()
        && let Ok(text) = std::str::from_utf8(&text)
    {
        named(text, &mut found);
    }
    if found.is_empty() && depth > 1 {
        let mut at = 0;
        while let Some(run) = next_run(&text, at) {
            at = run.end;
            found.extend(inside(text.get(run).unwrap_or_default(), depth - 1));
        }
    }
    found
}

/// Values of a text that is nothing but names and values.
fn named(text: &str, found: &mut Vec<(&'static Detector, Vec<u8>, Reading)>) {
    let Some(reader) = Reader::of_lines(text) else { return };
    reader.file(text, &mut |name, scalar| {
        let value = scalar.text.as_bytes();
        match slots::named(name, value) {
            Some(Ok(find)) => found.push((find.detector, find.value, find.reading)),
            Some(Err(_)) => {}
            None => {
                if let Some(Ok((detector, reading))) = slots::by_place(name, value, Told::Name) {
                    found.push((detector, value.to_vec(), reading));
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::{LONGEST, search};
    use crate::detect::canary::{self, random};

    fn pair() -> String {
        format!("user_secret=\"{}\"\n", random(48, 7))
    }

    #[test]
    fn what_is_encoded_is_found_at_the_encoded_text() {
        let once = STANDARD.encode(pair());
        let twice = STANDARD.encode(&once);
        let thrice = URL_SAFE_NO_PAD.encode(format!("{twice}\n"));
        for text in [&once, &twice, &thrice] {
            let file = format!("config: {text}\nother: 1\n");
            let (found, _) = search(file.as_bytes());
            assert_eq!(found.len(), 1, "{} characters", text.len());
            assert_eq!(file.get(found[0].whole.clone()), Some(text.as_str()));
        }
        assert!(search(STANDARD.encode(&thrice).as_bytes()).0.is_empty(), "a fourth level is not opened");
        let token = canary::canary("github-pat", 3).unwrap().text;
        let wrapped: Vec<String> = STANDARD
            .encode(format!(
                "[remote]\nurl = https://x:{token}@github.com/acme/app.git\nfetch = refs/heads/main\n"
            ))
            .as_bytes()
            .chunks(64)
            .map(|line| format!("    {}\n", String::from_utf8_lossy(line)))
            .collect();
        let file = format!("a: |\n{}b: 2\n", wrapped.concat());
        let (found, _) = search(file.as_bytes());
        assert!(!found.is_empty());
        assert!(found.iter().all(|f| f.whole.end < file.len() - 4));
    }

    #[test]
    fn what_is_no_encoded_text_is_passed_over() {
        for text in [
            "a/path/to/a/file/that/is/quite/long/and/has/no/end".to_owned(),
            random(200, 1),
            STANDARD.encode([200_u8; 60]),
            STANDARD.encode("password=changeme password=example nothing else"),
            STANDARD.encode(format!("# notes\nthe password is not {}\n", random(20, 2))),
            "A".repeat(4 * LONGEST),
            "QUFB\n".repeat(LONGEST),
        ] {
            assert!(search(text.as_bytes()).0.is_empty(), "{}", text.get(..20).unwrap());
        }
    }
}
