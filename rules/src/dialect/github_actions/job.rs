//! Jobs: identity, environment, permissions, containers, and the steps in them.

use std::collections::BTreeSet;

use super::Walk;
use super::component::Uses;
use super::outsider::outcomes;
use super::passed_on::made_of_a_secret;
use super::permission::Fallback;
use super::scope::{Scope, secrets_of, value};
use super::script::{Interpreter, interpreter_by_default};
use super::secret::no_environment;
use super::trigger::{SubjectEnd, Triggers};
use crate::dialect::pipeline::component::image as image_component;
use crate::dialect::pipeline::credential::credential;
use crate::dialect::pipeline::{companion, deploy, names};
use crate::document::{Entry, Node};
use crate::fact::{
    Body, Case, ContextId, ContextKind, Credential, Datum, Flow, Identity, Known, Naming, Ref, Selection,
    Sink, Storage, Text, Value, Why,
};
use crate::span::Source;

/// What the steps of a job share.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) within: ContextId,
    /// The job's token; `None` in a composite action, which runs with its caller's.
    pub(super) holder: Option<Ref>,
    /// The workflow's path.
    pub(super) path: String,
    pub(super) id: String,
    /// The deployment environment's name, or a hole.
    pub(super) environment: Text,
    /// Subjects that its OIDC tokens can have.
    pub(super) subjects: Vec<Text>,
    /// What runs the scripts of steps that name no shell.
    pub(super) interpreter: Interpreter,
    /// Where outsiders start it with nothing withheld.
    pub(super) outsiders: Option<Source>,
    /// Whether a caller decides about that.
    pub(super) called: bool,
    /// Steps of which others ask how they ended.
    pub(super) outcomes: BTreeSet<String>,
}

/// What a job takes over from its workflow.
pub(super) struct Frame<'n> {
    pub(super) within: ContextId,
    pub(super) triggers: &'n Triggers,
    pub(super) permissions: Fallback<'n>,
    /// What runs scripts, if the workflow says so for all jobs.
    pub(super) interpreter: Option<Interpreter>,
}

impl Walk<'_, '_> {
    /// Lowers one job. `scope` holds the workflow's `env` and inputs.
    pub(super) fn job(&mut self, frame: &Frame<'_>, scope: &mut Scope, entry: &Entry) {
        let (id, body) = (entry.name(), &entry.value);
        let before = self.out.facts.facts.len();
        let span = if body.is_null() { entry.key.span } else { body.span };
        let source = self.source(span);
        let within = self.out.context(frame.within, ContextKind::Job, id, source);
        let path = self.file.path.clone();
        let holder = Ref::new("github", "job", [Text::literal(path.clone())], id);
        let identity = Identity::plain(holder.clone(), "job token", Naming::Named);
        let named = self.source(entry.key.span);
        self.out.state(within, named, Body::Identity(identity));
        self.permissions(within, &holder, body.get("permissions"), &frame.permissions);

        scope.set_matrix(body.path(&["strategy", "matrix"]));
        let environment = self.environment(within, scope, body.get("environment"));
        let subjects = subjects(environment.as_ref(), frame.triggers);
        let environment = match environment.as_ref().map(Datum::alternatives).as_deref() {
            Some([(only, _, _)]) => only.text().unwrap_or_else(no_environment),
            _ => no_environment(),
        };
        let outsiders = self.outsiders(within, frame.triggers.outsiders, body.get("if"));
        let outcomes = outcomes(body);
        let labels = body.get("runs-on").map(Node::one_or_many).unwrap_or_default();
        let label = labels.iter().filter_map(Node::text);
        let of_runner = || label.map(Interpreter::of_runner).find(|i| *i != Interpreter::Shell);
        let interpreter = interpreter_by_default(body)
            .or(frame.interpreter)
            .or_else(of_runner)
            .unwrap_or(Interpreter::Shell);
        self.own_runner(within, &holder, labels);
        let job = Job {
            within,
            holder: Some(holder),
            path,
            id: id.to_owned(),
            environment,
            subjects,
            interpreter,
            outsiders,
            called: frame.triggers.called_only,
            outcomes,
        };

        self.env(within, &job.environment, scope, body.get("env"));
        scope.push(body.get("env"));
        self.containers(&job, scope, body);
        for key in ["if", "name", "runs-on", "strategy", "concurrency", "timeout-minutes", "defaults"] {
            if let Some(node) = body.get(key) {
                self.mentions(within, &job.environment, node);
            }
        }
        match body.get("uses") {
            Some(uses) => {
                self.called_workflow(&job, frame, scope, body, uses);
                let with = body.get("with");
                if body.get("secrets").is_some() || scope.is_handed_secrets(with) {
                    scope.jobs.unclear(id, made_of_a_secret());
                }
            }
            None => {
                let mut complete = true;
                self.checks.clear();
                self.left_on_disk = None;
                self.own_registry = false;
                self.steps.clear();
                for step in body.get("steps").map(Node::items).unwrap_or_default() {
                    complete &= self.step(&job, scope, step);
                }
                self.stored();
                let steps = std::mem::take(&mut self.steps);
                self.keyless_uploads(&job, frame, before, body, &steps);
                if let Some(context) = self.out.context_mut(within) {
                    context.needs_complete = complete;
                }
                let checks = std::mem::take(&mut self.checks);
                self.may_fail(scope, body, &checks);
                let title = body.get("name").map(|node| (node.text().unwrap_or(""), self.source(node.span)));
                let names: Vec<_> = [(id, named)].into_iter().chain(title).collect();
                deploy::settle(self.out, within, before, &names);
            }
        }
        for output in body.get("outputs").map(Node::entries).unwrap_or_default() {
            let to = || Sink::Output(output.name().to_owned());
            self.flows(within, &job.environment, scope, &output.value, to);
            let passed = scope.resolve(&output.value);
            scope.jobs.set(id, output.name(), passed);
        }
        scope.pop();
        scope.set_matrix(None);
    }

