//! Volumes: Secrets and tokens that stand as files in a pod.

use crate::document::{Entry, Node};
use crate::fact::{
    Body, ContextId, Credential, Evidence, Flow, Lifetime, LifetimeClass, Origin, Ref, Selection, Sink,
    Storage, Text, Value,
};

use super::super::Lowering;
use super::manifest::{text_under, why_unread};
use super::pod::Pod;

/// Where the length of a projected token is documented: an hour when nothing is said.
const PROJECTED_TOKEN: &str = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#launch-a-pod-using-service-account-token-projection";
/// Seconds a projected token lives when nothing is said.
const DEFAULT_SECONDS: u64 = 3_600;

/// What a path inside a container is a file of.
pub(super) enum FileOf {
    /// A Secret.
    Secret(Ref),
    /// Something the cluster or the author keeps in the open: a ConfigMap, a projected token.
    NoSecret,
    /// Not known.
    Unknown,
}

/// Lowers the volumes of a pod.
pub(super) fn lower(pod: &Pod<'_, '_>, within: ContextId, out: &mut Lowering<'_>) {
    for volume in pod.spec.get("volumes").map_or(&[][..], Node::items) {
        if let Some((is, node)) = secret_volume(pod, volume) {
            mount(pod, is, node, within, out);
        }
        for source in volume.path(&["projected", "sources"]).map_or(&[][..], Node::items) {
            let secret = source.get("secret");
            if let Some((name, node)) = secret.and_then(|s| Some((text_under(s, "name")?, s.get("name")?))) {
                mount(pod, pod.manifest.other("Secret", name), node, within, out);
            }
            if let Some(entry) = source.entry("serviceAccountToken") {
                projected_token(pod, entry, within, out);
            }
        }
        if let Some(image) = volume.path(&["image", "reference"]) {
            super::image::lower(pod.manifest, image, within, out);
        }
    }
}

fn secret_volume<'d>(pod: &Pod<'_, 'd>, volume: &'d Node) -> Option<(Ref, &'d Node)> {
    let node = volume
        .path(&["secret", "secretName"])
        .or_else(|| volume.path(&["csi", "nodePublishSecretRef", "name"]))
        .or_else(|| volume.path(&["flexVolume", "secretRef", "name"]))?;
    let name = node.text().filter(|t| !t.is_empty()).map(super::template::text)?;
    Some((pod.manifest.other("Secret", name), node))
}

fn mount(pod: &Pod<'_, '_>, what: Ref, node: &Node, within: ContextId, out: &mut Lowering<'_>) {
    let flow = Flow { what: Selection::One(what), to: Sink::Mount };
    out.state(within, pod.manifest.node_at(node), Body::Flow(flow));
}

/// A token made for this volume, of its own audience and length.
fn projected_token(pod: &Pod<'_, '_>, entry: &Entry, within: ContextId, out: &mut Lowering<'_>) {
    let manifest = pod.manifest;
    let token = &entry.value;
    let label = text_under(token, "audience").or_else(|| text_under(token, "path"));
    let mut name = pod.account.name.clone();
    name.push("/");
    name.append(&label.unwrap_or_else(|| Text::literal("token")));
    let is = manifest.other("ProjectedToken", name);
    let stated = token.get("expirationSeconds").filter(|n| !n.is_null());
    let whole = manifest.at(entry.key.span);
    let lifetime = match stated {
        None => Value::known(Lifetime::PlatformDefault { seconds: Some(DEFAULT_SECONDS) }, whole),
        Some(node) => match node.integer().and_then(|n| u64::try_from(n).ok()) {
            Some(seconds) => {
                Value::known(Lifetime::MaxAge { seconds, renewable: false }, manifest.node_at(node))
            }
            None => Value::unknown(why_unread(node), manifest.node_at(node)),
        },
    };
    if let Value::Unknown { why, source } = &lifetime {
        out.unknown(*source, why.clone());
    }
    let credential = Credential {
        is: is.clone(),
        issuer: "kubernetes".to_owned(),
        kind: "service-account-token".to_owned(),
        title: format!("projected token of service account {}", pod.account.name),
        storage: Storage::Generated,
        lifetime,
        class: LifetimeClass::WorkloadToken,
        rotation: None,
        not_before: None,
        ca: false,
        scope: text_under(token, "audience"),
        evidence: Evidence::NotVerifiable,
        secret: Vec::new(),
        tag: None,
        detector: None,
        federation: None,
    };
    match stated {
        Some(node) => {
            out.state(within, manifest.node_at(node), Body::Credential(credential));
        }
        None => {
            let place = out.absent(whole, "expirationSeconds");
            let origin = Origin::PlatformDefault { source: PROJECTED_TOKEN.to_owned() };
            out.fact(within, place, origin, Body::Credential(credential));
        }
    }
    let flow = Flow { what: Selection::One(is), to: Sink::Mount };
    out.state(within, whole, Body::Flow(flow));
}

/// What a path inside a container is a file of, by its volume mounts: the deepest mount that holds it.
pub(super) fn file_of(pod: &Pod<'_, '_>, container: &Node, path: &str) -> FileOf {
    let mounts = container.get("volumeMounts").map_or(&[][..], Node::items);
    let holds = |mount: &str| {
        path.strip_prefix(mount.trim_end_matches('/'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let deepest = mounts
        .iter()
        .filter_map(|m| Some((m.get("mountPath")?.text()?, m.get("name")?.text()?)))
        .filter(|(mount, _)| holds(mount))
        .max_by_key(|(mount, _)| mount.len());
    let Some((_, volume)) = deepest else { return FileOf::Unknown };
    let volumes = pod.spec.get("volumes").map_or(&[][..], Node::items);
    let Some(volume) = volumes.iter().find(|v| v.get("name").and_then(Node::text) == Some(volume)) else {
        return FileOf::Unknown;
    };
    if let Some((is, _)) = secret_volume(pod, volume) {
        return FileOf::Secret(is);
    }
    let projected = volume.path(&["projected", "sources"]).map_or(&[][..], Node::items);
    if let Some(name) = projected.iter().find_map(|s| text_under(s.get("secret")?, "name")) {
        return FileOf::Secret(pod.manifest.other("Secret", name));
    }
    if volume.get("configMap").is_some() || !projected.is_empty() {
        return FileOf::NoSecret;
    }
    FileOf::Unknown
}
