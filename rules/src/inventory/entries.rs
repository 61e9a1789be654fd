//! What there is: identities, credentials, endpoints, and where each is used.

use std::collections::BTreeMap;

use super::credentials::{authentication, end, is_session, kept, lifetimes, sink};
use super::filed::{Filed, NAMED};
use super::{Answer, By, Class};
use crate::fact::{
    Body, ContextId, Credential, Effect, Endpoint, Identity, LinkKind, Naming, Ref, Selection, Storage,
    human_seconds,
};
use crate::rule::analysis::machines::{is_kept, is_of_the_run, is_standing};
use crate::rule::{At as FactAt, World};

/// Files every entry of a world, and its uses.
pub(super) fn gather<'a>(world: &World<'a>, filed: &mut Filed<'a>) {
    let mut made_in: BTreeMap<(usize, ContextId), &'a Ref> = BTreeMap::new();
    for fact in world.facts().filter(|fact| !fact.is_declaration()) {
        match &fact.fact.body {
            Body::Identity(body) => {
                identity(filed, &fact, body);
                if body.created {
                    made_in.insert((fact.unit, fact.fact.within), &body.is);
                }
            }
            Body::Endpoint(body) => endpoint(filed, &fact, body),
            Body::Trust(trust) => {
                let _ = filed.entry(&fact, &trust.opens, Class::Identity, &spoken(&trust.opens));
            }
            Body::Link(link) if link.kind == LinkKind::ActsAs => {
                let draft = filed.entry(&fact, &link.to, Class::Identity, &spoken(&link.to));
                draft.standing |= link.to.name.known().is_some() && !is_of_the_run(&link.to);
                made_in.entry((fact.unit, fact.fact.within)).or_insert(&link.to);
            }
            // Whoever gets rights is there, wherever it is made.
            Body::Link(link) if link.kind == LinkKind::Attaches && is_standing(&link.to) => {
                elsewhere(filed, &fact, &link.to, Class::Identity);
            }
            Body::Grant(grant) if grant.effect == Effect::Allow && is_standing(&grant.holder) => {
                elsewhere(filed, &fact, &grant.holder, Class::Identity);
            }
            Body::Flow(flow) => {
                if let Selection::One(what) = &flow.what
                    && is_kept(what)
                {
                    elsewhere(filed, &fact, what, Class::Credential);
                }
            }
            _ => {}
        }
    }
    for (fact, body) in world.credentials() {
        match made_in.get(&(fact.unit, fact.fact.within)).filter(|_| is_session(body)) {
            Some(of) => {
                let ways = lifetimes(body).into_iter().map(|way| format!("{}: {way}", body.title));
                if let Some((draft, _)) = filed.find(of, fact.unit) {
                    draft.entry.lifetimes.extend(ways);
                }
            }
            None => credential(filed, &fact, body),
        }
    }
    for fact in world.facts() {
        match &fact.fact.body {
            Body::Flow(flow) => {
                if let Selection::One(what) = &flow.what {
                    filed.used(&fact, what, sink(&flow.to), None);
                }
            }
            Body::Identity(body) if is_of_the_run(&body.is) && !fact.is_declaration() => {
                filed.used(&fact, &body.is, "is its own".to_owned(), None);
            }
            Body::Link(link) if link.kind == LinkKind::ActsAs => acts(filed, &fact, &link.from, &link.to),
            _ => {}
        }
    }
}

/// What a file names and another may make.
fn elsewhere<'a>(filed: &mut Filed<'a>, fact: &FactAt<'a>, is: &'a Ref, class: Class) {
    let draft = filed.entry(fact, is, class, &spoken(is));
    draft.standing |= is.name.known().is_some();
}

/// What a reference's kind is called.
fn spoken(is: &Ref) -> String {
    is.kind.replace('-', " ")
}

fn identity<'a>(filed: &mut Filed<'a>, fact: &FactAt<'a>, body: &'a Identity) {
    let draft = filed.entry(fact, &body.is, Class::Identity, &body.kind);
    if body.created {
        draft.made.push(*fact);
        body.kind.clone_into(&mut draft.entry.kind);
    }
    draft.standing |= body.created && body.name == Naming::Named;
    draft.default |= body.name == Naming::Default;
}

fn endpoint<'a>(filed: &mut Filed<'a>, fact: &FactAt<'a>, body: &'a Endpoint) {
    let draft = filed.entry(fact, &body.is, Class::Endpoint, &body.kind);
    draft.made.push(*fact);
    draft.entry.scope.extend(authentication(body));
}

fn credential<'a>(filed: &mut Filed<'a>, fact: &FactAt<'a>, body: &'a Credential) {
    let referred = body.storage == Storage::StoreReference;
    let draft = filed.entry(fact, &body.is, Class::Credential, body.title.trim_end_matches(','));
    let entry = &mut draft.entry;
    // What it opens says more than where it is kept.
    if entry.class == Class::Credential && referred && body.issuer != body.is.platform {
        body.title.trim_end_matches(',').clone_into(&mut entry.kind);
    }
    entry.lifetimes.extend(lifetimes(body));
    entry.until = entry.until.take().or_else(|| Some(Answer { is: end(body)?, by: By::Itself }));
    entry.stores.insert(kept(body));
    entry.scope.extend(body.scope.as_ref().map(ToString::to_string));
    if let Some(seconds) = body.rotation.as_ref().and_then(|rotation| rotation.only()) {
        entry.rotation = Some(human_seconds(*seconds));
    }
    match referred {
        true => draft.standing |= body.is.name.known().is_some(),
        false => draft.made.push(*fact),
    }
    if referred {
        filed.used(fact, &body.is, NAMED.to_owned(), None);
    }
}

/// Something acts as an identity: a credential that is made for it, a job, a workload.
fn acts<'a>(filed: &mut Filed<'a>, fact: &FactAt<'a>, from: &'a Ref, to: &'a Ref) {
    let is_entry =
        filed.find(from, fact.unit).is_some_and(|(draft, _)| draft.entry.class == Class::Credential);
    if is_entry {
        return;
    }
    let by = match filed.actor(fact) {
        Some(actor) => actor,
        None => filed.resource(fact, from),
    };
    filed.used(fact, to, "acts as it".to_owned(), Some(by));
}
