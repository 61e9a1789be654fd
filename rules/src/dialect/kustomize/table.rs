//! `data/kubernetes/kustomize.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Merge {
    list: String,
    key: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

/// A key whose effect is not seen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unread {
    pub(super) key: String,
    pub(super) what: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    merge: Vec<Merge>,
    pub(super) unread: Vec<Unread>,
}

impl Table {
    /// The key by which items of a list are told apart.
    pub(super) fn key(&self, list: &str) -> Option<&str> {
        self.merge.iter().find(|row| row.list == list).map(|row| row.key.as_str())
    }
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence coverage.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/kubernetes/kustomize.toml"))
        .expect("data/kubernetes/kustomize.toml parses")
});

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn the_table_parses_and_names_its_sources() {
        let merges = TABLE.merge.iter().map(|row| &row.source);
        assert!(merges.chain(TABLE.unread.iter().map(|row| &row.source)).all(|s| s.starts_with("https://")));
    }
}
