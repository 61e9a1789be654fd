//! Volumes: Secrets and tokens that stand as files in a pod.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Entry, Node};
use crate::fact::{
    Body, ContextId, Credential, Evidence, Flow, Lifetime, LifetimeClass, Origin, Ref, Selection, Sink,
    Storage, Text, Value,
};

use super::super::Lowering;
use super::manifest::{Manifest, text_under, why_unread};
use super::pod::Pod;
use super::template;
use crate::span::Source;

/// Where the length of a projected token is documented: an hour when nothing is said.
const PROJECTED_TOKEN: &str = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#launch-a-pod-using-service-account-token-projection";
/// Where the length of a requested token is documented: the server decides, an hour unless configured otherwise.
const TOKEN_REQUEST: &str =
    "https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/";
/// Most mounts and volumes that are searched for a path.
const MAX_VOLUMES: usize = 1_000;
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

/// The Secrets behind each volume of a pod, by the volume's name, with the node that names them.
#[derive(Default)]
pub(super) struct Volumes<'d>(BTreeMap<&'d str, Vec<(Ref, &'d Node)>>);

/// Lowers the volumes of a pod. Who can read a Secret's files is told by the mounts of its containers; a volume whose
/// name is not known may be mounted by any.
pub(super) fn lower<'d>(pod: &Pod<'_, 'd>, within: ContextId, out: &mut Lowering<'_>) -> Volumes<'d> {
    let mut volumes = Volumes::default();
    for volume in pod.spec.get("volumes").map_or(&[][..], Node::items) {
        let mut secrets: Vec<(Ref, &Node)> = secret_volume(pod, volume).into_iter().collect();
        for source in volume.path(&["projected", "sources"]).map_or(&[][..], Node::items) {
            let secret = source.get("secret");
            if let Some((name, node)) = secret.and_then(|s| Some((text_under(s, "name")?, s.get("name")?))) {
                secrets.push((pod.manifest.other("Secret", name), node));
            }
            if let Some(entry) = source.entry("serviceAccountToken") {
                projected_token(pod, entry, within, out);
            }
        }
        match volume.get("name").and_then(Node::text).filter(|name| !template::is_reference(name)) {
            Some(name) => volumes.0.entry(name).or_default().extend(secrets),
            None => secrets.into_iter().for_each(|(is, node)| mount(pod, is, node, within, out)),
        }
        if let Some(image) = volume.path(&["image", "reference"]) {
            super::image::lower(pod.manifest, image, within, out);
        }
    }
    volumes
}

impl Volumes<'_> {
    /// States the Secrets whose files stand in a container.
    pub(super) fn lower_mounts(
        &self,
        pod: &Pod<'_, '_>,
        container: &Node,
        within: ContextId,
        out: &mut Lowering<'_>,
    ) {
        let mounts = container.get("volumeMounts").map_or(&[][..], Node::items);
        // A volume may be mounted at several paths; its files are the same.
        let names: BTreeSet<&str> = mounts.iter().filter_map(|m| m.get("name")?.text()).collect();
        for (is, node) in names.into_iter().filter_map(|name| self.0.get(name)).flatten() {
            mount(pod, is.clone(), node, within, out);
        }
    }
}

fn secret_volume<'d>(pod: &Pod<'_, 'd>, volume: &'d Node) -> Option<(Ref, &'d Node)> {
    let node = volume
        .path(&["secret", "secretName"])
        .or_else(|| volume.path(&["csi", "nodePublishSecretRef", "name"]))
        .or_else(|| volume.path(&["flexVolume", "secretRef", "name"]))?;
    let name = node.text().filter(|t| !t.is_empty()).map(template::text)?;
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
    let audience = text_under(token, "audience");
    let label = audience.clone().or_else(|| text_under(token, "path"));
    let mut name = pod.account.name.clone();
    name.push("/");
    name.append(&label.unwrap_or_else(|| Text::literal("token")));
    let is = manifest.other("ProjectedToken", name);
    let asked = Asked {
        is: is.clone(),
        title: format!("projected token of service account {}", pod.account.name),
        audience,
        seconds: token.get("expirationSeconds"),
        whole: manifest.at(entry.key.span),
        source: PROJECTED_TOKEN,
    };
    let whole = asked.whole;
    asked.state(manifest, within, out);
    let flow = Flow { what: Selection::One(is), to: Sink::Mount };
    out.state(within, whole, Body::Flow(flow));
}

/// Lowers a TokenRequest: a token asked for in so many words.
pub(super) fn lower_token_request(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    let Some(spec) = manifest.node.entry("spec") else { return };
    let audience =
        spec.value.get("audiences").and_then(|list| list.items().first()?.text()).map(template::text);
    let asked = Asked {
        is: manifest.other("ServiceAccountToken", manifest.name.clone()),
        title: format!("requested token of service account {}", manifest.name),
        audience,
        seconds: spec.value.get("expirationSeconds"),
        whole: manifest.at(spec.key.span),
        source: TOKEN_REQUEST,
    };
    asked.state(manifest, within, out);
}

/// A token that the cluster makes on request.
struct Asked<'d> {
    is: Ref,
    title: String,
    audience: Option<Text>,
    seconds: Option<&'d Node>,
    whole: Source,
    source: &'static str,
}

impl Asked<'_> {
    fn state(self, manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
        let stated = self.seconds.filter(|n| !n.is_null());
        let lifetime = match stated {
            None => Value::known(Lifetime::PlatformDefault { seconds: Some(DEFAULT_SECONDS) }, self.whole),
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
        let credential = Body::Credential(Credential {
            is: self.is,
            issuer: "kubernetes".to_owned(),
            kind: "service-account-token".to_owned(),
            title: self.title,
            storage: Storage::Generated,
            lifetime,
            class: LifetimeClass::WorkloadToken,
            rotation: None,
            not_before: None,
            ca: false,
            scope: self.audience,
            evidence: Evidence::NotVerifiable,
            secret: Vec::new(),
            tag: None,
            detector: None,
            federation: None,
        });
        match stated {
            Some(node) => {
                out.state(within, manifest.node_at(node), credential);
            }
            None => {
                let place = out.absent(self.whole, "expirationSeconds");
                let origin = Origin::PlatformDefault { source: self.source.to_owned() };
                out.fact(within, place, origin, credential);
            }
        }
    }
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
        .take(MAX_VOLUMES)
        .filter_map(|m| Some((m.get("mountPath")?.text()?, m.get("name")?.text()?)))
        .filter(|(mount, _)| holds(mount))
        .max_by_key(|(mount, _)| mount.len());
    let Some((_, volume)) = deepest else { return FileOf::Unknown };
    let volumes = pod.spec.get("volumes").map_or(&[][..], Node::items);
    let Some(volume) =
        volumes.iter().take(MAX_VOLUMES).find(|v| v.get("name").and_then(Node::text) == Some(volume))
    else {
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
