//! From arguments to a job: root, files, configuration, modules.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::import::Import;
use crate::runtime::{Foreign, Pool, Runtime, contract, digest};
use crate::scan::{Job, explain};
use crate::source::{self, Entry, Files, Kept, Names, Read, Root, Scope};

/// Paths asked about in one call: each call has one deadline.
const PATHS: usize = 4_096;
/// Largest text read from standard input, in bytes.
const MAX_STDIN: u64 = source::MAX_FILE_BYTES;

/// Arguments that several commands share.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Common {
    /// Configuration file [default: hallpass.toml, .hallpass.toml, .config/hallpass.toml or .github/hallpass.toml at the
    /// root, or the table tool.hallpass of pyproject.toml there].
    #[arg(long, value_name = "FILE", env = "HALLPASS_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The date that expiries are held against [default: today, UTC].
    #[arg(long, value_name = "YYYY-MM-DD", env = "HALLPASS_TODAY")]
    pub(crate) today: Option<String>,
    /// Detectors in the format of gitleaks or betterleaks, besides those built in. Repeatable.
    #[arg(long, value_name = "FILE.toml", env = "HALLPASS_DETECTORS")]
    pub(crate) detectors: Vec<PathBuf>,
}

/// What other tools found, for the commands to which findings matter.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Imports {
    /// What another tool found, as SARIF 2.1.0: it is waived, compared and reported like ours. Repeatable.
    #[arg(long = "import", value_name = "FILE.sarif", env = "HALLPASS_IMPORT")]
    pub(crate) files: Vec<PathBuf>,
}

impl Imports {
    /// Reads the files.
    ///
    /// # Errors
    /// One cannot be read, or is no such file.
    pub(crate) fn read(&self, tree: &Tree) -> Result<Option<Import>> {
        Import::read(&self.files, &tree.root, &tree.scope)
    }
}

/// A tree to run over.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) root: Root,
    pub(crate) files: Files,
    pub(crate) scope: Scope,
    pub(crate) entries: Vec<Entry>,
    pub(crate) unlisted: Vec<(String, String)>,
}

impl Tree {
    /// The files below `paths`; `-` alone is standard input under the name `stdin_name`.
    pub(crate) fn open(paths: &[PathBuf], stdin_name: Option<&str>) -> Result<Self> {
        if paths.iter().any(|p| p.as_os_str() == "-") {
            if paths.len() > 1 {
                bail!("`-` (standard input) cannot be combined with other paths");
            }
            let name = stdin_name.context("say what standard input is: add --stdin-filename NAME")?;
            return Self::stdin(name);
        }
        if stdin_name.is_some() {
            bail!("--stdin-filename goes with the path `-`");
        }
        let (root, scope) = Root::find(paths)?;
        let tree = Self::walked(root, scope);
        let unread = tree.scope.starts.iter().find_map(|start| unread(&tree.root, start, &tree.unlisted));
        if let Some((path, why)) = unread {
            bail!("{path}: {why}, and it was asked for; give a path that can be read, or leave it out");
        }
        Ok(tree)
    }

    /// What lies on disk of a tree.
    pub(crate) fn walked(root: Root, scope: Scope) -> Self {
        let (entries, unlisted) = source::walk(&root, &scope);
        let files = Files { root: Some(root.clone()), ..Files::of_buffers(BTreeMap::new()) };
        Self { root, files, scope, entries, unlisted }
    }

    /// One text as a file of a tree, of which nothing else is checked.
    pub(crate) fn of_buffer(root: Root, path: String, bytes: Vec<u8>) -> Self {
        let entry = Entry { disk: root.path.join(&path), path: path.clone() };
        Self {
            scope: Scope { starts: vec![PathBuf::from(&path)], whole: false },
            files: Files { root: Some(root.clone()), ..Files::of_buffers(BTreeMap::from([(path, bytes)])) },
            root,
            entries: vec![entry],
            unlisted: Vec::new(),
        }
    }