    /// The job's environment, as a name or as a map with one.
    fn environment(&mut self, within: ContextId, scope: &Scope, node: Option<&Node>) -> Option<Datum> {
        let node = node?;
        let name = node.get("name").unwrap_or(node);
        let datum = scope.resolve(name);
        if matches!(datum.value, Known::Null) || datum.known() == Some("") {
            return None;
        }
        let repository = || Text::hole(Why::Variable("repository".to_owned()));
        let environment = value(&datum, "a name", |text| {
            Some(Ref::new("github", "environment", [repository()], text.clone()))
        });
        let tier = value(&datum, "a name", |text| names::tier(text.known()?));
        if let Some(context) = self.out.context_mut(within) {
            context.environment = Some(environment);
            context.tier = Some(tier).filter(|t| !matches!(t, Value::Unknown { .. }));
        }
        Some(datum)
    }

    /// The job's container and services: images, variables, registry logins.
    fn containers(&mut self, job: &Job, scope: &Scope, body: &Node) {
        let services = body.get("services").map(Node::entries).unwrap_or_default();
        let own = body.get("container").map(|node| ("container", node));
        for (name, node) in own.into_iter().chain(services.iter().map(|e| (e.name(), &e.value))) {
            // The runner pulls with its login before the container is there: it is not handed to the image.
            let within = self.out.context(job.within, ContextKind::Container, name, self.source(node.span));
            let image = node.get("image").unwrap_or(node);
            if image.scalar().is_some() && !image.is_null() {
                self.image(within, scope, image);
            }
            self.env(job.within, &job.environment, scope, node.get("env"));
            self.reaches_host(job.within, node);
            if let Some(credentials) = node.get("credentials") {
                self.registry_login(job, scope, credentials);
            }
        }
        for service in services {
            let env = service.value.get("env").map(Node::entries).unwrap_or_default();
            let variables = env.iter().map(|e| (e.name(), self.source(e.value.span))).collect::<Vec<_>>();
            companion::state(self.out, self.file.id, [service.name()], variables);
        }
    }

    fn image(&mut self, within: ContextId, scope: &Scope, node: &Node) {
        let datum = scope.resolve(node);
        for (found, case, lesser) in datum.alternatives() {
            let Some(image) = found.known().filter(|i| !i.is_empty()) else {
                let why = found.text().and_then(|t| t.why().cloned());
                let why = why.unwrap_or_else(|| Why::Unsupported("this image".to_owned()));
                self.out.unknown(found.at, why);
                continue;
            };
            let body = Body::Component(image_component(image));
            let at = super::scope::place(self.out, found);
            let id = self.out.fact(within, at, crate::fact::Origin::Stated, body);
            self.under(id, case, lesser);
        }
    }

