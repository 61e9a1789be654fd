//! Secrets and ConfigMaps: values for the detectors, and a credential for every value of a Secret that is not
//! provably something else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::document::{Data, Entry, Node, Scalar};
use crate::fact::{
    Body, ContextId, Credential, Evidence, Lifetime, LifetimeClass, Ref, Storage, Text, Value, Why,
};

use super::super::{
    Lowering, aws_policy, logins,
    lowering::{Slot, Told},
};
use super::container::login_credential;
use super::manifest::{Manifest, why_unread};
use super::tables::SECRETS;
use super::template;

/// The type of a Secret that the cluster fills with a token without end.
const TOKEN_TYPE: &str = "kubernetes.io/service-account-token";
/// The type of a token that lets machines join the cluster.
const BOOTSTRAP_TYPE: &str = "bootstrap.kubernetes.io/token";
/// Shortest value that is one, in bytes: below it whoever wants the secret tries them all.
const SHORTEST: usize = 4;
/// RSA key sizes in bytes that Sealed Secrets controllers use; a sealed value begins with this length.
const SEALED_KEY_BYTES: [usize; 4] = [256, 384, 512, 1_024];

/// Lowers a Secret.
pub(super) fn lower_secret(manifest: &Manifest<'_>, node: &Node, within: ContextId, out: &mut Lowering<'_>) {
    let of = node.get("type").and_then(Node::text).unwrap_or("Opaque");
    if of == TOKEN_TYPE {
        legacy_token(manifest, node, within, out);
    }
    let holder = Holder {
        manifest,
        of,
        lifetime: bootstrap_lifetime(manifest, node, of),
        sops: is_sops(node),
        within,
    };
    for (key, base64) in [("data", true), ("stringData", false)] {
        for entry in node.get(key).map_or(&[][..], Node::entries) {
            holder.lower(entry.name(), &entry.value, base64, out);
        }
    }
}

/// Lowers a SealedSecret: what its controller alone can open is silent, what only looks sealed is not.
pub(super) fn lower_sealed(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    let holder = Holder { manifest, of: "Opaque", lifetime: None, sops: false, within };
    for entry in manifest.node.path(&["spec", "encryptedData"]).map_or(&[][..], Node::entries) {
        if entry.value.text().is_some_and(is_sealed) {
            out.silent(manifest.file, "sealed for the cluster's controller (Sealed Secrets)");
        } else {
            holder.lower(entry.name(), &entry.value, true, out);
        }
    }
    for entry in manifest.node.path(&["spec", "template", "data"]).map_or(&[][..], Node::entries) {
        holder.lower(entry.name(), &entry.value, false, out);
    }
}

/// Lowers a ConfigMap: values for the detectors, and access policies kept as JSON.
pub(super) fn lower_config_map(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    for (key, base64) in [("data", false), ("binaryData", true)] {
        for entry in manifest.node.get(key).map_or(&[][..], Node::entries) {
            let Some(scalar) = entry.value.scalar().filter(|s| !s.text.trim().is_empty()) else { continue };
            if template::is_reference(&scalar.text) {
                out.unknown(manifest.node_at(&entry.value), why_unread(&entry.value));
                continue;
            }
            slot(manifest, entry.name(), scalar, base64, Told::Open, within, out);
            if !base64 {
                lower_policy(manifest, entry.name(), scalar, within, out);
                lower_login(manifest, entry, within, out);
            }
        }
    }
}

/// Lowers the literals of a generator: `key=value` each.
/// Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/secretgenerator/>.
pub(super) fn lower_literals(manifest: &Manifest<'_>, within: ContextId, out: &mut Lowering<'_>) {
    let of = manifest.node.get("type").and_then(Node::text).unwrap_or("Opaque");
    let holder = Holder { manifest, of, lifetime: None, sops: false, within };
    for literal in manifest.node.get("literals").map_or(&[][..], Node::items) {
        let Some((scalar, at)) = literal.scalar().and_then(|s| Some((s, s.text.find('=')?))) else {
            continue;
        };
        let key = scalar.text.get(..at).unwrap_or_default();
        let value = scalar.part(at + 1..scalar.text.len());
        let quoted = |quote: char| value.text.strip_prefix(quote)?.strip_suffix(quote);
        let value = match quoted('"').or_else(|| quoted('\'')) {
            Some(inner) => value.part(1..1 + inner.len()),
            None => value,
        };
        if manifest.kind == "Secret" {
            holder.lower(key, &Node::new(value.span(), Data::Scalar(value)), false, out);
        } else if !value.text.trim().is_empty() {
            slot(manifest, key, &value, false, Told::Open, within, out);
        }
    }
}

