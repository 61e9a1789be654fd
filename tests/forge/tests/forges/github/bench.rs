//! A repository, a pull request and a client to try the fake with.

use hallpass_forge::Forge;
use hallpass_forge::github::{Pull, Token};
use tempfile::TempDir;

pub(crate) use crate::client::{Client, Reply, commit, git, lines};

/// `acme/shop` with the pull request 1, which changes line 10 of `app.yml` and adds `new.yml`.
pub(crate) struct Bench {
    pub(crate) forge: Forge,
    pub(crate) folder: TempDir,
    pub(crate) base: String,
    pub(crate) head: String,
}

pub(crate) const PULL: &str = "/repos/acme/shop/pulls/1";
pub(crate) const ISSUE: &str = "/repos/acme/shop/issues/1";

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        git(folder.path(), &["init", "-q"]);
        let base = commit(folder.path(), &[("app.yml", &lines(&[])), ("old.yml", "one\ntwo\nthree\nfour\n")]);
        git(folder.path(), &["checkout", "-q", "-b", "change"]);
        let files = [("app.yml", lines(&[(10, "changed\n")])), ("new.yml", "a\nb\nc\n".to_owned())];
        let head = commit(folder.path(), &files.each_ref().map(|(path, text)| (*path, text.as_str())));
        let forge = Forge::github();
        forge.repository("acme/shop", folder.path());
        let number = forge.open("acme/shop", Pull::of(&head));
        assert_eq!(number, 1);
        let write = [("contents", "read"), ("pull_requests", "write"), ("checks", "write")];
        forge.token("job", Token::job(&write));
        Self { forge, folder, base, head }
    }

    /// Commits on the pull request's branch and pushes.
    pub(crate) fn push(&self, files: &[(&str, &str)]) -> String {
        let head = commit(self.folder.path(), files);
        self.forge.push("acme/shop", 1, &head);
        head
    }

    pub(crate) fn as_job(&self) -> Client {
        self.client("job")
    }

    pub(crate) fn client(&self, secret: &str) -> Client {
        Client::new(
            self.forge.url(),
            &[("user-agent", "test"), ("authorization", &format!("Bearer {secret}"))],
        )
    }
}
