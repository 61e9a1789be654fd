//! Jobs: identity, environment, variables, containers, scripts, and what they start.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::Walk;
use super::scope::Scope;
use super::secret::no_environment;
use super::tables::TABLE;
use super::tree::{Field, Item};
use crate::command::upload;
use crate::dialect::logins::IdentityForm;
use crate::dialect::pipeline::reading::{Names, plain_path};
use crate::dialect::pipeline::run::{AWS_ROLE, Done, Set};
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::settings::Settings;
use crate::dialect::pipeline::value::value;
use crate::dialect::pipeline::{self, agent, check, deploy, identity, names};
use crate::document::Node;
use crate::fact::{
    Body, ContextId, ContextKind, Fact, Identity, Known, Naming, Ref, Sink, Text, Tier, Value, Why,
};
use crate::span::Source;

/// Where scripts of a job stand, in the order in which they run.
pub(super) const SCRIPTS: [&str; 3] = ["before_script", "script", "after_script"];

/// Most paths of artifacts and caches that are held against what scripts write; jobs keep a handful.
const MAX_KEPT: usize = 64;

/// What the parts of a job share.
pub(super) struct Job {
    pub(super) within: ContextId,
    /// The path of the file that it is written in, and its name: where something of it is unique.
    pub(super) unique: [Text; 2],
    /// The deployment environment's name, or a hole.
    pub(super) environment: Text,
    pub(super) scope: Scope,
    /// Subjects that its ID tokens can have.
    pub(super) subjects: Vec<Text>,
    pub(super) interpreter: Interpreter,
    /// The job's token; `None` for a template, which acts as the jobs that extend it.
    pub(super) holder: Option<Ref>,
    /// Variables that the platform fills for this job alone: ID tokens, secrets of stores.
    pub(super) provided: BTreeSet<String>,
    /// The file of variables that later jobs get.
    pub(super) dotenv: Option<String>,
    /// Paths that are kept when it ends, and where.
    pub(super) kept: Vec<(String, Sink)>,
}

impl Walk<'_, '_> {
    /// Lowers one job.
    pub(super) fn job(&mut self, field: &Field) {
        let Some(whole) = self.config.whole(self.out, &field.name) else { return };
        let whole = self.with_defaults(whole);
        if !self.walks(&whole) {
            return;
        }
        let before = self.out.facts.facts.len();
        let within = self.out.context(self.within, ContextKind::Job, &field.name, field.value.at());
        let path = self.path_of(field.key);
        let is = Ref::new("gitlab", "job", [Text::literal(path.clone())], &*field.name);
        let holder = Some(is.clone()).filter(|_| !field.name.starts_with('.'));
        let identity = Identity::plain(is, "job token", Naming::Named);
        // A template acts only as the jobs that extend it.
        if !field.name.starts_with('.') {
            self.out.state(within, field.key, Body::Identity(identity));
        }

        let variables = whole.get("variables").and_then(|item| self.config.value(self.out, item));
        let scope = self.scope(&whole, variables.as_ref());
        let environment = self.environment(within, &scope, whole.get("environment").as_ref());
        let subjects = self.starts(within, &whole);
        let tokens = whole.get("id_tokens").and_then(|item| self.config.value(self.out, item));
        let secrets = whole.get("secrets").and_then(|item| self.config.value(self.out, item));
        let names = |item: &Option<Item>| {
            item.iter().flat_map(Item::fields).map(|f| f.name.to_string()).collect::<Vec<_>>()
        };
        let provided = names(&tokens).into_iter().chain(names(&secrets)).collect();
        let dotenv = whole.get("artifacts").and_then(|a| a.get("reports")?.get("dotenv"));
        let dotenv = dotenv.and_then(|item| item.one_or_many().first()?.text().map(str::to_owned));
        let mut kept = Vec::new();
        for (key, sink) in [("artifacts", Sink::Artifact), ("cache", Sink::Cache)] {
            let several = whole.get(key).map(|item| item.one_or_many()).unwrap_or_default();
            let paths =
                several.iter().filter_map(|item| item.get("paths")).flat_map(|paths| paths.one_or_many());
            let paths = paths.filter_map(|path| Some(plain_path(path.text()?).to_owned()));
            kept.extend(paths.take(MAX_KEPT).map(|path| (path, sink.clone())));
        }
        let interpreter = interpreter(&whole);
        let unique = [Text::literal(path), Text::literal(&*field.name)];
        let job =
            Job { within, unique, environment, scope, subjects, interpreter, holder, provided, dotenv, kept };

        self.id_tokens(&job, tokens.as_ref());
        self.stored(&job, secrets.as_ref());
        // A template's tokens are those of the jobs that extend it.
        if let Some(holder) = &job.holder {
            self.granted_tokens(&job, holder, &whole, tokens.as_ref());
        }
        let forks = self.forks(within, &whole);
        let mut done = self.all_scripts(&job, &whole);
        let tools = std::mem::take(&mut done.tools);
        agent::instructed(self.out, within, &tools.agents, forks);
        if let Some((passes, at)) = passes(&whole) {
            check::excuse(self.out, &tools.checks, &Value::known(passes, at));
        }
        if tokens.is_none() && secrets.is_none() {
            self.keyless_uploads(&job, before, &done);
        }
        self.settings.publishing = done.publishes.clone();
        let further = Settings::further(&job.scope, done);
        self.variables(within, &job.environment, &job.scope, variables.as_ref(), &further);
        self.rule_variables(&job, &whole);
        self.settings.publishing.clear();
        self.role(&job, &further, tokens.is_some());
        self.containers(within, &job.scope, &whole);
        self.trigger(&job, &whole, variables.as_ref());
        deploy::settle(self.out, within, before, &[(&*field.name, field.key)]);
    }

