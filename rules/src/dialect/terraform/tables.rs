//! What is known of resource types, as data: `data/terraform/*.toml`. Types are matched by pattern (`*`), and a version
//! ending such as `_v1` is tried without, so that a renamed resource keeps its row.

mod credentials;
mod rights;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::dialect::values::glob;
pub(super) use credentials::*;
pub(super) use rights::{Acl, Given};

/// What arguments let conclude about computed attributes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shape {
    pub(super) r#type: String,
    #[serde(default)]
    pub(super) same: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) computed: BTreeMap<String, String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A resource that brings an identity into being.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    pub(super) r#type: String,
    pub(super) is: String,
    pub(super) label: String,
    pub(super) name: String,
    pub(super) scope: Vec<String>,
    pub(super) purpose: Option<String>,
    pub(super) tagged: bool,
    #[serde(rename = "source")]
    _source: String,
}

/// Identities and the arguments that say who owns them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identities {
    pub(super) tag_arguments: Vec<String>,
    identity: Vec<Identity>,
    workload: Vec<Workload>,
}

/// A resource that runs as an identity.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workload {
    pub(super) r#type: String,
    pub(super) argument: String,
    pub(super) is: String,
    #[serde(rename = "source")]
    _source: String,
}

/// What a policy argument is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Grammar {
    /// Who may do what.
    Policy,
    /// Who may become the role.
    Trust,
}

/// An argument that holds an AWS policy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Carrier {
    pub(super) r#type: String,
    pub(super) policy: String,
    pub(super) grammar: Grammar,
    pub(super) holder: String,
    pub(super) by: String,
    #[serde(rename = "source")]
    _source: String,
}

/// A resource that gives a policy to somebody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attachment {
    pub(super) r#type: String,
    pub(super) policy: String,
    /// Argument -> kind of what it names.
    pub(super) to: BTreeMap<String, String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A resource that gives a role to members.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub(super) r#type: String,
    pub(super) role: String,
    pub(super) role_id: Option<String>,
    pub(super) condition: Option<String>,
    pub(super) members: String,
    pub(super) on: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Policies {
    acl: Vec<Acl>,
    carrier: Vec<Carrier>,
    attachment: Vec<Attachment>,
    member: Vec<Member>,
    role: Vec<Role>,
    given: Vec<Given>,
    deciding: Vec<Deciding>,
}

/// Arguments on which a fact hangs that no other table names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deciding {
    r#type: String,
    arguments: Vec<String>,
}

/// A role that the platform brings along, by the id it has everywhere.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    id: String,
    name: String,
    #[serde(rename = "source")]
    _source: String,
}

/// Who can reach an endpoint of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reach {
    /// The internet.
    Internet,
    /// A private network.
    Private,
}

/// An interface that others can call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoint {
    pub(super) r#type: String,
    pub(super) label: String,
    pub(super) name: String,
    pub(super) auth: String,
    pub(super) alternative: Option<String>,
    pub(super) anonymous: Vec<String>,
    pub(super) default: Option<String>,
    pub(super) key: Option<String>,
    pub(super) reach: Option<Reach>,
    #[serde(default)]
    pub(super) only_lets: bool,
    /// Names that ask nobody by design: the browser's question before the call.
    #[serde(default)]
    pub(super) except: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A switch at which whoever signs in may do everything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Everything {
    r#type: String,
    pub(super) argument: String,
    pub(super) on: bool,
    pub(super) action: String,
    #[serde(rename = "source")]
    _source: String,
}

/// A resource that opens an identity to tokens of another issuer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Federation {
    pub(super) r#type: String,
    pub(super) opens: String,
    pub(super) alternative: Option<String>,
    pub(super) kind: String,
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) expression: Option<String>,
    pub(super) audiences: String,
    #[serde(rename = "source")]
    _source: String,
}

/// A resource that runs as the platform's default identity when an argument is not written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefaultIdentity {
    pub(super) r#type: String,
    pub(super) argument: String,
    pub(super) block: Option<String>,
    #[serde(default)]
    pub(super) unless: Vec<String>,
    pub(super) not_named: Option<String>,
    pub(super) is: String,
    pub(super) name: String,
    pub(super) source: String,
}

