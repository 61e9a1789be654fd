//! `governance/unregistered`: a machine identity or credential that the registry does not know.

use std::collections::BTreeSet;

use crate::fact::{Body, LinkKind, Naming, Ref, Storage};
use crate::remedy::Remedy;
use crate::rule::analysis::answers::Answers;
use crate::rule::analysis::register::Register;
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let rows = world.rows();
    if !rows.has_registry() {
        return;
    }
    let made = Register::of(world.identities().filter(|(_, i)| i.created).map(|(at, i)| (&i.is, at.unit)));
    // The account of whoever names none is another rule's to tell.
    let defaults: BTreeSet<&Ref> =
        world.identities().filter(|(_, i)| i.name == Naming::Default).map(|(_, i)| &i.is).collect();
    let mut asked: BTreeSet<&Ref> = BTreeSet::new();
    for at in world.facts() {
        let Some((is, kind)) = subject(&at) else { continue };
        if is.name.known().is_none_or(|name| name.trim().is_empty())
            || defaults.contains(is)
            || !asked.insert(is)
        {
            continue;
        }
        // What the tree makes is asked about where it is made.
        if matches!(at.fact.body, Body::Link(_)) && !made.find(is).is_empty() {
            continue;
        }
        if rows.numbers(is).next().is_some() {
            out.pass(&at, "the registry has a row for it");
            continue;
        }
        let own = match &at.fact.body {
            Body::Identity(identity) => Some(identity),
            _ => None,
        };
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
        let message = format!(
            "{kind} `{is}` has no row in the registry: {says}; accepted: an `[[identity]]` row with the id `{}`, or more `*` in \
             it",
            is.pattern()
        );
        out.report(&at, message)
            .judged([is.to_string()])
            .remedy(Remedy::Declare { what: "registry row".to_owned() });
    }
}

/// What the registry should know of a fact: identities that are made, identities that something acts as, and credentials that
/// a store keeps.
fn subject<'a>(at: &At<'a>) -> Option<(&'a Ref, String)> {
    match &at.fact.body {
        Body::Identity(identity) => (identity.created && identity.name == Naming::Named)
            .then(|| (&identity.is, identity.kind.clone())),
        Body::Credential(credential) => {
            (credential.storage == Storage::StoreReference).then(|| (&credential.is, "credential".to_owned()))
        }
        Body::Link(link) => (link.kind == LinkKind::ActsAs).then(|| (&link.to, link.to.kind.clone())),
        _ => None,
    }
}
