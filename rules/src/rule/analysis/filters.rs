//! Policies that filter what others have granted (`data/scope/filters.toml`).

use std::sync::LazyLock;

use serde::Deserialize;

use crate::fact::Grant;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    platform: String,
    kind: String,
    #[allow(dead_code)] // for readers of the table, and a test
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    filter: Vec<Filter>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/scope/filters.toml"))
        .expect("data/scope/filters.toml parses")
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether what holds a grant only filters.
#[must_use]
pub(crate) fn filters(grant: &Grant) -> bool {
    TABLE.filter.iter().any(|row| row.platform == grant.holder.platform && row.kind == grant.holder.kind)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_parses_and_names_its_sources() {
        assert!(super::TABLE.filter.iter().all(|row| row.source.starts_with("https://")));
    }
}
