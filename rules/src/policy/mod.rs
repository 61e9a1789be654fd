//! `hallpass.toml`: severities, ceilings, approvals, registry rows, waivers.
//!
//! The written form ([`file`]) is also the schema; [`shape`] holds a file against it and [`read`] turns it into a
//! [`Policy`]. Invariant: an unknown key is an error with its place and the nearest known name; nothing is ignored.

pub mod ceilings;
mod effective;
pub mod extend;
mod file;
mod floors;
pub(crate) mod kinds;
pub mod names;
pub(crate) mod paths;
pub(crate) mod read;
mod registry;
pub(crate) mod rows;
pub(crate) mod select;
mod shape;
#[cfg(test)]
mod tests;
pub(crate) mod weaker;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::fact::{Component, LifetimeClass, Record, Ref, Text, Word};
use crate::finding::{Confidence, Severity};
use crate::rule::Named;
use crate::span::{ByteSpan, FileId};

pub use ceilings::Ceiling;
pub use effective::{Setting, effective};
pub use extend::Extended;
pub use file::schema;
pub use paths::PathRow;
pub use rows::PolicyRow;
pub use select::{Selected, Selection};

/// Something wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, or empty for the command line.
    pub path: String,
    /// The bytes.
    pub at: Option<ByteSpan>,
    /// What is wrong and what to do.
    pub message: String,
}

/// A text of the configuration and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// Its bytes in the file.
    pub span: ByteSpan,
    /// The file, as [`Policy::path_of`] knows it.
    pub file: FileId,
}

/// A row of the registry: who answers for an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRow {
    /// The identity's reference, `*` for any text: `aws/role/*/deploy`.
    pub id: Written,
    /// The same, taken apart; pieces may hold `*`.
    pub is: Ref,
    /// `role`, `service account` …
    pub kind: Option<String>,
    /// Who answers for it.
    pub owner: Option<Written>,
    /// What it is for.
    pub purpose: Option<Written>,
    /// What else it says; its places are of the configuration file.
    pub record: Record,
}

/// Names of people and teams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Who may own something, besides the code owners.
    pub known: Vec<Written>,
    /// Who left.
    pub left: Vec<Written>,
}

/// A waiver as written; the ledger says whether it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaiverRow {
    /// The bytes of the row.
    pub span: ByteSpan,
    /// The file that they stand in.
    pub file: FileId,
    /// Rule or class.
    pub rule: Option<Written>,
    /// The finding.
    pub fingerprint: Option<Written>,
    /// Who answers for the exception.
    pub owner: Option<Written>,
    /// Why it is needed.
    pub reason: Option<Written>,
    /// Where it is discussed.
    pub ticket: Option<Written>,
    /// Last day, as written.
    pub expires: Option<Written>,
    /// An emergency: no rule is lifted, the shorter ceiling holds.
    pub break_glass: bool,
}

/// A third-party module that is admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginRow {
    /// Path from the root.
    pub path: String,
    /// SHA-256 of the file, 64 lower-case hex digits.
    pub sha256: String,
    /// Where the row stands.
    pub span: ByteSpan,
    /// The file that it stands in.
    pub file: FileId,
}

/// A file that the policy was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its path.
    pub path: String,
    /// Its length in bytes.
    pub length: usize,
}

/// The policy in force.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The repository's own file, and those that it extends.
    files: Vec<Origin>,
    /// The same by what wins, which stands first.
    order: Vec<FileId>,
    preview: Option<bool>,
    select: Vec<String>,
    ignore: Vec<String>,
    severities: BTreeMap<String, Severity>,
    fail_on: Option<Severity>,
    min_confidence: Option<Confidence>,
    ceilings: BTreeMap<LifetimeClass, Ceiling>,
    waiver_days: Option<u32>,
    break_glass_days: Option<u32>,
    approved: Vec<String>,
    people: People,
    keys: Vec<(Word, Written)>,
    identities: Vec<IdentityRow>,
    waivers: Vec<WaiverRow>,
    plugins: Vec<PluginRow>,
    detectors: Vec<Written>,
    paths: Vec<PathRow>,
    rules: Vec<Arc<PolicyRow>>,
    /// Rules of the policy that it speaks of.
    named: Vec<Written>,
    /// Files that those which extend them only tighten.
    floors: Vec<Written>,
    /// What holds by each of them, which the command line is held against as well.
    held: Vec<(String, Policy)>,
    remarks: Vec<Problem>,
}

