//! Frameworks: what standards ask for, and which rules speak to it (`data/frameworks.toml`).
//!
//! A rule reaches an entry where its page names it, or where the table names the rule or its class. An entry that no rule
//! reaches says why not.
//!
//! Invariant: nothing here judges; it says which rules do.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::rule::{Meta, RULES};

/// Who wrote the titles of a framework's entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Titles {
    /// The standard.
    #[default]
    Theirs,
    /// We did: the standard has sentences in their place.
    Ours,
    /// Nobody: what is published differs from place to place.
    None,
}

/// A standard.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Framework {
    /// What the pages of rules and the command line call it.
    pub key: String,
    /// Its full name.
    pub name: String,
    /// Its edition.
    pub version: String,
    /// Where it is published.
    pub source: String,
    /// Who wrote the titles.
    #[serde(default)]
    pub titles: Titles,
    /// Whether every entry of it is here; otherwise those that machine identities are about.
    #[serde(default)]
    pub whole: bool,
    /// What else is to be known of it.
    note: Option<String>,
    /// The form of its entries' addresses, `{id}` for their id.
    address: Option<String>,
    /// What it asks for, in its order.
    #[serde(rename = "entry")]
    pub entries: Vec<Entry>,
    /// Rules that reach no entry.
    #[serde(default)]
    pub apart: Vec<Apart>,
}

/// Something that a standard asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// Its id there.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// Where it is published.
    address: Option<String>,
    /// Rules and classes that speak to it, besides those whose page says so.
    #[serde(default)]
    pub by: Vec<String>,
    /// Why no file can tell.
    pub not_checked: Option<String>,
}

/// Rules that no entry of a framework is about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Apart {
    /// Which.
    pub rules: Vec<String>,
    /// Why.
    pub why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    framework: Vec<Framework>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A table that does not parse stops the tests below, never a user.
    crate::table::read(include_str!("../data/frameworks.toml")).unwrap_or(Table { framework: Vec::new() })
});

/// Builds the table now.
pub(crate) fn warm() {
    LazyLock::force(&TABLE);
}

/// Every framework, in the order of the table.
#[must_use]
pub fn all() -> &'static [Framework] {
    &TABLE.framework
}

