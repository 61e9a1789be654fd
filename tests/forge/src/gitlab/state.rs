//! What the fake GitLab knows.

use std::collections::BTreeMap;

use serde_json::Value;

use super::access::TokenState;
use crate::clock::Clock;
use crate::git::Git;

/// Everything.
pub struct State {
    /// Of the server, without `/api/v4`.
    pub(crate) url: String,
    pub(crate) projects: BTreeMap<String, Project>,
    pub(crate) tokens: BTreeMap<String, TokenState>,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
}

/// Where things are cut.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a file's diff, above which it is `too_large` and empty. GitLab's default.
    /// <https://docs.gitlab.com/administration/diff_limits/>
    pub diff_bytes: usize,
    /// Characters of a note. <https://docs.gitlab.com/administration/instance_limits/>
    pub note_characters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { diff_bytes: 200 << 10, note_characters: 1_000_000 }
    }
}

/// A project.
pub(crate) struct Project {
    pub(crate) id: u64,
    pub(crate) path: String,
    pub(crate) git: Git,
    pub(crate) fork_of: Option<String>,
    /// Login and access level.
    pub(crate) members: BTreeMap<String, u64>,
    pub(crate) merge_requests: BTreeMap<u64, MergeRequestState>,
    pub(crate) statuses: Vec<Status>,
}

/// A merge request.
pub(crate) struct MergeRequestState {
    pub(crate) id: u64,
    pub(crate) iid: u64,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) author: String,
    pub(crate) target: String,
    pub(crate) source: String,
    /// Path of the project the source branch is in.
    pub(crate) source_project: String,
    /// One for each push, oldest first.
    pub(crate) versions: Vec<Version>,
    /// `opened`, `closed`, `merged`.
    pub(crate) state: &'static str,
    pub(crate) locked: bool,
    pub(crate) draft: bool,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) discussions: Vec<DiscussionState>,
    /// Quick actions that notes carried out: login and command.
    pub(crate) commands: Vec<(String, String)>,
}

impl MergeRequestState {
    /// The newest; a merge request is never without.
    pub(crate) fn version(&self) -> &Version {
        self.versions.last().expect("a merge request has a version")
    }
}

/// What a merge request was at a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) id: u64,
    /// The merge base.
    pub(crate) base: String,
    /// The target branch's tip.
    pub(crate) start: String,
    pub(crate) head: String,
    pub(crate) created_at: String,
}

/// Notes that belong together; a note of its own, too, stands in one.
pub(crate) struct DiscussionState {
    /// Forty hexadecimal digits.
    pub(crate) id: String,
    /// A note that nobody can answer or resolve.
    pub(crate) individual: bool,
    /// On a line of the diff.
    pub(crate) position: Option<Position>,
    pub(crate) resolved_by: Option<String>,
    pub(crate) notes: Vec<NoteState>,
}

/// A note.
pub(crate) struct NoteState {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) body: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    /// Login and name.
    pub(crate) emoji: Vec<(u64, String, String)>,
}

/// Where a note stands in the diff of a version.
#[derive(Debug, Clone)]
pub(crate) struct Position {
    pub(crate) base: String,
    pub(crate) start: String,
    pub(crate) head: String,
    pub(crate) old_path: String,
    pub(crate) new_path: String,
    pub(crate) old_line: Option<u64>,
    pub(crate) new_line: Option<u64>,
    /// As it was sent.
    pub(crate) line_range: Value,
}

/// A status of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Of the status.
    pub id: u64,
    /// Of the commit.
    pub sha: String,
    /// A branch.
    pub branch: String,
    /// What it is about.
    pub name: String,
    /// `pending`, `running`, `success`, `failed`, `canceled`, `skipped`.
    pub state: String,
    /// Who set it.
    pub author: String,
    /// In a line.
    pub description: Option<String>,
    /// Where there is more.
    pub target_url: Option<String>,
    /// When it was made.
    pub created_at: String,
}

impl State {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            projects: BTreeMap::new(),
            tokens: BTreeMap::new(),
            limits: Limits::default(),
            clock: Clock::new(),
        }
    }

    /// By id or path, in any case of its letters.
    pub(crate) fn find(&self, name: &str) -> Option<&Project> {
        self.projects
            .values()
            .find(|project| project.path.eq_ignore_ascii_case(name) || name.parse() == Ok(project.id))
    }

    /// # Panics
    /// A test names what it never made.
    pub(crate) fn project(&self, path: &str) -> &Project {
        self.projects.get(path).unwrap_or_else(|| panic!("no project {path}"))
    }

    /// # Panics
    /// A test names what it never made.
    pub(crate) fn project_mut(&mut self, path: &str) -> &mut Project {
        self.projects.get_mut(path).unwrap_or_else(|| panic!("no project {path}"))
    }

    /// # Panics
    /// A test names what it never made.
    pub(crate) fn merge_request(&self, path: &str, iid: u64) -> &MergeRequestState {
        let found = self.project(path).merge_requests.get(&iid);
        found.unwrap_or_else(|| panic!("no merge request {path}!{iid}"))
    }

    /// # Panics
    /// A test names what it never made.
    pub(crate) fn merge_request_mut(&mut self, path: &str, iid: u64) -> &mut MergeRequestState {
        let found = self.project_mut(path).merge_requests.get_mut(&iid);
        found.unwrap_or_else(|| panic!("no merge request {path}!{iid}"))
    }
}
