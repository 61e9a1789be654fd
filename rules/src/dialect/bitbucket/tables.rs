//! What hallpass knows of Bitbucket Pipelines: `data/bitbucket/pipelines.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::detect;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    predefined: Predefined,
    pub(super) variables: Variables,
    pub(super) first_party: FirstParty,
    quiet: Quiet,
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
pub(super) struct Variables {
    pub(super) token: String,
    pub(super) outputs: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "outputs_source")]
    _outputs_source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstParty {
    pub(super) pipes: Vec<String>,
    pub(super) images: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quiet {
    commands: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/bitbucket/pipelines.toml"))
        .expect("data/bitbucket/pipelines.toml parses")
});

/// Reads the table now, so that a snapshot of the module holds it.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether the platform or the shell sets a variable of this name.
pub(super) fn is_predefined(name: &str) -> bool {
    let table = &TABLE.predefined;
    let prefixed = || table.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    table.names.contains(name) || prefixed() && !detect::asks_for_secret(name)
}

/// Whether a command, by its program and the first words behind it, takes no token of the step.
pub(super) fn is_quiet(words: &[String]) -> bool {
    // `npm run lint` is the longest.
    const LONGEST: usize = 3;
    let quiet = &TABLE.quiet.commands;
    (1..=words.len().min(LONGEST))
        .any(|length| words.get(..length).is_some_and(|words| quiet.contains(&words.join(" "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_names_the_platforms_variables() {
        warm();
        for name in ["BITBUCKET_BRANCH", "BITBUCKET_STEP_OIDC_TOKEN", "HOME"] {
            assert!(is_predefined(name), "{name}");
        }
        for name in ["BITBUCKET_ACCESS_TOKEN", "DEPLOY_TOKEN"] {
            assert!(!is_predefined(name), "{name}");
        }
        assert!(is_predefined(&TABLE.variables.token));
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(is_quiet(&words("go test ./...")) && is_quiet(&words("npm run lint")));
        assert!(!is_quiet(&words("go run deploy.go")) && !is_quiet(&words("npm publish")) && !is_quiet(&[]));
    }
}
