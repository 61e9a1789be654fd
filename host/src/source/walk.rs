//! The files of a tree, in a fixed order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::WalkBuilder;

use super::root::{INTO_GIT, is_gits_own, slashes};
use super::{Entry, Root, Scope, git};

/// Every file below the scope: untracked files unless an ignore file hides them, tracked files always. Also what could
/// not be listed, with the reason.
///
/// Where it is not known which files are tracked (an index of another kind, a repository inside the tree), and where an
/// ignore file is no regular file (a link could lead anywhere, a pipe could hang), ignore files hide nothing.
#[must_use]
pub fn walk(root: &Root, scope: &Scope) -> (Vec<Entry>, Vec<(String, String)>) {
    // By their place on disk: two names that are not UTF-8 may read alike.
    let mut found: BTreeMap<PathBuf, Entry> = BTreeMap::new();
    let mut refused = BTreeSet::new();
    let index = git::index(&root.path);
    let index_known = index.is_ok();
    let index = index.unwrap_or_default();
    for start in &scope.starts {
        let from = root.path.join(start);
        let trusted =
            index_known && from.ancestors().take_while(|f| f.starts_with(&root.path)).all(is_ordinary);
        let mut open = list(root, &from, trusted, &mut found, &mut refused);
        let inside = index.repositories.iter().filter(|path| path.starts_with(start));
        open.extend(inside.map(|path| root.path.join(path)));
        for folder in open {
            list(root, &folder, false, &mut found, &mut refused);
        }
    }
    for path in index.files {
        let wanted = scope.starts.iter().any(|start| path.starts_with(start));
        let disk = root.path.join(path);
        let known = || disk.symlink_metadata().ok().filter(|meta| !meta.is_dir());
        if wanted
            && !found.contains_key(&disk)
            && let Some(meta) = known()
        {
            let is_link = meta.is_symlink();
            add(root, &disk, is_link, &mut found, &mut refused);
        }
    }
    let mut entries: Vec<Entry> = found.into_values().collect();
    entries.sort_by(|a, b| (&a.path, &a.disk).cmp(&(&b.path, &b.disk)));
    (entries, refused.into_iter().collect())
}

/// Whether a folder's ignore file, if it has one, is a regular file.
fn is_ordinary(folder: &Path) -> bool {
    let regular = |name: &str| folder.join(name).symlink_metadata().map_or(true, |meta| meta.is_file());
    regular(".gitignore") && regular(".git/info/exclude")
}

/// Lists the files below a folder. Returns the folders in it that were left out, to be listed without ignore files.
fn list(
    root: &Root,
    from: &Path,
    ignores: bool,
    found: &mut BTreeMap<PathBuf, Entry>,
    refused: &mut BTreeSet<(String, String)>,
) -> Vec<PathBuf> {
    let open: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
    let left_out = Arc::clone(&open);
    let walker = WalkBuilder::new(from)
        .standard_filters(ignores)
        .hidden(false)
        .ignore(false)
        .follow_links(false)
        .filter_entry(move |entry| {
            if entry.file_name() == ".git" {
                return false;
            }
            let folder = entry.path();
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let own_rules = is_folder
                && ignores
                && (!is_ordinary(folder) || folder.join(".git").symlink_metadata().is_ok());
            if own_rules {
                left_out.lock().unwrap_or_else(PoisonError::into_inner).push(folder.to_path_buf());
            }
            !own_rules
        })
        .build();
    for entry in walker {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_dir()) => {}
            Ok(entry) => {
                let is_link = entry.path_is_symlink();
                add(root, entry.path(), is_link, found, refused);
            }
            Err(error) => {
                refused.insert(listing_error(root, &error));
            }
        }
    }
    std::mem::take(&mut *open.lock().unwrap_or_else(PoisonError::into_inner))
}

fn add(
    root: &Root,
    disk: &Path,
    is_link: bool,
    found: &mut BTreeMap<PathBuf, Entry>,
    refused: &mut BTreeSet<(String, String)>,
) {
    let Ok(inner) = disk.strip_prefix(&root.path) else { return };
    let path = slashes(inner);
    if is_link {
        match root.within(disk) {
            // A link to a folder of the tree: its files are found under their own paths.
            Ok(real) if real.strip_prefix(&root.path).is_ok_and(is_gits_own) => {
                refused.insert((path, INTO_GIT.to_owned()));
                return;
            }
            Ok(real) if real.is_dir() => return,
            Ok(_) => {}
            Err(why) => {
                refused.insert((path, why));
                return;
            }
        }
    }
    found.insert(disk.to_path_buf(), Entry { path, disk: disk.to_path_buf() });
}

/// Path and reason of a folder that could not be listed.
fn listing_error(root: &Root, error: &ignore::Error) -> (String, String) {
    fn path_of(error: &ignore::Error) -> Option<&Path> {
        match error {
            ignore::Error::WithPath { path, .. } => Some(path),
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
            ignore::Error::Loop { child, .. } => Some(child),
            _ => None,
        }
    }
    let path = path_of(error).map_or_else(String::new, |p| slashes(p.strip_prefix(&root.path).unwrap_or(p)));
    let why = match error.io_error().map(std::io::Error::kind) {
        Some(std::io::ErrorKind::PermissionDenied) => "it may not be listed (permission denied)".to_owned(),
        _ => "it cannot be listed".to_owned(),
    };
    (path, why)
}
