//! What the fake knows: repositories, pull requests and all that was said on them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::access::{App, Rate, Secondary, TokenState};
use crate::clock::Clock;
use crate::diff::Side;
use crate::git::Git;

/// Everything.
pub struct State {
    /// Of the API.
    pub(crate) url: String,
    pub(crate) repositories: BTreeMap<String, Repository>,
    pub(crate) tokens: BTreeMap<String, TokenState>,
    pub(crate) apps: BTreeMap<u64, App>,
    pub(crate) limits: Limits,
    pub(crate) secondary: Option<Secondary>,
    pub(crate) jwt_rate: Rate,
    clock: Clock,
}

/// Where lists are cut. The defaults are GitHub's own.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Entries of a recursive tree, above which it is cut and `truncated`.
    pub tree_entries: usize,
    /// Files of a pull request that can be listed.
    pub pull_files: usize,
    /// Files of a comparison.
    pub compare_files: usize,
    /// Lines of a file's patch, above which it is left out. GitHub documents 20,000 lines or 500 KB for its pages and
    /// nothing for the API, which is known to leave patches out earlier: hence settable.
    /// <https://docs.github.com/repositories/creating-and-managing-repositories/repository-limits>
    pub patch_lines: usize,
    /// Bytes of a file's patch, above which it is left out.
    pub patch_bytes: usize,
    /// Bytes of a blob, above which it cannot be fetched.
    pub blob_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tree_entries: 100_000,
            pull_files: 3_000,
            compare_files: 300,
            patch_lines: 20_000,
            patch_bytes: 500 << 10,
            blob_bytes: 100 << 20,
        }
    }
}

/// A repository.
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) full_name: String,
    pub(crate) git: Git,
    pub(crate) fork_of: Option<String>,
    pub(crate) default_branch: String,
    pub(crate) collaborators: BTreeMap<String, String>,
    pub(crate) pulls: BTreeMap<u64, PullState>,
    pub(crate) checks: Vec<CheckRun>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) runs: Vec<Run>,
}

impl Repository {
    pub(crate) fn owner(&self) -> &str {
        self.full_name.split('/').next().unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.full_name.split('/').nth(1).unwrap_or_default()
    }

    /// `admin`, `write`, `read` or `none`, in the words of the endpoint that tells it. The fake's repositories are
    /// private: who is no collaborator has none.
    pub(crate) fn permission(&self, login: &str) -> &str {
        if login == self.owner() {
            return "admin";
        }
        self.collaborators.get(login).map_or("none", String::as_str)
    }

    pub(crate) fn can_write(&self, login: &str) -> bool {
        matches!(self.permission(login), "admin" | "maintain" | "write")
    }
}

/// A pull request.
pub(crate) struct PullState {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) author: String,
    /// A branch.
    pub(crate) base: String,
    /// The tip of the base branch when the pull request was last opened, pushed to or retargeted. GitHub does not move
    /// it when only the base branch moves, though the merge base may.
    pub(crate) base_sha: String,
    pub(crate) head: String,
    pub(crate) head_branch: String,
    /// Full name; another repository's than the base's if it comes from a fork.
    pub(crate) head_repository: String,
    /// Every head it ever had, oldest first.
    pub(crate) heads: Vec<String>,
    pub(crate) open: bool,
    pub(crate) merged: bool,
    pub(crate) locked: bool,
    pub(crate) draft: bool,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) closed_at: Option<String>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) reviews: Vec<Review>,
    pub(crate) review_comments: Vec<ReviewComment>,
}

/// A comment below a pull request.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) app: Option<u64>,
    pub(crate) body: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    /// Login and content, no two the same.
    pub(crate) reactions: Vec<Reaction>,
}

/// A reaction to a comment.
#[derive(Debug, Clone)]
pub(crate) struct Reaction {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) content: String,
    pub(crate) created_at: String,
}

/// A review.
pub(crate) struct Review {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) body: String,
    /// `COMMENTED`, `APPROVED`, `CHANGES_REQUESTED`, `PENDING`.
    pub(crate) state: &'static str,
    pub(crate) commit: String,
    pub(crate) submitted_at: String,
}

