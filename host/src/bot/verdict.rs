//! What a run came to, as far as people are told: findings with their lines and words, and what else the change did. Texts
//! are as the module wrote them; [`super::text`] makes them safe for the forge.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::State;
use crate::inventory::{Inventory, Question};
use crate::report::Material;
use crate::report::text::{Edited, plain};
use crate::runtime::contract::{Finding, Related, Severity, Spot, Status};
use crate::scan::{Outcome, fix_of_each_place};

use super::marker::short;

/// How long before its last day something is announced.
const SOON: i64 = 14;

/// Whether a comment of ours is still about something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The target branch has it as well.
    Known,
    /// Somebody accepted it.
    Waived(String),
}

/// A finding that the change is answerable for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// `class/name`.
    pub rule: String,
    /// Where the rule is explained.
    pub url: Option<String>,
    /// The title of its rule.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// How it came to be.
    pub state: State,
    /// Whether it alone fails the run.
    pub counts: bool,
    /// Path in the head.
    pub path: String,
    /// First and last line, from 1.
    pub lines: (usize, usize),
    /// Where else the same stands: path, and line from 1.
    pub places: Vec<(String, usize)>,
    /// What else is part of it: path, line from 1, and what that says.
    pub related: Vec<(String, usize, String)>,
    /// First and last column, from 1, in characters.
    pub columns: (usize, usize),
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Whether it may be accepted.
    pub waivable: bool,
    /// Digest of its place.
    pub place: String,
    /// Digest of what was judged.
    pub content: String,
    /// What waivers are bound to.
    pub fingerprint: String,
    /// Who would accept it if the change were merged: a waiver that the change itself brings.
    pub proposed: Option<String>,
    /// A fix.
    pub suggestion: Option<Edited>,
}

/// A finding that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// `class/name`.
    pub rule: String,
    /// Path in the base.
    pub path: String,
    /// Line there.
    pub line: usize,
}

/// An identity, credential or endpoint that the change brings or that reaches further by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Its id in the inventory.
    pub id: String,
    /// What nobody answers.
    pub blanks: Vec<&'static str>,
    /// How far it reaches.
    pub worst: String,
    /// Rights that it has more than before.
    pub more: Vec<String>,
}

/// What the change did to the inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// What there was not before.
    pub new: Vec<Reach>,
    /// What there is no more.
    pub gone: Vec<String>,
    /// What reaches further than before.
    pub further: Vec<Reach>,
}

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ending {
    /// Its last day, `YYYY-MM-DD`.
    pub day: String,
    /// What ends.
    pub what: String,
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Findings that the change is answerable for, the worst first.
    pub items: Vec<Item>,
    /// How many of them say that the guardrail is weaker, or that something is wider without a review.
    pub weakened: usize,
    /// How many only moved.
    pub moved: usize,
    /// Findings that the base has as well.
    pub known: usize,
    /// What is gone.
    pub fixed: Vec<Gone>,
    /// Findings that are there and are not told, by place and content.
    pub standing: BTreeMap<(String, String), Standing>,
    /// Files that could not be checked whole, and why.
    pub failed: BTreeMap<String, String>,
    /// Files of the change that the forge does not give: a run without them passes nothing.
    pub withheld: BTreeSet<String>,
    /// Files that were not looked at, since the change leaves them as they are.
    pub unread: usize,
    /// What the change did to the inventory.
    pub delta: Delta,
    /// What ends soon.
    pub ending: Vec<Ending>,
    /// What the change was held against.
    pub against: String,
    /// What went wrong beside single files.
    pub troubles: Vec<String>,
    /// Whether the run fails.
    pub fails: bool,
    /// Whether it came to its end.
    pub complete: bool,
}

/// What was known before the change was held against its base.
#[derive(Debug, Default)]
pub struct Before {
    /// Findings of the head, by place and content.
    standing: Vec<((String, String), Standing)>,
    /// Who accepted one, by its fingerprint.
    waived: BTreeMap<String, String>,
    ending: Vec<Ending>,
}

