//! Secrets of all units of a run: their text is hidden wherever in the tree it stands. A unit knows its own only.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use hallpass_hiding::{Case, Search};

use crate::runtime::contract::{Coverage, Finding, Source, Span, Spot};

/// Most text searched for, in bytes. Beyond it a secret is hidden in its own unit only.
const MOST: usize = 1 << 20;
/// Longer texts are searched for as they are only: what writes them in another form wraps lines.
const LONGEST_DISGUISED: usize = 4096;
/// Shorter texts give forms that any text may hold.
const SHORTEST_DISGUISED: usize = 6;
/// What stands in place of a secret in what people read, and in facts, where a `*` means something.
const BLANK: &str = "****";
const GAP: &[u8] = b"<secret>";

/// Texts to hide, and the search for them. Its `Debug` shows none.
#[derive(Default)]
pub struct Secrets {
    texts: Vec<Vec<u8>>,
    search: Option<Search>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// The texts by which other files may hold the same: inside base64, and what stands there in base64 or in an address
/// plainly. How they are quoted and escaped is no other text to the search.
fn disguises(text: &[u8]) -> Vec<Vec<u8>> {
    let fits = SHORTEST_DISGUISED..=LONGEST_DISGUISED;
    if !fits.contains(&text.len()) {
        return Vec::new();
    }
    let mut forms = hallpass_hiding::encoded(text);
    let decoded =
        [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE].into_iter().find_map(|engine| engine.decode(text).ok());
    for plain in decoded.into_iter().chain(percent_decoded(text)) {
        let readable = std::str::from_utf8(&plain).ok().filter(|plain| !plain.chars().any(char::is_control));
        // Of a user and a password, the password is the secret.
        for part in
            readable.iter().flat_map(|plain| [Some(*plain), plain.split_once(':').map(|(_, part)| part)])
        {
            forms.extend(
                part.filter(|part| part.len() >= SHORTEST_DISGUISED).map(|part| part.as_bytes().to_vec()),
            );
        }
    }
    forms.retain(|form| form.as_slice() != text);
    forms
}

/// What an address writes with percent signs; `None` where there are none.
fn percent_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                plain.push(*first);
                rest = behind;
            }
        }
    }
    (plain.len() < text.len()).then_some(plain)
}

/// Bytes with some ranges replaced.
fn without(bytes: &[u8], ranges: Vec<Range<usize>>, blank: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for range in ranges {
        clean.extend_from_slice(bytes.get(from..range.start).unwrap_or_default());
        clean.extend_from_slice(blank);
        from = range.end;
    }
    clean.extend_from_slice(bytes.get(from..).unwrap_or_default());
    clean
}

/// Whether a part of a JSON text holds the end of a string.
fn holds_quote(bytes: &[u8]) -> bool {
    let mut escaped = false;
    bytes.iter().any(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })
}

/// The texts at some places of a unit's files.
pub(crate) fn texts(files: &[Source], spots: &[Spot]) -> BTreeSet<Vec<u8>> {
    let text = |spot: &Spot| {
        let file = files.iter().find(|f| f.path == spot.path)?;
        file.bytes.get(spot.at.start as usize..spot.at.end as usize).map(<[u8]>::to_vec)
    };
    spots.iter().filter_map(text).collect()
}

impl Secrets {
    /// Knows these texts.
    #[must_use]
    pub fn of(texts: BTreeSet<Vec<u8>>) -> Self {
        Self::ordered(texts)
    }

    /// Knows more texts. Where all are too much, those known before come first.
    pub fn learn(&mut self, mut more: BTreeSet<Vec<u8>>) {
        let known = std::mem::take(&mut self.texts);
        for text in &known {
            more.remove(text);
        }
        *self = Self::ordered(known.into_iter().chain(more));
    }

    fn ordered(texts: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut left = MOST;
        let mut fits = |text: &Vec<u8>| {
            let fits = text.len() <= left;
            left = left.saturating_sub(text.len());
            fits && !text.is_empty()
        };
        let texts: Vec<Vec<u8>> = texts.into_iter().take_while(|text| fits(text)).collect();
        // Other forms of the same, as far as there is room for them.
        let disguised: Vec<Vec<u8>> =
            texts.iter().flat_map(|text| disguises(text)).take_while(|form| fits(form)).collect();
        let search = Search::of(&texts.iter().chain(&disguised).collect::<Vec<_>>(), Case::Folded);
        Self { texts, search }
    }

    /// The texts, for the review.
    pub(crate) fn texts(&self) -> &[Vec<u8>] {
        &self.texts
    }

