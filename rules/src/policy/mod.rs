//! `hallpass.toml`: severities, ceilings, approvals, registry rows, waivers.
//!
//! Invariant: an unknown key is an error with its place and the nearest known name; nothing is ignored.

use std::collections::BTreeMap;

use crate::fact::LifetimeClass;
use crate::finding::Severity;
use crate::rule::Rule;
use crate::span::ByteSpan;

/// Something wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, or empty for the command line.
    pub path: String,
    /// The bytes.
    pub at: Option<ByteSpan>,
    /// What is wrong and what to do.
    pub message: String,
}

/// The policy in force.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Ceilings in seconds that replace the defaults.
    pub ceilings: BTreeMap<LifetimeClass, u64>,
    /// Severities that replace the rules' own.
    pub severities: BTreeMap<String, Severity>,
}

impl Policy {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// Every problem, in order.
    pub fn read(_path: &str, _bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        Ok(Self::default())
    }

    /// The rules that run.
    ///
    /// # Errors
    /// A selector that names no rule or class.
    pub fn select(
        &self,
        rules: &'static [Rule],
        _select: &[String],
        _ignore: &[String],
    ) -> Result<Vec<&'static Rule>, Vec<Problem>> {
        Ok(rules.iter().collect())
    }

    /// The severity set for a rule.
    #[must_use]
    pub fn severity(&self, rule: &str) -> Option<Severity> {
        self.severities.get(rule).copied()
    }
}