impl Framework {
    /// The rules that reach an entry, in the order of rules.
    pub fn reaching<'a>(&'a self, entry: &'a Entry) -> impl Iterator<Item = &'static str> + 'a {
        RULES.iter().map(|rule| rule.meta).filter(|meta| self.is_named(meta, entry)).map(|meta| meta.id)
    }

    fn is_named(&self, meta: &Meta, entry: &Entry) -> bool {
        let on_page = meta.frameworks.iter().any(|(key, id)| *key == self.key && *id == entry.id);
        on_page || entry.by.iter().any(|name| name == meta.id || name == meta.class())
    }

    /// What whoever reads the table should know of it.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let titles = match self.titles {
            Titles::Theirs => None,
            Titles::Ours => Some("it has sentences in place of titles; the words here are ours"),
            Titles::None => Some("its titles are told differently from place to place, so ids stand alone"),
        };
        let notes: Vec<&str> = titles.into_iter().chain(self.note.as_deref()).collect();
        Some(notes.join("; ")).filter(|notes| !notes.is_empty())
    }

    /// Where an entry is published, if it has a place of its own.
    #[must_use]
    pub fn address(&self, entry: &Entry) -> Option<String> {
        let formed = || self.address.as_ref().map(|form| form.replace("{id}", &entry.id));
        entry.address.clone().or_else(formed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use std::collections::BTreeSet;

    use super::*;

    fn told<'a>(entries: impl Iterator<Item = &'a String>) -> usize {
        entries.filter(|text| !text.trim().is_empty()).count()
    }

    #[test]
    fn the_table_is_read() {
        let table: Table = crate::table::read(include_str!("../data/frameworks.toml")).expect("the table");
        assert_eq!(table.framework.len(), all().len());
        let keys: BTreeSet<&str> = all().iter().map(|framework| framework.key.as_str()).collect();
        assert_eq!(keys.len(), all().len(), "a key stands twice");
        let names: BTreeSet<&str> = all().iter().map(|framework| framework.name.as_str()).collect();
        assert_eq!(names.len(), all().len(), "a name stands twice");
        for framework in all() {
            assert!(framework.source.starts_with("https://"), "{}: a source", framework.key);
            assert!(!framework.version.is_empty() && !framework.entries.is_empty(), "{}", framework.key);
        }
    }

    #[test]
    fn ids_and_titles_are_told_once() {
        for framework in all() {
            let key = &framework.key;
            let ids: BTreeSet<&str> = framework.entries.iter().map(|entry| entry.id.as_str()).collect();
            assert_eq!(ids.len(), framework.entries.len(), "{key}: an id stands twice");
            let titled = told(framework.entries.iter().filter_map(|entry| entry.title.as_ref()));
            let titles: BTreeSet<&str> =
                framework.entries.iter().filter_map(|entry| entry.title.as_deref()).collect();
            assert_eq!(titles.len(), titled, "{key}: a title stands twice, or is empty");
            let expected = if framework.titles == Titles::None { 0 } else { framework.entries.len() };
            assert_eq!(titled, expected, "{key}: titles");
            for entry in &framework.entries {
                let address = framework.address(entry);
                assert!(
                    address.is_none_or(|a| a.starts_with("https://") && !a.contains('{')),
                    "{key} {}",
                    entry.id
                );
            }
        }
    }

    #[test]
    fn every_id_that_a_page_names_is_in_the_table() {
        for rule in RULES {
            for (key, id) in rule.meta.frameworks {
                let framework = all().iter().find(|framework| framework.key == *key);
                let known = framework.is_some_and(|f| f.entries.iter().any(|entry| entry.id == *id));
                assert!(known, "{}: data/frameworks.toml has no {key} {id}", rule.meta.id);
            }
        }
    }

    #[test]
    fn every_entry_is_reached_or_says_why_not() {
        let known: BTreeSet<&str> = RULES.iter().flat_map(|rule| [rule.meta.id, rule.meta.class()]).collect();
        for framework in all() {
            for entry in &framework.entries {
                let at = format!("{} {}", framework.key, entry.id);
                let why = entry.not_checked.as_deref().is_some_and(|why| !why.trim().is_empty());
                let reached = framework.reaching(entry).count();
                assert!(why != (reached > 0), "{at}: reached by {reached} rules, and says why not: {why}");
                for name in &entry.by {
                    assert!(known.contains(name.as_str()), "{at}: `{name}` is neither a rule nor a class");
                }
                let own: BTreeSet<&String> = entry.by.iter().collect();
                assert_eq!(own.len(), entry.by.len(), "{at}: a name stands twice");
            }
        }
    }

    #[test]
    fn every_rule_has_a_place_among_the_risks_of_machine_identities_or_says_why_not() {
        let framework = all().iter().find(|framework| framework.key == "owasp-nhi").unwrap();
        let reaching: BTreeSet<&str> =
            framework.entries.iter().flat_map(|entry| framework.reaching(entry)).collect();
        for apart in &framework.apart {
            assert!(!apart.why.trim().is_empty(), "{:?}", apart.rules);
        }
        let apart: Vec<&str> = framework.apart.iter().flat_map(|a| &a.rules).map(String::as_str).collect();
        for rule in RULES {
            let id = rule.meta.id;
            let times = apart.iter().filter(|name| **name == id).count();
            assert_eq!(times + usize::from(reaching.contains(id)), 1, "{id}");
        }
        assert!(apart.iter().all(|name| RULES.iter().any(|rule| rule.meta.id == *name)), "{apart:?}");
    }

    #[test]
    fn a_class_stands_for_its_rules() {
        let framework = all().iter().find(|framework| framework.key == "sp800-53").unwrap();
        let entry = framework.entries.iter().find(|entry| entry.id == "AC-6").unwrap();
        let reaching: Vec<&str> = framework.reaching(entry).collect();
        assert!(
            reaching.contains(&"scope/admin-grant") && reaching.contains(&"governance/unregistered-scope")
        );
        assert!(!reaching.contains(&"secret/exposed-log"));
    }
}
