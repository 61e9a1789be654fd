//! Service accounts: who they are, who answers for them, and whether their token is handed out unasked.

use std::sync::Arc;

use crate::fact::{
    Body, ContextId, Identity, Link, LinkKind, Naming, Origin, Ref, Safeguard, SafeguardKind, Selection,
    Text, Value, Why,
};

use super::super::Lowering;
use super::super::aws_policy::arn_reference;
use super::super::ownership::{ODD, record};
use super::manifest::Manifest;
use super::tables::{CloudForm, METADATA};
use super::template;

/// Where automatic mounting of tokens is documented.
pub(super) const AUTOMOUNT: &str = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting";

/// Lowers a ServiceAccount.
pub(super) fn lower(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    let naming = match manifest.name.known() {
        Some("default") => Naming::Default,
        Some("") => Naming::Missing,
        _ if manifest.node.path(&["metadata", "name"]).is_none() => Naming::Missing,
        _ => Naming::Named,
    };
    let keys = Arc::clone(&out.keys);
    let (declared, odd) = keys.read(None, |wanted| stated(manifest, wanted));
    (0..odd).for_each(|_| out.silent(manifest.file, ODD));
    let identity = Identity {
        is: manifest.is(),
        kind: "service account".to_owned(),
        name: naming,
        record: record(&declared),
        owner: declared.owner,
        purpose: declared.purpose,
        created: true,
    };
    out.state(within, manifest.naming_at(), Body::Identity(identity));
    automount(manifest, within, out);
    acts_as(manifest, within, out);
    super::pod::pull_secrets(manifest, manifest.node, within, out);
}

/// The first label or annotation that is wanted.
fn stated(manifest: &Manifest<'_>, wanted: &dyn Fn(&str) -> bool) -> Option<Value<Text>> {
    let (_, node) = manifest
        .metadata()
        .find(|(key, node)| wanted(key) && node.written().is_some_and(|text| !text.trim().is_empty()))?;
    Some(Value::known(template::text(node.written()?), manifest.node_at(node)))
}

fn automount(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    let token = manifest.other("ServiceAccountToken", manifest.name.clone());
    let safeguard = |on| {
        Body::Safeguard(Safeguard {
            kind: SafeguardKind::TokenAutomount,
            protects: Some(Selection::One(token.clone())),
            on,
        })
    };
    match manifest.node.get("automountServiceAccountToken").filter(|n| !n.is_null()) {
        Some(node) => {
            out.state(within, manifest.node_at(node), safeguard(manifest.boolean(node, true)));
        }
        None if !manifest.whole => {}
        None => {
            let source = manifest.node_at(manifest.node);
            let place = out.absent(source, "automountServiceAccountToken");
            let origin = Origin::PlatformDefault { source: AUTOMOUNT.to_owned() };
            out.fact(within, place, origin, safeguard(Value::known(true, source)));
        }
    }
}

/// Annotations that let the account act as a cloud identity.
fn acts_as(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    for (key, node) in manifest.metadata() {
        let Some(form) = METADATA.cloud_identity(key) else { continue };
        let Some(written) = node.text() else { continue };
        match cloud_identity(form, written) {
            Some(to) => {
                let link = Link { from: manifest.is(), to, kind: LinkKind::ActsAs };
                out.state(within, manifest.node_at(node), Body::Link(link));
            }
            None => {
                let why = template::text(written).why().cloned();
                let why = why.unwrap_or_else(|| Why::Unsupported(format!("the value of {key}")));
                out.unknown(manifest.node_at(node), why);
            }
        }
    }
}

fn cloud_identity(form: CloudForm, written: &str) -> Option<Ref> {
    match form {
        CloudForm::AwsRoleArn => arn_reference(&template::text(written.trim())),
        CloudForm::GcpEmail => {
            let (id, rest) = written.trim().split_once('@')?;
            let project = rest.strip_suffix(".iam.gserviceaccount.com")?;
            Some(Ref::new("gcp", "service-account", [template::text(project)], template::text(id)))
        }
    }
}
