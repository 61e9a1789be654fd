//! What is known of resource types, as data: `data/arm/*.toml`. Types and paths are compared without their case.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::dialect::values::glob;
use crate::fact::LifetimeClass;

/// A built-in role.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    id: String,
    name: String,
    #[serde(rename = "source")]
    _source: String,
}

/// A resource that brings an identity into being.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    r#type: String,
    pub(super) is: String,
    pub(super) label: String,
    pub(super) name: String,
    pub(super) purpose: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A resource that opens an identity to tokens of an issuer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Federation {
    r#type: String,
    pub(super) opens: String,
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) audiences: String,
    pub(super) expression: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identities {
    role: Vec<Role>,
    identity: Vec<Identity>,
    federation: Vec<Federation>,
}

/// What it means that a resource does not say when its credential ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Unsaid {
    /// It never ends.
    #[default]
    Endless,
    /// It never ends, as most do that are kept in such a store.
    Quiet,
    /// The platform ends it by itself.
    Silent,
}

fn standing() -> LifetimeClass {
    LifetimeClass::StandingKey
}

/// A resource that makes a standing credential.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    r#type: String,
    pub(super) title: String,
    /// The list whose items are one credential each.
    pub(super) each: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) expires: Option<String>,
    pub(super) begins: Option<String>,
    pub(super) age: Option<String>,
    #[serde(default)]
    pub(super) absent: Unsaid,
    #[serde(default = "standing")]
    pub(super) class: LifetimeClass,
    pub(super) federation: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A switch beside which a resource takes keys of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SharedKey {
    r#type: String,
    pub(super) property: String,
    /// The value at which keys are taken.
    pub(super) on: bool,
    /// Types that take keys when nothing is said.
    default_on: Vec<String>,
    pub(super) title: String,
    pub(super) source: String,
}

impl SharedKey {
    /// Whether a type takes keys when nothing is said.
    pub(super) fn by_default(&self, kind: &str) -> bool {
        self.default_on.iter().any(|pattern| fits(pattern, kind))
    }
}

/// A property that holds a secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secret {
    r#type: String,
    property: String,
    pub(super) kind: String,
    pub(super) title: String,
    #[serde(rename = "source")]
    _source: String,
}

/// Functions that give what is secret of a resource.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    r#type: String,
    function: String,
    pub(super) title: String,
    pub(super) platform: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    key: Vec<Key>,
    shared_key: Vec<SharedKey>,
    secret: Vec<Secret>,
    listed: Vec<Listed>,
}

/// Who can reach an endpoint of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reach {
    /// The internet.
    Internet,
}

/// An interface that others can call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoint {
    r#type: String,
    pub(super) is: String,
    pub(super) label: String,
    /// Properties that say who may call.
    pub(super) auth: Vec<String>,
    pub(super) anonymous: Vec<String>,
    pub(super) default: Option<String>,
    pub(super) reach: Option<Reach>,
    /// Words of `kind` with which it is one, and is none.
    pub(super) only_kind: Option<String>,
    pub(super) not_kind: Option<String>,
    /// A resource inside this one that may say it instead, what its name holds, and which of its properties.
    pub(super) below: Option<String>,
    pub(super) below_named: Option<String>,
    #[serde(default)]
    pub(super) below_auth: Vec<String>,
    /// Whether it only lets others be open.
    #[serde(default)]
    pub(super) only_lets: bool,
    #[serde(rename = "source")]
    _source: String,
}

/// A switch at which whoever signs in may do everything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Everything {
    r#type: String,
    pub(super) is: String,
    pub(super) property: String,
    pub(super) on: bool,
    pub(super) action: String,
    #[serde(rename = "source")]
    _source: String,
}

/// To whom a right is given that names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Everybody {
    /// Anybody with an account.
    AnyAccount,
}

/// Rights that a property gives by naming them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    r#type: String,
    pub(super) is: String,
    pub(super) property: String,
    pub(super) to: Option<Everybody>,
    /// In small letters -> the action that it comes to.
    pub(super) names: BTreeMap<String, String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exposure {
    endpoint: Vec<Endpoint>,
    everything: Vec<Everything>,
    given: Vec<Given>,
}

static IDENTITIES: LazyLock<Identities> =
    LazyLock::new(|| read(include_str!("../../../data/arm/identities.toml")));
static CREDENTIALS: LazyLock<Credentials> =
    LazyLock::new(|| read(include_str!("../../../data/arm/credentials.toml")));
static EXPOSURE: LazyLock<Exposure> = LazyLock::new(|| read(include_str!("../../../data/arm/exposure.toml")));

#[allow(clippy::panic)] // a table is part of the program; a unit test reads each
fn read<T: DeserializeOwned>(text: &str) -> T {
    crate::table::read(text).unwrap_or_else(|error| panic!("data/arm: {error}"))
}

/// Reads every table now.
pub(super) fn warm() {
    LazyLock::force(&IDENTITIES);
    LazyLock::force(&CREDENTIALS);
    LazyLock::force(&EXPOSURE);
}

