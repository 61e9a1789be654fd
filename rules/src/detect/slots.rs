//! Values that dialects decoded: base64 is opened, the slot's name is context, and a literal in a place for secrets is
//! a credential even without a shape of its own.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::row::{self, Detector};
use super::scan::{self, Find};
use super::structure::{self, Reading, Refusal, Token};
use super::{Hit, names, plain, shape, switches};
use crate::dialect::Lowering;
use crate::dialect::lowering::{Slot, Told};
use crate::fact::{ContextId, Storage, Why};
use crate::span::{ByteSpan, FileId, Source};

/// Most slots looked at per unit; a manifest of 10,000 values is generated, not written.
const MAX_SLOTS: usize = 20_000;
/// Longest value that is a secret by its place alone, in bytes: a key in DER and base64 on one line has up to 12,800.
const LONGEST_GENERIC: usize = 16 << 10;
/// From this length on it must be one run without blanks: what has some is a text or a file, and has shapes.
const LONGEST_TEXT: usize = 512;
/// The variant of a literal that will be a secret.
const AWAITED: &str = "awaited";
/// Longest value whose shape its name tells, in bytes: the longest such format, a tunnel token, has about 200.
const LONGEST_NAMED: usize = 1_024;

/// Looks into every slot. `raw` are the hits of the raw pass, so that a half found there completes one found here.
pub(super) fn search(out: &mut Lowering<'_>, raw: &[Hit]) -> Vec<Hit> {
    let slots = std::mem::take(&mut out.slots);
    let taken = Taken::of(raw);
    let mut hits = Vec::new();
    for slot in slots.iter().take(MAX_SLOTS) {
        one(out, slot, &taken, &mut hits);
    }
    if slots.len() > MAX_SLOTS {
        let at = slots.get(MAX_SLOTS).map(span).unwrap_or_default();
        out.unknown(at, Why::Limit(format!("more than {MAX_SLOTS} values in one unit")));
    }
    hits.extend(second_halves(&slots, &hits, raw));
    out.slots = slots;
    hits
}

/// Where the raw pass found tokens.
struct Taken(BTreeMap<(FileId, u32), u32>);

impl Taken {
    fn of<'h>(hits: impl IntoIterator<Item = &'h Hit>) -> Self {
        Self(hits.into_iter().flat_map(|h| h.secret.iter().map(|s| ((h.file, s.start), s.end))).collect())
    }

    fn overlaps(&self, at: Source) -> bool {
        self.0
            .range((at.file, 0)..(at.file, at.span.end.max(1)))
            .next_back()
            .is_some_and(|(_, end)| *end > at.span.start)
    }
}

fn span(slot: &Slot) -> Source {
    Source::new(slot.file, slot.scalar.span_of(0..slot.scalar.text.len()))
}

/// The real value of a slot, if it can be told.
pub(super) fn decoded(slot: &Slot) -> Option<Vec<u8>> {
    if !slot.base64 {
        return Some(slot.scalar.text.as_bytes().to_vec());
    }
    let joined: Vec<u8> = slot.scalar.text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    STANDARD.decode(joined).ok()
}

fn one(out: &mut Lowering<'_>, slot: &Slot, taken: &Taken, hits: &mut Vec<Hit>) {
    let Some(value) = decoded(slot) else { return };
    // The name before the value, so that shapes that need a name see it.
    let mut named = slot.name.clone().into_bytes();
    named.push(b'=');
    let offset = named.len();
    named.extend_from_slice(&value);
    let found = scan::scan(&named);
    let mut shaped = false;
    for find in found.finds {
        let Some(hit) = hit(slot, find, offset) else { continue };
        shaped = true;
        hits.push(hit);
    }
    if found.stopped_at.is_some() && slot.base64 {
        out.stopped(span(slot), Why::Limit(format!("more than {} credentials in one value", scan::MAX_HITS)));
    }
    if slot.base64 {
        // In clear the raw pass has counted them already.
        for reason in &found.silent {
            out.silent(slot.file, reason);
        }
    }
    if shaped || !found.silent.is_empty() || taken.overlaps(span(slot)) {
        return;
    }
    match self::named(&slot.name, &value) {
        Some(Ok(find)) => hits.extend(hit(slot, find, 0)),
        Some(Err(reason)) => out.silent(slot.file, reason),
        None => generic(out, slot, &value, hits),
    }
}

