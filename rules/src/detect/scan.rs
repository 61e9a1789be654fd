//! One pass over bytes: all anchors at once, then a detector's pattern in a bounded window at each anchor.
//!
//! Linear: windows are bounded, what matched is not searched again, and the work per file has a hard limit.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::loose;
use super::prefilter::{self, Prefilter};
use super::row::{self, Detector};
use super::shape;
use super::structure::{self, Reading, Refusal, Token};
use crate::fact::{Evidence, Lifetime};
use crate::finding::Severity;

/// Most credentials reported of one file. A person reads none of the two-thousandth; a dump of tokens is one finding
/// many times over, and rules and reports must stay quick on hostile input.
pub(crate) const MAX_HITS: usize = 2_000;
/// Most finds of low severity that are kept in one file. They have a limit of their own, so that no heap of harmless ones
/// keeps a real one out.
pub(crate) const MAX_FAINT: usize = MAX_HITS / 2;
/// Bytes that patterns may look at, per byte of the file, before it counts as hostile. Ordinary text needs below 1.
const WORK_PER_BYTE: usize = 64;
/// And for files of any size.
const WORK_AT_LEAST: usize = 1 << 20;
/// How near a secret half must stand to its public half, in bytes. Credential files and env blocks keep them on
/// neighbouring lines; farther apart the pairing would be a guess.
pub(crate) const NEAR: usize = 300;

/// A token that was found.
#[derive(Debug)]
pub(super) struct Find {
    pub(super) detector: &'static Detector,
    pub(super) whole: Range<usize>,
    pub(super) secret: Vec<Range<usize>>,
    pub(super) value: Vec<u8>,
    pub(super) reading: Reading,
}

impl Find {
    /// The row's words on the kind that was found.
    fn variant(&self) -> Option<&'static row::Variant> {
        self.reading.variant.and_then(|name| self.detector.variant(name))
    }

    /// Whether it is of low severity.
    fn is_faint(&self) -> bool {
        self.variant().and_then(|v| v.severity).unwrap_or(self.detector.severity) <= Severity::Low
    }

    /// What it is, for people.
    pub(super) fn title(&self) -> &str {
        let own = self.reading.title.as_deref();
        own.or_else(|| self.variant()?.title.as_deref()).unwrap_or(&self.detector.title)
    }

    /// How long its format works.
    pub(super) fn term(&self) -> Option<Lifetime> {
        self.variant().and_then(|v| v.lifetime).unwrap_or(self.detector.lifetime).lifetime()
    }
}

/// What a pass found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) finds: Vec<Find>,
    /// Why tokens were let pass, once per token.
    pub(super) silent: Vec<&'static str>,
    /// Secret parts of what has a token's shape and does not stand like one; see `loose`.
    pub(super) shapes: Vec<Range<usize>>,
    /// Where a limit stopped the pass.
    pub(super) stopped_at: Option<usize>,
    /// How many finds of low severity were kept.
    faint: usize,
    /// The first of those that were not, since there are too many: they are hidden and said, not reported.
    pub(super) left_out: Option<usize>,
}

/// All anchors, and for each the detector it belongs to and whether it begins like a word.
struct Anchors {
    prefilter: Prefilter,
    owners: Vec<(usize, bool)>,
}

static ANCHORS: LazyLock<Anchors> = LazyLock::new(|| {
    let mut texts = Vec::new();
    let mut owners = Vec::new();
    for (index, detector) in row::detectors().enumerate() {
        for anchor in &detector.anchors {
            let word = anchor.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
            texts.push(anchor.as_bytes());
            owners.push((index, word && !detector.inside_words && detector.back == 0));
        }
    }
    Anchors { prefilter: Prefilter::new(&texts), owners }
});

/// Forces the tables.
pub(super) fn warm() {
    LazyLock::force(&ANCHORS);
}

/// Finds every token in the bytes.
pub(super) fn scan(bytes: &[u8]) -> Found {
    let mut pass = Pass {
        bytes,
        found: Found::default(),
        work: bytes.len().saturating_mul(WORK_PER_BYTE).max(WORK_AT_LEAST),
        done: BTreeMap::new(),
        shaped: BTreeMap::new(),
    };
    let anchors = &*ANCHORS;
    anchors.prefilter.find(bytes, |anchor, at| match anchors.owners.get(anchor) {
        Some(&(index, word)) => pass.look(index, word, at),
        None => ControlFlow::Continue(()),
    });
    nearby(bytes, &mut pass.found);
    pass.found
}

