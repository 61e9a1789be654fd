//! A tree of files in memory, grouped into units and checked as a host does it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hallpass_rules::Input;
use hallpass_rules::dialect::Ask;
use hallpass_rules::fact::UnitFacts;
use hallpass_rules::finding::{Coverage, Finding, Spot};
use hallpass_rules::ledger;

use crate::checker::Checker;

/// Rounds of asking: a file asked for may ask for more. Deeper chains of local modules are not seen in examples.
const MAX_ROUNDS: usize = 8;

/// Files by path from the root.
pub type Files = BTreeMap<String, Arc<[u8]>>;

/// What a whole tree came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Findings of units and review, without the waived ones.
    pub findings: Vec<Finding>,
    /// How every file ended.
    pub coverage: Vec<Coverage>,
    /// Facts of the units.
    pub units: Vec<UnitFacts>,
}

/// Checks every unit, then reviews the tree.
#[must_use]
pub fn check(files: &Files, checker: &dyn Checker) -> Outcome {
    check_change(files, None, checker)
}

/// The same of a change, whose base governs: `proposed` is what it makes of the configuration.
#[must_use]
pub fn check_change(files: &Files, proposed: Option<ledger::Guardrail>, checker: &dyn Checker) -> Outcome {
    let mut tree = ledger::Tree { whole: true, proposed, ..ledger::Tree::default() };
    let units = units(files, checker);
    for (key, inputs) in &units {
        let answer = checker.check(key, inputs);
        let text = |s: &Spot| Some(files.get(&s.path)?.get(s.span.range())?.to_vec());
        tree.secrets.extend(answer.secrets.iter().filter_map(text));
        tree.findings.extend(answer.findings);
        tree.coverage.extend(answer.coverage);
        tree.units.push(answer.facts);
    }
    let coverage = tree.coverage.clone();
    let facts = tree.units.clone();
    let review = checker.review(tree);
    let waived: BTreeSet<&str> = review.waived.iter().map(|w| w.fingerprint.as_str()).collect();
    let unwaived = review.findings.iter().filter(|f| !waived.contains(f.fingerprint.as_str()));
    let findings = unwaived.cloned().map(|mut finding| {
        let wanted: BTreeSet<&str> = finding.pending.iter().map(|p| p.target.path.as_str()).collect();
        let holds = |inputs: &[Input]| inputs.iter().any(|i| i.member && wanted.contains(i.path.as_str()));
        let written: Vec<_> = units
            .iter()
            .filter(|(_, inputs)| holds(inputs))
            .flat_map(|(key, inputs)| checker.mend(key, inputs, finding.clone()))
            .collect();
        finding.fixes.extend(written);
        finding
    });
    let findings = findings.collect();
    Outcome { findings, coverage, units: facts }
}

/// The units of a tree: each file is a member of exactly one, and may be read along in others.
#[must_use]
pub fn units(files: &Files, checker: &dyn Checker) -> Vec<(String, Vec<Input>)> {
    let mut members: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut outlines: BTreeMap<String, (Option<String>, Vec<String>)> = BTreeMap::new();
    for (path, bytes) in files.iter().filter(|(path, _)| checker.recognise(path).grouped) {
        let outline = checker.outline(path, bytes);
        outlines.insert(path.clone(), (outline.unit, outline.takes));
    }
    let taken = hallpass_rules::dialect::taken(&outlines);
    for path in files.keys() {
        let own = || outlines.get(path).and_then(|(unit, _)| unit.clone());
        let key = taken.get(path).cloned().or_else(own).unwrap_or_else(|| path.clone());
        members.entry(key).or_default().insert(path);
    }
    members
        .into_iter()
        .map(|(key, members)| {
            let read_along = asked(files, &members, checker);
            let input = |path: &&str, member: bool| {
                let bytes = files.get(*path).map_or_else(|| Arc::from([]), Arc::clone);
                Input { path: (*path).to_owned(), bytes, member }
            };
            let inputs = members
                .iter()
                .map(|p| input(p, true))
                .chain(read_along.iter().filter(|p| !members.contains(**p)).map(|p| input(p, false)));
            (key, inputs.collect())
        })
        .collect()
}

