//! Publishers that issue credentials themselves, and registries that few can publish to
//! (`data/third-party/publishers.toml`).

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
struct Closed {
    component: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    publisher: Vec<Publisher>,
    closed: Vec<Closed>,
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
    let Some(full) = full(component) else { return false };
    TABLE.publisher.iter().any(|row| {
        row.issuer == platform
            && names::matches(&row.component, &full)
            && (row.opens.is_empty()
                || opens.and_then(Text::known).is_some_and(|o| row.opens.iter().any(|r| r == o)))
    })
}

/// Whether only members of one account or network can publish where a component is kept.
pub(crate) fn closed(component: &Component) -> bool {
    full(component).is_some_and(|full| TABLE.closed.iter().any(|row| names::matches(&row.component, &full)))
}

/// The component as the rows write it.
fn full(component: &Component) -> Option<String> {
    let is = &component.is;
    let name = is.name.known()?;
    Some(format!("{}/{}/{name}", is.platform, is.kind).to_ascii_lowercase())
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
        for row in &TABLE.closed {
            assert!(row.source.starts_with("https://"), "{}", row.component);
        }
    }

    #[test]
    fn a_registry_of_an_account_or_network_is_closed() {
        let image = |name: &str| {
            crate::rule::analysis::sample::component(
                crate::rule::analysis::sample::named("oci", "image", name),
                crate::fact::Pin::None,
            )
        };
        let kept = |name: &str| match image(name) {
            crate::fact::Body::Component(component) => closed(&component),
            _ => false,
        };
        for name in [
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app",
            "acme.azurecr.io/app",
            "hub.acme.internal/app",
        ] {
            assert!(kept(name), "{name}");
        }
        for name in [
            "ghcr.io/acme/app",
            "acme/app",
            "internal/app",
            "azurecr.io.evil.example/app",
            "public.ecr.aws/acme/app",
        ] {
            assert!(!kept(name), "{name}");
        }
    }
}
