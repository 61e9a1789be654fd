//! Certificates that cert-manager makes, and the keys by which controllers reach what keeps or signs secrets.

use crate::document::Node;
use crate::fact::{
    Body, ContextId, Credential, Evidence, Flow, Lifetime, LifetimeClass, Selection, Sink, Storage, Text,
    Value, Why,
};

use super::super::Lowering;
use super::super::pipeline::credential::credential;
use super::manifest::{Manifest, text_under, why_unread};
use super::tables::{METADATA, STORES};
use super::template;

/// Units of a duration. Source: <https://pkg.go.dev/time#ParseDuration>.
const UNITS: [(&str, f64); 3] = [("h", 3_600.0), ("m", 60.0), ("s", 1.0)];

/// Lowers a Certificate of cert-manager that says how long it works.
/// Source: <https://cert-manager.io/docs/usage/certificate/>.
pub(super) fn lower_certificate(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    let Some(node) = manifest.node.path(&["spec", "duration"]).filter(|node| !node.is_null()) else { return };
    let signs = manifest.node.path(&["spec", "isCA"]).and_then(Node::boolean).is_some_and(|(is, _)| is);
    let class = if signs { LifetimeClass::Authority } else { LifetimeClass::Certificate };
    certificate(manifest, node, class, within, out);
}

/// The certificate that an Ingress or Gateway asks for by its annotations.
/// Source: <https://cert-manager.io/docs/reference/annotations/>.
pub(super) fn lower_annotated(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    let annotations = manifest.node.path(&["metadata", "annotations"]);
    let duration = annotations.and_then(|all| all.get("cert-manager.io/duration"));
    if let Some(node) = duration.filter(|node| !node.is_null()) {
        certificate(manifest, node, LifetimeClass::Certificate, within, out);
    }
}

fn certificate(
    manifest: &Manifest<'_>,
    node: &Node,
    class: LifetimeClass,
    within: ContextId,
    out: &mut Lowering<'_>,
) {
    let place = manifest.node_at(node);
    let lifetime = match node.text().and_then(seconds) {
        Some(seconds) => Value::known(Lifetime::MaxAge { seconds, renewable: false }, place),
        None => {
            out.unknown(place, why_unread(node));
            Value::unknown(why_unread(node), place)
        }
    };
    let credential = Credential {
        is: manifest.is(),
        issuer: "cert-manager".to_owned(),
        kind: "certificate".to_owned(),
        title: match class {
            LifetimeClass::Authority => format!("certificate of the authority {}", manifest.name),
            _ => format!("certificate {}", manifest.name),
        },
        storage: Storage::Generated,
        lifetime,
        class,
        rotation: None,
        not_before: None,
        ca: false,
        scope: text_under(manifest.node.get("spec").unwrap_or(manifest.node), "commonName"),
        evidence: Evidence::NotVerifiable,
        secret: Vec::new(),
        tag: None,
        detector: None,
        federation: None,
    };
    out.state(within, place, Body::Credential(credential));
}

/// A copy of a secret of a store: how often it is fetched anew says when a rotation of the store arrives.
/// Source: <https://external-secrets.io/latest/api/externalsecret/>.
pub(super) fn lower_copy(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    let spec = manifest.node.get("spec");
    let once = spec.and_then(|spec| spec.get("refreshPolicy")).filter(|n| n.text() == Some("CreatedOnce"));
    let interval = spec.and_then(|spec| spec.get("refreshInterval")).filter(|node| !node.is_null());
    let Some(node) = once.or(interval) else { return };
    let place = manifest.node_at(node);
    let written = node.written().unwrap_or_default().trim();
    let lifetime = match (once.is_some() || written == "0", seconds(written)) {
        (true, _) | (_, Some(0)) => Lifetime::Unbounded,
        (_, Some(seconds)) => Lifetime::MaxAge { seconds, renewable: false },
        (_, None) => return out.unknown(place, why_unread(node)),
    };
    let credential = Credential {
        title: format!("copy of a store's secret ({}), which is not fetched anew,", manifest.name),
        class: LifetimeClass::Rotation,
        ..credential(
            manifest.is(),
            "external-secrets",
            "rotated-secret",
            Storage::Generated,
            Value::known(lifetime, place),
        )
    };
    let id = out.state(within, place, Body::Credential(credential));
    // The store's own rotation is what this keeps out, and it may have none.
    if let Some(fact) = out.fact_mut(id) {
        fact.lesser = true;
    }
}

