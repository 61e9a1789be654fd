//! Workloads: which identity a pod acts as, whether its token is mounted, and what its containers are handed.

use crate::document::{Entry, Node};
use crate::fact::{
    Body, Case, ContextId, ContextKind, Flow, Identity, Link, LinkKind, Naming, Origin, Ref, Selection, Sink,
    Starter, Text, Value, Why,
};
use std::collections::BTreeSet;

use super::super::Lowering;
use super::identity::AUTOMOUNT;
use super::manifest::{Manifest, text_under, why_unread};
use super::tables::{WORKLOADS, Workload};
use super::{container, machine, template, volume};

/// Where the default service account is documented.
const DEFAULT_ACCOUNT: &str =
    "https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts";
/// Where a pod specification stands in kinds that no row names.
const USUAL_PATH: [&str; 3] = ["spec", "template", "spec"];
/// The keys under which a pod specification lists containers.
pub(super) const CONTAINER_LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// A manifest's pod specification.
pub(super) struct Pod<'m, 'd> {
    /// The manifest.
    pub(super) manifest: &'m Manifest<'d>,
    /// The specification.
    pub(super) spec: &'d Node,
    /// Its entry; absent keys are told at its key.
    entry: &'d Entry,
    row: Option<&'static Workload>,
    /// The service account it acts as.
    pub(super) account: Ref,
}

impl<'m, 'd> Pod<'m, 'd> {
    /// The pod specification of a manifest, if its kind has one.
    pub(super) fn of(manifest: &'m Manifest<'d>) -> Option<Self> {
        let row = WORKLOADS.find(manifest.group, manifest.kind);
        let entry = match row {
            Some(row) => entry_at(manifest.node, row.path.iter().map(String::as_str))?,
            None => entry_at(manifest.node, USUAL_PATH)
                .filter(|e| e.value.get("containers").is_some_and(|c| !c.items().is_empty()))?,
        };
        if entry.value.entries().is_empty() {
            return None;
        }
        let spec = &entry.value;
        let account = match account_node(spec) {
            Some(node) => node.text().map_or_else(|| Text::hole(why_unread(node)), template::text),
            // What is not said is the default account, unless the rest could not be read.
            None if manifest.whole => Text::literal("default"),
            None => Text::hole(Why::Unsupported("the rest of a broken manifest".to_owned())),
        };
        let account = manifest.other("ServiceAccount", account);
        Some(Self { manifest, spec, entry, row, account })
    }

    /// Lowers the workload.
    pub(super) fn lower(&self, manifest_context: ContextId, out: &mut Lowering<'_>) {
        let at = self.manifest.node_at(self.spec);
        let within = out.context(manifest_context, ContextKind::Workload, &self.manifest.label(), at);
        let scheduled = self.row.is_some_and(|row| row.run_by.as_deref() == Some("schedule"));
        if let Some(context) = out.context_mut(within).filter(|_| scheduled) {
            context.started_by = Some(Value::known(BTreeSet::from([Starter::Schedule]), at));
        }
        self.lower_account(within, out);
        self.lower_automount(within, out);
        pull_secrets(self.manifest, self.spec, within, out);
        machine::lower_pod(self, within, out);
        let volumes = volume::lower(self, within, out);
        let mut complete = true;
        let mut any = false;
        for list in CONTAINER_LISTS {
            for node in self.spec.get(list).map_or(&[][..], Node::items) {
                any = true;
                complete &= container::lower(self, node, &volumes, within, out);
            }
        }
        if let Some(context) = out.context_mut(within) {
            context.needs_complete = any && complete && self.manifest.whole;
        }
    }

    fn lower_account(&self, within: ContextId, out: &mut Lowering<'_>) {
        let link =
            Body::Link(Link { from: self.manifest.is(), to: self.account.clone(), kind: LinkKind::ActsAs });
        let stated = account_node(self.spec);
        let default = self.account.name.known() == Some("default");
        let identity =
            || Body::Identity(Identity::plain(self.account.clone(), "service account", Naming::Default));
        match stated {
            Some(node) => {
                let at = self.manifest.node_at(node);
                out.state(within, at, link);
                if default {
                    out.state(within, at, identity());
                }
            }
            None if !self.manifest.whole => {}
            None => {
                let place = out.absent(self.key_at(), "serviceAccountName");
                let origin = Origin::PlatformDefault { source: DEFAULT_ACCOUNT.to_owned() };
                out.fact(within, place.clone(), origin.clone(), identity());
                out.fact(within, place, origin, link);
            }
        }
    }

    fn lower_automount(&self, within: ContextId, out: &mut Lowering<'_>) {
        let token = self.manifest.other("ServiceAccountToken", self.account.name.clone());
        let flow = || Body::Flow(Flow { what: Selection::One(token.clone()), to: Sink::Mount });
        match self.spec.get("automountServiceAccountToken").filter(|n| !n.is_null()) {
            None if !self.manifest.whole => {}
            None => {
                let place = out.absent(self.key_at(), "automountServiceAccountToken");
                let origin = Origin::PlatformDefault { source: AUTOMOUNT.to_owned() };
                out.fact(within, place, origin, flow());
            }
            Some(node) => {
                let on = self.manifest.boolean(node, true);
                if let Value::Unknown { why, source } = &on {
                    out.unknown(*source, why.clone());
                }
                for possible in on.possible().filter(|p| *p.value) {
                    let id = out.state(within, possible.source, flow());
                    if let Some(fact) = out.fact_mut(id) {
                        fact.when = possible.case.cloned().unwrap_or_else(Case::always);
                        fact.lesser = possible.lesser;
                    }
                }
            }
        }
    }

    /// Where a key that the specification lacks is told.
    fn key_at(&self) -> crate::span::Source {
        self.manifest.at(self.entry.key.span)
    }
}

/// The entry below several keys.
fn entry_at<'d, 'k>(node: &'d Node, keys: impl IntoIterator<Item = &'k str>) -> Option<&'d Entry> {
    let mut at = node;
    let mut found = None;
    for key in keys {
        let entry = at.entry(key)?;
        at = &entry.value;
        found = Some(entry);
    }
    found
}

/// What names the service account; `serviceAccount` is the key's deprecated spelling.
fn account_node(spec: &Node) -> Option<&Node> {
    let mut stated = ["serviceAccountName", "serviceAccount"].into_iter().filter_map(|key| spec.get(key));
    stated.find(|node| !node.is_null() && node.text() != Some(""))
}

/// Secrets that pull images, of a pod or a service account.
pub(super) fn pull_secrets(manifest: &Manifest<'_>, node: &Node, within: ContextId, out: &mut Lowering<'_>) {
    for item in node.get("imagePullSecrets").map_or(&[][..], Node::items) {
        let Some(name) = text_under(item, "name") else { continue };
        let flow = Flow {
            what: Selection::One(manifest.other("Secret", name)),
            to: Sink::Login { platform: "oci".to_owned(), service: "image pull".to_owned() },
        };
        out.state(within, manifest.node_at(item.get("name").unwrap_or(item)), Body::Flow(flow));
    }
}
