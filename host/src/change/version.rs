//! The versions of a tree that a change stands between: the merge base of HEAD and a branch, HEAD, and the index.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
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
}

impl Blobs for Repository {
    fn blob(&self, id: &ObjectId) -> Result<Vec<u8>, String> {
        self.objects().blob(id).map_err(|unread| unread.why())
    }
}

/// The merge base of HEAD and what `--base` names.
///
/// # Errors
/// There is no repository, no such commit or no common one: what is missing and how to get it.
pub fn base(root: &Root, reference: &str) -> Result<Version> {
    let repository = Arc::new(Repository::open(&root.path, "--base")?);
    let objects = repository.objects();
    let other = revision::resolve(&repository, &objects, reference).ok_or_else(|| {
        anyhow!(
            "--base={reference}: `{reference}` names no commit of this clone; {}",
            fetch(&repository, reference)
        )
    })?;
    let head = revision::resolve(&repository, &objects, "HEAD").ok_or_else(|| {
        anyhow!("--base={reference}: HEAD names no commit; make one, or leave the option out")
    })?;
    let Some(base) = merge_base(&repository, head, other) else {
        bail!(
            "--base={reference}: HEAD and `{reference}` have no commit in common in this clone; {}",
            fetch(&repository, reference)
        );
    };
    let name = format!("{reference} (merge base {})", short(base));
    of_commit(&repository, &objects, base, name)
}

/// What to do about a commit that is not there.
fn fetch(repository: &Repository, reference: &str) -> String {
    let branch = reference.strip_prefix("origin/").unwrap_or(reference);
    match repository.shallow.is_empty() {
        true => format!(
            "fetch it with `git fetch origin {branch}` and name it `origin/{branch}`, or give a commit id"
        ),
        false => format!(
            "this clone is shallow: fetch the rest with `git fetch --unshallow origin` and `git fetch origin {branch}` \
             (GitHub Actions: `fetch-depth: 0` of actions/checkout; GitLab CI: `GIT_DEPTH: 0`; Azure Pipelines: \
             `fetchDepth: 0`)"
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
        Some(head) => of_commit(&repository, &objects, head, format!("HEAD ({})", short(head))),
        None => {
            let blobs: Arc<dyn Blobs> = repository;
            let kept = Kept::of(blobs, BTreeMap::new(), &BTreeMap::new());
            Ok(Version { kept, name: "no commit".to_owned(), commit: None })
        }
    }
}

/// What is staged for the next commit.
///
/// # Errors
/// There is no repository, its index cannot be read, or a merge left conflicts in it.
pub fn staged(root: &Root) -> Result<Version> {
    let repository = Arc::new(Repository::open(&root.path, "--staged")?);
    let staged = git::staged(&root.path).map_err(|why| anyhow!("--staged: {why}"))?;
    let blobs: Arc<dyn Blobs> = repository;
    let kept = Kept::of(blobs, staged.files, &staged.links);
    Ok(Version { kept, name: "the index".to_owned(), commit: None })
}

fn short(id: ObjectId) -> String {
    id.to_hex_with_len(SHORT).to_string()
}

fn of_commit(repository: &Arc<Repository>, objects: &Objects, id: ObjectId, name: String) -> Result<Version> {
    let unread = |why: String| anyhow!("the files of commit {} cannot be read: they are {why}", short(id));
    let commit = commits::read(repository, objects, id).map_err(|why| unread(why.why()))?;
    let mut files = BTreeMap::new();
    let mut links = BTreeMap::new();
    let mut left = MOST_ENTRIES;
    let mut open = vec![(PathBuf::new(), commit.tree)];
    while let Some((folder, tree)) = open.pop() {
        let bytes = objects.read(&tree, Kind::Tree).map_err(|why| unread(why.why()))?;
        for entry in TreeRefIter::from_bytes(&bytes, gix_hash::Kind::Sha1) {
            let entry = entry.map_err(|_| unread("damaged (see `git fsck`)".to_owned()))?;
            left = left.checked_sub(1).ok_or_else(|| unread(format!("more than {MOST_ENTRIES}")))?;
            let path = folder.join(git::native(entry.filename));
            match entry.mode.kind() {
                EntryKind::Tree => open.push((path, entry.oid.to_owned())),
                EntryKind::Blob | EntryKind::BlobExecutable => drop(files.insert(path, entry.oid.to_owned())),
                EntryKind::Link => drop(links.insert(path, entry.oid.to_owned())),
                // A submodule's files are its own repository's.
                EntryKind::Commit => {}
            }
        }
    }
    let blobs: Arc<dyn Blobs> = Arc::clone(repository) as Arc<dyn Blobs>;
    Ok(Version { kept: Kept::of(blobs, files, &links), name, commit: Some(id.to_hex().to_string()) })
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
