//! PowerShell, read into the same [`Script`] as the scripts of other shells.
//!
//! What is in parentheses and script blocks stands in a word as a substitution, so every command in it is found. `if`,
//! loops and functions have their shapes; of an expression only its words, strings and variables are known.
//! Never fails, and is linear in the text, as the shell reader is.
//! Source: <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_parsing>.

mod block;
mod statement;
mod string;
mod word;

use std::ops::{Deref, DerefMut};

use super::Scalar;
use super::script::{Cursor, Extent, List, Script, Template, Templates, Unknown};

/// Deepest nesting of parentheses, blocks and strings: the module's stack has 1 MiB.
const MAX_DEPTH: usize = 64;
/// How often text is read again because a string that opens there never closes. Each costs at most the text.
const MAX_RETREATS: usize = 16;
/// Longest name of a variable in braces, and of a type before a variable (`[string] $x`), in bytes.
const MAX_NAME: usize = 256;

/// Reads a script. `templates` are the forms of holes that someone else fills before it runs.
#[must_use]
pub fn read(script: &Scalar, templates: &[Template]) -> Script {
    let cursor = Cursor::new(&script.text, 0, Templates::new(templates), 0);
    let mut reader = Reader { cursor, close: None, comments: Vec::new(), unknown: Vec::new(), retreats: 0 };
    let body = reader.list();
    Script {
        texts: vec![script.clone()],
        body,
        here_documents: Vec::new(),
        comments: reader.comments,
        unknown: reader.unknown,
    }
}

/// A place in the text and what is open there.
struct Reader<'t> {
    cursor: Cursor<'t>,
    /// The sign that ends the list at hand.
    close: Option<u8>,
    comments: Vec<Extent>,
    unknown: Vec<Unknown>,
    retreats: usize,
}

impl<'t> Deref for Reader<'t> {
    type Target = Cursor<'t>;

    fn deref(&self) -> &Self::Target {
        &self.cursor
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.cursor
    }
}

impl Reader<'_> {
    fn mark_unknown(&mut self, at: Extent, why: &'static str) {
        self.unknown.push(Unknown { at, why });
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

    /// A list up to the sign that closes it; the opening sign was read at `opened`.
    fn enclosed(&mut self, opened: usize, close: u8) -> List {
        let outer = self.close.replace(close);
        let list = self.list();
        self.close = outer;
        if self.peek() == Some(close) {
            self.at += 1;
        } else {
            let at = self.extent(opened, opened + 1);
            self.mark_unknown(at, "a bracket that does not end");
        }
        list
    }

    /// Steps over blanks, comments and continued lines.
    fn gap(&mut self) {
        loop {
            match (self.peek(), self.ahead(1)) {
                (Some(b' ' | b'\t' | b'\r'), _) => self.at += 1,
                (Some(b'`'), Some(b'\n')) => self.at += 2,
                (Some(b'`'), Some(b'\r')) if self.ahead(2) == Some(b'\n') => self.at += 3,
                (Some(b'#'), _) => {
                    let start = self.at;
                    let end = self.line_end(start);
                    self.at = start + self.slice(start..end).trim_end().len();
                    self.comment(start);
                    self.at = end;
                }
                (Some(b'<'), Some(b'#')) => {
                    let start = self.at;
                    let length = self.rest().windows(2).skip(2).position(|two| two == b"#>");
                    self.at = length.map_or(self.end, |length| start + 2 + length + 2);
                    self.comment(start);
                }
                _ => return,
            }
        }
    }

    fn comment(&mut self, start: usize) {
        let at = self.since(start);
        self.comments.push(at);
    }

    /// Steps over blanks, comments and line breaks.
    fn lines(&mut self) {
        loop {
            self.gap();
            if self.peek() != Some(b'\n') {
                return;
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests;
