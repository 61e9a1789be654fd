//! A tree given whole, in memory: grouped into units and judged, for hosts that have no file system (a browser page).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::scrub::Scrubber;
use super::{Answer, Engine, Input};
use crate::dialect::{Ask, Outline, taken};
use crate::finding::{Coverage, Finding, Spot, Status, Unresolved};
use crate::inventory::Inventory;
use crate::ledger::{Review, Tree};
use crate::span::ByteSpan;

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

impl Outcome {
    /// The inventory of the tree.
    #[must_use]
    pub fn inventory(self, engine: &Engine) -> Inventory {
        engine.inventory(self.units, None, &self.secrets)
    }
}

/// A tree that is kept: units of which no file changed are not read again.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    files: Files,
    /// Of the files that may belong to a larger unit.
    outlines: BTreeMap<String, Outline>,
    judged: BTreeMap<String, Judged>,
}

/// What a unit came to, and from what.
#[derive(Clone, Debug)]
struct Judged {
    inputs: Vec<Input>,
    answer: Arc<Answer>,
}

/// What members ask for and what that asks for in turn, and what of it is not there, with who asked.
#[derive(Debug, Default)]
struct Asked<'f> {
    given: BTreeSet<&'f str>,
    missing: Vec<(&'f str, &'f str)>,
}

impl Standing {
    /// A tree of files.
    #[must_use]
    pub fn of(files: Files) -> Self {
        let outlines = files.iter().filter_map(|(path, bytes)| outline(path, bytes)).collect();
        Self { files, outlines, judged: BTreeMap::new() }
    }

    /// Its files.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Puts a file, in place of what was at its path.
    pub fn put(&mut self, path: String, bytes: Arc<[u8]>) {
        if self.files.get(&path).is_some_and(|known| *known == bytes) {
            return;
        }
        self.outlines.remove(&path);
        self.outlines.extend(outline(&path, &bytes));
        self.files.insert(path, bytes);
    }

    /// Takes a file away. Whether there was one.
    pub fn remove(&mut self, path: &str) -> bool {
        self.outlines.remove(path);
        self.files.remove(path).is_some()
    }

    /// Another engine judges from now on.
    pub fn forget(&mut self) {
        self.judged.clear();
    }

    /// Checks every unit that changed, and reviews the tree. `whole`: nothing is missing, so rules of absence run.
    #[must_use]
    pub fn check(&mut self, engine: &Engine, whole: bool) -> Outcome {
        let mut known = std::mem::take(&mut self.judged);
        for (key, inputs) in self.units() {
            let kept = known.remove(&key).filter(|kept| kept.is_of(&inputs));
            let judged = kept.unwrap_or_else(|| {
                let answer = Arc::new(engine.check(&key, &inputs));
                Judged { inputs, answer }
            });
            self.judged.insert(key, judged);
        }
        self.reviewed(engine, whole)
    }

    fn reviewed(&self, engine: &Engine, whole: bool) -> Outcome {
        let mut tree = Tree { whole, ..Tree::default() };
        let mut coverage = Vec::new();
        for answer in self.judged.values().map(|judged| &judged.answer) {
            tree.secrets.extend(answer.secrets.iter().filter_map(|spot| text(&self.files, spot)));
            tree.findings.extend_from_slice(&answer.findings);
            coverage.extend_from_slice(&answer.coverage);
            if !answer.facts.say_nothing() {
                tree.units.push(answer.facts.clone());
            }
        }
        coverage.sort_by(|a, b| a.path.cmp(&b.path));
        self.tell_missing(&mut coverage, whole);
        tree.coverage = coverage.iter().filter(|c| c.status != Status::Checked).cloned().collect();
        tree.secrets.sort();
        tree.secrets.dedup();
        let scrubber = Scrubber::of_texts(&tree.secrets);
        coverage.iter_mut().for_each(|entry| scrubber.coverage(entry));
        let mut units = tree.units.clone();
        units.iter_mut().for_each(|facts| scrubber.facts(facts, &mut []));
        let secrets = tree.secrets.clone();
        let mut review = engine.review(tree);
        self.finish_remedies(engine, &mut review.findings);
        Outcome { review, coverage, units, secrets }
    }

