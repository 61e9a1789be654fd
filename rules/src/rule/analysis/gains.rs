//! What identities may do, and whom they let in, that they did not in an earlier version of the tree.

use std::collections::{BTreeMap, BTreeSet};

use super::holdings::{Equal, Holding, by_holder};
use super::widened::{Opened, Rights};
use crate::fact::{ClaimMatch, LinkKind, Match, Principal, Ref, Trust};
use crate::rule::{At, World};

/// In which way an identity became more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// It has more rights.
    May,
    /// It lets more in.
    Opens,
}

/// What one identity gained.
#[derive(Clone, Debug)]
pub(crate) struct Gain<'a> {
    pub(crate) is: &'a Ref,
    /// Where the first of it is given.
    pub(crate) at: At<'a>,
    pub(crate) way: Way,
    /// In words.
    pub(crate) what: BTreeSet<String>,
}

/// What those who are asked about gained between two versions.
pub(crate) fn gains<'a>(
    before: &World<'_>,
    after: &World<'a>,
    asked: impl Fn(&Ref) -> bool,
) -> Vec<Gain<'a>> {
    let mut gains = Vec::new();
    rights(before, after, &asked, &mut gains);
    attachments(before, after, &asked, &mut gains);
    openings(before, after, &asked, &mut gains);
    gains
}

fn rights<'a>(
    before: &World<'_>,
    after: &World<'a>,
    asked: &impl Fn(&Ref) -> bool,
    gains: &mut Vec<Gain<'a>>,
) {
    let was: BTreeMap<&Ref, Holding<'_>> = by_holder(before, Equal::First).collect();
    let nothing = Vec::new();
    for (is, holding) in by_holder(after, Equal::First).filter(|(holder, _)| asked(holder)) {
        let mut rights = Rights::of(was.get(is).unwrap_or(&nothing).iter().map(|(_, grant)| *grant));
        let mut first: Option<At<'a>> = None;
        let mut what = BTreeSet::new();
        for (at, grant) in &holding {
            let beyond = rights.beyond(grant);
            if !beyond.is_empty() {
                first.get_or_insert(*at);
            }
            what.extend(beyond);
        }
        what.extend(rights.without(holding.iter().map(|(_, grant)| *grant)));
        let at = first.or_else(|| holding.first().map(|(at, _)| *at)).filter(|_| !what.is_empty());
        gains.extend(at.map(|at| Gain { is, at, way: Way::May, what }));
    }
}

/// Policies and roles that are attached now and whose rights no file shows.
fn attachments<'a>(
    before: &World<'_>,
    after: &World<'a>,
    asked: &impl Fn(&Ref) -> bool,
    gains: &mut Vec<Gain<'a>>,
) {
    let of = |world: &World<'_>| -> BTreeSet<(Ref, Ref)> {
        let links = world.links().filter(|(_, link)| link.kind == LinkKind::Attaches);
        links.map(|(_, link)| (link.to.clone(), link.from.clone())).collect()
    };
    let was = of(before);
    let shown: BTreeSet<&Ref> = after.grants().map(|(_, grant)| &grant.holder).collect();
    let mut new: BTreeMap<&'a Ref, (At<'a>, BTreeSet<String>)> = BTreeMap::new();
    for (at, link) in after.links().filter(|(_, link)| link.kind == LinkKind::Attaches) {
        let known = || was.contains(&(link.to.clone(), link.from.clone()));
        if shown.contains(&link.from) || !asked(&link.to) || known() {
            continue;
        }
        let (_, what) = new.entry(&link.to).or_insert_with(|| (at, BTreeSet::new()));
        what.insert(format!("what `{}` allows, which no file here shows", link.from));
    }
    gains.extend(new.into_iter().map(|(is, (at, what))| Gain { is, at, way: Way::May, what }));
}

fn openings<'a>(
    before: &World<'_>,
    after: &World<'a>,
    asked: &impl Fn(&Ref) -> bool,
    gains: &mut Vec<Gain<'a>>,
) {
    let mut was: BTreeMap<&Ref, Opened<'_>> = BTreeMap::new();
    for (_, trust) in before.trusts() {
        was.entry(&trust.opens).or_default().add(trust);
    }
    let nothing = Opened::default();
    let mut wider: BTreeMap<&'a Ref, (At<'a>, BTreeSet<String>)> = BTreeMap::new();
    for (at, trust) in after.trusts().filter(|(_, trust)| asked(&trust.opens)) {
        let beyond = was.get(&trust.opens).unwrap_or(&nothing).beyond(trust);
        if !beyond.is_empty() {
            let (_, what) = wider.entry(&trust.opens).or_insert_with(|| (at, BTreeSet::new()));
            what.extend(beyond.iter().map(|principal| named(principal, trust)));
        }
    }
    gains.extend(wider.into_iter().map(|(is, (at, what))| Gain { is, at, way: Way::Opens, what }));
}

/// Who is let in, with what is asked of it.
fn named(principal: &Principal, trust: &Trust) -> String {
    let who = match principal {
        Principal::Anyone => "anyone".to_owned(),
        Principal::AnyAccount => "any account".to_owned(),
        Principal::Entity(is) => is.to_string(),
        Principal::Service(name) | Principal::Issuer(name) => name.to_string(),
    };
    match trust.claims.is_empty() {
        true => who,
        false => {
            let claims: Vec<String> = trust.claims.iter().map(|one| format!("`{}`", claim(one))).collect();
            format!("`{who}` with {}", claims.join(", "))
        }
    }
}

/// What is asked of a claim.
pub(crate) fn claim(claim: &ClaimMatch) -> String {
    let must = match &claim.matches {
        Match::Exact(text) | Match::Glob(text) => text.to_string(),
        Match::Any => "anything".to_owned(),
        Match::Expression(text) => text.clone(),
    };
    format!("{} {must}", claim.claim)
}
