//! Kubernetes manifests: service accounts, RBAC, workloads, Secrets and ConfigMaps, and the configuration documents
//! of the cluster's own programs. Kinds, roles, flags and commands are rows of `data/kubernetes/`.
//!
//! Invariant: a manifest speaks for itself; what another manifest says is left to rules, which join by reference. The
//! one exception is the content of a role that a binding of the same unit gives to everyone.

mod argo;
mod built;
mod carried;
mod command;
mod configuration;
mod container;
mod identity;
mod image;
mod issued;
mod kubectl;
mod machine;
mod manifest;
mod pod;
mod rbac;
mod remedy;
mod roles;
mod secret;
pub(super) mod tables;
mod template;
#[cfg(test)]
mod tests;
mod volume;

use super::{Claim, Dialect, Lowering, SourceFile, Unit};
use crate::fact::{ContextId, Place, Why};
use crate::remedy::{Remedy, Rendered};
use crate::span::{ByteSpan, Source};
pub(super) use built::{Built, lower as lower_built, lower_generated, lower_part};
pub(super) use carried::{Carried, lower as lower_carried};
use manifest::Manifest;

/// The dialect's name.
const NAME: &str = "kubernetes";
/// Folders whose YAML files are manifests by convention.
const FOLDERS: [&str; 4] = ["k8s", "kubernetes", "manifests", "kustomize"];

/// Kubernetes.
#[derive(Debug)]
pub struct Kubernetes;

/// The dialect.
pub static DIALECT: Kubernetes = Kubernetes;

impl Dialect for Kubernetes {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, path: &str) -> Claim {
        let yaml = path.ends_with(".yaml") || path.ends_with(".yml");
        if !yaml && !path.ends_with(".json") {
            return Claim::No;
        }
        let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
        let mut folders = folders.split('/');
        // A chart's templates, its values and a pipeline under such a folder are something else.
        let by_path = yaml
            && folders.clone().any(|f| FOLDERS.contains(&f))
            && !folders.any(|f| f == "templates" || f.starts_with('.'))
            && !file.starts_with('.')
            && !file.starts_with("values")
            && !matches!(file, "Chart.yaml" | "Chart.lock" | "requirements.yaml");
        if by_path { Claim::Path } else { Claim::Content }
    }

    fn recognise(&self, file: &SourceFile) -> bool {
        Manifest::any(file) || (!file.document.breaks.is_empty() && looks_like_manifest(&file.bytes))
    }

    fn lower(&self, unit: &Unit, out: &mut Lowering<'_>) {
        // What is made of parts is judged as it is applied.
        let parts = super::kustomize::parts(unit);
        let own = |f: &&SourceFile| self.owns(f) && !parts.contains(&f.id);
        let files: Vec<&SourceFile> = unit.files.iter().filter(own).collect();
        let manifests: Vec<Manifest<'_>> = files.iter().flat_map(|f| Manifest::all(f)).collect();
        for file in files {
            out.reads(file.id, NAME);
            note_template(file, out);
        }
        let roles = rbac::Roles::of(&manifests);
        for manifest in &manifests {
            lower_manifest(manifest, &roles, out);
        }
    }

    fn warm(&self) {
        tables::warm();
        argo::warm();
        super::logins::warm();
    }

    fn render(&self, unit: &Unit, target: &Place, remedy: &Remedy) -> Rendered {
        remedy::render(unit, target, remedy)
    }
}

fn lower_manifest(manifest: &Manifest<'_>, roles: &rbac::Roles, out: &mut Lowering<'_>) {
    if manifest.kind.is_empty() {
        let why = "an item of a list that says no kind";
        return out.unknown(manifest.node_at(manifest.node), Why::Unsupported(why.to_owned()));
    }
    let within = manifest.context(out);
    let read = lower_kind(manifest, roles, within, out);
    configuration::lower_document(manifest, within, out);
    issued::lower_annotated(manifest, within, out);
    argo::lower(manifest, within, out);
    if let Some(pod) = pod::Pod::of(manifest) {
        pod.lower(within, out);
    } else if !read && manifest.carrier.is_none() {
        // A custom resource, the values of a chart, a kubeconfig.
        out.data.push((manifest.file, manifest.node.clone()));
    }
}

/// Kinds of which all values have a meaning, besides those that run containers; whether the manifest is of one.
fn lower_kind(
    manifest: &Manifest<'_>,
    roles: &rbac::Roles,
    within: ContextId,
    out: &mut Lowering<'_>,
) -> bool {
    match (manifest.group, manifest.kind) {
        ("", "ServiceAccount") => identity::lower(manifest, within, out),
        ("", "Secret") => secret::lower_secret(manifest, manifest.node, within, out),
        ("authentication.k8s.io", "TokenRequest") => volume::lower_token_request(manifest, within, out),
        ("", "ConfigMap") => {
            secret::lower_config_map(manifest, within, out);
            issued::lower_aws_auth(manifest, within, out);
        }
        ("cert-manager.io", "Certificate" | "CertificateRequest") => {
            issued::lower_certificate(manifest, within, out);
        }
        ("cert-manager.io", "Issuer" | "ClusterIssuer")
        | ("external-secrets.io", "SecretStore" | "ClusterSecretStore") => {
            issued::lower_store(manifest, within, out);
            // What else it is told is data.
            return false;
        }
        ("bitnami.com", "SealedSecret") => secret::lower_sealed(manifest, within, out),
        ("rbac.authorization.k8s.io" | "authorization.openshift.io", "Role" | "ClusterRole") => {
            rbac::lower_role(manifest, roles, within, out);
        }
        (
            "rbac.authorization.k8s.io" | "authorization.openshift.io",
            "RoleBinding" | "ClusterRoleBinding",
        ) => {
            rbac::lower_binding(manifest, roles, within, out);
        }
        ("external-secrets.io", "ExternalSecret") => issued::lower_copy(manifest, within, out),
        // Names of secrets kept elsewhere, and schemas.
        ("kubernetes-client.io", "ExternalSecret") | ("apiextensions.k8s.io", "CustomResourceDefinition") => {
        }
        ("apiextensions.crossplane.io", "Composition") => {
            let why = "a composition of Crossplane (what it makes of a claim)".to_owned();
            out.unknown(manifest.naming_at(), Why::Unsupported(why));
            return false;
        }
        _ => return false,
    }
    true
}

/// Lines that begin with both keys of a manifest, for files that break off before they are a tree.
fn looks_like_manifest(bytes: &[u8]) -> bool {
    let mut version = false;
    let mut kind = false;
    for line in bytes.split(|b| *b == b'\n') {
        let line = line.trim_ascii_start();
        version |= line.starts_with(b"apiVersion:") || line.starts_with(b"\"apiVersion\"");
        kind |= line.starts_with(b"kind:") || line.starts_with(b"\"kind\"");
        if version && kind {
            return true;
        }
    }
    false
}

/// A chart's template says less than what Helm makes of it.
fn note_template(file: &SourceFile, out: &mut Lowering<'_>) {
    if !file.document.templated && !file.folder().split('/').any(|f| f == "templates") {
        return;
    }
    if let Some(at) = file.bytes.windows(2).position(|w| w == b"{{") {
        let source = Source::new(file.id, ByteSpan::new(at, at + 2));
        out.unknown(
            source,
            Why::Unsupported(
                "a Helm template (read with its values unknown and its conditions met)".to_owned(),
            ),
        );
    }
}
