//! `scope/privilege-escalation`: rights that, taken together, let their holder take further rights.

use std::cell::LazyCell;

use crate::fact::{Identity, Ref};
use crate::rule::analysis::causes::{Cause, causes};
use crate::rule::analysis::grants::{shape, subjects};
use crate::rule::analysis::register::Register;
use crate::rule::analysis::{actions, wildcards};
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let made = LazyCell::new(|| {
        let made = world.identities().filter(|(_, identity)| identity.created);
        Register::of(made.map(|(at, identity)| (&identity.is, (at, identity))))
    });
    for cause in causes(world) {
        let mut holders: Vec<(At<'_>, &Identity)> = Vec::new();
        for holder in cause.holders.iter().filter(|holder| gathers(&cause, holder)) {
            let new =
                |at: &At<'_>| !holders.iter().any(|(h, _)| h.unit == at.unit && h.fact.id == at.fact.id);
            if let Some(found) = made.surely(holder).next().filter(|(at, _)| new(at)) {
                holders.push(found);
            }
        }
        report(&cause, &holders, out);
    }
}

/// Whether a holder has the statements of a cause from several hands.
fn gathers(cause: &Cause<'_>, holder: &Ref) -> bool {
    cause.by.len() > 1 && cause.by.iter().any(|(_, grant)| grant.holder != *holder)
}

/// `holders` are the identities that hold statements of several, where the tree makes them.
fn report(cause: &Cause<'_>, holders: &[(At<'_>, &Identity)], out: &mut Verdicts<'_>) {
    const SHOWN: usize = 3;
    let Some(((at, leading), others)) = cause.by.split_first() else { return };
    let mut ways = cause.ways.clone();
    ways.sort_by_key(|way| std::cmp::Reverse(way.severity(leading)));
    let severity = cause.severity();
    if others.is_empty() && wildcards::severity(leading).is_some_and(|wild| wild > severity) {
        return out.pass(at, "scope/wildcard-grant says worse of it");
    }
    let how: Vec<&str> = ways.iter().take(SHOWN).map(|way| way.how.as_str()).collect();
    let more = match ways.len().saturating_sub(SHOWN) {
        0 => String::new(),
        1 => ", and 1 more way".to_owned(),
        more => format!(", and {more} more ways"),
    };
    let (together, accepted) = match others {
        [] => ("", "these actions on named resources"),
        _ => (
            "together with other statements of its holder, ",
            "these actions on named resources, or in separate hands",
        ),
    };
    let message = format!(
        "{together}this grant lets its holder take further rights: it can {}{more}; accepted: \
         {accepted}",
        how.join("; ")
    );
    let draft = out.report(at, message).severity(severity);
    for (_, grant) in &cause.by {
        draft.judged(shape(grant)).covers(subjects(grant));
    }
    for (made, identity) in holders.iter().take(SHOWN) {
        draft.related(format!("held together by this {}", identity.kind), made.spot(made.place().source()));
    }
    for (other, grant) in others {
        let note = format!("also held: {}", actions::listed(&grant.actions));
        draft.related(note, other.spot(other.place().source()));
        draft.lesser(other.fact.lesser);
    }
}
