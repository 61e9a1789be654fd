//! Real repositories, read through the `git` program. Objects never change, so what was read of one is kept.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::diff::{FileDiff, diff};

/// What git printed for its arguments.
type Outputs = HashMap<Vec<String>, Vec<u8>>;

/// What changed between two commits.
type Diffs = HashMap<(String, String), Arc<Vec<FileDiff>>>;

/// The commits that names stand for.
type Named = HashMap<String, Option<String>>;

/// A repository in a folder.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    folder: PathBuf,
    /// Where its objects lie.
    objects: PathBuf,
    /// The object folders of the other repositories of its network: a forge lets a repository and its forks read each
    /// other's commits.
    network: Vec<PathBuf>,
    kept: Arc<Mutex<Outputs>>,
    diffs: Arc<Mutex<Diffs>>,
    named: Arc<Mutex<Named>>,
}

/// Who wrote or committed, and when.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    pub(crate) name: String,
    pub(crate) email: String,
    /// In UTC, to the second.
    pub(crate) date: String,
}

/// A commit.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) sha: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) author: Signature,
    pub(crate) committer: Signature,
    pub(crate) message: String,
}

/// A line of a tree.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) mode: String,
    /// `blob`, `tree` or `commit` (a submodule).
    pub(crate) kind: String,
    pub(crate) sha: String,
    /// In bytes; only of a blob.
    pub(crate) size: Option<u64>,
    pub(crate) path: String,
}

impl Git {
    /// # Panics
    /// There is no repository.
    pub(crate) fn open(folder: &Path) -> Self {
        let mut git = Self {
            folder: folder.to_owned(),
            objects: PathBuf::new(),
            network: Vec::new(),
            kept: Arc::default(),
            diffs: Arc::default(),
            named: Arc::default(),
        };
        let objects = git.text(&["rev-parse", "--git-path", "objects"]);
        git.objects =
            folder.join(objects.unwrap_or_else(|| panic!("no git repository: {}", folder.display())));
        git
    }