/// `2160h`, `1h30m`.
fn seconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total = 0.0_f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let (unit, each) = UNITS.iter().find(|(unit, _)| after.starts_with(unit))?;
        total += number.parse::<f64>().ok()? * each;
        rest = after.strip_prefix(unit)?;
    }
    // A number of seconds beyond this is longer than anything works.
    let whole = total.min(1e15);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between nought and 1e15
    Some(whole as u64)
}

/// Lowers the standing keys by which a store of secrets or an issuer of certificates is reached.
pub(super) fn lower_store(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    for row in STORES.keys(manifest.group, manifest.kind) {
        for node in found(manifest.node, &row.path) {
            let Some(name) = text_under(node, "name") else { continue };
            let at = manifest.node_at(node.get("name").unwrap_or(node));
            let mut is = manifest.other("Secret", name);
            if let Some(namespace) = node.get("namespace").and_then(Node::text) {
                is.scope = vec![template::text(namespace)];
            }
            let credential = Credential {
                title: row.what.clone(),
                federation: METADATA.instead_of_key(&row.platform),
                ..credential(
                    is.clone(),
                    &row.platform,
                    &row.kind,
                    Storage::StoreReference,
                    Value::known(Lifetime::Unbounded, at),
                )
            };
            out.state(within, at, Body::Credential(credential));
            let to = Sink::Login { platform: row.platform.clone(), service: manifest.label() };
            out.state(within, at, Body::Flow(Flow { what: Selection::One(is), to }));
        }
    }
}

/// The nodes below several keys; `*` is every item of a list.
fn found<'d>(node: &'d Node, path: &[String]) -> Vec<&'d Node> {
    let mut at = vec![node];
    for key in path {
        at = match key.as_str() {
            "*" => at.into_iter().flat_map(Node::items).collect(),
            key => at.into_iter().filter_map(|node| node.get(key)).collect(),
        };
    }
    at
}

/// Lowers the ConfigMap by which EKS lets identities of AWS in: who is put among the administrators.
/// Source: <https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html>.
pub(super) fn lower_aws_auth(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    if manifest.name.known() != Some("aws-auth") {
        return;
    }
    for (key, arn) in [("mapRoles", "rolearn"), ("mapUsers", "userarn")] {
        let Some(node) = manifest.node.path(&["data", key]) else { continue };
        let Some(scalar) = node.scalar() else { continue };
        let document = crate::document::yaml::read(&scalar.text);
        if !document.breaks.is_empty() {
            out.unknown(manifest.node_at(node), Why::Unsupported(format!("who is let in by {key}")));
        }
        for item in document.nodes().iter().flat_map(Node::items) {
            let Some(who) = item.get(arn).and_then(Node::text).map(template::text) else {
                out.unknown(manifest.node_at(node), Why::Unsupported(format!("who is let in by {key}")));
                continue;
            };
            let is = super::super::aws_policy::arn_reference(&who);
            let is = is.unwrap_or_else(|| crate::fact::Ref::new("aws", "principal", [], who));
            for group in item.get("groups").map_or(&[][..], Node::one_or_many) {
                let Some(name) = group.text() else { continue };
                if !super::roles::ROLES.is_admin_group("Group", name) {
                    continue;
                }
                let span = scalar.span_of(group.span.start as usize..group.span.end as usize);
                let actions = vec![Text::literal("kubernetes:*/*:*")];
                let grant = super::rbac::allow(is.clone(), actions, vec![Text::literal("*")], Vec::new());
                out.state(within, manifest.at(span), grant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations_are_of_hours_minutes_and_seconds() {
        assert_eq!(seconds("2160h"), Some(7_776_000));
        assert_eq!(seconds("1h30m10s"), Some(5_410));
        assert_eq!(seconds("1.5h"), Some(5_400));
        assert_eq!(seconds("90d"), None);
        assert_eq!(seconds("{{ .Values.x }}"), None);
        assert_eq!(seconds(""), None);
    }
}