/// One pass over a file.
struct Pass<'b> {
    bytes: &'b [u8],
    found: Found,
    /// Bytes that patterns may still look at.
    work: usize,
    /// Where each detector's last match ended.
    done: BTreeMap<usize, usize>,
    /// And where its last shape did.
    shaped: BTreeMap<usize, usize>,
}

impl Pass<'_> {
    /// Looks for the detector's token around an anchor of it.
    fn look(&mut self, index: usize, word: bool, at: usize) -> ControlFlow<()> {
        let Some(detector) = row::at(index) else { return ControlFlow::Continue(()) };
        if self.done.get(&index).is_some_and(|end| at < *end) {
            return ControlFlow::Continue(());
        }
        // Most matches end early; a quarter of the window is the dear case.
        self.work = self.work.saturating_sub(window(detector, self.bytes, at).len() / 4 + 16);
        if self.work == 0 || self.found.finds.len() >= MAX_HITS {
            self.found.stopped_at = Some(at.saturating_sub(prefilter::DISORDER));
            return ControlFlow::Break(());
        }
        let stands = !word || begins(self.bytes, at, &detector.not_after);
        let Some((token, end)) = stands.then(|| token(detector, self.bytes, at)).flatten() else {
            self.shape(index, detector, at);
            return ControlFlow::Continue(());
        };
        self.done.insert(index, end);
        match structure::read(detector, &token) {
            Ok(reading) => keep(&mut self.found, detector, &token, reading),
            Err(Refusal::NotOne) => {}
            Err(Refusal::Proven(reason)) => self.found.silent.push(reason),
        }
        ControlFlow::Continue(())
    }

    /// Keeps what has the detector's shape at an anchor, whatever stands around it.
    fn shape(&mut self, index: usize, detector: &'static Detector, at: usize) {
        if self.shaped.get(&index).is_some_and(|end| at < *end) {
            return;
        }
        let window = window(detector, self.bytes, at);
        if let Some(token) = loose::matched(detector, self.bytes, window).filter(|t| t.whole.end > at) {
            self.shaped.insert(index, token.whole.end);
            self.found.shapes.extend(loose::secret(detector, &token));
        }
    }
}

fn window(detector: &Detector, bytes: &[u8], at: usize) -> Range<usize> {
    at.saturating_sub(detector.back)..at.saturating_add(detector.ahead).min(bytes.len())
}

/// Matches the detector's pattern at an anchor; also returns where the match ended.
fn token<'b>(detector: &'static Detector, bytes: &'b [u8], at: usize) -> Option<(Token<'b>, usize)> {
    let token = matched(detector, bytes, window(detector, bytes, at))?;
    let end = token.whole.end;
    (end > at).then_some((token, end))
}

/// A value that has the detector's shape from its first byte to its last.
pub(super) fn whole<'b>(detector: &'static Detector, value: &'b [u8]) -> Option<Token<'b>> {
    matched(detector, value, 0..value.len()).filter(|token| token.whole == (0..value.len()))
}

fn matched<'b>(detector: &'static Detector, bytes: &'b [u8], window: Range<usize>) -> Option<Token<'b>> {
    matched_by(detector.regex()?, bytes, window)
}

pub(super) fn matched_by<'b>(
    regex: &'static Regex,
    bytes: &'b [u8],
    window: Range<usize>,
) -> Option<Token<'b>> {
    let captures = regex.captures(bytes.get(window.clone())?)?;
    let matched = captures.name("token").or_else(|| captures.get(0))?;
    let groups = regex
        .capture_names()
        .flatten()
        .filter_map(|name| {
            let group = captures.name(name)?;
            Some((name, window.start + group.start()..window.start + group.end()))
        })
        .collect();
    let whole = window.start + matched.start()..window.start + matched.end();
    Some(Token { bytes, whole, groups })
}

/// Whether a word may begin here. Escapes such as `\n` and `%3D` before it do not make it part of a longer word.
fn begins(bytes: &[u8], at: usize, not_after: &str) -> bool {
    let back = |n: usize| at.checked_sub(n).and_then(|i| bytes.get(i)).copied();
    let Some(before) = back(1) else { return true };
    if not_after.as_bytes().contains(&before) {
        // `/` and `+` belong to a longer text in base64, unless one begins with them: `./token` is a path.
        let base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
        return matches!(before, b'+' | b'/') && !back(2).is_some_and(base64);
    }
    if !before.is_ascii_alphanumeric() && before != b'_' {
        return true;
    }
    let is_hex = |from: usize, to: usize| (from..=to).all(|n| back(n).is_some_and(|b| b.is_ascii_hexdigit()));
    let escape = matches!(before, b'n' | b'r' | b't') && back(2) == Some(b'\\');
    let percent = is_hex(1, 2) && back(3) == Some(b'%');
    let byte = is_hex(1, 2) && back(3) == Some(b'x') && back(4) == Some(b'\\');
    let unit = is_hex(1, 4) && back(5) == Some(b'u') && back(6) == Some(b'\\');
    escape || percent || byte || unit
}

