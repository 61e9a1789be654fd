//! The addresses of documents. Editors write paths in them with percent signs; what is no file has a scheme of its own.

use std::path::{Path, PathBuf};

use crate::report;

/// What an address leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A file, or what is to be one.
    File(PathBuf),
    /// A text without a file, by its name.
    Untitled(String),
    /// A text that something else keeps, such as an older version (`git:`), by what it shows as its path.
    Elsewhere(PathBuf),
}

impl Address {
    /// Reads one. `None` where nothing is named.
    pub(super) fn read(uri: &str) -> Option<Self> {
        let (scheme, rest) = uri.split_once(':')?;
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let path = match rest.strip_prefix("//") {
            // Behind the host, which is this one.
            Some(authority) => authority.find('/').map_or("", |at| authority.get(at..).unwrap_or_default()),
            None => rest,
        };
        let decoded = decoded(path);
        if decoded.is_empty() {
            return None;
        }
        match scheme.to_ascii_lowercase().as_str() {
            "file" => Some(Self::File(native(decoded))),
            "untitled" => Some(Self::Untitled(String::from_utf8_lossy(&decoded).into_owned())),
            _ => Some(Self::Elsewhere(native(decoded))),
        }
    }
}

/// The address of a file, if its path is absolute.
pub(super) fn of_file(path: &Path) -> String {
    let text = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let slash = if text.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", report::uri(&text))
}

/// Bytes without percent signs; one that begins no byte stands for itself.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).filter(|hex| *first == b'%' && hex.iter().all(u8::is_ascii_hexdigit));
        let byte = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    bytes
}

#[cfg(unix)]
fn native(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

/// `/c:/x` is `c:/x` there.
#[cfg(not(unix))]
fn native(bytes: Vec<u8>) -> PathBuf {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let drive = text.strip_prefix('/').filter(|path| path.as_bytes().get(1) == Some(&b':'));
    PathBuf::from(drive.unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_on_disk() {
        let file = |path: &str| Some(Address::File(PathBuf::from(path)));
        assert_eq!(Address::read("file:///a/b%20c/d%23e%25.yml"), file("/a/b c/d#e%.yml"));
        assert_eq!(Address::read("file:///a/%C3%A9.yml"), file("/a/é.yml"));
        assert_eq!(Address::read("file://localhost/a"), file("/a"));
        assert_eq!(Address::read("FILE:///100%/x%zz"), file("/100%/x%zz"));
        assert_eq!(Address::read("untitled:Untitled-1"), Some(Address::Untitled("Untitled-1".to_owned())));
        let old = Address::Elsewhere(PathBuf::from("/r/ci.yml"));
        assert_eq!(Address::read("git:/r/ci.yml?%7B%22ref%22%3A%22~%22%7D"), Some(old));
        assert_eq!((Address::read("nothing"), Address::read("file://")), (None, None));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for path in ["/a b/é#?%25/[x].yml", "/plain/main.tf"] {
            assert_eq!(Address::read(&of_file(Path::new(path))), Some(Address::File(PathBuf::from(path))));
        }
        assert_eq!(of_file(Path::new("/a b/ü.tf")), "file:///a%20b/%C3%BC.tf");
    }
}
