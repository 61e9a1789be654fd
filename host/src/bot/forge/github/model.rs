//! What of GitHub's answers is read.

use serde::Deserialize;

use crate::bot::forge::Note;
use crate::bot::forge::hub::{End, User};

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
pub(super) struct Compared {
    pub(super) merge_base_commit: Commit,
}

#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    pub(super) sha: String,
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