/// A value that has the shape its place's name asks for: a find, or why it is none.
pub(super) fn named(name: &str, value: &[u8]) -> Option<Result<Find, &'static str>> {
    let value = value.trim_ascii_end();
    if value.len() > LONGEST_NAMED {
        return None;
    }
    let (detector, token) = names::rows(name).find_map(|d| Some((d, scan::whole(d, value)?)))?;
    match structure::read(detector, &token) {
        Ok(reading) => Some(scan::find(detector, &token, reading)),
        Err(Refusal::Proven(reason)) => Some(Err(reason)),
        Err(Refusal::NotOne) => None,
    }
}

/// A find in a slot's text, with its spans in the file.
fn hit(slot: &Slot, find: Find, offset: usize) -> Option<Hit> {
    let everything = slot.scalar.span_of(0..slot.scalar.text.len());
    let back = |range: std::ops::Range<usize>| -> Option<ByteSpan> {
        let (start, end) = (range.start.max(offset) - offset, range.end.checked_sub(offset)?);
        (start < end).then(|| if slot.base64 { everything } else { slot.scalar.span_of(start..end) })
    };
    let secret: Vec<ByteSpan> = find.secret.into_iter().filter_map(back).collect();
    let whole = back(find.whole)?;
    if secret.is_empty() {
        return None;
    }
    Some(Hit {
        detector: find.detector,
        file: slot.file,
        whole,
        secret,
        value: find.value,
        reading: find.reading,
        storage: if slot.base64 { Storage::Encoded } else { Storage::Literal },
        within: Some(slot.within),
    })
}

/// A literal without a shape, in a place whose name says that secrets belong there.
fn generic(out: &mut Lowering<'_>, slot: &Slot, value: &[u8], hits: &mut Vec<Hit>) {
    match by_place(&slot.name, value, slot.told) {
        Some(Ok((detector, reading))) => hits.push(in_slot(slot, detector, value, reading)),
        Some(Err(reason)) => match awaited(slot, value, reason) {
            Some((detector, reading)) => hits.push(in_slot(slot, detector, value, reading)),
            None => out.silent(slot.file, reason),
        },
        None => {}
    }
}