/// A standing credential of a cloud, kept where secrets do not belong.
fn lower_login(manifest: &Manifest<'_>, entry: &Entry, within: ContextId, out: &mut Lowering<'_>) {
    let Some(variable) = logins::variable(entry.name()).filter(|v| v.part == logins::Part::Secret) else {
        return;
    };
    let source = manifest.node_at(&entry.value);
    let mut credential = login_credential(variable, manifest.is(), Storage::Literal, source);
    credential.secret = vec![source];
    out.state(within, source, Body::Credential(credential));
}

/// A policy document of a cloud, handed to a workload or a controller as a file.
fn lower_policy(
    manifest: &Manifest<'_>,
    key: &str,
    scalar: &Scalar,
    within: ContextId,
    out: &mut Lowering<'_>,
) {
    // The text of a part of another file is read there.
    if manifest.built.is_some_and(|addresses| addresses.source(scalar.span()).is_some()) {
        return;
    }
    let stem = key.strip_suffix(".json").unwrap_or(key);
    let account = Text::hole(Why::Variable("account".to_owned()));
    let holder = Ref::new("aws", "policy", [account], stem);
    aws_policy::lower_embedded(out, within, &holder, scalar, manifest.file);
}

fn slot(
    manifest: &Manifest<'_>,
    name: &str,
    scalar: &Scalar,
    base64: bool,
    told: Told,
    within: ContextId,
    out: &mut Lowering<'_>,
) {
    out.slots.push(Slot {
        name: name.to_owned(),
        file: manifest.file,
        scalar: scalar.clone(),
        base64,
        within,
        told,
    });
}

/// What the values of one Secret have in common.
struct Holder<'m, 'd> {
    manifest: &'m Manifest<'d>,
    of: &'m str,
    lifetime: Option<Lifetime>,
    sops: bool,
    within: ContextId,
}

