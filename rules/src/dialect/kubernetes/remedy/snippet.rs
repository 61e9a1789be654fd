//! What a person writes by hand: identities, owners and references need names that only they know.

use std::fmt::Write as _;

use crate::document::Node;
use crate::remedy::Rendered;

use super::super::tables::METADATA;
use super::{Target, not_here};

/// A service account of its own, and how the pod asks for it.
pub(super) fn identity(target: &Target<'_>, name: &str) -> String {
    // Messages name a workload with its kind; the account's name is the last part.
    let name = name.rsplit('/').next().unwrap_or(name);
    let namespace = target.manifest().and_then(|m| m.path(&["metadata", "namespace"])).and_then(Node::text);
    let mut text = format!("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {name}\n");
    if let Some(namespace) = namespace {
        let _ = writeln!(text, "  namespace: {namespace}");
    }
    let _ = write!(
        text,
        "  annotations:\n    owner: <team or mail address>\nautomountServiceAccountToken: false\n---\n\
         # in the pod specification of {}:\nserviceAccountName: {name}\n",
        target.kind(),
    );
    text
}

/// Who answers for an identity, or what it is for.
pub(super) fn declaration(what: &str) -> String {
    let value = match what {
        "owner" => "<team or mail address>",
        "purpose" => "<what it is for>",
        other => return format!("metadata:\n  annotations:\n    {other}: <value>\n"),
    };
    let key = if what == "purpose" { "kubernetes.io/description" } else { what };
    format!("metadata:\n  annotations:\n    {key}: {value}\n")
}

/// A reference to a store in place of a value.
pub(super) fn reference(target: &Target<'_>, name: &str) -> Rendered {
    match target.kind() {
        "Secret" | "ConfigMap" => {
            let key = target.entry().map_or("value", |e| e.name());
            let secret = target.manifest().and_then(|m| m.path(&["metadata", "name"])).and_then(Node::text);
            Rendered::Snippet(format!(
                "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: {secret}\nspec:\n  \
                 secretStoreRef:\n    name: <store>\n    kind: SecretStore\n  data:\n    - secretKey: {key}\n      \
                 remoteRef:\n        key: {name}\n",
                secret = secret.unwrap_or(name),
            ))
        }
        "" => not_here("no manifest stands at this place"),
        _ => Rendered::Snippet(format!(
            "valueFrom:\n  secretKeyRef:\n    name: {}\n    key: <key>\n",
            name.to_ascii_lowercase().replace('_', "-")
        )),
    }
}

/// The platform's federation in place of a stored key.
pub(super) fn federation(platform: &str) -> Rendered {
    match METADATA.instead_of_key(platform) {
        Some(instead) => Rendered::Snippet(format!("# in place of the stored key: {instead}\n")),
        None => not_here("the platform offers workloads nothing in place of a stored key"),
    }
}
