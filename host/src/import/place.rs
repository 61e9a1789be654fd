//! Where other tools say that something is, as paths of the tree and bytes of a file.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use super::sarif::{Artifacts, Region, Run};

/// Longest way from a base to the one that it is relative to.
const BASES: usize = 8;
/// Longest text of lines that a finding is known by, in bytes.
const MOST_TEXT: usize = 4_096;

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// A path from the root, with `/`.
    Inside(String),
    /// Somewhere else, as it is written.
    Outside(String),
    /// Relative to a base that is relative to itself, or so many others.
    Endless(String),
    /// In a folder in which git keeps what is its own.
    Git(String),
}

/// Where a file is, seen from the root.
pub(super) fn of(run: &Run, file: &Artifacts, root: &Path) -> Where {
    let written = file.uri.clone().unwrap_or_default();
    let outside = || Where::Outside(written.clone());
    let mut whole = written.clone();
    let mut base = file.uri_base_id.as_deref();
    for step in 0.. {
        if is_absolute(&whole) {
            break;
        }
        let Some(of) = base.and_then(|id| run.base(id)) else { break };
        if step == BASES {
            return Where::Endless(written);
        }
        // A base that is not said is the root.
        if let Some(uri) = of.uri.as_deref() {
            let slash = if uri.ends_with('/') || uri.is_empty() { "" } else { "/" };
            whole = format!("{uri}{slash}{whole}");
        }
        base = of.uri_base_id.as_deref();
    }
    let Some(path) = local(&whole) else { return outside() };
    let Some(path) = decoded(&path).filter(|path| !path.contains('\0')) else { return outside() };
    let full = if path.starts_with('/') { PathBuf::from(&path) } else { root.join(&path) };
    let Some(full) = lexical(&full) else { return outside() };
    let inner = full.strip_prefix(root).map(Path::to_path_buf).ok();
    // The root's links are resolved, those of the path may not be.
    let inner = inner.or_else(|| full.canonicalize().ok()?.strip_prefix(root).map(Path::to_path_buf).ok());
    match inner.filter(|inner| !inner.as_os_str().is_empty()) {
        Some(inner) if inner.iter().any(|part| part.eq_ignore_ascii_case(".git")) => Where::Git(written),
        Some(inner) => Where::Inside(crate::source::slashes(&inner)),
        None => outside(),
    }
}

/// `file:`, `https:`; one letter is a drive.
fn scheme(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.split_once(':')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    (scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(fits))
        .then_some((scheme, rest))
}

fn is_absolute(uri: &str) -> bool {
    uri.starts_with('/') || scheme(uri).is_some()
}

/// The path of an address on this machine.
fn local(uri: &str) -> Option<String> {
    let Some((scheme, rest)) = scheme(uri) else {
        // `//host/share` is another machine.
        return (!uri.starts_with("//")).then(|| uri.to_owned());
    };
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    match rest.strip_prefix("//") {
        Some(rest) => {
            let (host, path) = rest.split_once('/')?;
            (host.is_empty() || host.eq_ignore_ascii_case("localhost"))
                .then(|| format!("/{}", path.trim_start_matches('/')))
        }
        None => Some(rest.to_owned()),
    }
}

/// What an address writes with percent signs; `None` if it is no text then.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// An absolute path without `.` and `..`; `None` for one that leaves the file system.
fn lexical(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    return None;
                }
            }
            part => out.push(part.as_os_str()),
        }
    }
    Some(out)
}

/// A file, and where its lines begin.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) bytes: Vec<u8>,
    starts: Vec<usize>,
}

/// A part of a file: the bytes that are meant, whether they are said and not only their line, and the whole lines around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) at: Range<usize>,
    pub(super) exact: bool,
    pub(super) lines: Range<usize>,
}

