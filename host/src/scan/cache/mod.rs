//! What units came to before, so that what did not change is not judged again: in memory for the two versions of a change, and
//! between runs in a file of the user's.
//!
//! A unit's answer depends on its files, the configuration and the module alone (the module has no clock, files or network), so
//! a digest of these is its name, and nothing has to be made invalid. No text of a secret is in an answer.
//!
//! Invariant: what others could have written is never believed; see [`Folder`].

mod folder;
mod pack;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::runtime::contract;
use folder::Folder;
use pack::Pack;

/// The name of an answer, and of a configuration with its module.
type Key = [u8; 32];

/// Answers by what they depend on.
#[derive(Debug)]
pub struct Cache {
    /// The module and its configuration.
    run: Key,
    /// What an earlier run left, and where this one leaves its own.
    kept: Option<(Folder, Pack)>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    made: BTreeMap<Key, Vec<u8>>,
    used: BTreeSet<Key>,
    hits: usize,
}

impl Cache {
    /// Of a configuration; `of` is the root of the tree whose answers are kept between runs, if they are.
    #[must_use]
    pub fn new(settings: &contract::Settings, of: Option<&Path>) -> Option<Self> {
        let mut hash = Sha256::new();
        hash.update(concat!(env!("CARGO_PKG_VERSION"), " ", env!("HALLPASS_MODULE"), " "));
        hash.update(encoded(settings)?);
        let run = hash.finalize().into();
        let kept = of.and_then(Folder::of_user).map(|folder| {
            let pack = folder.read().and_then(|bytes| Pack::read(bytes, &run)).unwrap_or_default();
            (folder, pack)
        });
        Some(Self { run, kept, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name of a unit's answer.
    pub(super) fn key(&self, unit: &str, files: &[contract::Source]) -> Option<Key> {
        let mut hash = Sha256::new();
        hash.update(self.run);
        hash.update(encoded(&(unit, files.len()))?);
        for file in files {
            hash.update(encoded(&(&file.path, file.member, file.bytes.len()))?);
            hash.update(&file.bytes);
        }
        Some(hash.finalize().into())
    }

    /// What a unit came to before.
    pub(super) fn get(&self, key: &Key) -> Option<contract::Answer> {
        let mut state = self.state();
        let own = state.made.get(key).map(Vec::as_slice);
        let bytes = own.or_else(|| self.kept.as_ref()?.1.get(key))?;
        let answer = postcard::from_bytes(bytes).ok()?;
        state.used.insert(*key);
        state.hits += 1;
        Some(answer)
    }

    /// Keeps what a unit came to.
    pub(super) fn put(&self, key: Key, answer: &contract::Answer) {
        if let Some(bytes) = encoded(answer) {
            let mut state = self.state();
            state.used.insert(key);
            state.made.insert(key, bytes);
        }
    }

    /// How many answers were known.
    #[must_use]
    pub fn hits(&self) -> usize {
        self.state().hits
    }

    /// Forgets the answers that were not asked for since the last time.
    pub(super) fn forget_unused(&self) {
        let mut state = self.state();
        let used = std::mem::take(&mut state.used);
        state.made.retain(|key, _| used.contains(key));
    }

    /// Leaves the answers to later runs. Those of a whole tree replace what was there; those of a part of it join it. What
    /// cannot be written is judged again next time, which is no error.
    pub fn leave(&self, whole: bool) {
        let state = self.state();
        let Some((folder, pack)) = self.kept.as_ref().filter(|_| !state.made.is_empty()) else { return };
        let stays = |key: &Key| !state.made.contains_key(key) && (!whole || state.used.contains(key));
        let old = pack.entries().filter(|(key, _)| stays(key));
        let new = state.made.iter().map(|(key, bytes)| (*key, bytes.as_slice()));
        folder.write(&Pack::bytes(&self.run, old.chain(new)));
    }
}

fn encoded(value: &impl Serialize) -> Option<Vec<u8>> {
    postcard::to_stdvec(value).ok()
}