    /// Where in some bytes one stands.
    pub fn spans(&self, bytes: &[u8]) -> impl Iterator<Item = Span> + use<> {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.ranges(bytes).into_iter().map(move |at| Span { start: offset(at.start), end: offset(at.end) })
    }

    fn ranges(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        self.search.as_ref().map_or_else(Vec::new, |search| search.ranges(bytes))
    }

    /// Takes them out of a text.
    fn hide(&self, text: &mut String) {
        let ranges = self.ranges(text.as_bytes());
        if !ranges.is_empty() {
            let clean = without(text.as_bytes(), ranges, BLANK.as_bytes());
            *text = String::from_utf8_lossy(&clean).into_owned();
        }
    }

    /// Takes them out of facts, which are JSON: what stands in place of one needs no escape.
    pub(super) fn hide_in_facts(&self, json: &mut Vec<u8>) {
        let mut ranges = self.ranges(json);
        // What stands in several strings is none of these texts.
        ranges.retain(|range| json.get(range.clone()).is_some_and(|bytes| !holds_quote(bytes)));
        // None begins inside an escape.
        let slashes = |to: usize| json.iter().take(to).rev().take_while(|byte| **byte == b'\\').count();
        ranges.iter_mut().for_each(|range| range.start -= slashes(range.start));
        if !ranges.is_empty() {
            *json = without(json, ranges, GAP);
        }
    }

    /// Takes them out of the words of a coverage entry.
    pub(super) fn hide_in_coverage(&self, entry: &mut Coverage) {
        let unknown = entry.unknown.iter_mut().map(|u| &mut u.why);
        entry.why.iter_mut().chain(unknown).for_each(|text| self.hide(text));
    }

    /// Takes them out of the titles of fixes, which are written after the review.
    pub(super) fn hide_in_fixes(&self, finding: &mut Finding) {
        finding.fixes.iter_mut().for_each(|fix| self.hide(&mut fix.title));
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn a_text_is_hidden_in_any_case_and_never_in_debug() {
        let secrets = Secrets::of(BTreeSet::from([b"kQ7vX2mR9t".to_vec(), b"kQ7vX2mR9tL4".to_vec()]));
        let mut text = "role `r-KQ7VX2MR9TL4` and kQ7vX2mR9t".to_owned();
        secrets.hide(&mut text);
        assert_eq!(text, "role `r-****` and ****");
        assert!(!format!("{secrets:?}").contains("kQ7"));
    }

    #[test]
    fn a_text_is_hidden_in_the_forms_that_other_files_give_it() {
        let secret = "kQ7\"vX2/mR9t é&";
        let secrets = Secrets::of(BTreeSet::from([secret.as_bytes().to_vec()]));
        let wrapped = |before: &str| STANDARD_NO_PAD.encode(format!("{before}{secret}, and so on"));
        for text in [
            wrapped(""),
            wrapped("a"),
            wrapped("ab"),
            URL_SAFE_NO_PAD.encode(secret),
            serde_json::json!(secret).to_string(),
            "https://a.b/kQ7%22vX2%2FmR9t%20%C3%A9%26".to_owned(),
            secret.chars().map(|c| format!("\\u{:04X}", c as u32)).collect(),
        ] {
            let mut shown = text.clone();
            secrets.hide(&mut shown);
            assert!(shown.contains(BLANK), "{text}");
            assert!(shown.len() < text.len() * 2 / 3, "{text}: {shown}");
        }
    }

    #[test]
    fn what_stands_there_in_base64_is_hidden_where_it_is_plain() {
        for written in [
            STANDARD.encode("kQ7vX2mR9tL4w"),
            STANDARD.encode("bot:kQ7vX2mR9tL4w"),
            "kQ7v%582mR9tL4w".to_owned(),
        ] {
            let secrets = Secrets::of(BTreeSet::from([written.clone().into_bytes()]));
            let mut shown = "note: kQ7vX2mR9tL4w".to_owned();
            secrets.hide(&mut shown);
            assert_eq!(shown, "note: ****", "{written}");
        }
    }

    #[test]
    fn too_much_text_is_cut_and_the_rest_still_searched() {
        let texts = (0..5_000).map(|n| format!("{n:0>256}").into_bytes()).collect();
        let secrets = Secrets::of(texts);
        assert!(secrets.texts.iter().map(Vec::len).sum::<usize>() <= MOST);
        assert_eq!(secrets.spans(format!("x{:0>256}", 7).as_bytes()).count(), 1);
    }
}
