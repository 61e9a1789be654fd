//! Remedies: what a rule asks for, in no syntax. A dialect writes it as an edit, a snippet, or says why not.
//!
//! Invariant: rules write no syntax, dialects choose no remedy.

pub mod choice;
pub mod proof;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::SafeguardKind;
use crate::span::Source;

/// What would mend a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// Bring the lifetime at the target down to this many seconds.
    SetLifetime {
        /// Seconds.
        seconds: u64,
    },
    /// Switch a safeguard.
    Switch {
        /// Which.
        safeguard: SafeguardKind,
        /// To what.
        on: bool,
    },
    /// Take these actions away from the grant at the target (vocabulary of [`crate::fact::Grant`]).
    Narrow {
        /// The actions to take away.
        remove: Vec<String>,
    },
    /// Write the least grant where none is stated.
    StateLeast {
        /// The actions that must stay.
        keep: Vec<String>,
    },
    /// Replace the literal at the target by a reference to a store.
    Reference {
        /// A name for it.
        name: String,
    },
    /// Give the workload an identity of its own.
    NameIdentity {
        /// A name for it.
        name: String,
    },
    /// Say who owns the identity at the target.
    Declare {
        /// What: `owner`, `purpose`.
        what: String,
    },
    /// Fix a component's version to this digest.
    PinTo {
        /// The digest or commit.
        digest: String,
    },
    /// Fix a component's version to the digest that the tree states for it elsewhere. The review turns it into
    /// [`Self::PinTo`], or drops it.
    PinKnown {
        /// Which component: [`crate::fact::Component::key`].
        component: String,
        /// The version that is written.
        version: String,
    },
    /// Require this of a claim.
    Claim {
        /// Which claim.
        claim: String,
        /// What is asked of it now.
        asked: String,
        /// The value it must have.
        value: String,
    },
    /// Take the secret from the platform's federation in place of a stored key.
    Federate {
        /// `aws`, `gcp`, `azure`.
        platform: String,
    },
}

/// Whether a fix can change what the file does beyond mending the finding.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// Only mends the finding.
    #[default]
    Safe,
    /// May need work elsewhere, or deletes something.
    Unsafe,
}

/// One replacement of bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub at: Source,
    /// By what.
    pub replacement: String,
}

/// A remedy written in a syntax.
#[derive(Clone, Debug, PartialEq)]
pub enum Rendered {
    /// Edits that can be applied.
    Edit {
        /// What they do, in the imperative: "set role-duration-seconds to 3600".
        title: String,
        /// Whether they can be applied without thought.
        safety: Safety,
        /// The edits, not overlapping.
        edits: Vec<Edit>,
    },
    /// Edits with gaps that somebody has to fill, and what is to be done besides. Nobody makes them without thought.
    Draft {
        /// What they do and which gaps they leave, in the imperative.
        title: String,
        /// The edits, not overlapping. A gap is written `<account>`.
        edits: Vec<Edit>,
        /// What is to be done elsewhere.
        rest: String,
    },
    /// Text to write by hand.
    Snippet(String),
    /// Not in this syntax, or not at this place.
    NotHere(String),
}
