//! Which kinds of identities and credentials a platform has, as registry rows name them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    kinds: BTreeMap<String, Vec<String>>,
}

#[allow(clippy::panic)] // a table is part of the program; every test of rows reads it
static KINDS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let table: Table = crate::table::read(include_str!("../../data/kinds.toml"))
        .unwrap_or_else(|error| panic!("data/kinds.toml: {error}"));
    table.kinds
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&KINDS);
}

/// The kinds of a platform; `None` if it has no row.
pub(super) fn of(platform: &str) -> Option<&'static [String]> {
    KINDS.get(platform).map(Vec::as_slice)
}