/// A default identity that is written out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedIdentity {
    pattern: String,
    name: String,
    #[serde(rename = "source")]
    _source: String,
}

/// What a resource needs of the role it runs with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NeedRow {
    pub(super) r#type: String,
    pub(super) through: String,
    pub(super) argument: String,
    pub(super) service: String,
    pub(super) actions: Vec<String>,
    pub(super) because: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exposure {
    endpoint: Vec<Endpoint>,
    everything: Vec<Everything>,
    federation: Vec<Federation>,
    default: Vec<DefaultIdentity>,
    shared: Vec<SharedIdentity>,
    need: Vec<NeedRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shapes {
    shape: Vec<Shape>,
}

static SHAPES: LazyLock<Shapes> = LazyLock::new(|| read(include_str!("../../../data/terraform/shapes.toml")));
static IDENTITIES: LazyLock<Identities> =
    LazyLock::new(|| read(include_str!("../../../data/terraform/identities.toml")));
static POLICIES: LazyLock<Policies> =
    LazyLock::new(|| read(include_str!("../../../data/terraform/policies.toml")));
static EXPOSURE: LazyLock<Exposure> =
    LazyLock::new(|| read(include_str!("../../../data/terraform/exposure.toml")));

#[allow(clippy::panic)] // a table is part of the program; a unit test reads each
pub(super) fn read<T: DeserializeOwned>(text: &str) -> T {
    crate::table::read(text).unwrap_or_else(|error| panic!("data/terraform: {error}"))
}

/// Reads every table now.
pub(super) fn warm() {
    LazyLock::force(&SHAPES);
    LazyLock::force(&IDENTITIES);
    LazyLock::force(&POLICIES);
    credentials::warm();
    LazyLock::force(&EXPOSURE);
}

pub(super) fn shape(kind: &str) -> Option<&'static Shape> {
    SHAPES.shape.iter().find(|row| is_of(&row.r#type, kind))
}

pub(super) fn identities() -> &'static Identities {
    &IDENTITIES
}

pub(super) fn identity(kind: &str) -> Option<&'static Identity> {
    IDENTITIES.identity.iter().find(|row| is_of(&row.r#type, kind))
}

/// The carriers of a type: its own rows, else those of the pattern that fits.
pub(super) fn carriers(kind: &str) -> Vec<&'static Carrier> {
    let own: Vec<&Carrier> =
        POLICIES.carrier.iter().filter(|row| !row.r#type.contains('*') && is_of(&row.r#type, kind)).collect();
    if !own.is_empty() {
        return own;
    }
    POLICIES.carrier.iter().filter(|row| is_of(&row.r#type, kind)).collect()
}

pub(super) fn acls(kind: &str) -> impl Iterator<Item = &'static Acl> {
    POLICIES.acl.iter().filter(move |row| is_of(&row.r#type, kind))
}

pub(super) fn workload(kind: &str) -> Option<&'static Workload> {
    IDENTITIES.workload.iter().find(|row| is_of(&row.r#type, kind))
}

pub(super) fn attachments(kind: &str) -> impl Iterator<Item = &'static Attachment> {
    POLICIES.attachment.iter().filter(move |row| is_of(&row.r#type, kind))
}

pub(super) fn member(kind: &str) -> Option<&'static Member> {
    POLICIES.member.iter().find(|row| is_of(&row.r#type, kind))
}

/// The name of a built-in role; an id that is a name already is that name.
pub(super) fn role_named(id: &str) -> Option<&str> {
    POLICIES
        .role
        .iter()
        .find(|row| row.id.eq_ignore_ascii_case(id) || row.name == id)
        .map(|row| row.name.as_str())
}

pub(super) fn given(kind: &str) -> impl Iterator<Item = &'static Given> {
    POLICIES.given.iter().filter(move |row| is_of(&row.r#type, kind))
}

/// The arguments of a type on which a fact hangs: without them its rows say nothing.
pub(super) fn deciding(kind: &str) -> Vec<&'static str> {
    let mut all: Vec<&str> = Vec::new();
    all.extend(acls(kind).map(|row| row.argument.as_str()));
    all.extend(given(kind).map(|row| row.argument.as_str()));
    all.extend(everything(kind).map(|row| row.argument.as_str()));
    all.extend(default_identities(kind).map(|row| row.argument.as_str()));
    all.extend(sessions(kind).map(|row| row.argument.as_str()));
    all.extend(
        member(kind)
            .into_iter()
            .flat_map(|row| [Some(&row.role), row.role_id.as_ref()])
            .flatten()
            .map(String::as_str),
    );
    if let Some(row) = federation(kind) {
        all.extend([&row.issuer, &row.subject].map(String::as_str));
        all.extend(row.expression.as_deref());
    }
    if let Some(row) = key_resource(kind) {
        all.extend(row.expires.as_deref());
        all.extend(row.age.as_ref().map(|age| age.argument.as_str()));
    }
    let rows = POLICIES.deciding.iter().filter(|row| is_of(&row.r#type, kind));
    all.extend(rows.flat_map(|row| &row.arguments).map(String::as_str));
    all
}

/// The arguments by which a resource of a type gives rights.
pub(super) fn asked(kind: &str) -> Vec<&'static str> {
    let policies = carriers(kind).into_iter().map(|row| row.policy.as_str());
    policies.chain(attachments(kind).map(|row| row.policy.as_str())).chain(deciding(kind)).collect()
}

/// Whether a row speaks of a type.
pub(super) fn knows(kind: &str) -> bool {
    identity(kind).is_some()
        || !carriers(kind).is_empty()
        || attachments(kind).next().is_some()
        || key_resource(kind).is_some()
        || shared_keys(kind).next().is_some()
        || endpoints(kind).next().is_some()
        || workload(kind).is_some()
        || !deciding(kind).is_empty()
}

pub(super) fn endpoints(kind: &str) -> impl Iterator<Item = &'static Endpoint> {
    EXPOSURE.endpoint.iter().filter(move |row| is_of(&row.r#type, kind))
}

pub(super) fn everything(kind: &str) -> impl Iterator<Item = &'static Everything> {
    EXPOSURE.everything.iter().filter(move |row| is_of(&row.r#type, kind))
}

pub(super) fn federation(kind: &str) -> Option<&'static Federation> {
    EXPOSURE.federation.iter().find(|row| is_of(&row.r#type, kind))
}

/// The defaults of a type: one argument each.
pub(super) fn default_identities(kind: &str) -> impl Iterator<Item = &'static DefaultIdentity> {
    EXPOSURE.default.iter().filter(move |row| is_of(&row.r#type, kind))
}

/// What a written identity is called if it is a default one.
pub(super) fn shared_identity(written: &str) -> Option<&'static str> {
    EXPOSURE.shared.iter().find(|row| glob(&row.pattern, written)).map(|row| row.name.as_str())
}

pub(super) fn needs(kind: &str) -> impl Iterator<Item = &'static NeedRow> {
    EXPOSURE.need.iter().filter(move |row| is_of(&row.r#type, kind))
}

/// Whether a type fits a pattern, as it is or without its version.
pub(super) fn is_of(pattern: &str, kind: &str) -> bool {
    glob(pattern, kind) || unversioned(kind).is_some_and(|kind| glob(pattern, kind))
}

/// `kubernetes_role_v1` -> `kubernetes_role`.
fn unversioned(kind: &str) -> Option<&str> {
    let (stem, version) = kind.rsplit_once("_v")?;
    (!version.is_empty() && version.bytes().all(|b| b.is_ascii_digit())).then_some(stem)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_table_parses() {
        warm();
        assert!(!IDENTITIES.identity.is_empty());
    }

    #[test]
    fn versions_and_patterns_find_their_row() {
        assert_eq!(identity("aws_iam_role_v1").unwrap().label, "role");
        assert_eq!(secret("provider:aws", "secret_key").unwrap().kind, "cloud-key");
        assert_eq!(secret("aws_db_instance", "password").unwrap().kind, "password");
        assert!(secret("aws_db_instance", "engine").is_none());
        assert_eq!(carriers("aws_iam_role").len(), 2);
        assert_eq!(carriers("aws_vpc_endpoint").len(), 2);
        assert!(glob("a*c*e", "abcde") && !glob("a*c*e", "abcdef") && !glob("ab", "abc"));
    }
}
