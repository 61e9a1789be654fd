//! Stores of whose secrets a variable for all jobs gives none to a job that had it not: `data/scope/stores.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::fact::Ref;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Store {
    platform: String,
    kind: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    store: Vec<Store>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/scope/stores.toml"))
        .expect("data/scope/stores.toml parses")
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether each job has what this store keeps, or has it not, whatever is set for all jobs.
pub(crate) fn reaches_alike(what: &Ref) -> bool {
    TABLE.store.iter().any(|store| store.platform == what.platform && store.kind == what.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_every_row_has_a_source() {
        for store in &TABLE.store {
            assert!(store.source.starts_with("https://"), "{}", store.platform);
        }
    }
}
