//! Detectors: raw bytes and parsed values to Credential facts. A detector is a row of `data/detectors/*.toml`; the
//! engine around the rows is written once: `scan` finds, `structure` reads what a token says of itself, `slots` looks
//! into values the dialects decoded, `told` names those of files that are data and `commands` those that scripts hand
//! over, `plain` tells a secret from a word there, `trees` decodes what is escaped, `names` tells formats by their place,
//! `fuse` makes one fact of all that speaks of the same bytes, `imported` searches for what files of other programs
//! describe, `mask` returns what must not be displayed.
//!
//! Invariant: no secret text leaves this module; facts carry spans, tags and what the structure states.

pub mod canary;
mod commands;
pub(crate) mod companion;
mod encoded;
mod fuse;
mod handed;
mod imported;
mod inside;
mod loose;
mod mask;
mod mentioned;
mod names;
mod plain;
mod prefilter;
mod row;
mod scan;
pub mod shape;
mod slots;
mod structure;
mod switches;
pub(crate) mod tag;
#[cfg(test)]
mod tests;
mod told;
mod trees;
mod unread;

use crate::dialect::{Lowering, Unit};
use crate::fact::{Storage, Why};
use crate::span::{ByteSpan, FileId, Source};

pub use canary::{Canary, canary};
pub use imported::{Handed, Imported};
pub(crate) use mask::{BLANK, disguises, is_strong, tokens, without_tokens};
pub use row::{Detector, Near, Part, Term, Variant, detector, detectors};

/// The kind of credentials that nothing but the name of their place tells.
pub(crate) const GENERIC: &str = "generic-secret";

/// A token that was found, not yet a fact.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) detector: &'static Detector,
    pub(crate) file: FileId,
    /// The token with its public parts.
    pub(crate) whole: ByteSpan,
    /// Its secret parts.
    pub(crate) secret: Vec<ByteSpan>,
    /// The secret text itself, decoded: what the tag is made of.
    pub(crate) value: Vec<u8>,
    pub(crate) reading: structure::Reading,
    pub(crate) storage: Storage,
    /// Where it happens, if a dialect said so.
    pub(crate) within: Option<crate::fact::ContextId>,
}

/// Whether a place of this name is one for secrets: a format is known by it, or its words say so. Longer names are none.
pub(crate) fn asks_for_secret(name: &str) -> bool {
    const LONGEST: usize = 256;
    name.len() <= LONGEST && (names::rows(name).next().is_some() || slots::by_name(name).is_some())
}

/// Stands for a secret where equal ones must be told from others, and nothing else may be told.
pub(crate) fn faint(key: &[u8], secret: &[u8]) -> String {
    tag::tag(key, secret, true).0
}

/// Forces the tables, for the module's snapshot. Patterns are compiled at their first use.
pub fn warm() {
    let _ = detectors().count();
    scan::warm();
    names::warm();
    switches::warm();
    companion::warm();
    inside::warm();
    unread::warm();
    shape::table::warm();
    crate::document::pairs::warm();
}

/// Finds credentials in the unit's bytes and slots, fuses hits on the same bytes into one fact, tags the values, and
/// returns every span that must not be displayed, sorted, without overlaps.
pub fn run(unit: &Unit, out: &mut Lowering<'_>, key: &[u8], imported: &Imported) -> Vec<Source> {
    let mut hits = Vec::new();
    let mut masks = Vec::new();
    for file in &unit.files {
        let found = scan::scan(&file.bytes);
        for reason in found.silent {
            out.silent(file.id, reason);
        }
        if let Some(from) = found.stopped_at {
            // Fail closed: what was not looked at is not shown either.
            let rest = Source::new(file.id, ByteSpan::new(from, file.bytes.len()));
            masks.push(rest);
            out.stopped(rest, Why::Limit(format!("more than {} credentials in one file", scan::MAX_HITS)));
        }
        if let Some(first) = found.left_out {
            let at = Source::new(file.id, ByteSpan::new(first, first));
            let what = format!("more than {} credentials of low severity in one file", scan::MAX_FAINT);
            out.unknown(at, Why::Limit(what));
        }
        let hidden = |range| Source::new(file.id, ByteSpan::from(range));
        masks.extend(found.shapes.into_iter().map(hidden));
        let raw: Vec<_> = found.finds.iter().map(|find| find.whole.clone()).collect();
        hits.extend(found.finds.into_iter().map(|find| Hit {
            detector: find.detector,
            file: file.id,
            whole: find.whole.into(),
            secret: find.secret.into_iter().map(Into::into).collect(),
            value: find.value,
            reading: find.reading,
            storage: Storage::Literal,
            within: None,
        }));
        // Where a format of its own was read, that speaks: the login that holds a token.
        let own = |at: &std::ops::Range<usize>| {
            raw.iter().all(|whole| whole.end <= at.start || whole.start >= at.end)
        };
        let (encoded, stopped_at) = encoded::search(&file.bytes);
        if let Some(from) = stopped_at {
            let rest = Source::new(file.id, ByteSpan::new(from, file.bytes.len()));
            masks.push(rest);
            let what = format!("more than {} encoded credentials in one file", scan::MAX_HITS);
            out.stopped(rest, Why::Limit(what));
        }
        hits.extend(encoded.into_iter().filter(|found| own(&found.whole)).map(|found| Hit {
            detector: found.detector,
            file: file.id,
            whole: found.whole.clone().into(),
            secret: vec![found.whole.into()],
            value: found.value,
            reading: found.reading,
            storage: Storage::Encoded,
            within: None,
        }));
    }
    commands::offer(unit, out);
    hits.extend(trees::search(unit, out));
    told::hand_over(unit, out);
    hits.extend(slots::search(out, &hits));
    companion::settle(unit, out, &mut hits);
    let stated = out.facts.facts.len();
    fuse::fuse(unit, out, hits, key);
    imported.state(unit, out, &mut masks, key);
    handed::state(out, stated);
    masks.extend(unit.files.iter().flat_map(|file| unread::of(file).literals));
    masks.extend(out.hidden.iter().copied());
    let masks = mask::spans(unit, out, masks);
    out.mask_routes(&masks);
    masks
}

/// Secrets of which no ordinary word can be one, each on one line.
pub(crate) fn strong<'u>(unit: &'u Unit, masks: &'u [Source]) -> impl Iterator<Item = Source> + 'u {
    let text = |mask: &Source| unit.files.get(mask.file.0 as usize)?.bytes.get(mask.span.range());
    masks.iter().copied().filter(move |mask| text(mask).is_some_and(mask::is_strong))
}

/// The masks with what is not displayed besides secrets: values in the unread parts of broken files, of which nobody knows
/// whether they are any, and those that a comment or prose names. They are hidden where they stand and searched for
/// nowhere. `read`: whether there is a fact; of a file that was read and has none, no line is displayed.
pub(crate) fn displayed(unit: &Unit, mut masks: Vec<Source>, read: bool) -> Vec<Source> {
    for file in &unit.files {
        let hidden = unread::of(file).hidden;
        if read || !hidden.is_empty() || !file.document.breaks.is_empty() {
            masks.extend(mentioned::of(file));
        }
        masks.extend(hidden);
    }
    mask::merge(masks)
}
