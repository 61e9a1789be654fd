//! What the commands of a step do, with the values of its words: see `dialect::pipeline::commands`.

use std::collections::BTreeSet;

use super::Walk;
use super::component::Uses;
use super::computed::ANY_SECRET;
use super::expression::is_job_token;
use super::job::Job;
use super::login::input;
use super::scope::{Scope, secrets_of};
use super::secret::reference;
use super::tables::{PERMISSIONS, Store};
use crate::command::leak::Held;
use crate::dialect::pipeline::commands::{self, Does, Site, Surroundings};
use crate::dialect::pipeline::names::keeps_credentials;
use crate::dialect::pipeline::value::{self, Part};
use crate::document::Node;
use crate::document::script::{Operator, PieceKind, Script, Word};
use crate::fact::{
    Body, ContextId, Datum, Known, Origin, Ref, Safeguard, SafeguardKind, Selection, Sink, Text, Value, Why,
};
use crate::span::{FileId, Source};

/// What the words of a script mean where it stands.
pub(super) struct Around<'s> {
    pub(super) scope: &'s Scope,
    pub(super) environment: &'s Text,
    pub(super) file: FileId,
    pub(super) at: Source,
}

impl Around<'_> {
    fn secrets(&self, datum: &Datum) -> Vec<Ref> {
        let names = secrets_of(datum).into_iter().filter(|name| !is_job_token(name) && name != ANY_SECRET);
        names.map(|name| reference(self.environment, &name)).collect()
    }

    fn filled(&self, hole: &str, at: Source) -> Option<Datum> {
        let inner = hole.strip_prefix("${{")?.strip_suffix("}}")?;
        Some(self.scope.evaluate(inner.trim(), at))
    }
}

impl Held for Around<'_> {
    fn variable(&self, name: &str) -> Vec<Ref> {
        if !self.scope.has_variable(name) {
            return Vec::new();
        }
        self.secrets(&self.scope.environment(name, self.at))
    }

    fn hole(&self, hole: &str) -> Vec<Ref> {
        self.filled(hole, self.at).map(|datum| self.secrets(&datum)).unwrap_or_default()
    }

    fn environment(&self) -> Vec<Ref> {
        let names: BTreeSet<&str> = self.scope.variable_names().collect();
        let all: BTreeSet<Ref> = names.into_iter().flat_map(|name| self.variable(name)).collect();
        all.into_iter().collect()
    }
}

impl Surroundings for Around<'_> {
    fn word(&self, script: &Script, word: &Word) -> Datum {
        let at = Source::new(self.file, script.span(word.inner()));
        let of = |kind: &PieceKind, whole: &str| match kind {
            PieceKind::Parameter(expansion) if expansion.operator == Operator::None => {
                let name = script.text(expansion.name).trim_start_matches("env:");
                Some(self.scope.environment(name, at))
            }
            PieceKind::Hole(_) => self.filled(whole, at),
            _ => None,
        };
        if let [piece] = word.pieces.as_slice()
            && let Some(mut datum) = of(&piece.kind, script.text(piece.at))
        {
            if datum.at != at {
                datum.via.insert(0, at);
            }
            return datum;
        }
        if let Some(known) = word.known() {
            return Datum::new(at, Known::Text(Text::literal(known)));
        }
        let computed = || Datum::unknown(at, Why::Computed("what a command writes".to_owned()));
        let parts = word.pieces.iter().map(|piece| match &piece.kind {
            PieceKind::Literal(literal) => Part::Literal(literal),
            kind => Part::Value(of(kind, script.text(piece.at)).unwrap_or_else(computed)),
        });
        value::join(parts, at, || Why::Unsupported("this word".to_owned()))
    }
}

impl Walk<'_, '_> {
    /// States what the commands of a script do.
    pub(super) fn deeds(
        &mut self,
        job: &Job,
        within: ContextId,
        scope: &Scope,
        script: &Script,
        powershell: bool,
    ) {
        let at = self.source(script.span(script.body.at));
        let around = Around { scope, environment: &job.environment, file: self.file.id, at };
        let unique = [Text::literal(job.path.clone()), Text::literal(job.id.clone())];
        let site = Site { file: self.file.id, unique, script, powershell, traced: None };
        let Does { stated, written, .. } = commands::facts(self.out, &site, &around);
        for fact in stated {
            self.out.fact(within, fact.at, fact.origin, fact.body);
        }
        self.kept.write(within, written);
    }

    /// Notes what an action stores, and states which secrets it puts into an image.
    pub(super) fn stores(
        &mut self,
        job: &Job,
        within: ContextId,
        scope: &Scope,
        uses: &Uses,
        with: Option<&Node>,
    ) {
        let Some(name) = uses.table_name() else { return };
        for row in PERMISSIONS.stores.iter().filter(|row| name.eq_ignore_ascii_case(&row.action)) {
            let Some(node) = input(with, &row.input) else { continue };
            let to = || match row.to {
                Store::Artifact => Sink::Artifact,
                Store::Cache => Sink::Cache,
                Store::Image => Sink::ImageLayer,
            };
            if row.to == Store::Image {
                self.flows(within, &job.environment, scope, node, to);
                continue;
            }
            for path in node.text().unwrap_or("").lines().map(str::trim) {
                self.kept.store(within, self.source(node.span), path, to());
            }
        }
    }

    /// At the end of a job: states the secrets that are in what it stores.
    pub(super) fn stored(&mut self) {
        let files = std::mem::take(&mut self.kept);
        for (within, file) in files.left().filter(|(_, file)| keeps_credentials(&file.path)) {
            let what = Selection::One(file.what.clone());
            let kind = SafeguardKind::PersistedCredential;
            let stays = Safeguard { kind, protects: Some(what), on: Value::known(true, file.at) };
            self.out.state(within, file.at, Body::Safeguard(stays));
        }
        for (within, at, flow) in files.flows(self.out) {
            self.out.fact(within, at, Origin::Stated, flow);
        }
    }
}