/// A value without a shape whose place's name says that secrets belong there: what it is read as, or why it is none.
pub(super) fn by_place(
    name: &str,
    value: &[u8],
    told: Told,
) -> Option<Result<(&'static Detector, Reading), &'static str>> {
    let is_run = || value.len() <= LONGEST_GENERIC && !value.iter().any(u8::is_ascii_whitespace);
    let detector = by_name(name).filter(|_| value.len() <= LONGEST_TEXT || is_run())?;
    let doubtful = told == Told::Name || detector.drawn;
    let in_data = || doubtful.then(|| plain::reason(name, value)).flatten();
    let in_script = || (!doubtful).then(|| plain::stands_in(value)).flatten();
    if let Some(reason) = switches::reason(name, value).or_else(in_data).or_else(in_script) {
        return Some(Err(reason));
    }
    let token = Token { bytes: value, whole: 0..value.len(), groups: vec![("body", 0..value.len())] };
    match structure::read(detector, &token) {
        Ok(reading) => Some(Ok((detector, reading))),
        Err(Refusal::Proven(reason)) => Some(Err(reason)),
        Err(Refusal::NotOne) => None,
    }
}

/// A mask such as `xxxxx` in an object that everybody may read: no secret, but what takes its place will be one.
fn awaited(slot: &Slot, value: &[u8], reason: &str) -> Option<(&'static Detector, Reading)> {
    let detector = by_name(&slot.name).filter(|d| !d.drawn && d.variant(AWAITED).is_some())?;
    let masked = slot.told == Told::Open && reason == shape::HAND_DRAWN && shape::is_mask(value);
    masked.then(|| (detector, Reading { variant: Some(AWAITED), ..Reading::plain() }))
}

/// Rows of literals without a shape, with the names of their places.
static PLACES: LazyLock<Vec<(&'static Detector, &'static str)>> = LazyLock::new(|| {
    let rows = row::detectors().filter(|d| d.rank == 0);
    rows.flat_map(|d| d.slots.iter().map(move |slot| (d, slot.as_str()))).collect()
});

/// The row of literals without a shape, if a name is one of its places.
pub(super) fn by_name(name: &str) -> Option<&'static Detector> {
    let find = |name: &str| {
        let words = words(name);
        PLACES.iter().find(|(_, place)| ends_in(&words, place)).map(|(detector, _)| *detector)
    };
    let stem = names::stem(name);
    let whole = || find(name).or_else(|| if stem.len() < name.len() { find(stem) } else { None });
    // `PassWord`, `passWORD`: humps may stand anywhere.
    let flat = name.to_ascii_lowercase();
    whole().or_else(|| if flat == name { None } else { find(&flat) })
}

fn in_slot(slot: &Slot, detector: &'static Detector, value: &[u8], reading: Reading) -> Hit {
    let at = span(slot);
    Hit {
        detector,
        file: at.file,
        whole: at.span,
        secret: vec![at.span],
        value: value.to_vec(),
        reading,
        storage: if slot.base64 { Storage::Encoded } else { Storage::Literal },
        within: Some(slot.within),
    }
}

/// Whether the words of a name end in these: `DB_PASSWORD`, `clientSecret`, `api-key`; not `password_file`.
pub(super) fn ends_in(name: &str, words: &str) -> bool {
    name.trim_end()
        .strip_suffix(words)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with(' ') || words.len() >= 6)
}

/// The words of a name, in small letters.
pub(super) fn words(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 8);
    let mut before = ' ';
    for c in name.chars() {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            spaced.push(' ');
        }
        spaced.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
        before = c;
    }
    spaced
}

/// Second halves in slots beside the slot or line that holds the first: a whole value of the right shape in the same
/// place.
fn second_halves(slots: &[Slot], hits: &[Hit], raw: &[Hit]) -> Vec<Hit> {
    let mut halves = Vec::new();
    for detector in row::detectors() {
        let (Some(near), Some(regex)) = (&detector.near, detector.near_regex()) else { continue };
        let first = |h: &&Hit| near.detectors.contains(&h.detector.id);
        let places: std::collections::BTreeSet<ContextId> =
            hits.iter().filter(first).filter_map(|h| h.within).collect();
        if places.is_empty() {
            continue;
        }
        let seen = Taken::of(raw);
        // A hit by name alone gives way.
        let taken = Taken::of(hits.iter().filter(|h| h.detector.rank > 0));
        for slot in slots.iter().filter(|s| places.contains(&s.within)) {
            let Some(value) = decoded(slot) else { continue };
            let whole = regex.find(&value).is_some_and(|m| m.start() == 0 && m.end() == value.len());
            let at = span(slot);
            if !whole || seen.overlaps(at) || taken.overlaps(at) {
                continue;
            }
            let token =
                Token { bytes: &value, whole: 0..value.len(), groups: vec![("body", 0..value.len())] };
            if let Ok(reading) = structure::read(detector, &token)
                && scan::silence(detector, &value, &value, &reading).is_none()
            {
                halves.push(in_slot(slot, detector, &value, reading));
            }
        }
    }
    halves
}
