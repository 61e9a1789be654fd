//! One entry of `registries`: where it is, and what Dependabot logs in with.

use super::Walk;
use super::reference::{self, Written};
use super::tables::{Issuer, TABLES};
use crate::dialect::lowering::{Handed, Slot, Told};
use crate::document::{Data, Entry, Node};
use crate::fact::{
    Body, Case, ContextId, ContextKind, Credential, Evidence, Flow, Lifetime, LifetimeClass, Link, LinkKind,
    Ref, Selection, Sink, Storage, Text, Value, Why,
};
use crate::span::Source;

/// What logs in, in facts.
const SERVICE: &str = "Dependabot";
/// How addresses are written, for those that may hold a login themselves.
const ADDRESS: &str = "url";

/// What a registry is logged in to with.
pub(super) struct Registry {
    platform: String,
    /// Credentials that are stated.
    pub(super) stated: Vec<Ref>,
    /// Literals: whether they are credentials is the detectors' word.
    pub(super) handed: Vec<Handed>,
}

impl Registry {
    /// Where its credentials go.
    pub(super) fn login(&self) -> Sink {
        Sink::Login { platform: self.platform.clone(), service: SERVICE.to_owned() }
    }
}

/// A registry while it is read.
struct Reading<'e> {
    within: ContextId,
    name: &'e str,
    issuer: Issuer<'static>,
    found: Registry,
}

impl Walk<'_, '_> {
    /// Lowers a registry; `None` if it is not one.
    pub(super) fn registry(&mut self, within: ContextId, entry: &Entry) -> Option<Registry> {
        let node = &entry.value;
        if node.entries().is_empty() {
            self.unknown(node, "a registry that is not a map");
            return None;
        }
        let at = self.source(entry.span());
        let context = self.out.context(within, ContextKind::Resource, entry.name(), at);
        let text = |key: &str| node.get(key).and_then(Node::text).unwrap_or_default();
        let issuer = TABLES.issuer(text("type"), text(ADDRESS));
        let found = Registry { platform: issuer.platform.to_owned(), stated: Vec::new(), handed: Vec::new() };
        let mut reading = Reading { within: context, name: entry.name(), issuer, found };
        // Every entry, not the last of a name: either of two may be what counts.
        for field in node.entries() {
            self.field(&mut reading, field);
        }
        self.federated(&mut reading, node);
        let logins: Vec<(Ref, Source)> = reading.found.stated.iter().map(|is| (is.clone(), at)).collect();
        for (is, at) in logins {
            let flow = Flow { what: Selection::One(is), to: reading.found.login() };
            self.out.state(context, at, Body::Flow(flow));
        }
        Some(reading.found)
    }

    fn field(&mut self, registry: &mut Reading<'_>, field: &Entry) {
        let secret = TABLES.secret.iter().find(|row| row.key == field.name());
        let Some(scalar) = field.value.scalar() else {
            let odd = !field.value.is_null() && secret.is_some() || matches!(field.value.data, Data::Cut);
            if odd {
                self.unknown(&field.value, "a registry's credential that is not text");
            }
            return;
        };
        let at = self.source(field.value.span);
        match reference::read(&scalar.text) {
            Written::Secrets { names, others } => {
                if others {
                    self.unknown(&field.value, "an expression other than `secrets.NAME`");
                }
                for name in names {
                    self.stored(registry, &name, secret.map(|row| row.key.as_str()), at);
                }
            }
            Written::Literal if scalar.text.is_empty() => {}
            Written::Literal => {
                if let Some(row) = secret {
                    self.out.slots.push(Slot {
                        name: row.named.clone(),
                        file: self.file.id,
                        scalar: scalar.clone(),
                        base64: false,
                        within: registry.within,
                        told: Told::Place,
                    });
                }
                if secret.is_some() || field.name() == ADDRESS {
                    let scope = [Text::literal(self.file.path.clone()), Text::literal(registry.name)];
                    let handed = Handed {
                        value: at,
                        is: Ref::new("github", "dependabot-registry", scope, field.name()),
                        at,
                        within: registry.within,
                        to: registry.found.login(),
                        when: Case::always(),
                        lesser: false,
                    };
                    self.out.handed.push(handed.clone());
                    registry.found.handed.push(handed);
                }
            }
        }
    }

