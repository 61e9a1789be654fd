//! `governance/review-outdated`: a change widens what a registered identity may do or who may act as it, and nobody looked at
//! it again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::fact::{Match, Principal, Ref, Trust};
use crate::rule::analysis::holdings::{Holding, by_holder};
use crate::rule::analysis::rows::{Kept, Row, mentions};
use crate::rule::analysis::widened::{Opened, Rights};
use crate::rule::{At, Verdicts, World};

/// Most things that a message names.
const SHOWN: usize = 3;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    if world.before.is_empty() {
        return;
    }
    let before = World::of(world.before, world.policy, world.today);
    // What is not there yet needs a row, and has none that could be outdated.
    let known: BTreeSet<&Ref> = mentions(&before).map(|(_, is)| is).collect();
    grants(world, &before, &known, out);
    trusts(world, &before, &known, out);
}

fn grants(world: &World<'_>, before: &World<'_>, known: &BTreeSet<&Ref>, out: &mut Verdicts<'_>) {
    let was: BTreeMap<&Ref, Holding<'_>> = by_holder(before).into_iter().collect();
    let nothing = Vec::new();
    for (holder, holding) in by_holder(world) {
        let Some(outdated) = outdated(world, before, known, holder) else { continue };
        let mut rights = Rights::of(was.get(holder).unwrap_or(&nothing).iter().map(|(_, grant)| *grant));
        let mut first: Option<At<'_>> = None;
        let mut wider = BTreeSet::new();
        for (at, grant) in &holding {
            let beyond = rights.beyond(grant);
            if !beyond.is_empty() && first.is_none() {
                first = Some(*at);
            }
            wider.extend(beyond);
        }
        let lost = rights.without(holding.iter().map(|(_, grant)| *grant));
        if let Some(at) = first.or_else(|| holding.first().map(|(at, _)| *at).filter(|_| !lost.is_empty())) {
            wider.extend(lost);
            let what = format!("may do more than before ({})", several(&wider));
            told(&outdated, &at, holder, &what, wider, out);
        }
    }
}

fn trusts(world: &World<'_>, before: &World<'_>, known: &BTreeSet<&Ref>, out: &mut Verdicts<'_>) {
    let mut was: BTreeMap<&Ref, Opened<'_>> = BTreeMap::new();
    for (_, trust) in before.trusts() {
        was.entry(&trust.opens).or_default().add(trust);
    }
    let nothing = Opened::default();
    let mut wider: BTreeMap<&Ref, (At<'_>, BTreeSet<String>)> = BTreeMap::new();
    for (at, trust) in world.trusts() {
        let beyond = was.get(&trust.opens).unwrap_or(&nothing).beyond(trust);
        if !beyond.is_empty() {
            wider
                .entry(&trust.opens)
                .or_insert_with(|| (at, BTreeSet::new()))
                .1
                .extend(beyond.iter().map(|who| named(who, trust)));
        }
    }
    for (opens, (at, to)) in wider {
        if let Some(outdated) = outdated(world, before, known, opens) {
            let what = format!("opens to more than before ({})", several(&to));
            told(&outdated, &at, opens, &what, to, out);
        }
    }
}

/// What is declared of something, and was not looked at again.
struct Outdated<'w, 'a> {
    row: &'w Row<'a>,
    reviewed: Option<Date>,
}

/// What is declared of something that the earlier version knows and has declared, if nobody looked at it since.
fn outdated<'w, 'a>(
    world: &'w World<'a>,
    before: &World<'_>,
    known: &BTreeSet<&Ref>,
    is: &Ref,
) -> Option<Outdated<'w, 'a>> {
    let declared = |row: &&Row<'_>| row.kept != Kept::Tags;
    // A day to come is no review.
    let reviewed =
        |row: &Row<'_>| row.record.reviewed.as_ref().map(|said| said.is.0).filter(|day| *day <= world.today);
    let was: Vec<Option<Date>> = before.rows().of_name(is).filter(declared).map(reviewed).collect();
    if was.is_empty() || !known.contains(is) {
        return None;
    }
    let rows: Vec<&Row<'a>> = world.rows().of_name(is).filter(declared).collect();
    let last = was.into_iter().max().flatten();
    let now = rows.iter().filter_map(|row| reviewed(row)).max();
    // Without any row left, that is what is told.
    let row = rows.first().filter(|_| now <= last)?;
    Some(Outdated { row, reviewed: last })
}

fn told(
    outdated: &Outdated<'_, '_>,
    at: &At<'_>,
    is: &Ref,
    what: &str,
    wider: BTreeSet<String>,
    out: &mut Verdicts<'_>,
) {
    let row = outdated.row;
    let when = match outdated.reviewed {
        Some(day) => format!("was last reviewed on {day}"),
        None => "was never reviewed".to_owned(),
    };
    let message = format!(
        "`{is}` {what} in this change, and {} {when}: whoever agreed to it agreed to less; accepted: a newer `reviewed` there, \
         by those who looked at this",
        row.its()
    );
    let said = row.record.reviewed.as_ref().map_or(row.at.place().source(), |said| said.at);
    out.report(at, message).judged([is.to_string()]).covers(wider).related(row.its(), row.at.spot(said));
}

fn several(all: &BTreeSet<String>) -> String {
    let shown: Vec<String> = all.iter().take(SHOWN).map(|one| format!("`{one}`")).collect();
    match all.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Who may act as it; of an issuer, for which subjects.
fn named(principal: &Principal, trust: &Trust) -> String {
    match principal {
        Principal::Anyone => "anyone".to_owned(),
        Principal::AnyAccount => "any account".to_owned(),
        Principal::Entity(is) => is.to_string(),
        Principal::Service(name) => name.to_string(),
        Principal::Issuer(name) => format!("{name}, {}", subjects(trust)),
    }
}

fn subjects(trust: &Trust) -> String {
    let asked = trust.claims.iter().filter(|claim| claim.claim == "subject");
    let texts: Option<Vec<String>> = asked
        .map(|claim| match &claim.matches {
            Match::Exact(text) | Match::Glob(text) => Some(text.to_string()),
            Match::Expression(text) => Some(text.to_string()),
            Match::Any => None,
        })
        .collect();
    match texts.filter(|texts| !texts.is_empty()) {
        Some(texts) => format!("subject {}", texts.join(" or ")),
        None => "whatever the subject".to_owned(),
    }
}
