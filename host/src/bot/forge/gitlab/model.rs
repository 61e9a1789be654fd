//! What of GitLab's answers is read.

use serde::Deserialize;

use crate::bot::forge::{self, Kind, Note, Patch};

/// What a tree lists as a symbolic link.
const LINK: &str = "120000";

#[derive(Debug, Deserialize)]
pub(super) struct MergeRequest {
    pub(super) target_branch: String,
    pub(super) author: User,
    pub(super) state: String,
    /// None of a fork that is gone.
    pub(super) source_project_id: Option<u64>,
    pub(super) target_project_id: u64,
    pub(super) diff_refs: Option<Refs>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Refs {
    pub(super) base_sha: Option<String>,
    pub(super) start_sha: Option<String>,
    pub(super) head_sha: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) username: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    pub(super) iid: u64,
    pub(super) sha: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Diff {
    old_path: String,
    new_path: String,
    #[serde(default)]
    diff: String,
    #[serde(default)]
    deleted_file: bool,
}

impl From<Diff> for Patch {
    fn from(of: Diff) -> Self {
        let shown = !of.diff.is_empty() && !of.deleted_file;
        Self { was: Some(of.old_path), path: of.new_path, diff: shown.then_some(of.diff) }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    path: String,
    mode: String,
}

impl Entry {
    pub(super) fn listed(self) -> Option<forge::Listed> {
        (self.kind == "blob").then(|| forge::Listed {
            kind: if self.mode == LINK { Kind::Link } else { Kind::File },
            path: self.path,
            id: self.id,
            size: None,
        })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Discussion {
    pub(super) id: String,
    pub(super) notes: Vec<Said>,
}

/// A note that was made, as far as it says whose it is.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Noted {
    #[serde(default)]
    author: Option<User>,
}

impl Noted {
    pub(super) fn author(self) -> Option<String> {
        self.author.map(|author| author.username)
    }
}

/// A discussion that was begun.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Begun {
    #[serde(default)]
    notes: Vec<Noted>,
}

impl Begun {
    pub(super) fn author(self) -> Option<String> {
        self.notes.into_iter().next().and_then(Noted::author)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Said {
    id: u64,
    author: User,
    #[serde(default)]
    body: String,
    #[serde(default)]
    pub(super) system: bool,
    #[serde(default)]
    pub(super) resolvable: bool,
    #[serde(default)]
    pub(super) resolved: bool,
    #[serde(default)]
    pub(super) position: Option<Position>,
}

impl Said {
    pub(super) fn said(self, web: &str) -> Note {
        Note {
            url: format!("{web}#note_{}", self.id),
            id: self.id,
            author: self.author.username,
            body: self.body,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Position {
    #[serde(default)]
    pub(super) new_path: Option<String>,
    #[serde(default)]
    pub(super) new_line: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Member {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) access_level: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Status {
    pub(super) status: String,
    #[serde(default)]
    pub(super) description: Option<String>,
}
