//! Grants and trusts: what a holder may do, and who may become it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::Ref;
use super::text::Text;

/// Allow or deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Allows.
    Allow,
    /// Forbids.
    Deny,
}

/// A condition on a grant or trust.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Condition {
    /// The platform's operator: `StringEquals`, `ArnLike`, `expression`.
    pub operator: String,
    /// What is compared: `aws:SourceArn`.
    pub key: String,
    /// With what.
    pub values: Vec<Text>,
}

/// Whether a person approves each use.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// Somebody does.
    Human,
    /// Nobody does.
    #[default]
    None,
}

/// What a holder may do.
///
/// Actions are `platform:service:verb` with `*` as wildcard: `aws:iam:PassRole`, `aws:s3:Get*`, `aws:*:*` for everything,
/// `github:contents:write`, `github:*:write` for write-all, `kubernetes:<group or core>/<resource>:<verb>`
/// (`kubernetes:core/secrets:get`, `kubernetes:*/*:*`), `gcp:role:roles/owner`, `agent:tool:Read` and `agent:tool:*` for
/// what an AI agent may use without asking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Grant {
    /// Who may: an identity, or the policy that carries the statement (joined to identities by `Link::Attaches`).
    pub holder: Ref,
    /// Allow or deny.
    pub effect: Effect,
    /// The actions.
    pub actions: Vec<Text>,
    /// Whether the list says everything *but* these (`NotAction`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub actions_except: bool,
    /// On which resources, in the platform's own writing; `*` for all.
    pub resources: Vec<Text>,
    /// Whether the list says everything *but* these (`NotResource`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resources_except: bool,
    /// Who else, for resource policies: anonymous principals and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<Principal>,
    /// Only if.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Human approval.
    #[serde(default)]
    pub approval: Approval,
}

impl Grant {
    /// One action that a holder may do to everything, without a condition and without asking anybody.
    #[must_use]
    pub fn outright(holder: Ref, action: &str) -> Self {
        Self {
            holder,
            effect: Effect::Allow,
            actions: vec![Text::literal(action)],
            actions_except: false,
            resources: vec![Text::literal("*")],
            resources_except: false,
            principals: Vec::new(),
            conditions: Vec::new(),
            approval: Approval::None,
        }
    }
}

/// Somebody a policy speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Principal {
    /// Anybody, without signing in.
    Anyone,
    /// Anybody with an account of the platform, whoever they are.
    AnyAccount,
    /// An entity.
    Entity(Ref),
    /// A service of the platform.
    Service(Text),
    /// Holders of tokens of an identity provider (issuer host).
    Issuer(Text),
}

/// Who may act as an identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trust {
    /// The identity that is opened.
    pub opens: Ref,
    /// To whom.
    pub to: Vec<Principal>,
    /// Which claims their tokens must carry.
    pub claims: Vec<ClaimMatch>,
    /// Other conditions (external id, source account).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

/// A claim and what it must be. Several matches of one claim are alternatives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct ClaimMatch {
    /// `issuer`, `audience`, `subject`, or the provider's own name of another claim.
    pub claim: String,
    /// What it must be.
    pub matches: Match,
}

/// How a claim is matched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Match {
    /// Exactly this.
    Exact(Text),
    /// `*` and `?` stand for anything.
    Glob(Text),
    /// Anything.
    Any,
    /// An expression hallpass does not evaluate.
    Expression(String),
}
