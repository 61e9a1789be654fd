//! A tree that git keeps: a commit's, or the index. Its files are read from git's objects, never from the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use gix_hash::ObjectId;

use super::Read;
use super::root::MISSING;

/// Most links that lead from one to the next.
const MOST_LINKS: usize = 8;

/// Reads the contents of files.
pub trait Blobs: Send + Sync {
    /// A content.
    ///
    /// # Errors
    /// Why it cannot be read, in words after "it is".
    fn blob(&self, id: &ObjectId) -> Result<Vec<u8>, String>;
}

/// The files of such a tree, by their paths from the root.
#[derive(Clone)]
pub struct Kept {
    blobs: Arc<dyn Blobs>,
    files: Arc<BTreeMap<PathBuf, ObjectId>>,
    /// The files directly in each folder.
    folders: Arc<BTreeMap<PathBuf, Vec<PathBuf>>>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("files", &self.files.len()).finish_non_exhaustive()
    }
}

impl Kept {
    /// The tree of these files. `links` are symbolic links: those that lead to a file of the tree are files as well.
    #[must_use]
    pub fn of(
        blobs: Arc<dyn Blobs>,
        mut files: BTreeMap<PathBuf, ObjectId>,
        links: &BTreeMap<PathBuf, ObjectId>,
    ) -> Self {
        let targets: BTreeMap<&Path, PathBuf> = links
            .iter()
            .filter_map(|(path, id)| {
                let target = blobs.blob(id).ok()?;
                Some((path.as_path(), inside(path.parent()?, Path::new(std::str::from_utf8(&target).ok()?))?))
            })
            .collect();
        let mut followed = Vec::new();
        for path in links.keys() {
            let mut at = path.as_path();
            for _ in 0..MOST_LINKS {
                match targets.get(at) {
                    Some(target) => at = target,
                    None => break,
                }
            }
            followed.extend(files.get(at).map(|id| (path.clone(), *id)));
        }
        files.extend(followed);
        let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for path in files.keys() {
            folders
                .entry(path.parent().unwrap_or(Path::new("")).to_path_buf())
                .or_default()
                .push(path.clone());
        }
        Self { blobs, files: Arc::new(files), folders: Arc::new(folders) }
    }

    /// Every file.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// Whether it has a file.
    #[must_use]
    pub fn has(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    /// The files directly in a folder.
    #[must_use]
    pub fn list(&self, folder: &Path) -> &[PathBuf] {
        self.folders.get(folder).map(Vec::as_slice).unwrap_or_default()
    }

    /// A file.
    #[must_use]
    pub fn read(&self, path: &Path) -> Read {
        match self.files.get(path).map(|id| self.blobs.blob(id)) {
            Some(Ok(bytes)) => super::told(bytes),
            Some(Err(why)) => Read::Refused(format!("it is {why}")),
            None => Read::Refused(MISSING.to_owned()),
        }
    }

    /// The files that another such tree has not, or with another content, and the other way round.
    #[must_use]
    pub fn differs(&self, other: &Self) -> BTreeSet<PathBuf> {
        let one_way = |a: &Self, b: &Self| -> Vec<PathBuf> {
            a.files
                .iter()
                .filter(|(path, id)| b.files.get(*path) != Some(id))
                .map(|(p, _)| p.clone())
                .collect()
        };
        one_way(self, other).into_iter().chain(one_way(other, self)).collect()
    }
}

/// The path that a link in a folder means, if it stays inside the root.
fn inside(folder: &Path, target: &Path) -> Option<PathBuf> {
    let mut path = folder.to_path_buf();
    for part in target.components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}
