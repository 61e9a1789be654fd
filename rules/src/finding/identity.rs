//! Place, content and fingerprint of a finding, and how findings of two versions of a tree compare.
//!
//! Users' baselines and waivers depend on these functions: a change here is a breaking change.
//!
//! A finding has a **place**, H(rule, path, route), and a **content**, H(what was judged). Routes address list items by
//! name or digest, so that neither line numbers nor the order of keys enter. The **fingerprint** is H(place, content):
//! it dies with either, so that a waiver for `s3:Get*` does not cover `s3:*` written over it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::Finding;

/// Hex digits of an identifier: 128 bits, enough that two findings never meet by chance.
pub const HEX_DIGITS: usize = 32;

/// Hex digits of a digest that addresses a list item without a name in a route.
pub const ITEM_DIGITS: usize = 8;

/// Most findings of the old version that one of the new is held against where the place or content alone does not
/// decide. Real places hold a handful; without a bound a file of 100,000 secrets would be compared with itself.
const MAX_CANDIDATES: usize = 64;

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

/// Identifier of a place.
#[must_use]
pub fn place_id(rule: &str, path: &str, route: &str) -> String {
    digest([rule, path, route])
}

/// Identifier of what was judged: parts in order, and a set of subjects.
#[must_use]
pub fn content_id(judged: &[String], subjects: &BTreeSet<String>) -> String {
    let judged = judged.iter().map(String::as_str).chain(std::iter::once("\u{0}covers"));
    digest(judged.chain(subjects.iter().map(String::as_str)))
}

/// Identifier of place and content together.
#[must_use]
pub fn fingerprint(place_id: &str, content_id: &str) -> String {
    digest([place_id, content_id])
}

/// What became of a finding between two versions of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Same place, same content.
    Known,
    /// Same place, other content: the finding was touched and must be looked at again.
    Changed,
    /// Same place, and the new content covers all of the old and more; or the same content at more places.
    Widened,
    /// A new place whose content matches one that vanished: a file or block was moved or renamed.
    Moved,
    /// Nothing like it was there.
    New,
    /// It is gone.
    Fixed,
}

/// One finding of either version and its counterpart, by their indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// What became of it.
    pub kind: Kind,
    /// As it was; `None` for [`Kind::New`].
    pub old: Option<usize>,
    /// As it is; `None` for [`Kind::Fixed`].
    pub new: Option<usize>,
}

/// Compares the findings of two versions of a tree: first those of the new version in their order, then what is fixed.
///
/// Each finding appears once. Findings pair up by fingerprint first, then by place (of several, the one the new finding
/// widens, else the one it shares most subjects with), then by rule and content among what is left: the same route in
/// another file before another route in the same file. A rule that judges nothing but the place has the same content
/// everywhere, so its findings move only with their route.
///
/// A list item without a name of its own is addressed by the digest of its content, so touching it changes its place. What
/// is left is therefore held together once more by routes without those digests: a statement that grew is still
/// *widened*, one that shares subjects, or has none, is *changed*.
#[must_use]
pub fn compare(old: &[Finding], new: &[Finding]) -> Vec<Change> {
    let mut pairing = Pairing { old, left: vec![true; old.len()], found: vec![None; new.len()] };
    pairing.round(
        new,
        |f| (f.fingerprint.clone(), String::new()),
        |new, old| {
            let kind = if new.places.len() > old.places.len() { Kind::Widened } else { Kind::Known };
            Some((kind, 0))
        },
    );
    pairing.round(
        new,
        |f| (f.place_id.clone(), String::new()),
        |new, old| {
            let (kind, shared) = touched(new, old);
            Some((kind, if kind == Kind::Widened { usize::MAX } else { shared }))
        },
    );
    let empty = content_id(&[], &BTreeSet::new());
    pairing.round(
        new,
        |f| (f.content_id.clone(), f.rule.clone()),
        |new, old| {
            let (route, path) = (new.route == old.route, new.at.path == old.at.path);
            let bare = new.content_id == empty;
            (route || !bare).then_some((Kind::Moved, usize::from(route) * 2 + usize::from(path)))
        },
    );
    pairing.round(
        new,
        |f| (digest([f.rule.as_str(), f.at.path.as_str()]), without_digests(&f.route)),
        |new, old| {
            let (kind, shared) = touched(new, old);
            let alike = shared > 0 || (new.subjects.is_empty() && old.subjects.is_empty());
            alike.then_some((kind, if kind == Kind::Widened { usize::MAX } else { shared }))
        },
    );
    let mut changes: Vec<Change> = pairing
        .found
        .iter()
        .enumerate()
        .map(|(new, found)| match found {
            Some((kind, old)) => Change { kind: *kind, old: Some(*old), new: Some(new) },
            None => Change { kind: Kind::New, old: None, new: Some(new) },
        })
        .collect();
    let fixed = pairing.left.iter().enumerate().filter(|(_, left)| **left);
    changes.extend(fixed.map(|(old, _)| Change { kind: Kind::Fixed, old: Some(old), new: None }));
    changes
}

/// Whether the new finding covers all of the old and more, and how many subjects they share.
fn touched(new: &Finding, old: &Finding) -> (Kind, usize) {
    let shared = new.subjects.intersection(&old.subjects).count();
    let widened = !old.subjects.is_empty() && shared == old.subjects.len() && new.subjects.len() > shared;
    (if widened { Kind::Widened } else { Kind::Changed }, shared)
}

/// A route in which items addressed by a digest (`[1a2b3c4d]`) have no address.
fn without_digests(route: &str) -> String {
    let digest = |step: &str| {
        let inner = step.strip_prefix('[').and_then(|s| s.strip_suffix(']'));
        inner.is_some_and(|i| i.len() == ITEM_DIGITS && i.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let steps: Vec<&str> = route.split('/').map(|step| if digest(step) { "[]" } else { step }).collect();
    steps.join("/")
}

/// Who is paired with whom so far.
struct Pairing<'f> {
    old: &'f [Finding],
    /// Old findings without a counterpart.
    left: Vec<bool>,
    /// By index of the new finding.
    found: Vec<Option<(Kind, usize)>>,
}

impl<'f> Pairing<'f> {
    /// Pairs what is left and shares a key; of several, the candidate that `rate` rates highest, the first among equals.
    fn round(
        &mut self,
        new: &[Finding],
        key: impl Fn(&Finding) -> (String, String),
        rate: impl Fn(&Finding, &Finding) -> Option<(Kind, usize)>,
    ) {
        let mut by_key: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (index, old) in self.old.iter().enumerate().rev() {
            if self.left.get(index).copied().unwrap_or(false) {
                by_key.entry(key(old)).or_default().push(index);
            }
        }
        for (slot, new) in self.found.iter_mut().zip(new).filter(|(slot, _)| slot.is_none()) {
            let Some(candidates) = by_key.get_mut(&key(new)) else { continue };
            // Candidates are kept in reverse, so that taking one from the end is cheap.
            let best = candidates
                .iter()
                .enumerate()
                .rev()
                .take(MAX_CANDIDATES)
                .filter_map(|(at, index)| {
                    let old = self.old.get(*index)?;
                    let (kind, rating) = rate(new, old)?;
                    Some((Reverse(rating), Reverse(at), kind, *index))
                })
                .min_by_key(|(rating, at, ..)| (*rating, *at));
            if let Some((_, Reverse(at), kind, index)) = best {
                candidates.remove(at);
                if let Some(left) = self.left.get_mut(index) {
                    *left = false;
                }
                *slot = Some((kind, index));
            }
        }
    }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