/// Whether a type, in lower case, is what a pattern says; an older or newer generation of a type is the same.
fn fits(pattern: &str, kind: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    glob(&pattern, kind) || unversioned(kind).is_some_and(|kind| glob(&pattern, kind))
}

/// `microsoft.a/things_v2` -> `microsoft.a/things`.
fn unversioned(kind: &str) -> Option<&str> {
    let (stem, version) = kind.rsplit_once('v')?;
    let stem = stem.strip_suffix('_').unwrap_or(stem);
    (!version.is_empty() && version.bytes().all(|b| b.is_ascii_digit())).then_some(stem)
}

/// The name of a built-in role.
pub(super) fn role(id: &str) -> Option<&'static str> {
    IDENTITIES.role.iter().find(|row| row.id.eq_ignore_ascii_case(id)).map(|row| row.name.as_str())
}

pub(super) fn identity(kind: &str) -> Option<&'static Identity> {
    IDENTITIES.identity.iter().find(|row| fits(&row.r#type, kind))
}

pub(super) fn federation(kind: &str) -> Option<&'static Federation> {
    IDENTITIES.federation.iter().find(|row| fits(&row.r#type, kind))
}

pub(super) fn keys(kind: &str) -> impl Iterator<Item = &'static Key> {
    CREDENTIALS.key.iter().filter(move |row| fits(&row.r#type, kind))
}

pub(super) fn shared_keys(kind: &str) -> impl Iterator<Item = &'static SharedKey> {
    CREDENTIALS.shared_key.iter().filter(move |row| fits(&row.r#type, kind))
}

/// The row for a property by its path in lower case: the first that fits, so that rows of one type stand before general
/// ones.
pub(super) fn secret(kind: &str, path: &str) -> Option<&'static Secret> {
    CREDENTIALS
        .secret
        .iter()
        .find(|row| glob(&row.property.to_ascii_lowercase(), path) && fits(&row.r#type, kind))
}

/// Whether a function, in lower case, gives what is secret.
pub(super) fn is_listing(function: &str) -> bool {
    CREDENTIALS.listed.iter().any(|row| glob(&row.function.to_ascii_lowercase(), function))
}

/// What a function gives of a type of resource, both in lower case.
pub(super) fn listed(kind: &str, function: &str) -> Option<&'static Listed> {
    CREDENTIALS
        .listed
        .iter()
        .find(|row| glob(&row.function.to_ascii_lowercase(), function) && fits(&row.r#type, kind))
}

pub(super) fn endpoints(kind: &str) -> impl Iterator<Item = &'static Endpoint> {
    EXPOSURE.endpoint.iter().filter(move |row| fits(&row.r#type, kind))
}

pub(super) fn everything(kind: &str) -> impl Iterator<Item = &'static Everything> {
    EXPOSURE.everything.iter().filter(move |row| fits(&row.r#type, kind))
}

pub(super) fn given(kind: &str) -> impl Iterator<Item = &'static Given> {
    EXPOSURE.given.iter().filter(move |row| fits(&row.r#type, kind))
}

/// Whether a table knows a type of resource, in lower case.
pub(super) fn knows(kind: &str) -> bool {
    identity(kind).is_some()
        || federation(kind).is_some()
        || keys(kind).next().is_some()
        || shared_keys(kind).any(|row| row.r#type != "Microsoft.*")
        || endpoints(kind).next().is_some()
        || everything(kind).next().is_some()
        || given(kind).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_parses_and_names_its_sources() {
        warm();
        let sources = IDENTITIES
            .role
            .iter()
            .map(|r| &r._source)
            .chain(IDENTITIES.identity.iter().map(|r| &r._source))
            .chain(IDENTITIES.federation.iter().map(|r| &r._source))
            .chain(CREDENTIALS.key.iter().map(|r| &r._source))
            .chain(CREDENTIALS.shared_key.iter().map(|r| &r.source))
            .chain(CREDENTIALS.secret.iter().map(|r| &r._source))
            .chain(CREDENTIALS.listed.iter().map(|r| &r._source))
            .chain(EXPOSURE.endpoint.iter().map(|r| &r._source))
            .chain(EXPOSURE.everything.iter().map(|r| &r._source))
            .chain(EXPOSURE.given.iter().map(|r| &r._source));
        let sources: Vec<_> = sources.collect();
        assert!(sources.len() > 50 && sources.iter().all(|s| s.starts_with("https://learn.microsoft.com/")));
    }

    #[test]
    fn a_new_generation_of_a_type_is_the_same() {
        assert!(fits("Microsoft.Storage/storageAccounts", "microsoft.storage/storageaccounts_v2"));
        assert!(fits("Microsoft.Storage/storageAccounts", "microsoft.storage/storageaccountsv3"));
        assert!(!fits("Microsoft.Storage/storageAccounts", "microsoft.storage/other"));
    }
}
