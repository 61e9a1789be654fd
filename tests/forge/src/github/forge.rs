//! The test's side: what it makes, grants and breaks.

use std::collections::BTreeMap;
use std::path::Path;

use super::access::{App, Kind, Secondary, Token, TokenState};
use super::conversation::Conversation;
use super::person::Person;
use super::state::{Limits, PullState, Repository, Run, State};
use crate::fake::Fake;
use crate::git::{Git, join_networks};

/// A fake GitHub.
pub type Forge = Fake<State>;

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
    /// What its author wrote.
    pub body: Option<String>,
    /// Not yet to be reviewed.
    pub draft: bool,
}

impl Default for Pull {
    fn default() -> Self {
        Self {
            base: "main".to_owned(),
            head: String::new(),
            branch: "change".to_owned(),
            author: "dev".to_owned(),
            fork: None,
            title: "A change".to_owned(),
            body: None,
            draft: false,
        }
    }
}

impl Pull {
    /// Of a commit, into `main`.
    #[must_use]
    pub fn of(head: &str) -> Self {
        Self { head: head.to_owned(), ..Self::default() }
    }
}

/// A run of a workflow, as `/actions/runs/{id}` tells of it.
#[derive(Debug, Clone)]
pub struct WorkflowRun {
    /// What the workflow is called.
    pub name: String,
    /// Of the workflow's file.
    pub path: String,
    /// What started it.
    pub event: String,
    /// A commit.
    pub head: String,
    /// The head's branch.
    pub branch: String,
    /// Full name of the repository the head is in.
    pub repository: String,
    /// Who started it.
    pub actor: String,
    /// Nothing while it runs.
    pub conclusion: Option<String>,
}

impl Fake<State> {
    /// Starts a GitHub without repositories.
    #[must_use]
    pub fn github() -> Self {
        Self::new(State::new)
    }

    /// Makes a repository of a folder with a git repository, by its full name. The fake reads it live, and writes in
    /// it only when a test moves a base branch.
    ///
    /// # Panics
    /// There is no git repository.
    pub fn repository(&self, full_name: &str, folder: &Path) {
        self.add(full_name, folder, None);
    }

    /// Makes a fork of a repository, in a folder of its own.
    ///
    /// # Panics
    /// There is no git repository, or none to fork.
    pub fn fork(&self, parent: &str, full_name: &str, folder: &Path) {
        let _ = self.state().repository(parent);
        self.add(full_name, folder, Some(parent.to_owned()));
    }

    fn add(&self, full_name: &str, folder: &Path, fork_of: Option<String>) {
        assert!(full_name.split('/').count() == 2, "owner/name: {full_name}");
        let git = Git::open(folder);
        let mut state = self.state();
        let repository = Repository {
            id: state.id(),
            full_name: full_name.to_owned(),
            git,
            fork_of,
            default_branch: "main".to_owned(),
            collaborators: BTreeMap::new(),
            pulls: BTreeMap::new(),
            checks: Vec::new(),
            statuses: Vec::new(),
            runs: Vec::new(),
        };
        state.repositories.insert(full_name.to_owned(), repository);
        state.join_networks();
    }

    /// Deletes a repository, as the owner of a fork may while its pull request is open.
    pub fn delete(&self, full_name: &str) {
        // Its objects stay in the network, as on GitHub.
        self.state().repositories.remove(full_name);
    }

