//! Secrets of all units of a run: their text is hidden wherever in the tree it stands. A unit knows its own only.

use std::collections::BTreeSet;
use std::fmt;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::runtime::contract::{Coverage, Finding, Source, Span, Spot};

/// Most text searched for, in bytes. Beyond it a secret is hidden in its own unit only.
const MOST: usize = 1 << 20;
/// What stands in place of a secret in what people read, and in facts, where a `*` means something.
const BLANK: &str = "****";
const GAP: &[u8] = b"<secret>";

/// Texts to hide, and the search for them. Its `Debug` shows none.
#[derive(Default)]
pub struct Secrets {
    texts: Vec<Vec<u8>>,
    search: Option<AhoCorasick>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
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
        let search = (!texts.is_empty())
            .then(|| {
                // Quick to build rather than to search: little is displayed.
                let mut builder = AhoCorasick::builder();
                builder.match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true);
                builder.kind(Some(AhoCorasickKind::NoncontiguousNFA)).build(&texts).ok()
            })
            .flatten();
        Self { texts, search }
    }

    /// The texts, for the review.
    pub(super) fn texts(&self) -> &[Vec<u8>] {
        &self.texts
    }

    /// Where in some bytes one stands.
    pub fn spans<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Span> + 'a {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let found = self.search.iter().flat_map(move |search| search.find_iter(bytes));
        found.map(move |m| Span { start: offset(m.start()), end: offset(m.end()) })
    }

    /// Takes them out of a text.
    fn hide(&self, text: &mut String) {
        let Some(search) = &self.search else { return };
        if search.is_match(text.as_str()) {
            let mut clean = String::with_capacity(text.len());
            search.replace_all_with(text, &mut clean, |_, _, out| {
                out.push_str(BLANK);
                true
            });
            *text = clean;
        }
    }

    /// Takes them out of facts, which are JSON: what stands in place of one needs no escape.
    pub(super) fn hide_in_facts(&self, json: &mut Vec<u8>) {
        let Some(search) = &self.search else { return };
        if search.is_match(json.as_slice()) {
            let mut clean = Vec::with_capacity(json.len());
            search.replace_all_with_bytes(json, &mut clean, |_, _, out| {
                out.extend_from_slice(GAP);
                true
            });
            *json = clean;
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
    fn too_much_text_is_cut_and_the_rest_still_searched() {
        let texts = (0..5_000).map(|n| format!("{n:0>256}").into_bytes()).collect();
        let secrets = Secrets::of(texts);
        assert!(secrets.texts.iter().map(Vec::len).sum::<usize>() <= MOST);
        assert_eq!(secrets.spans(format!("x{:0>256}", 7).as_bytes()).count(), 1);
    }
}
