//! Scripts of POSIX shells and of bash, read into [`Script`]: words with their quotes, expansions, substitutions,
//! assignments, redirections, here-documents and compound commands.
//!
//! Never fails: what is not understood is in [`Script::unknown`], and reading goes on behind it. Linear in the text:
//! whatever looks ahead has a bound, and whatever is read twice has a budget.
//! Sources: <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html>,
//! <https://www.gnu.org/software/bash/manual/bash.html>.

mod ansi;
mod assignment;
mod command;
mod compound;
mod condition;
mod expansion;
mod here_document;
mod list;
mod redirection;
mod substitution;
mod word;

use std::ops::{Deref, DerefMut};

use super::Scalar;
use super::script::{Cursor, Extent, HereDocument, List, Script, Template, Templates, Unknown, Word};

/// Deepest nesting of compound commands, substitutions and quotes. Readers recurse, and the module's stack has 1 MiB;
/// the deepest of the scripts seen has 9.
const MAX_DEPTH: usize = 64;
/// How often text is read again because a quote or brace that opens there never closes. Each costs at most the text.
const MAX_RETREATS: usize = 16;
/// Longest arithmetic that is told from nested subshells by looking ahead, in bytes.
const MAX_ARITHMETIC: usize = 1024;
/// Longest index of an array's item and longest other thing that is looked ahead for on its line, in bytes.
const MAX_INDEX: usize = 256;

/// Reads a script. `templates` are the forms of holes that someone else fills before the shell runs.
#[must_use]
pub fn read(script: &Scalar, templates: &[Template]) -> Script {
    let mut out = Output::default();
    out.texts.push(script.clone());
    let cursor = Cursor::new(&script.text, 0, Templates::new(templates), 0);
    let body = Reader::new(cursor, &mut out).everything();
    Script {
        texts: out.texts,
        body,
        here_documents: out.here_documents,
        comments: out.comments,
        unknown: out.unknown,
    }
}

/// What is gathered beside the tree.
#[derive(Default)]
struct Output {
    texts: Vec<Scalar>,
    here_documents: Vec<HereDocument>,
    comments: Vec<Extent>,
    unknown: Vec<Unknown>,
    retreats: usize,
}

/// What may end the list at hand, for all that is open around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Closers(u16);

impl Closers {
    const PAREN: Self = Self(1);
    const BRACE: Self = Self(1 << 1);
    const THEN: Self = Self(1 << 2);
    const ELSE: Self = Self(1 << 3);
    const FI: Self = Self(1 << 4);
    const DO: Self = Self(1 << 5);
    const DONE: Self = Self(1 << 6);
    const ESAC: Self = Self(1 << 7);
    const ARM: Self = Self(1 << 8);

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// A here-document whose body begins behind the next line break.
struct Pending {
    index: usize,
    strips_tabs: bool,
}

/// Where reading can go back to.
struct Mark {
    at: usize,
    here_documents: usize,
    comments: usize,
    unknown: usize,
    pending: usize,
    begun: usize,
    closers: Closers,
}

/// A place in the text and what is open there.
struct Reader<'t, 'o> {
    cursor: Cursor<'t>,
    closers: Closers,
    pending: Vec<Pending>,
    /// How many of `pending` have their bodies.
    begun: usize,
    out: &'o mut Output,
}

impl<'t> Deref for Reader<'t, '_> {
    type Target = Cursor<'t>;

    fn deref(&self) -> &Self::Target {
        &self.cursor
    }
}

impl DerefMut for Reader<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.cursor
    }
}

impl<'t, 'o> Reader<'t, 'o> {
    fn new(cursor: Cursor<'t>, out: &'o mut Output) -> Self {
        Self { cursor, closers: Closers::default(), pending: Vec::new(), begun: 0, out }
    }

    /// Everything up to the end.
    fn everything(&mut self) -> List {
        let list = self.list();
        // Here-documents on the last line, which has no break, have no body.
        self.here_documents();
        list
    }

    fn unknown(&mut self, at: Extent, why: &'static str) {
        self.out.unknown.push(Unknown { at, why });
    }

    /// Reads something one level deeper; `None`, and nothing is read, at the limit.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        Some(read)
    }

    /// Reads up to `end` what is a program of its own: only `closers` can end it, and the here-documents that wait for
    /// a line break around it are not its own.
    fn apart<T>(&mut self, end: usize, closers: Closers, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer_end = std::mem::replace(&mut self.end, end);
        let outer_closers = std::mem::replace(&mut self.closers, closers);
        let outer_pending = std::mem::take(&mut self.pending);
        let outer_begun = std::mem::take(&mut self.begun);
        let read = read(self);
        self.pending = outer_pending;
        self.begun = outer_begun;
        self.closers = outer_closers;
        self.end = outer_end;
        read
    }

    fn mark(&self) -> Mark {
        Mark {
            at: self.at,
            here_documents: self.out.here_documents.len(),
            comments: self.out.comments.len(),
            unknown: self.out.unknown.len(),
            pending: self.pending.len(),
            begun: self.begun,
            closers: self.closers,
        }
    }

    /// Goes back to where something opened that never closes, and takes the rest of that line for unknown. With the
    /// budget spent, what was read stays read.
    fn retreat(&mut self, to: &Mark, why: &'static str) {
        let reads_again = self.at > to.at;
        if !reads_again || self.out.retreats < MAX_RETREATS {
            self.out.retreats += usize::from(reads_again);
            self.at = self.line_end(to.at);
            self.out.here_documents.truncate(to.here_documents);
            self.out.comments.truncate(to.comments);
            self.out.unknown.truncate(to.unknown);
            self.pending.truncate(to.pending);
            self.begun = to.begun;
            self.closers = to.closers;
        }
        let at = self.since(to.at);
        self.unknown(at, why);
    }

    /// Steps over blanks and continued lines.
    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\r') if matches!(self.ahead(1), Some(b'\n') | None) => self.at += 1,
                Some(b'\\') if self.continues() > 0 => self.at += self.continues(),
                _ => return,
            }
        }
    }

    /// Bytes of an escaped line break here, 0 if there is none.
    fn continues(&self) -> usize {
        match (self.peek(), self.ahead(1), self.ahead(2)) {
            (Some(b'\\'), Some(b'\n'), _) => 2,
            (Some(b'\\'), Some(b'\r'), Some(b'\n')) => 3,
            _ => 0,
        }
    }

    /// Steps over blanks, and over a comment if one begins here.
    fn gap(&mut self) {
        self.blanks();
        if self.peek() == Some(b'#') {
            let start = self.at;
            self.at = self.line_end(start);
            let length = self.slice(start..self.at).trim_end().len();
            let at = self.extent(start, start + length);
            self.out.comments.push(at);
        }
    }

    /// Steps over blanks, comments and line breaks.
    fn lines(&mut self) {
        loop {
            self.gap();
            if self.peek() != Some(b'\n') {
                return;
            }
            self.line_break();
        }
    }

    /// Steps over a line break and the here-documents behind it.
    fn line_break(&mut self) {
        self.at += 1;
        self.here_documents();
    }

    /// An empty word here.
    fn empty(&self) -> Word {
        Word { at: self.since(self.at), pieces: Vec::new() }
    }
}

/// Whether a byte ends an unquoted word.
fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')')
}

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
pub(crate) mod tests;
