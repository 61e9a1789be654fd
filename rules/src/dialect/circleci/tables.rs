//! What hallpass knows of CircleCI: `data/circleci/config.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::detect;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) keywords: Keywords,
    predefined: Predefined,
    pub(super) tokens: Tokens,
    pub(super) first_party: FirstParty,
    pub(super) continues: Vec<Continues>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keywords {
    pub(super) telling: BTreeSet<String>,
    pub(super) foreign: BTreeSet<String>,
    pub(super) silent_steps: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
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
pub(super) struct Tokens {
    pub(super) names: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstParty {
    pub(super) orbs: Vec<String>,
    pub(super) images: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// An orb that goes on with another configuration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Continues {
    pub(super) orb: String,
    pub(super) argument: String,
    pub(super) default: Option<String>,
    #[serde(rename = "source")]
    _source: String,
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/circleci/config.toml"))
        .expect("data/circleci/config.toml parses")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_names_the_platforms_variables() {
        warm();
        for name in ["CIRCLE_SHA1", "CIRCLE_OIDC_TOKEN", "HOME"] {
            assert!(is_predefined(name), "{name}");
        }
        for name in ["CIRCLE_TOKEN", "DEPLOY_TOKEN"] {
            assert!(!is_predefined(name), "{name}");
        }
        assert!(TABLE.tokens.names.iter().all(|name| is_predefined(name)));
    }
}
