//! Variables of a project's settings: their names tell the secrets among them, and scripts read them from the environment.
//! What is read, handed on and logged in with is stated here for every platform that keeps its secrets so.
//!
//! Invariant: what a name means in force (what sets it, what the platform sets) is the dialect's to say ([`Names`]).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::credential::{credential, kind_of};
use super::names;
use super::reading::Names;
use super::run::Read;
use crate::detect;
use crate::dialect::Lowering;
use crate::dialect::logins::{self, Part};
use crate::dialect::lowering::{Slot, Told};
use crate::document::Scalar;
use crate::fact::{
    Body, ContextId, Credential, Datum, Flow, Piece, Ref, Selection, Sink, Storage, Text, Value, Why,
};
use crate::span::{FileId, Source};

/// Most flows of secrets that are stated of one pipeline: real ones have a few hundred, and a template that names many
/// secrets must not be multiplied by the jobs that use it.
const MAX_FLOWS: usize = 20_000;
/// A job or step, as far as its variables go.
#[derive(Clone, Copy)]
pub(crate) struct Site<'s> {
    pub(crate) within: ContextId,
    /// The environment or context whose settings it sees, or a hole.
    pub(crate) environment: &'s Text,
    pub(crate) names: &'s dyn Names,
}

/// The secrets of one pipeline, and what was said of them so far.
pub(crate) struct Settings {
    /// What facts call the platform.
    pub(super) platform: &'static str,
    /// What the variables belong to, for the hole that stands for it: `project`.
    owner: &'static str,
    /// What facts call one that it keeps: `variable`.
    kind: &'static str,
    /// The path of the pipeline's file.
    pub(super) path: String,
    /// The whole pipeline.
    whole: Source,
    /// Secrets stated so far.
    pub(super) mentioned: BTreeSet<Ref>,
    /// Values and scripts that were handed to the detectors.
    offered: BTreeSet<Source>,
    /// Scripts read so far.
    pub(super) scripts: BTreeMap<Source, Rc<Read>>,
    /// Contexts that hold a secret.
    pub(crate) holding: BTreeSet<ContextId>,
    flows: usize,
    /// Registries that the current job publishes to.
    pub(crate) publishing: BTreeSet<&'static str>,
}

impl Settings {
    pub(crate) fn new(platform: &'static str, owner: &'static str, path: &str, whole: Source) -> Self {
        Self {
            platform,
            owner,
            kind: "variable",
            path: path.to_owned(),
            whole,
            mentioned: BTreeSet::new(),
            offered: BTreeSet::new(),
            scripts: BTreeMap::new(),
            holding: BTreeSet::new(),
            flows: 0,
            publishing: BTreeSet::new(),
        }
    }

    /// Settings of which facts call what is kept something else: `secret`.
    pub(crate) fn called(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// Whether the pipeline has any secret.
    pub(crate) fn has_secrets(&self) -> bool {
        !self.mentioned.is_empty()
    }

    /// The variable of this name as seen with an environment's settings.
    pub(crate) fn reference(&self, environment: &Text, name: &str) -> Ref {
        let owner = Text::hole(Why::Variable(self.owner.to_owned()));
        Ref::new(self.platform, self.kind, [owner, environment.clone()], name)
    }

    /// States a reference to a variable of the settings, the first time the pipeline has it.
    pub(crate) fn mention(
        &mut self,
        out: &mut Lowering<'_>,
        within: ContextId,
        environment: &Text,
        name: &str,
        at: Source,
    ) -> Ref {
        let is = self.reference(environment, name);
        if self.mentioned.insert(is.clone()) {
            let lifetime = Value::unknown(Why::Variable(name.to_owned()), at);
            let credential = Credential {
                title: format!("{} {name}", self.kind),
                ..credential(is.clone(), self.platform, kind_of(name), Storage::StoreReference, lifetime)
            };
            out.state(within, at, Body::Credential(credential));
        }
        is
    }

    /// States that a secret of the settings goes somewhere.
    pub(crate) fn flow(
        &mut self,
        out: &mut Lowering<'_>,
        within: ContextId,
        environment: &Text,
        name: &str,
        at: Source,
        to: Sink,
    ) {
        let what = Selection::One(self.mention(out, within, environment, name, at));
        self.hand(out, within, what, at, to);
    }

    /// States that something goes somewhere.
    pub(crate) fn hand(
        &mut self,
        out: &mut Lowering<'_>,
        within: ContextId,
        what: Selection,
        at: Source,
        to: Sink,
    ) {
        self.flows += 1;
        if self.flows > MAX_FLOWS {
            let why = Why::Limit(format!("more than {MAX_FLOWS} uses of secrets"));
            return out.unknown(self.whole, why);
        }
        if matches!(to, Sink::Env(_)) {
            self.holding.insert(within);
        }
        out.state(within, at, Body::Flow(Flow { what, to }));
    }

    /// Hands a literal with a telling name to the detectors, once.
    pub(crate) fn slot(
        &mut self,
        out: &mut Lowering<'_>,
        within: ContextId,
        name: &str,
        file: FileId,
        scalar: &Scalar,
    ) {
        self.offer(out, within, name, file, scalar, Told::Place);
    }

    /// Hands the detectors what should be the name of a secret: people write the secret there as well.
    pub(crate) fn name_of_secret(
        &mut self,
        out: &mut Lowering<'_>,
        within: ContextId,
        name: &str,
        file: FileId,
        scalar: &Scalar,
    ) {
        self.offer(out, within, name, file, scalar, Told::Name);
    }

    fn offer(
        &mut self,
        out: &mut Lowering<'_>,
        within: ContextId,
        name: &str,
        file: FileId,
        scalar: &Scalar,
        told: Told,
    ) {
        if names::may_hold_secret(name) && self.offered.insert(Source::new(file, scalar.span())) {
            let (name, scalar) = (name.to_owned(), scalar.clone());
            out.slots.push(Slot { name, file, scalar, base64: false, within, told });
        }
    }
}

/// Whether a variable that nothing in the configuration sets is a secret of the settings, as far as its name says.
pub(crate) fn is_secret(known: &dyn Names, name: &str) -> bool {
    let login = || logins::variable(name).is_some_and(|row| row.part != Part::Id);
    known.is_stored(name)
        || !known.is_predefined(name)
            && (detect::asks_for_secret(name) || names::is_personal_token(name) || login())
}

/// Names of variables of the settings that a value holds, whatever their names say.
pub(crate) fn stores(names: &dyn Names, datum: &Datum) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (one, _, _) in datum.alternatives() {
        for piece in one.text().map(|text| text.0).unwrap_or_default() {
            if let Piece::Hole(Why::Variable(name)) = piece
                && !names.is_input(&name)
                && !names.has(&name)
                && !names.is_predefined(&name)
                && !found.contains(&name)
            {
                found.push(name);
            }
        }
    }
    found
}

/// Those of them that are secrets, as far as their names say.
pub(crate) fn secrets(names: &dyn Names, datum: &Datum) -> Vec<String> {
    stores(names, datum).into_iter().filter(|name| is_secret(names, name)).collect()
}
