//! The test's side: what it makes, grants and breaks.

use std::collections::BTreeMap;
use std::path::Path;

use super::access::{MAINTAINER, Token, TokenState};
use super::conversation::Conversation;
use super::state::{Limits, MergeRequestState, Project, State, Version};
use crate::fake::Fake;
use crate::git::{Git, join_networks};

/// A fake GitLab.
pub type GitLab = Fake<State>;

/// A merge request to open.
#[derive(Debug, Clone)]
pub struct MergeRequest {
    /// A branch of the project.
    pub target: String,
    /// A commit, in the project or in its fork.
    pub head: String,
    /// The source branch by name; there need be none in the project's folder.
    pub source: String,
    /// A login.
    pub author: String,
    /// Path of the fork the head is in; nothing if it is in the project itself.
    pub fork: Option<String>,
    /// What it is called.
    pub title: String,
    /// Not yet to be merged.
    pub draft: bool,
}

impl MergeRequest {
    /// Of a commit, into `main`.
    #[must_use]
    pub fn of(head: &str) -> Self {
        Self {
            target: "main".to_owned(),
            head: head.to_owned(),
            source: "change".to_owned(),
            author: "dev".to_owned(),
            fork: None,
            title: "A change".to_owned(),
            draft: false,
        }
    }
}

impl Fake<State> {
    /// Starts a GitLab without projects.
    #[must_use]
    pub fn start() -> Self {
        Self::new(State::new)
    }

    /// Makes a project of a folder with a git repository, by its path (`group/project`); `dev` is its maintainer.
    ///
    /// # Panics
    /// There is no git repository.
    pub fn project(&self, path: &str, folder: &Path) {
        self.add(path, folder, None);
    }

    /// Makes a fork of a project, in a folder of its own.
    ///
    /// # Panics
    /// There is no git repository.
    pub fn fork(&self, parent: &str, path: &str, folder: &Path) {
        self.add(path, folder, Some(parent.to_owned()));
    }

    fn add(&self, path: &str, folder: &Path, fork_of: Option<String>) {
        let git = Git::open(folder);
        let mut state = self.state();
        let project = Project {
            id: state.clock.id(),
            path: path.to_owned(),
            git,
            fork_of,
            members: BTreeMap::from([("dev".to_owned(), MAINTAINER)]),
            merge_requests: BTreeMap::new(),
            statuses: Vec::new(),
        };
        state.projects.insert(path.to_owned(), project);
        let root = |p: &Project| p.fork_of.clone().unwrap_or_else(|| p.path.clone());
        join_networks(state.projects.values_mut().map(|p| (root(p), &mut p.git)).collect());
    }

    /// The id of a project.
    ///
    /// # Panics
    /// There is no such project.
    #[must_use]
    pub fn id(&self, path: &str) -> u64 {
        self.state().project(path).id
    }

    /// Gives a person an access level: 10 guest, 20 reporter, 30 developer, 40 maintainer, 50 owner.
    pub fn member(&self, path: &str, login: &str, level: u64) {
        self.state().project_mut(path).members.insert(login.to_owned(), level);
    }

    /// Lets a token be used.
    pub fn token(&self, secret: &str, token: Token) {
        self.state().tokens.insert(secret.to_owned(), TokenState::new(token));
    }

    /// Ends a token.
    pub fn revoke(&self, secret: &str) {
        self.state().tokens.remove(secret);
    }

    /// Opens a merge request; its number (`iid`).
    ///
    /// # Panics
    /// Branch or commit are not there.
    #[must_use]
    pub fn open(&self, path: &str, new: MergeRequest) -> u64 {
        let mut state = self.state();
        let (id, now) = (state.clock.id(), state.clock.now());
        let version = version(&mut state, path, &new.target, &new.head);
        let project = state.project_mut(path);
        let iid = project.merge_requests.keys().last().map_or(1, |last| last + 1);
        project.merge_requests.insert(
            iid,
            MergeRequestState {
                id,
                iid,
                title: new.title,
                description: String::new(),
                author: new.author,
                target: new.target,
                source: new.source,
                source_project: new.fork.unwrap_or_else(|| path.to_owned()),
                versions: vec![version],
                state: "opened",
                locked: false,
                draft: new.draft,
                created_at: now.clone(),
                updated_at: now,
                discussions: Vec::new(),
                commands: Vec::new(),
            },
        );
        iid
    }

    /// Gives a merge request a new head, forced or not: a new version.
    ///
    /// # Panics
    /// The commit is not there.
    pub fn push(&self, path: &str, iid: u64, head: &str) {
        let mut state = self.state();
        let target = state.merge_request(path, iid).target.clone();
        let version = version(&mut state, path, &target, head);
        let of = state.merge_request_mut(path, iid);
        of.updated_at.clone_from(&version.created_at);
        of.versions.push(version);
    }

    /// Closes a merge request without merging it.
    pub fn close(&self, path: &str, iid: u64) {
        self.state().merge_request_mut(path, iid).state = "closed";
    }

    /// Locks a merge request's discussion.
    pub fn lock(&self, path: &str, iid: u64) {
        self.state().merge_request_mut(path, iid).locked = true;
    }

    /// Says something as a person would on the pages: in a discussion, or as a note of its own; the note's id.
    pub fn say(&self, path: &str, iid: u64, login: &str, discussion: Option<&str>, body: &str) -> u64 {
        self.state().add_note(path, iid, discussion, login, body.to_owned(), None, discussion.is_none())
    }

    /// Resolves a discussion as a person would on the pages.
    pub fn resolve(&self, path: &str, iid: u64, login: &str, discussion: &str) {
        let mut state = self.state();
        let discussions = state.merge_request_mut(path, iid).discussions.iter_mut();
        discussions.filter(|d| d.id == discussion).for_each(|d| d.resolved_by = Some(login.to_owned()));
    }

    /// Sets where things are cut.
    pub fn limits(&self, limits: Limits) {
        self.state().limits = limits;
    }

    /// All that was said on a merge request.
    #[must_use]
    pub fn conversation(&self, path: &str, iid: u64) -> Conversation {
        Conversation::of(&self.state(), path, iid)
    }
}

fn version(state: &mut State, path: &str, target: &str, head: &str) -> Version {
    let (id, created_at) = (state.clock.id(), state.clock.now());
    let git = &state.project(path).git;
    let start = git.commit(target).unwrap_or_else(|| panic!("no branch {target} in {path}"));
    let head = git.commit(head).unwrap_or_else(|| panic!("no commit {head} in {path} or its forks"));
    let base = git.merge_base(&start, &head).unwrap_or_else(|| start.clone());
    Version { id, base, start, head, created_at }
}
