//! The tables of `data/kubernetes/`: what the platform and its programs are documented to do.

#![cfg_attr(not(test), allow(dead_code))] // the sources of rows are read by the test that holds that each has one

#[cfg(test)]
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::roles::ROLES;

/// A kind of manifest that holds a pod specification.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workload {
    pub(super) kind: String,
    pub(super) group: String,
    pub(super) path: Vec<String>,
    #[serde(default)]
    pub(super) run_by: Option<String>,
    pub(super) source: String,
}

/// A registry of the Kubernetes project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstParty {
    pub(super) registry: String,
    pub(super) source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workloads {
    workload: Vec<Workload>,
    pub(super) first_party: Vec<FirstParty>,
}

impl Workloads {
    /// The row of a kind.
    pub(super) fn find(&self, group: &str, kind: &str) -> Option<&Workload> {
        self.workload.iter().find(|w| w.kind == kind && w.group == group)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    key: String,
    source: String,
}

/// How a cloud identity is written in an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CloudForm {
    AwsRoleArn,
    GcpEmail,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CloudIdentity {
    annotation: String,
    form: CloudForm,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Instead {
    platform: String,
    #[serde(rename = "use")]
    what: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metadata {
    acts_as: Vec<CloudIdentity>,
    instead: Vec<Instead>,
}

impl Metadata {
    /// How the cloud identity in this annotation is written.
    pub(super) fn cloud_identity(&self, annotation: &str) -> Option<CloudForm> {
        self.acts_as.iter().find(|row| row.annotation == annotation).map(|row| row.form)
    }

    /// What a workload uses in place of a standing key of this platform.
    pub(super) fn instead_of_key(&self, platform: &str) -> Option<String> {
        self.instead.iter().find(|row| row.platform == platform).map(|row| row.what.clone())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Public {
    #[serde(rename = "type")]
    of: String,
    key: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    prefix: String,
    suffix: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secrets {
    public: Vec<Public>,
    reference: Vec<Reference>,
    token_annotation: Vec<Key>,
}

impl Secrets {
    /// Whether the documentation of the Secret's type calls this key public.
    pub(super) fn is_public(&self, of: &str, key: &str) -> bool {
        self.public.iter().any(|row| row.of == of && row.key == key)
    }

    /// Whether the text names a secret of a store in the form of a known tool.
    pub(super) fn is_store_reference(&self, text: &str) -> bool {
        self.reference.iter().any(|row| {
            text.len() > row.prefix.len() + row.suffix.len()
                && text.starts_with(&row.prefix)
                && text.ends_with(&row.suffix)
                && !text.contains(char::is_whitespace)
        })
    }

    /// Whether the annotation names the service account of a legacy token.
    pub(super) fn names_account(&self, annotation: &str) -> bool {
        self.token_annotation.iter().any(|row| row.key == annotation)
    }
}

/// Which values of a flag or key open an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::dialect) enum Open {
    True,
    False,
    Nonzero,
    Value,
    /// A list with an item that asks for nothing.
    Empty,
}

impl Open {
    /// Whether a written value opens; `None` if the value cannot be read as this row expects.
    pub(in crate::dialect) fn by(self, value: &str, values: &[String]) -> Option<bool> {
        let value = value.trim();
        let lower = value.to_ascii_lowercase();
        match self {
            Self::True | Self::False => {
                let stated = match lower.as_str() {
                    "true" | "1" | "t" => true,
                    "false" | "0" | "f" => false,
                    _ => return None,
                };
                Some(stated == (self == Self::True))
            }
            Self::Empty => None,
            Self::Nonzero => value.parse::<u64>().ok().map(|n| n != 0),
            Self::Value => Some(
                value.split(',').any(|one| values.iter().any(|v| v == "*" && !one.is_empty() || v == one)),
            ),
        }
    }
}

/// What an open interface gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::dialect) enum Gives {
    Anonymous,
    Everything,
    StaticToken,
}

/// What holds when a flag is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::dialect) enum Unset {
    Open,
    Closed,
}

/// A flag or environment variable of a program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect) struct Setting {
    pub(in crate::dialect) name: String,
    pub(in crate::dialect) open: Open,
    #[serde(default)]
    pub(in crate::dialect) values: Vec<String>,
    #[serde(default)]
    pub(in crate::dialect) default: Option<Unset>,
    pub(in crate::dialect) gives: Gives,
    pub(in crate::dialect) source: String,
}

/// A program that serves an interface.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect) struct Program {
    pub(in crate::dialect) names: Vec<String>,
    pub(in crate::dialect) title: String,
    pub(in crate::dialect) auth: Vec<Vec<String>>,
    source: String,
    #[serde(default)]
    pub(in crate::dialect) flag: Vec<Setting>,
    #[serde(default)]
    pub(in crate::dialect) variable: Vec<Setting>,
}

/// Values of another key with which a document opens nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unless {
    pub(super) path: Vec<String>,
    pub(super) values: Vec<String>,
}

