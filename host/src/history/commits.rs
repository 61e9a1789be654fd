//! The commits of a range, ancestors first. The order is the same on every machine, so that of several commits that
//! brought one credential the same is named first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use gix_hash::ObjectId;
use gix_object::{CommitRefIter, Kind};

use super::repository::{Objects, Repository, Unread};
use super::revision::Ends;

/// A commit, without its words: neither message nor names are ever shown.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(super) id: ObjectId,
    pub(crate) tree: ObjectId,
    /// Parents that the repository has.
    pub(super) parents: Vec<ObjectId>,
    /// When it was written, in seconds since 1970, and the author's distance from UTC in seconds.
    written: Option<(i64, i32)>,
}

impl Commit {
    /// The author's date there and then, as `YYYY-MM-DD`.
    pub(super) fn date(&self) -> Option<String> {
        let (seconds, offset) = self.written?;
        let there = jiff::Timestamp::from_second(seconds.checked_add(i64::from(offset))?).ok()?;
        Some(jiff::tz::TimeZone::UTC.to_datetime(there).date().to_string())
    }
}

/// What a range holds.
#[derive(Debug, Default)]
pub(super) struct Commits {
    /// Ancestors first.
    pub(super) list: Vec<Commit>,
    /// Commits that could not be read, by reason; nothing is known of what came before them.
    pub(super) unread: Vec<(ObjectId, Unread)>,
}

/// Reads one commit.
pub(crate) fn read(repository: &Repository, objects: &Objects, id: ObjectId) -> Result<Commit, Unread> {
    let bytes = objects.read(&id, Kind::Commit)?;
    let fields = || CommitRefIter::from_bytes(&bytes, gix_hash::Kind::Sha1);
    let tree = fields().tree_id().map_err(|_| Unread::Damaged)?;
    let parents = if repository.shallow.contains(&id) { Vec::new() } else { fields().parent_ids().collect() };
    let written = fields().author().ok().and_then(|author| author.time().ok());
    Ok(Commit { id, tree, parents, written: written.map(|time| (time.seconds, time.offset)) })
}

/// Every commit that one end reaches and the other does not.
pub(super) fn between(repository: &Repository, objects: &Objects, ends: Ends) -> Commits {
    let mut unread = Vec::new();
    let mut hidden: HashSet<ObjectId> = HashSet::new();
    // What is missing beyond the range is no loss to it.
    reach(repository, objects, ends.from, &mut hidden, &mut Vec::new());
    let found = reach(repository, objects, ends.to, &mut hidden, &mut unread);
    unread.sort();
    Commits { list: ancestors_first(found), unread }
}

/// Reads everything that a commit reaches and that is not known yet.
fn reach(
    repository: &Repository,
    objects: &Objects,
    tip: Option<ObjectId>,
    known: &mut HashSet<ObjectId>,
    unread: &mut Vec<(ObjectId, Unread)>,
) -> Vec<Commit> {
    let mut found = Vec::new();
    let mut open: Vec<ObjectId> = tip.into_iter().filter(|tip| known.insert(*tip)).collect();
    while let Some(id) = open.pop() {
        match read(repository, objects, id) {
            Ok(commit) => {
                open.extend(commit.parents.iter().filter(|parent| known.insert(**parent)));
                found.push(commit);
            }
            Err(why) => unread.push((id, why)),
        }
    }
    found
}

/// Sorts commits so that each comes after its parents; of those that could come next, the one written first.
fn ancestors_first(commits: Vec<Commit>) -> Vec<Commit> {
    let index: HashMap<ObjectId, usize> = commits.iter().enumerate().map(|(at, c)| (c.id, at)).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); commits.len()];
    let mut waits_for: Vec<usize> = vec![0; commits.len()];
    for (at, commit) in commits.iter().enumerate() {
        for parent in commit.parents.iter().filter_map(|parent| index.get(parent)) {
            if let (Some(children), Some(waits)) = (children.get_mut(*parent), waits_for.get_mut(at)) {
                children.push(at);
                *waits += 1;
            }
        }
    }
    let rank =
        |at: usize| commits.get(at).map(|c| Reverse((c.written.map(|(seconds, _)| seconds), c.id, at)));
    let free = waits_for.iter().enumerate().filter(|(_, waits)| **waits == 0);
    let mut ready: BinaryHeap<_> = free.filter_map(|(at, _)| rank(at)).collect();
    let mut order = Vec::with_capacity(commits.len());
    while let Some(Reverse((_, _, at))) = ready.pop() {
        order.push(at);
        for child in children.get(at).into_iter().flatten() {
            let Some(waits) = waits_for.get_mut(*child) else { continue };
            *waits -= 1;
            if *waits == 0 {
                ready.extend(rank(*child));
            }
        }
    }
    let mut commits: Vec<Option<Commit>> = commits.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| commits.get_mut(at)?.take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(id: u8, parents: &[u8], seconds: i64, offset: i32) -> Commit {
        let id_of = |n: u8| ObjectId::Sha1([n; 20]);
        let parents = parents.iter().map(|n| id_of(*n)).collect();
        Commit { id: id_of(id), tree: id_of(0), parents, written: Some((seconds, offset)) }
    }

    #[test]
    fn ancestors_come_first_whatever_their_dates_say() {
        let commits = vec![
            commit(4, &[2, 3], 1, 0),
            commit(3, &[1], 5, 0),
            commit(2, &[1], 9, 0),
            commit(1, &[], 99, 0),
        ];
        let order: Vec<u8> = ancestors_first(commits).iter().map(|c| c.id.as_slice()[0]).collect();
        assert_eq!(order, [1, 3, 2, 4]);
    }

    #[test]
    fn the_date_is_the_authors_own_and_never_a_panic() {
        assert_eq!(commit(1, &[], 1_714_521_600 - 3_600, 7_200).date().as_deref(), Some("2024-05-01"));
        assert_eq!(commit(1, &[], 1_714_521_600 - 3_600, 0).date().as_deref(), Some("2024-04-30"));
        assert_eq!(commit(1, &[], i64::MAX, 1).date(), None);
    }
}
