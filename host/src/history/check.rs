//! Versions of files through the rule module, each as a unit of its own, on all processors.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use gix_hash::ObjectId;

use super::commits::Commit;
use super::credentials::{Checked, Credentials, Sighting};
use super::cut::{self, Cut};
use super::lines::Added;
use super::repository::{Objects, Repository};
use super::troubles::Troubles;
use super::versions::{Version, Versions};
use crate::runtime::{Pool, Worker, contract};
use crate::source::{Read, told};

/// Versions that one thread takes at once: neighbours are deltas of each other.
const TOGETHER: usize = 16;

/// What all threads share.
pub(super) struct Run<'a> {
    pub(super) repository: &'a Repository,
    pub(super) commits: &'a [Commit],
    pub(super) versions: &'a Versions,
    /// The names of the versions' paths.
    pub(super) names: &'a [String],
    /// Rules that speak of secrets.
    pub(super) rules: &'a BTreeSet<String>,
    /// Whether nothing is left out before the first commit: then what a version holds was brought by some commit.
    pub(super) whole: bool,
    pub(super) troubles: &'a Troubles,
}

/// What the versions came to.
#[derive(Default)]
pub(super) struct Found {
    pub(super) credentials: Credentials,
    /// Texts that must not be displayed anywhere.
    pub(super) secrets: BTreeSet<Vec<u8>>,
}

impl Run<'_> {
    /// Checks all versions.
    pub(super) fn check(&self, pool: &Pool<'_>, threads: usize) -> Found {
        let next = AtomicUsize::new(0);
        let found: Mutex<Found> = Mutex::default();
        let list = &self.versions.list;
        let work = || {
            // A refusal is a fault of the machine: what no thread took is named below.
            let _ = pool.with(|worker| {
                let objects = self.repository.objects();
                while !crate::interrupt::asked()
                    && let Some(some) = list.chunks(TOGETHER).nth(next.fetch_add(1, Ordering::Relaxed))
                {
                    some.iter().for_each(|version| self.one(worker, &objects, version, &found));
                }
            });
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(list.len()) {
                scope.spawn(work);
            }
            work();
        });
        for version in list.iter().skip(next.load(Ordering::Relaxed) * TOGETHER) {
            let (commit, name, id) = self.example(version);
            self.troubles.no_thread(commit, name, &id);
        }
        found.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn one(&self, worker: &mut Worker<'_>, objects: &Objects, version: &Version, found: &Mutex<Found>) {
        let bytes = match objects.blob(&version.blob) {
            Ok(bytes) => match told(bytes) {
                Read::Text(bytes) => bytes,
                _ => return,
            },
            Err(why) => {
                let (commit, name, id) = self.example(version);
                return self.troubles.version(why, commit, name, &id);
            }
        };
        let (commit, name, id) = self.example(version);
        let additions = |bytes: &[u8]| -> Vec<Added> {
            version.arrivals.iter().map(|arrival| added(objects, bytes, &arrival.before)).collect()
        };
        let known = (bytes.len() > cut::WHOLE).then(|| additions(&bytes));
        let cut = known.as_ref().and_then(|added| Cut::of(&bytes, added));
        let (mut file, mut restore) = (contract::Source { path: name.to_owned(), bytes, member: true }, None);
        if let Some((cut, text)) = cut {
            restore = Some((cut, std::mem::replace(&mut file.bytes, text)));
        }
        let mut answer = match worker.check(name, std::slice::from_ref(&file)) {
            Ok(answer) => answer,
            Err(stop) => return self.troubles.stopped(&stop, commit, name, &id),
        };
        let secrets = crate::scan::secret_texts(std::slice::from_ref(&file), &answer.secrets);
        if let Some((cut, whole)) = restore {
            cut.restore(&mut answer);
            file.bytes = whole;
        }
        let findings: Vec<&contract::Finding> =
            answer.findings.iter().filter(|finding| self.rules.contains(&finding.rule)).collect();
        if findings.is_empty() {
            if !secrets.is_empty() {
                found.lock().unwrap_or_else(PoisonError::into_inner).secrets.extend(secrets);
            }
            return;
        }
        let added = known.unwrap_or_else(|| additions(&file.bytes));
        let file = Checked::of(&file, &answer);
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.secrets.extend(secrets);
        for finding in findings {
            for spot in std::iter::once(&finding.at).chain(&finding.places) {
                let commits = version.arrivals.iter().zip(&added).filter(|(_, added)| added.meets(spot.at));
                let commits: Vec<usize> = commits.map(|(arrival, _)| arrival.commit).collect();
                // In a whole history, the first version that holds a credential brought it, whichever lines changed: a
                // value may be known as one only since the line above it changed.
                let first = if self.whole { Some(commit) } else { commits.first().copied() };
                let Some(first) = first else { continue };
                found.credentials.add(&Sighting {
                    finding,
                    at: spot.at,
                    file: &file,
                    commit: first,
                    additions: commits.len(),
                });
            }
        }
    }

    /// The first commit of a version by number, its name, the commit's id.
    fn example(&self, version: &Version) -> (usize, &str, ObjectId) {
        let commit = version.arrivals.first().map_or(0, |arrival| arrival.commit);
        let id = self.commits.get(commit).map_or(ObjectId::Sha1([0; 20]), |commit| commit.id);
        (commit, self.names.get(version.path).map_or("", String::as_str), id)
    }
}

/// The lines that a commit added. A parent's version that cannot be read, or is no text, has none of them.
fn added(objects: &Objects, bytes: &[u8], before: &[ObjectId]) -> Added {
    let before = before.iter().filter_map(|blob| match told(objects.compared(blob).ok()?) {
        Read::Text(old) => Some(old),
        _ => None,
    });
    before.fold(Added::all(bytes), |added, old| added.and(&Added::since(bytes, &old)))
}
