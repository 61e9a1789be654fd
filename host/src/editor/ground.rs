//! Where a tree in an editor comes from, and how far what is known of it is true.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::source::Root;

/// Where the files of a tree come from.
#[derive(Clone, Debug)]
pub(super) enum Ground {
    /// A folder, of which `starts` are checked; the empty path is all of it.
    Folder { root: Root, starts: BTreeSet<PathBuf> },
    /// One text that is no file, under a path.
    Text { root: Root, path: String },
}

impl Ground {
    /// The root.
    pub(super) fn root(&self) -> &Root {
        match self {
            Self::Folder { root, .. } | Self::Text { root, .. } => root,
        }
    }
}

/// How an update went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Update {
    /// What is known is true.
    Done,
    /// What is known of open documents is, as far as they themselves go; the rest is still to be looked at.
    Part,
    /// A newer change came in between.
    Halted,
}
