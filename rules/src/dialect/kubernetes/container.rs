//! One container: its image, what its environment is handed, and what it runs.

use crate::command::{header as header_value, offer, offer_value};
use crate::document::Node;
use crate::fact::{
    Body, ContextId, ContextKind, Credential, Flow, Lifetime, LifetimeClass, Ref, Selection, Sink, Storage,
    Text, Value, Why,
};
use crate::span::Source;

use super::super::Lowering;
use super::super::logins::{self, Part, Variable};
use super::super::lowering::{MAX_SCRIPTS, Slot, Told};
use super::super::pipeline::credential::credential;
use super::command::{self, commands};
use super::manifest::text_under;
use super::pod::Pod;
use super::tables::METADATA;
use super::{configuration, image, kubectl, machine, template, volume};

/// A container of a pod while it is lowered.
pub(super) struct Container<'p, 'm, 'd> {
    /// Its pod.
    pub(super) pod: &'p Pod<'m, 'd>,
    /// The whole item.
    pub(super) node: &'d Node,
    /// Its name.
    pub(super) name: Text,
    /// Its context.
    pub(super) within: ContextId,
}

/// Lowers a container; tells whether everything it needs of the API server is known.
pub(super) fn lower<'d>(
    pod: &Pod<'_, 'd>,
    node: &'d Node,
    volumes: &volume::Volumes<'_>,
    workload: ContextId,
    out: &mut Lowering<'_>,
) -> bool {
    let name = text_under(node, "name").unwrap_or_else(|| Text::literal("container"));
    let at = pod.manifest.node_at(node);
    let within = out.context(workload, ContextKind::Container, &name.to_string(), at);
    let container = Container { pod, node, name, within };
    let image = node.get("image").and_then(|image| image::lower(pod.manifest, image, within, out));
    container.lower_env(out);
    container.lower_env_from(out);
    machine::lower_container(pod, node, within, out);
    volumes.lower_mounts(pod, node, within, out);
    container.lower_commands(out);
    let commands = commands(node);
    let program = image.as_ref().and_then(image::Image::program);
    configuration::lower_program(&container, &commands, program, out);
    kubectl::lower(&container, &commands, program, out)
}

/// What a cluster runs or asks for beside the container's own command.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#lifecycle-1>.
const ACTIONS: [(&[&str], &str); 10] = [
    (&["livenessProbe"], "exec"),
    (&["readinessProbe"], "exec"),
    (&["startupProbe"], "exec"),
    (&["lifecycle", "postStart"], "exec"),
    (&["lifecycle", "preStop"], "exec"),
    (&["livenessProbe"], "httpGet"),
    (&["readinessProbe"], "httpGet"),
    (&["startupProbe"], "httpGet"),
    (&["lifecycle", "postStart"], "httpGet"),
    (&["lifecycle", "preStop"], "httpGet"),
];

