//! The versions of a tree that a change stands between: the merge base of HEAD and a branch, HEAD, and the index.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use gix_hash::ObjectId;
use gix_object::Kind;
use gix_object::TreeRefIter;
use gix_object::tree::EntryKind;

use crate::history::commits;
use crate::history::repository::{Objects, Repository};
use crate::history::revision;
use crate::source::{Blobs, Kept, Root, git};

/// Most files and folders of one version. A few objects that hold each other many times over can stand for billions.
const MOST_ENTRIES: usize = 4_000_000;
/// Digits of a commit's id as people read it.
const SHORT: usize = 10;

/// A version, and what people call it.
#[derive(Debug)]
pub struct Version {
    /// Its files.
    pub kept: Kept,
    /// `main (merge base 1a2b3c4d5e)`.
    pub name: String,
    /// The id of its commit; `None` for the index.
    pub commit: Option<String>,
    /// Whether it is the commit that is checked out: only what is not committed can be new to it.
    pub is_head: bool,
    /// What people should know of it.
    pub remarks: Vec<String>,
}

impl Blobs for Repository {
    fn blob(&self, id: &ObjectId) -> Result<Vec<u8>, String> {
        self.objects().blob(id).map_err(|unread| unread.why())
    }
}

/// A repository and those of its submodules.
struct Stores {
    outer: Arc<Repository>,
    inner: Vec<Arc<Repository>>,
    /// Which submodule has a content.
    of: BTreeMap<ObjectId, usize>,
}

impl Blobs for Stores {
    fn blob(&self, id: &ObjectId) -> Result<Vec<u8>, String> {
        self.of.get(id).and_then(|at| self.inner.get(*at)).unwrap_or(&self.outer).blob(id)
    }
}

/// The merge base of HEAD and what `--base` names.
///
/// # Errors
/// There is no repository, no such commit or no common one: what is missing and how to get it.
pub fn base(root: &Root, reference: &str) -> Result<Version> {
    base_of(root, reference, reference)
}

/// The same, of a reference with another name for people.
///
/// # Errors
/// As above.
pub fn base_of(root: &Root, full: &str, reference: &str) -> Result<Version> {
    let repository = Arc::new(Repository::open(&root.path, "--base")?);
    let objects = repository.objects();
    let is_shallow = !repository.shallow.is_empty();
    let other = revision::resolve(&repository, &objects, full).ok_or_else(|| {
        anyhow!(
            "--base={reference}: `{reference}` names no commit of this clone; {}",
            fetch(is_shallow, reference, false)
        )
    })?;
    let head = revision::resolve(&repository, &objects, "HEAD").ok_or_else(|| {
        anyhow!("--base={reference}: HEAD names no commit; make one, or leave the option out")
    })?;
    let Some(base) = merge_base(&repository, head, other) else {
        bail!(
            "--base={reference}: HEAD and `{reference}` have no commit in common in this clone; {}",
            fetch(is_shallow, reference, true)
        );
    };
    let name = format!("{reference} (merge base {})", short(base));
    let version = of_commit(root, &repository, base, name, true)?;
    Ok(Version { is_head: base == head, ..version })
}

/// Whether a commit is the other one or in its past.
///
/// # Errors
/// There is no repository.
pub fn is_in_past_of(root: &Root, older: &Version, newer: &Version) -> Result<bool> {
    let repository = Repository::open(&root.path, "--base")?;
    let id = |version: &Version| ObjectId::from_hex(version.commit.as_deref()?.as_bytes()).ok();
    let (Some(older), Some(newer)) = (id(older), id(newer)) else { return Ok(false) };
    Ok(older == newer || merge_base(&repository, newer, older) == Some(older))
}

