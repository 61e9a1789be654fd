//! Pods that a pipeline runs in: YAML in a string.

use std::rc::Rc;

use super::Walk;
use super::agent::image_of;
use super::groovy::Expr;
use super::stage::Here;
use crate::dialect::pipeline::host;
use crate::document::{Node, Scalar, yaml};
use crate::fact::{
    Body, ContextId, Datum, Flow, Identity, Known, Naming, Origin, Ref, Selection, Sink, Text, Why,
};
use crate::span::{ByteSpan, Source};

/// Where the default service account is documented, and that its token is mounted.
const DEFAULT_ACCOUNT: &str =
    "https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts";
/// Keys under which a pod lists containers.
const LISTS: [&str; 2] = ["containers", "initContainers"];

/// A pod's text, with the way back to the file.
struct Ground {
    source: Source,
    scalar: Scalar,
}

impl Ground {
    fn at(&self, span: ByteSpan) -> Source {
        Source::new(self.source.file, self.scalar.span_of(span.range()))
    }
}

impl<'t> Walk<'_, '_, 't> {
    /// A pod: its containers, what they reach, and as whom they act.
    pub(super) fn pod(
        &mut self,
        yaml: &'t Expr,
        account: Option<&'t Expr>,
        within: ContextId,
        here: &mut Here,
    ) {
        let source = self.source(yaml.content());
        let Some(text) = self.written(yaml, 1) else {
            return self.out.unknown(source, Why::Unsupported("a pod that Groovy computes".to_owned()));
        };
        let document = yaml::read(&text.scalar.text);
        let ground = Ground { source, scalar: text.scalar };
        for broken in &document.breaks {
            self.out.unknown(ground.at(broken.span), Why::Unsupported("what is no YAML".to_owned()));
        }
        let Some(spec) = document.nodes().first().and_then(|pod| pod.get("spec")) else { return };
        self.account(spec, account, within, &ground);
        for (key, kind) in [("hostPID", "namespace"), ("hostIPC", "namespace")] {
            if let Some(on) = spec.get(key).filter(|on| on.boolean().is_some_and(|(on, _)| on)) {
                host::opened(self.out, within, ground.at(on.span), kind, key);
            }
        }
        for path in spec
            .get("volumes")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|volume| volume.path(&["hostPath", "path"]))
        {
            host::volume(self.out, within, ground.at(path.span), path.text().unwrap_or_default());
        }
        for container in LISTS.iter().filter_map(|list| spec.get(list)).flat_map(Node::items) {
            self.pod_container(container, within, here, &ground);
        }
    }

    fn pod_container(&mut self, container: &Node, within: ContextId, here: &mut Here, ground: &Ground) {
        let privileged = container.path(&["securityContext", "privileged"]);
        if let Some(on) = privileged.filter(|on| on.boolean().is_some_and(|(on, _)| on)) {
            host::opened(self.out, within, ground.at(on.span), "privileged", "privileged: true");
        }
        for variable in container.get("env").map(Node::items).unwrap_or_default() {
            let Some(name) = variable.get("name").and_then(Node::text) else { continue };
            if let Some(value) = variable.get("value").and_then(Node::scalar)
                && !value.text.contains("${{")
                && !value.text.is_empty()
            {
                let value = ground.scalar.nested(value);
                self.settings.slot(self.out, within, name, self.file.id, &value);
            }
        }
        let Some(image) = container.get("image") else { return };
        let datum = filled(image, here, ground);
        if let Some(text) = datum.known() {
            host::image(self.out, within, datum.at, text);
        }
        self.images.image(self.out, within, &datum, image_of);
        if let Some(name) = container.get("name").and_then(Node::text) {
            Rc::make_mut(&mut here.containers).insert(name.to_owned(), datum);
        }
    }

    /// As whom a pod acts: the account that it or its template names, or the namespace's default.
    fn account(&mut self, spec: &Node, account: Option<&'t Expr>, within: ContextId, ground: &Ground) {
        let mounts = spec.get("automountServiceAccountToken").and_then(Node::boolean);
        if matches!(mounts, Some((false, _))) {
            return;
        }
        let stated = ["serviceAccountName", "serviceAccount"].iter().find_map(|key| spec.get(key));
        match stated.filter(|node| !node.is_null()) {
            Some(node) if node.text() == Some("default") => {
                self.default_account(within, ground.at(node.span), Origin::Stated);
            }
            Some(_) => {}
            None => self.acts_as_account(within, account, ground.source),
        }
    }

    /// As whom a pod acts whose YAML does not say.
    pub(super) fn acts_as_account(&mut self, within: ContextId, account: Option<&'t Expr>, at: Source) {
        match account {
            Some(account) if account.literal() == Some("default") => {
                self.default_account(within, self.source(account.content()), Origin::Stated);
            }
            Some(_) => {}
            None => {
                let origin = Origin::PlatformDefault { source: DEFAULT_ACCOUNT.to_owned() };
                self.default_account(within, at, origin);
            }
        }
    }

    fn default_account(&mut self, within: ContextId, at: Source, origin: Origin) {
        let namespace = || [Text::hole(Why::Variable("namespace".to_owned()))];
        let identity = Identity::plain(
            Ref::new("kubernetes", "ServiceAccount", namespace(), "default"),
            "service account",
            Naming::Default,
        );
        let place = self.out.place(at);
        self.out.fact(within, place.clone(), origin, Body::Identity(identity));
        let token = Ref::new("kubernetes", "ServiceAccountToken", namespace(), "default");
        let origin = Origin::PlatformDefault { source: DEFAULT_ACCOUNT.to_owned() };
        let flow = Flow { what: Selection::One(token), to: Sink::Mount };
        self.out.fact(within, place, origin, Body::Flow(flow));
    }
}

/// A value of the YAML, with what Groovy fills in.
fn filled(node: &Node, here: &Here, ground: &Ground) -> Datum {
    let at = ground.at(node.span);
    let written = node.written().unwrap_or_default();
    let mut text = Text::default();
    let mut rest = written;
    while let Some((before, behind)) = rest.split_once("${{") {
        let Some((name, after)) = behind.split_once("}}") else { break };
        text.push(before);
        match here.scope.named(name, at).text() {
            Some(known) => text.append(&known),
            // One of several: which one is whoever starts it to say.
            None => text.push_hole(Why::Expression(name.to_owned())),
        }
        rest = after;
    }
    text.push(rest);
    Datum::new(at, Known::Text(text))
}
