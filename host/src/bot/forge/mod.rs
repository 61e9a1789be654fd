//! A forge in the bot's words. What a forge calls its things, and how it wants to be asked, stays in its own folder.

pub mod gitea;
pub mod github;
pub mod gitlab;
mod hub;

use std::fmt::Debug;

use super::client::Failure;

/// A kind of forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Provider {
    /// GitHub, GitHub Enterprise Server.
    Github,
    /// GitLab.
    Gitlab,
    /// Gitea, Forgejo.
    Gitea,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Github, Self::Gitlab, Self::Gitea];

    /// Whether a repository there may be called so.
    #[must_use]
    pub fn names(self, repository: &str) -> bool {
        match self {
            Self::Gitlab => is_path(repository),
            Self::Github | Self::Gitea => is_name(repository),
        }
    }
}

/// The two ends of a change, as the forge names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Its number in the repository.
    pub number: u64,
    /// Commit that the target branch stands at.
    pub base: String,
    /// Commit of the target branch that the forge's own diff begins from.
    pub start: String,
    /// Name of the target branch.
    pub branch: String,
    /// Last commit of the change.
    pub head: String,
    /// The best commit that both have in their past.
    pub merge_base: String,
    /// Login of whoever opened it.
    pub author: String,
    /// Whether it can still be merged.
    pub open: bool,
    /// Whether its head lies in another repository.
    pub fork: bool,
    /// The forge's number of the repository, which stays when that is renamed.
    pub repository: u64,
}

/// What a change does to one file, as the forge shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Path in the head.
    pub path: String,
    /// Path in the base, if it is another.
    pub was: Option<String>,
    /// Its hunks as a unified diff; none where the forge shows none (binary, too large, only renamed).
    pub diff: Option<String>,
}

/// What kind of thing a tree lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A symbolic link.
    Link,
}

/// An entry of a commit's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Path from the root, with `/`.
    pub path: String,
    /// File or link; folders and submodules are not listed.
    pub kind: Kind,
    /// Object id of the content, hexadecimal.
    pub id: String,
    /// Size in bytes, where the forge says it.
    pub size: Option<u64>,
}

/// Something that somebody said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The forge's id.
    pub id: u64,
    /// Login of the author.
    pub author: String,
    /// Markdown.
    pub body: String,
    /// Where it can be read.
    pub url: String,
}

/// A conversation about a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// What opened it.
    pub first: Note,
    /// File that it is about, where the forge still knows.
    pub path: String,
    /// First and last line of the head that it is about; none where the change does not show them any more.
    pub lines: Option<(usize, usize)>,
    /// Answers, oldest first.
    pub replies: Vec<Note>,
    /// What it takes to resolve it; none where that is not known.
    pub handle: Option<String>,
    /// Whether it is resolved, where that is known.
    pub resolved: Option<bool>,
}

impl Thread {
    /// Whether the forge knows it by this: its handle, or the comment that opened it.
    #[must_use]
    pub fn is(&self, known: &str) -> bool {
        self.handle.as_deref() == Some(known) || self.first.id.to_string() == known
    }
}

/// What was said about a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// What stands below the change as a whole, oldest first.
    pub notes: Vec<Note>,
    /// Conversations about lines, oldest first.
    pub threads: Vec<Thread>,
}

/// A comment to be made about lines of the head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inline {
    /// Path in the head.
    pub path: String,
    /// Last line, from 1.
    pub line: usize,
    /// First line, where there are several.
    pub first: Option<usize>,
    /// Path in the base.
    pub was: String,
    /// Which line of the base it was, if the change leaves it as it is.
    pub old: Option<usize>,
    /// Markdown.
    pub body: String,
}

/// One thing to do. Everything else a forge can do, the bot does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// New comments about lines, together where the forge can.
    Inline(Vec<Inline>),
    /// Another text for a comment of ours about a line.
    EditInline {
        /// Which.
        id: u64,
        /// Markdown.
        body: String,
    },
    /// A comment of ours that says what another one says, and that nobody answered.
    DeleteInline(u64),
    /// Marks a thread as done, if the token happens to allow it.
    Resolve(String),
    /// A comment below the change as a whole.
    Note(String),
    /// Another text for such a comment of ours.
    EditNote {
        /// Which.
        id: u64,
        /// Markdown.
        body: String,
    },
    /// Such a comment of ours that says what another one says.
    DeleteNote(u64),
    /// An answer to somebody in a thread.
    Reply {
        /// The comment that opened it.
        thread: u64,
        /// What it takes to resolve it, where that is known.
        handle: Option<String>,
        /// Markdown.
        body: String,
    },
}

/// How bad a remark in a list of them is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// To be known.
    Notice,
    /// To be looked at.
    Warning,
    /// Fails the run.
    Failure,
}

/// A finding as an entry of the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// Path in the head.
    pub path: String,
    /// First and last line, from 1.
    pub lines: (usize, usize),
    /// First and last column, from 1, where it stands on one line.
    pub columns: Option<(usize, usize)>,
    /// How bad.
    pub level: Level,
    /// What kind of thing.
    pub title: String,
    /// What is wrong.
    pub message: String,
}

/// What the run came to, for the forge's own list of checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether the change may go on.
    pub passes: bool,
    /// One line.
    pub title: String,
    /// Markdown.
    pub summary: String,
    /// Every finding, worst first.
    pub annotations: Vec<Annotation>,
    /// Changes whenever any of the above does.
    pub digest: String,
}

