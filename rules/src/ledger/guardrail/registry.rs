//! What is declared of identities, held against what was: rows that are gone, dates put off, uses and rights widened.
//!
//! A registry is edited in ordinary work. A row that goes with its identity, a new owner, an earlier date are nothing; a
//! later date is nothing either where somebody looked again: a newer `reviewed`, or another `approved-by`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::Weakening;
use crate::fact::lifetime::human_seconds;
use crate::fact::{Day, LinkKind, Record, Ref, Route, Said};
use crate::finding::{Severity, Spot};
use crate::policy::names::matches;
use crate::rule::World;
use crate::rule::analysis::answers::Answers;
use crate::rule::analysis::registry::declares;
use crate::rule::analysis::rows::{Kept, Row, mentions};
use crate::span::{ByteSpan, Source};

/// What of the later version is declared more loosely than in the earlier one.
pub(super) fn compare(before: &World<'_>, after: &World<'_>, out: &mut Vec<Weakening>) {
    unowned(before, after, out);
    let mut gone: BTreeMap<usize, &Row<'_>> = BTreeMap::new();
    let mut by_ref: BTreeMap<(bool, &Ref), &Row<'_>> = BTreeMap::new();
    for row in after.rows().iter().filter(|row| row.kept != Kept::Tags) {
        by_ref.entry((row.kept == Kept::Registry, &row.identity.is)).or_insert(row);
    }
    for (number, was) in before.rows().iter().enumerate().filter(|(_, row)| row.kept != Kept::Tags) {
        match by_ref.get(&(was.kept == Kept::Registry, &was.identity.is)) {
            Some(is) => changed(was, is, after.today, out),
            None => drop(gone.insert(number, was)),
        }
    }
    if gone.is_empty() {
        return;
    }
    // A row that goes with its identity is no loss; one that another takes the place of is compared with that.
    let mut told: BTreeSet<usize> = BTreeSet::new();
    for (at, is) in mentions(after) {
        let numbers = before.rows().numbers(is).chain(before.rows().beside_numbers(is));
        for number in numbers.filter(|number| gone.contains_key(number)).collect::<Vec<_>>() {
            let Some(was) = gone.get(&number).filter(|_| told.insert(number)) else { continue };
            match after.rows().find(at.unit, is).find(|row| row.kept != Kept::Tags) {
                Some(is) => changed(was, is, after.today, out),
                None => out.push(Weakening {
                    at: at.spot(at.place().source()),
                    route: was.at.place().route.0.clone(),
                    message: format!("the {} is gone, and `{is}` is still here", was.title()),
                    judged: vec!["registry".to_owned(), was.name(), "gone".to_owned()],
                    severity: Some(Severity::Medium),
                }),
            }
        }
    }
}

/// Owners of rows are held against those of the code; without these, anybody is one.
fn unowned(before: &World<'_>, after: &World<'_>, out: &mut Vec<Weakening>) {
    let owns = |world: &World<'_>| world.links().any(|(_, link)| link.kind == LinkKind::Owns);
    let first = before.links().find(|(_, link)| link.kind == LinkKind::Owns);
    let Some((at, _)) = first.filter(|_| !owns(after)) else { return };
    out.push(Weakening {
        at: Spot { path: at.path().to_owned(), span: ByteSpan::at(0) },
        route: Route::root().0,
        message: "nobody owns the code any more, so that anybody may be named as the owner of an identity"
            .to_owned(),
        judged: vec!["registry".to_owned(), "code owners".to_owned()],
        severity: Some(Severity::Medium),
    });
}

/// A field that says less.
struct Looser {
    field: &'static str,
    /// Where the later version says so; `None` where it says nothing.
    at: Option<Source>,
    why: String,
    severity: Severity,
}

fn changed(was: &Row<'_>, is: &Row<'_>, today: Date, out: &mut Vec<Weakening>) {
    let mut all = looser(was.record, is.record, today);
    all.extend(silent(was, is));
    all.extend(broader(was, is));
    for looser in all {
        let at: Spot = is.at.spot(looser.at.unwrap_or(is.at.place().source()));
        out.push(Weakening {
            at,
            route: match looser.field {
                "" => is.at.place().route.0.clone(),
                field => is.at.place().route.key(field).0,
            },
            message: format!("{}: {}", is.title(), looser.why),
            judged: vec!["registry".to_owned(), is.name(), looser.field.to_owned(), looser.why],
            severity: Some(looser.severity),
        });
    }
}

/// What was said and is not any more.
fn silent(was: &Row<'_>, is: &Row<'_>) -> Vec<Looser> {
    let missing = |row: &Row<'_>| Answers::of([row.identity]).missing();
    let known: BTreeSet<&str> = missing(was).into_iter().collect();
    let say = |why: String| Looser { field: "", at: None, why, severity: Severity::Medium };
    let mut all: Vec<Looser> = missing(is)
        .into_iter()
        .filter(|what| !known.contains(what))
        .map(|what| say(format!("it no longer says {what}")))
        .collect();
    if was.record.reviewed.is_some() && is.record.reviewed.is_none() {
        all.push(say("it no longer says when somebody last looked at it (`reviewed`)".to_owned()));
    }
    all
}

