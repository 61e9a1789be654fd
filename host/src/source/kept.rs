//! A tree that git keeps: a commit's, or the index. Its files are read from git's objects, never from the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix_hash::ObjectId;

use super::Read;
use super::links::{Led, Links};
use super::root::MISSING;

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
    /// Links that lead to no file of the tree, and why they are not followed.
    refused: Arc<Vec<(PathBuf, String)>>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("files", &self.files.len()).finish_non_exhaustive()
    }
}

impl Kept {
    /// The tree of these files. `links` are symbolic links: those that lead to a file of the tree are files as well. `root`
    /// is where the tree stands on disk: a link out of it leads there in every version.
    #[must_use]
    pub fn of(
        root: &Path,
        blobs: Arc<dyn Blobs>,
        mut files: BTreeMap<PathBuf, ObjectId>,
        links: &BTreeMap<PathBuf, ObjectId>,
    ) -> Self {
        let (mut followed, mut refused) = (Vec::new(), Vec::new());
        let paths = Links::of(root, blobs.as_ref(), &files, links);
        for path in links.keys() {
            match paths.follow(path) {
                Led::File(id) => followed.push((path.clone(), id)),
                Led::Folder => {}
                Led::Nowhere(why) => refused.push((path.clone(), why.to_owned())),
            }
        }
        files.extend(followed);
        let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for path in files.keys() {
            folders
                .entry(path.parent().unwrap_or(Path::new("")).to_path_buf())
                .or_default()
                .push(path.clone());
        }
        Self { blobs, files: Arc::new(files), folders: Arc::new(folders), refused: Arc::new(refused) }
    }

    /// Links that are not followed, and why.
    #[must_use]
    pub fn refused(&self) -> &[(PathBuf, String)] {
        &self.refused
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
