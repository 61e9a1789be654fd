//! Which files are checked together. The module says what belongs together; this gathers it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::root::MISSING;
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
#[derive(Clone, Debug, Default)]
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
    plan_again(worker, files, entries, &mut BTreeMap::new())
}

/// The same, where some outlines are known from before; afterwards all are.
///
/// # Errors
/// The module stopped while it recognised a path.
pub fn plan_again(
    worker: &mut Worker<'_>,
    files: &Files,
    entries: &[Entry],
    known: &mut BTreeMap<String, contract::Outlined>,
) -> Result<Plan, Stop> {
    let mut plan = Plan::default();
    let mut grouped: BTreeMap<String, Unit> = BTreeMap::new();
    let mut outlines = Outlines { files, known: std::mem::take(known) };
    let mut outlined: BTreeMap<&str, contract::Outlined> = BTreeMap::new();
    for entry in entries {
        let recognition = worker.recognise(&entry.path)?;
        if recognition.must_check {
            plan.must_check.insert(entry.path.clone());
        }
        if recognition.grouped {
            outlined.insert(&entry.path, outlines.of(worker, &entry.path));
        }
    }
    let taken = taken(&outlined);
    for entry in entries {
        let path = &entry.path;
        let own = outlined.get(path.as_str()).map(|o| o.unit.as_ref().unwrap_or(path));
        let Some(key) = taken.get(path).or(own).cloned() else {
            plan.units.push(Unit { key: path.clone(), members: vec![path.clone()], asked: Vec::new() });
            continue;
        };
        let unit = grouped.entry(key.clone()).or_insert_with(|| Unit { key, ..Unit::default() });
        unit.members.push(path.clone());
    }
    for (_, mut unit) in grouped {
        let (asked, refused) = gather(worker, &mut outlines, &unit);
        unit.asked = asked;
        plan.refused.extend(refused);
        plan.units.push(unit);
    }
    plan.units.sort_by(|a, b| a.key.cmp(&b.key));
    *known = outlines.known;
    Ok(plan)
}

/// The unit of each file that another one takes into its own: the one that takes it first, by path, unless it names a unit
/// of its own.
fn taken(outlined: &BTreeMap<&str, contract::Outlined>) -> BTreeMap<String, String> {
    let mut takers: BTreeMap<&str, &str> = BTreeMap::new();
    for (path, outline) in outlined {
        for taken in outline.takes.iter().filter(|taken| taken != path) {
            if outlined.get(taken.as_str()).is_none_or(|o| o.unit.is_none()) {
                takers.entry(taken).or_insert(path);
            }
        }
    }
    let key = |taken: &str| {
        let (mut at, mut seen) = (taken, BTreeSet::from([taken]));
        while let Some(taker) = takers.get(at).copied().filter(|taker| seen.insert(taker)) {
            at = taker;
        }
        outlined.get(at).and_then(|o| o.unit.clone()).unwrap_or_else(|| at.to_owned())
    };
    takers.keys().map(|taken| ((*taken).to_owned(), key(taken))).collect()
}

/// What a file belongs to and asks for; nothing if it cannot be read or outlined, which its own check reports.
pub fn outline(worker: &mut Worker<'_>, files: &Files, path: &str) -> contract::Outlined {
    let nothing = contract::Outlined { unit: None, asks: Vec::new(), takes: Vec::new() };
    match files.read(path) {
        Read::Text(bytes) => {
            let file = contract::Source { path: path.to_owned(), bytes, member: true };
            worker.outline(&file).unwrap_or(nothing)
        }
        _ => nothing,
    }
}

/// Outlines of files, each asked for once.
struct Outlines<'r> {
    files: &'r Files,
    known: BTreeMap<String, contract::Outlined>,
}

impl Outlines<'_> {
    fn of(&mut self, worker: &mut Worker<'_>, path: &str) -> contract::Outlined {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let outlined = outline(worker, self.files, path);
        self.known.insert(path.to_owned(), outlined.clone());
        outlined
    }
}

/// What an ask comes to if the file cannot be given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// A refusal, whatever the reason.
    Surely,
    /// A refusal if something of that name is there.
    IfThere,
    /// Nothing: who listed the folder met it too.
    IfInside,
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
    // Every file of a folder asks for its neighbours: one list answers them all.
    let mut listed: BTreeSet<(String, Vec<String>)> = BTreeSet::new();
    let mut queue: VecDeque<String> = unit.members.iter().cloned().collect();
    while let Some(path) = queue.pop_front() {
        for ask in outlines.of(worker, &path).asks {
            let (wanted, given) = match ask {
                contract::Ask::File(wanted) => (vec![wanted], Given::Surely),
                contract::Ask::AnyOf(wanted) => (wanted, Given::IfThere),
                contract::Ask::FilesOf(directory) => {
                    if !listed.insert((directory.path.clone(), directory.suffixes.clone())) {
                        continue;
                    }
                    (list(outlines.files, &directory), Given::IfInside)
                }
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
                    Err(_) if given == Given::IfInside => {}
                    Err(why) if given == Given::IfThere && why == MISSING => {}
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