    /// Writes the remedies that needed a unit at hand.
    fn finish_remedies(&self, engine: &Engine, findings: &mut [Finding]) {
        let mut unit_of: BTreeMap<&str, &str> = BTreeMap::new();
        for (key, judged) in &self.judged {
            unit_of
                .extend(judged.inputs.iter().filter(|i| i.member).map(|i| (i.path.as_str(), key.as_str())));
        }
        let mut pending: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, finding) in findings.iter().enumerate().filter(|(_, f)| !f.pending.is_empty()) {
            let spots = std::iter::once(&finding.at).chain(&finding.places);
            let standing: BTreeSet<&str> =
                spots.filter_map(|spot| unit_of.get(spot.path.as_str()).copied()).collect();
            standing.into_iter().for_each(|unit| pending.entry(unit).or_default().push(index));
        }
        for (key, indices) in pending {
            let Some(judged) = self.judged.get(key) else { continue };
            let asked = indices.iter().filter_map(|index| findings.get(*index).cloned()).collect();
            for (index, fixes) in indices.iter().zip(engine.mend(key, &judged.inputs, asked)) {
                if let Some(finding) = findings.get_mut(*index) {
                    finding.fixes.extend(fixes);
                }
            }
        }
        findings.iter_mut().for_each(|finding| finding.pending.clear());
    }

    /// The members of each unit: each file is one of exactly one.
    fn members(&self) -> BTreeMap<String, BTreeSet<&str>> {
        let named = |outline: &Outline| (outline.unit.clone(), outline.takes.clone());
        let outlines = self.outlines.iter().map(|(path, outline)| (path.clone(), named(outline))).collect();
        let taken = taken(&outlines);
        let mut members: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for path in self.files.keys() {
            let own = || self.outlines.get(path).and_then(|outline| outline.unit.clone());
            let key = taken.get(path).cloned().or_else(own).unwrap_or_else(|| path.clone());
            members.entry(key).or_default().insert(path);
        }
        members
    }

    /// The units: their members, and what is read along.
    fn units(&self) -> Vec<(String, Vec<Input>)> {
        self.members()
            .into_iter()
            .map(|(key, members)| {
                let asked = self.asked(&members).given;
                let all = members.iter().map(|p| (*p, true)).chain(asked.iter().map(|p| (*p, false)));
                let inputs = all.filter_map(|(path, member)| {
                    let bytes = Arc::clone(self.files.get(path)?);
                    Some(Input { path: path.to_owned(), bytes, member })
                });
                (key, inputs.collect())
            })
            .collect()
    }

    /// Everything the members ask for.
    fn asked<'f>(&'f self, members: &BTreeSet<&'f str>) -> Asked<'f> {
        let mut asked = Asked::default();
        // Every file of a folder asks for its neighbours: one list answers them all.
        let mut listed = BTreeSet::new();
        let mut fresh: Vec<&str> = members.iter().copied().collect();
        while let Some(path) = fresh.pop() {
            for ask in self.outlines.get(path).iter().flat_map(|outline| &outline.asks) {
                match ask {
                    Ask::File(wanted) if !self.files.contains_key(wanted) => {
                        asked.missing.push((path, wanted));
                    }
                    Ask::Directory { path, suffixes } if !listed.insert((path, suffixes)) => continue,
                    _ => {}
                }
                for wanted in answers(&self.files, ask) {
                    if !members.contains(wanted)
                        && asked.given.len() < MOST_ASKED
                        && asked.given.insert(wanted)
                    {
                        fresh.push(wanted);
                    }
                }
            }
        }
        asked
    }

    /// Has the coverage of whoever asked for a file say that it is not there.
    fn tell_missing(&self, coverage: &mut [Coverage], whole: bool) {
        let why = if whole { "it does not exist" } else { "it is not at hand" };
        for (_, members) in self.members() {
            for (asker, wanted) in self.asked(&members).missing {
                // Either spelling of the ending serves.
                let other = wanted.strip_suffix(".yaml").map(|stem| format!("{stem}.yml"));
                let other = other.or_else(|| wanted.strip_suffix(".yml").map(|stem| format!("{stem}.yaml")));
                if other.is_some_and(|other| self.files.contains_key(&other)) {
                    continue;
                }
                let at = coverage.binary_search_by(|entry| entry.path.as_str().cmp(asker));
                if let Some(entry) = at.ok().and_then(|at| coverage.get_mut(at)) {
                    let shown = Engine::shown(wanted);
                    let wanted = shown.as_deref().unwrap_or(wanted);
                    let why = format!("`{wanted}` is asked for here, but {why}");
                    entry.unknown.push(Unresolved { span: ByteSpan::default(), why });
                }
            }
        }
    }
}

impl Judged {
    /// Whether it came from just these files.
    fn is_of(&self, inputs: &[Input]) -> bool {
        let same = |(a, b): (&Input, &Input)| {
            a.path == b.path && a.member == b.member && Arc::ptr_eq(&a.bytes, &b.bytes)
        };
        self.inputs.len() == inputs.len() && self.inputs.iter().zip(inputs).all(same)
    }
}

impl Engine {
    /// Checks every unit of a tree and reviews it. `whole`: nothing is missing, so rules of absence run.
    #[must_use]
    pub fn check_tree(&self, files: &Files, whole: bool) -> Outcome {
        Standing::of(files.clone()).check(self, whole)
    }
}

