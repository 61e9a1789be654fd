//! Where files come from: the tree, git's index, standard input. Bytes and paths, no judgement.
//!
//! Invariants: nothing outside the root is read, no symbolic link is followed out of it, ignore files hide untracked
//! files only, and every file that is left out is named with the reason.

mod encoding;
pub(crate) mod git;
mod kept;
mod links;
mod names;
mod root;
mod units;
mod walk;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

pub use kept::{Blobs, Kept};
pub use names::Names;
use root::MISSING;
pub(crate) use root::slashes;
pub use root::{Root, Scope};
pub use units::{Plan, Unit, outline, plan, plan_again};
pub use walk::walk;

/// Largest file read, in bytes. Larger ones are named in coverage.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// How much of a file is looked at to tell binary from text, as git does.
const SNIFF: usize = 8_000;

/// A file of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path from the root, with `/`; once files are named, by [`Names`].
    pub path: String,
    /// Where it is on disk.
    pub disk: PathBuf,
}

/// A file's bytes, or why there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Text, as far as one can tell.
    Text(Vec<u8>),
    /// Holds a NUL byte near its start.
    Binary(Vec<u8>),
    /// Cannot be read.
    Refused(String),
}

/// The files of a run: what is on disk below the root, and buffers that stand in for files.
#[derive(Clone, Debug)]
pub struct Files {
    /// The root; `None` for a tree of buffers only.
    pub root: Option<Root>,
    /// Bytes by path; they hide a file on disk.
    pub buffers: BTreeMap<String, Vec<u8>>,
    /// Files whose name is not their path.
    pub names: Names,
    /// The tree that git keeps, where that is read and not the disk.
    pub kept: Option<Kept>,
}

impl Files {
    /// A tree of buffers only.
    #[must_use]
    pub fn of_buffers(buffers: BTreeMap<String, Vec<u8>>) -> Self {
        Self { root: None, buffers, names: Names::default(), kept: None }
    }

    /// Where a file or folder stands below the root, by its name.
    fn below(&self, name: &str) -> PathBuf {
        let root = self.root.as_ref().map(|root| root.path.as_path()).unwrap_or(Path::new(""));
        let named = self.names.disk(name).and_then(|disk| disk.strip_prefix(root).ok());
        named.map_or_else(|| PathBuf::from(name), Path::to_path_buf)
    }

    /// A file's bytes.
    #[must_use]
    pub fn read(&self, path: &str) -> Read {
        match (self.buffers.get(path), &self.kept, &self.root) {
            (Some(bytes), ..) => Read::Text(encoding::as_utf8(bytes.clone())),
            (None, Some(kept), _) => kept.read(&self.below(path)),
            (None, None, Some(_)) => match self.disk(path) {
                Ok(disk) => read(&disk),
                Err(why) => Read::Refused(why),
            },
            (None, None, None) => Read::Refused(MISSING.to_owned()),
        }
    }

    /// Whether [`Self::read`] gives a file in another encoding than it has on disk: what is written back would change it.
    #[must_use]
    pub fn is_transcoded(&self, path: &str) -> bool {
        let mut start = Vec::new();
        let file = self.disk(path).ok().and_then(|disk| std::fs::File::open(disk).ok());
        let read = file.and_then(|file| file.take(encoding::TELLING as u64).read_to_end(&mut start).ok());
        read.is_some() && encoding::is_utf16(&start)
    }

    /// Whether a file can be given, or why not.
    ///
    /// # Errors
    /// Why it is refused, in one sentence.
    pub fn has(&self, path: &str) -> Result<bool, String> {
        match (self.buffers.contains_key(path), &self.kept) {
            (true, _) => Ok(true),
            (false, Some(kept)) => Ok(kept.has(&self.below(path))),
            (false, None) => self.disk(path).map(|disk| disk.is_file()),
        }
    }

    /// Where a file is on disk, inside the root.
    ///
    /// # Errors
    /// Why it is refused, in one sentence.
    pub fn disk(&self, path: &str) -> Result<PathBuf, String> {
        let root = self.root.as_ref().ok_or(MISSING)?;
        match self.names.disk(path) {
            Some(disk) => root.within(disk),
            None => root.inside(path),
        }
    }

