//! Options of a command and their values, in the ways in which programs accept them.

use super::{Extent, Simple, Word};

/// How an option is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling<'n> {
    /// The whole word with its dashes, `--password` or `-token`: the value is the next word or stands behind `=`.
    Word(&'n str),
    /// A parameter of PowerShell, `-Name`, in any case: the value is the next word or stands behind `:`.
    Parameter(&'n str),
    /// One letter, `-p`: the value is the next word or the rest of this one (`-pVALUE`).
    Letter(char),
}

/// An option found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The word that holds its name.
    pub at: Extent,
    /// Its value; `None` for the last word of a command.
    pub value: Option<Word>,
}

/// Behind this word options end (POSIX utility syntax guideline 10).
const END: &str = "--";

impl Spelling<'_> {
    /// What stands behind the option's name in a word that begins with it.
    fn behind(self, word: &str) -> Option<&str> {
        match self {
            Self::Word(name) => word.strip_prefix(name),
            Self::Letter(letter) => word.strip_prefix('-')?.strip_prefix(letter),
            Self::Parameter(name) => {
                let begins = word.get(..name.len())?.eq_ignore_ascii_case(name);
                word.get(name.len()..).filter(|_| begins)
            }
        }
    }
}

impl Simple {
    /// The values of an option, wherever it stands behind the program. A word that is another option's value is not
    /// told from an option: only the program's own manual could.
    #[must_use]
    pub fn option(&self, spelling: Spelling<'_>) -> Vec<Flag> {
        let mut found = Vec::new();
        let mut words = self.words.iter().skip(1).peekable();
        while let Some(word) = words.next() {
            let prefix = word.prefix();
            if prefix == END && word.known().is_some() {
                break;
            }
            let Some(rest) = spelling.behind(&prefix) else { continue };
            let whole = rest.is_empty() && word.known().is_some();
            let sign = match spelling {
                _ if whole => false,
                Spelling::Word(_) if rest.starts_with('=') => true,
                Spelling::Parameter(_) if rest.starts_with(':') => true,
                Spelling::Letter(_) => rest.starts_with('='),
                Spelling::Word(_) | Spelling::Parameter(_) => continue,
            };
            let behind = word.after(prefix.len() - rest.len() + usize::from(sign)).filter(|_| !whole);
            let value = behind.or_else(|| words.peek().copied().cloned().filter(|_| whole));
            found.push(Flag { at: word.at, value });
        }
        found
    }
}