/// A row that speaks of more than the one it takes the place of.
fn broader(was: &Row<'_>, is: &Row<'_>) -> Option<Looser> {
    let (old, new) = (&was.identity.is, &is.identity.is);
    (is.kept == Kept::Registry && declares(new, old) && !declares(old, new)).then(|| Looser {
        field: "id",
        at: None,
        why: format!("it speaks of more than `{old}`, whose place it takes"),
        severity: Severity::Medium,
    })
}

fn looser(was: &Record, is: &Record, today: Date) -> Vec<Looser> {
    let mut all = Vec::new();
    let mut say =
        |field, at: Option<Source>, why: String, severity| all.push(Looser { field, at, why, severity });
    let medium = Severity::Medium;
    if !is_renewed(was, is, today) {
        for (field, was, is) in
            [("expires", &was.expires, &is.expires), ("review-by", &was.review_by, &is.review_by)]
        {
            if let Some((at, why)) = later(field, was.as_ref(), is.as_ref()) {
                say(field, at, why, medium);
            }
        }
    }
    if let Some(was) = &was.rotation {
        let why = match &is.rotation {
            Some(is) if is.is <= was.is => None,
            Some(is) => Some(format!(
                "its credentials are changed every {}, no longer every {}",
                human_seconds(is.is),
                human_seconds(was.is)
            )),
            None => Some(format!("its credentials are no longer changed every {}", human_seconds(was.is))),
        };
        if let Some(why) = why {
            say("rotation", is.rotation.as_ref().map(|said| said.at), why, medium);
        }
    }
    let patterns = |said: &[Said<String>]| said.iter().map(|s| (s.is.clone(), s.at)).collect::<Vec<_>>();
    if let Some((at, why)) =
        wider(&patterns(&was.used_in), &patterns(&is.used_in), "may be used in", "anywhere")
    {
        say("used-in", at, why, medium);
    }
    let scopes = |record: &Record| {
        record.scopes.iter().map(|s| (s.is.scope.to_ascii_lowercase(), s.at)).collect::<Vec<_>>()
    };
    if let Some((at, why)) = wider(&scopes(was), &scopes(is), "names the right", "any right") {
        say("scopes", at, why, medium);
    }
    if was.is_break_glass() && !is.is_break_glass() {
        let at = is.break_glass.as_ref().map(|said| said.at);
        say(
            "break-glass",
            at,
            "it is no longer for emergencies only (`break-glass`)".to_owned(),
            Severity::High,
        );
    }
    if let Some((at, why)) = unrevoked(was.revoked.as_ref(), is.revoked.as_ref()) {
        say("revoked", at, why, Severity::High);
    }
    let restricted =
        |record: &Record| record.data_class.as_ref().is_some_and(|class| class.is == "restricted");
    if restricted(was) && !restricted(is) {
        let at = is.data_class.as_ref().map(|said| said.at);
        say("data-class", at, "it no longer says that it reaches restricted data".to_owned(), medium);
    }
    if was.third_party.is_some() && is.third_party.is_none() {
        say("third-party", None, "it no longer says which outside party holds it".to_owned(), medium);
    }
    all
}

/// Whether somebody looked again, so that a later day is a new promise.
fn is_renewed(was: &Record, is: &Record, today: Date) -> bool {
    let reviewed =
        |record: &Record| record.reviewed.as_ref().map(|said| said.is.0).filter(|day| *day <= today);
    let approved = |record: &Record| record.approved_by.as_ref().map(|said| said.is.trim().to_owned());
    reviewed(is) > reviewed(was) || (approved(is).is_some() && approved(is) != approved(was))
}

fn later(field: &str, was: Option<&Said<Day>>, is: Option<&Said<Day>>) -> Option<(Option<Source>, String)> {
    let was = was?;
    match is {
        Some(is) if is.is <= was.is => None,
        Some(is) => {
            let why =
                format!("its `{field}` is put off from {} to {}, and nobody reviewed it", was.is.0, is.is.0);
            Some((Some(is.at), why))
        }
        None => Some((None, format!("its `{field}`, {}, is gone, and nobody reviewed it", was.is.0))),
    }
}

fn unrevoked(was: Option<&Said<Day>>, is: Option<&Said<Day>>) -> Option<(Option<Source>, String)> {
    let was = was?;
    match is {
        Some(is) if is.is <= was.is => None,
        Some(is) => Some((Some(is.at), format!("it is `revoked` on {}, no longer on {}", is.is.0, was.is.0))),
        None => Some((None, format!("it is no longer `revoked` on {}", was.is.0))),
    }
}

/// The first pattern that nothing covers that was there; that none is left means everything.
fn wider(
    was: &[(String, Source)],
    is: &[(String, Source)],
    what: &str,
    everything: &str,
) -> Option<(Option<Source>, String)> {
    if was.is_empty() {
        return None;
    }
    if is.is_empty() {
        return Some((None, format!("it {what} {everything}: what it was held to is gone")));
    }
    let (pattern, at) =
        is.iter().find(|(pattern, _)| !was.iter().any(|(known, _)| matches(known, pattern)))?;
    Some((Some(*at), format!("it {what} `{pattern}` as well")))
}
