//! What stands inside values: scripts and command lines under names that say so (`data/carriers.toml`), files kept in a
//! key, documents, `NAME=value`. A ConfigMap holds properties, a task its shell command, a unit file its environment.
//!
//! Invariant: ends, since what stands inside is shorter than what it stands in, and is opened to a fixed depth.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::told::Named;
use super::{names, told};
use crate::command;
use crate::document::pairs::{Reader, is_name};
use crate::document::script::{Script, Template};
use crate::document::{Document, Format, Node, Scalar, shell};

/// Longest text inside a value that is taken apart, in bytes: a file kept in a key.
const LONGEST: usize = 256 << 10;
/// How deep: a document in a heredoc, and a script in that.
const DEEPEST: usize = 3;
/// Names of scripts kept in a key: `run.sh` of a ConfigMap.
const SCRIPT_FILES: [&str; 3] = [".sh", ".bash", ".zsh"];
/// What is filled before a shell sees a script.
const HOLES: [Template; 1] = [Template::Braces];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    scripts: Names,
    assignments: Names,
    words: Names,
    sealed: Names,
    accounts: Names,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    names: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../data/carriers.toml")).expect("data/carriers.toml parses")
});

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

impl Names {
    fn hold(&self, words: &[String]) -> bool {
        const MOST_WORDS: usize = 6;
        let one = words.len() == 1;
        // Of a longer name the last word alone says too little: `on-run` is no script.
        let from = words.len().saturating_sub(MOST_WORDS);
        (from..words.len()).any(|at| {
            let ending = words.get(at..).unwrap_or_default();
            (one || ending.len() > 1) && self.names.contains(&ending.join(" "))
        })
    }
}

/// Whether a value may be what a key of a cloud or of PGP sealed: base64, and longer than what anybody seals. The name
/// around it alone proves nothing.
pub(super) fn is_ciphertext(text: &str) -> bool {
    const SHORTEST_SEALED: usize = 100;
    let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
    text.len() >= SHORTEST_SEALED && text.bytes().all(letters)
}

/// Whether a name says that what stands under it is ciphertext.
pub(super) fn is_sealed(name: &str) -> bool {
    is_short(name) && TABLE.sealed.names.contains(&names::words(name).join(" "))
}

/// Longer names say nothing of what they hold, in bytes.
fn is_short(name: &str) -> bool {
    const LONGEST_NAME: usize = 64;
    name.len() <= LONGEST_NAME
}

/// What a name says of the values there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Scripts,
    Assignments,
    Words,
}

fn holds(name: &str) -> Option<Holds> {
    if !is_short(name) {
        return None;
    }
    if SCRIPT_FILES.iter().any(|ending| name.ends_with(ending)) {
        return Some(Holds::Scripts);
    }
    let words = names::words(name);
    let tables = [
        (&TABLE.scripts, Holds::Scripts),
        (&TABLE.assignments, Holds::Assignments),
        (&TABLE.words, Holds::Words),
    ];
    tables.into_iter().find_map(|(names, holds)| names.hold(&words).then_some(holds))
}