    /// Standard output, or nothing if git fails.
    pub(crate) fn run(&self, arguments: &[&str]) -> Option<Vec<u8>> {
        let network = std::env::join_paths(&self.network).expect("folders without a colon");
        let output = Command::new("git")
            .args(["-c", "core.quotePath=false", "-c", "core.autocrlf=false"])
            .args(arguments)
            .current_dir(&self.folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", network)
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .output()
            .expect("git is installed");
        output.status.success().then_some(output.stdout)
    }

    fn text(&self, arguments: &[&str]) -> Option<String> {
        self.run(arguments).map(|output| String::from_utf8_lossy(&output).trim().to_owned())
    }

    /// As `run`, of objects named by their digests only.
    pub(crate) fn immutable(&self, arguments: &[&str]) -> Option<Vec<u8>> {
        let key: Vec<String> = arguments.iter().map(|&a| a.to_owned()).collect();
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(output) = kept().get(&key) {
            return Some(output.clone());
        }
        // What is not there is not kept: it may come with a push.
        let output = self.run(arguments)?;
        kept().insert(key, output.clone());
        Some(output)
    }

    /// What changed from one commit to another, read once.
    pub(crate) fn diff(&self, from: &str, to: &str) -> Arc<Vec<FileDiff>> {
        let key = (from.to_owned(), to.to_owned());
        let known = || self.diffs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(files) = known().get(&key) {
            return Arc::clone(files);
        }
        let files = Arc::new(diff(self, from, to));
        known().insert(key, Arc::clone(&files));
        files
    }

    /// Branches may have moved since.
    pub(crate) fn look_again(&self) {
        self.named.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The commit a revision names. Only whole digests and names of branches and tags: a forge knows no `HEAD~1`. What a
    /// name stands for is kept until `look_again`.
    pub(crate) fn commit(&self, revision: &str) -> Option<String> {
        let known = || self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(revision) {
            return found.clone();
        }
        let found = self.resolve(revision);
        known().insert(revision.to_owned(), found.clone());
        found
    }

    fn resolve(&self, revision: &str) -> Option<String> {
        let plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
        if revision.starts_with('-')
            || revision.is_empty()
            || !revision.chars().all(plain)
            || revision.contains("..")
        {
            return None;
        }
        let resolve =
            |name: &str| self.text(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")]);
        if is_digest(revision) {
            return resolve(revision);
        }
        resolve(&format!("refs/heads/{revision}"))
            .or_else(|| resolve(&format!("refs/tags/{revision}")))
            .or_else(|| resolve(revision.strip_prefix("refs/").map(|_| revision)?))
    }

    pub(crate) fn merge_base(&self, one: &str, other: &str) -> Option<String> {
        let output = self.immutable(&["merge-base", one, other])?;
        Some(String::from_utf8_lossy(&output).trim().to_owned())
    }

    /// Moves a branch.
    ///
    /// # Panics
    /// The commit is not there.
    pub(crate) fn move_branch(&self, branch: &str, sha: &str) {
        let moved = self.run(&["update-ref", &format!("refs/heads/{branch}"), sha]);
        assert!(moved.is_some(), "{branch} cannot be moved to {sha}");
        self.look_again();
    }

    pub(crate) fn describe(&self, sha: &str) -> Option<Commit> {
        let format = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B";
        let output = self.immutable(&["show", "-s", "--no-show-signature", format, sha])?;
        let text = String::from_utf8_lossy(&output).into_owned();
        let fields: Vec<&str> = text.splitn(10, '\0').collect();
        let &[
            sha,
            tree,
            parents,
            author,
            author_mail,
            authored,
            committer,
            committer_mail,
            committed,
            message,
        ] = fields.as_slice()
        else {
            return None;
        };
        let signed = |name: &str, email: &str, seconds: &str| {
            let date = Timestamp::from_second(seconds.parse().ok()?).ok()?.to_string();
            Some(Signature { name: name.to_owned(), email: email.to_owned(), date })
        };
        Some(Commit {
            sha: sha.to_owned(),
            tree: tree.to_owned(),
            parents: parents.split_whitespace().map(ToOwned::to_owned).collect(),
            author: signed(author, author_mail, authored)?,
            committer: signed(committer, committer_mail, committed)?,
            message: message.trim_end().to_owned(),
        })
    }

    /// The commits of `head` that `base` lacks, oldest first.
    pub(crate) fn between(&self, base: &str, head: &str) -> Vec<String> {
        let range = format!("{base}..{head}");
        let output = self.immutable(&["rev-list", "--reverse", "--topo-order", &range]).unwrap_or_default();
        String::from_utf8_lossy(&output).lines().map(ToOwned::to_owned).collect()
    }

    /// The entries of a tree; with `recursive`, of all below it, folders included.
    pub(crate) fn entries(&self, tree: &str, recursive: bool) -> Option<Vec<Entry>> {
        let mut arguments = vec!["ls-tree", "-z", "-l"];
        if recursive {
            arguments.extend(["-r", "-t"]);
        }
        arguments.push(tree);
        let output = self.immutable(&arguments)?;
        let text = String::from_utf8_lossy(&output).into_owned();
        let entry = |line: &str| {
            let (meta, path) = line.split_once('\t')?;
            let mut meta = meta.split_whitespace();
            Some(Entry {
                mode: meta.next()?.to_owned(),
                kind: meta.next()?.to_owned(),
                sha: meta.next()?.to_owned(),
                size: meta.next()?.parse().ok(),
                path: path.to_owned(),
            })
        };
        Some(text.split_terminator('\0').filter_map(entry).collect())
    }

    /// `blob`, `tree`, `commit` or `tag`.
    pub(crate) fn kind(&self, sha: &str) -> Option<String> {
        if !is_digest(sha) {
            return None;
        }
        let output = self.immutable(&["cat-file", "-t", sha])?;
        Some(String::from_utf8_lossy(&output).trim().to_owned())
    }

    pub(crate) fn blob(&self, sha: &str) -> Option<Vec<u8>> {
        (self.kind(sha)? == "blob").then(|| self.immutable(&["cat-file", "blob", sha]))?
    }

    /// The digest of the file at a path of a commit.
    pub(crate) fn file(&self, commit: &str, path: &str) -> Option<String> {
        let output = self.immutable(&["rev-parse", "--verify", "--quiet", &format!("{commit}:{path}")])?;
        Some(String::from_utf8_lossy(&output).trim().to_owned())
    }
}

/// Lets repositories of the same root, a repository and its forks, read each other's objects.
pub(crate) fn join_networks(mut members: Vec<(String, &mut Git)>) {
    let all: Vec<_> = members.iter().map(|(root, git)| (root.clone(), git.objects.clone())).collect();
    for (root, git) in &mut members {
        let others = all.iter().filter(|(other, objects)| other == root && *objects != git.objects);
        git.network = others.map(|(_, objects)| objects.clone()).collect();
        git.kept = Arc::default();
        git.named = Arc::default();
    }
}

/// Whether a text is a whole object name.
pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}
