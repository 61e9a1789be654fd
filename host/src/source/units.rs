//! Which files are checked together. The module says what belongs together; this gathers it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Entry, Files, Read};
use crate::runtime::{Stop, Worker, contract};

/// Most files that are read along with the members of one unit. Module trees stay below a hundred; a thousand asks
/// are an attack or a mistake, and are named in coverage.
const MOST_ASKED: usize = 1_000;

/// Files that are checked together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its key.
    pub key: String,
    /// Paths of its own files.
    pub members: Vec<String>,
    /// Paths read along.
    pub asked: Vec<String>,
}

/// All units of a run, and what was refused on the way: (path, why, whether it must be checked).
#[derive(Debug, Default)]
pub struct Plan {
    /// In order of their keys.
    pub units: Vec<Unit>,
    /// Files asked for that were not given, and why: (who asked, path, why).
    pub refused: Vec<(String, String, String)>,
    /// Paths that must be checked.
    pub must_check: BTreeSet<String>,
}

/// Groups the files of a tree into units.
///
/// # Errors
/// The module stopped while it recognised a path.
pub fn plan(worker: &mut Worker<'_>, files: &Files, entries: &[Entry]) -> Result<Plan, Stop> {
    let mut plan = Plan::default();
    let mut grouped: BTreeMap<String, Unit> = BTreeMap::new();
    let mut outlines = Outlines { files, known: BTreeMap::new() };
    for entry in entries {
        let recognition = worker.recognise(&entry.path)?;
        if recognition.must_check {
            plan.must_check.insert(entry.path.clone());
        }
        if !recognition.grouped {
            let unit = Unit { key: entry.path.clone(), members: vec![entry.path.clone()], asked: Vec::new() };
            plan.units.push(unit);
            continue;
        }
        let outlined = outlines.of(worker, &entry.path);
        let key = outlined.unit.clone().unwrap_or_else(|| entry.path.clone());
        let unit = grouped.entry(key.clone()).or_insert_with(|| Unit { key, ..Unit::default() });
        unit.members.push(entry.path.clone());
    }
    for (_, mut unit) in grouped {
        let (asked, refused) = gather(worker, &mut outlines, &unit);
        unit.asked = asked;
        plan.refused.extend(refused);
        plan.units.push(unit);
    }
    plan.units.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(plan)
}

/// Outlines of files, each asked for once.
struct Outlines<'r> {
    files: &'r Files,
    known: BTreeMap<String, contract::Outlined>,
}

impl Outlines<'_> {
    /// What a file belongs to and asks for; nothing if it cannot be read or outlined, which its own check reports.
    fn of(&mut self, worker: &mut Worker<'_>, path: &str) -> contract::Outlined {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let nothing = contract::Outlined { unit: None, asks: Vec::new() };
        let outlined = match self.files.read(path) {
            Read::Text(bytes) => {
                let file = contract::Source { path: path.to_owned(), bytes, member: true };
                worker.outline(&file).unwrap_or(nothing)
            }
            _ => nothing,
        };
        self.known.insert(path.to_owned(), outlined.clone());
        outlined
    }
}

/// Everything the members ask for, and what those ask for, inside the root.
fn gather(
    worker: &mut Worker<'_>,
    outlines: &mut Outlines<'_>,
    unit: &Unit,
) -> (Vec<String>, Vec<(String, String, String)>) {
    let members: BTreeSet<&String> = unit.members.iter().collect();
    let mut asked = BTreeSet::new();
    let mut refused = Vec::new();
    let mut queue: VecDeque<String> = unit.members.iter().cloned().collect();
    while let Some(path) = queue.pop_front() {
        for ask in outlines.of(worker, &path).asks {
            let (wanted, optional) = match ask {
                contract::Ask::File(wanted) => (vec![wanted], false),
                contract::Ask::FilesOf(directory) => (list(outlines.files, &directory), true),
            };
            for wanted in shown(worker, outlines.files, wanted) {
                let wanted = match wanted {
                    Ok(wanted) => wanted,
                    Err(refusal) => {
                        refused.push((path.clone(), refusal, "its name has the shape of a token".to_owned()));
                        continue;
                    }
                };
                if members.contains(&wanted) || asked.contains(&wanted) {
                    continue;
                }
                if asked.len() == MOST_ASKED {
                    refused.push((
                        path.clone(),
                        wanted,
                        format!("more than {MOST_ASKED} files are read along"),
                    ));
                    return (asked.into_iter().collect(), refused);
                }
                match outlines.files.has(&wanted) {
                    Ok(true) => {
                        asked.insert(wanted.clone());
                        queue.push_back(wanted);
                    }
                    Ok(false) => {}
                    Err(_) if optional => {}
                    Err(why) => refused.push((path.clone(), wanted, why)),
                }
            }
        }
    }
    (asked.into_iter().collect(), refused)
}

/// Paths by their names. A path that must not be shown and has no name of its own, since it lies outside what is checked,
/// is refused under what may be shown of it.
fn shown(worker: &mut Worker<'_>, files: &Files, paths: Vec<String>) -> Vec<Result<String, String>> {
    let Ok(shown) = worker.shown(&paths) else { return Vec::new() };
    let named = |(path, shown): (String, Option<String>)| match shown {
        None => Ok(path),
        Some(shown) if files.names.disk(&shown).is_some() => Ok(shown),
        Some(shown) => Err(shown),
    };
    paths.into_iter().zip(shown).map(named).collect()
}

/// The files directly in a folder with one of the endings, sorted.
fn list(files: &Files, directory: &contract::Directory) -> Vec<String> {
    let mut paths = files.list(&directory.path);
    paths.retain(|path| directory.suffixes.iter().any(|s| path.ends_with(s.as_str())));
    paths
}
