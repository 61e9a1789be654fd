//! The versions of files that a range brought: each content at each path once, with every commit that put it there.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use gix_hash::ObjectId;

use super::changes::{self, Changes};
use super::commits::{self, Commit};
use super::repository::{Objects, Repository};
use super::troubles::Troubles;

/// Most versions of files in one run: the largest public repositories have half as many.
const MOST_VERSIONS: usize = 8_000_000;

/// A commit that put a version in place.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Its number in the order of the commits.
    pub(super) commit: usize,
    /// What stood there before, in each parent that had something there.
    pub(super) before: Box<[ObjectId]>,
}

/// A content at a path.
#[derive(Clone, Debug)]
pub(super) struct Version {
    /// The number of its path.
    pub(super) path: usize,
    pub(super) blob: ObjectId,
    /// In the order of the commits, at least one.
    pub(super) arrivals: Vec<Arrival>,
}

/// All versions, those of one path together, the last first.
#[derive(Debug, Default)]
pub(super) struct Versions {
    pub(super) paths: Vec<Vec<u8>>,
    pub(super) list: Vec<Version>,
}

/// Collects the versions that commits brought at wanted paths.
pub(super) fn of(
    repository: &Repository,
    commits: &[Commit],
    threads: usize,
    wanted: &(dyn Fn(&[u8]) -> bool + Sync),
    troubles: &Troubles,
) -> Versions {
    let trees: HashMap<ObjectId, ObjectId> = commits.iter().map(|c| (c.id, c.tree)).collect();
    let next = AtomicUsize::new(0);
    let found: Mutex<BTreeMap<usize, Changes>> = Mutex::default();
    let work = || {
        let objects = repository.objects();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(commit) = commits.get(index) else { return };
            let mut changes = changes_of(repository, &objects, &trees, commit);
            changes.files.retain(|change| wanted(&change.path));
            found.lock().unwrap_or_else(PoisonError::into_inner).insert(index, changes);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    gather(commits, found, troubles)
}

fn changes_of(
    repository: &Repository,
    objects: &Objects,
    trees: &HashMap<ObjectId, ObjectId>,
    commit: &Commit,
) -> Changes {
    let tree_of = |parent: &ObjectId| match trees.get(parent) {
        Some(tree) => Some(*tree),
        // Outside the range, or missing, and then everything counts as new.
        None => commits::read(repository, objects, *parent).ok().map(|parent| parent.tree),
    };
    changes::of(objects, commit.tree, commit.parents.iter().filter_map(tree_of).collect())
}

fn gather(commits: &[Commit], found: BTreeMap<usize, Changes>, troubles: &Troubles) -> Versions {
    let mut versions = Versions::default();
    let mut path_numbers: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut numbers: HashMap<(usize, ObjectId), usize> = HashMap::new();
    for (commit, changes) in found {
        let Some(Commit { id, .. }) = commits.get(commit) else { continue };
        for why in changes.unread {
            troubles.folder(why, commit, id);
        }
        if changes.cut {
            troubles.cut(commit, id);
        }
        for change in changes.files {
            let path = *path_numbers.entry(change.path).or_insert_with_key(|path| {
                versions.paths.push(path.clone());
                versions.paths.len() - 1
            });
            let arrival = Arrival { commit, before: change.before.into_boxed_slice() };
            let count = versions.list.len();
            match numbers.get(&(path, change.blob)).and_then(|at| versions.list.get_mut(*at)) {
                Some(version) => version.arrivals.push(arrival),
                None if count >= MOST_VERSIONS => troubles.cut(commit, id),
                None => {
                    numbers.insert((path, change.blob), count);
                    versions.list.push(Version { path, blob: change.blob, arrivals: vec![arrival] });
                }
            }
        }
    }
    // git keeps older versions of a file as deltas of newer ones: read from the last to the first, each is put together
    // from the one before.
    let paths = &versions.paths;
    versions.list.sort_by(|a, b| {
        let first = |v: &Version| v.arrivals.first().map(|arrival| arrival.commit);
        let by_path = || paths.get(a.path).cmp(&paths.get(b.path));
        by_path().then_with(|| first(b).cmp(&first(a))).then_with(|| a.blob.cmp(&b.blob))
    });
    versions
}
