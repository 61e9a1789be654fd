//! Workflows and composite actions as wholes.

use super::Walk;
use super::call::declared;
use super::job::{Frame, Job};
use super::order::in_order;
use super::outsider::outcomes;
use super::permission::Fallback;
use super::scope::Scope;
use super::script::{Interpreter, interpreter_by_default};
use super::secret::no_environment;
use super::trigger;
use crate::dialect::pipeline::component::image as image_component;
use crate::document::Node;
use crate::fact::{Body, ContextId, ContextKind, Sink, Why};

impl Walk<'_, '_> {
    /// The context of a workflow or action inside its file.
    fn pipeline(&mut self, root: &Node) -> ContextId {
        let file = self.out.file_context(self.file.id);
        let name = root.get("name").and_then(Node::text).filter(|n| !n.is_empty());
        let name = name.unwrap_or(self.file.name()).to_owned();
        self.out.context(file, ContextKind::Workflow, &name, self.source(root.span))
    }

    /// Lowers a workflow.
    pub(super) fn workflow(&mut self, root: &Node) {
        let within = self.pipeline(root);
        let triggers = trigger::read(self.out, self.file.id, root.get("on"));
        if let Some(context) = self.out.context_mut(within) {
            context.started_by.clone_from(&triggers.starters);
            context.runs_code_of.clone_from(&triggers.code);
        }
        let on = |event: &str| root.path(&["on", event, "inputs"]);
        let inputs = declared(self.file.id, &[on("workflow_call"), on("workflow_dispatch")]);
        for input in ["workflow_call", "workflow_dispatch"].into_iter().filter_map(on).flat_map(Node::entries)
        {
            if let Some(default) = input.value.get("default") {
                self.slot(within, input.name(), default);
            }
        }
        let mut scope = Scope::new(self.file.id, inputs);
        let environment = no_environment();
        let before = self.out.facts.facts.len();
        self.env(within, &environment, &scope, root.get("env"));
        let own = self.out.facts.facts.get(before..).unwrap_or_default();
        self.workflow_holds = own.iter().any(|fact| matches!(fact.body, Body::Flow(_) | Body::Credential(_)));
        scope.push(root.get("env"));
        for key in ["run-name", "concurrency", "defaults"] {
            if let Some(node) = root.get(key) {
                self.mentions(within, &environment, node);
            }
        }
        let permissions = self.fallback(root, triggers.called_only);
        let interpreter = interpreter_by_default(root);
        let frame = Frame { within, triggers: &triggers, permissions, interpreter };
        let jobs = root.get("jobs").map(Node::entries).unwrap_or_default();
        let (order, circles) = in_order(jobs);
        for entry in circles.iter().filter_map(|index| jobs.get(*index)) {
            let why = Why::Unsupported("a circle of jobs that need each other".to_owned());
            self.out.unknown(self.source(entry.key.span), why);
        }
        for entry in order.iter().filter_map(|index| jobs.get(*index)) {
            self.job(&frame, &mut scope, entry);
        }
        let outputs = root.path(&["on", "workflow_call", "outputs"]).map(Node::entries).unwrap_or_default();
        for output in outputs {
            let value = output.value.get("value").unwrap_or(&output.value);
            self.flows(within, &environment, &scope, value, || Sink::Output(output.name().to_owned()));
        }
    }

    /// What holds for jobs without `permissions` of their own.
    fn fallback<'n>(&mut self, root: &'n Node, called_only: bool) -> Fallback<'n> {
        if let Some(node) = root.get("permissions") {
            return Fallback::Stated(node);
        }
        let Some(jobs) = root.entry("jobs") else { return Fallback::Elsewhere };
        let at = self.source(jobs.key.span);
        if !self.on_github() {
            let why = "the default token permissions of this forge".to_owned();
            self.out.unknown(at, Why::Unsupported(why));
            return Fallback::Elsewhere;
        }
        match called_only {
            // A called workflow's token is its caller's, narrowed at most.
            true => Fallback::Elsewhere,
            false => Fallback::Default(at),
        }
    }

    /// Lowers the metadata of an action.
    pub(super) fn composite(&mut self, root: &Node) {
        let within = self.pipeline(root);
        let inputs = declared(self.file.id, &[root.get("inputs")]);
        let mut scope = Scope::new(self.file.id, inputs);
        let job = Job {
            within,
            holder: None,
            path: self.file.path.clone(),
            id: String::new(),
            environment: no_environment(),
            subjects: Vec::new(),
            interpreter: Interpreter::Shell,
            outsiders: None,
            called: true,
            outcomes: outcomes(root),
        };
        let Some(runs) = root.get("runs") else { return };
        self.env(within, &job.environment, &scope, runs.get("env"));
        for step in runs.get("steps").map(Node::items).unwrap_or_default() {
            self.step(&job, &mut scope, step);
        }
        self.stored();
        if let Some(node) = runs.get("image")
            && let Some(image) = node.text().and_then(|t| t.strip_prefix("docker://"))
        {
            let at = self.source(node.span);
            self.out.state(within, at, Body::Component(image_component(image)));
        }
        for output in root.get("outputs").map(Node::entries).unwrap_or_default() {
            if let Some(value) = output.value.get("value") {
                let to = || Sink::Output(output.name().to_owned());
                self.flows(within, &job.environment, &scope, value, to);
            }
        }
    }
}
