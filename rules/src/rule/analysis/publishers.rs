//! Publishers that issue credentials themselves (`data/third-party/publishers.toml`).

use std::sync::LazyLock;

use serde::Deserialize;

use crate::fact::{Component, Text};
use crate::policy::names;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publisher {
    component: String,
    issuer: String,
    #[serde(default)]
    opens: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    publisher: Vec<Publisher>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/third-party/publishers.toml"))
        .expect("data/third-party/publishers.toml parses")
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether the publisher of a component issues what logs in to this platform. `opens` is what the credential says it
/// opens; where that matters and is not known, it is a stranger's.
pub(crate) fn issues(component: &Component, platform: &str, opens: Option<&Text>) -> bool {
    let is = &component.is;
    let Some(name) = is.name.known() else { return false };
    let full = format!("{}/{}/{name}", is.platform, is.kind).to_ascii_lowercase();
    TABLE.publisher.iter().any(|row| {
        row.issuer == platform
            && names::matches(&row.component, &full)
            && (row.opens.is_empty()
                || opens.and_then(Text::known).is_some_and(|o| row.opens.iter().any(|r| r == o)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::logins;

    #[test]
    fn the_table_parses_and_names_platforms_of_logins() {
        for row in &TABLE.publisher {
            assert!(logins::platform(&row.issuer).is_some(), "{}", row.component);
            assert!(row.source.starts_with("https://"), "{}", row.component);
        }
    }
}
