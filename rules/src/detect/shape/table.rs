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
    /// Whether machines make such names, which look as if they were drawn.
    #[serde(default)]
    machine_made: bool,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    words: BTreeSet<String>,
    #[serde(default)]
    inside: Vec<String>,
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
struct Translations {
    folders: BTreeSet<String>,
    files: BTreeSet<String>,
    languages: BTreeSet<String>,
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
    stand_in: Words,
    public_name: Words,
    cursor_name: Words,
    revision_name: Words,
    qualifier: Words,
    file: Endings,
    translations: Translations,
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

impl Beginnings {
    fn begin(&self, text: &str) -> bool {
        text.len() >= self.at_least && self.begins.iter().any(|begin| text.starts_with(begin.as_str()))
    }
}

fn any(rows: &[Beginnings], text: &str) -> bool {
    rows.iter().any(|row| row.begin(text))
}

/// A name of a secret that is kept elsewhere. Behind most beginnings people write names: what an issuer drew is none.
pub(super) fn is_reference(text: &str) -> bool {
    let named = |row: &Beginnings| row.machine_made || !super::holds_issued(text);
    TABLE.reference.iter().any(|row| row.begin(text) && named(row))
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

/// Whether a word, in lower case, says by itself that another value belongs there.
pub(in crate::detect) fn is_stand_in(word: &str) -> bool {
    TABLE.stand_in.words.contains(word)
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

/// Whether a word of a name, in lower case, says that its value is a revision or a digest.
pub(in crate::detect) fn is_revision_name(word: &str) -> bool {
    TABLE.revision_name.words.contains(word)
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

/// Whether a path is that of a file of translations, by a folder around it or by the language it is named after:
/// `locales/de.yml`, `messages_fr.properties`, `i18n/pt-BR.json`.
pub(in crate::detect) fn is_translation(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let stem = name.split('.').next().unwrap_or(name);
    let language = stem.split(['-', '_']).next().unwrap_or(stem);
    // Behind the language stands the country, if anything.
    let country = stem.get(language.len()..).unwrap_or_default().trim_start_matches(['-', '_']);
    let named = TABLE.translations.languages.contains(language) && (country.is_empty() || country.len() == 2);
    let ends = stem.rsplit('_').next().is_some_and(|last| {
        last.len() < stem.len()
            && TABLE.translations.languages.contains(last)
            && name.ends_with(".properties")
    });
    named
        || ends
        || TABLE.translations.files.contains(name)
        || folders.split('/').any(|folder| TABLE.translations.folders.contains(folder))
}
