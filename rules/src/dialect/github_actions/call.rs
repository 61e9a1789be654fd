//! Calls of local reusable workflows and composite actions: what the caller's values mean in the called file.
//!
//! The called file is lowered in its own right where it is a member of its own unit. Here only what rests on a value
//! of the caller is news: a session length or a role that the caller chose, a secret that it hands over.

use super::Walk;
use super::component::Uses;
use super::job::{Job, subjects};
use super::passed_on::made_of_a_secret;
use super::scope::{Inputs, Scope, one_of};
use super::trigger::Triggers;
use crate::dialect::logins;
use crate::dialect::{SourceFile, resolve};
use crate::document::Node;
use crate::fact::{Case, ContextId, Datum, Known, Why};
use crate::span::{FileId, Source};

/// Steps of called files, with their inputs, variables and arguments, that are looked at on behalf of one caller. A workflow that calls one long action in every
/// step must stay linear.
const MAX_FOLLOWED: usize = 50_000;

/// Local actions inside local actions, followed this deep.
const MAX_NESTING: usize = 4;

/// The inputs that a file declares, with their defaults.
pub(super) fn declared(file: FileId, maps: &[Option<&Node>]) -> Inputs {
    let scope = Scope::new(file, Inputs::new());
    let mut inputs = Inputs::new();
    for entry in maps.iter().flatten().flat_map(|map| map.entries()) {
        let name = entry.name().to_ascii_lowercase();
        let choice = format!("inputs.{name}");
        let default = entry.value.get("default").filter(|n| !n.is_null()).map(|n| scope.resolve(n));
        let is_default = |datum: &Datum| default.as_ref().is_some_and(|d| d.known() == datum.known());
        let options = entry.value.get("options").map(Node::items).unwrap_or_default();
        let listed: Vec<_> = options
            .iter()
            .map(|node| {
                let datum = scope.resolve(node);
                let branch = datum.known().unwrap_or("").to_owned();
                let default = is_default(&datum);
                (datum, Case::of(choice.clone(), branch), default)
            })
            .collect();
        let found = match (one_of(listed, false), &default) {
            (Some(datum), _) => Some(datum),
            (None, Some(datum)) => {
                let branch = Case::of(choice, datum.known().unwrap_or("").to_owned());
                one_of(vec![(datum.clone(), branch, true)], true)
            }
            (None, None) => None,
        };
        if let Some(datum) = found {
            inputs.entry(name).or_insert(datum);
        }
    }
    inputs
}

/// The declared inputs with the caller's values in their place.
pub(super) fn given(
    callee: FileId,
    declared_in: &[Option<&Node>],
    scope: &Scope,
    with: Option<&Node>,
) -> Inputs {
    let mut inputs = declared(callee, declared_in);
    for argument in with.map(Node::entries).unwrap_or_default() {
        inputs.insert(argument.name().to_ascii_lowercase(), scope.resolve(&argument.value));
    }
    inputs
}

