//! Scripts of steps and tasks: what their commands are handed, which secrets they read, and which variables they set for
//! the steps behind them.

use std::collections::BTreeSet;

use super::Walk;
use super::env::Set;
use super::job::Job;
use super::logging;
use super::login::word_value;
use super::scope::{Parameters, Scope};
use super::secret::{place_of, reference};
use super::tables;
use crate::command;
use crate::dialect::logins;
use crate::dialect::lowering::MAX_SCRIPTS;
use crate::dialect::pipeline::package;
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::tool::{self, Site};
use crate::document::Node;
use crate::document::script::{Assigned, Script, Template};
use crate::fact::{
    Body, Case, ContextId, Datum, Flow, Known, Origin, Ref, Safeguard, SafeguardKind, Selection, Sink, Text,
    Value, Why,
};
use crate::span::FileId;

/// Holes that the platform fills before a shell sees the script.
const HOLES: [Template; 3] = [Template::DollarBraces, Template::Macro, Template::DollarBracket];

/// Variables of the environment that hold a connection's credential.
pub(super) type Spread<'s> = (&'s str, Ref);

impl Walk<'_, '_> {
    /// Lowers a script. `env` is what the step sets for it, `spread` what the task puts there.
    #[allow(clippy::too_many_arguments)] // each is a part of the place that the script runs in
    pub(super) fn script(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &mut Scope,
        node: &Node,
        by: Interpreter,
        env: &[Set<'_>],
        spread: &[Spread<'_>],
    ) {
        let Some(scalar) = node.scalar() else { return };
        if self.caller.is_some() && !scalar.text.contains("${{") {
            return;
        }
        let handed = scope.argument(&scalar.text).and_then(|argument| argument.node.clone());
        if let Some((file, handed)) =
            handed.filter(|(file, node)| self.hands(*file) && node.scalar().is_some())
        {
            return self.handed_script((within, job), scope, (file, &handed), by, env, spread);
        }
        if !self.out.reads_script(scalar.text.len()) {
            let why = Why::Limit(format!("more than {MAX_SCRIPTS} bytes of scripts"));
            return self.unknown(self.source(node.span), why);
        }
        self.flows(within, job, scope, node, || Sink::Argv);
        let held = held(scope, env, spread);
        if self.reads_secret(scope, node, &held) {
            let why = "what a script does with the secret it reads";
            self.unknown(self.source(node.span), Why::Unsupported(why.to_owned()));
        }
        if self.caller.is_none()
            && let Some(script) = by.read(scalar, &HOLES)
        {
            let inner = command::offer(self.out, self.file.id, within, &script);
            let holder = job.and_then(|job| job.holder.as_ref());
            // The agent's shells go on unless they are told to stop.
            let variable = |name: &str| variable(env, name);
            let site = Site { file: self.file.id, within, holder, stops: false, variable: &variable };
            for script in std::iter::once(&script).chain(&inner) {
                package::state(self.out, self.file.id, within, script);
                let tools = tool::of_script(self.out, &site, script);
                self.tools.extend(tools);
                self.set_by_script(within, scope, env, script);
                for login in command::login::logins(script) {
                    self.command_login(within, job, scope, env, script, &login);
                }
                self.deeds(within, job, scope, env, spread, script, by == Interpreter::PowerShell);
            }
        }
        self.set_variables(within, scope, node, &held);
    }

    /// Whether scripts of this file are handed to the template that is looked at on behalf of it.
    fn hands(&self, file: FileId) -> bool {
        self.caller == Some(file) && self.file.id != file
    }

    /// A script that a template is handed as a parameter: it stands in the file that uses the template.
    fn handed_script(
        &mut self,
        (within, job): (ContextId, Option<&Job>),
        scope: &mut Scope,
        (file, script): (FileId, &Node),
        by: Interpreter,
        env: &[Set<'_>],
        spread: &[Spread<'_>],
    ) {
        let Some(handing) = self.out.unit.files.get(file.0 as usize) else { return };
        let template = std::mem::replace(&mut self.file, handing);
        let caller = self.caller.take();
        // What it names are the variables of the job; parameters are the template's own, and not for it to read.
        let mut inner = scope.lend(file, Parameters::new());
        self.script(within, job, &mut inner, script, by, env, spread);
        scope.take_back(inner);
        self.caller = caller;
        self.file = template;
    }

    /// States the standing keys that a script puts into its own environment.
    fn set_by_script(&mut self, within: ContextId, scope: &Scope, env: &[Set<'_>], script: &Script) {
        let mut set = Vec::new();
        let commands = script.commands();
        for assignment in commands.iter().flat_map(|found| found.simple.assigned()) {
            let name = script.text(assignment.name);
            let name = name.strip_prefix("env:").unwrap_or(name);
            if let Assigned::Word(word) = &assignment.value
                && logins::variable(name).is_some()
            {
                set.push(Set { name, datum: word_value(self.file.id, scope, env, script, word) });
            }
        }
        self.logins(within, &set);
    }

    /// Whether a script reads a secret: by what is filled in, or by a variable that holds one. The job's own token is none.
    fn reads_secret(&self, scope: &Scope, node: &Node, held: &[(String, Ref)]) -> bool {
        let text = node.text().unwrap_or("");
        let words = || -> BTreeSet<String> {
            let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            parts.map(str::to_ascii_lowercase).collect()
        };
        let named = || {
            let words = words();
            held.iter().any(|(variable, _)| words.contains(variable))
        };
        self.uses(scope, node).iter().any(|u| !tables::is_job_token(&u.name)) || !held.is_empty() && named()
    }

    /// States what commands of the log hand to later steps: `##vso[task.setvariable …]`.
    fn set_variables(&mut self, within: ContextId, scope: &mut Scope, node: &Node, held: &[(String, Ref)]) {
        let Some(scalar) = node.scalar() else { return };
        for set in logging::set_variables(&scalar.text) {
            let at = self.source(place_of(node, scalar, set.command.clone()));
            let mut secrets: Vec<(Ref, String)> = Vec::new();
            for used in logging::variables(&scalar.text[set.value.clone()]) {
                let own =
                    held.iter().find(|(name, _)| used.in_shell && *name == used.name.to_ascii_lowercase());
                match own {
                    Some((_, is)) => secrets.push((is.clone(), used.name.to_owned())),
                    None if used.in_shell => {}
                    None => {
                        let found = scope.secrets_of(&scope.variable(used.name, at));
                        let found = found.into_iter().filter(|name| !tables::is_job_token(name));
                        secrets.extend(found.map(|name| (reference(&name), name)));
                    }
                }
            }
            if set.secret {
                scope.declare_secret(set.name);
                continue;
            }
            let Some((_, hole)) = secrets.first().cloned() else {
                // What a command computes may be anything: its name says whether it is a secret.
                continue;
            };
            for (is, _) in secrets {
                let place = self.out.place(at);
                let what = Selection::One(is);
                let masking = Safeguard {
                    kind: SafeguardKind::Masking,
                    protects: Some(what.clone()),
                    on: Value::known(false, at),
                };
                self.state(within, place.clone(), Origin::Stated, Body::Safeguard(masking));
                let flow = Flow { what, to: Sink::Output(set.name.to_owned()) };
                self.state(within, place, Origin::Stated, Body::Flow(flow));
            }
            scope.declare_secret(set.name);
            let datum = Datum::new(at, Known::Text(Text::hole(Why::Variable(hole))));
            scope.set(set.name, datum, &Case::always());
        }
    }
}

/// What a step's `env` sets a variable to.
pub(super) fn variable(env: &[Set<'_>], name: &str) -> Option<Datum> {
    env.iter().rev().find(|set| set.name.eq_ignore_ascii_case(name)).map(|set| set.datum.clone())
}

/// The variables of a script's environment that hold secrets, in small letters, each with what it holds.
fn held(scope: &Scope, env: &[Set<'_>], spread: &[Spread<'_>]) -> Vec<(String, Ref)> {
    let mut held: Vec<(String, Ref)> = Vec::new();
    for set in env {
        let secrets = scope.secrets_of(&set.datum);
        if let Some(secret) = secrets.iter().find(|name| !tables::is_job_token(name)) {
            held.push((set.name.to_ascii_lowercase(), reference(secret)));
        }
    }
    held.extend(spread.iter().map(|(name, is)| (name.to_ascii_lowercase(), is.clone())));
    held
}
