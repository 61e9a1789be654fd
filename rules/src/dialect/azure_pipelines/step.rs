//! Steps: scripts, tasks, checkouts and templates.

use super::job::Job;
use super::scope::Scope;
use super::secret::project;
use super::tables::PIPELINES;
use super::{Walk, branches};
use crate::dialect::pipeline::check;
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::value::{place, value};
use crate::document::Node;
use crate::fact::{
    Body, ContextId, ContextKind, FactId, Origin, Ref, Safeguard, SafeguardKind, Selection, Sink, Value,
};

/// Steps that are a script under a key of their own, and what runs it; `script` is run by the agent's own shell.
const SCRIPTS: [(&str, Option<Interpreter>); 4] = [
    ("script", None),
    ("bash", Some(Interpreter::Shell)),
    ("pwsh", Some(Interpreter::PowerShell)),
    ("powershell", Some(Interpreter::PowerShell)),
];

/// Steps that only move files of the platform.
const FILES: [&str; 5] = ["download", "downloadBuild", "getPackage", "publish", "reviewApp"];

impl Walk<'_, '_> {
    /// Lowers a list of steps.
    pub(super) fn steps(&mut self, within: ContextId, job: Option<&Job>, scope: &mut Scope, list: &Node) {
        for (item, case) in branches::items(list) {
            if !self.counts(1, item) {
                return;
            }
            self.under(&case, |walk| walk.step(within, job, scope, item));
        }
    }

    fn step(&mut self, within: ContextId, job: Option<&Job>, scope: &mut Scope, step: &Node) {
        if let Some(template) = step.get("template") {
            return self.template(within, job, scope, step, template);
        }
        let scripts = SCRIPTS.iter().find_map(|(key, by)| Some((step.get(key)?, *by)));
        let task = step.get("task");
        let checkout = step.get("checkout");
        let files = FILES.iter().any(|key| step.get(key).is_some());
        if scripts.is_none() && task.is_none() && checkout.is_none() && !files {
            return self.not_known(step, scope, "a step");
        }
        let within = self.out.context(within, ContextKind::Step, step_name(step), self.source(step.span));
        let env = self.env(within, job, scope, branches::first(step, "env"));
        if let Some(target) = branches::first(step, "target")
            && let Some(job) = job
            && let name = branches::first(target, "container").unwrap_or(target)
            && name.text().is_some_and(|name| self.containers.contains_key(name))
        {
            self.container(within, job, scope, name);
        }
        if let Some((node, by)) = scripts {
            let by = by.unwrap_or_else(|| job.map_or(Interpreter::Shell, |job| job.agent));
            self.script(within, job, scope, node, by, &env, &[]);
        } else if let Some(task) = task {
            self.task(within, job, scope, step, task, &env);
        } else if let Some(checkout) = checkout {
            self.checkout(within, scope, step, checkout);
        } else if let Some(path) = step.get("publish") {
            self.stores(within, path, &Sink::Artifact);
        }
        let tools = std::mem::take(&mut self.tools);
        self.may_fail(scope, step, &tools.checks);
        self.checks.extend(tools.checks);
    }

    /// Says that a step or job goes on when these checks fail, if it is told to.
    pub(super) fn may_fail(&mut self, scope: &Scope, around: &Node, checks: &[FactId]) {
        let Some(node) = branches::first(around, "continueOnError").filter(|_| !checks.is_empty()) else {
            return;
        };
        let datum = scope.resolve(node);
        let passes = value(&datum, "a boolean", |text| match text.known()? {
            t if t.eq_ignore_ascii_case("true") => Some(true),
            t if t.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        });
        check::excuse(self.out, checks, &passes);
    }

    /// A checkout keeps its token in the working copy if told to.
    fn checkout(&mut self, within: ContextId, scope: &Scope, step: &Node, checkout: &Node) {
        if checkout.text() == Some("none") {
            return;
        }
        let table = &PIPELINES.checkout;
        let what = Ref::new("azure-devops", "secret", [project()], "System.AccessToken");
        let (on, at, origin) = match branches::input(step, &table.key) {
            Some(node) => {
                let datum = scope.resolve(node);
                let on = value(&datum, "a boolean", |text| match text.known()? {
                    t if t.eq_ignore_ascii_case("true") => Some(true),
                    t if t.eq_ignore_ascii_case("false") => Some(false),
                    _ => None,
                });
                (on, place(self.out, &datum), Origin::Stated)
            }
            None => {
                let at = self.source(checkout.span);
                let origin = Origin::PlatformDefault { source: table.source.clone() };
                (Value::known(table.default, at), self.out.absent(at, &table.key), origin)
            }
        };
        if on.possible().any(|p| *p.value) {
            self.left_on_disk = Some(what.clone());
        }
        let (kind, protects) = (SafeguardKind::PersistedCredential, Some(Selection::One(what)));
        self.state(within, at, origin, Body::Safeguard(Safeguard { kind, protects, on }));
    }
}

/// A step's name for messages: its own, else what it is.
fn step_name(step: &Node) -> &str {
    let own = ["displayName", "name", "task", "checkout"].iter().find_map(|key| step.get(key)?.text());
    own.filter(|name| !name.is_empty()).unwrap_or("script")
}