impl Before {
    /// Of the head's own outcome.
    #[must_use]
    pub fn of(outcome: &Outcome, today: &str) -> Self {
        let present = outcome.findings.iter().map(|finding| (ids(finding), Standing::Known));
        let accepted = outcome.waived.iter().map(|(f, by)| (ids(f), Standing::Waived(by.clone())));
        Self {
            standing: present.chain(accepted).collect(),
            waived: outcome.waived.iter().map(|(f, by)| (f.fingerprint.clone(), by.clone())).collect(),
            ending: outcome
                .waived
                .iter()
                .filter_map(|(finding, by)| {
                    let day = outcome.waived_until.get(&finding.fingerprint)?;
                    let what =
                        format!("waiver of {} in {} ({})", finding.rule, plain(&finding.at.path), plain(by));
                    is_soon(day, today).then(|| Ending { day: day.clone(), what })
                })
                .collect(),
        }
    }
}

/// Digests of place and content.
fn ids(finding: &Finding) -> (String, String) {
    (short(finding.place_id.as_bytes()), short(finding.content_id.as_bytes()))
}

/// How many of a place and a content there were: rules of others may say the same twice of one file.
#[derive(Default)]
struct Counted(BTreeMap<(String, String), usize>);

impl Counted {
    /// Those of the next one, which no other has.
    fn next(&mut self, ids: (String, String)) -> (String, String) {
        let count = self.0.entry(ids.clone()).or_default();
        *count += 1;
        match *count {
            1 => ids,
            nth => (short(format!("{} {nth}", ids.0).as_bytes()), ids.1),
        }
    }
}

fn is_soon(day: &str, today: &str) -> bool {
    let (Ok(day), Ok(today)) = (day.parse::<jiff::civil::Date>(), today.parse::<jiff::civil::Date>()) else {
        return false;
    };
    today.until(day).is_ok_and(|span| (0..=SOON).contains(&i64::from(span.get_days())))
}

impl Verdict {
    /// Whether people are to be told at all: of a change that has nothing to do with us, nothing is said.
    #[must_use]
    pub fn is_worth_a_word(&self) -> bool {
        let delta = !self.delta.new.is_empty() || !self.delta.further.is_empty();
        delta || !self.items.is_empty() || !self.fixed.is_empty() || !self.withheld.is_empty()
    }

    /// The same, where the forge did not give some files of the change.
    #[must_use]
    pub fn without(self, withheld: BTreeSet<String>) -> Self {
        Self { fails: self.fails || !withheld.is_empty(), withheld, ..self }
    }

    /// Of a run that is about a change.
    #[must_use]
    pub fn of(material: &Material<'_>, before: Before, weakened: usize, unread: usize) -> Self {
        let outcome = material.outcome;
        let changes = outcome.changes.as_ref();
        let mut items = Vec::new();
        let mut moved = 0;
        for finding in outcome.findings_of_reached() {
            match material.state(finding) {
                Some(State::Moved) => moved += 1,
                state => items.push(item(material, finding, state.unwrap_or(State::New), &before)),
            }
        }
        items.sort_by(|a, b| {
            let key = |item: &Item| {
                (std::cmp::Reverse(item.severity as u8), item.path.clone(), item.lines, item.rule.clone())
            };
            key(a).cmp(&key(b)).then_with(|| a.fingerprint.cmp(&b.fingerprint))
        });
        let mut counted = Counted::default();
        for item in &mut items {
            (item.place, item.content) =
                counted.next((std::mem::take(&mut item.place), std::mem::take(&mut item.content)));
        }
        // Each of them is among the head's as well, and is not told twice.
        let mut told = counted.0.clone();
        let mut standing = BTreeMap::new();
        for (ids, how) in before.standing {
            match told.get_mut(&ids).filter(|left| **left > 0) {
                Some(left) => *left -= 1,
                None => drop(standing.insert(counted.next(ids), how)),
            }
        }
        let failed = outcome.coverage.iter().filter(|entry| entry.status == Status::Failed);
        let inventory = material.inventory.as_ref();
        let mut ending = before.ending;
        ending.extend(inventory.into_iter().flat_map(|inventory| rows_ending(inventory, material.today)));
        ending.sort();
        ending.dedup();
        Self {
            weakened,
            moved,
            known: changes.map_or(0, |changes| changes.known),
            fixed: changes.iter().flat_map(|changes| &changes.fixed).map(gone).collect(),
            standing,
            failed: failed.map(|e| (e.path.clone(), e.why.clone().unwrap_or_default())).collect(),
            withheld: BTreeSet::new(),
            unread,
            delta: inventory.map(delta).unwrap_or_default(),
            ending,
            against: changes.map(|changes| changes.against.clone()).unwrap_or_default(),
            troubles: outcome.troubles.clone(),
            fails: material.fails(),
            complete: !outcome.interrupted,
            items,
        }
    }
}

