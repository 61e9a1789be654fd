//! Images of steps and services, and what they are pulled with.

use super::Walk;
use super::scope::Scope;
use super::step::Job;
use super::tables::TABLE;
use crate::dialect::pipeline::login::{Given, Standing};
use crate::dialect::pipeline::settings::{Site, secrets};
use crate::dialect::pipeline::{companion, component};
use crate::document::Node;
use crate::fact::{Component, ContextId, Sink, Text, Why};

impl<'u> Walk<'_, 'u> {
    /// The image that a step runs in: its name, or a map with it and what it is pulled with.
    pub(super) fn image(&mut self, job: &Job<'u>, node: &'u Node) {
        self.taken(job.within, &job.scope, node);
        if let Some(role) = node.path(&["aws", "oidc-role"]).filter(|_| job.oidc.is_some()) {
            let datum = job.scope.resolve(role);
            self.acts_as_role(job, &datum);
        }
        // Many steps run in one image: the platform pulls it with one login, before any of them is there.
        if self.used.insert(node.span) {
            self.logins(job.site(), &job.scope, node);
        }
    }

    fn taken(&mut self, within: ContextId, scope: &Scope, node: &'u Node) {
        let named = node.get("name").unwrap_or(node);
        if named.text().is_some() && !named.is_null() {
            let datum = scope.resolve(named);
            self.images.image(self.out, within, &datum, of);
        }
    }

    /// The services that run beside a step. `docker` is the platform's own, unless the file says otherwise.
    pub(super) fn services_of(&mut self, job: &Job<'u>, node: &'u Node) {
        for name in node.get("services").map(Node::one_or_many).unwrap_or_default() {
            let Some(text) = name.text() else { continue };
            match self.services.get(text).copied() {
                Some(service) => self.service(job.within, &job.scope, service),
                None if text == "docker" => {}
                None => self.out.unknown(self.source(name.span), Why::NotInTree(text.to_owned())),
            }
        }
    }

    /// A service: its image and its variables.
    pub(super) fn service(&mut self, within: ContextId, scope: &Scope, node: &'u Node) {
        let first = self.used.insert(node.span);
        let nowhere = Text::hole(Why::Variable("deployment".to_owned()));
        let variables = node.get("variables").map(Node::entries).unwrap_or_default();
        if !self.allows(1 + variables.len(), node.span) {
            return;
        }
        if let Some(image) = node.get("image") {
            self.taken(within, scope, image);
            if first {
                self.logins(Site { within, environment: &nowhere, names: scope }, scope, image);
            }
        }
        let own: Vec<_> = variables.iter().map(|e| (e.name(), self.source(e.value.span))).collect();
        companion::state(self.out, self.file.id, [], own);
        for entry in variables {
            self.literal(within, entry.name(), &entry.value);
            let datum = scope.resolve(&entry.value);
            for name in secrets(scope, &datum) {
                let (at, to) = (self.source(entry.value.span), Sink::Env(entry.name().to_owned()));
                self.settings.flow(self.out, within, &nowhere, &name, at, to);
            }
        }
    }

    /// What an image is pulled with: user and password of a registry, keys of AWS.
    fn logins(&mut self, site: Site<'_>, scope: &Scope, node: &'u Node) {
        let docker = row("docker", "registry-token", "registry password", None);
        self.login(site, scope, node, &docker, &[("password", true)]);
        if let Some(keys) = node.get("aws") {
            let aws = row("aws", "cloud-key", "AWS secret access key", Some(40));
            self.login(site, scope, keys, &aws, &[("secret-key", true), ("access-key", false)]);
        }
    }

    /// A login of which the halves stand under these keys; `true` for the secret one.
    fn login(
        &mut self,
        site: Site<'_>,
        scope: &Scope,
        node: &'u Node,
        row: &Standing<'_>,
        halves: &[(&str, bool)],
    ) {
        let mut given = Vec::new();
        for (key, secret_half) in halves {
            if let Some(found) = node.get(key) {
                self.literal(site.within, key, found);
                let datum = scope.resolve(found);
                given.push(Given { name: (*key).to_owned(), datum, secret_half: *secret_half });
            }
        }
        if given.iter().any(|given| given.secret_half) {
            self.settings.standing(self.out, site, row, given);
        }
    }
}

fn row<'r>(platform: &'r str, kind: &'r str, what: &'r str, min_length: Option<usize>) -> Standing<'r> {
    let secrets_only = min_length.is_none();
    Standing { platform, kind, what, service: "image", min_length, secrets_only, opens: None }
}

/// The component that an image is.
fn of(text: &Text) -> Component {
    let mut component = component::image_of(text);
    let name = component.is.name.prefix();
    component.first_party = TABLE.first_party.images.iter().any(|prefix| name.starts_with(prefix.as_str()));
    component
}
