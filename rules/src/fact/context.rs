//! Where things happen: file > workflow > job > step; manifest > workload > container; module > resource.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::place::Place;
use super::reference::Ref;
use super::value::Value;

/// Index of a context within its unit (see [`crate::fact::UnitFacts::contexts`]).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ContextId(pub u32);

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ContextKind {
    /// A whole file.
    File,
    /// A pipeline.
    Workflow,
    /// A job of a pipeline.
    Job,
    /// A step of a job.
    Step,
    /// One manifest of a file.
    Manifest,
    /// A workload: a pod or what makes pods.
    Workload,
    /// A container of a workload.
    Container,
    /// A module of infrastructure code.
    Module,
    /// A resource, data source or provider block.
    Resource,
    /// A policy document or one statement of it.
    Policy,
    /// An operation of an interface.
    Operation,
}

/// Who can start a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Starter {
    /// People with write access.
    Maintainer,
    /// Anyone: a fork's pull request, an issue, a comment.
    Outsider,
    /// The clock.
    Schedule,
    /// An AI agent.
    Agent,
    /// Another pipeline.
    Pipeline,
}

/// Whose code runs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    /// The repository's own.
    Maintainer,
    /// Code an outsider proposed.
    Outsider,
}

/// How much an environment matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Production.
    Production,
    /// Anything else that says so.
    NonProduction,
}

/// One place where things happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Context {
    /// Its number.
    pub id: ContextId,
    /// The place around it; `None` for a file.
    pub parent: Option<ContextId>,
    /// Position among its siblings, from 0.
    pub order: u32,
    /// What it is.
    pub kind: ContextKind,
    /// Its name, for messages: a job id, a resource address.
    pub name: String,
    /// Where it is written.
    pub at: Place,
    /// Who can start it; `None` inherits from the parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<Value<BTreeSet<Starter>>>,
    /// Whose code runs; `None` inherits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_code_of: Option<Value<Author>>,
    /// The deployment environment; `None` inherits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Value<Ref>>,
    /// Its tier; `None` inherits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Value<Tier>>,
    /// Whether every `Need` of what happens here is known, so that a grant without a need may be judged.
    pub needs_complete: bool,
}
