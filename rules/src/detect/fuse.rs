//! One credential, one fact: hits and dialect facts on the same bytes are one. The dialect knows the place, the
//! detector knows the token.

use std::collections::BTreeMap;

use super::row::{Detector, Term, Variant};
use super::scan::NEAR;
use super::shape::{self, Shape};
use super::{Hit, slots, tag};
use crate::dialect::{Lowering, Unit};
use crate::fact::{Body, ContextId, Credential, Lifetime, Origin, Ref, Storage, Text, Value, Why};
use crate::span::{ByteSpan, FileId, Source};

/// Of a public half: its detector, account and variant.
type FirstHalf = (String, Option<String>, Option<&'static str>);

/// Makes facts of the hits and completes the dialects' own.
pub(super) fn fuse(unit: &Unit, out: &mut Lowering<'_>, mut hits: Vec<Hit>, key: &[u8]) {
    complete(&mut hits);
    let values = slot_values(out);
    settle_dialect_facts(unit, out, &values, key);
    for group in groups(out, hits) {
        join(out, group, key);
    }
}

/// A secret half takes account and variant from the public half that stands near it.
fn complete(hits: &mut [Hit]) {
    let mut firsts: BTreeMap<(FileId, u32), FirstHalf> = BTreeMap::new();
    for hit in hits.iter() {
        let known = (hit.detector.id.clone(), hit.reading.account.clone(), hit.reading.variant);
        firsts.insert((hit.file, hit.whole.start), known);
    }
    for hit in hits.iter_mut() {
        let Some(first) = &hit.detector.completes else { continue };
        let reach = u32::try_from(NEAR).unwrap_or(u32::MAX) + 64;
        let around = (hit.file, hit.whole.start.saturating_sub(reach))
            ..=(hit.file, hit.whole.end.saturating_add(reach));
        let nearest = firsts
            .range(around)
            .filter(|(_, (id, _, _))| id == first)
            // Of several that it may belong to, the one that works for long: a temporary one beside it proves nothing.
            .min_by_key(|((_, start), (_, _, variant))| (variant.is_some(), start.abs_diff(hit.whole.start)));
        if let Some((_, (_, account, variant))) = nearest {
            hit.reading.variant =
                hit.detector.variant.iter().map(|v| v.name.as_str()).find(|v| Some(*v) == *variant);
            if let Some(account) = account {
                let what = hit.reading.variant.and_then(|v| hit.detector.variant(v)?.title.as_deref());
                hit.reading.title =
                    Some(format!("{} of account {account}", what.unwrap_or(&hit.detector.title)));
                hit.reading.account = Some(account.clone());
            }
        }
    }
}

/// Decoded values of slots, by the bytes they stand at.
fn slot_values(out: &Lowering<'_>) -> BTreeMap<Source, Vec<u8>> {
    out.slots
        .iter()
        .filter(|slot| slot.base64)
        .filter_map(|slot| {
            let span = slot.scalar.span_of(0..slot.scalar.text.len());
            Some((Source::new(slot.file, span), slots::decoded(slot)?))
        })
        .collect()
}

/// Dialect facts that point at bytes: references lose their secret, the others get a tag.
fn settle_dialect_facts(unit: &Unit, out: &mut Lowering<'_>, values: &BTreeMap<Source, Vec<u8>>, key: &[u8]) {
    let mut silent = Vec::new();
    for fact in &mut out.facts.facts {
        let Body::Credential(credential) = &mut fact.body else { continue };
        let Some(first) = credential.secret.first().copied() else { continue };
        let value = match values.get(&first) {
            Some(decoded) => decoded.clone(),
            None => credential.secret.iter().flat_map(|s| bytes(unit, *s)).copied().collect(),
        };
        if let Some(reason) = std::str::from_utf8(&value).ok().and_then(|text| match shape::of(text) {
            Shape::Reference(reason) => Some(reason),
            _ => None,
        }) {
            credential.secret.clear();
            credential.storage = Storage::StoreReference;
            silent.push((first.file, reason));
            continue;
        }
        if credential.tag.is_none() {
            credential.tag = Some(tag::tag(key, &value, true));
        }
    }
    for (file, reason) in silent {
        out.silent(file, reason);
    }
}

fn bytes(unit: &Unit, at: Source) -> &[u8] {
    unit.files.get(at.file.0 as usize).and_then(|f| f.bytes.get(at.span.range())).unwrap_or_default()
}

/// Hits on the same bytes, and the dialect facts on those bytes.
struct Group {
    hits: Vec<Hit>,
    facts: Vec<usize>,
}

/// Sweeps over all secret spans: what overlaps belongs together. Hits that overlap a dialect fact but not each other
/// (several tokens in one value) are groups of their own, of which the first keeps the fact.
fn groups(out: &Lowering<'_>, mut hits: Vec<Hit>) -> Vec<Group> {
    hits.sort_by_key(|h| (h.file, cover(h)));
    let mut groups: Vec<(FileId, ByteSpan, Group)> = Vec::new();
    for hit in hits {
        let span = cover(&hit);
        match groups.last_mut() {
            Some((file, covered, group)) if *file == hit.file && covered.overlaps(span) => {
                *covered = covered.join(span);
                group.hits.push(hit);
            }
            _ => groups.push((hit.file, span, Group { hits: vec![hit], facts: Vec::new() })),
        }
    }
    let starts: BTreeMap<(FileId, u32), usize> =
        groups.iter().enumerate().map(|(i, (file, span, _))| ((*file, span.start), i)).collect();
    for (index, fact) in out.facts.facts.iter().enumerate() {
        let Body::Credential(credential) = &fact.body else { continue };
        for secret in &credential.secret {
            // The last group that begins before the secret may reach into it; else the first inside it is meant.
            let before = starts.range(..=(secret.file, secret.span.start)).next_back();
            let inside =
                starts.range((secret.file, secret.span.start)..(secret.file, secret.span.end)).next();
            let found = [before, inside].into_iter().flatten().map(|(_, i)| *i).find(|i| {
                groups
                    .get(*i)
                    .is_some_and(|(file, span, _)| *file == secret.file && span.overlaps(secret.span))
            });
            if let Some((_, _, group)) = found.and_then(|i| groups.get_mut(i))
                && group.facts.last() != Some(&index)
            {
                group.facts.push(index);
            }
        }
    }
    groups.into_iter().map(|(_, _, group)| group).collect()
}

/// All secret bytes of a hit.
fn cover(hit: &Hit) -> ByteSpan {
    hit.secret.iter().copied().reduce(ByteSpan::join).unwrap_or(hit.whole)
}

/// Makes one fact of a group.
fn join(out: &mut Lowering<'_>, group: Group, key: &[u8]) {
    let Group { mut hits, facts } = group;
    hits.sort_by_key(|h| std::cmp::Reverse((h.detector.rank, h.whole.len())));
    let mut secret: Vec<Source> =
        hits.iter().flat_map(|h| h.secret.iter().map(|s| Source::new(h.file, *s))).collect();
    secret.sort();
    secret.dedup();
    let mut within = hits.iter().find_map(|h| h.within);
    let Some(hit) = hits.into_iter().next() else { return };
    let at = Source::new(hit.file, hit.whole);
    let made = credential(&hit, secret, key);
    if facts.is_empty() {
        let place = out.place(at);
        let within = *within.get_or_insert_with(|| innermost(out, at));
        out.fact(within, place, Origin::Stated, Body::Credential(made));
        return;
    }
    for index in facts {
        let Some(fact) = out.facts.facts.get_mut(index) else { continue };
        if let Body::Credential(own) = &mut fact.body {
            enrich(own, &made, hit.detector);
        }
    }
}

/// The innermost context that covers a source.
pub(super) fn innermost(out: &mut Lowering<'_>, at: Source) -> ContextId {
    let found = out
        .facts
        .contexts
        .iter()
        .filter(|c| c.at.file == at.file && c.at.span.contains(at.span))
        .min_by_key(|c| (c.at.span.len(), std::cmp::Reverse(c.id)))
        .map(|c| c.id);
    found.unwrap_or_else(|| out.file_context(at.file))
}

/// What the detector knows goes into the dialect's fact; place, kind and name stay the dialect's.
fn enrich(own: &mut Credential, made: &Credential, detector: &Detector) {
    let weak = detector.rank == 0;
    if !weak {
        own.issuer.clone_from(&made.issuer);
        own.title.clone_from(&made.title);
        own.class = made.class;
        own.tag.clone_from(&made.tag);
    }
    if matches!(made.lifetime, Value::Known { .. }) {
        own.lifetime.clone_from(&made.lifetime);
    }
    own.scope = made.scope.clone().or_else(|| own.scope.take());
    own.not_before = made.not_before.or(own.not_before);
    own.evidence = made.evidence;
    own.detector.clone_from(&made.detector);
    for source in &made.secret {
        if !own.secret.iter().any(|s| s.file == source.file && s.span.contains(source.span)) {
            own.secret.push(*source);
        }
    }
}

fn credential(hit: &Hit, secret: Vec<Source>, key: &[u8]) -> Credential {
    let detector = hit.detector;
    let variant = hit.reading.variant.and_then(|name| detector.variant(name));
    let at = Source::new(hit.file, hit.whole);
    let tag = tag::tag(key, &hit.value, detector.guessable);
    let lifetime = hit.reading.lifetime.clone().or_else(|| term(detector, variant).lifetime());
    let scope = hit
        .reading
        .scope
        .clone()
        .or_else(|| variant.and_then(|v| v.scope.clone()))
        .or_else(|| detector.scope.clone());
    let title = hit.reading.title.clone().or_else(|| variant.and_then(|v| v.title.clone()));
    let account: Vec<Text> = hit.reading.account.iter().map(|a| Text::literal(a.as_str())).collect();
    Credential {
        is: Ref::new(
            detector.issuer.as_str(),
            detector.kind.as_str(),
            account,
            Text::literal(tag.0.as_str()),
        ),
        issuer: detector.issuer.clone(),
        kind: detector.kind.clone(),
        title: title.unwrap_or_else(|| detector.title.clone()),
        storage: hit.storage,
        lifetime: match lifetime {
            Some(lifetime) => Value::<Lifetime>::known(lifetime, at),
            None => {
                Value::unknown(Why::Unsupported("the lifetime, which only its issuer knows,".to_owned()), at)
            }
        },
        class: variant.and_then(|v| v.class).unwrap_or(detector.class),
        rotation: None,
        not_before: hit.reading.not_before,
        ca: hit.reading.ca,
        scope: scope.map(Text::literal),
        evidence: hit.reading.evidence,
        secret,
        tag: Some(tag),
        detector: Some(match variant {
            Some(variant) => format!("{}:{}", detector.id, variant.name),
            None => detector.id.clone(),
        }),
        federation: None,
    }
}

fn term(detector: &Detector, variant: Option<&Variant>) -> Term {
    variant.and_then(|v| v.lifetime).unwrap_or(detector.lifetime)
}
