//! What git knows of the tree, read from its files: no git program is run, since a repository's own configuration
//! could make it run others.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// What git sets while it runs hooks: `commit -a`, `commit FILE` and `-p` stage into an index of their own.
pub(crate) const OTHER_INDEX: &str = "GIT_INDEX_FILE";

/// The directory that holds the index: `.git`, or where a worktree's `.git` file points.
pub(crate) fn git_dir(root: &Path) -> Option<PathBuf> {
    let dot_git = root.join(".git");
    if dot_git.is_dir() {
        return Some(dot_git);
    }
    let text = std::fs::read_to_string(&dot_git).ok()?;
    let target = text.strip_prefix("gitdir:")?.trim();
    Some(root.join(target))
}

/// What the index says.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Tracked files, from the root, with `/`.
    pub(super) files: Vec<PathBuf>,
    /// Folders that are repositories of their own (submodules), whose files are tracked there.
    pub(super) repositories: Vec<PathBuf>,
}

/// The index of the repository at the root; an empty one where there is none.
///
/// # Errors
/// It cannot be read, so nobody knows which files an ignore file may hide.
pub(super) fn index(root: &Path) -> Result<Index, Unreadable> {
    let Some(git_dir) = git_dir(root) else { return Ok(Index::default()) };
    let Some(index) = open(&git_dir, &git_dir.join("index"))? else { return Ok(Index::default()) };
    let mut answer = Index::default();
    for entry in index.entries() {
        let path = native(entry.path(&index));
        if entry.mode == gix_index::entry::Mode::COMMIT {
            answer.repositories.push(path);
        } else if entry.mode.contains(gix_index::entry::Mode::FILE)
            || entry.mode == gix_index::entry::Mode::SYMLINK
        {
            answer.files.push(path);
        }
    }
    Ok(answer)
}

/// Whether git tracks a file, by its path from the root.
pub(crate) fn is_tracked(root: &Path, path: &Path) -> bool {
    index(root).is_ok_and(|index| index.files.iter().any(|file| file == path))
}

/// An index file; `None` where there is none.
fn open(git_dir: &Path, path: &Path) -> Result<Option<gix_index::File>, Unreadable> {
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    if !is_sha1(git_dir) {
        return Err(Unreadable);
    }
    let options = gix_index::decode::Options::default();
    gix_index::File::at(path, gix_hash::Kind::Sha1, true, options).map(Some).map_err(|_| Unreadable)
}

/// What is staged: contents by path from the root.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    /// Files.
    pub(crate) files: BTreeMap<PathBuf, gix_hash::ObjectId>,
    /// Symbolic links.
    pub(crate) links: BTreeMap<PathBuf, gix_hash::ObjectId>,
}

/// The index file that git names by [`OTHER_INDEX`], from the top of the work tree.
///
/// # Errors
/// It does not lie in the repository: another one's index says nothing of this tree.
fn named_index(root: &Path, git_dir: &Path, named: &OsStr) -> Result<PathBuf, String> {
    let path = root.join(named);
    let refused = |why: &str| {
        format!(
            "{OTHER_INDEX} names {}, {why}; unset the variable, or run hallpass from a hook of this repository",
            path.display()
        )
    };
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    let (Some(folder), Some(name)) = (folder, path.file_name()) else {
        return Err(refused("which does not exist"));
    };
    let own = [git_dir.to_path_buf(), common_dir(git_dir)];
    if !own.iter().filter_map(|dir| dir.canonicalize().ok()).any(|dir| folder.starts_with(dir)) {
        return Err(refused("which is not inside this repository's git folder"));
    }
    let path_in = folder.join(name);
    match path_in.symlink_metadata() {
        Ok(meta) if !meta.is_file() => Err(refused("which is not a regular file")),
        _ => Ok(path_in),
    }
}

/// Reads what is staged, in the index that git `named` if it did.
///
/// # Errors
/// The index cannot be read, or holds conflicts, in one sentence.
pub(crate) fn staged(root: &Path, named: Option<&OsStr>) -> Result<Staged, String> {
    use gix_index::entry::{Flags, Mode, Stage};
    let Some(git_dir) = git_dir(root) else { return Ok(Staged::default()) };
    let path = match named {
        Some(named) => named_index(root, &git_dir, named)?,
        None => git_dir.join("index"),
    };
    let index = open(&git_dir, &path)
        .map_err(|Unreadable| "git's index cannot be read; see what `git status` says".to_owned())?;
    let mut staged = Staged::default();
    let Some(index) = index else { return Ok(staged) };
    for entry in index.entries() {
        let path = native(entry.path(&index));
        if entry.stage() != Stage::Unconflicted {
            return Err(format!("`{}` has conflicts; resolve and stage them first", super::slashes(&path)));
        }
        // `git add --intent-to-add` stages a name without a content.
        if entry.flags.contains(Flags::INTENT_TO_ADD) {
            continue;
        }
        if entry.mode == Mode::SYMLINK {
            staged.links.insert(path, entry.id);
        } else if entry.mode.contains(Mode::FILE) {
            staged.files.insert(path, entry.id);
        }
    }
    Ok(staged)
}

/// A path as the system writes it.
#[cfg(unix)]
pub(crate) fn native(path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(path))
}

/// A path as the system writes it: git keeps UTF-8 there.
#[cfg(not(unix))]
pub(crate) fn native(path: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(path).into_owned())
}

/// The index cannot be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unreadable;

/// The directory that all worktrees of a repository share: objects, branches, configuration.
pub(crate) fn common_dir(git_dir: &Path) -> PathBuf {
    std::fs::read_to_string(git_dir.join("commondir"))
        .map_or_else(|_| git_dir.to_path_buf(), |common| git_dir.join(common.trim()))
}

/// Whether objects are named by SHA-1: an index of the other kind has longer entries, and read as this one it is noise.
pub(crate) fn is_sha1(git_dir: &Path) -> bool {
    let common = common_dir(git_dir);
    let config = std::fs::read_to_string(common.join("config")).unwrap_or_default().to_ascii_lowercase();
    let says_other = |line: &str| line.trim_start().starts_with("objectformat") && !line.contains("sha1");
    !config.lines().any(says_other)
}
