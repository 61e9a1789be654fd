//! The root of a run: paths in reports, units and configuration are relative to it, and nothing outside it is read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context, Result, bail};

/// The root and what of it was asked for.
#[derive(Clone, Debug)]
pub struct Root {
    /// Absolute, links resolved.
    pub path: PathBuf,
    /// Folders of the tree that were resolved and lie inside, by their path from the root. Without it, most of the
    /// system calls of a run over many files would resolve the same folders again.
    folders: Arc<RwLock<HashMap<String, PathBuf>>>,
}

/// What of the root is checked.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Paths from the root; the empty path for everything.
    pub starts: Vec<PathBuf>,
    /// Whether that is the whole tree.
    pub whole: bool,
}

impl Root {
    /// Finds the root for the given paths: the nearest folder above all of them that holds `.git`; else, the nearest that
    /// holds `hallpass.toml`; else, for a path inside a folder such as `.github`, the folder that holds that one; else the
    /// one folder given, else the current folder. `.git` comes first, so that a configuration deeper in a repository does
    /// not take over from the one at its root.
    ///
    /// # Errors
    /// A path does not exist, or the paths have no common folder.
    pub fn find(paths: &[PathBuf]) -> Result<(Self, Scope)> {
        let here = std::env::current_dir().context("the current folder cannot be read")?;
        let mut absolute = Vec::new();
        for path in paths {
            let full =
                path.canonicalize().with_context(|| format!("{}: no such file or folder", path.display()))?;
            if !full.is_file() && !full.is_dir() {
                bail!(
                    "{}: it is neither a file nor a folder, so nothing can be checked; give a path that is, or hand the \
                     text over on standard input with `- --stdin-filename NAME`",
                    path.display()
                );
            }
            // The last part may itself be a link; its own place in the tree is what was asked for.
            absolute.push(full);
        }
        if absolute.is_empty() {
            absolute.push(here.canonicalize().context("the current folder cannot be read")?);
        }
        let common = common_folder(&absolute).context("the paths have no common folder")?;
        let holding = |name: &str| common.ancestors().find(|folder| folder.join(name).exists());
        let root = holding(".git")
            .or_else(|| {
                common.ancestors().find(|folder| POLICIES.iter().any(|name| folder.join(name).exists()))
            })
            .or_else(|| above_layout(&common))
            .map_or_else(|| common.clone(), Path::to_path_buf);
        let mut starts = Vec::new();
        for path in &absolute {
            let Ok(inner) = path.strip_prefix(&root) else {
                bail!("{} lies outside {}", path.display(), root.display());
            };
            starts.push(inner.to_path_buf());
        }
        let whole = starts.iter().any(|start| start.as_os_str().is_empty());
        if whole {
            starts = vec![PathBuf::new()];
        }
        Ok((Self { path: root, folders: Arc::default() }, Scope { starts, whole }))
    }

    /// A folder that is a root, whatever it holds.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn at(folder: &Path) -> std::io::Result<Self> {
        Ok(Self { path: folder.canonicalize()?, folders: Arc::default() })
    }

    /// Whether the folder itself says that it is a root.
    #[must_use]
    pub fn is_marked(&self) -> bool {
        [".git"].iter().chain(&POLICIES).any(|name| self.path.join(name).exists())
    }

    /// Where a path from the root is on disk, if it lies inside the root with every link resolved.
    ///
    /// # Errors
    /// Why it is refused, in one sentence.
    pub fn inside(&self, path: &str) -> Result<PathBuf, String> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let plain_name = !matches!(name, "" | "." | "..");
        if plain_name && let Some(folder) = self.folder(folder) {
            let disk = folder.join(name);
            if disk.symlink_metadata().is_ok_and(|meta| !meta.is_symlink()) {
                return Ok(disk);
            }
        }
        self.resolve(Path::new(path))
    }

    /// Whether a path, as it is given, is one of a folder of the tree, wherever it leads.
    #[must_use]
    pub fn holds(&self, path: &Path) -> bool {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder.canonicalize().is_ok_and(|folder| folder.starts_with(&self.path))
    }

    /// The same for a place on disk.
    ///
    /// # Errors
    /// Why it is refused, in one sentence.
    pub fn within(&self, disk: &Path) -> Result<PathBuf, String> {
        self.resolve(disk)
    }

    /// A folder of the tree with every link resolved, if it lies inside.
    fn folder(&self, path: &str) -> Option<PathBuf> {
        if let Some(known) = self.folders.read().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Some(known.clone());
        }
        let real = self.resolve(Path::new(path)).ok()?;
        self.folders.write().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), real.clone());
        Some(real)
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, String> {
        let joined = self.path.join(path);
        let is_link = || joined.symlink_metadata().is_ok_and(|m| m.is_symlink());
        let real = joined.canonicalize().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound if is_link() => LEADS_NOWHERE.to_owned(),
            std::io::ErrorKind::NotFound => MISSING.to_owned(),
            std::io::ErrorKind::PermissionDenied => "it may not be read (permission denied)".to_owned(),
            _ if is_link() => LEADS_NOWHERE.to_owned(),
            _ => format!("it cannot be opened: {error}"),
        })?;
        if real.starts_with(&self.path) { Ok(real) } else { Err(OUT_OF_THE_TREE.to_owned()) }
    }
}

/// Files whose folder is the root where git names none. `.config/hallpass.toml` does not count: in somebody's home it would
/// make all of it one tree.
const POLICIES: [&str; 3] = ["hallpass.toml", ".hallpass.toml", ".github/hallpass.toml"];
/// Why what is not there is refused.
pub(super) const MISSING: &str = "it does not exist";

/// Why a link to somewhere else is refused.
pub(super) const OUT_OF_THE_TREE: &str = "it is a symbolic link out of the tree";
/// Why a link to what git keeps for itself is refused: nothing of that is the tree's.
pub(super) const INTO_GIT: &str = "it is a symbolic link into git's own folder";

/// Whether a path from the root leads into what git keeps for itself.
pub(super) fn is_gits_own(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == ".git")
}

/// Why a broken link is refused.
pub(super) const LEADS_NOWHERE: &str = "it is a symbolic link that leads nowhere";

/// Folders that stand at the root of a repository by the convention of a platform: their names are part of the paths by
/// which files are recognised.
const LAYOUT: [&str; 8] = [
    ".github",
    ".gitea",
    ".forgejo",
    ".gitlab",
    ".circleci",
    ".buildkite",
    ".woodpecker",
    ".azure-pipelines",
];

/// The folder that holds the layout folder in which this one lies.
fn above_layout(folder: &Path) -> Option<&Path> {
    let in_layout = |f: &&Path| f.file_name().and_then(|n| n.to_str()).is_some_and(|n| LAYOUT.contains(&n));
    folder.ancestors().find(in_layout)?.parent()
}

/// The deepest folder that holds all paths.
fn common_folder(paths: &[PathBuf]) -> Option<PathBuf> {
    let folder = |p: &Path| if p.is_dir() { p.to_path_buf() } else { p.parent().unwrap_or(p).to_path_buf() };
    let mut common = folder(paths.first()?);
    for path in paths {
        while !path.starts_with(&common) {
            common = common.parent()?.to_path_buf();
        }
    }
    Some(common)
}

/// A relative path with `/`.
pub(crate) fn slashes(path: &Path) -> String {
    let parts: Vec<String> =
        path.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}