    /// A secret of Dependabot's own store. Under a key that authenticates it is what the registry asks for; under another
    /// (a user name, a fingerprint) nothing is said of what it opens.
    fn stored(&mut self, registry: &mut Reading<'_>, name: &str, key: Option<&str>, at: Source) {
        let repository = Text::hole(Why::Variable("repository".to_owned()));
        let is = Ref::new("github", "dependabot-secret", [repository], name);
        let issuer = registry.issuer;
        let body = match key {
            Some(key) => {
                let lifetime = match issuer.seconds {
                    Some(seconds) => Lifetime::MaxAge { seconds, renewable: false },
                    // Whoever made it chose; the platform does not make it end.
                    None => Lifetime::PlatformDefault { seconds: None },
                };
                Credential {
                    title: format!("{} {key}", issuer.label),
                    federation: issuer.federation.map(str::to_owned),
                    class: if issuer.seconds.is_some() {
                        LifetimeClass::AccessToken
                    } else {
                        LifetimeClass::StandingKey
                    },
                    ..credential(is.clone(), issuer.platform, "registry-token", Value::known(lifetime, at))
                }
            }
            None => Credential {
                title: format!("secret {name}"),
                ..credential(
                    is.clone(),
                    "github",
                    "secret-reference",
                    Value::unknown(Why::Variable(format!("secrets.{name}")), at),
                )
            },
        };
        self.out.state(registry.within, at, Body::Credential(body));
        registry.found.stated.push(is);
    }

    /// Keys that mean that Dependabot's OIDC token is exchanged, and nothing is stored.
    fn federated(&mut self, registry: &mut Reading<'_>, node: &Node) {
        let given = |key: &String| node.get(key).filter(|value| !value.is_null());
        let rows = TABLES.federation.iter();
        let Some(row) = rows.into_iter().find(|row| row.keys.iter().all(|key| given(key).is_some())) else {
            return;
        };
        let Some(first) = row.keys.iter().find_map(given) else { return };
        let at = self.source(first.span);
        let scope = [Text::literal(self.file.path.clone()), Text::literal(registry.name)];
        let is = Ref::new(row.platform.as_str(), "session", scope.clone(), SERVICE);
        let lifetime = Value::known(Lifetime::PlatformDefault { seconds: None }, at);
        let body = Credential {
            title: format!("{} session", row.label),
            storage: Storage::Federated,
            class: LifetimeClass::CloudSession,
            ..credential(is.clone(), &row.platform, "federated-session", lifetime)
        };
        self.out.state(registry.within, at, Body::Credential(body));
        registry.found.platform.clone_from(&row.platform);
        registry.found.stated.push(is);
        if let (Some(account), Some(role)) = (node.get("account-id"), node.get("role-name")) {
            let from = Ref::new("github", "dependabot-registry", [scope[0].clone()], registry.name);
            let to = Ref::new("aws", "role", [value(account)], value(role));
            let at = self.source(role.span);
            self.out.state(registry.within, at, Body::Link(Link { from, to, kind: LinkKind::ActsAs }));
        }
    }
}

/// A value as text; one that names a secret is a hole.
fn value(node: &Node) -> Text {
    match node.written() {
        Some(text) if reference::read(text) == Written::Literal => Text::literal(text),
        _ => Text::hole(Why::Unsupported("a value of the secret store".to_owned())),
    }
}

/// A stored credential without the details.
fn credential(is: Ref, issuer: &str, kind: &str, lifetime: Value<Lifetime>) -> Credential {
    Credential {
        is,
        issuer: issuer.to_owned(),
        kind: kind.to_owned(),
        title: kind.to_owned(),
        storage: Storage::StoreReference,
        lifetime,
        class: LifetimeClass::StandingKey,
        rotation: None,
        not_before: None,
        ca: false,
        scope: None,
        evidence: Evidence::NotVerifiable,
        secret: Vec::new(),
        tag: None,
        detector: None,
        federation: None,
    }
}
