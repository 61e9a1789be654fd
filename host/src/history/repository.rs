//! The repository around a tree, read from its files as the library understands them: worktrees, packs, alternates,
//! shallow clones. No git program is run, and no configuration of the repository is obeyed.

use std::cell::RefCell;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use gix_hash::ObjectId;
use gix_object::{Find as _, FindHeader as _, Kind};

use super::cache::Generations;
use crate::source::{MAX_FILE_BYTES, git};

/// Half of each thread's memory for objects that others are deltas of, in bytes. Files with a long history are megabytes, and
/// without it each version would be put together from the first.
const CACHE: usize = 24 << 20;

/// A repository: its objects, and where its references are.
pub(crate) struct Repository {
    store: Arc<gix_odb::Store>,
    git: PathBuf,
    common: PathBuf,
    /// Commits whose parents were left out when the repository was cloned.
    pub(crate) shallow: HashSet<ObjectId>,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository").finish_non_exhaustive()
    }
}

impl Repository {
    /// The repository whose work tree has this root; `option` is what needs it.
    pub(crate) fn open(root: &Path, option: &str) -> Result<Self> {
        let dir = git::git_dir(root).filter(|dir| dir.join("HEAD").symlink_metadata().is_ok());
        let Some(dir) = dir else {
            bail!(
                "{option}: no git repository holds {}; give a path inside the work tree of one, or leave the option out",
                root.display()
            );
        };
        if !git::is_sha1(&dir) {
            bail!(
                "{option}: this repository names its objects by SHA-256, which hallpass does not read; \
                 leave the option out to check the files alone"
            );
        }
        let common = git::common_dir(&dir);
        if common.join("reftable").is_dir() {
            bail!(
                "{option}: this repository keeps its branches in a reftable, which hallpass does not read; \
                 convert it with `git refs migrate --ref-format=files`"
            );
        }
        let limit = usize::try_from(MAX_FILE_BYTES).unwrap_or(usize::MAX);
        let options = gix_odb::store::init::Options { alloc_limit_bytes: Some(limit), ..Default::default() };
        let store = gix_odb::Store::at_opts(
            common.join("objects"),
            gix_hash::Kind::Sha1,
            &mut std::iter::empty(),
            options,
        )
        .with_context(|| {
            format!("{option}: the objects of the git repository cannot be read; see what `git fsck` says")
        })?;
        let shallow = shallow(&common);
        Ok(Self { store: Arc::new(store), git: dir, common, shallow })
    }

    /// Branches, tags and HEAD.
    pub(super) fn references(&self) -> gix_ref::file::Store {
        let (git, common, kind) = (self.git.clone(), self.common.clone(), gix_hash::Kind::Sha1);
        if git == common {
            gix_ref::file::Store::at(git, kind)
        } else {
            gix_ref::file::Store::for_linked_worktree(git, common, kind)
        }
    }

    /// Where objects are, for those who read a few of them now and then.
    pub(crate) fn store(&self) -> Arc<gix_odb::Store> {
        Arc::clone(&self.store)
    }

    /// A reader of objects, one for each thread.
    pub(crate) fn objects(&self) -> Objects {
        let mut handle = self.store.to_cache_arc();
        handle.set_pack_cache(|| Box::new(Generations::of(CACHE)));
        // Where objects are missing, there may be many, and the disk would be searched anew for each.
        handle.refresh_never();
        Objects { handle, compared: RefCell::default() }
    }
}

/// The commits at which a shallow clone ends.
fn shallow(common: &Path) -> HashSet<ObjectId> {
    let text = std::fs::read(common.join("shallow")).unwrap_or_default();
    text.split(|byte| *byte == b'\n').filter_map(|line| ObjectId::from_hex(line.trim_ascii()).ok()).collect()
}

/// Why an object cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unread {
    /// A partial clone leaves objects out.
    Missing,
    TooLarge,
    Damaged,
}

impl Unread {
    /// In words, after "it" or "they".
    pub(crate) fn why(self) -> String {
        match self {
            Self::Missing => {
                "not in this clone (it is partial, or objects were lost; see `git fsck`)".to_owned()
            }
            Self::TooLarge => format!("larger than {} MiB", MAX_FILE_BYTES >> 20),
            Self::Damaged => "damaged in the repository (see `git fsck`)".to_owned(),
        }
    }
}

/// Reads objects on one thread.
pub(crate) struct Objects {
    handle: gix_odb::HandleArc,
    /// The content of a file read last for comparison: most often it is the next to be checked.
    compared: RefCell<Option<(ObjectId, Vec<u8>)>>,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}

impl Objects {
    /// The content of an object of a kind.
    pub(crate) fn read(&self, id: &ObjectId, kind: Kind) -> Result<Vec<u8>, Unread> {
        let (found, bytes) = self.any(id)?;
        if found == kind { Ok(bytes) } else { Err(Unread::Damaged) }
    }

    /// Whether there is such an object.
    #[cfg(feature = "bot")]
    pub(crate) fn has(&self, id: &ObjectId) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.handle.try_header(id).is_ok_and(|found| found.is_some())))
            .unwrap_or(false)
    }

    /// A file's content.
    pub(crate) fn blob(&self, id: &ObjectId) -> Result<Vec<u8>, Unread> {
        match self.compared.take() {
            Some((compared, bytes)) if compared == *id => Ok(bytes),
            _ => self.read(id, Kind::Blob),
        }
    }

    /// The content of a file that another is compared with.
    pub(super) fn compared(&self, id: &ObjectId) -> Result<Vec<u8>, Unread> {
        let bytes = self.blob(id)?;
        *self.compared.borrow_mut() = Some((*id, bytes.clone()));
        Ok(bytes)
    }

    /// An object with its kind. Packs are input like any other, so that a reader's panic over one is damage there.
    pub(super) fn any(&self, id: &ObjectId) -> Result<(Kind, Vec<u8>), Unread> {
        let most = usize::try_from(MAX_FILE_BYTES).unwrap_or(usize::MAX);
        let read = || {
            let mut buffer = Vec::new();
            match self.handle.try_find(id, &mut buffer) {
                Ok(Some(data)) if data.data.len() > most => Err(Unread::TooLarge),
                Ok(Some(data)) => Ok((data.kind, data.data.to_vec())),
                Ok(None) => Err(Unread::Missing),
                Err(_) => match self.handle.try_header(id) {
                    Ok(Some(header)) if header.size > MAX_FILE_BYTES => Err(Unread::TooLarge),
                    _ => Err(Unread::Damaged),
                },
            }
        };
        catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(Unread::Damaged))
    }

    /// The one object that a shortened id names.
    pub(super) fn by_prefix(&self, hex: &str) -> Option<ObjectId> {
        let prefix = gix_hash::Prefix::from_hex(hex).ok()?;
        let mut candidates = HashSet::new();
        self.handle.lookup_prefix(prefix, Some(&mut candidates)).ok()?;
        let commits =
            candidates.into_iter().filter(|id| matches!(self.any(id), Ok((Kind::Commit | Kind::Tag, _))));
        let mut commits: Vec<ObjectId> = commits.collect();
        if commits.len() == 1 { commits.pop() } else { None }
    }
}
