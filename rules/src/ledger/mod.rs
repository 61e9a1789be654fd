//! The ledger: what only the whole tree can tell. Registry rows become facts, waivers meet findings.
//!
//! Invariant: the ledger reports nothing itself; rules do, over the facts and waiver states it prepares.

mod declaration;
mod guardrail;
mod inline;
pub mod offer;
mod registry;
mod releases;
#[cfg(test)]
mod tests;
mod waiver;

use crate::fact::UnitFacts;
use crate::finding::{Coverage, Finding, Pass};
use crate::policy::Problem;

pub(crate) use declaration::{Declaration, read as declaration};
pub use guardrail::{Guardrail, Held, Versions, Weakening, weakened};
pub use registry::{leaving, proposed_facts, registry_facts};
pub(crate) use releases::pin_to_known;
pub use waiver::{DateTrouble, Waiver};
pub(crate) use waiver::{Ran, renamed, settle};

/// Whether a comment is an instruction, right or wrong, rather than prose.
pub(crate) fn is_instruction(comment: &str) -> bool {
    inline::read(comment).is_some() || declaration::is_declaration(comment)
}

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Facts of every unit.
    pub units: Vec<UnitFacts>,
    /// How every file ended, the host's refusals included.
    pub coverage: Vec<Coverage>,
    /// Findings of the units, and those of other tools.
    pub findings: Vec<Finding>,
    /// Other tools that had a say, by what their rules begin with.
    pub tools: Vec<String>,
    /// Whether this is the whole tree: rules of absence run only then.
    pub whole: bool,
    /// Texts of the units' secrets: no finding shows them.
    pub secrets: Vec<Vec<u8>>,
    /// The configuration that a change proposes, where that of its base is in force: the rows that it adds speak of what it
    /// adds.
    pub proposed: Option<Guardrail>,
}

/// A finding that a waiver accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// The finding.
    pub fingerprint: String,
    /// Who waived it, why and until when, in one line.
    pub by: String,
    /// The last day on which it is accepted, `YYYY-MM-DD`.
    pub until: String,
}

/// What the review came to.
#[derive(Clone, Debug, Default)]
pub struct Review {
    /// Every finding, of units and tree, waived ones included; each once, sorted by place.
    pub findings: Vec<Finding>,
    /// Which of them a waiver accepts.
    pub waived: Vec<Waived>,
    /// Why tree rules said nothing, while tracing.
    pub passes: Vec<Pass>,
    /// Rules of absence that did not run because only a part of the tree was read.
    pub not_judged: Vec<String>,
    /// Names of rules in comments that hold and are not their own: what to write.
    pub renamed: Vec<Problem>,
}
