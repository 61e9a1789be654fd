//! What hallpass knows of pipelines of Jenkins: `data/jenkins/pipelines.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::detect;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    predefined: Predefined,
    first_party: FirstParty,
    binding: Vec<Binding>,
    references: References,
    kept: Vec<Kept>,
    written: TextOfOthers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Predefined {
    prefixes: Vec<String>,
    names: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstParty {
    images: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// How a kind of credential is bound to variables.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Binding {
    names: Vec<String>,
    /// Arguments that name a variable, and the variable where they are left out.
    #[serde(default)]
    pub(super) secrets: Vec<(String, String)>,
    #[serde(default)]
    pub(super) paths: Vec<(String, String)>,
    #[serde(default)]
    pub(super) public: Vec<(String, String)>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct References {
    arguments: BTreeSet<String>,
    names: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Variables with text that whoever proposes a change writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextOfOthers {
    variables: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A step that keeps files.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    step: String,
    argument: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

struct Table {
    file: File,
    bindings: BTreeMap<String, usize>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    let file: File = crate::table::read(include_str!("../../../data/jenkins/pipelines.toml"))
        .expect("data/jenkins/pipelines.toml parses");
    let keyed = file.binding.iter().enumerate();
    let bindings = keyed.flat_map(|(at, row)| row.names.iter().map(move |name| (name.clone(), at))).collect();
    Table { file, bindings }
});

/// Reads the table now, so that a snapshot of the module holds it.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether Jenkins, its agent or the shell sets a variable of this name.
pub(super) fn is_predefined(name: &str) -> bool {
    let table = &TABLE.file.predefined;
    let prefixed = || table.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    table.names.contains(name) || prefixed() && !detect::asks_for_secret(name)
}

/// Whether an image's name is one of the platform's own.
pub(super) fn is_own_image(name: &str) -> bool {
    TABLE.file.first_party.images.iter().any(|prefix| name.starts_with(prefix.as_str()))
}

/// How a credential is bound, by the symbol or class that says so.
pub(super) fn binding(name: &str) -> Option<&'static Binding> {
    let row = TABLE.bindings.get(name).or_else(|| TABLE.bindings.get(name.rsplit('.').next()?))?;
    TABLE.file.binding.get(*row)
}

/// Whether an argument of this name names a credential of the store.
pub(super) fn is_reference(argument: &str) -> bool {
    let lower = argument.to_ascii_lowercase();
    ["credentialsid", "credentialid"].iter().any(|end| lower.ends_with(end))
        || TABLE.file.references.arguments.contains(argument)
}

/// Whether an argument of this name names something else than a secret.
pub(super) fn names_something(argument: &str) -> bool {
    let lower = argument.to_ascii_lowercase();
    is_reference(argument) || TABLE.file.references.names.iter().any(|end| lower.ends_with(end.as_str()))
}

/// Whether a variable holds text that whoever proposes a change writes.
pub(super) fn is_text_of_others(name: &str) -> bool {
    TABLE.file.written.variables.contains(name)
}

/// The argument of a step that names what it keeps.
pub(super) fn kept(step: &str) -> Option<&'static str> {
    TABLE.file.kept.iter().find(|row| row.step == step).map(|row| row.argument.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_every_row_has_a_source() {
        let sources = TABLE.file.binding.iter().map(|row| &row.source);
        for source in sources.chain(TABLE.file.kept.iter().map(|row| &row.source)) {
            assert!(source.starts_with("https://"), "{source}");
        }
        assert!(
            binding("com.cloudbees.jenkins.plugins.awscredentials.AmazonWebServicesCredentialsBinding")
                .is_some()
        );
    }

    #[test]
    fn arguments_that_name_something() {
        assert!(is_reference("credentialsId") && is_reference("registryCredentialsId"));
        assert!(names_something("passwordVariable") && !names_something("password"));
    }
}