/// A configuration document of a program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigKey {
    kind: String,
    group: String,
    /// Only documents of this name.
    pub(super) name: Option<String>,
    pub(super) path: Vec<String>,
    pub(super) unless: Option<Unless>,
    pub(super) title: String,
    /// What `everything` is in words of the program's own.
    pub(super) action: Option<String>,
    pub(super) auth: Vec<Vec<String>>,
    pub(super) open: Open,
    #[serde(default)]
    pub(super) values: Vec<String>,
    pub(super) gives: Gives,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::dialect) struct Endpoints {
    program: Vec<Program>,
    document: Vec<ConfigKey>,
}

impl Endpoints {
    /// The program of this file or image name.
    pub(in crate::dialect) fn program(&self, name: &str) -> Option<&Program> {
        self.program.iter().find(|p| p.names.iter().any(|n| n == name))
    }

    /// The keys of a kind of configuration document.
    pub(super) fn keys(&self, group: &str, kind: &str) -> impl Iterator<Item = &ConfigKey> {
        self.document.iter().filter(move |row| row.kind == kind && row.group == group)
    }
}

/// Where a controller is given a standing key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoreKey {
    kinds: Vec<String>,
    group: String,
    pub(super) path: Vec<String>,
    pub(super) platform: String,
    pub(super) kind: String,
    pub(super) what: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stores {
    store: Vec<StoreKey>,
}

impl Stores {
    /// The keys that a kind may be given.
    pub(super) fn keys(&self, group: &str, kind: &str) -> impl Iterator<Item = &StoreKey> {
        self.store.iter().filter(move |row| row.group == group && row.kinds.iter().any(|k| k == kind))
    }
}

/// Whether a command's first argument names a resource type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Takes {
    Resource,
    Name,
}

/// A kubectl subcommand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subcommand {
    pub(super) words: String,
    pub(super) verbs: Vec<String>,
    #[serde(default)]
    pub(super) resource: Option<String>,
    #[serde(default)]
    pub(super) extra: Vec<String>,
    pub(super) takes: Takes,
    source: String,
}

