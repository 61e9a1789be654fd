//! Where answers are kept between runs: a folder in the user's cache folder that nobody else can write to.
//!
//! Invariant: nothing is read from, or written to, a folder or file that somebody else owns or may write to, or that is reached
//! through a link at its last step.

use std::fs::{self, File, Metadata};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::runtime::digest;

/// Largest file that is read or written, in bytes: an answer takes a few KiB.
const MAX_BYTES: u64 = 256 << 20;
/// Files that no run has written to for so long are taken away.
const STALE: Duration = Duration::from_hours(24 * 30);
/// How the files are called.
const ENDING: &str = "answers";

/// The folder, and the name of a tree's file in it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    name: String,
}

impl Folder {
    /// The user's, for the tree below `root`; `None` where there is none that can be trusted.
    pub(super) fn of_user(root: &Path) -> Option<Self> {
        Self::at(&parent()?.join("hallpass"), root)
    }

    fn at(path: &Path, root: &Path) -> Option<Self> {
        make(path)?;
        let found = fs::symlink_metadata(path).ok()?;
        // Whoever made this file is who runs: the folder has to be theirs.
        let own = tempfile::tempfile_in(path).ok()?.metadata().ok()?;
        let name = format!("{}.{ENDING}", digest(root.as_os_str().as_encoded_bytes()));
        (found.is_dir() && is_private(&found, &own)).then(|| Self { path: path.to_owned(), name })
    }

    /// The file's bytes.
    pub(super) fn read(&self) -> Option<Vec<u8>> {
        let path = self.path.join(&self.name);
        let found = fs::symlink_metadata(&path).ok()?;
        let own = fs::symlink_metadata(&self.path).ok()?;
        if !found.is_file() || !is_private(&found, &own) || found.len() > MAX_BYTES {
            return None;
        }
        let mut bytes = Vec::new();
        File::open(&path).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Puts these bytes in the file's place, and takes away what no run has used for long.
    pub(super) fn write(&self, bytes: &[u8]) {
        if bytes.len() as u64 > MAX_BYTES {
            return;
        }
        let written = tempfile::NamedTempFile::new_in(&self.path).and_then(|mut file| {
            file.write_all(bytes)?;
            Ok(file.persist(self.path.join(&self.name))?)
        });
        if written.is_ok() {
            self.sweep();
        }
    }

    fn sweep(&self) {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let path = entry.path();
            let ours = path.extension().is_some_and(|ending| ending == ENDING);
            let age =
                entry.metadata().and_then(|found| found.modified()).ok().and_then(|at| at.elapsed().ok());
            if ours && age.is_some_and(|age| age > STALE) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// Where programs of this user keep what they can make again.
fn parent() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return named("LOCALAPPDATA");
    }
    named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")))
}

#[cfg(unix)]
fn make(path: &Path) -> Option<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).ok()
}

#[cfg(not(unix))]
fn make(path: &Path) -> Option<()> {
    fs::create_dir_all(path).ok()
}

/// Whether one user owns both, and nobody else may write.
#[cfg(unix)]
fn is_private(found: &Metadata, own: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    found.uid() == own.uid() && found.mode() & 0o022 == 0
}

/// The profile's folder is the user's own.
#[cfg(not(unix))]
fn is_private(_found: &Metadata, _own: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("cache/hallpass");
        (base, path)
    }

    #[test]
    fn what_is_written_for_a_tree_is_read_for_that_tree_alone() {
        let (_base, path) = folder();
        let one = Folder::at(&path, Path::new("/one")).unwrap();
        assert_eq!(one.read(), None);
        one.write(b"answers");
        assert_eq!(one.read().as_deref(), Some(&b"answers"[..]));
        assert_eq!(Folder::at(&path, Path::new("/two")).unwrap().read(), None);
    }

    #[cfg(unix)]
    #[test]
    fn what_others_may_write_to_is_not_believed() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_base, path) = folder();
        let one = Folder::at(&path, Path::new("/one")).unwrap();
        one.write(b"answers");
        let file = path.join(&one.name);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(one.read(), None);
        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", &file).unwrap();
        assert_eq!(one.read(), None);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(Folder::at(&path, Path::new("/one")).is_none());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        let link = path.with_file_name("linked");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(Folder::at(&link, Path::new("/one")).is_none());
    }
}
