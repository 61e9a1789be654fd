//! Rules: each reads facts and reports findings. One file per rule in `rule/<class>/`, with its page in
//! `book/<class>/`; `build.rs` pairs the two, so that a rule without a page (or a page without a rule) does not build.
//!
//! Invariant: nothing here imports or names a dialect. A rule may know a platform through a table in `data/`; it never
//! knows a syntax.

pub mod analysis;
pub(crate) mod declared;
pub mod page;
pub mod template;
pub mod verdicts;
pub mod world;

use crate::finding::{Confidence, Severity};

pub use verdicts::{Draft, Verdicts};
pub use world::{At, World};

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// How much of the tree a rule must see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One unit is enough: runs as soon as the unit is lowered.
    Unit,
    /// Joins units; runs over whatever was read.
    Tree,
    /// Judges absence; runs only when the whole tree was read.
    WholeTree,
}

/// When a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It judges facts.
    Facts,
    /// It judges how the findings of all other rules were waived.
    Waivers,
    /// It judges what a change does to the guardrail; it runs only where two versions are held against each other.
    Change,
}

/// A rule's page, read when the module was built.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// `class/name`.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
    /// Severity when the rule says nothing else.
    pub severity: Severity,
    /// Severity of what a change brings, where that is graver.
    pub severity_new: Option<Severity>,
    /// Confidence when the rule says nothing else.
    pub confidence: Confidence,
    /// How much of the tree it must see.
    pub scope: Scope,
    /// When it runs.
    pub stage: Stage,
    /// Whether waivers may silence it.
    pub waivable: bool,
    /// Whether it runs, at its severity or above, whatever a configuration file says: that file is part of what is
    /// judged.
    pub mandatory: bool,
    /// First version that has it.
    pub since: &'static str,
    /// Whether it runs only where it is asked for, by its name or with all others in preview: it is young, and not yet
    /// held against anybody.
    pub preview: bool,
    /// Other names that are accepted: former ones, and those that people look for. One may be that of several rules.
    pub aliases: &'static [&'static str],
    /// Framework ids: (`owasp-nhi`, `NHI7`), (`cwe`, `798`) …
    pub frameworks: &'static [(&'static str, &'static str)],
    /// The page's Markdown, without front matter.
    pub page: &'static str,
}

impl Meta {
    /// The first half of the id.
    #[must_use]
    pub fn class(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(class, _)| class)
    }
}

/// A rule as selectors, waivers and findings know it: one of ours, or one that the policy makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'r> {
    /// `class/name`.
    pub id: &'r str,
    /// Other names that are accepted.
    pub aliases: &'r [&'static str],
    /// Whether it runs whatever a configuration file says.
    pub mandatory: bool,
}

impl<'r> Named<'r> {
    /// The first half of the id.
    #[must_use]
    pub fn class(self) -> &'r str {
        self.id.split_once('/').map_or(self.id, |(class, _)| class)
    }

    /// Whether a selector names it: by id, another name or class.
    #[must_use]
    pub fn is_called(self, word: &str) -> bool {
        word == self.id || word == self.class() || self.aliases.contains(&word)
    }
}

/// A rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// What its page says of it.
    pub meta: Meta,
    /// Judges what is in the world.
    pub judge: fn(&World<'_>, &mut Verdicts<'_>),
}

impl Rule {
    /// How selectors, waivers and findings know it.
    #[must_use]
    pub fn named(&self) -> Named<'static> {
        let Meta { id, aliases, mandatory, .. } = self.meta;
        Named { id, aliases, mandatory }
    }
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("id", &self.meta.id).finish_non_exhaustive()
    }
}

/// A rule by its id, or by another name that it alone has.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    crate::policy::names::rule(RULES, id)
}

/// The files of a rule's first example that must be flagged, its templates filled: a canary for the whole rule.
#[must_use]
pub fn example(id: &str, seed: u64) -> Option<Vec<(String, Vec<u8>)>> {
    let rule = find(id)?;
    let page = page::read(rule.meta.id, rule.meta.id, rule.meta.page);
    let example = page.examples.iter().find(|e| !e.expected.is_empty())?;
    let make = |detector: &str, n: u64| {
        crate::detect::canary(detector, seed.wrapping_add(n)).map(|canary| canary.text)
    };
    let fill = |text: &String| template::fill(text, &make).ok().map(|filled| filled.text.into_bytes());
    example.files.iter().map(|(path, text)| Some((path.clone(), fill(text)?))).collect()
}
