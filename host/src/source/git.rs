//! What git knows of the tree, read from its files: no git program is run, since a repository's own configuration
//! could make it run others.

use std::path::{Path, PathBuf};

/// The directory that holds the index: `.git`, or where a worktree's `.git` file points.
fn git_dir(root: &Path) -> Option<PathBuf> {
    let dot_git = root.join(".git");
    if dot_git.is_dir() {
        return Some(dot_git);
    }
    let text = std::fs::read_to_string(&dot_git).ok()?;
    let target = text.strip_prefix("gitdir:")?.trim();
    Some(root.join(target))
}

/// Paths in the index, from the root, with `/`. Empty outside a repository or if the index cannot be read; then every
/// file found is checked and nothing is hidden by being tracked.
#[must_use]
pub(super) fn tracked(root: &Path) -> Vec<String> {
    let Some(git_dir) = git_dir(root) else { return Vec::new() };
    let options = gix_index::decode::Options::default();
    let Ok(index) = gix_index::File::at(git_dir.join("index"), gix_hash::Kind::Sha1, true, options) else {
        return Vec::new();
    };
    index
        .entries()
        .iter()
        .filter(|entry| {
            entry.mode.contains(gix_index::entry::Mode::FILE) || entry.mode == gix_index::entry::Mode::SYMLINK
        })
        .map(|entry| String::from_utf8_lossy(entry.path(&index)).into_owned())
        .collect()
}
