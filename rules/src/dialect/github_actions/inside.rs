//! Code that an outsider proposed and that comes in inside what a workflow calls: a local action, a local reusable workflow.
//! The called file itself does not say who starts it.

use super::Walk;
use super::call::given;
use super::component::Uses;
use super::injected::Injected;
use super::job::Job;
use super::outsider::{brings_in, is_own, proposes};
use super::scope::Scope;
use super::script::{Interpreter, commands_of};
use super::tables::PERMISSIONS;
use crate::dialect::SourceFile;
use crate::document::Node;
use crate::fact::{Author, Value, Why};

/// Local actions inside local actions, looked at this deep.
const MAX_NESTING: usize = 4;
/// Most steps of called files that are looked at on behalf of one caller.
const MAX_LOOKED_AT: usize = 10_000;

/// What a called file lets in.
#[derive(Default)]
struct Inside {
    /// Whether it brings proposed code in.
    brings: bool,
    /// Whether something behind that runs it.
    runs: bool,
    /// Text of an outsider that becomes part of a script.
    injected: Option<Injected>,
}

impl<'u> Walk<'_, 'u> {
    /// Says what a local action lets into a step's job.
    pub(super) fn let_in_by_action(
        &mut self,
        job: &Job,
        scope: &Scope,
        step: &Node,
        path: &str,
        uses: &Node,
    ) {
        if job.outsiders.is_none() || self.caller.is_some() {
            return;
        }
        let mut inside = Inside::default();
        self.look_into_action(job, scope, step, path, MAX_NESTING, &mut inside);
        let at = self.source(uses.span);
        if inside.brings
            && let Some(context) = self.out.context_mut(job.within)
        {
            context.runs_code_of = Some(Value::known(Author::Outsider, at));
        }
        match (&inside.injected, inside.brings, inside.runs) {
            (Some(found), false, _) => self.let_in_and_run(job, scope, step, at, Some(found.selection())),
            (_, true, true) => self.let_in_and_run(job, scope, step, at, None),
            (_, true, false) => {
                if let Some(within) = self.steps.last().copied() {
                    self.let_in(job, within, step, at, None);
                }
            }
            (None, false, _) => {}
        }
    }

    /// Says what a local reusable workflow lets in, where its job is handed a secret or the caller's rights.
    pub(super) fn let_in_by_workflow(
        &mut self,
        job: &Job,
        scope: &Scope,
        body: &Node,
        path: &str,
        uses: &Node,
    ) {
        if job.outsiders.is_none() || self.caller.is_some() {
            return;
        }
        let Some(callee) = self.local(path) else { return };
        let Some(root) = callee.document.nodes().first() else { return };
        let inputs =
            given(callee.id, &[root.path(&["on", "workflow_call", "inputs"])], scope, body.get("with"));
        let mut inner = Scope::new(callee.id, inputs);
        inner.push(root.get("env"));
        let hands_over = body.get("secrets").is_some();
        let mut found = false;
        let mut injected = None;
        for entry in root.get("jobs").map(Node::entries).unwrap_or_default() {
            let called = &entry.value;
            if called.get("if").and_then(Node::text).is_some_and(is_own) {
                continue;
            }
            inner.push(called.get("env"));
            let mut inside = Inside::default();
            if let Some(steps) = called.get("steps") {
                self.inside(callee, |walk| walk.look_at(job, &inner, steps, MAX_NESTING, &mut inside));
            }
            inner.pop();
            let reads = hands_over && (reads_secret(called) || root.get("env").is_some_and(reads_secret));
            let writes = !hands_over && may_write(called.get("permissions").or(root.get("permissions")));
            if (reads || writes) && (inside.brings && inside.runs || inside.injected.is_some()) {
                found = true;
                injected = injected.or(inside.injected.filter(|_| !inside.brings));
            }
        }
        if found {
            let at = self.source(uses.span);
            self.let_in(job, job.within, body, at, injected.map(|found| found.selection()));
        }
    }

    fn look_into_action(
        &mut self,
        job: &Job,
        scope: &Scope,
        step: &Node,
        path: &str,
        depth: usize,
        inside: &mut Inside,
    ) {
        let Some(callee) = self.local_action(path) else { return };
        let Some(steps) = steps_of(callee) else { return };
        let Some(depth) = depth.checked_sub(1) else { return };
        let root = callee.document.nodes().first();
        let inputs = given(callee.id, &[root.and_then(|root| root.get("inputs"))], scope, step.get("with"));
        let inner = Scope::new(callee.id, inputs);
        self.inside(callee, |walk| walk.look_at(job, &inner, steps, depth, inside));
    }

    fn look_at(&mut self, job: &Job, scope: &Scope, steps: &Node, depth: usize, inside: &mut Inside) {
        let mut scope = scope.clone();
        for step in steps.items() {
            self.looked_inside += 1;
            if self.looked_inside > MAX_LOOKED_AT {
                let why = Why::Limit(format!("{MAX_LOOKED_AT} steps of called files"));
                return self.out.unknown(self.source(step.span), why);
            }
            if step.get("if").and_then(Node::text).is_some_and(is_own) {
                continue;
            }
            scope.push(step.get("env"));
            self.look_at_step(job, &scope, step, depth, inside);
            scope.pop();
        }
    }

    fn look_at_step(&mut self, job: &Job, scope: &Scope, step: &Node, depth: usize, inside: &mut Inside) {
        if let Some(run) = step.get("run") {
            if inside.injected.is_none() {
                inside.injected = self.text_of_others(scope, run);
            }
            // A script goes on with what it brings in itself.
            let script = || commands_of(step, Interpreter::Shell);
            inside.brings = inside.brings || script().is_some_and(|script| brings_in(&script).is_some());
            inside.runs |= inside.brings;
            return;
        }
        let uses = Uses::read(step.get("uses").and_then(Node::text).unwrap_or(""));
        if let Uses::Local(path) = &uses {
            // An action of the repository is among what was replaced.
            inside.runs |= inside.brings;
            return self.look_into_action(job, scope, step, path, depth, inside);
        }
        let is_checkout =
            uses.table_name().is_some_and(|name| name.eq_ignore_ascii_case(&PERMISSIONS.checkout.action));
        if is_checkout {
            inside.brings |= proposes(scope, step.get("with"));
        } else {
            inside.runs |= inside.brings && !uses.component(false).first_party;
        }
    }
}

fn steps_of(callee: &SourceFile) -> Option<&Node> {
    callee.document.nodes().first()?.path(&["runs", "steps"])
}

/// Whether a secret other than the job's own token is named somewhere below.
fn reads_secret(node: &Node) -> bool {
    let mut rest = vec![node];
    while let Some(node) = rest.pop() {
        rest.extend(node.items());
        rest.extend(node.entries().iter().map(|entry| &entry.value));
        let text = node.text().unwrap_or_default();
        let is_other =
            |at: usize| text.get(at..).is_some_and(|rest| !rest.starts_with("secrets.GITHUB_TOKEN"));
        if text.contains("${{") && text.match_indices("secrets").any(|(at, _)| is_other(at)) {
            return true;
        }
    }
    false
}

/// Whether permissions leave a right to write; none that are stated leave the caller's.
fn may_write(permissions: Option<&Node>) -> bool {
    let Some(node) = permissions else { return true };
    let writes = |text: Option<&str>| text.is_some_and(|text| text.contains("write"));
    writes(node.text()) || node.entries().iter().any(|entry| writes(entry.value.text()))
}
