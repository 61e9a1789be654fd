//! Grants and trusts of two versions held against each other: what the later one allows and the earlier one did not.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{ClaimMatch, Condition, Effect, Grant, Match, Principal, Text, Trust};
use crate::policy::names::matches;

/// Most comparisons of one holder's rights: a list of some hundred actions compares with another of that length. Beyond it a
/// right counts as one that was not there.
const MAX_COMPARED: usize = 200_000;

/// Rights to one action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Right<'a> {
    action: String,
    resources: BTreeSet<String>,
    /// Whether the lists say everything but these.
    except: (bool, bool),
    conditions: BTreeSet<&'a Condition>,
}

fn rights(grant: &Grant) -> impl Iterator<Item = Right<'_>> {
    let resources: BTreeSet<String> = grant.resources.iter().map(Text::to_string).collect();
    let conditions: BTreeSet<&Condition> = grant.conditions.iter().collect();
    let except = (grant.actions_except, grant.resources_except);
    let mut actions: Vec<String> =
        grant.actions.iter().map(|action| action.to_string().to_lowercase()).collect();
    if grant.actions_except {
        // Everything but these is one right.
        actions.sort();
        actions = vec![format!("everything but {}", actions.join(", "))];
    }
    actions.into_iter().map(move |action| Right {
        action,
        resources: resources.clone(),
        except,
        conditions: conditions.clone(),
    })
}

/// What a holder may do.
#[derive(Debug, Default)]
pub(crate) struct Rights<'a> {
    allowed: BTreeSet<Right<'a>>,
    /// The same by action; those with a wildcard under `*`.
    by_action: BTreeMap<String, Vec<Right<'a>>>,
    denied: BTreeSet<Right<'a>>,
    compared: Cell<usize>,
}

impl<'a> Rights<'a> {
    /// Of these grants.
    pub(crate) fn of(grants: impl IntoIterator<Item = &'a Grant>) -> Self {
        let mut all = Self::default();
        for grant in grants {
            for right in rights(grant) {
                if grant.effect == Effect::Deny {
                    all.denied.insert(right);
                } else if all.allowed.insert(right.clone()) {
                    let key = if right.action.contains('*') { "*".to_owned() } else { right.action.clone() };
                    all.by_action.entry(key).or_default().push(right);
                }
            }
        }
        all
    }

    /// The actions that a grant allows beyond these.
    pub(crate) fn beyond(&mut self, grant: &Grant) -> Vec<String> {
        if grant.effect == Effect::Deny {
            return Vec::new();
        }
        let new = rights(grant).filter(|right| !self.has(right));
        new.map(|right| right.action).collect()
    }

    /// The actions that were denied and are not any more.
    pub(crate) fn without<'g>(&self, grants: impl IntoIterator<Item = &'g Grant>) -> Vec<String> {
        if self.denied.is_empty() {
            return Vec::new();
        }
        let later = Rights::of(grants);
        let gone = self
            .denied
            .iter()
            .filter(|right| !later.denied.iter().any(|is| is == *right || covers(is, right)));
        gone.map(|right| format!("{}, which was denied", right.action)).collect()
    }

    fn has(&self, right: &Right<'_>) -> bool {
        let exact = self.by_action.get(&right.action).into_iter().flatten();
        let wild = self.by_action.get("*").into_iter().flatten();
        let fits = |known: &Right<'_>| {
            self.compared
                .set(self.compared.get() + known.resources.len().max(1) * right.resources.len().max(1));
            self.compared.get() <= MAX_COMPARED && covers(known, right)
        };
        let same = |known: &&Right<'_>| *known == right;
        exact.clone().any(|known| same(&known)) || exact.chain(wild).any(fits)
    }
}

/// Whether whoever has the one right has the other.
fn covers(known: &Right<'_>, right: &Right<'_>) -> bool {
    if known.except != (false, false) || right.except != (false, false) {
        return known == right;
    }
    let resource = |of: &String| known.resources.iter().any(|pattern| matches(pattern, of));
    matches(&known.action, &right.action)
        && right.resources.iter().all(resource)
        && known.conditions.is_subset(&right.conditions)
}

/// Who may act as an identity.
#[derive(Debug, Default)]
pub(crate) struct Opened<'a>(Vec<&'a Trust>);

impl<'a> Opened<'a> {
    /// One more trust.
    pub(crate) fn add(&mut self, trust: &'a Trust) {
        self.0.push(trust);
    }

    /// The principals whom a trust lets in and these did not, or only with more asked of them.
    pub(crate) fn beyond<'t>(&self, trust: &'t Trust) -> Vec<&'t Principal> {
        let lets_in = |who: &Principal| {
            self.0.iter().any(|known| {
                let who = known.to.iter().any(|known| known == who || *known == Principal::Anyone);
                let conditions =
                    known.conditions.iter().all(|condition| trust.conditions.contains(condition));
                who && conditions && asks_no_less(&trust.claims, &known.claims)
            })
        };
        trust.to.iter().filter(|who| !lets_in(who)).collect()
    }
}

