//! Steps: commands of the file are read where they are called, orbs are what they are handed.

use std::rc::Rc;

use super::expression::is_variable_name;
use super::job::Job;
use super::scope::{Layer, Scope};
use super::space::{Found, Kind};
use super::tables::TABLE;
use super::{MAX_STEPS, Walk};
use crate::detect;
use crate::dialect::logins;
use crate::dialect::pipeline::credential::credential;
use crate::dialect::pipeline::reading::plain_path;
use crate::dialect::pipeline::settings::stores;
use crate::dialect::pipeline::standing::LoginStep;
use crate::document::{Entry, Node};
use crate::fact::{
    Body, Component, ContextId, ContextKind, Credential, Datum, Known, Lifetime, Ref, Selection, Sink,
    Storage, Text, Value, Why,
};
use crate::span::Source;

/// How deep commands call commands; a command cannot call itself.
const MAX_CALLED: usize = 16;
/// Most paths that a job keeps which are held against what its scripts write.
const MAX_KEPT: usize = 64;

/// Something that a job does.
enum Act<'u> {
    Run(&'u Node, Scope<'u>),
    Orb {
        scope: Scope<'u>,
        at: Source,
        component: Component,
        declared: Source,
        member: String,
        given: Option<&'u Node>,
    },
    Keys(&'u Node, Scope<'u>),
}

