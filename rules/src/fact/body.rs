//! The ten bodies.

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::component::Component;
use super::context::ContextId;
use super::grant::{Grant, Trust};
use super::lifetime::{Lifetime, LifetimeClass};
use super::record::Record;
use super::reference::Ref;
use super::text::Text;
use super::value::Value;
use crate::span::Source;

/// What a fact says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "fact")]
pub enum Body {
    /// Something that authenticates.
    Credential(Credential),
    /// A principal that acts.
    Identity(Identity),
    /// What a holder may do.
    Grant(Grant),
    /// Who may act as an identity.
    Trust(Trust),
    /// An interface others can call.
    Endpoint(Endpoint),
    /// Outside code that takes part.
    Component(Component),
    /// A credential goes somewhere.
    Flow(Flow),
    /// An action that a step must be allowed.
    Need(Need),
    /// A protection is on or off.
    Safeguard(Safeguard),
    /// Two entities belong together.
    Link(Link),
}

impl Body {
    /// The body's name, as in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Credential(_) => "credential",
            Self::Identity(_) => "identity",
            Self::Grant(_) => "grant",
            Self::Trust(_) => "trust",
            Self::Endpoint(_) => "endpoint",
            Self::Component(_) => "component",
            Self::Flow(_) => "flow",
            Self::Need(_) => "need",
            Self::Safeguard(_) => "safeguard",
            Self::Link(_) => "link",
        }
    }
}

/// Something that authenticates: key, token, password, certificate, connection string, signed URL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Credential {
    /// Its name across files.
    pub is: Ref,
    /// Who issued it: `aws`, `github`, `slack`; a key of `data/issuers` or a platform name.
    pub issuer: String,
    /// What it is: a detector's kind (`aws-access-key`) or the slot's (`cloud-key`, `session`, `service-account-token`).
    pub kind: String,
    /// The kind as a person says it: "AWS access key of account 609629065308". Never holds secret text.
    pub title: String,
    /// How it is kept.
    pub storage: Storage,
    /// How long it works.
    pub lifetime: Value<Lifetime>,
    /// Which ceiling its lifetime is held against.
    pub class: LifetimeClass,
    /// Rotation period in seconds, where one is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Value<u64>>,
    /// First day it is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub not_before: Option<Date>,
    /// Whether it can issue further certificates.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ca: bool,
    /// What it opens, where its text states it: an account, a project, scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Text>,
    /// What its structure says.
    pub evidence: Evidence,
    /// The bytes of its secret parts. Never displayed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret: Vec<Source>,
    /// Keyed digest of the value; equal tags mean equal values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<ValueTag>,
    /// The detector that found it, for `explain` and remedies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detector: Option<String>,
    /// The platform offers federation in place of it, in this slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federation: Option<String>,
}

/// The kind of the keys that a resource takes from whoever knows them, besides tokens of the platform's identities.
pub const SHARED: &str = "shared-key";

/// The kind of a token that lives as long as somebody renews it within its period.
pub const PERIODIC: &str = "periodic-token";

/// The kind of a credential that a command of a script makes.
pub const MINTED: &str = "minted-credential";

/// The kind of a stored credential whose name says that it is a person's token.
pub const PERSONAL: &str = "personal-token";

/// The kind of a credential that something must log in with, though nothing says where it is kept.
pub const UNSEEN: &str = "unseen-key";

/// How a credential is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Storage {
    /// In clear in the file.
    Literal,
    /// In the file, merely encoded (base64).
    Encoded,
    /// In a store; the file names it.
    StoreReference,
    /// Exchanged for a signed token of the platform; nothing is kept.
    Federated,
    /// Made by what the file describes (a key resource, a generated password).
    Generated,
}

/// What the structure of a token says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// A checksum or structure holds.
    Verified,
    /// A checksum or structure does not hold: confidence falls, the finding stays.
    Contradicted,
    /// The format has nothing to check.
    NotVerifiable,
}

/// Keyed digest of a credential's value: a full hash for high-entropy values, 12 bits for guessable ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ValueTag(pub String);

/// A principal that acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// Its name across files.
    pub is: Ref,
    /// What it is in one word for messages: `service account`, `role`, `job token`.
    pub kind: String,
    /// Whether it has a name of its own.
    pub name: Naming,
    /// Who answers for it, where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Value<Text>>,
    /// What it is for, where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Value<Text>>,
    /// Whether this file brings the identity into being (a resource, a manifest), rather than using it.
    pub created: bool,
    /// What a registry row says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Box<Record>>,
}

