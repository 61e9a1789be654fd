//! Who owns it, why does it exist, until when, and how is it switched off: what the files and the registry answer.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::filed::{Filed, at};
use super::{Answer, By, Class, Edge, EdgeKind, Entry, Question};
use crate::fact::{Body, Day, Said, Text, Value, human_seconds};
use crate::rule::World;
use crate::rule::analysis::answers::says;
use crate::rule::analysis::owners::Owners;
use crate::rule::analysis::rows::{Kept, Row};

/// Answers for every entry.
pub(super) fn answer(world: &World<'_>, filed: &mut Filed<'_>, edges: &BTreeSet<Edge>) {
    let owners = Owners::of(world);
    let rows = world.rows();
    for draft in filed.drafts.values_mut() {
        // Each once, the registry's first, as they are written.
        let said: BTreeMap<(bool, usize, u32), &Row<'_>> = draft
            .refs
            .iter()
            .flat_map(|(is, unit)| rows.find(*unit, is))
            .map(|row| ((row.kept != Kept::Registry, row.at.unit, row.at.fact.id.0), row))
            .collect();
        for row in said.into_values() {
            told(&mut draft.entry, row, world.today);
        }
        for fact in &draft.made {
            if let Body::Identity(identity) = &fact.fact.body {
                let said = |value: &Option<Value<Text>>| {
                    value.as_ref().and_then(text).map(|is| Answer { is, by: By::Declaration })
                };
                fill(&mut draft.entry.owner, said(&identity.owner));
                fill(&mut draft.entry.purpose, said(&identity.purpose));
            }
        }
        let mut files = draft.made.iter().chain(draft.spoken.iter()).map(|fact| fact.path());
        if let Some(path) = files.next() {
            let names = owners.of_path(path);
            let is = names.join(", ");
            fill(&mut draft.entry.owner, (!names.is_empty()).then_some(Answer { is, by: By::CodeOwners }));
        }
    }
    inherit(filed, edges);
    for draft in filed.drafts.values_mut() {
        draft.standing &= !draft.default;
        let entry = &mut draft.entry;
        entry.accountable = draft.standing || (entry.class == Class::Credential && entry.until.is_none());
        if entry.accountable {
            let asked = [
                (Question::Owner, &entry.owner),
                (Question::Purpose, &entry.purpose),
                (Question::Until, &entry.until),
                (Question::Revocation, &entry.revocation),
            ];
            entry.blanks =
                asked.into_iter().filter(|(_, a)| a.is_none()).map(|(question, _)| question).collect();
        }
        // A row speaks of a name; what has none is declared beside itself.
        let named = draft.refs.iter().any(|(is, _)| !is.name.is_nameless());
        entry.registrable = draft.standing && entry.row.is_none() && named;
    }
}

/// What is made for an identity is answered for with it.
fn inherit(filed: &mut Filed<'_>, edges: &BTreeSet<Edge>) {
    let mut given: BTreeMap<&str, [Option<Answer>; 4]> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| edge.kind == EdgeKind::ActsAs && edge.sure) {
        if let (Some(from), Some(to)) =
            (filed.drafts.get(edge.from.as_str()), filed.drafts.get(edge.to.as_str()))
            && from.entry.class == Class::Credential
        {
            let of = &to.entry;
            given.entry(&edge.from).or_insert_with(|| {
                [of.owner.clone(), of.purpose.clone(), of.until.clone(), of.revocation.clone()]
            });
        }
    }
    for (id, [owner, purpose, until, revocation]) in given {
        if let Some(draft) = filed.drafts.get_mut(id) {
            fill(&mut draft.entry.owner, owner);
            fill(&mut draft.entry.purpose, purpose);
            fill(&mut draft.entry.until, until);
            fill(&mut draft.entry.revocation, revocation);
        }
    }
}

/// What a row says.
fn told(entry: &mut Entry, row: &Row<'_>, today: Date) {
    let record = row.record;
    let by = if row.kept == Kept::Registry { By::Registry } else { By::Declaration };
    let answer = |is: Option<String>| is.filter(|is| says(is)).map(|is| Answer { is, by });
    let said = |said: &Option<Said<String>>| said.as_ref().map(|said| said.is.trim().to_owned());
    if row.kept == Kept::Registry {
        entry.row.get_or_insert_with(|| at(&row.at));
    }
    fill(&mut entry.owner, answer(row.identity.owner.as_ref().and_then(text)));
    fill(&mut entry.purpose, answer(row.identity.purpose.as_ref().and_then(text)));
    fill(&mut entry.technical_owner, answer(said(&record.technical_owner)));
    let revoked = record.revoked.as_ref().map(|day| format!("switched off on {}", day.is.0));
    fill(&mut entry.revocation, answer(revoked.or_else(|| said(&record.revocation))));
    let gone = record.revoked.as_ref().map(|_| "it is over".to_owned());
    let passed = |day: &Said<Day>| if day.is.0 < today { " (passed)" } else { "" };
    let expires = record.expires.as_ref().map(|day| format!("{}{}", day.is.0, passed(day)));
    let review = record.review_by.as_ref().map(|day| format!("reviewed by {}{}", day.is.0, passed(day)));
    fill(&mut entry.until, answer(gone.or(expires).or(review)));
    entry.environments.extend(said(&record.environment));
    entry.third_party = entry.third_party.take().or_else(|| said(&record.third_party));
    entry.data_class = entry.data_class.take().or_else(|| said(&record.data_class));
    entry.break_glass |= record.is_break_glass();
    let rotation = record.rotation.as_ref().map(|period| human_seconds(period.is));
    entry.rotation = entry.rotation.take().or(rotation);
}

/// The first answer holds.
fn fill(slot: &mut Option<Answer>, answer: Option<Answer>) {
    if slot.is_none() {
        *slot = answer;
    }
}

/// What a text says, where it says anything, by the list that rules of the registry have; one that the files do not tell counts as said.
fn text(value: &Value<Text>) -> Option<String> {
    let said = value.possible().map(|p| p.value.to_string()).find(|text| says(text));
    said.or_else(|| value.why().map(|_| "said, but not known here".to_owned()))
}
