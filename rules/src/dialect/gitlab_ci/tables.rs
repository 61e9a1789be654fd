//! What hallpass knows of GitLab CI/CD: `data/gitlab/ci.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::detect;
use crate::dialect::pipeline::names;
use crate::fact::Starter;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) keywords: Keywords,
    predefined: Predefined,
    pub(super) debug: Variables,
    pub(super) first_party: FirstParty,
    pub(super) pipeline: Vec<Pipeline>,
    pub(super) pipelines: Pipelines,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keywords {
    pub(super) global: BTreeSet<String>,
    pub(super) default: BTreeSet<String>,
    pub(super) job: BTreeSet<String>,
    pub(super) telling: BTreeSet<String>,
    pub(super) foreign: BTreeSet<String>,
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
pub(super) struct Variables {
    pub(super) variables: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstParty {
    pub(super) includes: Vec<String>,
    pub(super) images: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pipeline {
    /// Value of `CI_PIPELINE_SOURCE`.
    pub(super) name: String,
    pub(super) by: Vec<Starter>,
    /// Whether it runs code that was only proposed.
    #[serde(default)]
    pub(super) proposed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pipelines {
    /// Words of `only`, and the pipeline they stand for.
    pub(super) words: BTreeMap<String, String>,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "external")]
    _external: String,
    #[serde(rename = "forks")]
    _forks: String,
    #[serde(rename = "words_source")]
    _words_source: String,
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/gitlab/ci.toml")).expect("data/gitlab/ci.toml parses")
});

/// Reads the table now, so that a snapshot of the module holds it.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether the platform, the runner or the shell sets a variable of this name.
pub(super) fn is_predefined(name: &str) -> bool {
    let table = &TABLE.predefined;
    let prefixed = || table.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    table.names.contains(name)
        || prefixed() && !detect::asks_for_secret(name) && !names::is_personal_token(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_its_words_name_pipelines() {
        warm();
        let known = |name: &String| TABLE.pipeline.iter().any(|p| p.name == *name);
        assert!(TABLE.pipelines.words.values().all(known));
        for name in ["CI_COMMIT_SHA", "CI_JOB_TOKEN", "GITLAB_USER_LOGIN", "CI_REGISTRY_USER"] {
            assert!(is_predefined(name), "{name}");
        }
        for name in ["DEPLOY_TOKEN", "GITLAB_TOKEN", "CI_PUSH_TOKEN"] {
            assert!(!is_predefined(name), "{name}");
        }
        assert!(
            TABLE
                .keywords
                .global
                .is_disjoint(&TABLE.keywords.job.difference(&TABLE.keywords.default).cloned().collect())
        );
    }
}
