//! `run`: scripts, with what the platform puts into them.

use std::ops::Range;

use super::Walk;
use super::expression::{Piece, in_script, pieces};
use super::job::Job;
use super::scope::Scope;
use super::tables::TABLE;
use crate::dialect::pipeline::credential::credential;
use crate::dialect::pipeline::run::Written;
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::settings::{is_secret, stores};
use crate::document::{Node, Scalar};
use crate::fact::{
    Body, ContextKind, Credential, Lifetime, LifetimeClass, Ref, Selection, Sink, Storage, Value,
};
use crate::span::Source;

/// How deep a script is a parameter of what is called.
const MAX_HANDED_ON: usize = 8;
/// Most ways in which a script is handed to a job that are read.
const MAX_WAYS: usize = 8;

impl<'u> Walk<'_, 'u> {
    /// Lowers a `run`: a script, or a map with one.
    pub(super) fn run(&mut self, job: &mut Job, scope: &Scope<'u>, node: &'u Node) {
        let mut own = scope.clone();
        if let Some(environment) = node.get("environment") {
            self.environment(job, &mut own, Some(environment));
        }
        let shell = node.get("shell").and_then(|shell| scope.resolve(shell).known().map(Interpreter::named));
        let interpreter = shell.unwrap_or(job.interpreter);
        if let Some(command) = node.get("command").or(node.scalar().map(|_| node)) {
            self.command(job, &own, command, interpreter, MAX_HANDED_ON);
        }
    }

    fn command(
        &mut self,
        job: &mut Job,
        scope: &Scope<'u>,
        node: &'u Node,
        interpreter: Interpreter,
        left: usize,
    ) {
        let Some(scalar) = node.scalar() else { return };
        if let Some(argument) = scope.whole(&scalar.text).cloned() {
            let Some(left) = left.checked_sub(1) else { return };
            for passed in argument.written.iter().take(MAX_WAYS) {
                self.command(job, &scope.of(passed), passed.node, interpreter, left);
            }
            return;
        }
        let at = self.source(node.span);
        self.tokens(job, scalar, at);
        let further = filled(scope, scalar, at);
        let before = std::mem::replace(&mut job.interpreter, interpreter);
        let mut done = std::mem::take(&mut job.done);
        let written = Written { file: self.file.id, scalar, at };
        let runs = job.runs(scope, &self.subjects);
        self.settings.script(self.out, &runs, written, &further, &mut done);
        job.done = done;
        job.interpreter = before;
    }

    /// The tokens that say who the job is, where a script reads them. They end with it.
    fn tokens(&mut self, job: &mut Job, scalar: &Scalar, at: Source) {
        // Each is read as a whole word: one name begins with another.
        let word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        for name in &TABLE.tokens.names {
            let reads = |start: usize| {
                let bytes = scalar.text.as_bytes();
                let before = start.checked_sub(1).and_then(|before| bytes.get(before));
                !word(before) && !word(bytes.get(start + name.len()))
            };
            let found =
                scalar.text.match_indices(name.as_str()).map(|(start, _)| start).find(|start| reads(*start));
            let Some(start) = found.filter(|_| !job.tokens.contains(name)) else { continue };
            job.tokens.insert(name.clone());
            let place = Source::new(at.file, scalar.span_of(start..start + name.len()));
            let is = Ref::new("circleci", "id-token", job.unique.clone(), name.as_str());
            let lifetime = Value::known(Lifetime::BoundTo(ContextKind::Job), place);
            let body = Credential {
                title: format!("ID token {name}"),
                class: LifetimeClass::AccessToken,
                ..credential(is.clone(), "circleci", "id-token", Storage::Federated, lifetime)
            };
            self.out.state(job.within, place, Body::Credential(body));
            let to = Sink::Env(name.clone());
            self.settings.hand(self.out, job.within, Selection::One(is), place, to);
        }
    }
}

/// Variables of the settings that a script reads because a parameter brings them: by their names, or in what is put in.
fn filled(scope: &Scope<'_>, scalar: &Scalar, at: Source) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    for (name, range, named) in in_script(&scalar.text) {
        let datum = scope.parameter(name, at);
        let names: Vec<String> = match named {
            true => {
                datum.alternatives().iter().filter_map(|(one, _, _)| one.known().map(str::to_owned)).collect()
            }
            false => stores(scope, &datum),
        };
        let secret = names.into_iter().filter(|name| is_variable(name) && is_secret(scope, name));
        found.extend(secret.map(|name| (name, range.clone())));
    }
    found
}

/// Whether a text is the name of a variable and nothing else.
fn is_variable(text: &str) -> bool {
    let whole = format!("${text}");
    matches!(pieces(&whole).as_slice(), [Piece::Variable(name)] if *name == text)
}