fn gone(fixed: &crate::change::Fixed) -> Gone {
    Gone { rule: fixed.finding.rule.clone(), path: fixed.finding.at.path.clone(), line: fixed.line }
}

fn item(material: &Material<'_>, finding: &Finding, state: State, before: &Before) -> Item {
    let [(line, column), (end_line, end_column)] = material.sources.ends_of(finding);
    let (place, content) = ids(finding);
    let place_of = |at: &Spot| (at.path.clone(), material.sources.position(&at.path, at.at.start).0);
    let related_of = |related: &Related| {
        let (path, line) = place_of(&related.at);
        (path, line, related.note.clone())
    };
    Item {
        url: material.rule_url(&finding.rule),
        title: material.title(&finding.rule).to_owned(),
        rule: finding.rule.clone(),
        severity: finding.severity,
        state,
        counts: material.counts(finding),
        path: finding.at.path.clone(),
        lines: (line, end_line.max(line)),
        places: finding.places.iter().map(place_of).collect(),
        related: finding.related.iter().map(related_of).collect(),
        columns: (column, end_column.max(column)),
        message: finding.message.clone(),
        help: finding.help.clone(),
        waivable: material.rule(&finding.rule).is_none_or(|rule| rule.waivable),
        place,
        content,
        fingerprint: finding.fingerprint.clone(),
        proposed: before.waived.get(&finding.fingerprint).cloned(),
        suggestion: suggestion(material, finding),
    }
}

/// The finding's fix as other text for whole lines, if it is safe, the only one, and changes one file.
fn suggestion(material: &Material<'_>, finding: &Finding) -> Option<Edited> {
    let mut fixes = fix_of_each_place(finding, |fix| fix.safe);
    let fix = fixes.next().filter(|_| fixes.next().is_none())?;
    let edits: Vec<_> = fix.edits.iter().collect();
    let own = edits.iter().all(|edit| edit.at.path == finding.at.path);
    own.then(|| material.sources.edited(&finding.at.path, &edits)).flatten()
}

fn delta(inventory: &Inventory) -> Delta {
    let Some(delta) = &inventory.delta else { return Delta::default() };
    let entry = |id: &str| inventory.entries.iter().find(|entry| entry.id == id);
    let reach = |id: &String, more: &[String]| Reach {
        id: id.clone(),
        blanks: entry(id)
            .map(|e| e.blanks.iter().map(|blank| Question::short(*blank)).collect())
            .unwrap_or_default(),
        worst: entry(id).map(crate::inventory::Entry::worst).unwrap_or_default(),
        more: more.to_vec(),
    };
    Delta {
        new: delta.new.iter().map(|id| reach(id, &[])).collect(),
        gone: delta.gone.clone(),
        further: delta
            .moved
            .iter()
            .filter(|moved| moved.further)
            .map(|moved| reach(&moved.id, &moved.more))
            .collect(),
    }
}

/// Rows of the registry that end soon.
fn rows_ending(inventory: &Inventory, today: &str) -> Vec<Ending> {
    let ends = inventory.entries.iter().filter(|entry| entry.row.is_some()).filter_map(|entry| {
        let day = entry.until.as_ref()?.is.clone();
        is_soon(&day, today).then(|| Ending { day, what: format!("row of {}", plain(&entry.id)) })
    });
    ends.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_twice_is_known_apart_and_by_the_same_each_time() {
        let ids = || (short(b"place"), short(b"content"));
        let of = |count: usize| {
            let mut counted = Counted::default();
            (0..count).map(|_| counted.next(ids())).collect::<Vec<_>>()
        };
        let three = of(3);
        assert_eq!(three[0], ids());
        assert!(three[0] != three[1] && three[1] != three[2] && three[0] != three[2]);
        assert_eq!(of(2), three[..2]);
    }
}