impl Policy {
    /// Reads a configuration file that extends no other.
    ///
    /// # Errors
    /// Every problem, in the order of the file.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        extend::read(path, bytes, &[]).and_then(extend::Chain::policy)
    }

    /// Path of the repository's own configuration file; empty without one.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path_of(FileId(0))
    }

    /// Path of one of the files.
    #[must_use]
    pub fn path_of(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |file| file.path.as_str())
    }

    /// The files, the repository's own first; none without a configuration.
    #[must_use]
    pub fn files(&self) -> &[Origin] {
        &self.files
    }

    /// What is to be said of the configuration that is no reason to stop.
    #[must_use]
    pub fn remarks(&self) -> &[Problem] {
        &self.remarks
    }

    /// The severity set for a rule.
    #[must_use]
    pub fn severity(&self, rule: &str) -> Option<Severity> {
        self.severities.get(rule).copied()
    }

    /// What is said of a rule's finding at a path: `None` for nothing, else how severe it is where that is set for a part
    /// of the tree.
    #[must_use]
    pub fn at_path(&self, rule: Named<'_>, path: &str) -> Option<Option<Severity>> {
        paths::say(&self.paths, rule, path)
    }

    /// The severity from which a run fails, where set.
    #[must_use]
    pub fn fail_on(&self) -> Option<Severity> {
        self.fail_on
    }

    /// Findings less sure than this are left out, where set.
    #[must_use]
    pub fn min_confidence(&self) -> Option<Confidence> {
        self.min_confidence
    }

    /// How long credentials of a class may work.
    #[must_use]
    pub fn ceiling(&self, class: LifetimeClass) -> Ceiling {
        self.ceilings.get(&class).copied().unwrap_or_else(|| ceilings::default_ceiling(class))
    }

    /// How many days from today a waiver may last.
    #[must_use]
    pub fn waiver_days(&self, break_glass: bool) -> u32 {
        let set = if break_glass { self.break_glass_days } else { self.waiver_days };
        set.unwrap_or_else(|| ceilings::default_waiver_days(break_glass))
    }

    /// Whether a third party is approved: by the name without version, or by `platform/kind/name`.
    #[must_use]
    pub fn approves(&self, component: &Component) -> bool {
        self.approves_ref(&component.is)
    }

    /// Whether an entity's name is approved. A name whose end is unknown is approved by a pattern that ends in `*` and
    /// covers what is known of its beginning.
    #[must_use]
    pub fn approves_ref(&self, is: &Ref) -> bool {
        let mut full = Text::literal(format!("{}/{}/", is.platform, is.kind));
        full.append(&is.name);
        self.approved.iter().any(|pattern| names::covers(pattern, &is.name) || names::covers(pattern, &full))
    }

    /// People and teams.
    #[must_use]
    pub fn people(&self) -> &People {
        &self.people
    }

    /// Keys of tags that are added to those that say something of an identity anyway.
    pub fn keys(&self) -> impl Iterator<Item = (Word, &str)> {
        self.keys.iter().map(|(word, key)| (*word, key.text.as_str()))
    }

    /// The registry.
    #[must_use]
    pub fn identities(&self) -> &[IdentityRow] {
        &self.identities
    }

    /// Waivers of the file.
    #[must_use]
    pub fn waivers(&self) -> &[WaiverRow] {
        &self.waivers
    }

    /// Files of detectors, as paths from the root.
    #[must_use]
    pub fn detectors(&self) -> &[Written] {
        &self.detectors
    }

    /// The rules that it makes.
    #[must_use]
    pub fn rules(&self) -> &[Arc<PolicyRow>] {
        &self.rules
    }

    /// Third-party modules that are admitted.
    #[must_use]
    pub fn plugins(&self) -> &[PluginRow] {
        &self.plugins
    }
}
