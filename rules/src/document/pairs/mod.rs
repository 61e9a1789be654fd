//! Names and values of files that are data by their name: `.env`, properties, INI, TOML, XML, netrc
//! (`data/pairs.toml`). A reader takes a text apart; whether a value is a secret is not its to say.
//!
//! Invariants: never fails, since what is no pair is passed over; linear; every value knows its bytes, so that what is
//! hidden of it is hidden where it stands.

mod decode;
mod directives;
mod env;
mod ini;
mod logins;
mod make;
mod program;
mod properties;
mod toml;
mod whole;
mod xml;

use std::sync::LazyLock;

use serde::Deserialize;

use super::Scalar;
use super::ground::Ground;

/// Largest file that is taken apart, in bytes. Configuration that people write stays below 100 KB; larger XML and
/// properties are dumps and translations. They are still searched for tokens.
pub const MAX_BYTES: usize = 4 << 20;

/// Where a reader puts a pair.
type Each<'e> = &'e mut dyn FnMut(&str, Scalar);

/// A reader: finds the pairs of a text that stands on a ground.
type Read = fn(&str, Ground<'_>, Each<'_>);

/// Every reader, by its name in the table.
const READERS: [(&str, Read); 10] = [
    ("env", env::read),
    ("ini", ini::read),
    ("make", make::read),
    ("netrc", logins::netrc),
    ("pgpass", logins::pgpass),
    ("program", program::read),
    ("properties", properties::read),
    ("toml", toml::read),
    ("whole", whole::read),
    ("xml", xml::read),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    kind: Vec<Kind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    reader: String,
    files: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

static TABLE: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read::<Table>(include_str!("../../../data/pairs.toml"))
        .expect("data/pairs.toml parses")
        .kind
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&TABLE);
    directives::warm();
}

/// How a file is taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    read: Read,
    /// The name of what a file that is one value holds: the end of the pattern that its own name fits.
    whole: &'static str,
}

/// Whether a text is what variables and keys are called: ASCII letters and digits, `_`, `.` and `-`.
pub(crate) fn is_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    !text.is_empty() && text.chars().all(is_part)
}

impl Reader {
    /// The reader that a path asks for, from the root with `/`.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let path = path.to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or(&path);
        let fitting = |kind: &'static Kind| {
            let pattern = kind.files.iter().find(|pattern| fits(&path, name, pattern))?;
            Some((kind, pattern.rsplit(['*', '.']).next().unwrap_or(pattern)))
        };
        let (kind, whole) = TABLE.iter().find_map(fitting)?;
        let (_, read) = READERS.iter().find(|(name, _)| *name == kind.reader)?;
        Some(Self { read: *read, whole })
    }

    /// The reader of a text that is nothing but lines of names and values: of prose some lines look like pairs, of data
    /// all do.
    #[must_use]
    pub fn of_lines(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.all(|line| line.contains(['=', ':'])).then(|| Self::of_path("lines.ini"))?
    }

    /// The reader of a file that nothing but its content describes: every line gives a name its value, as `.env` does.
    #[must_use]
    pub fn of_assignments(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let named = |line: &str| {
            let line = line.strip_prefix("export ").unwrap_or(line);
            line.split_once('=').is_some_and(|(name, _)| is_name(name.trim_end()))
        };
        lines.all(named).then(|| Self::of_path(".env"))?
    }

    /// Hands out the pairs of a file's text.
    pub fn file(self, text: &str, each: &mut dyn FnMut(&str, Scalar)) {
        self.on(text, Ground::File, each);
    }

    /// Hands out the pairs of a file that stands inside another, such as a key of a `ConfigMap`.
    pub fn inside(self, text: &Scalar, each: &mut dyn FnMut(&str, Scalar)) {
        self.on(&text.text, Ground::Scalar(text), each);
    }

    fn on(self, text: &str, ground: Ground<'_>, each: Each<'_>) {
        (self.read)(text, ground, &mut |name, value| {
            each(if name.is_empty() { self.whole } else { name }, value)
        });
    }
}

/// Whether a path in lower case, and the file's name in it, end as a pattern says.
fn fits(path: &str, name: &str, pattern: &str) -> bool {
    if pattern.contains('/') {
        return path.strip_suffix(pattern).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    }
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    let Some(before) = rest.strip_suffix(last) else { return false };
    rest = before;
    pieces.all(|piece| match rest.find(piece) {
        Some(at) => {
            rest = rest.get(at + piece.len()..).unwrap_or_default();
            true
        }
        None => false,
    })
}

/// The lines of a text with where they begin, without their ends.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

/// Where a part of a text stands in it: both are borrowed from the same text.
fn offset(text: &str, part: &str) -> Option<usize> {
    let at = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    (text.get(at..at.checked_add(part.len())?)? == part).then_some(at)
}

#[cfg(test)]
mod tests;