    /// States the keys with which a job must publish that asks for no identity and shows no key.
    fn keyless_uploads(&mut self, job: &Job, before: usize, done: &Done) {
        let facts = self.out.facts.facts.get(before..).unwrap_or_default();
        let holds = |fact: &Fact| matches!(fact.body, Body::Flow(_) | Body::Credential(_));
        let names = || job.scope.all().into_iter().any(|name| upload::is_setting(&name));
        let shown = done.signs_in || !done.read.is_empty() || !done.set.is_empty();
        if done.uploads.is_empty() || job.holder.is_none() || shown || facts.iter().any(holds) || names() {
            return;
        }
        for (upload, at) in &done.uploads {
            pipeline::upload::state(self.out, "gitlab", job.within, *at, &job.unique, upload);
        }
    }

    fn path_of(&self, source: Source) -> String {
        let file = self.out.unit.files.get(source.file.0 as usize);
        file.map(|file| file.path.clone()).unwrap_or_default()
    }

    /// A job with what it takes over from `default`, or from the same keys at the top.
    fn with_defaults(&mut self, job: Item) -> Item {
        let inherits = job.get("inherit").and_then(|inherit| inherit.get("default"));
        let mut base: Vec<Field> = Vec::new();
        let default = self.config.top("default").cloned();
        for key in &TABLE.keywords.default {
            let wanted = match &inherits {
                Some(item) if item.node.boolean() == Some((false, true)) => false,
                Some(item) if !item.node.items().is_empty() => {
                    item.node.items().iter().any(|node| node.text() == Some(key))
                }
                _ => true,
            };
            if !wanted || job.get(key).is_some() {
                continue;
            }
            let found = default.as_ref().and_then(|default| default.get(key));
            let global = || self.config.top(key).filter(|_| TABLE.keywords.global.contains(key)).cloned();
            if let Some(value) = found.or_else(global) {
                base.push(Field { name: key.as_str().into(), key: value.at(), value });
            }
        }
        job.beside(base)
    }

    fn scope(&mut self, job: &Item, variables: Option<&Item>) -> Scope {
        let mut scope = Scope::counted(&self.looked_up);
        let inherits = job.get("inherit").and_then(|inherit| inherit.get("variables"));
        match &inherits {
            Some(item) if item.node.boolean() == Some((false, true)) => {}
            Some(item) if !item.node.items().is_empty() => {
                let wanted = item.node.items().iter().filter_map(Node::text);
                let taken =
                    wanted.filter_map(|name| Some((name.to_owned(), self.globals.get(name)?.clone())));
                scope.push(Rc::new(taken.collect()));
            }
            _ => scope.push(Rc::clone(&self.globals)),
        }
        scope.push(super::scope::layer(self.fields(variables)));
        if let Some(matrix) = job.get("parallel").and_then(|parallel| parallel.get("matrix")) {
            scope.set_matrix(&matrix);
        }
        scope
    }

    /// The job's environment, as a name or as a map with one. Gives its name, or a hole.
    fn environment(&mut self, within: ContextId, scope: &Scope, node: Option<&Item>) -> Text {
        let Some(node) = node else { return no_environment() };
        let name = node.get("name").unwrap_or_else(|| node.clone());
        let datum = scope.resolve(&name);
        if matches!(datum.value, Known::Null) || datum.known() == Some("") || name.is_map() {
            return no_environment();
        }
        let project = || Text::hole(Why::Variable("project".to_owned()));
        let environment = value(&datum, "a name", |text| {
            Some(Ref::new("gitlab", "environment", [project()], text.clone()))
        });
        let stated = node.get("deployment_tier").and_then(|tier| {
            let found = match tier.text()? {
                "production" => Tier::Production,
                _ => Tier::NonProduction,
            };
            Some(Value::known(found, tier.at()))
        });
        let by_name = || value(&datum, "a name", |text| names::tier(text.known()?));
        let tier = stated.unwrap_or_else(by_name);
        if let Some(context) = self.out.context_mut(within) {
            context.environment = Some(environment);
            context.tier = Some(tier).filter(|t| !matches!(t, Value::Unknown { .. }));
        }
        match datum.alternatives().as_slice() {
            [(only, _, _)] => only.text().unwrap_or_else(no_environment),
            _ => no_environment(),
        }
    }

