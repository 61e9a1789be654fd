//! Pipelines, stages and the bodies of templates.

use super::scope::Scope;
use super::variable::declared;
use super::{Walk, branches};
use crate::document::Node;
use crate::fact::{ContextId, ContextKind, Why};

impl Walk<'_, '_> {
    /// Lowers a file.
    pub(super) fn pipeline(&mut self, root: &Node) {
        let file = self.out.file_context(self.file.id);
        let name = self.file.name().to_owned();
        let within = self.out.context(file, ContextKind::Workflow, &name, self.source(root.span));
        self.triggers(within, root);
        let mut scope = Scope::new(self.file.id, declared(self.file.id, root));
        self.parameters(within, root);
        self.resources(&scope, root);
        self.body(within, None, &mut scope, root);
        self.unused_containers(within, &scope);
    }

    /// Lowers what a pipeline or a template holds.
    pub(super) fn body(
        &mut self,
        within: ContextId,
        job: Option<&super::job::Job>,
        scope: &mut Scope,
        root: &Node,
    ) {
        // The variables of a template of variables, and those that steps set, are its caller's as well.
        let layer = ["stages", "jobs", "extends"].iter().any(|key| branches::first(root, key).is_some());
        if layer {
            scope.push();
        }
        for (node, case) in branches::get(root, "variables") {
            self.under(&case, |walk| walk.variables(within, job, scope, node));
        }
        if let Some(extends) = branches::first(root, "extends")
            && let Some(template) = branches::first(extends, "template")
        {
            self.template(within, job, scope, extends, template);
        }
        for (stages, case) in branches::get(root, "stages") {
            self.under(&case, |walk| walk.stages(within, scope, stages));
        }
        for (jobs, case) in branches::get(root, "jobs") {
            self.under(&case, |walk| walk.jobs(within, "", scope, jobs));
        }
        // Steps without a job are the only job of a pipeline, and part of their caller's in a template.
        let own = self.depth == 0 && !is_template(root);
        for (steps, case) in branches::get(root, "steps") {
            self.under(&case, |walk| match own {
                true => walk.only_job(within, scope, root, steps),
                false => walk.steps(within, job, scope, steps),
            });
        }
        if layer {
            scope.pop();
        }
    }

    /// Lowers a list of stages.
    pub(super) fn stages(&mut self, within: ContextId, scope: &mut Scope, list: &Node) {
        for (item, case) in branches::items(list) {
            if !self.counts(1, item) {
                return;
            }
            self.under(&case, |walk| walk.stage(within, scope, item));
        }
    }

    fn stage(&mut self, within: ContextId, scope: &mut Scope, item: &Node) {
        if let Some(template) = item.get("template") {
            return self.template(within, None, scope, item, template);
        }
        let Some(stage) = branches::first(item, "stage") else {
            return self.not_known(item, scope, "a stage");
        };
        let name = scope.resolve(stage).known().unwrap_or("").to_owned();
        let within = self.out.context(within, ContextKind::Workflow, &name, self.source(item.span));
        scope.push();
        for (node, case) in branches::get(item, "variables") {
            self.under(&case, |walk| walk.variables(within, None, scope, node));
        }
        for (jobs, case) in branches::get(item, "jobs") {
            self.under(&case, |walk| walk.jobs(within, &name, scope, jobs));
        }
        scope.pop();
    }

    /// An item that is not what should stand there. A parameter that holds some is its caller's to fill.
    pub(super) fn not_known(&mut self, item: &Node, scope: &Scope, what: &str) {
        if item.written().and_then(|text| scope.argument(text)).is_some() {
            // What a caller hands over is looked at where it is written.
            return;
        }
        let what = match item.written() {
            Some(_) => format!("{what} that an expression stands for"),
            None => format!("{what} that hallpass does not know"),
        };
        self.unknown(self.source(item.span), Why::Unsupported(what));
    }
}

/// Whether a file with steps is a template rather than a pipeline of one job: it declares parameters, and says nothing of
/// what only a pipeline has.
fn is_template(root: &Node) -> bool {
    let pipeline = ["trigger", "pr", "pool", "schedules", "resources", "name", "container", "strategy"];
    !pipeline.iter().any(|key| root.get(key).is_some()) && root.get("parameters").is_some()
}