/// Whether the claims that are asked now are those that were asked, or narrower ones. Several matches of one claim are
/// alternatives.
fn asks_no_less(now: &[ClaimMatch], before: &[ClaimMatch]) -> bool {
    let of = |claims: &[ClaimMatch], claim: &str| -> Vec<Match> {
        claims.iter().filter(|c| c.claim == claim).map(|c| c.matches.clone()).collect()
    };
    before.iter().all(|asked| {
        let (known, now) = (of(before, &asked.claim), of(now, &asked.claim));
        !now.is_empty() && now.iter().all(|now| known.iter().any(|known| fits(known, now)))
    })
}

fn fits(known: &Match, now: &Match) -> bool {
    let text = |of: &Match| match of {
        Match::Exact(text) | Match::Glob(text) => Some(text.to_string()),
        Match::Any | Match::Expression(_) => None,
    };
    match known {
        _ if known == now => true,
        Match::Any => true,
        Match::Glob(pattern) => text(now).is_some_and(|now| matches(&pattern.to_string(), &now)),
        Match::Exact(_) | Match::Expression(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Approval, Ref};

    fn grant(actions: &[&str], resources: &[&str]) -> Grant {
        let texts = |all: &[&str]| all.iter().map(|one| Text::literal(*one)).collect::<Vec<_>>();
        Grant {
            actions: texts(actions),
            resources: texts(resources),
            approval: Approval::None,
            ..Grant::outright(Ref::new("aws", "role", [], "r"), "x")
        }
    }

    #[test]
    fn what_a_pattern_covered_is_nothing_new() {
        let before = [grant(&["aws:s3:Get*"], &["arn:b/*"]), grant(&["aws:sqs:Send"], &["*"])];
        let beyond = |later: Grant| Rights::of(&before).beyond(&later);
        assert_eq!(beyond(grant(&["aws:s3:GetObject"], &["arn:b/x"])), [""; 0]);
        assert_eq!(beyond(grant(&["aws:s3:Get*", "aws:sqs:send"], &["arn:b/*"])), [""; 0]);
        assert_eq!(beyond(grant(&["aws:s3:GetObject"], &["*"])), ["aws:s3:getobject"]);
        assert_eq!(beyond(grant(&["aws:s3:*"], &["arn:b/*"])), ["aws:s3:*"]);
    }

    #[test]
    fn a_condition_that_is_gone_and_a_denial_that_is_gone_widen() {
        let condition =
            Condition { operator: "StringEquals".to_owned(), key: "k".to_owned(), values: Vec::new() };
        let plain = grant(&["aws:s3:Get"], &["*"]);
        let held = Grant { conditions: vec![condition], ..plain.clone() };
        assert_eq!(Rights::of([&held]).beyond(&plain), ["aws:s3:get"]);
        assert_eq!(Rights::of([&plain]).beyond(&held), [""; 0]);
        let denied = Grant { effect: Effect::Deny, ..plain.clone() };
        assert_eq!(Rights::of([&denied]).without([&plain]), ["aws:s3:get, which was denied"]);
        assert_eq!(Rights::of([&denied]).without([&denied]), [""; 0]);
        assert_eq!(Rights::of([&plain]).beyond(&denied), [""; 0]);
    }

    #[test]
    fn claims_that_are_looser_let_more_in() {
        let trust = |subject: Match| Trust {
            opens: Ref::new("aws", "role", [], "r"),
            to: vec![Principal::Issuer(Text::literal("token.example"))],
            claims: vec![ClaimMatch { claim: "subject".to_owned(), matches: subject }],
            conditions: Vec::new(),
        };
        let glob = trust(Match::Glob(Text::literal("repo:acme/*")));
        let exact = trust(Match::Exact(Text::literal("repo:acme/shop:ref:refs/heads/main")));
        let beyond = |was: &Trust, is: &Trust| {
            let mut opened = Opened::default();
            opened.add(was);
            opened.beyond(is).len()
        };
        assert_eq!((beyond(&exact, &glob), beyond(&glob, &exact), beyond(&glob, &glob)), (1, 0, 0));
        let bare = Trust { claims: Vec::new(), ..exact.clone() };
        assert_eq!((beyond(&exact, &bare), beyond(&bare, &exact)), (1, 0));
        let mut both = exact.clone();
        both.claims.extend(glob.claims.clone());
        assert_eq!((beyond(&exact, &both), beyond(&both, &exact)), (1, 0));
    }
}
