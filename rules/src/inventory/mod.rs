//! The inventory: every identity, credential and endpoint of a tree, what is known of each, and how they reach each other.
//!
//! Four questions are asked of whatever somebody must answer for: who owns it, why does it exist, until when, and how is it
//! switched off. An answer names where it comes from; what nobody says is a blank.
//!
//! Invariant: nothing here judges; it gathers facts, and words that rules use as well.

mod answers;
mod credentials;
mod delta;
mod entries;
mod filed;
mod graph;
mod reach;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use delta::{Delta, Moved};

use crate::finding::Spot;
use crate::rule::World;

/// Version of the inventory's schema (`hallpass schema inventory`).
pub const VERSION: &str = "1";

/// Everything that is known of the identities, credentials and endpoints of a tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Inventory {
    /// Version of this form.
    pub version: String,
    /// The day that dates are held against.
    #[schemars(with = "String", extend("format" = "date"))]
    pub today: Date,
    /// Identities, credentials and endpoints, in this order, each sorted by id.
    pub entries: Vec<Entry>,
    /// Jobs and workloads that use them, sorted by id.
    pub actors: Vec<Actor>,
    /// Who reaches what: the graph over entries, actors and what stands outside of the tree. Sorted.
    pub edges: Vec<Edge>,
    /// What a change did to it, where the inventory is one of a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<Delta>,
}

/// What an entry is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A principal that acts.
    #[default]
    Identity,
    /// Something that authenticates.
    Credential,
    /// An interface others can call.
    Endpoint,
}

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// The reference that a registry row has for it, `platform/kind/scope/name`; `*` where the files do not say what stands
    /// there. Entries whose very name is not known are told apart by what follows a `~`.
    pub id: String,
    /// What it is.
    pub class: Class,
    /// The same as people say it: `role`, `AWS access key`, `Lambda function URL`.
    pub kind: String,
    /// Who owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Answer>,
    /// Who runs it, if not the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technical_owner: Option<Answer>,
    /// Why it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Answer>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Answer>,
    /// How it is switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<Answer>,
    /// How long it works, and how long what it hands out works.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lifetimes: BTreeSet<String>,
    /// How often it is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<String>,
    /// What it may do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<Right>,
    /// What it opens, where the credential itself says so; how callers of an endpoint are told apart.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub scope: BTreeSet<String>,
    /// Where a credential is kept.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stores: BTreeSet<String>,
    /// Environments that it is used in, or that its row says.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub environments: BTreeSet<String>,
    /// Where it is made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<At>,
    /// Where it is used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<Use>,
    /// Its row of the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<At>,
    /// The outside party that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub third_party: Option<String>,
    /// Whether it is for emergencies only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub break_glass: bool,
    /// What data it reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_class: Option<String>,
    /// Whether somebody must answer for it: jobs and default accounts come and go with what they belong to.
    pub accountable: bool,
    /// Whether the registry should have a row for it and has none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub registrable: bool,
    /// Which of the four questions nobody answers; none where nobody must.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub blanks: BTreeSet<Question>,
    /// How far it reaches.
    pub reach: Reach,
}

/// A place.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct At {
    /// Path and bytes.
    #[serde(flatten)]
    pub spot: Spot,
    /// The line, from 1. Whoever reads the files fills it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// An answer, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The answer.
    pub is: String,
    /// Who gives it.
    pub by: By,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// A row of the registry.
    Registry,
    /// A label, tag, annotation or comment where it is made.
    Declaration,
    /// The code owners of the file that makes it.
    CodeOwners,
    /// Its own text or settings.
    Itself,
}

/// A question that somebody must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Who owns it?
    Owner,
    /// Why does it exist?
    Purpose,
    /// Until when?
    Until,
    /// How is it switched off?
    Revocation,
}

/// How much a right is worth to whoever takes it, least first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// It reads what is there.
    #[default]
    Reads,
    /// It changes something.
    Changes,
    /// It opens what is worth most: secrets, every object of a store.
    Opens,
    /// It lets its holder take more rights.
    Escalates,
    /// Full control.
    Controls,
}

/// A right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Right {
    /// What may be done; `everything but` stands before a list of exceptions.
    pub actions: Vec<String>,
    /// To what.
    pub resources: Vec<String>,
    /// What it is worth.
    pub power: Power,
    /// Whether conditions narrow it, a person approves each use, or a setting that no file shows may take it away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub narrowed: bool,
    /// Where it is given.
    #[serde(flatten)]
    pub at: At,
}

/// A use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Use {
    /// Where.
    #[serde(flatten)]
    pub at: At,
    /// How: `acts as it`, `logs in to aws`, `variable TOKEN`.
    pub how: String,
    /// The job or workload, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Whether it is surely this one; else a part of its name is not known.
    pub sure: bool,
}

/// A job or workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// Its id, of which `job` or `workload`, path and name are the parts.
    pub id: String,
    /// What it is.
    pub kind: ActorKind,
    /// Its name.
    pub name: String,
    /// Its file.
    pub path: String,
    /// Its environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Whether anybody outside can start it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
}

/// What an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActorKind {
    /// A job of a pipeline.
    Job,
    /// Something that runs: a pod, a function, a virtual machine.
    Workload,
}

/// A step of the graph.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Edge {
    /// The id of an entry or actor, or the name of somebody outside.
    pub from: String,
    /// The id of an entry, or the name of a resource or system.
    pub to: String,
    /// What the step is.
    pub kind: EdgeKind,
    /// In words: actions, the claims that open a role.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Whether it is surely these two.
    pub sure: bool,
}

/// What a step of the graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    /// A job or workload has a credential.
    Holds,
    /// A job, workload or credential acts as an identity.
    ActsAs,
    /// Somebody may become an identity.
    MayBecome,
    /// An identity has rights on a resource.
    May,
    /// A credential logs in to a system of which the tree says no more.
    LogsInTo,
}

/// How far an entry reaches, its own uses and those of the credentials that act as it counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reach {
    /// Files that use it.
    pub files: usize,
    /// Jobs that use it.
    pub jobs: usize,
    /// Workloads that use it.
    pub workloads: usize,
    /// Code owners of the files that use it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<String>,
    /// Identities that whoever has it can act as, itself left out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub identities: BTreeSet<String>,
    /// Names of resources that it has rights on, at the end of whatever way.
    pub resources: usize,
    /// The worst right at the end of any way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<Worst>,
}

/// The worst right that is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Worst {
    /// What it is worth.
    pub power: Power,
    /// In words.
    pub what: String,
    /// The identity that has it, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
}

impl Inventory {
    /// Gathers the inventory of a world that holds the registry's rows.
    #[must_use]
    pub fn of(world: &World<'_>) -> Self {
        let mut filed = filed::Filed::of(world);
        entries::gather(world, &mut filed);
        let held = graph::rights(world, &mut filed);
        let edges = graph::edges(world, &mut filed);
        answers::answer(world, &mut filed, &edges);
        reach::measure(world, &mut filed, &edges, &held);
        let (entries, actors) = filed.finish();
        let edges = edges.into_iter().collect();
        Self { version: VERSION.to_owned(), today: world.today, entries, actors, edges, delta: None }
    }

    /// The JSON schema.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        let mut schema = schemars::schema_for!(Self).to_value();
        if let Some(version) = schema.pointer_mut("/properties/version") {
            version["const"] = VERSION.into();
        }
        schema
    }
}