/// What the text of a value proves.
enum Reading {
    /// Nothing secret stands here, and why.
    Silent(&'static str),
    /// Public, but worth a detector's look (a certificate has a lifetime).
    Public(&'static str),
    /// A secret value.
    Secret(Evidence),
}

impl Holder<'_, '_> {
    fn lower(&self, key: &str, value: &Node, base64: bool, out: &mut Lowering<'_>) {
        let file = self.manifest.file;
        let Some(scalar) = value.scalar() else {
            if value.is_null() {
                out.silent(file, "the value is empty");
            }
            return;
        };
        match self.read(key, &scalar.text, base64) {
            Reading::Silent(reason) => out.silent(file, reason),
            Reading::Public(reason) => {
                out.silent(file, reason);
                slot(self.manifest, key, scalar, base64, Told::Place, self.within, out);
            }
            Reading::Secret(evidence) => {
                slot(self.manifest, key, scalar, base64, Told::Place, self.within, out);
                let source = self.manifest.node_at(value);
                let mut credential = credential(self.manifest.is(), evidence);
                credential.title = format!("value of key {key} in Secret {}", self.manifest.name);
                credential.storage = if base64 { Storage::Encoded } else { Storage::Literal };
                credential.secret = vec![source];
                credential.lifetime = match &self.lifetime {
                    Some(lifetime) => Value::known(lifetime.clone(), source),
                    None => Value::unknown(
                        Why::Unsupported("how long the value of a Secret works".to_owned()),
                        source,
                    ),
                };
                out.state(self.within, source, Body::Credential(credential));
            }
        }
    }

    fn read(&self, key: &str, written: &str, base64: bool) -> Reading {
        let written = written.trim();
        if written.is_empty() {
            return Reading::Silent("the value is empty");
        }
        if self.sops && is_sops_value(written) {
            return Reading::Silent("encrypted with SOPS");
        }
        let decoded = base64.then(|| decode(written)).flatten();
        let evidence =
            if base64 && decoded.is_none() { Evidence::Contradicted } else { Evidence::NotVerifiable };
        let text = decoded.as_deref().map_or(Some(written), |bytes| std::str::from_utf8(bytes).ok());
        for text in [Some(written), text].into_iter().flatten() {
            if template::is_reference(text) || template::is_url_with_referenced_password(text) {
                return Reading::Silent("the value is a template reference");
            }
            if SECRETS.is_store_reference(text) {
                return Reading::Silent("the value names a secret of a store");
            }
        }
        if text.is_some_and(|t| t.trim().is_empty()) {
            return Reading::Silent("the value is empty");
        }
        if text.is_some_and(is_public_pem) {
            return Reading::Public("a certificate or public key is no secret");
        }
        if text.is_some_and(|t| t.trim().len() < SHORTEST) {
            return Reading::Silent("too short to be a secret");
        }
        if SECRETS.is_public(self.of, key) {
            return Reading::Public("the Secret's type calls this key public");
        }
        Reading::Secret(evidence)
    }
}

fn credential(is: Ref, evidence: Evidence) -> Credential {
    Credential {
        is,
        issuer: "kubernetes".to_owned(),
        kind: "kubernetes-secret".to_owned(),
        title: String::new(),
        storage: Storage::Encoded,
        lifetime: Value::unknown(Why::Unsupported("lifetime".to_owned()), crate::span::Source::default()),
        class: LifetimeClass::StandingKey,
        rotation: None,
        not_before: None,
        ca: false,
        scope: None,
        evidence,
        secret: Vec::new(),
        tag: None,
        detector: None,
        federation: None,
    }
}

/// A Secret that asks the cluster for a token that never expires.
fn legacy_token(manifest: &Manifest<'_>, node: &Node, within: ContextId, out: &mut Lowering<'_>) {
    let account = manifest
        .metadata()
        .find(|(key, _)| SECRETS.names_account(key))
        .and_then(|(_, node)| node.text())
        .map_or_else(|| Text::hole(Why::Variable("service account".to_owned())), template::text);
    let source = manifest.node_at(node.get("type").unwrap_or(node));
    let mut credential = credential(manifest.is(), Evidence::NotVerifiable);
    credential.kind = "service-account-token".to_owned();
    credential.title = format!("token without end of service account {account}");
    credential.storage = Storage::Generated;
    credential.lifetime = Value::known(Lifetime::Unbounded, source);
    credential.scope = Some(account);
    credential.federation = Some(
        "a bound token that expires: a projected serviceAccountToken volume, or kubectl create token"
            .to_owned(),
    );
    out.state(within, source, Body::Credential(credential));
}

/// A bootstrap token states its own end, or has none.
fn bootstrap_lifetime(manifest: &Manifest<'_>, node: &Node, of: &str) -> Option<Lifetime> {
    if of != BOOTSTRAP_TYPE || manifest.kind != "Secret" {
        return None;
    }
    let stated =
        node.path(&["stringData", "expiration"]).and_then(Node::text).map(str::to_owned).or_else(|| {
            let encoded = node.path(&["data", "expiration"])?.text()?;
            String::from_utf8(decode(encoded)?).ok()
        });
    match stated {
        None => Some(Lifetime::Unbounded),
        Some(text) => text.get(..10)?.parse().ok().map(Lifetime::Expires),
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let packed: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    STANDARD.decode(packed).ok()
}

/// A manifest whose values SOPS encrypted: its own block carries the code that proves them unchanged.
fn is_sops(node: &Node) -> bool {
    node.path(&["sops", "mac"]).and_then(Node::text).is_some_and(is_sops_value)
}

fn is_sops_value(text: &str) -> bool {
    let parts = text.strip_prefix("ENC[AES256_GCM,").and_then(|rest| rest.strip_suffix(']'));
    let Some(parts) = parts else { return false };
    ["data:", "iv:", "tag:", "type:"]
        .iter()
        .all(|wanted| parts.split(',').any(|part| part.strip_prefix(wanted).is_some_and(|v| !v.is_empty())))
}

/// A value of the form that `kubeseal` writes: length of the encrypted session key, the key, then the cipher text.
fn is_sealed(text: &str) -> bool {
    let Some(bytes) = decode(text.trim()) else { return false };
    let &[high, low, ref rest @ ..] = bytes.as_slice() else { return false };
    let key = usize::from(u16::from_be_bytes([high, low]));
    SEALED_KEY_BYTES.contains(&key) && rest.len() > key
}

/// Whether a text is certificates and public keys and nothing else.
fn is_public_pem(text: &str) -> bool {
    let mut any = false;
    let mut inside = false;
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|l| l.strip_suffix("-----")) {
            if !matches!(label, "CERTIFICATE" | "TRUSTED CERTIFICATE" | "PUBLIC KEY" | "X509 CRL") {
                return false;
            }
            (any, inside) = (true, true);
        } else if line.starts_with("-----END ") {
            inside = false;
        } else if !inside {
            return false;
        }
    }
    any
}
