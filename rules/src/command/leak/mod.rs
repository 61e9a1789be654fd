//! What commands do with the secrets that they read: print them, put them into an address, an argument, an image or a
//! file. Which commands do so is `data/command-leaks.toml`; which variables hold secrets, the dialect says.
//!
//! Only what the script's own words show is said. A command that no table names may do anything: silence.

mod address;
mod known;
mod print;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::call::{Call, Called};
use crate::document::script::{Assigned, Extent, Found, Script, Word};
use crate::fact::Ref;
use known::{Known, Secret};

pub(super) use table::warm;

/// Most files of one script that are remembered for what was written to them; scripts write a handful.
const MAX_FILES: usize = 256;

/// Most places of one script where a secret goes out that are told. Whoever mends these finds the next.
const MAX_LEAKS: usize = 256;

/// Which variables hold standing secrets, as the dialect knows it. The job's own token is none.
pub(crate) trait Held {
    /// Secrets in the environment variable of this name when the script begins.
    fn variable(&self, name: &str) -> Vec<Ref>;
    /// Secrets in what the platform fills in before a shell sees the script; `hole` with its signs.
    fn hole(&self, hole: &str) -> Vec<Ref>;
    /// Secrets that stand in variables of the environment, whatever the script reads.
    fn environment(&self) -> Vec<Ref>;
}

/// Where a secret goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum To {
    /// The log: as it is, or in another form, which no masking of the platform knows.
    Log { encoded: bool },
    /// An address.
    Address,
    /// An argument of a command that would take it in another way.
    Argument { command: String, instead: String },
    /// An argument of an image's build.
    Image,
    /// A file, and the name before `=` if it is written as `NAME=value`.
    File { path: String, name: Option<String> },
    /// The log, since the shell prints every command that it runs.
    Trace { from: Traced },
}

/// From where on a shell prints what it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Traced {
    /// An earlier script of the same shell said so.
    Before,
    /// From this place on.
    From(Extent),
}

/// A secret goes somewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leak {
    pub(crate) what: Ref,
    /// Where the script's words say so.
    pub(crate) at: Extent,
    pub(crate) to: To,
}

/// Where the secrets of a script go, in order, each once. `parameters`: whether variables of the environment are written
/// `$env:NAME`, as in PowerShell. `traced`: what the shell prints when the script begins; gives also whether it does when
/// it ends.
pub(crate) fn leaks(
    script: &Script,
    commands: &[Called<'_>],
    held: &dyn Held,
    parameters: bool,
    traced: Option<Traced>,
) -> (Vec<Leak>, Option<Traced>) {
    let mut reading = Reading {
        script,
        known: Known::new(script, held, parameters),
        files: BTreeMap::new(),
        redirected: false,
        tracing: traced,
        leaks: Vec::new(),
        said: BTreeSet::new(),
    };
    for command in commands {
        reading.command(command);
    }
    (reading.leaks, reading.tracing)
}

struct Reading<'r> {
    script: &'r Script,
    known: Known<'r>,
    /// What was written to files so far.
    files: BTreeMap<String, Vec<Secret>>,
    /// Whether the script's own output was turned elsewhere: `exec > file`.
    redirected: bool,
    /// Where the shell began to print what it runs.
    tracing: Option<Traced>,
    leaks: Vec<Leak>,
    /// What was said, each once for a place; tracing once for all.
    said: BTreeSet<(Ref, To, Option<Extent>)>,
}

