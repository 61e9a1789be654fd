//! Jobs and deployments: identity, pool, environment, containers, and the steps in them.

use std::collections::{BTreeMap, BTreeSet};

use super::scope::Scope;
use super::secret::project;
use super::tables::{self, PIPELINES};
use super::{Walk, branches};
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::value::{one_of, value};
use crate::dialect::pipeline::{deploy, names};
use crate::document::Node;
use crate::fact::{
    Body, Case, ContextId, ContextKind, Identity, Known, Link, LinkKind, Naming, Origin, Ref, Text, Value,
    Why,
};

/// Most pools of one job that are told apart, each under a condition of its own; people write two.
const MAX_POOLS: usize = 64;
/// Most legs of a matrix that are told apart; the platform allows 256 jobs.
const MAX_LEGS: usize = 64;

/// What the steps of a job share.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// The job's token; `None` in a template of steps, which runs with its caller's.
    pub(super) holder: Option<Ref>,
    /// What runs a `script` step: a shell, or `cmd` on Windows.
    pub(super) agent: Interpreter,
}

impl Walk<'_, '_> {
    /// Lowers a list of jobs.
    pub(super) fn jobs(&mut self, within: ContextId, stage: &str, scope: &mut Scope, list: &Node) {
        for (item, case) in branches::items(list) {
            if !self.counts(1, item) {
                return;
            }
            self.under(&case, |walk| {
                if let Some(template) = item.get("template") {
                    return walk.template(within, None, scope, item, template);
                }
                let Some(name) = ["job", "deployment"].iter().find_map(|key| item.get(key)) else {
                    return walk.not_known(item, scope, "a job");
                };
                let id = scope.resolve(name).text().map(|t| t.to_string()).unwrap_or_default();
                let id =
                    [stage, id.as_str()].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(".");
                // A job may go without a name.
                let named = if name.is_null() { item.span } else { name.span };
                walk.job(within, scope, item, &id, named);
            });
        }
    }

    /// The only job of a pipeline, whose steps stand at its root.
    pub(super) fn only_job(&mut self, within: ContextId, scope: &mut Scope, root: &Node, steps: &Node) {
        let span = root.entry("steps").map_or(steps.span, |entry| entry.key.span);
        self.job_with(within, scope, root, "job", span, |walk, within, job, scope| {
            walk.steps(within, Some(job), scope, steps);
        });
    }

    fn job(
        &mut self,
        within: ContextId,
        scope: &mut Scope,
        body: &Node,
        id: &str,
        named: crate::span::ByteSpan,
    ) {
        self.job_with(within, scope, body, id, named, |walk, within, job, scope| {
            for (node, case) in branches::get(body, "variables") {
                walk.under(&case, |walk| walk.variables(within, Some(job), scope, node));
            }
            for (steps, case) in branches::get(body, "steps") {
                walk.under(&case, |walk| walk.steps(within, Some(job), scope, steps));
            }
            walk.strategy_steps(within, job, scope, body);
            // A job may be written as a template with parameters of its own.
            if let Some(template) = body.get("template") {
                walk.template(within, Some(job), scope, body, template);
            }
        });
    }

    fn job_with(
        &mut self,
        within: ContextId,
        scope: &mut Scope,
        body: &Node,
        id: &str,
        named: crate::span::ByteSpan,
        steps: impl FnOnce(&mut Self, ContextId, &Job, &mut Scope),
    ) {
        let before = self.out.facts.facts.len();
        let within = self.out.context(within, ContextKind::Job, id, self.source(body.span));
        let holder = Ref::new("azure-devops", "job", [Text::literal(self.file.path.clone())], id);
        let identity = Identity::plain(holder.clone(), "job token", Naming::Named);
        self.state_at(within, named, Body::Identity(identity));
        let job = Job { holder: Some(holder), agent: self.agent(scope, body) };
        scope.push();
        self.matrix(scope, body);
        self.pool(within, &job, scope, body);
        self.environment(within, scope, body);
        self.left_on_disk = None;
        let around = std::mem::take(&mut self.checks);
        self.containers(within, &job, scope, body);
        steps(self, within, &job, scope);
        self.stored();
        let checks = std::mem::replace(&mut self.checks, around);
        self.may_fail(scope, body, &checks);
        deploy::settle(self.out, within, before, &[(id, self.source(named))]);
        scope.pop();
    }