    /// Marks a fact as one alternative.
    pub(super) fn under(&mut self, id: crate::fact::FactId, case: Case, lesser: bool) {
        if let Some(fact) = self.out.fact_mut(id) {
            fact.when = case;
            fact.lesser = lesser;
        }
    }

    fn registry_login(&mut self, job: &Job, scope: &Scope, credentials: &Node) {
        let to = || Sink::Login { platform: "docker".to_owned(), service: "container".to_owned() };
        for entry in credentials.entries() {
            self.flows(job.within, &job.environment, scope, &entry.value, to);
        }
        let Some(password) = credentials.get("password") else { return };
        self.slot(job.within, "password", password);
        let datum = scope.resolve(password);
        if datum.known().is_none_or(str::is_empty) || !secrets_of(&datum).is_empty() {
            return;
        }
        let place = [Text::literal(job.path.clone()), Text::literal(job.id.clone())];
        let is = Ref::new("docker", "password", place, "credentials");
        let why = Why::Unsupported("the lifetime of a password".to_owned());
        let body = Credential {
            title: "registry password".to_owned(),
            secret: vec![datum.at],
            ..credential(is.clone(), "docker", "password", Storage::Literal, Value::unknown(why, datum.at))
        };
        let at = super::scope::place(self.out, &datum);
        self.out.fact(job.within, at.clone(), crate::fact::Origin::Stated, Body::Credential(body));
        let flow = Flow { what: Selection::One(is), to: to() };
        self.out.fact(job.within, at, crate::fact::Origin::Stated, Body::Flow(flow));
    }

    /// A job that is a reusable workflow.
    fn called_workflow(&mut self, job: &Job, frame: &Frame<'_>, scope: &Scope, body: &Node, uses: &Node) {
        let parsed = Uses::read(uses.text().unwrap_or(""));
        let component = parsed.component_beside(self.file, uses.span, true);
        let is = component.is.clone();
        let at = self.source(uses.span);
        self.out.state(job.within, at, Body::Component(component));
        for argument in body.get("with").map(Node::entries).unwrap_or_default() {
            let to = || Sink::Recipient(is.clone());
            self.flows(job.within, &job.environment, scope, &argument.value, to);
            self.slot(job.within, argument.name(), &argument.value);
        }
        match body.get("secrets") {
            Some(node) if node.text() == Some("inherit") => {
                let what = Selection::All(super::secret::reference(&job.environment, "*"));
                let at = self.source(node.span);
                self.out.state(job.within, at, Body::Flow(Flow { what, to: Sink::Recipient(is) }));
            }
            Some(node) => {
                for secret in node.entries() {
                    let to = || Sink::Recipient(is.clone());
                    self.flows(job.within, &job.environment, scope, &secret.value, to);
                    self.job_token(job, job.within, scope, &secret.value, &is);
                    self.slot(job.within, secret.name(), &secret.value);
                }
            }
            None => {}
        }
        if let Uses::Local(path) = &parsed {
            self.let_in_by_workflow(job, scope, body, path, uses);
            self.follow_workflow(job, frame.triggers, scope, path, body.get("with"), uses);
        }
    }
}

/// The subjects of a job's OIDC tokens: its environment, else a pull request, else the ref.
pub(super) fn subjects(environment: Option<&Datum>, triggers: &Triggers) -> Vec<Text> {
    let repository = || {
        let mut text = Text::literal("repo:");
        text.push_hole(Why::Variable("repository".to_owned()));
        text
    };
    if let Some(environment) = environment {
        let names = environment.alternatives();
        let mut subjects: Vec<Text> = names
            .iter()
            .map(|(name, _, _)| {
                let mut text = repository();
                text.push(":environment:");
                text.append(&name.text().unwrap_or_default());
                text
            })
            .collect();
        subjects.dedup();
        return subjects;
    }
    triggers
        .subjects
        .iter()
        .map(|end| {
            let mut text = repository();
            match end {
                SubjectEnd::PullRequest => text.push(":pull_request"),
                SubjectEnd::Branch(name) => text.push(&format!(":ref:refs/heads/{name}")),
                SubjectEnd::AnyRef => {
                    text.push(":ref:");
                    text.push_hole(Why::Variable("github.ref".to_owned()));
                }
                SubjectEnd::Any => {}
            }
            text
        })
        .collect()
}