    /// Standard input as a file of the tree around the current folder.
    fn stdin(name: &str) -> Result<Self> {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .take(MAX_STDIN + 1)
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
        if bytes.len() as u64 > MAX_STDIN {
            bail!("standard input is larger than {} MiB", MAX_STDIN >> 20);
        }
        let (root, _) = Root::find(&[])?;
        let here = std::env::current_dir().context("the current folder cannot be read")?;
        let inner =
            here.canonicalize().ok().and_then(|h| h.strip_prefix(&root.path).map(Path::to_path_buf).ok());
        let mut parts: Vec<String> = Vec::new();
        let full = inner.unwrap_or_default().join(name);
        for part in full.components() {
            match part {
                std::path::Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
                std::path::Component::CurDir => {}
                _ => bail!("--stdin-filename {name}: write a path inside the tree"),
            }
        }
        if parts.is_empty() {
            bail!("--stdin-filename needs a file name");
        }
        Ok(Self::of_buffer(root, parts.join("/"), bytes))
    }

    /// The files of a tree that git keeps, as far as they stand below the same paths as those of this one.
    pub(crate) fn of_kept(&self, kept: Kept) -> Self {
        let entry = |path: &Path| Entry { path: source::slashes(path), disk: self.root.path.join(path) };
        let inside = |path: &&Path| self.scope.starts.iter().any(|start| path.starts_with(start));
        let mut entries: Vec<Entry> = kept.paths().filter(inside).map(entry).collect();
        let refused = kept.refused().iter().filter(|(path, _)| inside(&path.as_path()));
        let unlisted = refused.map(|(path, why)| (source::slashes(path), why.clone())).collect();
        entries.sort_by(|a, b| (&a.path, &a.disk).cmp(&(&b.path, &b.disk)));
        let files =
            Files { root: Some(self.root.clone()), kept: Some(kept), ..Files::of_buffers(BTreeMap::new()) };
        Self { root: self.root.clone(), files, scope: self.scope.clone(), entries, unlisted }
    }

    /// The job over this tree, its files by the names under which they may be shown.
    pub(crate) fn job(&mut self, pool: &Pool<'_>, jobs: usize) -> Result<Job<'_>> {
        let paths = self.entries.iter().map(|e| &e.path).chain(self.unlisted.iter().map(|(path, _)| path));
        let mut shown = shown(pool, &paths.cloned().collect::<Vec<_>>())?;
        let of_unlisted = shown.split_off(self.entries.len());
        for ((path, _), shown) in self.unlisted.iter_mut().zip(of_unlisted) {
            *path = shown.unwrap_or(std::mem::take(path));
        }
        let paths: Vec<String> = self.entries.iter().map(|e| e.path.clone()).collect();
        self.files.names = Names::give(&self.root.path, &mut self.entries, &shown);
        for (path, entry) in paths.into_iter().zip(&self.entries) {
            if let Some(bytes) = self.files.buffers.remove(&path) {
                self.files.buffers.insert(entry.path.clone(), bytes);
            }
        }
        Ok(self.job_again(jobs))
    }

    /// The same, once the files have their names.
    pub(crate) fn job_again(&self, jobs: usize) -> Job<'_> {
        Job {
            files: &self.files,
            entries: self.entries.clone(),
            unlisted: self.unlisted.clone(),
            whole: self.scope.whole,
            jobs,
            history: None,
            import: None,
            proposed: None,
            waivers: true,
            cache: None,
        }
    }

    /// The settings for this tree.
    pub(crate) fn settings(&self, common: &Common) -> Result<contract::Settings> {
        let today = match &common.today {
            Some(date) => {
                date.parse::<jiff::civil::Date>()
                    .map_err(|_| anyhow::anyhow!("--today {date}: write a date as YYYY-MM-DD"))?;
                date.clone()
            }
            None => jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date().to_string(),
        };
        Ok(contract::Settings {
            today,
            config: super::policy::find(self, common.config.as_deref())?,
            extended: Vec::new(),
            select: Vec::new(),
            ignore: Vec::new(),
            preview: false,
            fail_on: None,
            min_confidence: None,
            trace: false,
            key: key(),
            detectors: super::detectors::named(&self.root, &common.detectors)?,
        })
    }

    /// Where a file on disk stands in the tree, if it does.
    pub(crate) fn inner(&self, path: &Path) -> Option<PathBuf> {
        // A file that the change takes away is not there any more, its folder mostly is.
        let real = path.canonicalize().ok().or_else(|| {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            Some(parent.unwrap_or(Path::new(".")).canonicalize().ok()?.join(path.file_name()?))
        })?;
        real.strip_prefix(&self.root.path).map(Path::to_path_buf).ok()
    }

