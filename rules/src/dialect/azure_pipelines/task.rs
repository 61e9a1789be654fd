//! Tasks: what they are handed, which connections they log in with, which scripts they run.

use super::env::Set;
use super::job::Job;
use super::scope::Scope;
use super::script::Spread;
use super::tables::{self, RunBy};
use super::{Walk, branches, component};
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::tool::{self, Site};
use crate::document::Node;
use crate::fact::{Body, ContextId, Flow, Origin, Ref, Selection, Sink, Text, Why};
use crate::span::Source;

impl Walk<'_, '_> {
    /// Lowers a task.
    pub(super) fn task(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &mut Scope,
        step: &Node,
        node: &Node,
        env: &[Set<'_>],
    ) {
        let named = scope.resolve(node);
        let Some(text) = named.known().map(ToOwned::to_owned) else {
            let why = named.text().and_then(|t| t.why().cloned());
            let why = why.unwrap_or_else(|| Why::Unsupported("which of several tasks runs".to_owned()));
            return self.unknown(self.source(node.span), why);
        };
        let (name, _) = component::task_name(&text);
        let row = tables::task(name);
        let component = component::task(&text);
        let is = component.is.clone();
        let inputs = branches::first(step, "inputs");
        let before = self.out.facts.facts.len();
        let script = row.script.and_then(|script| branches::input(inputs?, &script.input));
        let mut connection = None;
        for (entry, case) in inputs.map(branches::entries).unwrap_or_default() {
            if script.is_some_and(|script| script.span == entry.value.span) {
                continue;
            }
            self.under(&case, |walk| {
                walk.flows(within, job, scope, &entry.value, || Sink::Recipient(is.clone()));
                let Some(platform) = tables::connection(entry.name()) else {
                    return walk.slot(within, entry.name(), &entry.value);
                };
                let found = walk.connection(within, job, scope, &entry.value, platform, name);
                connection = found.or(connection.take());
            });
        }
        // In a template that is looked at for its caller, the task stands where the caller hands it something.
        let place = match self.caller {
            None => Some(self.out.place(self.source(node.span))),
            Some(_) => self.out.facts.facts.get(before).map(|fact| {
                let at = self.source(node.span);
                fact.at.clone().with("handed on here", at)
            }),
        };
        if self.caller.is_none() {
            let holder = job.and_then(|job| job.holder.as_ref());
            let site = Site { file: self.file.id, within, holder, stops: true, variable: &|_| None };
            let file = self.file.id;
            let given = |name: &str| {
                let node = branches::input(inputs?, name)?;
                Some((node.scalar()?.clone(), Source::new(file, node.span)))
            };
            let tools = tool::of_component(self.out, &site, &component, self.source(node.span), &given);
            self.tools.extend(tools);
        }
        if let Some(place) = place {
            self.state(within, place, Origin::Stated, Body::Component(component));
        }
        let mut spread: Vec<Spread<'_>> = Vec::new();
        if let Some(spreads) = row.spreads
            && let Some(on) = inputs.and_then(|inputs| branches::input(inputs, &spreads.input))
            && scope.resolve(on).alternatives().iter().any(|(d, _, _)| d.known().is_some_and(is_true))
            && let Some(connection) = connection
        {
            for variable in &spreads.variables {
                let flow = Flow { what: Selection::One(connection.clone()), to: Sink::Env(variable.clone()) };
                self.state_at(within, on.span, Body::Flow(flow));
                spread.push((variable.as_str(), connection.clone()));
            }
        }
        if let (Some(row), Some(script)) = (row.script, script) {
            let shell = row.by.as_ref().and_then(|by| branches::input(inputs?, by)).and_then(Node::text);
            let shell = shell.and_then(|shell| row.named.get(&shell.to_ascii_lowercase()).copied());
            let by = match shell.unwrap_or(row.shell) {
                RunBy::Shell => Interpreter::Shell,
                RunBy::Powershell => Interpreter::PowerShell,
                RunBy::Agent => job.map_or(Interpreter::Shell, |job| job.agent),
                RunBy::Other => Interpreter::Other,
            };
            self.script(within, job, scope, script, by, env, &spread);
        }
        if let Some(input) = row.brings {
            self.brings_all(
                within,
                job,
                scope,
                node,
                inputs.and_then(|inputs| branches::input(inputs, input)),
            );
        }
        if let Some(listed) = row.brings.and_then(|input| branches::input(inputs?, input)) {
            let names = scope.resolve(listed).known().unwrap_or("").to_owned();
            let names = names.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != "*");
            names.for_each(|name| scope.declare_secret(name));
        }
        for (input, to) in
            [(row.stores, Sink::Artifact), (row.uploads, Sink::Artifact), (row.caches, Sink::Cache)]
        {
            if let Some(path) = input.and_then(|input| branches::input(inputs?, input)) {
                self.stores(within, path, &to);
            }
        }
        if let Some(path) = row.stores.and_then(|input| branches::input(inputs?, input))
            && path.text().is_some_and(tables::is_everything)
            && let Some(left) = self.left_on_disk.clone()
        {
            let flow = Flow { what: Selection::One(left), to: Sink::Artifact };
            self.state_at(within, path.span, Body::Flow(flow));
        }
    }

    /// A task that fetches secrets from a vault gets all of them unless it names some.
    fn brings_all(
        &mut self,
        within: ContextId,
        job: Option<&Job>,
        scope: &Scope,
        task: &Node,
        listed: Option<&Node>,
    ) {
        let Some(holder) = job.and_then(|job| job.holder.clone()) else { return };
        if listed.is_some_and(|node| scope.resolve(node).known().map(str::trim) != Some("*")) {
            return;
        }
        let vault = Text::hole(Why::Variable("vault".to_owned()));
        let what = Selection::All(Ref::new("azure", "secret", [vault], "*"));
        let flow = Flow { what, to: Sink::Recipient(holder) };
        self.state_at(within, listed.map_or(task.span, |node| node.span), Body::Flow(flow));
    }
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}
