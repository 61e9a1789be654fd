//! What hallpass knows of agents' configuration files: `data/tools/configurations.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    file: Vec<File>,
    pub(super) open: Vec<Open>,
    pub(super) trust: Vec<Trust>,
    pub(super) runner: Vec<Runner>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    ends: Vec<String>,
    pub(super) agent: String,
    pub(super) servers: Vec<String>,
    #[serde(default)]
    pub(super) shared: bool,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum What {
    Tools,
    Servers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    pub(super) agent: String,
    pub(super) path: Vec<String>,
    pub(super) values: Vec<String>,
    pub(super) what: What,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trust {
    pub(super) key: String,
    pub(super) values: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Runner {
    pub(super) program: String,
    #[serde(default)]
    pub(super) words: String,
    #[serde(default)]
    pub(super) valued: BTreeSet<String>,
    #[serde(default)]
    pub(super) package: Vec<String>,
    pub(super) platform: String,
    pub(super) kind: String,
    #[serde(rename = "source")]
    _source: String,
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/tools/configurations.toml"))
        .expect("data/tools/configurations.toml parses")
});

/// Reads the table now, so that a snapshot of the module holds it.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// The row of a path.
pub(super) fn file(path: &str) -> Option<&'static File> {
    let is = |end: &String| {
        path.strip_suffix(end.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    TABLE.file.iter().find(|row| row.ends.iter().any(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_paths_are_whole_parts() {
        assert!(file("a/.mcp.json").is_some_and(|row| row.shared));
        assert!(file(".vscode/settings.json").is_some_and(|row| !row.shared));
        assert!(file("a.mcp.json").is_none() && file("settings.json").is_none());
    }
}
