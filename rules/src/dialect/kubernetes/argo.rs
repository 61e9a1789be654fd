//! Custom resources of Argo and Tekton that say who may do what: projects of Argo CD, webhooks of Argo Events, listeners
//! of Tekton Triggers. What their workflows and tasks run is read as a pipeline.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::document::Node;
use crate::fact::{Body, ContextId, Endpoint, Grant, Ref, Value, Why};
use crate::span::Source;

use super::super::Lowering;
use super::manifest::Manifest;

/// A list of a project of Argo CD.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectList {
    path: Vec<String>,
    fields: Vec<String>,
    action: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

/// A kind of event source that listens for requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    source: String,
    endpoint: Vec<String>,
    secret: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    documented: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    list: Vec<ProjectList>,
    webhook: Vec<Webhook>,
}

static ARGO: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/kubernetes/argo.toml"))
        .expect("data/kubernetes/argo.toml parses")
});

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&ARGO);
}

/// Lowers a manifest of one of these kinds; nothing for others.
pub(super) fn lower(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    match (manifest.group, manifest.kind) {
        ("argoproj.io", "AppProject") => project(manifest, within, out),
        ("argoproj.io", "EventSource") => event_source(manifest, within, out),
        ("triggers.tekton.dev", "EventListener") => event_listener(manifest, within, out),
        _ => {}
    }
}

/// What the applications of a project may use.
fn project(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    for row in &ARGO.list {
        let path: Vec<&str> = row.path.iter().map(String::as_str).collect();
        for item in manifest.node.path(&path).map_or(&[][..], Node::items) {
            let is_any = |node: Option<&Node>| node.and_then(Node::text) == Some("*");
            let everything = match row.fields.as_slice() {
                [] => is_any(Some(item)),
                fields => fields.iter().all(|field| is_any(item.get(field))),
            };
            if !everything {
                continue;
            }
            let grant = Grant::outright(manifest.is(), &row.action);
            out.state(within, manifest.node_at(item), Body::Grant(grant));
        }
    }
}

/// Webhooks that an event source listens for.
fn event_source(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    let Some(spec) = manifest.node.get("spec") else { return };
    for row in &ARGO.webhook {
        for entry in spec.get(&row.source).map_or(&[][..], Node::entries) {
            let path: Vec<&str> = row.endpoint.iter().map(String::as_str).collect();
            let Some(endpoint) = entry.value.path(&path) else { continue };
            let proven =
                row.secret.iter().any(|key| entry.value.get(key).is_some_and(|node| !node.is_null()));
            let is = manifest.other("endpoint", format!("{}/{}", manifest.label(), entry.name()));
            let at = manifest.node_at(endpoint);
            state(out, within, is, "Argo Events webhook", proven, at);
        }
    }
}

/// Triggers that a listener starts for whoever sends a request.
fn event_listener(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    for trigger in manifest.node.path(&["spec", "triggers"]).map_or(&[][..], Node::items) {
        if trigger.get("triggerRef").is_some() {
            continue;
        }
        let interceptors = trigger.get("interceptors").map_or(&[][..], Node::items);
        let mut proven = false;
        let mut known = true;
        for interceptor in interceptors {
            let name = interceptor.path(&["ref", "name"]).and_then(Node::text);
            let old = interceptor.entries().first().map(|entry| entry.name());
            let params = interceptor.get("params").map_or(&[][..], Node::items);
            let has_secret = params.iter().any(|p| p.get("name").and_then(Node::text) == Some("secretRef"))
                || interceptor.entries().iter().any(|entry| entry.value.get("secretRef").is_some());
            proven |= has_secret;
            // One of the cluster's own may check anything.
            let built_in = |name: &str| matches!(name, "github" | "gitlab" | "bitbucket" | "cel" | "slack");
            known &= name.is_some_and(built_in) || name.is_none() && old.is_some_and(built_in);
        }
        let at = manifest.node_at(trigger.get("name").unwrap_or(trigger));
        if !known && !proven {
            out.unknown(at, Why::Unsupported("an interceptor of the cluster's own".to_owned()));
            continue;
        }
        let name = trigger.get("name").and_then(Node::text).unwrap_or("trigger");
        let is = manifest.other("endpoint", format!("{}/{name}", manifest.label()));
        state(out, within, is, "Tekton EventListener trigger", proven, at);
    }
}

fn state(out: &mut Lowering<'_>, within: ContextId, is: Ref, kind: &str, proven: bool, at: Source) {
    let asks = if proven { BTreeSet::from(["shared-secret".to_owned()]) } else { BTreeSet::new() };
    let endpoint = Endpoint {
        is,
        kind: kind.to_owned(),
        auth: Value::known(vec![asks], at),
        reach: Value::unknown(Why::Unsupported("who can reach it over the network".to_owned()), at),
    };
    out.state(within, at, Body::Endpoint(endpoint));
}

#[cfg(test)]
mod tests {
    use super::ARGO;

    #[test]
    fn every_row_has_a_source() {
        assert!(ARGO.list.iter().all(|row| row.source.starts_with("https://")));
        assert!(
            ARGO.webhook.iter().all(|row| row.documented.starts_with("https://") && !row.secret.is_empty())
        );
    }
}
