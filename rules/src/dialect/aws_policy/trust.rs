//! Trust policies: who may become a role, and which claims their tokens must carry.

use super::choice::Choice;
use super::principal::Star;
use super::statement::{Found, Said, grant, read, state};
use crate::dialect::Lowering;
use crate::fact::{Body, ClaimMatch, ContextId, Effect, Match, Principal, Ref, Text, Trust};

/// States whom a statement lets in. What a trust policy forbids stays a grant with effect deny, held by the role.
pub(super) fn trust(out: &mut Lowering<'_>, within: ContextId, opens: &Ref, found: &Found) {
    let choices = read(out, &found.statement, Star::AnyAccount);
    if choices.iter().any(|c| c.value.effect == Effect::Deny) {
        grant(out, within, opens, found);
    }
    for choice in choices {
        if choice.value.effect == Effect::Allow && lets_in(&choice.value) {
            let body = Body::Trust(opened(opens, &choice));
            state(out, within, found, &choice, body);
            // Which ways of becoming the role are left open is a grant of its own.
            if every_way(&choice.value) {
                state(out, within, found, &choice, Body::Grant(choice.value.granted(opens)));
            }
        }
    }
}

/// Whether a statement names every action to somebody in particular: who lets in everybody says worse.
fn every_way(said: &Said) -> bool {
    let every = said.actions_except || said.actions.iter().any(|a| a.known() == Some("aws:*:*"));
    every
        && !said.principals.contains(&Principal::AnyAccount)
        && !said.principals.contains(&Principal::Anyone)
}

/// Whether the actions are among those that hand out the role's credentials, rather than only tags for a session.
fn lets_in(said: &Said) -> bool {
    const SESSION_ONLY: [&str; 3] = ["aws:sts:tagsession", "aws:sts:setsourceidentity", "aws:sts:setcontext"];
    said.actions_except
        || said.actions.iter().any(|a| {
            a.known().is_none_or(|known| !SESSION_ONLY.contains(&known.to_ascii_lowercase().as_str()))
        })
}

fn opened(opens: &Ref, choice: &Choice<Said>) -> Trust {
    let said = &choice.value;
    let issuer = said.rows.iter().find_map(|row| row.claim().map(|(issuer, _)| issuer));
    let to = said.principals.iter().map(|p| name_issuer(p, issuer.as_ref())).collect();
    Trust {
        opens: opens.clone(),
        to,
        claims: claims(said),
        conditions: said.conditions(|row| row.claim().is_none() || row.matches().is_empty()),
    }
}

/// A provider known only by a reference is named by the keys its claims are compared under.
fn name_issuer(principal: &Principal, from_keys: Option<&Text>) -> Principal {
    match (principal, from_keys) {
        (Principal::Issuer(text), Some(host)) if text.known().is_none() && host.known().is_some() => {
            Principal::Issuer(host.clone())
        }
        _ => principal.clone(),
    }
}

/// Values of one comparison are alternatives, but two comparisons of one claim must both hold: where an exact one
/// stands beside a pattern, the exact one decides.
fn claims(said: &Said) -> Vec<ClaimMatch> {
    let mut all: Vec<Vec<ClaimMatch>> = said.rows.iter().map(super::condition::Row::claims).collect();
    let exact: Vec<String> = all
        .iter()
        .filter(|row| row.iter().all(|c| matches!(c.matches, Match::Exact(_))))
        .filter_map(|row| row.first().map(|c| c.claim.clone()))
        .collect();
    all.retain(|row| {
        row.first().is_some_and(|c| {
            !exact.contains(&c.claim) || row.iter().all(|c| matches!(c.matches, Match::Exact(_)))
        })
    });
    all.into_iter().flatten().collect()
}
