//! Commands: what programs are handed. A script's commands become values with names, by the table `data/commands.toml`:
//! `mysql -pX` hands over a password, `export API_TOKEN=X` a value called so.
//!
//! Invariant: nothing here judges a value. What a command hands over is named; whether it is a credential is the
//! detectors' word, and what the script itself does not say (`$X`, `$(…)`, `${{ … }}`) is not handed over at all.

mod arguments;
mod assigned;
mod call;
pub(crate) mod download;
mod form;
pub(crate) mod grant;
pub(crate) mod leak;
mod list;
pub(crate) mod login;
pub(crate) mod mint;
pub(crate) mod package;
pub(crate) mod publish;
mod rows;
mod table;
#[cfg(test)]
mod tests;
pub(crate) mod tool;
pub(crate) mod upload;
mod usage;

use std::collections::BTreeMap;

use crate::detect::{asks_for_secret, shape};
use crate::dialect::Lowering;
use crate::dialect::lowering::{Slot, Told, Written};
use crate::document::script::{Assigned, Found, Piece, PieceKind, Script, Template, Word};
use crate::document::{Scalar, shell};
use crate::fact::{ContextId, Text};
use crate::span::FileId;
pub(crate) use call::{Called, called};
pub(crate) use form::last;
pub(crate) use list::of_list;

/// How deep scripts in arguments of commands of scripts are read: `ssh`, `sudo`, `su` and `sh` around each other make
/// three.
const MAX_NESTED: usize = 3;

/// A value that a command is handed.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// What it is called: a variable, an option, or the table's word for it.
    pub name: String,
    /// The value, with the way back to the file.
    pub scalar: Scalar,
    /// Whether it is a file of that name, which holds values of its own.
    pub file: bool,
}

/// Builds the table now.
pub(crate) fn warm() {
    table::warm();
    login::warm();
    package::warm();
    mint::warm();
    grant::warm();
    download::warm();
    publish::warm();
    upload::warm();
    leak::warm();
}

/// The values with telling names, and the files, that the commands of a script are handed, in order.
#[must_use]
pub fn values(script: &Script) -> Vec<Named> {
    let mut out = Values { named: Vec::new(), scripts: Vec::new(), nested: 0 };
    out.script(script);
    out.named
}

/// Variables that a script sets once and in so many words.
pub(crate) struct Set<'s>(BTreeMap<&'s str, Option<&'s Word>>);

impl<'s> Set<'s> {
    /// Those that these commands of a script set.
    pub(crate) fn by(commands: &[Called<'s>], script: &'s Script) -> Self {
        let mut set = BTreeMap::new();
        for assignment in commands.iter().flat_map(|called| called.found.simple.assigned()) {
            let word = match &assignment.value {
                Assigned::Word(word) if !assignment.appends => Some(word),
                _ => None,
            };
            set.entry(script.text(assignment.name)).and_modify(|known| *known = None).or_insert(word);
        }
        Self(set)
    }

    /// What the variable is set to that a word is.
    pub(crate) fn word(&self, script: &Script, word: &Word) -> Option<Text> {
        let [Piece { kind: PieceKind::Parameter(expansion), .. }] = word.pieces.as_slice() else {
            return None;
        };
        Some(self.0.get(script.text(expansion.name)).copied()??.to_text(script))
    }
}

/// Hands the values of a script to the detectors. Gives the scripts that stand in arguments of its commands
/// (`bash -c '…'`), and those in theirs.
pub(crate) fn offer(out: &mut Lowering<'_>, file: FileId, within: ContextId, script: &Script) -> Vec<Script> {
    let mut values = Values { named: Vec::new(), scripts: Vec::new(), nested: 0 };
    values.script(script);
    for value in values.named {
        offer_value(out, file, within, value);
    }
    values.scripts
}

/// What a header of HTTP holds: behind the name of a scheme, a token.
pub(crate) fn header(name: &str, scalar: Scalar) -> Option<Named> {
    let mut out = Values { named: Vec::new(), scripts: Vec::new(), nested: 0 };
    out.value(name, scalar);
    out.named.pop()
}

/// Hands one value to the detectors. Passwords that documentation uses are let pass: in scripts they start a database for
/// a test, or stand in a usage text.
pub(crate) fn offer_value(out: &mut Lowering<'_>, file: FileId, within: ContextId, value: Named) {
    let Named { name, scalar, file: is_file } = value;
    if is_file {
        return out.written.push(Written { name, file, scalar, within });
    }
    if shape::of(&scalar.text) == shape::Shape::Weak {
        return out.silent(file, "a word that documentation uses, in a script");
    }
    if shape::names_file(&scalar.text) {
        return out.silent(file, "the name of a file");
    }
    out.slots.push(Slot { name, file, scalar, base64: false, within, told: Told::Place });
}

impl Named {
    /// A value, if its name says that secrets belong there.
    pub(crate) fn told(name: &str, scalar: Scalar) -> Option<Self> {
        let told = !scalar.text.trim().is_empty() && asks_for_secret(name) && !table::names_elsewhere(name);
        told.then(|| Self { name: name.to_owned(), scalar, file: false })
    }
}

/// What is gathered from a script and the scripts in its arguments.
struct Values {
    named: Vec<Named>,
    /// Scripts that stand in arguments.
    scripts: Vec<Script>,
    nested: usize,
}

impl Values {
    fn script(&mut self, script: &Script) {
        for found in script.commands() {
            self.command(script, &found);
        }
    }

    fn command(&mut self, script: &Script, found: &Found<'_>) {
        self.assignments(script, found.simple);
        self.written(script, found);
        self.arguments(script, found);
    }

    /// Keeps a value if its name says that secrets belong there.
    fn keep(&mut self, name: &str, scalar: Scalar) {
        self.named.extend(Named::told(name, scalar));
    }

    /// Reads a script that stands in an argument.
    fn inner(&mut self, scalar: &Scalar) {
        if self.nested < MAX_NESTED {
            self.nested += 1;
            let script = shell::read(scalar, &[Template::DollarBraces]);
            self.script(&script);
            self.nested -= 1;
            self.scripts.push(script);
        }
    }
}
