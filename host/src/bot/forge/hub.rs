//! What GitHub's interface and those that took it over have alike.

use serde::Deserialize;

use super::{Kind, Listed};

/// What a tree lists as a symbolic link.
const LINK: &str = "120000";

/// One end of a pull request.
#[derive(Debug, Deserialize)]
pub(super) struct End {
    #[serde(rename = "ref")]
    pub(super) label: String,
    pub(super) sha: String,
    /// None of a fork that is gone.
    #[serde(default)]
    pub(super) repo: Option<Repository>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Repository {
    pub(super) id: u64,
    pub(super) full_name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) login: String,
}

/// What was posted, as far as it says whose it is.
#[derive(Debug, Deserialize)]
pub(super) struct Posted {
    #[serde(default)]
    user: Option<User>,
}

impl Posted {
    pub(super) fn author(self) -> Option<String> {
        self.user.map(|user| user.login)
    }
}

/// A file of a change.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    pub(super) filename: String,
    /// Empty on Gitea where it is none.
    #[serde(default)]
    pub(super) previous_filename: Option<String>,
    /// None on Gitea.
    #[serde(default)]
    pub(super) patch: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Permission {
    pub(super) permission: String,
}

/// A tree, or a part of one.
#[derive(Debug, Deserialize)]
pub(super) struct Tree {
    #[serde(default)]
    pub(super) tree: Vec<Entry>,
    #[serde(default)]
    pub(super) truncated: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) path: String,
    mode: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) sha: String,
    #[serde(default)]
    size: Option<u64>,
}

impl Entry {
    /// A file or a link, of a tree that is a folder of another one; that is empty for the root.
    pub(super) fn listed(self, folder: &str) -> Option<Listed> {
        (self.kind == "blob").then(|| Listed {
            path: joined(folder, &self.path),
            kind: if self.mode == LINK { Kind::Link } else { Kind::File },
            id: self.sha,
            size: self.size,
        })
    }
}

/// The path of something in a folder.
pub(super) fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
