//! What the fake Gitea knows.

use std::collections::BTreeMap;

use super::access::TokenState;
use crate::clock::Clock;
use crate::git::Git;

/// Everything.
pub struct State {
    /// Of the server, without `/api/v1`.
    pub(crate) url: String,
    /// What `/version` says.
    pub(crate) version: &'static str,
    pub(crate) repositories: BTreeMap<String, Repository>,
    pub(crate) tokens: BTreeMap<String, TokenState>,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
}

/// Where things are cut. The defaults are those of `app.ini`.
/// <https://docs.gitea.com/administration/config-cheat-sheet#api-api>
#[derive(Debug, Clone)]
pub struct Limits {
    /// Entries of a tree in a page.
    pub tree_entries: usize,
    /// Bytes of a blob, above which it comes without its content.
    pub blob_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tree_entries: 1_000, blob_bytes: 10 << 20 }
    }
}

/// A repository.
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) full_name: String,
    pub(crate) git: Git,
    pub(crate) fork_of: Option<String>,
    /// Login and `read`, `write` or `admin`.
    pub(crate) collaborators: BTreeMap<String, String>,
    pub(crate) pulls: BTreeMap<u64, PullState>,
    pub(crate) statuses: Vec<Status>,
}

impl Repository {
    pub(crate) fn owner(&self) -> &str {
        self.full_name.split('/').next().unwrap_or_default()
    }

    /// `owner`, `admin`, `write`, `read` or `none`.
    pub(crate) fn permission(&self, login: &str) -> &str {
        if login == self.owner() {
            return "owner";
        }
        self.collaborators.get(login).map_or("none", String::as_str)
    }

    pub(crate) fn can_write(&self, login: &str) -> bool {
        ["owner", "admin", "write"].contains(&self.permission(login))
    }
}

/// A pull request.
pub(crate) struct PullState {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) base: String,
    pub(crate) head: String,
    pub(crate) head_branch: String,
    pub(crate) head_repository: String,
    /// Every head it ever had.
    pub(crate) heads: Vec<String>,
    pub(crate) open: bool,
    pub(crate) locked: bool,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) comments: Vec<Comment>,
    pub(crate) reviews: Vec<ReviewState>,
}

/// A comment: below the pull request, or on a line.
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) body: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    /// Login and content.
    pub(crate) reactions: Vec<(String, String)>,
}

/// A review.
pub(crate) struct ReviewState {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) body: String,
    /// `COMMENT`, `APPROVED`, `REQUEST_CHANGES`, `PENDING`.
    pub(crate) state: String,
    pub(crate) commit: String,
    pub(crate) submitted_at: String,
    pub(crate) comments: Vec<LineComment>,
}

/// A comment on a line. It never moves: after a push it is valid or not, and the API does not say.
pub(crate) struct LineComment {
    pub(crate) comment: Comment,
    pub(crate) path: String,
    /// One of the two.
    pub(crate) old_line: Option<u64>,
    pub(crate) new_line: Option<u64>,
    pub(crate) commit: String,
    pub(crate) diff_hunk: String,
    pub(crate) resolver: Option<String>,
}

/// A status of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Of the status.
    pub id: u64,
    /// Of the commit.
    pub sha: String,
    /// `pending`, `success`, `error`, `failure`, `warning`.
    pub state: String,
    /// What it is about.
    pub context: String,
    /// In a line.
    pub description: String,
    /// Where there is more.
    pub target_url: String,
    /// Who set it.
    pub creator: String,
    /// When.
    pub created_at: String,
}

impl State {
    pub(crate) fn new(url: &str, version: &'static str) -> Self {
        Self {
            url: url.to_owned(),
            version,
            repositories: BTreeMap::new(),
            tokens: BTreeMap::new(),
            limits: Limits::default(),
            clock: Clock::new(),
        }
    }

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

    /// What a pull request's head is compared with.
    pub(crate) fn merge_base(&self, repository: &Repository, pull: &PullState, head: &str) -> String {
        let tip = repository.git.commit(&pull.base).unwrap_or_else(|| pull.head.clone());
        repository.git.merge_base(&tip, head).unwrap_or(tip)
    }

    /// A comment that was just made.
    pub(crate) fn comment(&mut self, login: &str, body: String) -> Comment {
        let (id, now) = (self.clock.id(), self.clock.now());
        Comment {
            id,
            author: login.to_owned(),
            body,
            created_at: now.clone(),
            updated_at: now,
            reactions: Vec::new(),
        }
    }
}
