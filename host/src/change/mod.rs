//! What a change brought: the findings of two trees, held against each other.
//!
//! The module pairs them (`compare`): a finding has a place and a content, and known are those of which the base has both.

use std::collections::BTreeMap;

use crate::runtime::contract::Finding;

/// How a finding came to be, seen from the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The base has nothing like it.
    New,
    /// The base has a finding at its place, about something else.
    Changed,
    /// As changed, and all that the one of the base was about is in it, and more.
    Widened,
    /// The base has the same finding at another place, which is gone from there.
    Moved,
}

impl State {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Widened => "widened",
            Self::Moved => "moved",
        }
    }

    /// What SARIF calls it (§3.27.24): a result that was there before, with another content, was updated.
    #[must_use]
    pub fn sarif(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed | Self::Widened => "updated",
            Self::Moved => "unchanged",
        }
    }

    /// Its name as it stands before a message.
    #[must_use]
    pub fn bracketed(self) -> String {
        format!("[{}]", self.name())
    }

    /// Whether the change is answerable for it: what only moved was there before.
    #[must_use]
    pub fn counts(self) -> bool {
        self != Self::Moved
    }
}

/// A finding of the base that the change mended.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The finding, with its place in the base.
    pub finding: Finding,
    /// Its line there, from 1.
    pub line: usize,
}

/// What a change did to the findings.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// What it was held against, for people: `main (merge base 1a2b3c4d)`.
    pub against: String,
    /// The states of the findings that the base does not have, by fingerprint.
    pub states: BTreeMap<String, State>,
    /// Findings that the base has as well: they are not reported.
    pub known: usize,
    /// What is gone.
    pub fixed: Vec<Fixed>,
}
