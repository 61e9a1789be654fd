//! What of a history was not checked, counted by reason, each with its first example. A history may hold a million
//! versions of files, so that naming each would bury the report.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use gix_hash::ObjectId;

use super::repository::Unread;
use crate::runtime::Stop;

/// Digits of a commit's id in text for people.
pub(super) const SHORT: usize = 12;

/// What was not checked, and why: the words of one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    Commit(Unread),
    Folder(Unread),
    Version(Unread),
    /// The check was stopped.
    Stopped(String),
    /// More in one commit, or in all, than is looked at.
    Cut,
    NoThread,
}

/// How often, and the first example: its commit's number, path and commit.
type Seen = (usize, (usize, String, String));

/// Filled by all threads; the same whatever their order.
#[derive(Debug, Default)]
pub(super) struct Troubles(Mutex<BTreeMap<Reason, Seen>>);

impl Troubles {
    fn add(&self, reason: Reason, commit: usize, path: &str, id: &ObjectId) {
        let example = (commit, path.to_owned(), short(id));
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = seen.entry(reason).or_insert_with(|| (0, example.clone()));
        entry.0 += 1;
        entry.1 = entry.1.clone().min(example);
    }

    pub(super) fn commit(&self, why: Unread, id: &ObjectId) {
        self.add(Reason::Commit(why), 0, "", id);
    }

    /// The path of a folder is not shown: nobody asked the module whether it may be.
    pub(super) fn folder(&self, why: Unread, commit: usize, id: &ObjectId) {
        self.add(Reason::Folder(why), commit, "", id);
    }

    pub(super) fn version(&self, why: Unread, commit: usize, path: &str, id: &ObjectId) {
        self.add(Reason::Version(why), commit, path, id);
    }

    pub(super) fn stopped(&self, stop: &Stop, commit: usize, path: &str, id: &ObjectId) {
        self.add(Reason::Stopped(stop.to_string()), commit, path, id);
    }

    pub(super) fn cut(&self, commit: usize, id: &ObjectId) {
        self.add(Reason::Cut, commit, "", id);
    }

    pub(super) fn no_thread(&self, commit: usize, path: &str, id: &ObjectId) {
        self.add(Reason::NoThread, commit, path, id);
    }

    /// How many things were not checked.
    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().map(|(count, _)| count).sum()
    }

    /// One line for each reason.
    pub(super) fn lines(&self) -> Vec<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().map(|(reason, (count, example))| line(reason, *count, example)).collect()
    }
}

/// A commit's id as people read it.
pub(super) fn short(id: &ObjectId) -> String {
    id.to_hex_with_len(SHORT).to_string()
}

fn line(reason: &Reason, count: usize, (_, path, commit): &(usize, String, String)) -> String {
    let (one, many) = match reason {
        Reason::Commit(_) => ("commit", "commits"),
        Reason::Folder(_) => ("folder", "folders"),
        Reason::Version(_) | Reason::Stopped(_) | Reason::NoThread => {
            ("version of a file", "versions of files")
        }
        Reason::Cut => ("commit", "commits"),
    };
    let things = if count == 1 { one } else { many };
    let why = match reason {
        Reason::Commit(why) => format!("it is {}; what came before is unknown", why.why()),
        Reason::Folder(why) | Reason::Version(why) => format!("it is {}", why.why()),
        Reason::Stopped(stop) => format!("the check was {stop}"),
        Reason::Cut => "there is more than is looked at; check a range with `--history=A..B`".to_owned(),
        Reason::NoThread => "no thread could check it".to_owned(),
    };
    let first = if count == 1 { "" } else { "first " };
    let at = if path.is_empty() { String::new() } else { format!("{path} at ") };
    let whole = if matches!(reason, Reason::Cut) { "not checked whole" } else { "not checked" };
    format!("history: {count} {things} {whole} ({first}{at}{commit}): {why}")
}