    /// The legs of a matrix: each sets variables of its own.
    fn matrix(&mut self, scope: &mut Scope, body: &Node) {
        let Some(matrix) = body.path(&["strategy", "matrix"]) else { return };
        let legs = branches::entries(matrix);
        let mut variables: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (leg, _) in legs.iter().take(MAX_LEGS) {
            for variable in leg.value.entries() {
                let datum = scope.resolve(&variable.value);
                let value = (datum, Case::of("matrix", leg.name()), false);
                variables.entry(variable.name()).or_default().push(value);
            }
        }
        for (name, of) in variables {
            if let Some(datum) = one_of(of, legs.len() > MAX_LEGS) {
                scope.set(name, datum, &Case::always());
            }
        }
    }

    /// What runs `script` steps, by what the pool says of its machines.
    fn agent(&self, scope: &Scope, body: &Node) -> Interpreter {
        let Some(pool) = branches::first(body, "pool") else { return Interpreter::Shell };
        let texts = branches::entries(pool).into_iter().map(|(entry, _)| &entry.value).chain([pool]);
        let windows = texts.filter(|node| node.scalar().is_some()).any(|node| {
            let datum = scope.resolve(node);
            let known = datum
                .alternatives()
                .into_iter()
                .filter_map(|(d, _, _)| d.known().map(str::to_ascii_lowercase));
            known.into_iter().any(|text| text.contains("windows") || text.starts_with("vs20"))
        });
        // `cmd` is not read.
        if windows { Interpreter::Other } else { Interpreter::Shell }
    }

    /// A pool of the organisation's own machines: what runs there acts as their agent too.
    fn pool(&mut self, within: ContextId, job: &Job, scope: &Scope, body: &Node) {
        let mut seen: BTreeSet<Ref> = BTreeSet::new();
        for (pool, _) in branches::get(body, "pool") {
            let name = if pool.scalar().is_some() { Some(pool) } else { branches::first(pool, "name") };
            let Some(node) = name.filter(|node| !node.is_null()) else { continue };
            let datum = scope.resolve(node);
            for (found, _, _) in datum.alternatives() {
                let text = found.text().unwrap_or_default();
                if text.known().is_some_and(|name| name.is_empty() || tables::is_hosted(name)) {
                    continue;
                }
                let is = Ref::new("azure-devops", "agent-pool", [], text);
                if seen.len() >= MAX_POOLS {
                    return self
                        .unknown(found.at, Why::Limit(format!("more than {MAX_POOLS} pools of a job")));
                }
                if !seen.insert(is.clone()) {
                    continue;
                }
                let at = crate::dialect::pipeline::value::place(self.out, found);
                let identity = Identity::plain(is.clone(), "agent pool", Naming::Named);
                // Once: thousands of jobs may run in one pool.
                if self.speaks_of(at.source()) && self.stated.insert(is.clone()) {
                    self.state(within, at.clone(), Origin::Stated, Body::Identity(identity));
                }
                if let Some(holder) = job.holder.clone() {
                    let link = Link { from: holder, to: is, kind: LinkKind::ActsAs };
                    self.state(within, at, Origin::Stated, Body::Link(link));
                }
            }
        }
    }

    /// The environment of a deployment, as a name or as a map with one; `name.resource` names a part of it.
    fn environment(&mut self, within: ContextId, scope: &Scope, body: &Node) {
        let Some(node) = branches::first(body, "environment") else { return };
        let name = branches::first(node, "name").unwrap_or(node);
        let datum = scope.resolve(name);
        if matches!(datum.value, Known::Null) || datum.known() == Some("") {
            return;
        }
        let environment = value(&datum, "a name", |text| {
            let name = match text.known().and_then(|known| known.split_once('.')) {
                Some((environment, _)) => Text::literal(environment),
                None => text.clone(),
            };
            Some(Ref::new("azure-devops", "environment", [project()], name))
        });
        let tier = value(&datum, "a name", |text| names::tier(text.known()?));
        if let Some(context) = self.out.context_mut(within) {
            context.environment = Some(environment);
            context.tier = Some(tier).filter(|t| !matches!(t, Value::Unknown { .. }));
        }
    }

    /// The steps of a deployment: under the hooks of its strategy.
    fn strategy_steps(&mut self, within: ContextId, job: &Job, scope: &mut Scope, body: &Node) {
        let table = &PIPELINES.strategies;
        let Some(strategy) = branches::first(body, "strategy") else { return };
        for kind in table.names.iter().filter_map(|name| branches::first(strategy, name)) {
            let hooks = table.hooks.iter().filter_map(|hook| branches::first(kind, hook));
            let on = branches::first(kind, "on");
            let endings = table.endings.iter().filter_map(|ending| branches::first(on?, ending));
            for hook in hooks.chain(endings) {
                for (steps, case) in branches::get(hook, "steps") {
                    self.under(&case, |walk| walk.steps(within, Some(job), scope, steps));
                }
            }
        }
    }
}