impl Identity {
    /// An identity of which nothing is stated and that this file uses rather than creates.
    #[must_use]
    pub fn plain(is: Ref, kind: &str, name: Naming) -> Self {
        Self { is, kind: kind.to_owned(), name, owner: None, purpose: None, created: false, record: None }
    }
}

/// Whether an identity has a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Naming {
    /// A name of its own.
    Named,
    /// The platform's default identity, shared by everything that names none.
    Default,
    /// Nobody: an anonymous principal.
    Anonymous,
    /// It should have a name and has none.
    Missing,
}

/// An interface others can call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Endpoint {
    /// Its name across files.
    pub is: Ref,
    /// What it is, for messages: `Lambda function URL`, `Kubernetes API server`.
    pub kind: String,
    /// OR of ANDs of mechanisms (`iam`, `mtls`, `api-key`); an empty AND is the anonymous alternative.
    pub auth: Value<Vec<BTreeSet<String>>>,
    /// Who can reach it.
    pub reach: Value<Reach>,
}

/// Who can reach an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// The internet.
    Internet,
    /// A private network.
    Private,
}

/// A credential goes somewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flow {
    /// What goes.
    pub what: Selection,
    /// Where it goes.
    pub to: Sink,
}

/// One credential, or all of a set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// This one.
    One(Ref),
    /// Every one of this kind and scope (`secrets: inherit`).
    All(Ref),
}

/// Where a credential goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sink {
    /// Into a login.
    Login {
        /// `aws`, `gcp`, `azure`, `docker` …
        platform: String,
        /// The action, provider or command that logs in.
        service: String,
    },
    /// An environment variable.
    Env(String),
    /// A command line.
    Argv,
    /// An argument of a command that would take it in another way.
    Argument {
        /// The command: `docker login`.
        command: String,
        /// How it is kept off the command line: `--password-stdin`.
        instead: String,
    },
    /// The log.
    Log,
    /// An output others read.
    Output(String),
    /// A stored artifact.
    Artifact,
    /// A cache.
    Cache,
    /// A layer of an image.
    ImageLayer,
    /// A URL.
    Url,
    /// A file that stays until the context ends.
    Disk {
        /// Until then.
        until: ContextId,
    },
    /// A mounted file of a workload.
    Mount,
    /// A component that is handed it.
    Recipient(Ref),
}

/// An action that a step or workload must be allowed, in the vocabulary of [`Grant`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Need {
    /// Who needs it, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Ref>,
    /// The action.
    pub action: Text,
    /// Why, for messages: "aws-actions/configure-aws-credentials exchanges the job's OIDC token".
    pub because: String,
}

/// A protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SafeguardKind {
    /// Secret values are hidden in logs and outputs.
    Masking,
    /// An audit log is kept.
    AuditLog,
    /// A person approves.
    ApprovalGate,
    /// Calls are limited.
    RateLimit,
    /// Verbose tracing that prints values; `true` means it is **on**.
    DebugTrace,
    /// The identity's token is handed to workloads that do not ask for it; `true` means it is **on**.
    TokenAutomount,
    /// A checkout or login leaves its credential on disk; `true` means it is **on**.
    PersistedCredential,
    /// Code that an outsider proposed runs apart from the job's credentials; `false` where it is brought in beside them.
    ProposedCodeIsolation,
    /// A container is kept apart from the machine that runs it. What it protects says how the machine is reached.
    HostIsolation,
    /// A check can stop its pipeline. What it protects names the check.
    CheckGate,
    /// A check looks at everything and objects to what it finds; `false` where an option leaves something out. What it
    /// protects names the check and the option.
    CheckReach,
    /// A credential that is made for a job is revoked when the job ends.
    Revocation,
    /// Only people with write access instruct an agent.
    InstructionGate,
}

/// A protection is on or off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Safeguard {
    /// Which.
    pub kind: SafeguardKind,
    /// What it protects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protects: Option<Selection>,
    /// On or off.
    pub on: Value<bool>,
}

/// How two entities belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// A policy or role (from) is given to an identity (to).
    Attaches,
    /// A workload or job (from) acts as an identity (to).
    ActsAs,
    /// An owner (from) answers for a path or entity (to); an owner without a name stands for nobody.
    Owns,
    /// The first holds the second.
    Contains,
    /// Two names of one thing.
    SameAs,
    /// A job (from) changes a running system (to).
    Deploys,
}

/// Two entities belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// From.
    pub from: Ref,
    /// To.
    pub to: Ref,
    /// How.
    pub kind: LinkKind,
}