    fn all_scripts(&mut self, job: &Job, whole: &Item) -> Done {
        let mut scripts: Vec<Item> = Vec::new();
        let hook = whole.get("hooks").and_then(|hooks| hooks.get("pre_get_sources_script"));
        let parts = hook.into_iter().chain(SCRIPTS.iter().filter_map(|key| whole.get(key)));
        for part in parts.collect::<Vec<_>>() {
            scripts.extend(self.config.list(self.out, part));
        }
        let steps = whole.get("run").map(|item| self.config.list(self.out, item)).unwrap_or_default();
        for step in steps {
            scripts.extend(step.get("script"));
            if let Some(used) = step.get("step").or_else(|| step.get("func"))
                && let Some(text) = used.text()
                && !text.starts_with('.')
            {
                let mut component = super::include::of_component(text);
                component.kind = "step".to_owned();
                self.out.state(job.within, used.at(), Body::Component(component));
            }
        }
        self.scripts(job, &scripts)
    }

    /// `rules: variables`: in force if the rule holds.
    fn rule_variables(&mut self, job: &Job, whole: &Item) {
        let rules = whole.get("rules").map(|item| self.config.list(self.out, item)).unwrap_or_default();
        for rule in rules {
            let variables = rule.get("variables");
            self.variables(job.within, &job.environment, &job.scope, variables.as_ref(), &[]);
        }
    }

    /// The role that an AWS SDK takes with the job's ID token.
    fn role(&mut self, job: &Job, further: &[Set], has_tokens: bool) {
        let by_script = further.iter().find(|set| set.name == AWS_ROLE);
        let datum = match by_script {
            Some(set) => set.datum.clone(),
            None if job.scope.has(AWS_ROLE) => job.scope.variable(AWS_ROLE, self.source_of(job)),
            None => return,
        };
        if has_tokens {
            let of_role = |text: &Text| identity::named(IdentityForm::AwsRoleArn, text);
            self.settings.acts_as(self.out, &job.runs(), &datum, of_role);
        }
    }

    fn source_of(&self, job: &Job) -> Source {
        let context = self.out.facts.contexts.get(job.within.0 as usize);
        context
            .map(|context| context.at.source())
            .unwrap_or_else(|| Source::new(self.file.id, self.whole_span()))
    }
}

/// What runs the scripts of a job: PowerShell where its runner or image is one of Windows, a shell elsewhere.
fn interpreter(job: &Item) -> Interpreter {
    let tags = job.get("tags").map(|tags| tags.one_or_many()).unwrap_or_default();
    let image = job.get("image").and_then(|image| image.get("name").or(Some(image)));
    let mut labels = tags.iter().filter_map(Item::text).chain(image.as_ref().and_then(Item::text));
    let windows = labels.any(|label| {
        let lower = label.to_ascii_lowercase();
        ["windows", "servercore", "nanoserver", "powershell"].iter().any(|word| lower.contains(word))
    });
    if windows { Interpreter::PowerShell } else { Interpreter::Shell }
}

/// Whether the pipeline goes on when a job fails: always, for the exit code that checks end with, or where a rule says so.
/// Source: <https://docs.gitlab.com/ci/yaml/#allow_failure>.
fn passes(whole: &Item) -> Option<(bool, Source)> {
    // What checks end with that found something.
    const FOUND: &str = "1";
    let of_rules = || {
        let rules = whole.get("rules")?;
        let passes =
            |rule: &Node| rule.get("allow_failure").and_then(Node::boolean).is_some_and(|(on, _)| on);
        rules.node.items().iter().any(passes).then(|| (true, rules.at()))
    };
    let Some(item) = whole.get("allow_failure") else { return of_rules() };
    if let Some((on, _)) = item.node.boolean() {
        return if on { Some((true, item.at())) } else { of_rules().or(Some((false, item.at()))) };
    }
    let codes = item.node.get("exit_codes").map(Node::one_or_many).unwrap_or_default();
    codes.iter().any(|code| code.written() == Some(FOUND)).then(|| (true, item.at()))
}