/// How a comment proposes other text for lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suggestions {
    /// Not at all.
    None,
    /// For the lines that it is about, which may be several.
    Lines,
    /// For its one line, and so many above it as the proposal says.
    Above,
}

/// What the forge can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest comment, in characters.
    pub body: usize,
    /// How a comment proposes other text for lines.
    pub suggestions: Suggestions,
    /// Whether it tells us what people answer below a comment about a line.
    pub hears_replies: bool,
    /// Whether it says which lines a change shows; where not, they are told from both versions.
    pub shows_diffs: bool,
}

/// What became of a write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Comments that the forge does not take where they were to stand: indices into [`Write::Inline`].
    pub unplaced: Vec<usize>,
    /// Login of whoever it was posted as, where the forge says it.
    pub author: Option<String>,
    /// How many calls wrote something.
    pub calls: usize,
}

/// A forge's repository, as the bot's identity sees it. Whatever it answers is input like any other.
pub trait Forge: Send + Sync + Debug {
    /// `owner/name`, for people.
    fn repository(&self) -> &str;

    /// What it can hold.
    fn limits(&self) -> Limits;

    /// A pull request.
    ///
    /// # Errors
    /// It is not there, or the forge does not answer.
    fn request(&self, number: u64) -> Result<Request, Failure>;

    /// The open pull request whose last commit is this one; `branch` is its owner and name, where they are known.
    ///
    /// # Errors
    /// The forge does not answer.
    fn find(&self, branch: Option<&(String, String)>, commit: &str) -> Result<Option<u64>, Failure>;

    /// Open pull requests, with their heads.
    ///
    /// # Errors
    /// The forge does not answer.
    fn open(&self) -> Result<Vec<(u64, String)>, Failure>;

    /// The last commit of a pull request as it is now, and whether it is open.
    ///
    /// # Errors
    /// It is not there, or the forge does not answer.
    fn now(&self, number: u64) -> Result<(String, bool), Failure>;

    /// What a pull request does to each file.
    ///
    /// # Errors
    /// The forge does not answer.
    fn patches(&self, request: &Request) -> Result<Vec<Patch>, Failure>;

    /// Files and links of a commit.
    ///
    /// # Errors
    /// It is not there, or the forge does not answer.
    fn listing(&self, commit: &str) -> Result<Vec<Listed>, Failure>;

    /// A file's content, by object id.
    ///
    /// # Errors
    /// It is not there, or the forge does not answer.
    fn blob(&self, id: &str) -> Result<Vec<u8>, Failure>;

    /// What was said about a pull request.
    ///
    /// # Errors
    /// The forge does not answer.
    fn conversation(&self, request: &Request) -> Result<Conversation, Failure>;

    /// Login under which the bot posts.
    ///
    /// # Errors
    /// The forge does not say.
    fn identity(&self) -> Result<String, Failure>;

    /// Whether somebody may write to the repository.
    ///
    /// # Errors
    /// The forge does not answer.
    fn may_write(&self, login: &str) -> Result<bool, Failure>;

    /// Writes.
    ///
    /// # Errors
    /// It was refused, or what became of it is not known ([`Failure::Unknown`]).
    fn write(&self, request: &Request, write: &Write) -> Result<Written, Failure>;

    /// Says what the run came to, unless that is what the forge knows already: `false`.
    ///
    /// # Errors
    /// It was refused, or what became of it is not known.
    fn status(&self, request: &Request, status: &Status) -> Result<bool, Failure>;

    /// Where a line of the head can be looked at.
    fn link(&self, request: &Request, path: &str, line: usize) -> String;
}

/// The login that the forge says a token posts under, against the one that somebody said. Tokens of jobs and Apps may not ask.
fn claimed(said: Option<&str>, asked: Result<String, Failure>) -> Result<String, Failure> {
    match (asked, said) {
        (Ok(posts), Some(known)) if !is_same(&posts, known) => {
            Err(Failure::Login { posts, known: known.to_owned() })
        }
        (Err(Failure::Refused { .. } | Failure::Missing { .. }), Some(known)) => Ok(known.to_owned()),
        (asked, _) => asked,
    }
}

/// Whether two logins are one: forges know no case.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// `owner/name`, of characters that forges allow: it becomes a part of addresses.
fn is_name(repository: &str) -> bool {
    is_path(repository) && repository.matches('/').count() == 1
}

/// The same with groups in groups.
fn is_path(repository: &str) -> bool {
    let is_part = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    repository.contains('/') && repository.split('/').all(is_part)
}

/// An object id of git, as forges write it: it becomes a part of addresses.
fn is_id(id: &str) -> bool {
    matches!(id.len(), 40 | 64) && id.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What stands in a request, unless it could not be one.
fn checked(what: &str, ids: &[&str]) -> Result<(), Failure> {
    match ids.iter().all(|id| is_id(id)) {
        true => Ok(()),
        false => Err(Failure::Malformed {
            what: what.to_owned(),
            said: "a commit of it is no object id of git".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_two_plain_parts() {
        for name in ["acme/shop", "a-b/c_d.e"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "acme",
            "acme/shop/x",
            "acme/",
            "/shop",
            "../x",
            "acme/..",
            "a b/c",
            "acme/shop?x",
            "acme/sh%2fop",
        ] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_path("acme/web/shop") && !is_path("acme/../shop") && !is_path("acme"));
    }
}