/// Everything the members ask for, and what that asks for in turn.
fn asked<'f>(files: &'f Files, members: &BTreeSet<&'f str>, checker: &dyn Checker) -> BTreeSet<&'f str> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut fresh: BTreeSet<&str> = members.clone();
    for _ in 0..MAX_ROUNDS {
        let mut next = BTreeSet::new();
        for path in std::mem::take(&mut fresh) {
            let Some(bytes) = files.get(path).filter(|_| seen.insert(path)) else { continue };
            if !checker.recognise(path).grouped {
                continue;
            }
            for ask in checker.outline(path, bytes).asks {
                next.extend(files.keys().map(String::as_str).filter(|p| answers(&ask, p)));
            }
        }
        fresh = next;
    }
    seen
}

fn answers(ask: &Ask, path: &str) -> bool {
    match ask {
        Ask::File(wanted) => wanted == path,
        Ask::AnyOf(paths) => paths.iter().any(|wanted| wanted == path),
        Ask::Directory { path: folder, suffixes } => {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            parent == folder && suffixes.iter().any(|s| name.ends_with(s.as_str()))
        }
    }
}

#[cfg(test)]
mod tests {
    use hallpass_rules::finding::Fix;
    use hallpass_rules::ledger::Guardrail;

    use super::*;

    #[test]
    fn a_directory_is_answered_by_its_own_files_only() {
        let ask = Ask::Directory { path: "a/b".to_owned(), suffixes: vec![".tf".to_owned()] };
        let answering: Vec<&str> = ["a/b/x.tf", "a/b/c/x.tf", "a/x.tf", "a/b/x.md", "x.tf"]
            .into_iter()
            .filter(|p| answers(&ask, p))
            .collect();
        assert_eq!(answering, ["a/b/x.tf"]);
        let root = Ask::Directory { path: String::new(), suffixes: vec![".tf".to_owned()] };
        assert!(answers(&root, "x.tf"));
    }

    /// Every `.tf` file belongs to its folder's unit and asks for the folder below it; `out` refuses to be judged.
    struct Nested;

    impl Checker for Nested {
        fn recognise(&self, path: &str) -> hallpass_rules::Recognition {
            hallpass_rules::Recognition { must_check: false, grouped: path.ends_with(".tf") }
        }

        fn outline(&self, path: &str, _bytes: &Arc<[u8]>) -> hallpass_rules::dialect::Outline {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let below = if folder.is_empty() { "m".to_owned() } else { format!("{folder}/m") };
            hallpass_rules::dialect::Outline {
                unit: Some(format!("folder {folder}")),
                asks: vec![Ask::Directory { path: below, suffixes: vec![".tf".to_owned()] }],
                takes: Vec::new(),
            }
        }

        fn check(&self, _key: &str, _inputs: &[Input]) -> hallpass_rules::Answer {
            hallpass_rules::Answer::default()
        }

        fn review(&self, _tree: ledger::Tree) -> ledger::Review {
            ledger::Review::default()
        }

        fn weakened(&self, _before: Guardrail, _after: Guardrail) -> Vec<Finding> {
            Vec::new()
        }

        fn mend(&self, _key: &str, _inputs: &[Input], _finding: Finding) -> Vec<Fix> {
            Vec::new()
        }
    }

    #[test]
    fn what_is_asked_for_asks_in_turn() {
        let names = ["a.tf", "b.tf", "m/c.tf", "m/m/d.tf", "notes.md"];
        let files: Files = names.iter().map(|n| ((*n).to_owned(), Arc::from(&b""[..]))).collect();
        let told: Vec<String> = units(&files, &Nested)
            .into_iter()
            .map(|(key, inputs)| {
                let inputs = inputs.iter().map(|i| format!(" {}{}", if i.member { "" } else { "+" }, i.path));
                format!("{key}:{}", inputs.collect::<String>())
            })
            .collect();
        assert_eq!(
            told,
            [
                "folder : a.tf b.tf +m/c.tf +m/m/d.tf",
                "folder m: m/c.tf +m/m/d.tf",
                "folder m/m: m/m/d.tf",
                "notes.md: notes.md"
            ]
        );
    }
}
