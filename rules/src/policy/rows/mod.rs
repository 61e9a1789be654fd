//! `[[policy]]`: an organisation's own rules over facts.
//!
//! A row names a body, what must be true of its fields ([`condition`]), and what is said then ([`message`]). It asks about
//! the published facts schema ([`field`]) and nothing else, so that it speaks for every dialect. Invariant: a row is judged
//! by the facts of one unit alone, in time linear in them.

pub(crate) mod condition;
pub(crate) mod field;
pub(crate) mod holds;
pub(crate) mod message;
pub(crate) mod pattern;
mod read;
pub(crate) mod schema;
#[cfg(test)]
mod tests;
pub(crate) mod written;

use std::collections::BTreeMap;

use condition::Condition;
use message::Template;

use super::names;
use crate::finding::Severity;
use crate::rule::Named;
use crate::span::{ByteSpan, FileId};

pub(super) use read::rows;

/// The class of the rules that a policy makes, and what their names begin with.
pub(crate) const CLASS: &str = "policy";

/// Whether a word is the name of a rule that a policy makes, whether there is one or not.
pub(crate) fn is_name(word: &str) -> bool {
    word.strip_prefix(CLASS).is_some_and(|rest| rest.starts_with('/'))
}

/// A rule that the policy makes.
#[derive(Clone, Debug)]
pub struct PolicyRow {
    /// `policy/<id>`.
    pub id: String,
    /// Where its id stands.
    pub span: ByteSpan,
    /// The file that it stands in.
    pub file: FileId,
    /// One line.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// Whether waivers may silence it.
    pub waivable: bool,
    /// Paths that it is about, `*` for any text; empty for all.
    pub paths: Vec<String>,
    /// Framework ids.
    pub frameworks: BTreeMap<String, Vec<String>>,
    /// The body that it is about, as in JSON.
    pub body: String,
    /// What must be true of a fact.
    pub(crate) conditions: Vec<Condition>,
    /// What lets it be all the same: one of these is enough.
    pub(crate) unless: Vec<Vec<Condition>>,
    pub(crate) message: Template,
    pub(crate) help: Option<Template>,
    /// The message and help as written.
    written: (String, Option<String>),
}

impl PolicyRow {
    /// How selectors and waivers know it.
    #[must_use]
    pub fn named(&self) -> Named<'_> {
        Named { id: &self.id, aliases: &[], mandatory: false }
    }

    /// Whether it speaks of a path.
    #[must_use]
    pub fn speaks_of(&self, path: &str) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|pattern| names::matches(pattern, path))
    }

    /// Whether it asks where a fact happens.
    pub(crate) fn asks_context(&self) -> bool {
        let paths = self.conditions.iter().chain(self.unless.iter().flatten()).map(|c| c.path.as_slice());
        let named = self.message.fields().chain(self.help.iter().flat_map(Template::fields));
        paths.chain(named).any(|path| path.first().is_some_and(|first| first == field::WITHIN))
    }

    /// What there is to say of it, in Markdown, as of every rule.
    #[must_use]
    pub fn page(&self) -> String {
        let (message, help) = &self.written;
        let help = help.as_deref().unwrap_or("Ask whoever answers for the policy.");
        format!(
            "# {}\n\n## What it catches\n\nA rule of this policy about a `{}`: {message}\n\n## How to fix\n\n{help}\n",
            self.title, self.body
        )
    }

    /// Whether every fact that another row speaks of is one of its own, as far as that can be told: it asks for no more,
    /// excepts no more, and is about no fewer paths.
    pub(crate) fn speaks_wherever(&self, other: &Self) -> bool {
        let covered = |path: &String| self.paths.iter().any(|own| own == path || names::matches(own, path));
        let paths = self.paths.is_empty() || (!other.paths.is_empty() && other.paths.iter().all(covered));
        self.body == other.body
            && paths
            && self.conditions.iter().all(|condition| other.conditions.contains(condition))
            && self.unless.iter().all(|exception| {
                // An exception that asks for more excepts less.
                other.unless.iter().any(|known| known.iter().all(|condition| exception.contains(condition)))
            })
    }
}