    /// The files directly in a folder, sorted.
    #[must_use]
    pub fn list(&self, folder: &str) -> Vec<String> {
        if let (Some(kept), Some(root)) = (&self.kept, &self.root) {
            let name = |path: &PathBuf| {
                let known = self.names.name(&root.path.join(path)).map(str::to_owned);
                known.or_else(|| path.to_str().map(str::to_owned))
            };
            return kept.list(&self.below(folder)).iter().filter_map(name).collect();
        }
        let disk = self.root.as_ref().and_then(|root| root.inside(folder).ok());
        let entries = disk.and_then(|disk| std::fs::read_dir(disk).ok());
        let named = |entry: std::fs::DirEntry| match self.names.name(&entry.path()) {
            Some(name) => Some(name.to_owned()),
            None => {
                let name = entry.file_name().into_string().ok()?;
                Some(if folder.is_empty() { name } else { format!("{folder}/{name}") })
            }
        };
        let mut paths: Vec<String> =
            entries.into_iter().flatten().filter_map(Result::ok).filter_map(named).collect();
        paths.extend(
            self.buffers.keys().filter(|p| p.rsplit_once('/').map_or("", |(f, _)| f) == folder).cloned(),
        );
        paths.sort();
        paths.dedup();
        paths
    }
}

/// What bytes are: text in UTF-8 or, by its mark or its zeros, in UTF-16; or none.
pub(crate) fn told(bytes: Vec<u8>) -> Read {
    // Text in units of two bytes has zeros, if only those of its spaces and line ends.
    let halves = encoding::is_utf16(&bytes) && bytes.contains(&0);
    match halves {
        true => Read::Text(encoding::as_utf8(bytes)),
        false if bytes.get(..SNIFF.min(bytes.len())).is_some_and(|start| start.contains(&0)) => {
            Read::Binary(bytes)
        }
        false => Read::Text(bytes),
    }
}

/// Reads a file of the tree.
#[must_use]
pub fn read(disk: &Path) -> Read {
    let length = match std::fs::metadata(disk) {
        Ok(meta) if !meta.is_file() => return Read::Refused("it is not a regular file".to_owned()),
        Ok(meta) => meta.len(),
        Err(error) => return Read::Refused(explain(&error)),
    };
    let too_large = |length: u64| {
        Read::Refused(format!("it is larger than {} MiB ({} MiB)", MAX_FILE_BYTES >> 20, length >> 20))
    };
    if length > MAX_FILE_BYTES {
        return too_large(length);
    }
    // It may have grown since; it is asked for its length once only.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default().saturating_add(1));
    let read =
        std::fs::File::open(disk).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(read) if read as u64 > MAX_FILE_BYTES => too_large(read as u64),
        Ok(_) => told(bytes),
        Err(error) => Read::Refused(explain(&error)),
    }
}

/// A file that the command line or the configuration names. Only a regular one: a pipe would be waited for, and a device may
/// never end.
///
/// # Errors
/// Why it is not read, in one sentence.
pub fn regular(disk: &Path, most: u64) -> Result<Vec<u8>, String> {
    let meta = std::fs::metadata(disk).map_err(|error| explain(&error))?;
    if !meta.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    bounded(disk, most)
}

/// Whatever a path leads to, a pipe or a device too, as far as it is no longer than `most` bytes.
///
/// # Errors
/// Why it is not read, in one sentence.
pub fn bounded(disk: &Path, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    // The length that a file is said to have is not always its length.
    std::fs::File::open(disk)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| explain(&error))?;
    match bytes.len() as u64 > most {
        true => Err(format!("it is larger than {} MiB", most >> 20)),
        false => Ok(bytes),
    }
}

/// An I/O error in the words of the field.
fn explain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "it may not be read (permission denied)".to_owned(),
        std::io::ErrorKind::NotFound => MISSING.to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Read, told};

    #[test]
    fn a_mark_of_utf_16_before_text_of_one_byte_each_is_no_mark() {
        let marked = |text: &[u8]| [&[0xff, 0xfe][..], text].concat();
        assert!(matches!(told(marked(b"TOKEN=a")), Read::Text(bytes) if bytes.ends_with(b"TOKEN=a")));
        assert!(matches!(told(marked(b"a\0=\0b\0")), Read::Text(bytes) if bytes == b"a=b"));
        assert!(matches!(told(b"\x7fELF\0".to_vec()), Read::Binary(_)));
    }
}
