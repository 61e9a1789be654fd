//! Facts: what every dialect says and every rule reads. Ten bodies, one vocabulary, no syntax.
//!
//! Invariant: no field holds secret text. A dialect that must name a value it read uses spans and tags.

pub mod body;
pub mod component;
pub mod context;
pub mod datum;
pub mod declared;
mod from_node;
pub mod grant;
pub mod lifetime;
pub mod place;
pub mod record;
pub mod reference;
pub mod text;
pub mod value;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use body::*;
pub use component::{Component, Pin};
pub use context::{Author, Context, ContextId, ContextKind, Starter, Tier};
pub use datum::{Datum, Known};
pub use declared::{Declared, Word};
pub use grant::{Approval, ClaimMatch, Condition, Effect, Grant, Match, Principal, Trust};
pub use lifetime::{Lifetime, LifetimeClass, human_seconds};
pub use place::{Place, Related, Route};
pub use record::{Day, DeclaredScope, Record, Said};
pub use reference::Ref;
pub use text::{Piece, Sameness, Text};
pub use value::{Alternative, Case, Possible, Value, Why};

/// Version of the facts schema (`hallpass schema facts`); third-party modules check it.
pub const SCHEMA_VERSION: &str = "1";

/// The JSON schema of [`UnitFacts`]: what third-party modules read and `hallpass facts` prints.
#[must_use]
pub fn facts_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(UnitFacts).to_value();
    if let Some(version) = schema.pointer_mut("/properties/version") {
        version["const"] = SCHEMA_VERSION.into();
    }
    schema
}

/// Index of a fact within its unit.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct FactId(pub u32);

/// How a fact came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Written where the place says.
    Stated,
    /// Taken over from another fact.
    Inherited(FactId),
    /// What the platform does when nothing is said; the source is a documentation address.
    PlatformDefault {
        /// Where the platform documents it.
        source: String,
    },
    /// Declared about it: a registry row, a label, a comment.
    Declared,
    /// Nothing is written; the place is where it would stand.
    Absent,
}

/// One statement about machine identities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// Its number in the unit.
    pub id: FactId,
    /// What it says.
    #[serde(flatten)]
    pub body: Body,
    /// Where.
    pub at: Place,
    /// How it came to be.
    pub origin: Origin,
    /// Where it happens.
    pub within: ContextId,
    /// When it holds.
    #[serde(default, skip_serializing_if = "Case::is_always")]
    pub when: Case,
    /// Whether it rests on a non-default alternative; findings on it are one severity lower.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lesser: bool,
}

/// A comment that may hold an instruction to hallpass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// Where the comment stands.
    pub source: Source,
    /// Its text without the comment sign.
    pub text: String,
    /// The bytes it speaks of: its own line if code stands before it, else the next line with code; to the end of the
    /// text that begins on that line, if it is one of several lines.
    pub covers: ByteSpan,
    /// The map or list under the key that begins on that line: what is said of it as a whole is meant too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<ByteSpan>,
    /// What of a declaration is not understood, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<Said<String>>,
}

use crate::span::{ByteSpan, Source};

/// Everything that is said about one unit. This is what third-party modules and the whole-tree review read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitFacts {
    /// [`SCHEMA_VERSION`].
    pub version: String,
    /// Paths, relative to the root, with `/`; indexed by [`crate::span::FileId`].
    pub files: Vec<String>,
    /// Indexed by [`ContextId`].
    pub contexts: Vec<Context>,
    /// Indexed by [`FactId`].
    pub facts: Vec<Fact>,
    /// Comments that begin with `hallpass:`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

impl UnitFacts {
    /// Whether nothing is said that a rule could read. A job of which nothing more is said is there all the same: others
    /// may name it.
    #[must_use]
    pub fn say_nothing(&self) -> bool {
        let only_files = self.contexts.iter().all(|context| context.kind == ContextKind::File);
        self.facts.is_empty() && self.notes.is_empty() && only_files
    }
}
