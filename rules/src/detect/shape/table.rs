//! Values that are no secret by the way they begin (`data/values.toml`).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Beginnings {
    begins: Vec<String>,
    /// Shortest such value, in bytes; below it the beginning proves nothing.
    #[serde(default)]
    at_least: usize,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    words: BTreeSet<String>,
    #[serde(default)]
    inside: Vec<String>,
    #[serde(default)]
    asks: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Endings {
    endings: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    reference: Vec<Beginnings>,
    ciphertext: Vec<Beginnings>,
    digest: Vec<Beginnings>,
    public: Vec<Beginnings>,
    placeholder: Words,
    public_name: Words,
    cursor_name: Words,
    qualifier: Words,
    file: Endings,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/values.toml")).expect("data/values.toml parses")
});

/// Reads the table now.
pub(in crate::detect) fn warm() {
    LazyLock::force(&TABLE);
}

fn any(rows: &[Beginnings], text: &str) -> bool {
    rows.iter().any(|row| {
        text.len() >= row.at_least && row.begins.iter().any(|begin| text.starts_with(begin.as_str()))
    })
}

/// A name of a secret that is kept elsewhere.
pub(super) fn is_reference(text: &str) -> bool {
    any(&TABLE.reference, text)
}

/// Why a value may be shown to anybody: it is sealed, a digest, or a public half.
pub(super) fn harmless(text: &str) -> Option<&'static str> {
    if any(&TABLE.ciphertext, text) {
        Some("ciphertext (SOPS, Ansible Vault, age)")
    } else if any(&TABLE.digest, text) {
        Some("a digest or hash")
    } else if any(&TABLE.public, text) {
        Some("public: a certificate or public key")
    } else {
        None
    }
}

/// Whether a word, in lower case, says that the value is to be replaced.
pub(in crate::detect) fn is_placeholder(word: &str) -> bool {
    TABLE.placeholder.words.contains(word)
}

/// Whether a word, in lower case, asks whoever reads it to put something else in its place.
pub(in crate::detect) fn asks_for_another(word: &str) -> bool {
    TABLE.placeholder.asks.contains(word)
}

/// Whether a value, in lower case, holds a word that nobody draws.
pub(in crate::detect) fn holds_placeholder(text: &str) -> bool {
    TABLE.placeholder.inside.iter().any(|word| text.contains(word.as_str()))
}

/// Whether a name, as words in lower case, is that of a cursor or a request.
pub(in crate::detect) fn is_cursor_name(name: &str) -> bool {
    let ends =
        |end: &String| name.strip_suffix(end.as_str()).is_some_and(|r| r.is_empty() || r.ends_with(' '));
    TABLE.cursor_name.words.iter().any(ends)
}

/// Whether a word at the end of a name, in lower case, only tells it from its copies.
pub(in crate::detect) fn is_qualifier(word: &str) -> bool {
    TABLE.qualifier.words.contains(word)
}

/// Whether a word of a name, in lower case, says that its value is public.
pub(in crate::detect) fn is_public_name(word: &str) -> bool {
    TABLE.public_name.words.contains(word)
}

/// Whether a value ends like the name of a file.
pub(in crate::detect) fn is_file(text: &str) -> bool {
    TABLE.file.endings.iter().any(|ending| text.ends_with(ending.as_str()))
}
