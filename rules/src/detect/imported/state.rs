//! What imported detectors found, as facts. Where another detector speaks of the same bytes, that one speaks alone: it
//! knows the issuer and how to revoke.

use std::collections::BTreeMap;

use super::{Imported, search};
use crate::detect::{GENERIC, fuse, scan, tag};
use crate::dialect::{Lowering, Unit};
use crate::fact::{
    Body, Credential, Evidence, Lifetime, LifetimeClass, Origin, Ref, Storage, Text, Value, Why,
};
use crate::span::{ByteSpan, FileId, Source};

/// What the names of imported detectors begin with in facts and reports.
pub(super) const PREFIX: &str = "imported/";
/// The kind of what they find: the format does not say more.
const KIND: &str = "token";
/// Who issued it.
const ISSUER: &str = "unknown";

/// Why finds said nothing.
const EXCEPTED: &str = "an allowlist of the imported detectors excepts it";
const PASSED_OVER: &str = "the imported detectors pass this file over, by its path";

/// A find of any set, and how well it is named.
struct Hit<'i> {
    id: &'i str,
    title: &'i str,
    whole: ByteSpan,
    secret: ByteSpan,
}

impl Imported {
    /// Searches the unit's files and states what was found; secrets join the masks.
    pub(crate) fn state(&self, unit: &Unit, out: &mut Lowering<'_>, masks: &mut Vec<Source>, key: &[u8]) {
        for file in unit.files.iter().filter(|file| !self.own.contains(&file.path)) {
            let mut hits = Vec::new();
            for (set, keywords) in &self.sets {
                let found = search::search(set, keywords, &file.path, &file.bytes);
                (0..found.excepted).for_each(|_| out.silent(file.id, EXCEPTED));
                if found.passed_over {
                    out.silent(file.id, PASSED_OVER);
                }
                if let Some(from) = found.stopped_at {
                    // Fail closed: what was not looked at is not shown either.
                    let rest = Source::new(file.id, ByteSpan::new(from, file.bytes.len()));
                    masks.push(rest);
                    let most = scan::MAX_HITS;
                    let why = format!("the work of imported detectors on one file, or {most} finds");
                    out.stopped(rest, Why::Limit(why));
                }
                hits.extend(found.finds.into_iter().filter_map(|find| {
                    let rule = set.rules.get(find.rule)?;
                    let (id, title) = (rule.id.as_str(), rule.title.as_str());
                    Some(Hit { id, title, whole: find.whole.into(), secret: find.secret.into() })
                }));
            }
            masks.extend(hits.iter().map(|hit| Source::new(file.id, hit.secret)));
            if !hits.is_empty() {
                state(unit, out, file.id, hits, key);
            }
        }
    }
}

fn state(unit: &Unit, out: &mut Lowering<'_>, file: FileId, mut hits: Vec<Hit<'_>>, key: &[u8]) {
    let taken = taken(out, file);
    hits.sort_by_key(|hit| (hit.secret, hit.id.contains("generic")));
    let mut groups: Vec<(ByteSpan, Vec<Hit<'_>>)> = Vec::new();
    for hit in hits {
        match groups.last_mut() {
            Some((covered, group)) if covered.overlaps(hit.secret) => {
                *covered = covered.join(hit.secret);
                group.push(hit);
            }
            _ => groups.push((hit.secret, vec![hit])),
        }
    }
    for (covered, group) in groups {
        // Spans of facts do not nest deep: the nearest that begins before it, and those inside.
        let before = taken.range(..=covered.start).next_back().filter(|(_, (end, _))| *end > covered.start);
        let inside = taken.range(covered.start..covered.end.max(covered.start));
        let own: Vec<usize> = before.into_iter().chain(inside).map(|(_, (_, fact))| *fact).collect();
        let best =
            group.iter().min_by_key(|hit| (hit.id.contains("generic"), std::cmp::Reverse(hit.whole.len())));
        let Some(best) = best else { continue };
        if own.is_empty() {
            let at = Source::new(file, best.whole);
            let secret = group.iter().map(|hit| Source::new(file, hit.secret)).collect();
            let made = credential(unit, file, best, secret, key);
            let place = out.place(at);
            let within = fuse::innermost(out, at);
            out.fact(within, place, Origin::Stated, Body::Credential(made));
            continue;
        }
        for index in own {
            // Whoever only knows the place, a dialect or a name, learns what stands there.
            if let Some(fact) = out.facts.facts.get_mut(index)
                && let Body::Credential(own) = &mut fact.body
                && (own.detector.is_none() || own.kind == GENERIC)
            {
                if own.kind == GENERIC {
                    KIND.clone_into(&mut own.kind);
                }
                own.detector = Some(format!("{PREFIX}{}", best.id));
                best.title.clone_into(&mut own.title);
            }
        }
    }
}

/// Where credentials begin that are reported anyway: their ends, and their facts.
fn taken(out: &Lowering<'_>, file: FileId) -> BTreeMap<u32, (u32, usize)> {
    let mut taken = BTreeMap::new();
    for (index, fact) in out.facts.facts.iter().enumerate() {
        let Body::Credential(credential) = &fact.body else { continue };
        if !matches!(credential.storage, Storage::Literal | Storage::Encoded) {
            continue;
        }
        for secret in credential.secret.iter().filter(|s| s.file == file) {
            taken.insert(secret.span.start, (secret.span.end, index));
        }
    }
    taken
}

fn credential(unit: &Unit, file: FileId, hit: &Hit<'_>, mut secret: Vec<Source>, key: &[u8]) -> Credential {
    secret.sort();
    secret.dedup();
    let bytes =
        unit.files.get(file.0 as usize).and_then(|f| f.bytes.get(hit.secret.range())).unwrap_or_default();
    let tag = tag::tag(key, bytes, true);
    let at = Source::new(file, hit.whole);
    let why = Why::Unsupported("the lifetime, which only its issuer knows,".to_owned());
    Credential {
        is: Ref::new(ISSUER, KIND, Vec::<Text>::new(), Text::literal(tag.0.as_str())),
        issuer: ISSUER.to_owned(),
        kind: KIND.to_owned(),
        title: hit.title.to_owned(),
        storage: Storage::Literal,
        lifetime: Value::<Lifetime>::unknown(why, at),
        class: LifetimeClass::StandingKey,
        rotation: None,
        not_before: None,
        ca: false,
        scope: None,
        evidence: Evidence::NotVerifiable,
        secret,
        tag: Some(tag),
        detector: Some(format!("{PREFIX}{}", hit.id)),
        federation: None,
    }
}