impl Reading<'_> {
    fn command(&mut self, Called { found, calls }: &Called<'_>) {
        if let Some(call) = calls.last() {
            self.switches(call, found);
            // A program around another is handed things as well: `sshpass -p`.
            let handed: Vec<Extent> = calls.iter().flat_map(|call| self.handed(call)).collect();
            if !self.printed(call, found) {
                for word in call.arguments.iter().filter(|word| !handed.contains(&word.at)) {
                    let addresses = address::secrets(&mut self.known, word);
                    self.say(addresses, &To::Address);
                }
            }
        }
        self.traced(found);
        self.assigned(found);
    }

    /// What the shell is told to do from here on.
    fn switches(&mut self, call: &Call<'_>, found: &Found<'_>) {
        match call.program.as_str() {
            "exec" if call.arguments.is_empty() => self.redirected |= !found.command.redirections.is_empty(),
            "set" if !found.taken => {
                let mut named = false;
                for word in call.arguments {
                    let text = word.known().unwrap_or_default();
                    let letters = |sign: char| text.strip_prefix(sign).filter(|l| !l.starts_with(sign));
                    let long = named && text == "xtrace";
                    if long || letters('-').is_some_and(|letters| letters.contains('x')) {
                        self.tracing = Some(Traced::From(found.command.at));
                    } else if letters('+').is_some_and(|letters| letters.contains('x')) {
                        self.tracing = None;
                    }
                    named = letters('-').is_some_and(|letters| letters.ends_with('o'));
                }
            }
            "read" | "mapfile" | "readarray" => {
                for word in call.arguments {
                    self.known.set(&word.prefix(), Vec::new());
                }
            }
            _ => {}
        }
    }

    /// Arguments that hand secrets over; gives where they stand.
    fn handed(&mut self, call: &Call<'_>) -> Vec<Extent> {
        let mut taken = Vec::new();
        for (row, _) in table::builds(call) {
            for value in options(call.arguments, &row.options) {
                let prefix = value.prefix();
                let bare = !prefix.contains('=') && value.known().is_some();
                let secrets = match bare {
                    // `--build-arg NAME` hands over the variable of that name.
                    true => self.known.named(&prefix, value.at),
                    false => self.known.secrets(&value),
                };
                taken.push(value.at);
                self.say(secrets, &To::Image);
            }
        }
        for (row, _) in table::arguments(call) {
            for value in options(call.arguments, &row.options) {
                let secrets = self.known.secrets(&value);
                taken.push(value.at);
                self.say(secrets, &To::Argument { command: row.command(), instead: row.instead.clone() });
            }
        }
        taken
    }

    /// What the shell prints of a command before it runs it.
    fn traced(&mut self, found: &Found<'_>) {
        let Some(from) = self.tracing else { return };
        let assigned = found.simple.assigned().filter_map(|a| match &a.value {
            Assigned::Word(word) => Some(word),
            Assigned::Array(_) => None,
        });
        let words: Vec<&Word> = found.simple.words.iter().chain(assigned).collect();
        for word in words {
            let secrets = self.known.direct(word);
            self.say(secrets, &To::Trace { from });
        }
    }

    /// Variables that the script sets, and addresses among their values.
    fn assigned(&mut self, found: &Found<'_>) {
        for assignment in found.simple.assigned() {
            let name = self.script.text(assignment.name);
            let Assigned::Word(word) = &assignment.value else { continue };
            let addresses = address::secrets(&mut self.known, word);
            self.say(addresses, &To::Address);
            let mut secrets = self.known.secrets(word);
            // Before a program they hold for that program only.
            if !found.simple.words.is_empty()
                && found.simple.assignments.iter().any(|a| a.at == assignment.at)
            {
                continue;
            }
            if assignment.appends {
                secrets.extend(self.known.named(name, word.at));
            }
            self.known.set(name, secrets);
        }
    }

    fn say(&mut self, secrets: Vec<Secret>, to: &To) {
        let mut here = BTreeSet::new();
        for secret in secrets {
            let to = match to {
                To::Log { encoded } => To::Log { encoded: *encoded || secret.encoded },
                other => other.clone(),
            };
            let at = (!matches!(to, To::Trace { .. })).then_some(secret.at);
            let room = self.leaks.len() < MAX_LEAKS;
            if room
                && here.insert((secret.is.clone(), to.clone()))
                && self.said.insert((secret.is.clone(), to.clone(), at))
            {
                self.leaks.push(Leak { what: secret.is, at: secret.at, to });
            }
        }
    }
}

/// The values of options among arguments: `--name value`, `--name=value`, and for a single letter `-pvalue`.
fn options(arguments: &[Word], names: &[String]) -> Vec<Word> {
    let mut found = Vec::new();
    for (index, word) in arguments.iter().enumerate() {
        let prefix = word.prefix();
        for name in names {
            let Some(rest) = prefix.strip_prefix(name.as_str()) else { continue };
            let value = match rest {
                "" if word.known().is_some() => arguments.get(index + 1).cloned(),
                "" if name.len() == 2 => word.after(name.len()),
                _ if rest.starts_with('=') => word.after(name.len() + 1),
                _ => None,
            };
            if let Some(value) = value {
                found.push(value);
                break;
            }
        }
    }
    found
}
