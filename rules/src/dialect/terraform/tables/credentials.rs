//! Credentials that resources make, hold or print, as data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{is_of, read};
use crate::dialect::values::{Unit, glob};
use crate::fact::LifetimeClass;

/// An argument that names an identity.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect::terraform) struct Owner {
    pub(in crate::dialect::terraform) argument: String,
    pub(in crate::dialect::terraform) kind: String,
}

/// An argument with a length of time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect::terraform) struct Age {
    pub(in crate::dialect::terraform) argument: String,
    pub(in crate::dialect::terraform) unit: Unit,
}

/// What it means that a resource does not say when its credential ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::dialect::terraform) enum Unsaid {
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

/// A switch beside which a resource takes keys of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect::terraform) struct SharedKey {
    r#type: String,
    pub(in crate::dialect::terraform) argument: String,
    /// The value at which keys are taken.
    pub(in crate::dialect::terraform) on: bool,
    /// Types that take keys when nothing is said.
    default_on: Vec<String>,
    #[serde(default = "standing")]
    pub(in crate::dialect::terraform) class: LifetimeClass,
    pub(in crate::dialect::terraform) platform: String,
    pub(in crate::dialect::terraform) title: String,
    pub(in crate::dialect::terraform) source: String,
}

impl SharedKey {
    /// Whether a type takes keys when nothing is said.
    pub(in crate::dialect::terraform) fn by_default(&self, kind: &str) -> bool {
        self.default_on.iter().any(|pattern| is_of(pattern, kind))
    }
}

/// A resource that makes a standing credential.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect::terraform) struct KeyResource {
    pub(in crate::dialect::terraform) r#type: String,
    pub(in crate::dialect::terraform) platform: String,
    pub(in crate::dialect::terraform) title: String,
    pub(in crate::dialect::terraform) owner: Option<Owner>,
    pub(in crate::dialect::terraform) expires: Option<String>,
    pub(in crate::dialect::terraform) begins: Option<String>,
    pub(in crate::dialect::terraform) age: Option<Age>,
    #[serde(default)]
    pub(in crate::dialect::terraform) endless: bool,
    /// Only where an argument has this value.
    pub(in crate::dialect::terraform) only: Option<BTreeMap<String, bool>>,
    /// The argument with which it is switched off, and its value.
    pub(in crate::dialect::terraform) off: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub(in crate::dialect::terraform) absent: Unsaid,
    #[serde(default = "standing")]
    pub(in crate::dialect::terraform) class: LifetimeClass,
    pub(in crate::dialect::terraform) federation: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// An argument that says how long sessions or tokens work.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect::terraform) struct Session {
    pub(in crate::dialect::terraform) r#type: String,
    pub(in crate::dialect::terraform) argument: String,
    pub(in crate::dialect::terraform) unit: Unit,
    /// The argument that names the unit, where there is one.
    pub(in crate::dialect::terraform) unit_by: Option<String>,
    pub(in crate::dialect::terraform) class: LifetimeClass,
    pub(in crate::dialect::terraform) kind: String,
    pub(in crate::dialect::terraform) platform: String,
    pub(in crate::dialect::terraform) title: String,
    #[serde(default)]
    pub(in crate::dialect::terraform) endless: bool,
    pub(in crate::dialect::terraform) ca: Option<String>,
    /// The argument is a period within which a token can be renewed; this one names its last end, if there is one.
    pub(in crate::dialect::terraform) renewed_until: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// An argument that holds a secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect::terraform) struct Secret {
    pub(in crate::dialect::terraform) r#type: String,
    pub(in crate::dialect::terraform) argument: String,
    pub(in crate::dialect::terraform) kind: String,
    pub(in crate::dialect::terraform) title: String,
    #[serde(default)]
    pub(in crate::dialect::terraform) platform: Option<String>,
    #[serde(default)]
    pub(in crate::dialect::terraform) login: bool,
    #[serde(default)]
    pub(in crate::dialect::terraform) federation: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Attributes that are secrets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect::terraform) struct SecretOutput {
    pub(in crate::dialect::terraform) r#type: String,
    pub(in crate::dialect::terraform) attributes: Vec<String>,
    pub(in crate::dialect::terraform) title: String,
    pub(in crate::dialect::terraform) platform: String,
    #[serde(rename = "source")]
    _source: String,
}

/// An argument whose values a provider keeps as secrets, whatever they are called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect::terraform) struct Declared {
    r#type: String,
    pub(in crate::dialect::terraform) argument: String,
    #[serde(rename = "source")]
    _source: String,
}

/// What a text in an argument is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::dialect::terraform) enum Language {
    /// A script of a shell, or of PowerShell.
    Script,
    /// Values in YAML.
    Values,
}

/// An argument that holds a text in another language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptRow {
    r#type: String,
    argument: String,
    language: Language,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    script: Vec<ScriptRow>,
    declared: Vec<Declared>,
    key: Vec<KeyResource>,
    shared_key: Vec<SharedKey>,
    session: Vec<Session>,
    secret: Vec<Secret>,
    secret_output: Vec<SecretOutput>,
}

static CREDENTIALS: LazyLock<Credentials> =
    LazyLock::new(|| read(include_str!("../../../../data/terraform/credentials.toml")));

pub(super) fn warm() {
    LazyLock::force(&CREDENTIALS);
}

pub(in crate::dialect::terraform) fn key_resource(kind: &str) -> Option<&'static KeyResource> {
    CREDENTIALS.key.iter().find(|row| is_of(&row.r#type, kind))
}

pub(in crate::dialect::terraform) fn shared_keys(kind: &str) -> impl Iterator<Item = &'static SharedKey> {
    CREDENTIALS.shared_key.iter().filter(move |row| is_of(&row.r#type, kind))
}

pub(in crate::dialect::terraform) fn sessions(kind: &str) -> impl Iterator<Item = &'static Session> {
    CREDENTIALS.session.iter().filter(move |row| is_of(&row.r#type, kind))
}

/// The row for an argument: the first that fits, so that rows of one type stand before general ones.
pub(in crate::dialect::terraform) fn secret(kind: &str, argument: &str) -> Option<&'static Secret> {
    CREDENTIALS
        .secret
        .iter()
        .filter(|row| row.r#type.starts_with("provider:") == kind.starts_with("provider:"))
        .find(|row| is_of(&row.r#type, kind) && glob(&row.argument, argument))
}

/// Secret attributes of a resource type, or of a data source as `data.type`.
pub(in crate::dialect::terraform) fn secret_output(
    kind: &str,
    attribute: &str,
) -> Option<&'static SecretOutput> {
    CREDENTIALS
        .secret_output
        .iter()
        .find(|row| is_of(&row.r#type, kind) && row.attributes.iter().any(|a| a == attribute))
}

/// The arguments of a resource or block whose values are kept as secrets.
pub(in crate::dialect::terraform) fn declared(kind: &str) -> impl Iterator<Item = &'static Declared> {
    CREDENTIALS.declared.iter().filter(move |row| is_of(&row.r#type, kind))
}

/// What the text of an argument is written in; `None` for one that is none.
pub(in crate::dialect::terraform) fn script(kind: &str, argument: &str) -> Option<Language> {
    let found =
        CREDENTIALS.script.iter().find(|row| is_of(&row.r#type, kind) && glob(&row.argument, argument));
    found.map(|row| row.language)
}
