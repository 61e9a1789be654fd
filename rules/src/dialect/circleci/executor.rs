//! Where jobs run: images with the logins they are pulled with, machines, shells, variables of containers.

use std::rc::Rc;

use super::Walk;
use super::expression::is_literal;
use super::job::Job;
use super::scope::{Layer, Scope};
use super::space::{Found, Kind};
use super::tables::TABLE;
use crate::command;
use crate::detect::companion::host_of;
use crate::dialect::logins::IdentityForm;
use crate::dialect::pipeline::login::{Given, Standing};
use crate::dialect::pipeline::script::Interpreter;
use crate::dialect::pipeline::settings::secrets;
use crate::dialect::pipeline::{companion, component, identity};
use crate::document::{Node, Scalar};
use crate::fact::{Component, ContextId, ContextKind, Sink, Text, Why};

/// How deep an executor is a parameter of what calls it.
const MAX_HANDED_ON: usize = 8;
/// Most words of one container's command that are read: people write a dozen.
const MAX_WORDS: usize = 1_000;
/// Most ways in which a job's executor is handed to it that are looked at.
const MAX_WAYS: usize = 8;

impl<'u> Walk<'_, 'u> {
    /// Lowers what a job runs in. Variables of its first container are in force in `scope` afterwards.
    pub(super) fn executed(&mut self, job: &mut Job, scope: &mut Scope<'u>, node: &'u Node) {
        if let Some(executor) = node.get("executor") {
            self.executor(job, scope, &scope.clone(), executor, MAX_HANDED_ON);
        }
        self.runs_in(job, scope, node);
    }

    /// Containers, machine and shell of a job or of an executor.
    pub(super) fn runs_in(&mut self, job: &mut Job, scope: &mut Scope<'u>, node: &'u Node) {
        for (index, container) in node.get("docker").map(Node::items).unwrap_or_default().iter().enumerate() {
            self.container(job, scope, container, index == 0);
        }
        let label = |key: &str| node.get(key).and_then(Node::text).unwrap_or_default();
        let machine = node.get("machine").and_then(|machine| machine.get("image")).and_then(Node::text);
        let windows = [label("resource_class"), machine.unwrap_or_default()];
        if windows.iter().any(|label| label.to_ascii_lowercase().contains("windows")) {
            job.interpreter = Interpreter::PowerShell;
        }
        if let Some(shell) =
            node.get("shell").and_then(|shell| scope.resolve(shell).known().map(Interpreter::named))
        {
            job.interpreter = shell;
        }
    }

    /// An executor by its name, or a map with its name and arguments. `names` are those in force where it is named.
    fn executor(
        &mut self,
        job: &mut Job,
        scope: &mut Scope<'u>,
        names: &Scope<'u>,
        node: &'u Node,
        left: usize,
    ) {
        if let Some(argument) = node.text().and_then(|text| names.whole(text)).cloned() {
            let Some(left) = left.checked_sub(1) else { return };
            for passed in argument.written.iter().take(MAX_WAYS) {
                self.executor(job, scope, &names.of(passed), passed.node, left);
            }
            return;
        }
        let named = node.get("name").unwrap_or(node);
        let datum = names.resolve(named);
        let Some(name) = datum.known().map(str::to_owned) else {
            let why = datum.text().and_then(|text| text.why().cloned());
            let why = why.unwrap_or_else(|| Why::Unsupported("which of several executors runs".to_owned()));
            return self.out.unknown(self.source(node.span), why);
        };
        match self.spaces.find(names.space, Kind::Executor, &name) {
            Found::Here(space, entry) => {
                self.used.insert(self.source(entry.key.span));
                let declared = entry.value.get("parameters");
                let declares = declared.map_or(0, |declared| declared.entries().len());
                if !self.allows(declares + node.entries().len(), node.span) {
                    return;
                }
                self.defaults(job.within, declared);
                let inner = names.called(space, Rc::default());
                let given = Some(node).filter(|node| !node.entries().is_empty());
                let parameters = names.arguments(declared, given, &inner);
                let mut own = scope.called(space, Rc::new(parameters));
                self.runs_in(job, &mut own, &entry.value);
                self.environment(job, &mut own, entry.value.get("environment"));
                *scope = scope.with_layers_of(&own);
            }
            Found::Outside { component, at, .. } => {
                if component.is.name.known().is_some_and(|orb| orb.ends_with("/windows")) {
                    job.interpreter = Interpreter::PowerShell;
                }
                self.used.insert(at);
                let own = self.out.context(job.within, ContextKind::Container, &name, self.source(node.span));
                self.taken.code(self.out, job.within, own, at, component);
            }
            Found::Nothing => self.out.unknown(self.source(node.span), Why::NotInTree(name)),
        }
    }

    /// A container of a job: the first is the one that its steps run in.
    fn container(&mut self, job: &mut Job, scope: &mut Scope<'u>, node: &'u Node, first: bool) {
        if let Some(image) = node.get("image") {
            let datum = scope.resolve(image);
            self.taken.image(self.out, job.within, &datum, image_of);
        }
        if let Some(auth) = node.get("auth") {
            self.registry_login(job, scope, auth);
        }
        for key in ["aws_auth", "gcp_auth"] {
            if let Some(auth) = node.get(key) {
                self.cloud_login(job, scope, auth);
            }
        }
        self.arguments_of(job, node);
        let variables = self.layer(job.within, job, scope, node.get("environment"));
        if !first {
            let name = node.get("name").and_then(Node::text);
            let image = node.get("image").and_then(Node::text).and_then(host_of);
            let environment = node.get("environment").map(std::slice::from_ref).unwrap_or_default();
            let maps = environment.iter().flat_map(|node| node.items().iter().chain([node]));
            let own: Vec<_> =
                maps.flat_map(Node::entries).map(|e| (e.name(), self.source(e.value.span))).collect();
            companion::state(self.out, self.file.id, name.into_iter().chain(image), own);
        }
        let own = variables.clone();
        let names = scope.clone();
        self.keys_among(job, &names, &own);
        if first {
            scope.push(variables);
        }
    }

    /// What the program of a container is handed, read once.
    fn arguments_of(&mut self, job: &Job, node: &'u Node) {
        let words = |key: &str| node.get(key).map(Node::one_or_many).unwrap_or_default();
        let (entrypoint, command) = (words("entrypoint"), words("command"));
        let all: Vec<Scalar> = entrypoint
            .iter()
            .chain(command)
            .take(MAX_WORDS)
            .filter_map(|node| node.scalar().cloned())
            .collect();
        let Some(first) = all.first() else { return };
        let filled_in = all.iter().any(|word| word.text.contains("<<"));
        if filled_in || !self.used.insert(self.source(first.span())) {
            return;
        }
        // Behind an image's own entry point stand a program with its options, or options alone.
        let implied = entrypoint.is_empty() && first.text.starts_with('-');
        if let Some(script) = command::of_list(&all, implied, &[]) {
            command::offer(self.out, self.file.id, job.within, &script);
        }
    }

    /// `auth`: user and password of a registry. The platform pulls with them before the container is there.
    fn registry_login(&mut self, job: &Job, scope: &Scope<'u>, auth: &'u Node) {
        let Some(password) = auth.get("password") else { return };
        self.literal(job.within, "password", password);
        let datum = scope.resolve(password);
        let standing = Standing {
            platform: "docker",
            kind: "registry-token",
            what: "registry password",
            service: "docker",
            min_length: None,
            secrets_only: true,
            opens: None,
        };
        let given = Given { name: "password".to_owned(), datum, secret_half: true };
        self.settings.standing(self.out, job.site(scope), &standing, vec![given]);
    }

    /// `aws_auth` and its like: the keys of a cloud, or a role that the job's token opens.
    fn cloud_login(&mut self, job: &Job, scope: &Scope<'u>, auth: &'u Node) {
        for entry in auth.entries() {
            self.literal(job.within, entry.name(), &entry.value);
        }
        let layer: Layer =
            auth.entries().iter().map(|e| (e.name().to_owned(), scope.resolve(&e.value))).collect();
        self.keys_among(job, scope, &layer);
        if let Some(role) = layer.get("role_arn").or(layer.get("oidc_role_arn")) {
            let runs = job.runs(scope, &self.subjects);
            let of_role = |text: &Text| identity::named(IdentityForm::AwsRoleArn, text);
            self.settings.acts_as(self.out, &runs, role, of_role);
        }
    }

    /// The standing keys among variables.
    fn keys_among(&mut self, job: &Job, scope: &Scope<'u>, layer: &Layer) {
        let resolve = |name: &str| layer.get(name).cloned();
        self.settings.standing_keys(
            self.out,
            job.site(scope),
            layer.keys().map(String::as_str),
            resolve,
            &[],
        );
    }

    /// `environment` of a job: in force in `scope` afterwards.
    pub(super) fn environment(&mut self, job: &mut Job, scope: &mut Scope<'u>, node: Option<&'u Node>) {
        let layer = self.layer(job.within, job, scope, node);
        let names = scope.clone();
        self.keys_among(job, &names, &layer);
        scope.push(layer);
    }

    /// The variables of a map, or of a list of maps: literals for the detectors, secrets of the settings that are handed on.
    pub(super) fn layer(
        &mut self,
        within: ContextId,
        job: &Job,
        scope: &Scope<'u>,
        node: Option<&'u Node>,
    ) -> Layer {
        let mut layer = Layer::new();
        let Some(node) = node else { return layer };
        let maps = if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() };
        for entry in maps.iter().flat_map(Node::entries) {
            if !self.allows(1, node.span) {
                break;
            }
            self.literal(within, entry.name(), &entry.value);
            let datum = scope.resolve(&entry.value);
            for name in secrets(scope, &datum) {
                let (at, to) = (self.source(entry.value.span), Sink::Env(entry.name().to_owned()));
                self.settings.flow(self.out, within, &job.environment, &name, at, to);
            }
            layer.insert(entry.name().to_owned(), datum);
        }
        layer
    }

    /// The defaults of parameters, for the detectors: those that are names of variables are none.
    pub(super) fn defaults(&mut self, within: ContextId, declared: Option<&'u Node>) {
        for entry in declared.map(Node::entries).unwrap_or_default() {
            let of_name = entry.value.get("type").and_then(Node::text) == Some("env_var_name");
            if let Some(default) = entry.value.get("default").filter(|_| !of_name) {
                self.literal(within, entry.name(), default);
            }
        }
    }

    /// Hands a literal with a telling name to the detectors. The bare name of a variable is none.
    pub(super) fn literal(&mut self, within: ContextId, name: &str, node: &'u Node) {
        let Some(scalar) = node.scalar().filter(|scalar| !scalar.text.is_empty()) else { return };
        if is_literal(&scalar.text) && !super::expression::is_variable_name(&scalar.text) {
            self.settings.slot(self.out, within, name, self.file.id, scalar);
        }
    }
}

/// The component that an image is.
fn image_of(text: &Text) -> Component {
    let mut component = component::image_of(text);
    let name = component.is.name.prefix();
    component.first_party = TABLE.first_party.images.iter().any(|prefix| name.starts_with(prefix.as_str()));
    component
}