/// The outline of a file that may belong to a larger unit.
fn outline(path: &str, bytes: &Arc<[u8]>) -> Option<(String, Outline)> {
    let grouped = Engine::recognise(path).grouped;
    grouped.then(|| (path.to_owned(), Engine::outline(path, Arc::clone(bytes))))
}

/// The text at a place.
fn text(files: &Files, spot: &Spot) -> Option<Vec<u8>> {
    Some(files.get(&spot.path)?.get(spot.span.range())?.to_vec())
}

/// The units of a tree.
#[cfg(test)]
pub(crate) fn units(files: &Files) -> Vec<(String, Vec<Input>)> {
    Standing::of(files.clone()).units()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Settings;

    const MAIN: &str = "module \"a\" {\n  source = \"./a\"\n  role = \"roles/owner\"\n}\n";
    const WITHIN: &str = "variable \"role\" {}\nresource \"google_project_iam_member\" \"m\" {\n  project = \"p\"\n  \
                          role = var.role\n  member = \"user:a@b.c\"\n}\n";

    fn tree(files: &[(&str, &str)]) -> Standing {
        Standing::of(files.iter().map(|(p, text)| ((*p).to_owned(), Arc::from(text.as_bytes()))).collect())
    }

    fn engine() -> Engine {
        Engine::configure(Settings::on(jiff::civil::date(2026, 11, 24))).unwrap()
    }

    /// What a tree that was changed says, and what a fresh one says.
    fn both(standing: &mut Standing, engine: &Engine) -> (Vec<Finding>, Vec<Finding>) {
        let fresh = engine.check_tree(standing.files(), true);
        (standing.check(engine, true).review.findings, fresh.review.findings)
    }

    #[test]
    fn a_change_anywhere_comes_to_what_a_fresh_check_comes_to() {
        let engine = engine();
        let mut standing = tree(&[("main.tf", MAIN), ("a/main.tf", WITHIN)]);
        let changes: [(&str, Option<&str>); 5] = [
            ("main.tf", Some(MAIN)),
            ("main.tf", Some("module \"a\" {\n  source = \"./a\"\n  role = \"roles/viewer\"\n}\n")),
            ("a/main.tf", None),
            ("a/main.tf", Some(WITHIN)),
            ("main.tf", Some(MAIN)),
        ];
        let mut seen = BTreeSet::new();
        for (path, text) in changes {
            match text {
                Some(text) => standing.put(path.to_owned(), Arc::from(text.as_bytes())),
                None => assert!(standing.remove(path)),
            }
            let (kept, fresh) = both(&mut standing, &engine);
            assert_eq!(kept, fresh);
            seen.insert(fresh.len());
        }
        assert!(seen.len() > 1, "no change changed anything: {seen:?}");
    }

    #[test]
    fn what_is_asked_for_and_not_there_is_told() {
        let text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ./tools/a\n";
        let mut standing = tree(&[(".github/workflows/a.yml", text)]);
        let whys = |standing: &mut Standing, whole| -> Vec<String> {
            let coverage = standing.check(&engine(), whole).coverage;
            coverage.into_iter().flat_map(|entry| entry.unknown).map(|unknown| unknown.why).collect()
        };
        let of = |why: &str| {
            whys(&mut standing.clone(), why.contains("exist")).iter().any(|said| said.ends_with(why))
        };
        assert!(
            of("is asked for here, but it does not exist") && of("is asked for here, but it is not at hand")
        );
        standing.put(
            "tools/a/action.yaml".to_owned(),
            Arc::from(&b"runs:\n  using: composite\n  steps: []\n"[..]),
        );
        assert!(whys(&mut standing, true).iter().all(|why| !why.contains("asked for")));
    }

    #[test]
    fn a_unit_is_read_again_only_if_a_file_of_it_changed() {
        let engine = engine();
        let mut standing = tree(&[("a.yml", "a: b\n"), ("b.yml", "a: b\n")]);
        let answer = |standing: &Standing, key: &str| Arc::as_ptr(&standing.judged[key].answer);
        let _ = standing.check(&engine, true);
        let before = (answer(&standing, "a.yml"), answer(&standing, "b.yml"));
        standing.put("a.yml".to_owned(), Arc::from(&b"a: c\n"[..]));
        standing.put("b.yml".to_owned(), Arc::from(&b"a: b\n"[..]));
        let kept = standing.clone();
        let _ = standing.check(&engine, true);
        assert_eq!(answer(&standing, "b.yml"), before.1);
        assert_ne!(answer(&standing, "a.yml"), before.0);
        drop(kept);
    }
}
