//! Finds known texts in others, however those write them: a secret that stands plainly in one file stands escaped,
//! encoded or in pieces in the next. The rule module hides within a unit, the host across all of them; both search here.

mod spelling;
mod windows;

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use spelling::Spelling;
use windows::Windows;

/// Shorter texts, in bytes, are found only as they are written: spelt otherwise they are ordinary words.
pub const SHORTEST: usize = 6;
/// Shortest part of an encoded text that is searched for, in bytes.
const SHORTEST_ENCODED: usize = 8;

/// Whether an ASCII letter in one case stands for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Only as it is.
    Kept,
    /// In any.
    Folded,
}

/// A search for several texts: as they are written, and in every spelling that quoting and escaping give them.
pub struct Search {
    written: AhoCorasick,
    spelt: Option<AhoCorasick>,
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What it searches for is secret.
        f.debug_struct("Search").finish_non_exhaustive()
    }
}

impl Search {
    /// `None` if there is nothing to search for, or more than an automaton can hold.
    pub fn of<T: AsRef<[u8]>>(texts: &[T], case: Case) -> Option<Self> {
        let written = searcher(texts, case)?;
        let mut spelt: Vec<Vec<u8>> = texts.iter().map(|text| Spelling::of(text.as_ref()).text).collect();
        spelt.retain(|text| text.len() >= SHORTEST);
        Some(Self { written, spelt: searcher(spelt, case) })
    }

    /// Where in some bytes one of the texts stands: ranges in ascending order, without overlaps.
    #[must_use]
    pub fn ranges(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<_> = self.written.find_iter(bytes).map(|found| found.range()).collect();
        if let Some(spelt) = &self.spelt {
            let spelling = spelling::may_differ(bytes).then(|| Spelling::of(bytes));
            found.extend(in_spelling(spelt, bytes, spelling.as_ref()));
        }
        merged(found)
    }
}

/// Where in each of some texts several others of [`SHORTEST`] bytes at least stand, as [`Search::ranges`] does. For those
/// who search each text once: what stands in none of them costs next to nothing.
pub fn ranges_in<T: AsRef<[u8]>>(
    texts: &[&[u8]],
    wanted: impl IntoIterator<Item = T>,
) -> Vec<Vec<Range<usize>>> {
    let spellings: Vec<Option<Spelling>> =
        texts.iter().map(|text| spelling::may_differ(text).then(|| Spelling::of(text))).collect();
    let spelt = || spellings.iter().flatten().map(|spelling| spelling.text.as_slice());
    let windows = Windows::of(texts.iter().copied().chain(spelt()));
    let mut written = Vec::new();
    let mut forms = Vec::new();
    for text in wanted {
        let form = Spelling::of(text.as_ref()).text;
        if windows.may_hold(&form) {
            forms.push(form);
        }
        if windows.may_hold(text.as_ref()) {
            written.push(text);
        }
    }
    let search = (searcher(&written, Case::Kept), searcher(&forms, Case::Kept));
    let of_one = |(text, spelling): (&&[u8], &Option<Spelling>)| {
        let mut found = Vec::new();
        if let Some(written) = &search.0 {
            found.extend(written.find_iter(*text).map(|found| found.range()));
        }
        if let Some(forms) = &search.1 {
            found.extend(in_spelling(forms, text, spelling.as_ref()));
        }
        merged(found)
    };
    texts.iter().zip(&spellings).map(of_one).collect()
}

/// Where in a text, read in its one spelling, the texts of a search stand. `None` for a text that is its own spelling.
fn in_spelling(search: &AhoCorasick, text: &[u8], spelling: Option<&Spelling>) -> Vec<Range<usize>> {
    match spelling {
        Some(read) => search.find_iter(&read.text).filter_map(|found| read.written(found.range())).collect(),
        None => search.find_iter(text).map(|found| found.range()).collect(),
    }
}

/// Finds the longest of several texts. Made for one unit and used once, so the kind that is quick to build: the one that
/// is quickest to search takes a tenth of a whole run to build.
pub fn searcher<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>, case: Case) -> Option<AhoCorasick> {
    let mut texts = texts.into_iter().peekable();
    texts.peek()?;
    AhoCorasickBuilder::new()
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::NoncontiguousNFA))
        .ascii_case_insensitive(case == Case::Folded)
        .build(texts)
        .ok()
}

/// A text in base64 and in hexadecimal digits: in base64 of both alphabets at each of the three alignments, without the
/// characters that neighbours change; twice in base64, and as UTF-16 in base64, as `PowerShell -EncodedCommand` takes it.
#[must_use]
pub fn encoded(text: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::with_capacity(24);
    aligned(text, &mut forms);
    aligned(STANDARD_NO_PAD.encode(text).as_bytes(), &mut forms);
    if let Ok(text) = std::str::from_utf8(text) {
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        aligned(&wide, &mut forms);
    }
    forms.push(text.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect());
    forms.push(text.iter().flat_map(|byte| format!("{byte:02X}").into_bytes()).collect());
    forms.retain(|form| form.len() >= SHORTEST_ENCODED);
    forms.sort_unstable();
    forms.dedup();
    forms
}