/// A resource of the API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resource {
    pub(super) name: String,
    pub(super) group: String,
    short: Vec<String>,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueFlag {
    name: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kubectl {
    command: Vec<Subcommand>,
    resource: Vec<Resource>,
    value_flag: Vec<ValueFlag>,
}

impl Kubectl {
    /// The subcommand that these words begin with, longest first.
    pub(super) fn command(&self, words: &[&str]) -> Option<&Subcommand> {
        let two = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        let one = words.first().copied().unwrap_or_default();
        self.command.iter().find(|c| c.words == two).or_else(|| self.command.iter().find(|c| c.words == one))
    }

    /// A resource by plural, singular or short name, with or without its group.
    pub(super) fn resource(&self, name: &str) -> Option<&Resource> {
        let plain = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
        self.resource.iter().find(|r| r.name == plain || r.short.contains(&plain))
    }

    /// Whether a flag takes the next word.
    pub(super) fn takes_value(&self, flag: &str) -> bool {
        self.value_flag.iter().any(|row| row.name == flag)
    }
}

// The tables are part of the program: the test below holds that they parse.
#[allow(clippy::expect_used)]
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> T {
    crate::table::read(text).expect("a table under data/kubernetes parses")
}

pub(super) static WORKLOADS: LazyLock<Workloads> =
    LazyLock::new(|| parse(include_str!("../../../data/kubernetes/workloads.toml")));
pub(super) static METADATA: LazyLock<Metadata> =
    LazyLock::new(|| parse(include_str!("../../../data/kubernetes/metadata.toml")));
pub(super) static SECRETS: LazyLock<Secrets> =
    LazyLock::new(|| parse(include_str!("../../../data/kubernetes/secrets.toml")));
pub(in crate::dialect) static ENDPOINTS: LazyLock<Endpoints> =
    LazyLock::new(|| parse(include_str!("../../../data/kubernetes/endpoints.toml")));
pub(super) static STORES: LazyLock<Stores> =
    LazyLock::new(|| parse(include_str!("../../../data/kubernetes/stores.toml")));
pub(super) static KUBECTL: LazyLock<Kubectl> =
    LazyLock::new(|| parse(include_str!("../../../data/kubernetes/kubectl.toml")));

/// Reads the tables now, so that a snapshot of the module holds them.
pub(super) fn warm() {
    LazyLock::force(&WORKLOADS);
    LazyLock::force(&ROLES);
    LazyLock::force(&METADATA);
    LazyLock::force(&SECRETS);
    LazyLock::force(&ENDPOINTS);
    LazyLock::force(&KUBECTL);
    LazyLock::force(&STORES);
}

/// Every source, by the row it vouches for.
#[cfg(test)]
pub(super) fn sources() -> BTreeMap<String, &'static str> {
    let mut all = BTreeMap::new();
    let mut add = |row: String, source: &'static str| {
        all.insert(row, source);
    };
    WORKLOADS.workload.iter().for_each(|w| add(format!("{}/{}", w.group, w.kind), &w.source));
    WORKLOADS.first_party.iter().for_each(|r| add(r.registry.clone(), &r.source));
    for row in &SECRETS.token_annotation {
        add(row.key.clone(), &row.source);
    }
    METADATA.acts_as.iter().for_each(|r| add(r.annotation.clone(), &r.source));
    METADATA.instead.iter().for_each(|r| add(format!("instead of {}", r.platform), &r.source));
    SECRETS.public.iter().for_each(|r| add(format!("{} {}", r.of, r.key), &r.source));
    SECRETS.reference.iter().for_each(|r| add(r.prefix.clone(), &r.source));
    for program in &ENDPOINTS.program {
        add(program.title.clone(), &program.source);
        for setting in program.flag.iter().chain(&program.variable) {
            add(format!("{} {}", program.title, setting.name), &setting.source);
        }
    }
    ENDPOINTS.document.iter().for_each(|d| add(format!("{} {}", d.kind, d.path.join(".")), &d.source));
    KUBECTL.command.iter().for_each(|c| add(format!("kubectl {}", c.words), &c.source));
    KUBECTL.resource.iter().for_each(|r| add(format!("resource {}", r.name), &r.source));
    KUBECTL.value_flag.iter().for_each(|f| add(format!("kubectl {}", f.name), &f.source));
    STORES.store.iter().for_each(|s| add(format!("{} {}", s.kinds.join(" "), s.path.join(".")), &s.source));
    all.extend(ROLES.sources());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_parses_and_has_a_source() {
        warm();
        let sources = sources();
        assert!(sources.len() > 120, "only {} rows", sources.len());
        for (row, source) in sources {
            assert!(
                source.starts_with("https://") || source.starts_with("house rule: "),
                "{row}: `{source}`"
            );
        }
    }

    #[test]
    fn a_flag_opens_by_its_value() {
        assert_eq!(Open::True.by("true", &[]), Some(true));
        assert_eq!(Open::True.by("$(X)", &[]), None);
        assert_eq!(Open::False.by("false", &[]), Some(true));
        assert_eq!(Open::Nonzero.by("0", &[]), Some(false));
        assert_eq!(Open::Value.by("Node,AlwaysAllow", &["AlwaysAllow".to_owned()]), Some(true));
    }
}
