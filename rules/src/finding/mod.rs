//! Findings: what rules say, with a place, a content and a fingerprint.
//!
//! Invariant: a finding holds no secret text; the engine scrubs every string against the unit's masks.

pub mod identity;
mod merge;
pub mod outside;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::remedy::{Remedy, Safety};
use crate::span::ByteSpan;

pub use merge::merge;

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Hygiene.
    Low,
    /// A weakness.
    Medium,
    /// A weakness that an attacker can use alone.
    High,
    /// Usable now, with great reach.
    Critical,
}

impl Severity {
    /// One step less, at least info.
    #[must_use]
    pub fn lower(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium => Self::Low,
            Self::Low | Self::Info => Self::Info,
        }
    }
}

/// How sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A guess.
    Low,
    /// Likely.
    Medium,
    /// As good as certain.
    High,
}

/// A span in a file named by its path: findings outlive the unit's file numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Spot {
    /// Path from the root.
    pub path: String,
    /// The bytes.
    pub span: ByteSpan,
}

/// A second place with a note.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct RelatedSpot {
    /// Where.
    #[serde(flatten)]
    pub spot: Spot,
    /// What stands there.
    pub note: String,
}

/// One replacement of bytes in a named file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct FixEdit {
    /// What is replaced.
    #[serde(flatten)]
    pub spot: Spot,
    /// By what.
    pub replacement: String,
}

/// A fix that can be applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// What it does, in the imperative.
    pub title: String,
    /// Whether `--fix` applies it, or only `--fix=unsafe`.
    pub safety: Safety,
    /// The edits.
    pub edits: Vec<FixEdit>,
    /// The place of the finding that it mends: a finding may have several, each with fixes of its own. Fixes of one
    /// place are alternatives.
    pub mends: Spot,
}

/// A remedy that is to be written once the unit is at hand (findings of the whole-tree review).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Pending {
    /// Where the mended fact stands.
    pub target: Spot,
    /// The remedy.
    pub remedy: Remedy,
    /// The place of the finding that it mends.
    pub mends: Spot,
    /// How safe a fix can be at best, whatever its dialect says.
    #[serde(default)]
    pub safety: Safety,
}

/// Something is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// `class/name`.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Where.
    #[serde(flatten)]
    pub at: Spot,
    /// The logical address there.
    pub route: String,
    /// What is wrong: kind, lifetime, scope and account where known, and the accepted shapes.
    pub message: String,
    /// What to do, if there is more to say than the rule's page says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Places that explain it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<RelatedSpot>,
    /// Other places with the same cause.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Spot>,
    /// Fixes, for each place the best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<Fix>,
    /// Remedies still to be written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// H(rule, path, route).
    pub place_id: String,
    /// H(what was judged).
    pub content_id: String,
    /// What was judged, as a set: the finding is *widened* when a later set contains this one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub subjects: BTreeSet<String>,
    /// H(place, content): what waivers and baselines bind.
    pub fingerprint: String,
}

impl Finding {
    /// Adds what is to be done, after what is already said of that.
    pub(crate) fn add_help(&mut self, more: &str) {
        self.help = Some(match self.help.take() {
            Some(help) => format!("{help}\n{more}"),
            None => more.to_owned(),
        });
    }
}

/// How a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Read whole.
    Checked,
    /// Left out on purpose.
    Skipped,
    /// Could not be read, or not whole.
    Failed,
}

/// Something that stayed unknown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Unresolved {
    /// Where.
    pub span: ByteSpan,
    /// Why, as a sentence.
    pub why: String,
}

/// What was looked at in one file, and what was not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Path from the root.
    pub path: String,
    /// How it ended.
    pub status: Status,
    /// Why it was skipped or failed, with the place in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The bytes that could not be read, for a failure inside the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<ByteSpan>,
    /// Whether its path makes it a pipeline, infrastructure or policy file.
    pub must_check: bool,
    /// The dialects that read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dialects: Vec<String>,
    /// What stayed unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Unresolved>,
    /// What was let pass with a proof, counted by reason.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub silent: std::collections::BTreeMap<String, u32>,
}

/// Why a rule that looked at a fact said nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Pass {
    /// The rule.
    pub rule: String,
    /// What it looked at.
    #[serde(flatten)]
    pub at: Spot,
    /// Why it is fine.
    pub why: String,
}
