//! What is known of resource types, as data: `data/cloudformation/*.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::dialect::values::{Unit, glob};
use crate::fact::LifetimeClass;

/// What a resource is called, and what references to it give.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shape {
    r#type: String,
    pub(super) name: Option<String>,
    pub(super) r#ref: Option<String>,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shapes {
    shape: Vec<Shape>,
}

/// What a policy is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Grammar {
    /// Who may do what.
    Policy,
    /// Who may become the role.
    Trust,
    /// One statement without the document around it, or several.
    Statement,
}

/// A property that holds an AWS policy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Carrier {
    r#type: String,
    pub(super) policy: String,
    pub(super) grammar: Grammar,
    pub(super) holder: String,
    pub(super) by: String,
    #[serde(rename = "source")]
    _source: String,
}

/// A property that gives policies to somebody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attachment {
    r#type: String,
    pub(super) policy: String,
    /// Path -> kind of what it names.
    pub(super) to: BTreeMap<String, String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A condition that a property states.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub(super) property: String,
    pub(super) operator: String,
    pub(super) key: String,
}

/// A resource that is one statement of a policy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Statement {
    r#type: String,
    pub(super) holder: String,
    pub(super) by: String,
    pub(super) action: String,
    pub(super) principal: String,
    pub(super) conditions: Vec<Asked>,
    #[serde(rename = "source")]
    _source: String,
}

/// To whom a canned right is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Everybody {
    /// Anybody, without signing in.
    Anyone,
    /// Anybody with an account.
    AnyAccount,
}

/// A property whose one word gives rights to everybody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Canned {
    r#type: String,
    pub(super) property: String,
    pub(super) holder: String,
    pub(super) values: BTreeMap<String, Everybody>,
    pub(super) actions: BTreeMap<String, Vec<String>>,
    pub(super) unless: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Rights that a property gives by naming them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    r#type: String,
    #[serde(default)]
    pub(super) each: String,
    pub(super) property: String,
    #[serde(default)]
    pub(super) only: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) unless: BTreeMap<String, String>,
    pub(super) holder: String,
    pub(super) names: BTreeMap<String, String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Policies {
    carrier: Vec<Carrier>,
    attachment: Vec<Attachment>,
    statement: Vec<Statement>,
    canned: Vec<Canned>,
    given: Vec<Given>,
}

/// A resource that brings an identity into being.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    r#type: String,
    pub(super) is: String,
    pub(super) label: String,
    pub(super) purpose: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A resource that acts as a role.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Actor {
    r#type: String,
    pub(super) is: String,
    pub(super) role: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identities {
    identity: Vec<Identity>,
    actor: Vec<Actor>,
}

/// A property that names an identity.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Owner {
    pub(super) argument: String,
    pub(super) kind: String,
}

/// A resource that makes a standing credential.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    r#type: String,
    pub(super) platform: String,
    pub(super) title: String,
    pub(super) owner: Option<Owner>,
    pub(super) expires: Option<String>,
    /// How long it works where nothing is said, in seconds; without it, for ever.
    pub(super) lasts: Option<u64>,
    /// The property with which it is switched off, and its value.
    pub(super) off: Option<BTreeMap<String, String>>,
    pub(super) federation: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A property that says how long sessions or tokens work.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    r#type: String,
    pub(super) argument: String,
    pub(super) unit: Unit,
    pub(super) words: Option<String>,
    /// The property that names the template of a certificate, which may be an authority's.
    pub(super) ca: Option<String>,
    pub(super) class: LifetimeClass,
    pub(super) kind: String,
    pub(super) platform: String,
    pub(super) title: String,
    #[serde(rename = "source")]
    _source: String,
}

/// A switch that has a key's material replaced now and then.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    r#type: String,
    pub(super) argument: String,
    /// Properties that say it can be replaced, and the value that does.
    pub(super) only: BTreeMap<String, String>,
    pub(super) kind: String,
    pub(super) platform: String,
    pub(super) title: String,
    pub(super) source: String,
}

/// A property that holds a secret.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secret {
    r#type: String,
    argument: String,
    pub(super) kind: String,
    pub(super) title: String,
    pub(super) federation: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Attributes that are secrets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretOutput {
    r#type: String,
    attributes: Vec<String>,
    pub(super) title: String,
    pub(super) platform: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    key: Vec<Key>,
    session: Vec<Session>,
    switch: Vec<Switch>,
    secret: Vec<Secret>,
    output: Vec<SecretOutput>,
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

/// Values of a property for which something does not matter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Except {
    pub(super) path: String,
    pub(super) values: Vec<String>,
}