/// What to do about a commit that is not there; `known` where only a common one is not.
fn fetch(is_shallow: bool, reference: &str, known: bool) -> String {
    let branch = reference.strip_prefix("origin/").unwrap_or(reference);
    let is_counted =
        matches!(reference, "HEAD" | "@") || reference.contains(['~', '^']) || reference.contains("@{");
    let is_id = branch.len() >= 7 && branch.bytes().all(|byte| byte.is_ascii_hexdigit());
    let rest = "fetch the rest with `git fetch --unshallow origin`";
    let systems = "(GitHub Actions: `fetch-depth: 0` of actions/checkout; GitLab CI: `GIT_DEPTH: 0`; Azure Pipelines: \
                   `fetchDepth: 0`)";
    match (is_shallow, is_counted) {
        _ if reference.contains("@{") => {
            "what was checked out before (`@{…}`) is not read; give a branch, a tag or a commit id".to_owned()
        }
        (true, true) => format!("this clone is shallow: {rest} {systems}"),
        (true, false) => format!("this clone is shallow: {rest} and `git fetch origin {branch}` {systems}"),
        (false, _) if known => {
            "their histories never met; give a branch or commit that this one came from".to_owned()
        }
        (false, true) => "give a branch, a tag or a commit id of this clone".to_owned(),
        (false, false) if is_id => format!("fetch it with `git fetch origin {branch}`, or give a branch"),
        (false, false) => format!(
            "fetch it with `git fetch origin {branch}` and name it `origin/{branch}`, or give a commit id"
        ),
    }
}

/// HEAD, or an empty tree before the first commit.
///
/// # Errors
/// There is no repository, or HEAD cannot be read.
pub fn head(root: &Root) -> Result<Version> {
    let repository = Arc::new(Repository::open(&root.path, "--staged")?);
    let objects = repository.objects();
    match revision::resolve(&repository, &objects, "HEAD") {
        Some(head) => of_commit(root, &repository, head, format!("HEAD ({})", short(head)), false),
        None => {
            let blobs: Arc<dyn Blobs> = repository;
            let kept = Kept::of(&root.path, blobs, BTreeMap::new(), &BTreeMap::new());
            Ok(Version {
                kept,
                name: "no commit".to_owned(),
                commit: None,
                is_head: false,
                remarks: Vec::new(),
            })
        }
    }
}

/// What is staged for the next commit.
///
/// # Errors
/// There is no repository, its index cannot be read, or a merge left conflicts in it.
pub fn staged(root: &Root) -> Result<Version> {
    let repository = Arc::new(Repository::open(&root.path, "--staged")?);
    let named = std::env::var_os(git::OTHER_INDEX).filter(|value| !value.is_empty());
    let staged = git::staged(&root.path, named.as_deref()).map_err(|why| anyhow!("--staged: {why}"))?;
    let blobs: Arc<dyn Blobs> = repository;
    let kept = Kept::of(&root.path, blobs, staged.files, &staged.links);
    Ok(Version { kept, name: "the index".to_owned(), commit: None, is_head: false, remarks: Vec::new() })
}

fn short(id: ObjectId) -> String {
    id.to_hex_with_len(SHORT).to_string()
}

