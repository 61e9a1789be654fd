//! Steps: actions and scripts, what they are handed, and what they leave behind.

use std::collections::BTreeSet;

use super::Walk;
use super::component::Uses;
use super::job::Job;
use super::login::input;
use super::scope::{Scope, place, secrets_of, value};
use super::script::commands_of;
use super::secret::reference;
use super::tables::PERMISSIONS;
use crate::command;
use crate::dialect::logins;
use crate::dialect::pipeline::agent;
use crate::dialect::pipeline::login::{self, PUBLIC_NPM, PUBLISH_TOKEN};
use crate::dialect::pipeline::tool::{self, Site, Tools};
use crate::document::Node;
use crate::fact::{
    Author, Body, ContextId, ContextKind, Flow, Origin, Safeguard, SafeguardKind, Selection, Sink, Value, Why,
};
use crate::span::Source;

impl Walk<'_, '_> {
    /// Lowers one step. Says whether all it needs of the job token is known.
    pub(super) fn step(&mut self, job: &Job, scope: &mut Scope, step: &Node) -> bool {
        let within = self.out.context(job.within, ContextKind::Step, step_name(step), self.source(step.span));
        self.steps.push(within);
        self.publishing = self.publishes(job, step);
        self.env(within, &job.environment, scope, step.get("env"));
        self.publishing.clear();
        scope.push(step.get("env"));
        for key in ["if", "name", "working-directory", "timeout-minutes"] {
            if let Some(node) = step.get(key) {
                self.mentions(within, &job.environment, node);
            }
        }
        if let Some(script) = step.get("run") {
            self.flows(within, &job.environment, scope, script, || Sink::Argv);
            if self.reads_secret(scope, script) {
                let why = "what a script does with the secret it reads";
                self.out.unknown(self.source(script.span), Why::Unsupported(why.to_owned()));
            }
        }
        self.injected(job, within, scope, step);
        let mut tools = self.commands(job, within, scope, step);
        if let Some(uses) = step.get("uses") {
            tools.extend(self.action(job, within, scope, uses, step));
            let is = Uses::read(uses.text().unwrap_or("")).component(false).is;
            for variable in step.get("env").map(Node::entries).unwrap_or_default() {
                self.job_token(job, within, scope, &variable.value, &is);
            }
        }
        let own = || step.get("if").and_then(Node::text).is_some_and(super::outsider::is_own);
        agent::instructed(self.out, within, &tools.agents, job.outsiders.filter(|_| !own()));
        let asked = step.get("id").and_then(Node::text).is_some_and(|id| job.outcomes.contains(id));
        if !asked {
            self.may_fail(scope, step, &tools.checks);
        }
        self.checks.extend(tools.checks);
        self.outputs(scope, step);
        let complete = self.step_needs(job, within, scope, step);
        scope.pop();
        complete
    }

