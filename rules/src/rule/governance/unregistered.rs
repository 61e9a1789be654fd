//! `governance/unregistered`: a machine identity or credential that the registry does not know.

use std::collections::BTreeSet;

use crate::fact::{Body, Effect, LinkKind, Naming, Ref, Selection, Storage};
use crate::remedy::Remedy;
use crate::rule::analysis::answers::Answers;
use crate::rule::analysis::machines::{is_kept, is_of_the_run, is_standing};
use crate::rule::analysis::register::Register;
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let rows = world.rows();
    if !rows.has_registry() {
        return;
    }
    // What has no name in the files may be anything, and is nothing that another names.
    let named = world.identities().filter(|(_, i)| i.created && !i.is.name.is_nameless());
    let made = Register::of(named.map(|(_, i)| (&i.is, ())));
    // The account of whoever names none is another rule's to tell.
    let defaults: BTreeSet<&Ref> =
        world.identities().filter(|(_, i)| i.name == Naming::Default).map(|(_, i)| &i.is).collect();
    let mut asked: BTreeSet<(&Ref, Option<usize>)> = BTreeSet::new();
    for at in world.facts() {
        let Some((is, kind)) = subject(&at) else { continue };
        let named = is.name.known().is_some_and(|name| !name.trim().is_empty());
        let own = match &at.fact.body {
            Body::Identity(identity) => Some(identity),
            _ => None,
        };
        // What only a run of the files names is another one in each unit, and is asked about where it is made.
        if (!named && own.is_none())
            || defaults.contains(is)
            || !asked.insert((is, (!named).then_some(at.unit)))
        {
            continue;
        }
        // What the tree makes is asked about where it is made.
        if matches!(at.fact.body, Body::Link(_) | Body::Grant(_)) && !made.find(is).is_empty() {
            continue;
        }
        if rows.numbers(is).next().is_some() {
            out.pass(&at, "the registry has a row for it");
            continue;
        }
        let beside = Answers::of(rows.beside(at.unit, is).map(|row| row.identity).chain(own));
        let missing = beside.missing();
        if missing.is_empty() {
            out.pass(&at, "what is declared beside it says as much as a row");
            continue;
        }
        let says = match beside.any() {
            true => format!("what is declared beside it does not say {}", missing.join("; nor ")),
            false => {
                "nothing says who owns it, why it exists, until when, and how it is switched off".to_owned()
            }
        };
        let accepted = match is.name.is_nameless() {
            true => "a comment beside it (`# hallpass: owner=… purpose=… review-by=… revocation=…`): the files do not say its \
                     name, so that a row could only speak of all"
                .to_owned(),
            false => format!("an `[[identity]]` row with the id `{}`, or more `*` in it", is.pattern()),
        };
        let message = format!("{kind} `{is}` has no row in the registry: {says}; accepted: {accepted}");
        out.report(&at, message)
            .judged([is.to_string()])
            .remedy(Remedy::Declare { what: "registry row".to_owned() });
    }
}

/// What the registry should know of a fact: identities that are made, those that something acts as or that get rights, and
/// credentials that a store keeps.
fn subject<'a>(at: &At<'a>) -> Option<(&'a Ref, String)> {
    let by_kind = |is: &'a Ref| (is, is.kind.replace('-', " "));
    match &at.fact.body {
        Body::Identity(identity) => (identity.created && identity.name == Naming::Named)
            .then(|| (&identity.is, identity.kind.clone())),
        Body::Credential(credential) => {
            (credential.storage == Storage::StoreReference).then(|| (&credential.is, "credential".to_owned()))
        }
        Body::Flow(flow) => match &flow.what {
            Selection::One(what) => is_kept(what).then(|| by_kind(what)),
            Selection::All(_) => None,
        },
        Body::Link(link) => match link.kind {
            LinkKind::ActsAs => (!is_of_the_run(&link.to)).then(|| by_kind(&link.to)),
            LinkKind::Attaches => is_standing(&link.to).then(|| by_kind(&link.to)),
            _ => None,
        },
        Body::Grant(grant) => {
            (grant.effect == Effect::Allow && is_standing(&grant.holder)).then(|| by_kind(&grant.holder))
        }
        _ => None,
    }
}