fn aligned(text: &[u8], forms: &mut Vec<Vec<u8>>) {
    for lead in 0..3_usize {
        let shifted = [vec![0; lead].as_slice(), text].concat();
        let whole = (lead * 8).div_ceil(6)..shifted.len() * 8 / 6;
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            forms.extend(engine.encode(&shifted).get(whole.clone()).map(|form| form.as_bytes().to_vec()));
        }
    }
}

fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with what was found taken out.
    fn hidden(secret: &str, text: &str) -> String {
        let ranges = Search::of(&[secret], Case::Kept).map(|search| search.ranges(text.as_bytes()));
        let mut shown = text.to_owned();
        for range in ranges.unwrap_or_default().into_iter().rev() {
            shown.replace_range(range, "****");
        }
        shown
    }

    #[test]
    fn a_text_is_found_however_it_is_quoted_and_escaped() {
        for (secret, text, shown) in [
            ("kQ7v/X2mR9tL4", r#"{"note":"kQ7v\/X2mR9tL4"}"#, r#"{"note":"****"}"#),
            ("kQ7v/X2mR9tL4", r#""{\"note\":\"kQ7v\\\/X2mR9tL4\"}""#, r#""{\"note\":\"****\"}""#),
            ("kQ7vX2mR9tL4", "echo 'kQ7v''X2mR9tL4'", "echo '****'"),
            ("kQ7vX2mR9tL4", "echo 'kQ7v'\"X2mR\"9tL4;", "echo '****;"),
            ("kQ7vX2mR9tL4", r"echo $'kQ7v\x582mR\x39tL4'", r"echo $'****'"),
            ("kQ7vX2mR9tL4", r"echo $'kQ7v\1302mR9tL4'", r"echo $'****'"),
            ("kQ7v&X2mR9tL4", "<a>kQ7v&amp;X2mR9tL4</a>", "<a>****</a>"),
            ("kQ7v&X2mR9tL4", "<a>kQ7v&#38;X2&#x6D;R9tL4</a>", "<a>****</a>"),
            ("kQ7v@X2mR9tL4", "https://a.b/kQ7v%40X2mR9tL4?c", "https://a.b/****?c"),
            ("kQ7v@X2mR9tL4", "https://a.b/kQ7v%2540X2mR9tL4?c", "https://a.b/****?c"),
            ("kQ7v%40X2mR9tL4", "password: kQ7v@X2mR9tL4 ", "password: **** "),
            ("kQ7véX2mR9tL4", r#""kQ7v\u00e9X2mR9tL4""#, r#""****""#),
            ("kQ7v😀X2mR9tL4", r#""kQ7v\ud83d\ude00X2mR9tL4""#, r#""****""#),
            ("kQ7v$X2mR9tL4", "A=kQ7v$$X2mR9tL4", "A=****"),
            ("kQ7v\"X2mR9tL4", "a: 'kQ7v\"X2mR9tL4'", "a: '****'"),
            ("kQ7v`X2mR9tL4", "\"kQ7v``X2mR9tL4\"", "\"****\""),
            ("kQ7v/X2mR9tL4", "files[kQ7v~1X2mR9tL4]", "files[****]"),
            ("kQ7vX2mR9tL4", "a: \"kQ7v\\\n   X2mR9tL4\"", "a: \"****\""),
            (r"kQ7v\X2mR9tL4", r#"{"a":"kQ7v\\X2mR9tL4"}"#, r#"{"a":"****"}"#),
        ] {
            assert_eq!(hidden(secret, text), shown, "{text}");
        }
    }

    #[test]
    fn short_texts_are_found_only_as_they_are() {
        assert_eq!(hidden("abcde", "a'bc'de abcde"), "a'bc'de ****");
    }

    #[test]
    fn cases_are_folded_on_demand() {
        let search = Search::of(&["kQ7vX2mR9tL4"], Case::Folded).unwrap_or_else(|| unreachable!());
        assert_eq!(search.ranges(b"x KQ7VX2MR9TL4 kq7v\\x2mr9tl4"), [2..14, 15..28]);
    }

    #[test]
    fn encoded_texts_are_found_between_others() {
        use base64::engine::general_purpose::STANDARD;
        for before in ["", "a", "ab"] {
            let text = STANDARD.encode(format!("{before}kQ7vX2mR9tL4 and more"));
            let forms = encoded(b"kQ7vX2mR9tL4");
            assert!(forms.iter().any(|form| text.contains(&String::from_utf8_lossy(form).into_owned())));
        }
    }

    #[test]
    fn several_texts_are_searched_at_once() {
        let texts: [&[u8]; 3] = [b"a: kQ7vX2mR9tL4", b"b: 'kQ7v''X2mR9tL4'", b"c: kQ7v"];
        let wanted = ["kQ7vX2mR9tL4", "zzzzzzzz"];
        let found: Vec<Option<Range<usize>>> =
            ranges_in(&texts, wanted).into_iter().map(|mut ranges| ranges.pop()).collect();
        assert_eq!(found, [Some(3..15), Some(4..18), None]);
    }

    #[test]
    fn nothing_is_searched_for_in_nothing() {
        assert!(Search::of::<&str>(&[], Case::Kept).is_none());
        assert!(!format!("{:?}", Search::of(&["kQ7vX2mR9tL4"], Case::Kept)).contains("kQ7"));
    }
}
