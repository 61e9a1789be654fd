//! Which documents there are: `data/access-documents/*.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::path::{self, Found};
use crate::document::Node;

/// A kind of document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    /// What people call it.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    pub(super) label: String,
    /// Paths that all must lead to something.
    has: Vec<String>,
    /// Keys of the root that other documents have which read alike.
    #[serde(default)]
    lacks: Vec<String>,
    /// Only if every value of a path is one of these.
    all: Option<All>,
    /// Not if every value of a path is one of these.
    unless_all: Option<All>,
    /// Each of these is a resource; else the document is one.
    each: Option<String>,
    /// The resource of Terraform, `data.` before a data source.
    pub(super) r#type: Option<String>,
    /// Argument -> path in what `each` leads to, `@key` for the key it stands under, `@name` for the file's name.
    #[serde(default)]
    pub(super) write: BTreeMap<String, String>,
    /// Arguments that are documents of their own.
    #[serde(default)]
    pub(super) json: Vec<String>,
    /// Argument -> text.
    #[serde(default)]
    pub(super) set: BTreeMap<String, String>,
    /// Who holds the rights: `platform/kind`.
    pub(super) holder: Option<String>,
    /// Where the holder's name stands.
    pub(super) name: Option<String>,
    /// The rights it asks for.
    #[serde(default)]
    pub(super) right: Vec<Right>,
    /// Credentials that a switch leaves without end.
    #[serde(default)]
    pub(super) endless: Vec<Endless>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    pub(super) source: String,
}

/// Values of a path.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct All {
    at: String,
    of: Vec<String>,
}

impl All {
    fn hold(&self, root: &Node) -> bool {
        let is = |node: &Node| node.text().is_some_and(|text| self.of.iter().any(|one| one == text));
        path::all(root, &self.at).iter().all(|found| is(found.node))
    }
}

/// A credential that works for ever where a key has one of these values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endless {
    pub(super) at: String,
    pub(super) values: Vec<String>,
    pub(super) title: String,
}

/// Rights that a document asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Right {
    /// Where they stand.
    pub(super) at: String,
    /// Only where a key beside has this value: `type=Role`.
    pub(super) only: Option<String>,
    /// The key below with the right's name.
    pub(super) value: Option<String>,
    /// Only where the document says one of these.
    #[serde(default)]
    pub(super) values: Vec<String>,
    /// Whom it is given to where that is no one: anybody with an account.
    #[serde(default)]
    pub(super) to_any_account: bool,
    /// The action; `{key}` and `{value}` stand for what the document says.
    pub(super) action: String,
}

/// What a platform calls a right by an id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Called {
    id: String,
    name: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    document: Vec<Document>,
    #[serde(default)]
    called: Vec<Called>,
}

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    let texts = [
        include_str!("../../../data/access-documents/clouds.toml"),
        include_str!("../../../data/access-documents/vault.toml"),
        include_str!("../../../data/access-documents/apps.toml"),
        include_str!("../../../data/access-documents/controllers.toml"),
    ];
    // The tables are part of the module; a test holds that they parse.
    #[allow(clippy::expect_used)]
    let read = |text| crate::table::read(text).expect("data/access-documents parses");
    texts.into_iter().map(read).collect()
});

/// Reads the tables now.
pub(super) fn warm() {
    LazyLock::force(&TABLES);
}

pub(super) fn documents() -> impl Iterator<Item = &'static Document> {
    TABLES.iter().flat_map(|table| &table.document)
}

/// The rows that fit a document.
pub(super) fn rows(root: &Node) -> impl Iterator<Item = &'static Document> {
    documents().filter(move |row| row.fits(root))
}

/// What a right is called that a document names by its id.
pub(super) fn called(id: &str) -> Option<&'static str> {
    let mut all = TABLES.iter().flat_map(|table| &table.called);
    all.find(|row| row.id.eq_ignore_ascii_case(id)).map(|row| row.name.as_str())
}

impl Document {
    fn fits(&self, root: &Node) -> bool {
        // What kind of manifest it is tells most rows apart.
        !root.entries().is_empty()
            && self.all.as_ref().is_none_or(|all| all.hold(root))
            && !self.lacks.iter().any(|key| path::first(root, key).is_some())
            && self.has.iter().all(|path| path::first(root, path).is_some())
            && !self.unless_all.as_ref().is_some_and(|all| all.hold(root))
    }

    /// What is a resource each.
    pub(super) fn each<'n>(&self, root: &'n Node) -> Vec<Found<'n>> {
        path::all(root, self.each.as_deref().unwrap_or_default())
    }
}

/// `notActions` -> `not_actions`, `IssuerURI` -> `issuer_uri`.
pub(in crate::dialect) fn snake(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let signs: Vec<char> = name.chars().collect();
    for (index, c) in signs.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| signs.get(at));
        let after = signs.get(index + 1);
        let begins = c.is_ascii_uppercase()
            && before.is_some_and(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || after.is_some_and(char::is_ascii_lowercase)
            });
        if begins && before != Some(&'_') {
            words.push('_');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_says_something_and_has_a_source() {
        for row in documents() {
            let says = row.r#type.is_some() || row.holder.is_some();
            assert!(says && !row.has.is_empty() && row.source.starts_with("https://"), "{}", row.label);
        }
    }

    #[test]
    fn names_in_terraforms_words() {
        for (name, snaked) in [
            ("notActions", "not_actions"),
            ("IssuerURI", "issuer_uri"),
            ("assumeRolePolicy", "assume_role_policy"),
            ("a_b", "a_b"),
            ("s3Bucket", "s3_bucket"),
        ] {
            assert_eq!(snake(name), snaked);
        }
    }
}
