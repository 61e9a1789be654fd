//! The test's side: what it makes, grants and breaks.

use std::collections::BTreeMap;
use std::path::Path;

use super::access::{Token, TokenState};
use super::conversation::Conversation;
use super::state::{Limits, PullState, Repository, State};
use crate::fake::Fake;
use crate::git::{Git, join_networks};

/// A fake Gitea or Forgejo.
pub type Gitea = Fake<State>;

/// A pull request to open.
#[derive(Debug, Clone)]
pub struct Pull {
    /// A branch of the repository.
    pub base: String,
    /// A commit, in the repository or in its fork.
    pub head: String,
    /// The head's branch by name; there need be none in the repository's folder.
    pub branch: String,
    /// A login.
    pub author: String,
    /// Full name of the fork the head is in; nothing if it is in the repository itself.
    pub fork: Option<String>,
    /// What it is called.
    pub title: String,
}

impl Pull {
    /// Of a commit, into `main`.
    #[must_use]
    pub fn of(head: &str) -> Self {
        Self {
            base: "main".to_owned(),
            head: head.to_owned(),
            branch: "change".to_owned(),
            author: "dev".to_owned(),
            fork: None,
            title: "A change".to_owned(),
        }
    }
}

impl Fake<State> {
    /// Starts a Gitea without repositories.
    #[must_use]
    pub fn start() -> Self {
        Self::new(|url| State::new(url, "1.24.6"))
    }

    /// Starts a Forgejo without repositories. As far as this fake goes it differs in what it says of its version.
    #[must_use]
    pub fn forgejo() -> Self {
        Self::new(|url| State::new(url, "11.0.5+gitea-1.22.0"))
    }

    /// Makes a repository of a folder with a git repository, by its full name.
    ///
    /// # Panics
    /// There is no git repository.
    pub fn repository(&self, full_name: &str, folder: &Path) {
        self.add(full_name, folder, None);
    }

    /// Makes a fork of a repository, in a folder of its own.
    ///
    /// # Panics
    /// There is no git repository.
    pub fn fork(&self, parent: &str, full_name: &str, folder: &Path) {
        self.add(full_name, folder, Some(parent.to_owned()));
    }

    fn add(&self, full_name: &str, folder: &Path, fork_of: Option<String>) {
        let git = Git::open(folder);
        let mut state = self.state();
        let repository = Repository {
            id: state.clock.id(),
            full_name: full_name.to_owned(),
            git,
            fork_of,
            collaborators: BTreeMap::new(),
            pulls: BTreeMap::new(),
            statuses: Vec::new(),
        };
        state.repositories.insert(full_name.to_owned(), repository);
        let root = |r: &Repository| r.fork_of.clone().unwrap_or_else(|| r.full_name.clone());
        join_networks(state.repositories.values_mut().map(|r| (root(r), &mut r.git)).collect());
    }

    /// Gives a person a role: `read`, `write`, `admin`.
    pub fn collaborator(&self, full_name: &str, login: &str, role: &str) {
        let role = role.to_owned();
        self.state().repository_mut(full_name).collaborators.insert(login.to_owned(), role);
    }

    /// Lets a token be used.
    pub fn token(&self, secret: &str, token: Token) {
        self.state().tokens.insert(secret.to_owned(), TokenState { token, requests: 0 });
    }

    /// Ends a token.
    pub fn revoke(&self, secret: &str) {
        self.state().tokens.remove(secret);
    }

    /// Opens a pull request; its number.
    ///
    /// # Panics
    /// Branch or commit are not there.
    #[must_use]
    pub fn open(&self, full_name: &str, new: Pull) -> u64 {
        let mut state = self.state();
        let (id, now) = (state.clock.id(), state.clock.now());
        let repository = state.repository_mut(full_name);
        assert!(repository.git.commit(&new.base).is_some(), "no branch {} in {full_name}", new.base);
        let head = repository.git.commit(&new.head);
        let head = head.unwrap_or_else(|| panic!("no commit {} in {full_name} or its forks", new.head));
        let number = repository.pulls.keys().last().map_or(1, |last| last + 1);
        repository.pulls.insert(
            number,
            PullState {
                id,
                number,
                title: new.title,
                author: new.author,
                base: new.base,
                head: head.clone(),
                head_branch: new.branch,
                head_repository: new.fork.unwrap_or_else(|| full_name.to_owned()),
                heads: vec![head],
                open: true,
                locked: false,
                created_at: now.clone(),
                updated_at: now,
                comments: Vec::new(),
                reviews: Vec::new(),
            },
        );
        number
    }

    /// Gives a pull request a new head, forced or not.
    ///
    /// # Panics
    /// The commit is not there.
    pub fn push(&self, full_name: &str, number: u64, head: &str) {
        let mut state = self.state();
        let now = state.clock.now();
        let head = state.repository(full_name).git.commit(head);
        let head = head.unwrap_or_else(|| panic!("no such commit in {full_name} or its forks"));
        let pull = state.pull_mut(full_name, number);
        pull.heads.push(head.clone());
        (pull.head, pull.updated_at) = (head, now);
    }

    /// Closes a pull request without merging it.
    pub fn close(&self, full_name: &str, number: u64) {
        self.state().pull_mut(full_name, number).open = false;
    }

    /// Locks a pull request's conversation.
    pub fn lock(&self, full_name: &str, number: u64) {
        self.state().pull_mut(full_name, number).locked = true;
    }

    /// Comments below a pull request as a person would on the pages; the comment's id.
    pub fn say(&self, full_name: &str, number: u64, login: &str, body: &str) -> u64 {
        let mut state = self.state();
        let comment = state.comment(login, body.to_owned());
        let id = comment.id;
        state.pull_mut(full_name, number).comments.push(comment);
        id
    }

    /// Resolves a comment on a line as a person would on the pages: the API cannot.
    pub fn resolve(&self, full_name: &str, number: u64, login: &str, comment: u64) {
        let mut state = self.state();
        let reviews = state.pull_mut(full_name, number).reviews.iter_mut();
        let on_lines = reviews.flat_map(|review| &mut review.comments);
        on_lines.filter(|c| c.comment.id == comment).for_each(|c| c.resolver = Some(login.to_owned()));
    }

    /// Sets where things are cut.
    pub fn limits(&self, limits: Limits) {
        self.state().limits = limits;
    }

    /// All that was said on a pull request.
    #[must_use]
    pub fn conversation(&self, full_name: &str, number: u64) -> Conversation {
        Conversation::of(&self.state(), full_name, number)
    }
}