/// An interface that others can call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoint {
    r#type: String,
    pub(super) is: String,
    pub(super) label: String,
    pub(super) name: String,
    pub(super) auth: String,
    pub(super) anonymous: Vec<String>,
    pub(super) default: Option<String>,
    #[serde(default)]
    pub(super) optional: bool,
    pub(super) key: Option<String>,
    pub(super) except: Option<Except>,
    pub(super) reach: Option<Reach>,
    #[serde(rename = "source")]
    _source: String,
}

/// A property that names what stands elsewhere.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Elsewhere {
    r#type: String,
    pub(super) argument: String,
    pub(super) what: String,
    #[serde(rename = "source")]
    _source: String,
}

/// An event of a SAM function that makes a method.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    r#type: String,
    pub(super) reference: String,
    pub(super) implicit: String,
    pub(super) globals: String,
    pub(super) label: String,
    pub(super) is: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exposure {
    endpoint: Vec<Endpoint>,
    event: Vec<Event>,
    elsewhere: Vec<Elsewhere>,
}

static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| read(include_str!("../../../data/cloudformation/shapes.toml")));
static POLICIES: LazyLock<Policies> =
    LazyLock::new(|| read(include_str!("../../../data/cloudformation/policies.toml")));
static IDENTITIES: LazyLock<Identities> =
    LazyLock::new(|| read(include_str!("../../../data/cloudformation/identities.toml")));
static CREDENTIALS: LazyLock<Credentials> =
    LazyLock::new(|| read(include_str!("../../../data/cloudformation/credentials.toml")));
static EXPOSURE: LazyLock<Exposure> =
    LazyLock::new(|| read(include_str!("../../../data/cloudformation/exposure.toml")));

#[allow(clippy::panic)] // a table is part of the program; a unit test reads each
fn read<T: DeserializeOwned>(text: &str) -> T {
    crate::table::read(text).unwrap_or_else(|error| panic!("data/cloudformation: {error}"))
}

/// Reads every table now.
pub(super) fn warm() {
    LazyLock::force(&SHAPES);
    LazyLock::force(&POLICIES);
    LazyLock::force(&IDENTITIES);
    LazyLock::force(&CREDENTIALS);
    LazyLock::force(&EXPOSURE);
}

pub(super) fn shape(kind: &str) -> Option<&'static Shape> {
    SHAPES.shape.iter().find(|row| row.r#type == kind)
}

pub(super) fn carriers(kind: &str) -> impl Iterator<Item = &'static Carrier> {
    POLICIES.carrier.iter().filter(move |row| row.r#type == kind)
}

pub(super) fn attachments(kind: &str) -> impl Iterator<Item = &'static Attachment> {
    POLICIES.attachment.iter().filter(move |row| row.r#type == kind)
}

pub(super) fn statement(kind: &str) -> Option<&'static Statement> {
    POLICIES.statement.iter().find(|row| row.r#type == kind)
}

pub(super) fn canned(kind: &str) -> Option<&'static Canned> {
    POLICIES.canned.iter().find(|row| row.r#type == kind)
}

pub(super) fn given(kind: &str) -> impl Iterator<Item = &'static Given> {
    POLICIES.given.iter().filter(move |row| row.r#type == kind)
}

pub(super) fn identity(kind: &str) -> Option<&'static Identity> {
    IDENTITIES.identity.iter().find(|row| row.r#type == kind)
}

pub(super) fn actor(kind: &str) -> Option<&'static Actor> {
    IDENTITIES.actor.iter().find(|row| row.r#type == kind)
}

pub(super) fn key(kind: &str) -> Option<&'static Key> {
    CREDENTIALS.key.iter().find(|row| row.r#type == kind)
}

pub(super) fn sessions(kind: &str) -> impl Iterator<Item = &'static Session> {
    CREDENTIALS.session.iter().filter(move |row| row.r#type == kind)
}

pub(super) fn switches(kind: &str) -> impl Iterator<Item = &'static Switch> {
    CREDENTIALS.switch.iter().filter(move |row| row.r#type == kind)
}