impl Container<'_, '_, '_> {
    /// The place of a node of the container's file.
    pub(super) fn at(&self, node: &Node) -> Source {
        self.pod.manifest.node_at(node)
    }

    /// What the container's commands are handed.
    fn lower_commands(&self, out: &mut Lowering<'_>) {
        let nodes = ["command", "args"].into_iter().filter_map(|key| self.node.get(key));
        let texts = nodes.flat_map(Node::one_or_many).filter_map(Node::text);
        if !out.reads_script(texts.map(str::len).sum()) {
            let why = Why::Limit(format!("more than {MAX_SCRIPTS} bytes of scripts"));
            return out.unknown(self.at(self.node), why);
        }
        if let Some(script) = command::read(self.node) {
            offer(out, self.pod.manifest.file, self.within, &script);
        }
        for (path, action) in ACTIONS {
            let Some(action) = self.node.path(path).and_then(|node| node.get(action)) else { continue };
            if let Some(script) = command::read(action) {
                offer(out, self.pod.manifest.file, self.within, &script);
            }
            for header in action.get("httpHeaders").map_or(&[][..], Node::items) {
                let name = header.get("name").and_then(Node::text);
                let value = header.get("value").and_then(Node::scalar);
                let named = name.zip(value).and_then(|(name, value)| header_value(name, value.clone()));
                if let Some(value) = named {
                    offer_value(out, self.pod.manifest.file, self.within, value);
                }
            }
        }
    }

    fn lower_env(&self, out: &mut Lowering<'_>) {
        for item in self.node.get("env").map_or(&[][..], Node::items) {
            let Some(name) = item.get("name").and_then(Node::text) else { continue };
            if let Some(reference) = item.path(&["valueFrom", "secretKeyRef"]) {
                self.lower_reference(name, item, reference, out);
            } else if let Some(value) = item.get("value") {
                self.lower_value(name, value, out);
            }
        }
    }

    /// `env[].value`.
    fn lower_value(&self, name: &str, value: &Node, out: &mut Lowering<'_>) {
        let Some(scalar) = value.scalar() else { return };
        let file = self.pod.manifest.file;
        let variable = logins::variable(name);
        if scalar.text.trim().is_empty() {
            if variable.is_some() {
                out.silent(file, "the value is empty");
            }
            return;
        }
        if template::is_reference(&scalar.text) {
            out.unknown(self.at(value), template_why(&scalar.text));
            if variable.is_some() {
                out.silent(file, "the value is a template reference");
            }
            return;
        }
        out.slots.push(Slot {
            name: name.to_owned(),
            file,
            scalar: scalar.clone(),
            base64: false,
            within: self.within,
            told: Told::Place,
        });
        match variable {
            Some(variable) if variable.part == Part::Secret => {
                let is = self.variable_ref(name);
                let place = self.at(value);
                let mut credential = login_credential(variable, is.clone(), Storage::Literal, place);
                credential.secret = vec![place];
                out.state(self.within, place, Body::Credential(credential));
                self.login(variable, is, place, out);
            }
            Some(variable) if variable.part == Part::Path => {
                self.lower_path(variable, name, value, &scalar.text, out);
            }
            _ => {}
        }
    }

    /// A variable that names a file of credentials: what it holds depends on the volume.
    fn lower_path(
        &self,
        variable: &'static Variable,
        name: &str,
        value: &Node,
        path: &str,
        out: &mut Lowering<'_>,
    ) {
        let place = self.at(value);
        match volume::file_of(self.pod, self.node, path) {
            volume::FileOf::NoSecret => {
                out.silent(
                    self.pod.manifest.file,
                    "the credentials file comes from a ConfigMap or a projected token, not from a Secret",
                );
            }
            volume::FileOf::Secret(is) => {
                let credential = login_credential(variable, is.clone(), Storage::StoreReference, place);
                out.state(self.within, place, Body::Credential(credential));
                self.login(variable, is, place, out);
            }
            volume::FileOf::Unknown => {
                out.unknown(place, Why::NotInTree(format!("the file that {name} names")));
            }
        }
    }

    /// `env[].valueFrom.secretKeyRef`.
    fn lower_reference(&self, name: &str, item: &Node, reference: &Node, out: &mut Lowering<'_>) {
        let Some(secret) = text_under(reference, "name") else { return };
        let is = self.pod.manifest.other("Secret", secret);
        let place = self.at(item.get("name").unwrap_or(item));
        let flow = Flow { what: Selection::One(is.clone()), to: Sink::Env(name.to_owned()) };
        out.state(self.within, self.at(reference.get("name").unwrap_or(reference)), Body::Flow(flow));
        if let Some(variable) = logins::variable(name).filter(|v| v.part == Part::Secret) {
            let credential = login_credential(variable, is.clone(), Storage::StoreReference, place);
            out.state(self.within, place, Body::Credential(credential));
            self.login(variable, is, place, out);
        }
    }

    /// `envFrom[].secretRef`: every key of the Secret becomes a variable.
    fn lower_env_from(&self, out: &mut Lowering<'_>) {
        for item in self.node.get("envFrom").map_or(&[][..], Node::items) {
            let Some(reference) = item.get("secretRef") else { continue };
            let Some(secret) = text_under(reference, "name") else { continue };
            let prefix = item.get("prefix").and_then(Node::text).unwrap_or_default();
            let flow = Flow {
                what: Selection::One(self.pod.manifest.other("Secret", secret)),
                to: Sink::Env(format!("{prefix}*")),
            };
            out.state(self.within, self.at(reference.get("name").unwrap_or(reference)), Body::Flow(flow));
        }
    }

    fn login(&self, variable: &Variable, what: Ref, place: Source, out: &mut Lowering<'_>) {
        let to =
            Sink::Login { platform: variable.platform.clone(), service: format!("container {}", self.name) };
        out.state(self.within, place, Body::Flow(Flow { what: Selection::One(what), to }));
    }

    fn variable_ref(&self, name: &str) -> Ref {
        let manifest = self.pod.manifest;
        let scope = [manifest.namespace.clone(), Text::literal(manifest.label()), self.name.clone()];
        Ref::new("kubernetes", "env", scope, name)
    }
}

/// A standing credential of a cloud or registry in a variable of a container.
pub(super) fn login_credential(
    variable: &'static Variable,
    is: Ref,
    storage: Storage,
    place: Source,
) -> Credential {
    let session = variable.kind == "session-token";
    let lifetime = if session {
        Value::unknown(Why::Unsupported("how long a session token works".to_owned()), place)
    } else {
        Value::known(Lifetime::Unbounded, place)
    };
    let instead = METADATA.instead_of_key(&variable.platform);
    Credential {
        title: variable.what.clone(),
        class: if session { LifetimeClass::CloudSession } else { LifetimeClass::StandingKey },
        federation: instead.filter(|_| !session),
        ..credential(is, &variable.platform, &variable.kind, storage, lifetime)
    }
}

fn template_why(text: &str) -> Why {
    template::text(text).why().cloned().unwrap_or_else(|| Why::Unsupported("a template".to_owned()))
}