    /// The modules the configuration admits, and those named on the command line.
    pub(crate) fn modules(
        &self,
        runtime: &Runtime,
        resolved: &contract::Resolved,
        named: &[PathBuf],
    ) -> Result<Vec<Foreign>> {
        let mut modules: Vec<Foreign> = Vec::new();
        for row in &resolved.plugins {
            let bytes =
                self.bytes(&row.path).map_err(|why| anyhow::anyhow!("[[plugin]] {}: {why}", row.path))?;
            let found = digest(&bytes);
            if !found.eq_ignore_ascii_case(&row.sha256) {
                bail!(
                    "[[plugin]] {}: its digest is {found}, and the configuration admits {}",
                    row.path,
                    row.sha256
                );
            }
            modules.push(runtime.foreign(&row.path, &bytes)?);
        }
        for path in named {
            let bytes = source::regular(path, source::MAX_FILE_BYTES)
                .map_err(|why| anyhow::anyhow!("--plugin {}: {why}", path.display()))?;
            let found = digest(&bytes);
            if !modules.iter().any(|m| m.digest == found) {
                modules.push(runtime.foreign(&path.display().to_string(), &bytes)?);
            }
        }
        for (index, module) in modules.iter().enumerate() {
            if modules.iter().take(index).any(|m| m.name == module.name) {
                bail!("two modules name themselves `{}`", module.name);
            }
        }
        Ok(modules)
    }
}

impl Tree {
    /// A file that the configuration names.
    pub(crate) fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        if let Some(kept) = &self.files.kept {
            return match kept.read(Path::new(path)) {
                Read::Text(bytes) | Read::Binary(bytes) => Ok(bytes),
                Read::Refused(why) => Err(why),
            };
        }
        on_disk(&self.root, path)
    }
}

/// Why nothing of a path that was asked for can be checked. What is met on the way is named in coverage instead.
fn unread(root: &Root, start: &Path, unlisted: &[(String, String)]) -> Option<(String, String)> {
    let path = source::slashes(start);
    let disk = root.path.join(start);
    let listed = unlisted.iter().find(|(unlisted, _)| *unlisted == path).map(|(_, why)| why.clone());
    let opened = || match disk.is_file() {
        true => std::fs::File::open(&disk).err().map(|error| format!("it cannot be opened ({error})")),
        false => None,
    };
    let why = listed.or_else(opened)?;
    Some((if path.is_empty() { disk.display().to_string() } else { path }, why))
}

/// A file of the tree on disk, or why it is not read.
pub(crate) fn on_disk(root: &Root, path: &str) -> Result<Vec<u8>, String> {
    source::regular(&root.inside(path)?, source::MAX_FILE_BYTES)
}

/// How paths are shown, where not as they are.
fn shown(pool: &Pool<'_>, paths: &[String]) -> Result<Vec<Option<String>>> {
    let mut shown = Vec::with_capacity(paths.len());
    for some in paths.chunks(PATHS) {
        shown.extend(super::explain::asked(pool, |worker| worker.shown(some))?);
    }
    Ok(shown)
}

/// Workers with these settings.
///
/// # Errors
/// Every problem of the configuration, with its place.
pub(crate) fn pool(runtime: &Runtime, settings: contract::Settings) -> Result<Pool<'_>> {
    let texts = settings.clone();
    runtime.pool(settings).map_err(|refused| explain(refused, &texts))
}

/// The key of value tags. Without one of your own the tags are plain digests: still safe to publish, since guessable
/// values keep 12 bits only, and equal in every clone and fork.
fn key() -> Vec<u8> {
    std::env::var_os("HALLPASS_KEY")
        .map_or_else(|| b"hallpass".to_vec(), |k| k.to_string_lossy().into_owned().into_bytes())
}

/// Threads to use when nobody says.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_asked_for_and_cannot_be_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.tf"), "a").unwrap();
        let (root, _) = Root::find(&[folder.path().to_path_buf()]).unwrap();
        let unlisted = [("closed".to_owned(), "it may not be listed (permission denied)".to_owned())];
        let unread = |start: &str| unread(&root, Path::new(start), &unlisted);
        assert_eq!(unread("closed").as_ref(), unlisted.first());
        assert_eq!((unread("a.tf"), unread(""), unread("closed/deeper")), (None, None, None));
    }
}