    /// Opens a pull request; its number.
    ///
    /// # Panics
    /// Branch or commit are not there.
    #[must_use]
    pub fn open(&self, full_name: &str, pull: Pull) -> u64 {
        let mut state = self.state();
        let (id, now) = (state.id(), state.now());
        let repository = state.repository_mut(full_name);
        let base_sha = repository.git.commit(&pull.base);
        let base_sha = base_sha.unwrap_or_else(|| panic!("no branch {} in {full_name}", pull.base));
        let head = repository.git.commit(&pull.head);
        let head = head.unwrap_or_else(|| panic!("no commit {} in {full_name} or its forks", pull.head));
        let number = repository.pulls.keys().last().map_or(1, |last| last + 1);
        repository.pulls.insert(
            number,
            PullState {
                id,
                number,
                title: pull.title,
                body: pull.body,
                author: pull.author,
                base: pull.base,
                base_sha,
                head: head.clone(),
                head_branch: pull.branch,
                head_repository: pull.fork.unwrap_or_else(|| full_name.to_owned()),
                heads: vec![head],
                open: true,
                merged: false,
                locked: false,
                draft: pull.draft,
                created_at: now.clone(),
                updated_at: now,
                closed_at: None,
                comments: Vec::new(),
                reviews: Vec::new(),
                review_comments: Vec::new(),
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
        let now = state.now();
        let git = state.repository(full_name).git.clone();
        let head = git.commit(head).unwrap_or_else(|| panic!("no commit {head} in {full_name} or its forks"));
        let pull = state.pull_mut(full_name, number);
        pull.base_sha = git.commit(&pull.base).unwrap_or_else(|| pull.base_sha.clone());
        pull.heads.push(head.clone());
        pull.head = head;
        pull.updated_at = now;
    }

    /// Moves the base branch of a pull request to a commit, in the repository's folder, too. The pull request's
    /// `base.sha` stays, as on GitHub.
    ///
    /// # Panics
    /// The commit is not there.
    pub fn rebase_base(&self, full_name: &str, number: u64, sha: &str) {
        let state = self.state();
        state.repository(full_name).git.move_branch(&state.pull(full_name, number).base, sha);
    }

    /// Lets a pull request go into another branch.
    ///
    /// # Panics
    /// There is no such branch.
    pub fn retarget(&self, full_name: &str, number: u64, branch: &str) {
        let mut state = self.state();
        let tip = state.repository(full_name).git.commit(branch);
        let pull = state.pull_mut(full_name, number);
        pull.base = branch.to_owned();
        pull.base_sha = tip.unwrap_or_else(|| panic!("no branch {branch} in {full_name}"));
    }

    /// Closes a pull request, without merging it.
    pub fn close(&self, full_name: &str, number: u64) {
        self.end(full_name, number, false);
    }

    /// Closes a pull request as merged. The base branch is the test's to move.
    pub fn merge(&self, full_name: &str, number: u64) {
        self.end(full_name, number, true);
    }

    fn end(&self, full_name: &str, number: u64, merged: bool) {
        let mut state = self.state();
        let now = state.now();
        let pull = state.pull_mut(full_name, number);
        (pull.open, pull.merged, pull.closed_at) = (false, merged, Some(now));
    }

    /// Opens a closed pull request again.
    pub fn reopen(&self, full_name: &str, number: u64) {
        let mut state = self.state();
        let pull = state.pull_mut(full_name, number);
        (pull.open, pull.closed_at) = (true, None);
    }

    /// Locks a pull request's conversation.
    pub fn lock(&self, full_name: &str, number: u64) {
        self.state().pull_mut(full_name, number).locked = true;
    }

    /// Lets a token be used.
    ///
    /// # Panics
    /// An app's token whose login is not that of an app: `github-actions[bot]`, or one made known with `app`.
    pub fn token(&self, secret: &str, token: Token) {
        let mut state = self.state();
        let app = match token.kind {
            Kind::User => None,
            Kind::App => {
                let app = state.apps.values().find(|app| app.login() == token.login);
                Some(app.unwrap_or_else(|| panic!("no app has the login {}", token.login)).id)
            }
        };
        state.tokens.insert(secret.to_owned(), TokenState::new(token, app));
    }

    /// Ends a token, as an hour does.
    pub fn revoke(&self, secret: &str) {
        self.state().tokens.remove(secret);
    }

    /// Makes an app known, with one installation.
    pub fn app(&self, app: App) {
        self.state().apps.insert(app.id, app);
    }

    /// Gives a person a role: `admin`, `maintain`, `write`, `triage`, `read`.
    pub fn collaborator(&self, full_name: &str, login: &str, role: &str) {
        let role = role.to_owned();
        self.state().repository_mut(full_name).collaborators.insert(login.to_owned(), role);
    }

    /// Notes a run of a workflow; its id.
    #[must_use]
    pub fn run(&self, full_name: &str, run: WorkflowRun) -> u64 {
        let mut state = self.state();
        let (id, created_at) = (state.id(), state.now());
        state.repository_mut(full_name).runs.push(Run {
            id,
            name: run.name,
            path: run.path,
            event: run.event,
            head: run.head,
            head_branch: run.branch,
            head_repository: run.repository,
            actor: run.actor,
            conclusion: run.conclusion,
            created_at,
        });
        id
    }

    /// Sets where lists are cut.
    pub fn limits(&self, limits: Limits) {
        self.state().limits = limits;
    }

    /// Sets the limit on making content; there is none at first.
    pub fn secondary(&self, limit: Secondary) {
        self.state().secondary = Some(limit);
    }

    /// Acts as a person would on the pages.
    #[must_use]
    pub fn person(&self, login: &str) -> Person<'_> {
        Person { forge: self, login: login.to_owned() }
    }

    /// All that was said on a pull request, and all checks and statuses of its commits.
    #[must_use]
    pub fn conversation(&self, full_name: &str, number: u64) -> Conversation {
        Conversation::of(&self.state(), full_name, number)
    }
}

impl State {
    fn join_networks(&mut self) {
        let root = |r: &Repository| r.fork_of.clone().unwrap_or_else(|| r.full_name.clone());
        join_networks(self.repositories.values_mut().map(|r| (root(r), &mut r.git)).collect());
    }
}