impl Lines {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let after = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(after).collect();
        Self { bytes, starts }
    }

    /// The bytes of a region; `None` if the file has no such place.
    pub(super) fn part(&self, region: Region, columns: Option<&str>) -> Option<Part> {
        let line = |number: Option<i64>| usize::try_from(number?).ok()?.checked_sub(1);
        let (at, exact, last) = match line(region.start_line) {
            Some(first) => {
                let own = self.line(first)?;
                let last = line(region.end_line).unwrap_or(first).clamp(first, self.starts.len() - 1);
                let column = |line: &Range<usize>, column: Option<i64>| self.column(line, column, columns);
                let start = column(&own, region.start_column);
                let end =
                    self.line(last).and_then(|line| column(&line, region.end_column).or(Some(line.end)));
                let text = self.bytes.get(own.clone()).unwrap_or_default();
                let indent = text.iter().take_while(|b| b.is_ascii_whitespace()).count();
                let from = start.unwrap_or((own.start + indent).min(own.end));
                (from..end.unwrap_or(own.end).max(from), start.is_some(), last)
            }
            None => {
                let from = usize::try_from(region.byte_offset?).ok().filter(|at| *at <= self.bytes.len())?;
                let length = usize::try_from(region.byte_length.unwrap_or(0)).unwrap_or(0);
                let to = from.saturating_add(length).min(self.bytes.len());
                (from..to, true, self.number(to.max(from + 1) - 1))
            }
        };
        let from = self.starts.get(self.number(at.start)).copied().unwrap_or_default();
        let to = self.line(last).map_or(at.end, |line| line.end).min(from + MOST_TEXT).max(from);
        Some(Part { at, exact, lines: from..to })
    }

    /// The number, from 0, of the line that holds a byte.
    fn number(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The bytes of a line, without its end.
    fn line(&self, number: usize) -> Option<Range<usize>> {
        let start = *self.starts.get(number)?;
        let end = self.starts.get(number + 1).map_or(self.bytes.len(), |next| next - 1);
        let text = self.bytes.get(start..end)?;
        Some(start..end - usize::from(text.ends_with(b"\r")))
    }

    /// The byte of a column, from 1: in code points where that is said, else in UTF-16, which SARIF means then.
    fn column(&self, line: &Range<usize>, column: Option<i64>, kind: Option<&str>) -> Option<usize> {
        let mut left = usize::try_from(column?).ok()?.checked_sub(1)?;
        let text = String::from_utf8_lossy(self.bytes.get(line.clone())?);
        let mut at = line.start;
        for c in text.chars() {
            let width = if kind == Some("unicodeCodePoints") { 1 } else { c.len_utf16() };
            if left < width {
                break;
            }
            left -= width;
            // What is no text counts a byte each.
            at += if c == char::REPLACEMENT_CHARACTER { 1 } else { c.len_utf8() };
        }
        Some(at.min(line.end))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::unwrap_used)]
    use super::*;

    fn place(uri: &str, base: Option<&str>, bases: &str) -> Where {
        let log = format!(r#"{{"version": "2.1.0", "runs": [{{"originalUriBaseIds": {{{bases}}}}}]}}"#);
        let run = super::super::sarif::read(log.as_bytes()).unwrap().remove(0);
        let file = Artifacts {
            uri: Some(uri.to_owned()),
            uri_base_id: base.map(str::to_owned),
            ..Artifacts::default()
        };
        of(&run, &file, Path::new("/nowhere/tree"))
    }

    #[test]
    fn addresses_become_paths_of_the_tree_or_are_outside() {
        let inside = |path: &str| Some(path.to_owned());
        for (uri, expected) in [
            ("a/b.yml", inside("a/b.yml")),
            ("./a/../b.yml", inside("b.yml")),
            ("a%20b/c%2Eyml", inside("a b/c.yml")),
            ("file:///nowhere/tree/a.yml", inside("a.yml")),
            ("file://localhost/nowhere/tree/a.yml", inside("a.yml")),
            ("file:/nowhere/tree/a.yml", inside("a.yml")),
            ("/nowhere/tree/x/../a.yml", inside("a.yml")),
            ("100%/a.yml", inside("100%/a.yml")),
            ("../a.yml", None),
            ("a/../../b.yml", None),
            ("%2e%2e/a.yml", None),
            ("a/%2e%2e/%2E%2E/b", None),
            ("/etc/passwd", None),
            ("/nowhere/treetop/a.yml", None),
            ("file:///etc/passwd", None),
            ("file://host/share/a.yml", None),
            ("//host/share/a.yml", None),
            ("https://example.com/a.yml", None),
            ("C:/a.yml", None),
            ("a%00b", None),
            ("%ff", None),
            ("", None),
            (".", None),
        ] {
            let found = match place(uri, None, "") {
                Where::Inside(path) => Some(path),
                Where::Outside(written) => {
                    assert_eq!(written, uri);
                    None
                }
                other => panic!("{other:?}"),
            };
            assert_eq!(found, expected, "{uri}");
        }
    }

    #[test]
    fn bases_are_followed_and_one_that_is_not_said_is_the_root() {
        let bases = r#""SRC": {"uri": "src/", "uriBaseId": "ROOT"}, "ROOT": {"uri": "file:///nowhere/tree/"},
                       "ELSEWHERE": {"uri": "file:///elsewhere"}, "LOOP": {"uri": "x/", "uriBaseId": "LOOP"}, "BARE": {}"#;
        let is = |base: &str, expected: Option<&str>| {
            let found = match place("a.yml", Some(base), bases) {
                Where::Inside(path) => Some(path),
                _ => None,
            };
            assert_eq!(found.as_deref(), expected, "{base}");
        };
        is("SRC", Some("src/a.yml"));
        is("ROOT", Some("a.yml"));
        is("ELSEWHERE", None);
        is("BARE", Some("a.yml"));
        is("UNSAID", Some("a.yml"));
        assert_eq!(place("a.yml", Some("LOOP"), bases), Where::Endless("a.yml".to_owned()));
        assert_eq!(
            place("file:///nowhere/tree/a.yml", Some("LOOP"), bases),
            Where::Inside("a.yml".to_owned())
        );
    }

    #[test]
    fn what_git_keeps_is_no_file_of_the_tree() {
        for uri in [".git/config", "lib/.GIT/hooks/x", "file:///nowhere/tree/.git/config"] {
            assert_eq!(place(uri, None, ""), Where::Git(uri.to_owned()));
        }
        assert_eq!(place(".gitlab-ci.yml", None, ""), Where::Inside(".gitlab-ci.yml".to_owned()));
    }

    #[test]
    fn regions_become_bytes() {
        let lines = Lines::of("a: 1\r\n  é😀b: two\nlast".as_bytes().to_vec());
        let text = |region: Region, kind: Option<&str>| {
            let part = lines.part(region, kind)?;
            let at = String::from_utf8(lines.bytes[part.at].to_vec()).unwrap();
            Some((at, String::from_utf8(lines.bytes[part.lines].to_vec()).unwrap(), part.exact))
        };
        let said = |at: &str, lines: &str, exact: bool| Some((at.to_owned(), lines.to_owned(), exact));
        let region = |line: i64| Region { start_line: Some(line), ..Region::default() };
        let columns =
            |from: i64, to: i64| Region { start_column: Some(from), end_column: Some(to), ..region(2) };
        assert_eq!(text(region(1), None), said("a: 1", "a: 1", false));
        assert_eq!(text(region(2), None), said("é😀b: two", "  é😀b: two", false));
        assert_eq!(text(columns(3, 6), None), said("é😀", "  é😀b: two", true));
        assert_eq!(text(columns(3, 5), Some("unicodeCodePoints")), said("é😀", "  é😀b: two", true));
        assert_eq!(text(columns(9, 2), None), said("", "  é😀b: two", true));
        assert_eq!(
            text(Region { end_line: Some(3), ..region(2) }, None),
            said("é😀b: two\nlast", "  é😀b: two\nlast", false)
        );
        assert_eq!(
            text(Region { end_line: Some(i64::MAX), end_column: Some(i64::MAX), ..region(3) }, None),
            said("last", "last", false)
        );
        let bytes = |at: i64, length: i64| Region {
            byte_offset: Some(at),
            byte_length: Some(length),
            ..Region::default()
        };
        assert_eq!(text(bytes(0, 1), None), said("a", "a: 1", true));
        for nowhere in [
            region(4),
            region(0),
            region(-1),
            region(i64::MAX),
            bytes(900, 1),
            bytes(-1, 1),
            Region::default(),
        ] {
            assert_eq!(text(nowhere, None), None, "{nowhere:?}");
        }
        let long = Lines::of(vec![b'x'; 3 * MOST_TEXT]);
        assert_eq!(long.part(region(1), None).unwrap().lines, 0..MOST_TEXT);
        assert_eq!(Lines::of(Vec::new()).part(region(1), None).unwrap().lines, 0..0);
    }
}
