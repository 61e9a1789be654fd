//! What the commands of a job's script do, where variables of the settings stand in the environment.

use std::collections::BTreeSet;

use super::commands::{self, Does, Surroundings};
use super::files;
use super::names::keeps_credentials;
use super::reading::{Names, plain_path, word_value};
use super::run::{Done, Runs, Written};
use super::script::Interpreter;
use super::settings::{Settings, Site, is_secret, secrets};
use crate::command::leak::Held;
use crate::dialect::Lowering;
use crate::document::script::{Script, Word};
use crate::fact::{Body, Datum, Ref, Safeguard, SafeguardKind, Selection, Sink, Value};
use crate::span::{FileId, Source};

/// What the words of a script mean in a job.
struct Around<'s> {
    settings: &'s Settings,
    runs: &'s Runs<'s>,
    file: FileId,
    at: Source,
    /// Variables that earlier scripts of the job set.
    assigned: &'s BTreeSet<String>,
}

impl Around<'_> {
    fn names(&self) -> &dyn Names {
        self.runs.site.names
    }

    fn references(&self, names: &[String]) -> Vec<Ref> {
        names.iter().map(|name| self.settings.reference(self.runs.site.environment, name)).collect()
    }
}

impl Held for Around<'_> {
    fn variable(&self, name: &str) -> Vec<Ref> {
        if self.names().has(name) {
            return self.references(&secrets(self.names(), &self.names().variable(name, self.at)));
        }
        let elsewhere = self.assigned.contains(name) || self.runs.provided.contains(name);
        match !elsewhere && is_secret(self.names(), name) {
            true => self.references(&[name.to_owned()]),
            false => Vec::new(),
        }
    }

    fn hole(&self, hole: &str) -> Vec<Ref> {
        let datum = self.names().hole(hole, self.at);
        datum.map(|datum| self.references(&secrets(self.names(), &datum))).unwrap_or_default()
    }

    fn environment(&self) -> Vec<Ref> {
        let all: BTreeSet<Ref> = self.names().all().iter().flat_map(|name| self.variable(name)).collect();
        all.into_iter().collect()
    }
}

impl Surroundings for Around<'_> {
    fn word(&self, script: &Script, word: &Word) -> Datum {
        word_value(self.names(), self.file, script, word)
    }
}

impl Settings {
    /// States what the commands of a script do.
    pub(super) fn deeds(
        &mut self,
        out: &mut Lowering<'_>,
        runs: &Runs<'_>,
        written: Written<'_>,
        script: &Script,
        done: &mut Done,
    ) {
        let Site { within, environment, .. } = runs.site;
        let file = written.file;
        let around = Around { settings: self, runs, file, at: written.at, assigned: &done.assigned };
        let powershell = runs.interpreter == Interpreter::PowerShell;
        let traced = done.traced.filter(|_| runs.one_shell);
        let site = commands::Site { file, unique: runs.unique.clone(), script, powershell, traced };
        let Does { stated, written: files, traced } = commands::facts(out, &site, &around);
        done.traced = traced;
        for fact in stated {
            match fact.body {
                Body::Flow(flow) => {
                    let at = fact.at.source();
                    if let Selection::One(what) = &flow.what {
                        self.mention(out, within, environment, &what.name.to_string(), at);
                    }
                    self.hand(out, within, flow.what, at, flow.to);
                }
                body => {
                    out.fact(within, fact.at, fact.origin, body);
                }
            }
        }
        for file in &files {
            self.wrote(out, runs, file);
        }
        done.wrote.extend(files);
    }

    /// States what becomes of a file that a secret was written to.
    pub(crate) fn wrote(&mut self, out: &mut Lowering<'_>, runs: &Runs<'_>, file: &files::Written) {
        let Site { within, environment, .. } = runs.site;
        let to_variables = runs.dotenv.is_some_and(|path| plain_path(path) == file.path);
        let kept = runs.kept.iter().find(|(path, _)| files::takes(path, &file.path));
        let to = match (file.name.as_ref().filter(|_| to_variables), kept) {
            (Some(name), _) => Some(Sink::Output(name.clone())),
            (None, kept) => kept.map(|(_, sink)| sink.clone()),
        };
        if to.is_none() && !keeps_credentials(&file.path) {
            return;
        }
        self.mention(out, within, environment, &file.what.name.to_string(), file.at);
        let what = Selection::One(file.what.clone());
        match to {
            Some(to) => self.hand(out, within, what, file.at, to),
            // Nothing takes the file along: it lies there for whatever runs next.
            None => {
                let kind = SafeguardKind::PersistedCredential;
                let on = Value::known(true, file.at);
                let stays = Safeguard { kind, protects: Some(what), on };
                out.state(within, file.at, Body::Safeguard(stays));
            }
        }
    }
}
