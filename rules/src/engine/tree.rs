//! A tree given whole, in memory: grouped into units and judged, for hosts that have no file system (a browser page).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::scrub::Scrubber;
use super::{Engine, Input};
use crate::dialect::{Ask, taken};
use crate::finding::{Coverage, Finding, Spot, Status};
use crate::inventory::Inventory;
use crate::ledger::{Review, Tree};

/// Most files read along with one unit, as in the binary.
const MOST_ASKED: usize = 1_000;

/// Files by path from the root.
pub type Files = BTreeMap<String, Arc<[u8]>>;

/// What a tree came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Findings, waivers, passes.
    pub review: Review,
    /// How every file ended, by path.
    pub coverage: Vec<Coverage>,
    /// Facts of every unit that has any.
    pub units: Vec<crate::fact::UnitFacts>,
    secrets: Vec<Vec<u8>>,
}

impl Engine {
    /// Checks every unit of a tree and reviews it. `whole`: nothing is missing, so rules of absence run.
    #[must_use]
    pub fn check_tree(&self, files: &Files, whole: bool) -> Outcome {
        let mut tree = Tree { whole, ..Tree::default() };
        let mut coverage = Vec::new();
        let grouped = units(files);
        for (key, inputs) in &grouped {
            let answer = self.check(key, inputs);
            tree.secrets.extend(answer.secrets.iter().filter_map(|spot| text(files, spot)));
            tree.findings.extend(answer.findings);
            coverage.extend(answer.coverage);
            if !answer.facts.say_nothing() {
                tree.units.push(answer.facts);
            }
        }
        coverage.sort_by(|a, b| a.path.cmp(&b.path));
        tree.coverage = coverage.iter().filter(|c| c.status != Status::Checked).cloned().collect();
        tree.secrets.sort();
        tree.secrets.dedup();
        let scrubber = Scrubber::of_texts(&tree.secrets);
        coverage.iter_mut().for_each(|entry| scrubber.coverage(entry));
        let mut units = tree.units.clone();
        units.iter_mut().for_each(|facts| scrubber.facts(facts, &mut []));
        let secrets = tree.secrets.clone();
        let mut review = self.review(tree);
        self.finish_remedies(&grouped, &mut review.findings);
        Outcome { review, coverage, units, secrets }
    }

    /// The inventory of a tree.
    #[must_use]
    pub fn inventory_tree(&self, files: &Files) -> Inventory {
        let outcome = self.check_tree(files, true);
        self.inventory(outcome.units, None, &outcome.secrets)
    }

    /// Writes the remedies that needed a unit at hand.
    fn finish_remedies(&self, units: &[(String, Vec<Input>)], findings: &mut [Finding]) {
        let mut unit_of: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, (_, inputs)) in units.iter().enumerate() {
            unit_of.extend(inputs.iter().filter(|i| i.member).map(|i| (i.path.as_str(), index)));
        }
        let mut pending: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, finding) in findings.iter().enumerate().filter(|(_, f)| !f.pending.is_empty()) {
            let spots = std::iter::once(&finding.at).chain(&finding.places);
            let standing: BTreeSet<usize> =
                spots.filter_map(|spot| unit_of.get(spot.path.as_str()).copied()).collect();
            standing.into_iter().for_each(|unit| pending.entry(unit).or_default().push(index));
        }
        for (unit, indices) in pending {
            let Some((key, inputs)) = units.get(unit) else { continue };
            let asked = indices.iter().filter_map(|index| findings.get(*index).cloned()).collect();
            for (index, fixes) in indices.iter().zip(self.mend(key, inputs, asked)) {
                if let Some(finding) = findings.get_mut(*index) {
                    finding.fixes.extend(fixes);
                }
            }
        }
        findings.iter_mut().for_each(|finding| finding.pending.clear());
    }
}

/// The text at a place.
fn text(files: &Files, spot: &Spot) -> Option<Vec<u8>> {
    Some(files.get(&spot.path)?.get(spot.span.range())?.to_vec())
}

/// The units of a tree: each file is a member of exactly one, and may be read along in others.
pub(crate) fn units(files: &Files) -> Vec<(String, Vec<Input>)> {
    let mut members: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut outlines: BTreeMap<String, (Option<String>, Vec<String>)> = BTreeMap::new();
    for (path, bytes) in files.iter().filter(|(path, _)| Engine::recognise(path).grouped) {
        let outline = Engine::outline(path, Arc::clone(bytes));
        outlines.insert(path.clone(), (outline.unit, outline.takes));
    }
    let taken = taken(&outlines);
    for path in files.keys() {
        let own = || outlines.get(path).and_then(|(unit, _)| unit.clone());
        let key = taken.get(path).cloned().or_else(own).unwrap_or_else(|| path.clone());
        members.entry(key).or_default().insert(path);
    }
    members
        .into_iter()
        .map(|(key, members)| {
            let asked = asked(files, &members);
            let all = members.iter().map(|p| (*p, true)).chain(asked.iter().map(|p| (*p, false)));
            let inputs = all.filter_map(|(path, member)| {
                Some(Input { path: path.to_owned(), bytes: Arc::clone(files.get(path)?), member })
            });
            (key, inputs.collect())
        })
        .collect()
}

/// Everything the members ask for, and what that asks for in turn.
fn asked<'f>(files: &'f Files, members: &BTreeSet<&'f str>) -> BTreeSet<&'f str> {
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    // Every file of a folder asks for its neighbours: one list answers them all.
    let mut listed = BTreeSet::new();
    let mut fresh: Vec<&str> = members.iter().copied().collect();
    while let Some(path) = fresh.pop() {
        let Some(bytes) = files.get(path).filter(|_| Engine::recognise(path).grouped) else { continue };
        for ask in Engine::outline(path, Arc::clone(bytes)).asks {
            if let Ask::Directory { path, suffixes } = &ask
                && !listed.insert((path.clone(), suffixes.clone()))
            {
                continue;
            }
            for wanted in answers(files, &ask) {
                if !members.contains(wanted) && asked.len() < MOST_ASKED && asked.insert(wanted) {
                    fresh.push(wanted);
                }
            }
        }
    }
    asked
}

fn answers<'f>(files: &'f Files, ask: &Ask) -> Vec<&'f str> {
    match ask {
        Ask::File(wanted) => files.get_key_value(wanted).map(|(path, _)| path.as_str()).into_iter().collect(),
        Ask::AnyOf(paths) => paths
            .iter()
            .filter_map(|wanted| files.get_key_value(wanted))
            .map(|(path, _)| path.as_str())
            .collect(),
        Ask::Directory { path: folder, suffixes } => files
            .keys()
            .map(String::as_str)
            .filter(|path| {
                let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
                parent == folder && suffixes.iter().any(|s| name.ends_with(s.as_str()))
            })
            .collect(),
    }
}
