//! Dialects: each lowers the trees of one unit to facts. One folder per dialect; `build.rs` lists the folders.
//!
//! Invariants: a dialect names no rule and chooses no remedy; it reads only what the unit holds; it tolerates unknown
//! keys; whatever it cannot resolve it reports with [`Lowering::unknown`], so that nothing passes silently.

mod claims;
pub mod logins;
pub mod lowering;
pub(crate) mod ownership;
pub mod pipeline;
#[cfg(test)]
pub(crate) mod told;
mod trust_policy;
pub mod unread;
mod values;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::document::{Document, Format};
use crate::fact::Place;
use crate::remedy::{Remedy, Rendered};
use crate::span::{ByteSpan, FileId};

pub use lowering::Lowering;

include!(concat!(env!("OUT_DIR"), "/dialects.rs"));

/// What a dialect says of a path alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Not a file of this dialect.
    No,
    /// The content decides.
    Content,
    /// The path makes it one: if it cannot be checked, that is a finding.
    Path,
}

/// Another file that is read along with one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// One file, by its path from the root.
    File(String),
    /// Whichever of these exist: names of one file between which a tool chooses, or a file that a convention allows. Where none
    /// does and the document needs one, its dialect says so at the place.
    AnyOf(Vec<String>),
    /// The files directly in a directory whose names end in one of the suffixes.
    Directory {
        /// Path from the root; empty for the root.
        path: String,
        /// Name endings: `.tf`, `.tf.json`.
        suffixes: Vec<String>,
    },
}

/// Which unit a file belongs to, and what else must be read to understand it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Files that name the same key are one unit (`terraform:envs/prod`); `None` is a unit of its own.
    pub unit: Option<String>,
    /// Files to read along. Paths outside the root are refused by the host.
    pub asks: Vec<Ask>,
    /// Files that mean nothing by themselves: they are members of this file's unit, unless another file took them first
    /// or they name a unit of their own.
    pub takes: Vec<String>,
}

/// The unit of each file, given the unit that it names and which files each takes, by path: who is taken belongs to the
/// unit of who takes it. Held to in the same words by every host that groups files.
#[must_use]
pub fn taken(outlines: &BTreeMap<String, (Option<String>, Vec<String>)>) -> BTreeMap<String, String> {
    let mut takers: BTreeMap<&str, &str> = BTreeMap::new();
    for (path, (_, takes)) in outlines {
        for taken in takes.iter().filter(|taken| *taken != path) {
            if outlines.get(taken).is_none_or(|(unit, _)| unit.is_none()) {
                takers.entry(taken).or_insert(path);
            }
        }
    }
    let unit_of = |path: &str| outlines.get(path).and_then(|(unit, _)| unit.clone());
    let key = |taken: &str| {
        let (mut at, mut seen) = (taken, BTreeSet::from([taken]));
        while let Some(taker) = takers.get(at).copied().filter(|taker| seen.insert(taker)) {
            at = taker;
        }
        unit_of(at).unwrap_or_else(|| at.to_owned())
    };
    takers.keys().map(|taken| ((*taken).to_owned(), key(taken))).collect()
}

/// A file of a unit, read.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its index in the unit.
    pub id: FileId,
    /// Path from the root, with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Its tree.
    pub document: Document,
    /// Whether the unit is about this file; `false` for one that was asked for.
    pub member: bool,
}

impl SourceFile {
    /// Reads a file.
    #[must_use]
    pub fn read(id: FileId, path: &str, bytes: Arc<[u8]>, member: bool) -> Self {
        let document = Document::read(Format::of_file(path, &bytes), &bytes);
        Self { id, path: path.to_owned(), bytes, document, member }
    }

