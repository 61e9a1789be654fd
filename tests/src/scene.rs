//! A pull request on a fake forge, and the bot that reviews it.

#![allow(clippy::expect_used, clippy::panic)] // a test that cannot run says so by panicking

use std::path::Path;

use hallpass_forge::Forge;
use hallpass_forge::github::{Conversation, Pull, Token};

use crate::binary::{Binary, Run};
use crate::git::Repository;

/// The repository.
pub const NAME: &str = "acme/shop";
/// What the job's token may: what README asks for.
pub const RIGHTS: [(&str, &str); 3] = [("contents", "read"), ("checks", "write"), ("pull_requests", "write")];
/// Day of the runs.
pub const TODAY: &str = "2026-11-27";
/// The token of the job. It opens nothing but the fake.
pub const TOKEN: &str = "job-token";

/// A pull request.
pub struct Scene {
    /// The forge.
    pub forge: Forge,
    /// The repository on it.
    pub repository: Repository,
    /// The pull request's number.
    pub number: u64,
}

impl std::fmt::Debug for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Scene {
    /// A pull request by `dev` that changes `base` so; files without content are removed.
    #[must_use]
    pub fn new(base: &[(&str, &str)], change: &[(&str, &str)]) -> Self {
        let repository = Repository::new();
        repository.commit(1, base);
        repository.git(2, &["checkout", "-q", "-b", "change"]);
        let head = repository.commit(2, change);
        let forge = Forge::github();
        forge.repository(NAME, repository.path());
        forge.token(TOKEN, Token::job(&RIGHTS));
        let number = forge.open(NAME, Pull::of(&head));
        Self { forge, repository, number }
    }

    /// One more commit on the change.
    pub fn push(&self, day: u32, change: &[(&str, &str)]) -> String {
        let head = self.repository.commit(day, change);
        self.forge.push(NAME, self.number, &head);
        head
    }

    /// Arguments of a review.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let number = self.number.to_string();
        let said = [
            "review",
            "--api",
            self.forge.url(),
            "--repository",
            NAME,
            "--pull",
            &number,
            "--pause",
            "0",
            "--today",
            TODAY,
        ];
        said.map(str::to_owned).to_vec()
    }

    /// Reviews, in an empty folder.
    pub fn review(&self, binary: &Binary) -> Run {
        self.review_with(binary, &[], &[])
    }

    /// The same, with more arguments and variables.
    pub fn review_with(&self, binary: &Binary, more: &[&str], variables: &[(&str, &str)]) -> Run {
        let empty = crate::binary::Folder::new();
        self.review_in(binary, empty.path(), more, variables)
    }

    /// The same, in a folder.
    pub fn review_in(
        &self,
        binary: &Binary,
        folder: &Path,
        more: &[&str],
        variables: &[(&str, &str)],
    ) -> Run {
        let mut arguments = self.arguments();
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        let token = [("HALLPASS_TOKEN", TOKEN), ("PATH", "/usr/bin:/bin")];
        let variables: Vec<(&str, &str)> = token.iter().chain(variables).copied().collect();
        binary.run_within(folder, arguments, b"", &variables)
    }

    /// What was said.
    #[must_use]
    pub fn conversation(&self) -> Conversation {
        self.forge.conversation(NAME, self.number)
    }

    /// How many writes succeed while something is done.
    pub fn writes(&self, work: impl FnOnce()) -> usize {
        let before = self.forge.writes();
        work();
        self.forge.writes() - before
    }
}