/// The files of a commit. `submodules`: with those of submodules that lie in the work tree, at the commits that it names, as
/// a walk over the disk would find them.
fn of_commit(
    root: &Root,
    repository: &Arc<Repository>,
    id: ObjectId,
    name: String,
    submodules: bool,
) -> Result<Version> {
    let mut gathered = Gathered { left: MOST_ENTRIES, ..Gathered::default() };
    let mut stores = Stores { outer: Arc::clone(repository), inner: Vec::new(), of: BTreeMap::new() };
    gathered
        .commit(repository, id, &PathBuf::new())
        .map_err(|why| anyhow!("the files of commit {} cannot be read: they are {why}", short(id)))?;
    let mut remarks = Vec::new();
    while let Some((folder, id)) = gathered.submodules.pop().filter(|_| submodules) {
        // Only what is checked out is walked over.
        let disk = root.path.join(&folder);
        if disk.join(".git").symlink_metadata().is_err() || root.within(&disk).is_err() {
            continue;
        }
        let Ok(inner) = Repository::open(&disk, "--base") else { continue };
        let inner = Arc::new(inner);
        let before = gathered.clone();
        if gathered.commit(&inner, id, &folder).is_err() {
            gathered = before;
            remarks.push(format!(
                "submodule {}: commit {} is not in its clone, so that everything in it counts as new; fetch it there with \
                 `git fetch --unshallow`",
                crate::source::slashes(&folder),
                short(id)
            ));
            continue;
        }
        let at = stores.inner.len();
        stores.inner.push(inner);
        let new = gathered.files.iter().chain(&gathered.links).filter(|(path, _)| path.starts_with(&folder));
        stores.of.extend(new.map(|(_, id)| (*id, at)));
    }
    let kept = Kept::of(&root.path, Arc::new(stores), gathered.files, &gathered.links);
    Ok(Version { kept, name, commit: Some(id.to_hex().to_string()), is_head: false, remarks })
}

/// What the trees of commits hold.
#[derive(Clone, Debug, Default)]
struct Gathered {
    files: BTreeMap<PathBuf, ObjectId>,
    links: BTreeMap<PathBuf, ObjectId>,
    submodules: Vec<(PathBuf, ObjectId)>,
    left: usize,
}

impl Gathered {
    /// Adds the files of a commit below a folder.
    fn commit(&mut self, repository: &Arc<Repository>, id: ObjectId, below: &Path) -> Result<(), String> {
        let objects: Objects = repository.objects();
        let commit = commits::read(repository, &objects, id).map_err(|why| why.why())?;
        let mut open = vec![(below.to_path_buf(), commit.tree)];
        while let Some((folder, tree)) = open.pop() {
            let bytes = objects.read(&tree, Kind::Tree).map_err(|why| why.why())?;
            for entry in TreeRefIter::from_bytes(&bytes, gix_hash::Kind::Sha1) {
                let entry = entry.map_err(|_| "damaged (see `git fsck`)".to_owned())?;
                self.left = self.left.checked_sub(1).ok_or_else(|| format!("more than {MOST_ENTRIES}"))?;
                let path = folder.join(git::native(entry.filename));
                match entry.mode.kind() {
                    EntryKind::Tree => open.push((path, entry.oid.to_owned())),
                    EntryKind::Blob | EntryKind::BlobExecutable => {
                        self.files.insert(path, entry.oid.to_owned());
                    }
                    EntryKind::Link => drop(self.links.insert(path, entry.oid.to_owned())),
                    EntryKind::Commit => self.submodules.push((path, entry.oid.to_owned())),
                }
            }
        }
        Ok(())
    }
}

/// The best commit that both have in their past. A repository is input like any other, so that a reader's panic over one is
/// no common commit.
fn merge_base(repository: &Repository, head: ObjectId, other: ObjectId) -> Option<ObjectId> {
    let search = || {
        let handle = repository.store().to_cache_arc();
        let mut graph = gix_revision::Graph::new(handle, None);
        let bases = gix_revision::merge_base(head, &[other], &mut graph).ok()??;
        Some(*bases.first())
    };
    catch_unwind(AssertUnwindSafe(search)).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::fetch;

    #[test]
    fn what_to_fetch_is_something_that_can_be_fetched() {
        assert!(
            fetch(false, "origin/main", false).contains("`git fetch origin main` and name it `origin/main`")
        );
        assert!(fetch(true, "origin/main", true).contains("--unshallow origin` and `git fetch origin main`"));
        for counted in ["HEAD~99", "@{-1}", "main^2", "HEAD"] {
            assert!(!fetch(false, counted, false).contains("fetch"), "{counted}");
        }
        assert!(!fetch(true, "HEAD~99", false).contains("origin HEAD"));
        assert!(!fetch(false, "0123abcd", false).contains("name it"));
        assert!(!fetch(false, "main", true).contains("fetch"));
    }
}
