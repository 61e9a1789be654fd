//! What the commands of a script do, with the values of its words: see `dialect::pipeline::commands`.

use super::Walk;
use super::env::Set;
use super::expression::split;
use super::job::Job;
use super::login::word_value;
use super::scope::Scope;
use super::script::Spread;
use super::secret::reference;
use super::tables;
use crate::command::leak::Held;
use crate::dialect::pipeline::commands::{self, Does, Site, Surroundings};
use crate::dialect::pipeline::names::keeps_credentials;
use crate::document::Node;
use crate::document::script::{Script, Word};
use crate::fact::{
    Body, ContextId, Datum, Origin, Ref, Safeguard, SafeguardKind, Selection, Sink, Text, Value,
};
use crate::span::{FileId, Source};

/// What the words of a script mean where it stands.
struct Around<'s> {
    scope: &'s Scope,
    env: &'s [Set<'s>],
    spread: &'s [Spread<'s>],
    file: FileId,
    at: Source,
}

impl Around<'_> {
    fn secrets(&self, datum: &Datum) -> Vec<Ref> {
        let names = self.scope.secrets_of(datum).into_iter().filter(|name| !tables::is_job_token(name));
        names.map(|name| reference(&name)).collect()
    }
}

impl Held for Around<'_> {
    fn variable(&self, name: &str) -> Vec<Ref> {
        let set = self.env.iter().rev().find(|set| set.name.eq_ignore_ascii_case(name));
        if let Some(set) = set {
            return self.secrets(&set.datum);
        }
        let spread = self.spread.iter().filter(|(variable, _)| variable.eq_ignore_ascii_case(name));
        spread.map(|(_, is)| is.clone()).collect()
    }

    fn hole(&self, hole: &str) -> Vec<Ref> {
        match split(hole).as_slice() {
            [piece] => self.secrets(&self.scope.piece(piece, self.at)),
            _ => Vec::new(),
        }
    }

    fn environment(&self) -> Vec<Ref> {
        let mut all: Vec<Ref> = self.env.iter().flat_map(|set| self.secrets(&set.datum)).collect();
        all.extend(self.spread.iter().map(|(_, is)| is.clone()));
        all.sort();
        all.dedup();
        all
    }
}

impl Surroundings for Around<'_> {
    fn word(&self, script: &Script, word: &Word) -> Datum {
        word_value(self.file, self.scope, self.env, script, word)
    }
}

impl Walk<'_, '_> {
    /// States what the commands of a script do.
    #[allow(clippy::too_many_arguments)] // each is a part of the place that the script runs in
    pub(super) fn deeds(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &Scope,
        env: &[Set<'_>],
        spread: &[Spread<'_>],
        script: &Script,
        powershell: bool,
    ) {
        let file = self.file.id;
        let around = Around { scope, env, spread, file, at: self.source(script.span(script.body.at)) };
        let holder = job.and_then(|job| job.holder.as_ref()).map(|holder| holder.name.clone());
        let unique = [Text::literal(self.file.path.clone()), holder.unwrap_or_default()];
        let site = Site { file, unique, script, powershell, traced: None };
        let Does { stated, written, .. } = commands::facts(self.out, &site, &around);
        for fact in stated {
            self.state(within, fact.at, fact.origin, fact.body);
        }
        self.kept.write(within, written);
    }

    /// Notes a path that is stored for others.
    pub(super) fn stores(&mut self, within: ContextId, path: &Node, to: &Sink) {
        for line in path.text().unwrap_or("").lines() {
            self.kept.store(within, self.source(path.span), line.trim(), to.clone());
        }
    }

    /// At the end of a job: states the secrets that are in what it stores.
    pub(super) fn stored(&mut self) {
        let files = std::mem::take(&mut self.kept);
        for (within, file) in files.left().filter(|(_, file)| keeps_credentials(&file.path)) {
            let place = self.out.place(file.at);
            let protects = Some(Selection::One(file.what.clone()));
            let kind = SafeguardKind::PersistedCredential;
            let stays = Safeguard { kind, protects, on: Value::known(true, file.at) };
            self.state(within, place, Origin::Stated, Body::Safeguard(stays));
        }
        for (within, at, flow) in files.flows(self.out) {
            self.state(within, at, Origin::Stated, flow);
        }
    }
}