    /// Whether an anchor stands before the YAML value at a span. An edit there would change what its aliases stand for
    /// elsewhere, so no remedy makes one.
    #[must_use]
    pub fn is_anchored(&self, span: ByteSpan) -> bool {
        // An anchor and a tag before a value are never longer together.
        const LONGEST: usize = 256;
        let start = span.start as usize;
        let before = self.bytes.get(start.saturating_sub(LONGEST)..start).unwrap_or_default();
        let line = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
        let words = line.trim_ascii_end();
        let words = words.strip_suffix(b"\"").or_else(|| words.strip_suffix(b"'")).unwrap_or(words);
        let properties = words.rsplit(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        properties
            .take_while(|word| matches!(word.first(), Some(b'&' | b'!')))
            .any(|word| word.starts_with(b"&"))
    }

    /// The comment behind a value on its line.
    #[must_use]
    pub fn comment_beside(&self, span: ByteSpan) -> Option<&str> {
        let next = self.document.comments.partition_point(|comment| comment.span.start < span.end);
        let comment = self.document.comments.get(next)?;
        let between = self.bytes.get(span.end as usize..comment.span.start as usize)?;
        between.iter().all(|b| matches!(b, b' ' | b'\t' | b'"' | b'\'')).then_some(comment.text.as_str())
    }

    /// The tag before the YAML value at a span: the tree does not keep it.
    #[must_use]
    pub fn tag(&self, span: ByteSpan) -> Option<&str> {
        // An anchor and a tag before a value are never longer together.
        const LONGEST: usize = 256;
        let start = span.start as usize;
        let before = self.bytes.get(start.saturating_sub(LONGEST)..start)?.trim_ascii_end();
        let line = before.rsplit(|b| *b == b'\n').next()?;
        let line = std::str::from_utf8(line).ok()?.trim_end();
        let line = line.strip_suffix(['"', '\'']).unwrap_or(line);
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        if words.iter().any(|word| word.starts_with('#')) {
            return None;
        }
        let mut words = words.into_iter().rev().skip_while(|word| word.starts_with(['|', '>', '&']));
        words.next().filter(|word| word.starts_with('!'))
    }

    /// The folder part of its path, without a trailing `/`; empty at the root.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The file's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(self.path.as_str(), |(_, name)| name)
    }
}

/// Several files read as one program.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// Its key.
    pub key: String,
    /// Its files; index = [`FileId`]. Members first.
    pub files: Vec<SourceFile>,
    /// What was spent on trying edits.
    pub trials: Trials,
    /// What is known of whole files.
    pub answers: Answers,
}

/// Questions to whole files, each answered once: a file may hold thousands of places that ask it.
#[derive(Clone, Debug, Default)]
pub struct Answers(RefCell<BTreeMap<(FileId, String), bool>>);

impl Answers {
    /// The answer to a question about a file; `find` finds it when it is asked first.
    pub fn once(&self, file: FileId, question: &str, find: impl FnOnce() -> bool) -> bool {
        let key = (file, question.to_owned());
        if let Some(known) = self.0.borrow().get(&key) {
            return *known;
        }
        let answer = find();
        self.0.borrow_mut().insert(key, answer);
        answer
    }
}

/// Most bytes read to try edits on one unit. Trying reads what is edited twice; a file of 1,000 things to mend in one
/// document would be read 2,000 times. At this limit a unit takes two seconds, and its findings stay, without edits.
const MAX_TRIED: usize = 8 << 20;

/// Counts the bytes that are read again to try edits.
#[derive(Clone, Debug, Default)]
pub struct Trials(Cell<usize>);

impl Trials {
    /// Whether `bytes` more may be read; if so they are counted.
    pub fn allow(&self, bytes: usize) -> bool {
        let after = self.0.get().saturating_add(bytes);
        let allowed = after <= MAX_TRIED;
        if allowed {
            self.0.set(after);
        }
        allowed
    }

    /// Bytes read so far.
    #[must_use]
    pub fn spent(&self) -> usize {
        self.0.get()
    }
}

impl Unit {
    /// A file by path.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|f| f.path == path)
    }
}

/// A syntax of pipelines or infrastructure code.
pub trait Dialect: Sync {
    /// Its name: `github-actions`.
    fn name(&self) -> &'static str;

    /// What the path alone says. Case-sensitive, `/` separators, relative to the root.
    fn claim(&self, path: &str) -> Claim;

    /// Whether the content is of this dialect; asked only after [`Claim::Content`].
    fn recognise(&self, _file: &SourceFile) -> bool {
        false
    }

    /// Whether files of this path may belong to a larger unit, so that [`Self::outline`] must see them.
    fn grouped(&self, _path: &str) -> bool {
        false
    }

    /// The unit of a file and what it asks for. Must be cheap: it reads one file.
    fn outline(&self, _file: &SourceFile) -> Outline {
        Outline::default()
    }

    /// Builds its tables now; the module's snapshot then holds them ready.
    fn warm(&self) {}

    /// Lowers the files of the unit that are of this dialect.
    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>);

    /// Writes a remedy in this syntax. `target` is the place of the fact it mends.
    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        let _ = (unit, target, remedy);
        Rendered::NotHere("no edit is known for this syntax".to_owned())
    }

    /// Whether this file of the unit is of this dialect.
    fn owns(&self, file: &SourceFile) -> bool {
        match self.claim(&file.path) {
            Claim::Path => true,
            Claim::Content => self.recognise(file),
            Claim::No => false,
        }
    }
}

/// Joins a path from the root with a relative one; `None` if it leaves the root.
#[must_use]
pub fn resolve(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}
