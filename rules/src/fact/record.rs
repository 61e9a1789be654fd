//! What is declared of an identity besides its owner and purpose: a registry row, or a comment beside it.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Source;

/// Something that is said, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Said<T> {
    /// What.
    pub is: T,
    /// Where.
    pub at: Source,
}

/// A day that is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Day(#[schemars(with = "String", extend("format" = "date"))] pub Date);

/// A right and the business function that needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeclaredScope {
    /// The right: an action as in [`super::Grant`], with or without its platform; `*` for any text.
    pub scope: String,
    /// What it is needed for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a registry row says of an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Record {
    /// Who runs it, if not the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technical_owner: Option<Said<String>>,
    /// Where it acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Said<String>>,
    /// What it may do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Said<DeclaredScope>>,
    /// Since when it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Said<Day>>,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Said<Day>>,
    /// When somebody must have looked at it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_by: Option<Said<Day>>,
    /// When somebody last looked at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<Said<Day>>,
    /// How often its credentials are changed, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Said<u64>>,
    /// When they were last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_rotated: Option<Said<Day>>,
    /// How it is switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation: Option<Said<String>>,
    /// Since when it is switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Said<Day>>,
    /// Paths it may be used in; `*` for any text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub used_in: Vec<Said<String>>,
    /// The outside party that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_party: Option<Said<String>>,
    /// Whether it is for emergencies only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<Said<bool>>,
    /// What watches its use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitored_by: Option<Said<String>>,
    /// Who allowed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Said<String>>,
    /// What data it reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_class: Option<Said<String>>,
}

impl Record {
    /// Whether it is for emergencies only.
    #[must_use]
    pub fn is_break_glass(&self) -> bool {
        self.break_glass.as_ref().is_some_and(|said| said.is)
    }
}
