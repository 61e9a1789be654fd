//! What of GitHub's answers is read.

use serde::Deserialize;

use crate::bot::forge::Note;

#[derive(Debug, Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) state: String,
    pub(super) base: End,
    pub(super) head: End,
    /// None of an account that is gone.
    pub(super) user: Option<User>,
}

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

#[derive(Debug, Deserialize)]
pub(super) struct Compared {
    pub(super) merge_base_commit: Commit,
}

#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    pub(super) sha: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct File {
    pub(super) filename: String,
    #[serde(default)]
    pub(super) previous_filename: Option<String>,
    #[serde(default)]
    pub(super) patch: Option<String>,
}

/// Of a pull request, or of one of its lines.
#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) user: Option<User>,
    #[serde(default)]
    pub(super) body: Option<String>,
    pub(super) html_url: String,
    #[serde(default)]
    pub(super) path: String,
    /// None once the change does not show it any more.
    #[serde(default)]
    pub(super) line: Option<usize>,
    #[serde(default)]
    pub(super) start_line: Option<usize>,
    /// What it answers.
    #[serde(default)]
    pub(super) in_reply_to_id: Option<u64>,
}

impl From<Comment> for Note {
    fn from(comment: Comment) -> Self {
        Self {
            id: comment.id,
            author: comment.user.map(|user| user.login).unwrap_or_default(),
            body: comment.body.unwrap_or_default(),
            url: comment.html_url,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Permission {
    pub(super) permission: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tree {
    pub(super) tree: Vec<Entry>,
    pub(super) truncated: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) mode: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) sha: String,
    #[serde(default)]
    pub(super) size: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Checks {
    pub(super) check_runs: Vec<Check>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Check {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) conclusion: Option<String>,
    #[serde(default)]
    pub(super) external_id: Option<String>,
    #[serde(default)]
    pub(super) output: Output,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Output {
    #[serde(default)]
    pub(super) annotations_count: u64,
}
