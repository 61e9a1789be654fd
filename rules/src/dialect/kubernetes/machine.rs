//! What lets a pod reach the machine that runs it. What that amounts to is said of containers of every kind alike.
//!
//! <https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline>.

use std::collections::BTreeSet;

use crate::dialect::Lowering;
use crate::dialect::pipeline::host;
use crate::document::Node;
use crate::fact::{ContextId, Value};

use super::pod::Pod;

/// Keys of a pod by which it shares a namespace of its machine, and what is shared.
const NAMESPACES: [(&str, &str); 3] =
    [("hostPID", "namespace"), ("hostIPC", "namespace"), ("hostNetwork", "network")];
/// The namespace of the cluster's own programs, which serve the machine's network.
const SYSTEM: &str = "kube-system";
/// Where a container's security context says that it has the machine.
const PRIVILEGED: [&[&str]; 2] = [&["privileged"], &["windowsOptions", "hostProcess"]];
/// Most mounts and volumes that are looked at.
const MOST: usize = 1_000;

/// States what the pod itself shares.
pub(super) fn lower_pod(pod: &Pod<'_, '_>, within: ContextId, out: &mut Lowering<'_>) {
    let system = pod.manifest.namespace.known() == Some(SYSTEM);
    for (key, kind) in NAMESPACES.into_iter().filter(|(_, kind)| !system || *kind != "network") {
        if let Some(node) = pod.spec.get(key).filter(|node| !node.is_null()) {
            lower_switch(pod, node, kind, key, within, out);
        }
    }
    for volume in pod.spec.get("volumes").map_or(&[][..], Node::items).iter().take(MOST) {
        let Some(node) = volume.path(&["hostPath", "path"]) else { continue };
        let Some(path) = node.text() else { continue };
        let name = volume.get("name").and_then(Node::text);
        let mounts: Vec<&Node> = mounts(pod).filter(|m| name == m.get("name").and_then(Node::text)).collect();
        if mounts.is_empty() {
            continue;
        }
        let reads = |mount: &&Node| mount.get("readOnly").and_then(Node::boolean).is_some_and(|(is, _)| is);
        let at = pod.manifest.node_at(node);
        host::folder(out, within, at, path, mounts.iter().all(reads));
    }
}

/// Every mount of every container.
fn mounts<'d>(pod: &Pod<'_, 'd>) -> impl Iterator<Item = &'d Node> {
    let lists = super::pod::CONTAINER_LISTS.into_iter().filter_map(|list| pod.spec.get(list));
    let containers = lists.flat_map(Node::items).take(MOST);
    containers.filter_map(|container| container.get("volumeMounts")).flat_map(|m| m.items().iter().take(MOST))
}

/// States what one container is given.
pub(super) fn lower_container(
    pod: &Pod<'_, '_>,
    container: &Node,
    within: ContextId,
    out: &mut Lowering<'_>,
) {
    let Some(context) = container.get("securityContext") else { return };
    for path in PRIVILEGED {
        if let Some(node) = context.path(path).filter(|node| !node.is_null()) {
            let key = path.last().copied().unwrap_or_default();
            lower_switch(pod, node, "privileged", key, within, out);
        }
    }
    let mut told = BTreeSet::new();
    for item in context.path(&["capabilities", "add"]).map_or(&[][..], Node::items) {
        if let Some(name) = item.text().filter(|name| host::is_capability(name) && told.insert(*name)) {
            host::opened(out, within, pod.manifest.node_at(item), "privileged", name);
        }
    }
}

fn lower_switch(
    pod: &Pod<'_, '_>,
    node: &Node,
    kind: &str,
    key: &str,
    within: ContextId,
    out: &mut Lowering<'_>,
) {
    match pod.manifest.boolean(node, false) {
        Value::Unknown { why, source } => out.unknown(source, why),
        value if value.possible().any(|is| *is.value) => {
            host::opened(out, within, pod.manifest.node_at(node), kind, key);
        }
        _ => {}
    }
}