impl Named<'_> {
    /// Looks into one text.
    pub(super) fn inside(&mut self, name: &str, scalar: &Scalar) {
        self.deeper(scalar, |named| {
            match holds(name) {
                Some(Holds::Assignments) => named.assignments(scalar),
                Some(_) => named.script(scalar),
                None => {}
            }
            // One line under a name is a value; only several are a file.
            if !named.document(name, scalar) && scalar.text.contains('\n') {
                named.lines(name, scalar);
            }
        });
    }

    /// Looks into a file that a command writes or reads.
    pub(super) fn inside_file(&mut self, name: &str, scalar: &Scalar) {
        self.deeper(scalar, |named| {
            if !named.document(name, scalar) {
                named.lines(name, scalar);
            }
        });
    }

    fn deeper(&mut self, scalar: &Scalar, look: impl FnOnce(&mut Self)) {
        if self.depth < DEEPEST && scalar.text.len() <= LONGEST && !scalar.text.trim().is_empty() {
            self.depth += 1;
            look(self);
            self.depth -= 1;
        }
    }

    /// Looks into the texts of a list: a script each, the words of one command line, or assignments.
    pub(super) fn inside_list(&mut self, name: &str, items: &[Node]) {
        match holds(name) {
            Some(Holds::Scripts) => items.iter().filter_map(Node::scalar).for_each(|item| self.script(item)),
            Some(Holds::Words) => self.words(items),
            Some(Holds::Assignments) | None => {}
        }
        items.iter().filter_map(Node::scalar).for_each(|item| self.assignment(item));
    }

    /// Looks into the texts of a map whose name says that they are scripts: `scripts` of package.json; or accounts.
    pub(super) fn inside_map(&mut self, name: &str, node: &Node) {
        if is_short(name) && TABLE.accounts.names.contains(name) {
            let lists = node.get("list").into_iter().flat_map(Node::one_or_many);
            lists.filter_map(Node::scalar).for_each(|list| self.accounts(list));
        }
        if holds(name) == Some(Holds::Scripts) {
            let texts = node.entries().iter().filter(|e| holds(e.name()).is_none());
            texts.filter_map(|e| e.value.scalar()).for_each(|text| self.script(text));
        }
    }

    /// Lines of `user:password`.
    fn accounts(&mut self, list: &Scalar) {
        let mut at = 0;
        for line in list.text.split_inclusive('\n') {
            if let Some((user, password)) = line.trim_end().split_once(':') {
                let from = at + user.len() + 1;
                self.add("password", Some(&list.part(from..from + password.len())));
            }
            at += line.len();
        }
    }

    fn script(&mut self, scalar: &Scalar) {
        if scalar.text.len() <= LONGEST {
            self.commands(&shell::read(&self.placed(scalar), &HOLES));
        }
    }

    /// The words of one command line; the program may be somebody else's.
    fn words(&mut self, items: &[Node]) {
        const MOST: usize = 1_000;
        let items = match items.split_first() {
            // How a health check of a container says what runs it.
            // Source: <https://docs.docker.com/reference/compose-file/services/#healthcheck>.
            Some((first, rest)) if first.text() == Some("CMD") => rest,
            Some((first, rest)) if first.text() == Some("CMD-SHELL") => {
                return rest.iter().filter_map(Node::scalar).for_each(|script| self.script(script));
            }
            _ => items,
        };
        let words: Vec<Scalar> =
            items.iter().take(MOST).filter_map(Node::scalar).map(|word| self.placed(word)).collect();
        let implied = words.first().is_some_and(|first| first.text.starts_with('-'));
        if let Some(script) = command::of_list(&words, implied, &HOLES) {
            self.commands(&script);
        }
    }

    fn commands(&mut self, script: &Script) {
        for value in command::values(script) {
            if value.file {
                // It leads back to the file already, whatever it stands in.
                let outer = self.outer.take();
                self.inside_file(&value.name, &value.scalar);
                self.outer = outer;
            } else {
                self.told(value);
            }
        }
    }

    /// Several `NAME=value` with blanks between them, each in quotes or without: the variables of a unit of systemd.
    fn assignments(&mut self, scalar: &Scalar) {
        let mut quote = None;
        let mut from = 0;
        let ends = scalar.text.char_indices().filter_map(|(at, c)| {
            match quote {
                Some(sign) if sign == c => quote = None,
                None if matches!(c, '"' | '\'') => quote = Some(c),
                _ => {}
            }
            (quote.is_none() && c.is_whitespace()).then_some((at, at + c.len_utf8()))
        });
        let ends: Vec<_> = ends.chain(std::iter::once((scalar.text.len(), scalar.text.len()))).collect();
        for (end, next) in ends {
            let word = scalar.text.get(from..end).unwrap_or_default();
            let bare = word.trim_matches(['"', '\'']);
            let start = from + word.find(bare).unwrap_or_default();
            self.assignment(&scalar.part(start..start + bare.len()));
            from = next;
        }
    }

    /// `NAME=value`, as lists of variables hold it; `Name: value`, as lists of headers do.
    fn assignment(&mut self, scalar: &Scalar) {
        if let Some((name, value)) = scalar.text.split_once(": ").filter(|(name, _)| is_name(name)) {
            let bare = value.trim();
            let from = name.len() + 2 + value.find(bare).unwrap_or_default();
            return self.add(name, Some(&scalar.part(from..from + bare.len())));
        }
        let Some((name, value)) = scalar.text.split_once('=') else { return };
        if is_name(name) {
            let bare = value.trim().trim_matches(['"', '\'']);
            let from = name.len() + 1 + value.find(bare).unwrap_or_default();
            self.add(name, Some(&scalar.part(from..from + bare.len())));
        }
    }

    /// A document of its own: what the key is called says so, or how it begins.
    fn document(&mut self, name: &str, scalar: &Scalar) -> bool {
        let text = scalar.text.trim_start();
        let format = match Format::of_path(&name.to_ascii_lowercase()) {
            format @ (Format::Yaml | Format::Json) => format,
            _ if text.starts_with(['{', '[']) && text.contains("\"") => Format::Json,
            _ => return false,
        };
        let document = Document::read(format, scalar.text.as_bytes());
        if !document.breaks.is_empty() {
            return false;
        }
        let outer = self.outer.replace(self.placed(scalar));
        told::tree(document.nodes(), self);
        self.outer = outer;
        true
    }

    /// Lines of names and values.
    fn lines(&mut self, name: &str, scalar: &Scalar) {
        let Some(reader) = Reader::of_path(name).or_else(|| Reader::of_lines(&scalar.text)) else { return };
        let placed = self.placed(scalar);
        let outer = self.outer.take();
        reader.inside(&placed, &mut |name, value| self.add(name, Some(&value)));
        self.outer = outer;
    }
}

#[cfg(test)]
mod tests {
    use super::{Holds, holds};

    #[test]
    fn a_name_says_what_its_values_hold() {
        for name in ["script", "before_script", "user_data", "metadata_startup_script", "ExecStart", "inline"]
        {
            assert_eq!(holds(name), Some(Holds::Scripts), "{name}");
        }
        for name in ["Environment", "environment"] {
            assert_eq!(holds(name), Some(Holds::Assignments), "{name}");
        }
        for name in ["command", "args", "entryPoint", "test"] {
            assert_eq!(holds(name), Some(Holds::Words), "{name}");
        }
        for name in ["description", "on-run", "command-line-interface", "shell_access", "script-src"] {
            assert_eq!(holds(name), None, "{name}");
        }
    }
}
