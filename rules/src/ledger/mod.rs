//! The ledger: what only the whole tree can tell. Registry rows become facts, waivers meet findings.

use jiff::civil::Date;

use crate::fact::UnitFacts;
use crate::finding::{Coverage, Finding, Pass};
use crate::policy::Policy;

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Facts of every unit.
    pub units: Vec<UnitFacts>,
    /// How every file ended, the host's refusals included.
    pub coverage: Vec<Coverage>,
    /// Findings of the units.
    pub findings: Vec<Finding>,
    /// Whether this is the whole tree: rules of absence run only then.
    pub whole: bool,
}

/// A finding that a waiver accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// The finding.
    pub fingerprint: String,
    /// Who waived it, why and until when, in one line.
    pub by: String,
}

/// What the review came to.
#[derive(Clone, Debug, Default)]
pub struct Review {
    /// Findings of tree rules.
    pub findings: Vec<Finding>,
    /// Findings, of units or tree, that a waiver accepts.
    pub waived: Vec<Waived>,
    /// Why tree rules said nothing, while tracing.
    pub passes: Vec<Pass>,
    /// Rules of absence that did not run because only a part of the tree was read.
    pub not_judged: Vec<String>,
}

/// Registry rows as facts.
#[must_use]
pub fn registry_facts(_policy: &Policy) -> Vec<UnitFacts> {
    Vec::new()
}

/// Matches waivers with findings.
#[must_use]
pub fn settle(
    _policy: &Policy,
    _today: Date,
    _units: &[UnitFacts],
    _findings: Vec<Finding>,
    own: Vec<Finding>,
    _whole: bool,
) -> Review {
    Review { findings: own, ..Review::default() }
}