/// Whether a property counts seconds.
pub(super) fn in_seconds(property: &str) -> bool {
    let own = |row: &&Session| row.argument.rsplit('.').next() == Some(property);
    CREDENTIALS.session.iter().find(own).is_some_and(|row| row.unit == Unit::Seconds && row.words.is_none())
}

/// The row for a property by its path: the first that fits, so that rows of one type stand before general ones.
pub(super) fn secret(kind: &str, path: &str) -> Option<&'static Secret> {
    CREDENTIALS.secret.iter().find(|row| glob(&row.r#type, kind) && glob(&row.argument, path))
}

/// A secret attribute of a resource.
pub(super) fn secret_output(kind: &str, attribute: &str) -> Option<&'static SecretOutput> {
    CREDENTIALS.output.iter().find(|row| row.r#type == kind && row.attributes.iter().any(|a| a == attribute))
}

pub(super) fn endpoints(kind: &str) -> impl Iterator<Item = &'static Endpoint> {
    EXPOSURE.endpoint.iter().filter(move |row| row.r#type == kind)
}

pub(super) fn elsewhere(kind: &str) -> impl Iterator<Item = &'static Elsewhere> {
    EXPOSURE.elsewhere.iter().filter(move |row| row.r#type == kind)
}

pub(super) fn event(kind: &str) -> Option<&'static Event> {
    EXPOSURE.event.iter().find(|row| row.r#type == kind)
}

/// The type that another provider spells otherwise: `iam_role`, `iam:Role` -> `AWS::IAM::Role`.
pub(in crate::dialect) fn spelled(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.replace(['_', ':'], "").to_ascii_lowercase();
    let wanted = plain(name);
    let policies = POLICIES.carrier.iter().map(|row| &row.r#type);
    let policies = policies.chain(POLICIES.attachment.iter().map(|row| &row.r#type));
    let policies = policies.chain(POLICIES.statement.iter().map(|row| &row.r#type));
    let policies = policies.chain(POLICIES.canned.iter().map(|row| &row.r#type));
    let policies = policies.chain(POLICIES.given.iter().map(|row| &row.r#type));
    let identities = IDENTITIES.identity.iter().map(|row| &row.r#type);
    let identities = identities.chain(IDENTITIES.actor.iter().map(|row| &row.r#type));
    let credentials = CREDENTIALS.key.iter().map(|row| &row.r#type);
    let credentials = credentials.chain(CREDENTIALS.session.iter().map(|row| &row.r#type));
    let credentials = credentials.chain(CREDENTIALS.secret.iter().map(|row| &row.r#type));
    let exposed = EXPOSURE.endpoint.iter().map(|row| &row.r#type);
    let mut all = policies.chain(identities).chain(credentials).chain(exposed).map(String::as_str);
    all.find(|kind| kind.strip_prefix("AWS::").is_some_and(|kind| plain(kind) == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_parses_and_names_its_sources() {
        warm();
        let sources = SHAPES
            .shape
            .iter()
            .map(|r| &r._source)
            .chain(POLICIES.carrier.iter().map(|r| &r._source))
            .chain(POLICIES.attachment.iter().map(|r| &r._source))
            .chain(POLICIES.statement.iter().map(|r| &r._source))
            .chain(POLICIES.canned.iter().map(|r| &r._source))
            .chain(POLICIES.given.iter().map(|r| &r._source))
            .chain(IDENTITIES.identity.iter().map(|r| &r._source))
            .chain(IDENTITIES.actor.iter().map(|r| &r._source))
            .chain(CREDENTIALS.key.iter().map(|r| &r._source))
            .chain(CREDENTIALS.session.iter().map(|r| &r._source))
            .chain(CREDENTIALS.switch.iter().map(|r| &r.source))
            .chain(CREDENTIALS.secret.iter().map(|r| &r._source))
            .chain(CREDENTIALS.output.iter().map(|r| &r._source))
            .chain(EXPOSURE.endpoint.iter().map(|r| &r._source))
            .chain(EXPOSURE.event.iter().map(|r| &r._source))
            .chain(EXPOSURE.elsewhere.iter().map(|r| &r._source));
        let sources: Vec<_> = sources.collect();
        assert!(sources.len() > 100 && sources.iter().all(|s| s.starts_with("https://docs.aws.amazon.com/")));
    }

    #[test]
    fn a_canned_word_has_its_actions() {
        for row in &POLICIES.canned {
            assert!(row.values.keys().eq(row.actions.keys()), "{}", row.r#type);
        }
    }
}