/// Keeps a token unless its value proves that it is none.
fn keep(found: &mut Found, detector: &'static Detector, token: &Token<'_>, reading: Reading) {
    match find(detector, token, reading) {
        Ok(find) if find.secret.is_empty() => {}
        Ok(find) if find.is_faint() && found.faint >= MAX_FAINT => {
            found.left_out.get_or_insert(find.whole.start);
            found.shapes.extend(find.secret);
        }
        Ok(find) => {
            found.faint += usize::from(find.is_faint());
            found.finds.push(find);
        }
        Err(reason) => found.silent.push(reason),
    }
}

/// What a token is, or the proof in its value that it is none.
pub(super) fn find(
    detector: &'static Detector,
    token: &Token<'_>,
    mut reading: Reading,
) -> Result<Find, &'static str> {
    let secret = match reading.secret.take() {
        Some(secret) => secret,
        None => {
            detector.secret.iter().filter_map(|name| token.range(name)).filter(|r| !r.is_empty()).collect()
        }
    };
    let value = value(token.bytes, &secret);
    let end = secret.iter().map(|r| r.end).max().unwrap_or(token.whole.end);
    // The pattern's last byte only shows that the token ended.
    let whole = reading.whole.take().unwrap_or(token.whole.start..end);
    match silence(detector, token.bytes.get(whole.clone()).unwrap_or_default(), &value, &reading) {
        Some(reason) => Err(reason),
        None => Ok(Find { detector, whole, secret, value, reading }),
    }
}

fn value(bytes: &[u8], secret: &[Range<usize>]) -> Vec<u8> {
    secret.iter().filter_map(|r| bytes.get(r.clone())).collect::<Vec<_>>().concat()
}

/// The proof, in the value itself, that it is no credential.
pub(super) fn silence(
    detector: &Detector,
    token: &[u8],
    value: &[u8],
    reading: &Reading,
) -> Option<&'static str> {
    if detector.is_documentation(token) {
        return Some("a value that the issuer's documentation uses");
    }
    if reading.evidence != Evidence::Verified && shape::is_drawn_by_hand(value) {
        return Some("repeated or counted-up characters, which no issuer draws");
    }
    None
}

/// Second halves that have no shape of their own: accepted only near a hit of the detector that names them.
fn nearby(bytes: &[u8], found: &mut Found) {
    for detector in row::detectors() {
        let Some(near) = &detector.near else { continue };
        let around: Vec<Range<usize>> = found
            .finds
            .iter()
            .filter(|f| near.detectors.contains(&f.detector.id))
            .map(|f| f.whole.start.saturating_sub(NEAR)..f.whole.end.saturating_add(NEAR).min(bytes.len()))
            .collect();
        let Some(regex) = detector.near_regex() else { continue };
        let taken: BTreeMap<usize, usize> =
            found.finds.iter().flat_map(|f| f.secret.iter().map(|s| (s.start, s.end))).collect();
        let free = |whole: &Range<usize>| {
            taken.range(..whole.end).next_back().is_none_or(|(_, end)| *end <= whole.start)
        };
        let mut from = 0;
        for window in around {
            let start = window.start.max(from);
            let Some(slice) = bytes.get(start..window.end) else { continue };
            let mut at = 0;
            while let Some(matched) = slice.get(at..).and_then(|rest| regex.find(rest)) {
                let whole = start + at + matched.start()..start + at + matched.end();
                at += matched.end();
                if !stands_alone(bytes, &whole) || !free(&whole) {
                    continue;
                }
                let token = Token { bytes, whole: whole.clone(), groups: vec![("body", whole)] };
                if let Ok(reading) = structure::read(detector, &token) {
                    keep(found, detector, &token, reading);
                }
                if found.finds.len() > 2 * MAX_HITS {
                    return;
                }
            }
            from = window.end;
        }
    }
}

fn stands_alone(bytes: &[u8], whole: &Range<usize>) -> bool {
    let inner = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+' | b'=' | b'_' | b'-');
    let after = bytes.get(whole.end);
    let before = whole.start.checked_sub(1).and_then(|i| bytes.get(i)).filter(|b| **b != b'=');
    !before.is_some_and(inner) && !after.is_some_and(inner)
}