impl<'u> Walk<'_, 'u> {
    /// Lowers steps. What is kept of the job is known before any of its scripts is read.
    pub(super) fn steps(&mut self, job: &mut Job, scope: &Scope<'u>, steps: &[&'u Node]) {
        let mut acts = Vec::new();
        for node in steps {
            self.listed(job, scope, node, MAX_CALLED, &mut acts);
        }
        for act in acts {
            match act {
                Act::Run(node, scope) => self.run(job, &scope, node),
                Act::Orb { scope, at, component, declared, member, given } => {
                    let arguments: Vec<&'u Entry> =
                        given.map(Node::entries).unwrap_or_default().iter().collect();
                    self.orb(job, &scope, at, component, declared, &member, &arguments);
                }
                Act::Keys(node, scope) => self.keys(job, &scope, node),
            }
        }
    }

    /// The steps of a list, those of what it calls in their places.
    fn listed(
        &mut self,
        job: &mut Job,
        scope: &Scope<'u>,
        list: &'u Node,
        depth: usize,
        acts: &mut Vec<Act<'u>>,
    ) {
        for node in list.one_or_many() {
            self.steps += 1;
            let Some(depth) = depth.checked_sub(1).filter(|_| self.steps <= MAX_STEPS) else {
                let why = match self.steps > MAX_STEPS {
                    true => Why::Limit(format!("more than {MAX_STEPS} steps")),
                    false => Why::Limit(format!("commands over {MAX_CALLED} levels")),
                };
                return self.out.unknown(self.source(node.span), why);
            };
            if !node.items().is_empty() {
                self.listed(job, scope, node, depth, acts);
            } else if let Some(name) = node.text() {
                self.step(job, scope, node, name, None, depth, acts);
            } else if let Some(entry) = node.entries().first() {
                self.step(job, scope, &entry.key, entry.name(), Some(&entry.value), depth, acts);
            }
        }
    }

    #[allow(clippy::too_many_arguments)] // each is a part of the place that the step stands in
    fn step(
        &mut self,
        job: &mut Job,
        scope: &Scope<'u>,
        named: &'u Node,
        name: &str,
        given: Option<&'u Node>,
        depth: usize,
        acts: &mut Vec<Act<'u>>,
    ) {
        let at = self.source(named.span);
        // A file's own command goes before what the platform has.
        match self.spaces.find(scope.space, Kind::Command, name) {
            Found::Here(space, entry) => {
                if self.used.insert(self.source(entry.key.span)) {
                    self.defaults(job.within, entry.value.get("parameters"));
                }
                let entries = given.map(Node::entries).unwrap_or_default();
                let declared = entry.value.get("parameters");
                let declares = declared.map_or(0, |declared| declared.entries().len());
                if !self.allows(entries.len() + declares, named.span) {
                    return;
                }
                for argument in entries {
                    self.literal(job.within, argument.name(), &argument.value);
                }
                let inner = scope.called(space, Rc::default());
                let parameters = scope.arguments(declared, given, &inner);
                let called = scope.called(space, Rc::new(parameters));
                if let Some(steps) = entry.value.get("steps") {
                    self.listed(job, &called, steps, depth, acts);
                }
                return;
            }
            Found::Outside { component, at: declared, member } => {
                for entry in given.map(Node::entries).unwrap_or_default() {
                    // A list that is handed to an orb is one of steps.
                    if !entry.value.items().is_empty() {
                        self.listed(job, scope, &entry.value, depth, acts);
                    }
                }
                return acts.push(Act::Orb { scope: scope.clone(), at, component, declared, member, given });
            }
            Found::Nothing => {}
        }
        match (name, given) {
            ("run" | "deploy", Some(node)) => acts.push(Act::Run(node, scope.clone())),
            ("when" | "unless", Some(node)) => {
                if let Some(steps) = node.get("steps") {
                    self.listed(job, scope, steps, depth, acts);
                }
            }
            ("steps", Some(node)) => {
                let argument = node.text().and_then(|text| scope.whole(text)).cloned();
                for passed in argument.map(|argument| argument.written).unwrap_or_default() {
                    self.listed(job, &scope.of(&passed), passed.node, depth, acts);
                }
            }
            ("add_ssh_keys", node) => acts.push(Act::Keys(node.unwrap_or(named), scope.clone())),
            ("persist_to_workspace", Some(node)) => {
                let root = node.get("root").and_then(Node::text).map(plain_path).filter(|root| *root != ".");
                for path in node.get("paths").map(Node::one_or_many).unwrap_or_default() {
                    keep(job, root, path, &Sink::Artifact);
                }
            }
            ("store_artifacts" | "store_test_results", Some(node)) => {
                node.get("path").into_iter().for_each(|path| keep(job, None, path, &Sink::Artifact));
            }
            ("save_cache", Some(node)) => {
                for path in node.get("paths").map(Node::one_or_many).unwrap_or_default() {
                    keep(job, None, path, &Sink::Cache);
                }
            }
            (name, _) if TABLE.keywords.silent_steps.contains(name) => {}
            (name, _) => self.out.unknown(at, Why::NotInTree(name.to_owned())),
        }
    }

    /// A command or job of an orb: what it is handed, and what it logs in to.
    #[allow(clippy::too_many_arguments)] // each is a part of the call
    pub(super) fn orb(
        &mut self,
        job: &mut Job,
        scope: &Scope<'u>,
        at: Source,
        component: Component,
        declared: Source,
        member: &str,
        arguments: &[&'u Entry],
    ) {
        let name = component.is.name.clone();
        let service = format!("{name}/{member}");
        let within = self.out.context(job.within, ContextKind::Step, &service, at);
        self.used.insert(declared);
        if !self.allows(arguments.len(), at.span) {
            return;
        }
        let mut handed = false;
        for argument in arguments {
            self.literal(within, argument.name(), &argument.value);
            let datum = as_variable(argument.name(), scope.resolve(&argument.value));
            let told = detect::asks_for_secret(argument.name());
            for name in stores(scope, &datum) {
                if told || crate::dialect::pipeline::settings::is_secret(scope, &name) {
                    let (at, to) = (self.source(argument.value.span), Sink::Recipient(component.is.clone()));
                    self.settings.flow(self.out, within, &job.environment, &name, at, to);
                    handed = true;
                }
            }
        }
        if handed {
            self.settings.holding.insert(within);
        }
        self.taken.code(self.out, job.within, within, declared, component);
        let given = |name: &str| {
            let argument = arguments.iter().rev().find(|argument| argument.name() == name)?;
            let datum = as_variable(name, scope.resolve(&argument.value));
            let nothing = matches!(datum.value, Known::Null) || matches!(datum.known(), Some("" | "false"));
            (!nothing).then_some(datum)
        };
        let mut runs = job.runs(scope, &self.subjects);
        runs.site.within = within;
        if let Some(row) = logins::step(&service) {
            let step = LoginStep { row, service: &service, at };
            self.settings.step_login(self.out, &runs, &step, true, given);
            if !row.federated.is_empty() {
                job.done.sessions.push(&row.platform);
            }
        } else {
            // `aws-secret-access-key` is the variable of that name.
            let named: Layer = arguments
                .iter()
                .filter(|argument| logins::variable(&argument.name().replace('-', "_")).is_some())
                .filter_map(|argument| Some((argument.name().replace('-', "_"), given(argument.name())?)))
                .collect();
            let resolve = |name: &str| named.get(name).cloned();
            self.settings.standing_keys(self.out, runs.site, named.keys().map(String::as_str), resolve, &[]);
        }
    }

    /// `add_ssh_keys`: keys of the project that are put on disk.
    fn keys(&mut self, job: &Job, scope: &Scope<'u>, node: &'u Node) {
        let project = || Text::hole(Why::Variable("project".to_owned()));
        let sink = Sink::Disk { until: job.within };
        let prints = node.get("fingerprints").map(Node::one_or_many).unwrap_or_default();
        if prints.is_empty() {
            let all = Selection::All(Ref::new("circleci", "ssh-key", [project()], "*"));
            return self.settings.hand(self.out, job.within, all, self.source(node.span), sink);
        }
        for print in prints {
            let at = self.source(print.span);
            let name = scope.resolve(print).text().unwrap_or_default();
            let is = Ref::new("circleci", "ssh-key", [project()], name);
            self.stored_key(job.within, is.clone(), at);
            self.settings.hand(self.out, job.within, Selection::One(is), at, sink.clone());
        }
    }

    fn stored_key(&mut self, within: ContextId, is: Ref, at: Source) {
        let lifetime: Value<Lifetime> = Value::unknown(Why::Variable("ssh-key".to_owned()), at);
        let body = Credential {
            title: "SSH key of the project".to_owned(),
            ..credential(is, "circleci", "secret-reference", Storage::StoreReference, lifetime)
        };
        self.out.state(within, at, Body::Credential(body));
    }
}

/// What orbs take as the name of a variable is that variable.
fn as_variable(argument: &str, datum: Datum) -> Datum {
    let named = datum.known().filter(|text| is_variable_name(text)).map(str::to_owned);
    let told = |name: &String| detect::asks_for_secret(argument) || detect::asks_for_secret(name);
    match named.filter(told) {
        Some(name) => Datum { value: Known::Unknown(Why::Variable(name)), ..datum },
        None => datum,
    }
}

/// Notes that a path is kept.
fn keep(job: &mut Job, root: Option<&str>, path: &Node, sink: &Sink) {
    let Some(path) = path.text().map(plain_path).filter(|_| job.kept.len() < MAX_KEPT) else { return };
    let path = root.map_or_else(|| path.to_owned(), |root| format!("{root}/{path}"));
    job.kept.push((path, sink.clone()));
}