    /// The registries that a step's script publishes to, unless another address is named for them.
    fn publishes(&self, job: &Job, step: &Node) -> BTreeSet<&'static str> {
        let Some(text) = step.get("run").and_then(Node::text) else { return BTreeSet::new() };
        // Nearly no script publishes: what does not hold the word is not read for it.
        if self.own_registry || !text.contains("publish") || !login::publishes_publicly(text) {
            return BTreeSet::new();
        }
        let script = commands_of(step, job.interpreter);
        let logins = script.as_ref().map(command::login::logins).unwrap_or_default();
        let publishing = logins.iter().filter(|login| login.row.kind == PUBLISH_TOKEN);
        publishing.map(|login| login.row.platform.as_str()).collect()
    }

    fn action(&mut self, job: &Job, within: ContextId, scope: &mut Scope, uses: &Node, step: &Node) -> Tools {
        let with = step.get("with");
        let parsed = Uses::read(uses.text().unwrap_or(""));
        let component = parsed.component_beside(self.file, uses.span, false);
        let is = component.is.clone();
        let at = self.source(uses.span);
        let site = Site {
            file: self.file.id,
            within,
            holder: job.holder.as_ref(),
            stops: true,
            variable: &|name| scope.set(name, at),
        };
        let file = self.file.id;
        let given = |name: &str| {
            let node = input(with, name)?;
            Some((node.scalar()?.clone(), Source::new(file, node.span)))
        };
        let tools = tool::of_component(self.out, &site, &component, at, &given);
        self.out.state(within, at, Body::Component(component));
        for argument in with.map(Node::entries).unwrap_or_default() {
            let to = || Sink::Recipient(is.clone());
            self.flows(within, &job.environment, scope, &argument.value, to);
            self.job_token(job, within, scope, &argument.value, &is);
            self.slot(within, argument.name(), &argument.value);
        }
        if let Some(with) = with.filter(|w| w.scalar().is_some()) {
            self.mentions(within, &job.environment, with);
        }
        if let Some(address) = input(with, "registry-url").and_then(Node::text) {
            self.own_registry = !address.contains(PUBLIC_NPM);
        }
        if let Uses::Local(path) = &parsed {
            self.let_in_by_action(job, scope, step, path, uses);
            self.follow_action(job, within, scope, path, step, uses);
        }
        let Some(name) = parsed.table_name() else { return tools };
        if let Some(row) = logins::step(name) {
            self.login(job, within, scope, uses, row, with);
        }
        if name.eq_ignore_ascii_case(&PERMISSIONS.checkout.action) {
            self.checkout(job, within, scope, uses, step);
        }
        self.fetched(within, scope, uses, name, with);
        self.stores(job, within, scope, &parsed, with);
        if name.eq_ignore_ascii_case(&PERMISSIONS.upload.action) {
            self.upload(within, &parsed, with);
        }
        self.app_token(job, within, scope, uses, name, with);
        self.masking(within, scope, name, with);
        tools
    }

    /// An upload of the whole working copy takes along what a checkout before it left there.
    fn upload(&mut self, within: ContextId, uses: &Uses, with: Option<&Node>) {
        let table = &PERMISSIONS.upload;
        let Uses::Remote { version, .. } = uses else { return };
        let old = version.as_ref().is_some_and(|v| table.hidden_before.contains(v));
        let hidden = input(with, &table.hidden).and_then(Node::text).is_some_and(|t| t == "true");
        let Some((path, left)) = input(with, &table.input).zip(self.left_on_disk.clone()) else { return };
        let lines = path.text().unwrap_or("").lines();
        if (old || hidden) && lines.map(str::trim).any(|line| table.everything.contains(line)) {
            let at = self.source(path.span);
            let flow = Flow { what: Selection::One(left), to: Sink::Artifact };
            self.out.state(within, at, Body::Flow(flow));
        }
    }

    /// A checkout keeps its token in the working copy unless told not to; and it may bring in a stranger's code.
    fn checkout(&mut self, job: &Job, within: ContextId, scope: &Scope, uses: &Node, step: &Node) {
        let with = step.get("with");
        let table = &PERMISSIONS.checkout;
        let token = input(with, "token").map(|node| secrets_of(&scope.resolve(node))).unwrap_or_default();
        let token = token.first().map_or("GITHUB_TOKEN", String::as_str);
        let token = reference(&job.environment, token);
        let protects = Some(Selection::One(token.clone()));
        let (on, at, origin) = match input(with, &table.input) {
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
                let at = self.source(uses.span);
                let origin = Origin::PlatformDefault { source: table.source.clone() };
                (Value::known(table.default, at), self.out.absent(at, &table.input), origin)
            }
        };
        if on.possible().any(|p| *p.value) {
            self.left_on_disk = Some(token);
        }
        let kind = SafeguardKind::PersistedCredential;
        self.out.fact(within, at, origin, Body::Safeguard(Safeguard { kind, protects, on }));
        if super::outsider::proposes(scope, with) {
            let named = ["ref", "repository"].iter().filter_map(|name| input(with, name));
            let written = named.clone().find(|node| node.text().is_some_and(super::outsider::is_proposed));
            let at = self.source(written.or(named.clone().next()).unwrap_or(uses).span);
            if let Some(context) = self.out.context_mut(job.within) {
                context.runs_code_of = Some(Value::known(Author::Outsider, at));
            }
            self.proposed(job, within, step, at);
        }
    }
}

/// A step's name for messages: its own, else its id, else what it uses.
pub(super) fn step_name(step: &Node) -> &str {
    ["name", "id", "uses"].iter().find_map(|key| step.get(key)?.text()).unwrap_or("run")
}