impl<'u> Walk<'_, 'u> {
    /// A file of the unit by its path from the repository's root.
    pub(super) fn local(&self, path: &str) -> Option<&'u SourceFile> {
        let path = resolve(self.root, path)?;
        self.files.get(path.as_str()).copied()
    }

    /// The metadata file of a local action.
    pub(super) fn local_action(&self, path: &str) -> Option<&'u SourceFile> {
        ["action.yml", "action.yaml"].iter().find_map(|name| self.local(&format!("{path}/{name}")))
    }

    fn missing(&mut self, path: &str, uses: &Node) {
        let at = self.source(uses.span);
        self.out.unknown(at, Why::NotInTree(path.to_owned()));
    }

    /// Looks at what a local action does with the caller's inputs: its logins, where it hands secrets on to, and what it
    /// hands back.
    pub(super) fn follow_action(
        &mut self,
        job: &Job,
        within: ContextId,
        scope: &mut Scope,
        path: &str,
        step: &Node,
        uses: &Node,
    ) {
        let passed = self.inside_action(job, within, scope, path, step.get("with"), uses);
        let Some(id) = step.get("id").and_then(Node::text) else { return };
        match passed {
            Some(outputs) => {
                outputs.into_iter().for_each(|(name, datum)| scope.steps.set(id, name, datum));
            }
            None if ["with", "env"].iter().any(|key| scope.is_handed_secrets(step.get(key))) => {
                scope.steps.unclear(id, made_of_a_secret());
            }
            None => {}
        }
    }

    /// The outputs of a local action; `None` where it is not steps that make them, or where they were not looked at.
    fn inside_action(
        &mut self,
        job: &Job,
        within: ContextId,
        scope: &Scope,
        path: &str,
        with: Option<&Node>,
        uses: &Node,
    ) -> Option<Vec<(&'u str, Datum)>> {
        if self.depth >= MAX_NESTING {
            let at = self.source(uses.span);
            self.out.unknown(at, Why::Limit(format!("actions nested more than {MAX_NESTING} deep")));
            return None;
        }
        let Some(callee) = self.local_action(path) else {
            self.missing(path, uses);
            return None;
        };
        let root = callee.document.nodes().first().filter(|_| with.is_some())?;
        let runs = root.get("runs")?;
        // Inputs and outputs are read anew for every call, so they count as well.
        let outputs = root.get("outputs").map(Node::entries).unwrap_or_default();
        self.followed += root.get("inputs").map_or(0, |inputs| inputs.entries().len()) + outputs.len();
        if self.followed >= MAX_FOLLOWED {
            let at = self.source(uses.span);
            self.out.unknown(at, Why::Limit(format!("{MAX_FOLLOWED} steps of called files")));
            return None;
        }
        let inputs = given(callee.id, &[root.get("inputs")], scope, with);
        let mut inner = Scope::new(callee.id, inputs);
        self.inside(callee, |walk| {
            if let Some(steps) = runs.get("steps") {
                walk.follow_steps(job, within, &mut inner, steps);
            }
            walk.handed_to_image(job, within, &inner, runs, scope, with);
        });
        if self.caller.is_none() && std::mem::take(&mut self.unclear_inside) {
            self.out.unknown(self.source(uses.span), made_of_a_secret());
        }
        runs.get("steps")?;
        let valued = outputs.iter().filter_map(|output| Some((output.name(), output.value.get("value")?)));
        Some(valued.map(|(name, value)| (name, inner.resolve(value))).collect())
    }

    /// Looks at the logins of a local reusable workflow with the caller's inputs.
    pub(super) fn follow_workflow(
        &mut self,
        job: &Job,
        triggers: &Triggers,
        scope: &Scope,
        path: &str,
        with: Option<&Node>,
        uses: &Node,
    ) {
        if self.caller.is_some() {
            return;
        }
        let Some(callee) = self.local(path) else { return self.missing(path, uses) };
        let Some(root) = callee.document.nodes().first().filter(|_| with.is_some()) else { return };
        let inputs = given(callee.id, &[root.path(&["on", "workflow_call", "inputs"])], scope, with);
        let mut inner = Scope::new(callee.id, inputs);
        inner.push(root.get("env"));
        self.inside(callee, |walk| {
            for entry in root.get("jobs").map(Node::entries).unwrap_or_default() {
                let body = &entry.value;
                inner.set_matrix(body.path(&["strategy", "matrix"]));
                let environment = body.get("environment").map(|n| inner.resolve(n.get("name").unwrap_or(n)));
                let environment = environment.filter(|d| !matches!(d.value, Known::Null));
                let called = Job { subjects: subjects(environment.as_ref(), triggers), ..job.clone() };
                inner.push(body.get("env"));
                if let Some(steps) = body.get("steps") {
                    walk.follow_steps(&called, job.within, &mut inner, steps);
                }
                inner.pop();
            }
        });
    }

    /// Does something with the called file as the current one.
    pub(super) fn inside(&mut self, callee: &'u SourceFile, act: impl FnOnce(&mut Self)) {
        let file = std::mem::replace(&mut self.file, callee);
        let caller = self.caller;
        self.caller = caller.or(Some(file.id));
        self.depth += 1;
        act(self);
        self.depth -= 1;
        self.caller = caller;
        self.file = file;
    }

    fn follow_steps(&mut self, job: &Job, within: ContextId, scope: &mut Scope, steps: &Node) {
        for step in steps.items() {
            if self.followed >= MAX_FOLLOWED {
                let at = Source::new(self.file.id, step.span);
                self.out.unknown(at, Why::Limit(format!("{MAX_FOLLOWED} steps of called files")));
                return;
            }
            let entries =
                ["env", "with"].iter().filter_map(|key| step.get(key)).map(|map| map.entries().len());
            self.followed += 1 + entries.sum::<usize>();
            scope.push(step.get("env"));
            if super::is_action_file(&self.file.path) {
                self.handed_on(job, within, scope, step);
            }
            if let Some(uses) = step.get("uses") {
                let (parsed, with) = (Uses::read(uses.text().unwrap_or("")), step.get("with"));
                if let Some(row) = parsed.table_name().and_then(logins::step) {
                    self.login(job, within, scope, uses, row, with);
                }
                if let Uses::Local(path) = &parsed {
                    self.follow_action(job, within, scope, path, step, uses);
                }
            }
            self.outputs(scope, step);
            scope.pop();
        }
    }
}