/// A comment on a line or a file of the diff.
pub(crate) struct ReviewComment {
    pub(crate) id: u64,
    pub(crate) review: u64,
    pub(crate) author: String,
    pub(crate) body: String,
    pub(crate) path: String,
    /// Nothing: on the file.
    pub(crate) lines: Option<Lines>,
    /// The head it was made on.
    pub(crate) commit: String,
    /// What that head was compared with.
    pub(crate) merge_base: String,
    pub(crate) diff_hunk: String,
    pub(crate) original_position: Option<u64>,
    /// The comment it answers: always the first of its thread.
    pub(crate) reply_to: Option<u64>,
    /// Of the thread, stated at its first comment.
    pub(crate) resolved: Option<String>,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

/// The lines a comment is on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    pub(crate) side: Side,
    pub(crate) line: u64,
    /// The first, if it is not the last.
    pub(crate) start: Option<(Side, u64)>,
}

/// A check run.
pub(crate) struct CheckRun {
    pub(crate) id: u64,
    pub(crate) app: u64,
    pub(crate) name: String,
    pub(crate) head: String,
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) started_at: Option<String>,
    pub(crate) completed_at: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) details_url: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) text: Option<String>,
    /// As they were sent.
    pub(crate) annotations: Vec<Value>,
    pub(crate) actions: Vec<Value>,
}

/// A commit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Of the commit.
    pub sha: String,
    /// Who set it.
    pub creator: String,
    /// `error`, `failure`, `pending`, `success`.
    pub state: String,
    /// What it is about.
    pub context: String,
    /// In a line.
    pub description: Option<String>,
    /// Where there is more.
    pub target_url: Option<String>,
}

/// A run of a workflow.
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) event: String,
    pub(crate) head: String,
    pub(crate) head_branch: String,
    pub(crate) head_repository: String,
    pub(crate) actor: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) created_at: String,
}

impl State {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            repositories: BTreeMap::new(),
            tokens: BTreeMap::new(),
            apps: BTreeMap::from([(App::ACTIONS, App::actions())]),
            limits: Limits::default(),
            secondary: None,
            jwt_rate: Rate::default(),
            clock: Clock::new(),
        }
    }

    /// The id of something new; no two things share one.
    pub(crate) fn id(&mut self) -> u64 {
        self.clock.id()
    }

    /// The time, which moves on.
    pub(crate) fn now(&mut self) -> String {
        self.clock.now()
    }

    /// By full name, in any case of its letters, as GitHub takes them.
    pub(crate) fn find(&self, full_name: &str) -> Option<&Repository> {
        self.repositories.values().find(|repository| repository.full_name.eq_ignore_ascii_case(full_name))
    }

    /// # Panics
    /// A test names what it never made.
    pub(crate) fn repository(&self, full_name: &str) -> &Repository {
        self.repositories.get(full_name).unwrap_or_else(|| panic!("no repository {full_name}"))
    }

    /// # Panics
    /// A test names what it never made.
    pub(crate) fn repository_mut(&mut self, full_name: &str) -> &mut Repository {
        self.repositories.get_mut(full_name).unwrap_or_else(|| panic!("no repository {full_name}"))
    }

    /// # Panics
    /// A test names what it never made.
    pub(crate) fn pull(&self, full_name: &str, number: u64) -> &PullState {
        let pull = self.repository(full_name).pulls.get(&number);
        pull.unwrap_or_else(|| panic!("no pull request {full_name}#{number}"))
    }

    /// # Panics
    /// A test names what it never made.
    pub(crate) fn pull_mut(&mut self, full_name: &str, number: u64) -> &mut PullState {
        let pull = self.repository_mut(full_name).pulls.get_mut(&number);
        pull.unwrap_or_else(|| panic!("no pull request {full_name}#{number}"))
    }

    /// What the head of a pull request is compared with: the merge base with the base branch as it is now. Without a
    /// common commit, the base branch itself.
    pub(crate) fn merge_base(&self, repository: &Repository, pull: &PullState, head: &str) -> String {
        let tip = repository.git.commit(&pull.base).unwrap_or_else(|| pull.base_sha.clone());
        repository.git.merge_base(&tip, head).unwrap_or(tip)
    }
}
