//! The files of a tree, in a fixed order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ignore::WalkBuilder;

use super::root::slashes;
use super::{Entry, Root, Scope, git};

/// Every file below the scope: untracked files unless an ignore file hides them, tracked files always. Also what could
/// not be listed, with the reason.
#[must_use]
pub fn walk(root: &Root, scope: &Scope) -> (Vec<Entry>, Vec<(String, String)>) {
    let mut found: BTreeMap<String, Entry> = BTreeMap::new();
    let mut refused = BTreeSet::new();
    for start in &scope.starts {
        let walker = WalkBuilder::new(root.path.join(start))
            .hidden(false)
            .ignore(false)
            .follow_links(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        for entry in walker {
            match entry {
                Ok(entry) => {
                    let kind = entry.file_type();
                    if kind.is_some_and(|k| k.is_dir()) {
                        continue;
                    }
                    add(root, entry.path(), &mut found, &mut refused);
                }
                Err(error) => {
                    let (path, why) = listing_error(root, &error);
                    refused.insert((path, why));
                }
            }
        }
    }
    for path in git::tracked(&root.path) {
        let wanted = scope.starts.iter().any(|s| {
            s.is_empty() || path == *s || path.strip_prefix(s.as_str()).is_some_and(|r| r.starts_with('/'))
        });
        let disk = root.path.join(&path);
        if wanted && !found.contains_key(&path) && disk.symlink_metadata().is_ok_and(|m| !m.is_dir()) {
            add(root, &disk, &mut found, &mut refused);
        }
    }
    (found.into_values().collect(), refused.into_iter().collect())
}

fn add(
    root: &Root,
    disk: &Path,
    found: &mut BTreeMap<String, Entry>,
    refused: &mut BTreeSet<(String, String)>,
) {
    let Ok(inner) = disk.strip_prefix(&root.path) else { return };
    let path = slashes(inner);
    if disk.symlink_metadata().is_ok_and(|m| m.is_symlink()) {
        match root.inside(&path) {
            // A link to a folder of the tree: its files are found under their own paths.
            Ok(real) if real.is_dir() => return,
            Ok(_) => {}
            Err(why) => {
                refused.insert((path, why));
                return;
            }
        }
    }
    found.insert(path.clone(), Entry { path, disk: disk.to_path_buf() });
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
