//! Where files come from: the tree, git's index, standard input. Bytes and paths, no judgement.
//!
//! Invariants: nothing outside the root is read, no symbolic link is followed out of it, ignore files hide untracked
//! files only, and every file that is left out is named with the reason.

mod git;
mod root;
mod units;
mod walk;

use std::path::{Path, PathBuf};

pub use root::{Root, Scope};
pub use units::{Plan, Unit, plan};
pub use walk::walk;

/// Largest file read, in bytes. Larger ones are named in coverage.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// How much of a file is looked at to tell binary from text, as git does.
const SNIFF: usize = 8_000;

/// A file of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path from the root, with `/`; bytes that are not UTF-8 are replaced, and then `disk` still opens the file.
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

/// Reads a file of the tree.
#[must_use]
pub fn read(disk: &Path) -> Read {
    let length = match std::fs::metadata(disk) {
        Ok(meta) if !meta.is_file() => return Read::Refused("it is not a regular file".to_owned()),
        Ok(meta) => meta.len(),
        Err(error) => return Read::Refused(explain(&error)),
    };
    if length > MAX_FILE_BYTES {
        return Read::Refused(format!(
            "it is larger than {} MiB ({} MiB)",
            MAX_FILE_BYTES >> 20,
            length >> 20
        ));
    }
    match std::fs::read(disk) {
        Ok(bytes) if bytes[..bytes.len().min(SNIFF)].contains(&0) => Read::Binary(bytes),
        Ok(bytes) => Read::Text(bytes),
        Err(error) => Read::Refused(explain(&error)),
    }
}

/// An I/O error in the words of the field.
fn explain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "it may not be read (permission denied)".to_owned(),
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}
