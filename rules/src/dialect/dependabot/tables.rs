//! What hallpass knows of registries: `data/github/dependabot.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

/// The whole table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tables {
    pub(super) secret: Vec<Secret>,
    host: Vec<Host>,
    #[serde(rename = "type")]
    types: Vec<Type>,
    pub(super) federation: Vec<Federation>,
}

/// A key of a registry that authenticates.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Secret {
    pub(super) key: String,
    /// The name under which the detectors see a literal: `key` alone says nothing to them.
    pub(super) named: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader of the table, and its test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Host {
    host: Option<String>,
    holds: Option<String>,
    platform: String,
    label: String,
    federation: Option<String>,
    seconds: Option<u64>,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader of the table, and its test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Type {
    #[serde(rename = "type")]
    name: String,
    platform: String,
    label: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader of the table, and its test"))]
    source: String,
}

/// Keys that together mean an exchange of tokens.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Federation {
    pub(super) keys: Vec<String>,
    pub(super) platform: String,
    pub(super) label: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader of the table, and its test"))]
    source: String,
}

/// Who issues what a registry asks for.
#[derive(Clone, Copy)]
pub(super) struct Issuer<'t> {
    pub(super) platform: &'t str,
    pub(super) label: &'t str,
    /// What to use in place of a stored key.
    pub(super) federation: Option<&'t str>,
    /// How long a credential works at most, in seconds, where the platform fixes that.
    pub(super) seconds: Option<u64>,
}

pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/github/dependabot.toml"))
        .expect("data/github/dependabot.toml parses")
});

impl Tables {
    /// Who issues the credential of a registry of this type at this address.
    pub(super) fn issuer(&self, kind: &str, url: &str) -> Issuer<'_> {
        let host = host(url);
        let by_host = self.host.iter().find(|row| row.fits(&host)).map(|row| Issuer {
            platform: &row.platform,
            label: &row.label,
            federation: row.federation.as_deref(),
            seconds: row.seconds,
        });
        let by_type = || {
            self.types.iter().find(|row| row.name == kind).map(|row| Issuer {
                platform: &row.platform,
                label: &row.label,
                federation: None,
                seconds: None,
            })
        };
        let unknown = Issuer { platform: "unknown", label: "registry", federation: None, seconds: None };
        by_host.or_else(by_type).unwrap_or(unknown)
    }
}

impl Host {
    fn fits(&self, host: &str) -> bool {
        let named = self.host.as_deref().is_some_and(|own| {
            host.strip_suffix(own).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        });
        named || self.holds.as_deref().is_some_and(|part| host.contains(part))
    }
}

/// The host of an address, with or without a scheme, in small letters.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_source_and_says_where_it_counts() {
        let table = &*TABLES;
        let sources = table.secret.iter().map(|r| &r.source).chain(table.host.iter().map(|r| &r.source));
        let sources = sources.chain(table.types.iter().map(|r| &r.source));
        for source in sources.chain(table.federation.iter().map(|r| &r.source)) {
            assert!(source.starts_with("https://"), "{source}");
        }
        assert!(table.host.iter().all(|row| row.host.is_some() != row.holds.is_some()));
        assert!(table.federation.iter().all(|row| !row.keys.is_empty()));
    }

    #[test]
    fn the_address_decides_before_the_type() {
        let platform = |kind, url| TABLES.issuer(kind, url).platform;
        assert_eq!(platform("npm-registry", "https://npm.pkg.github.com"), "github");
        assert_eq!(platform("npm-registry", "ACME.jfrog.io/artifactory/npm"), "jfrog");
        assert_eq!(platform("docker-registry", "https://1.dkr.ecr.eu-west-1.amazonaws.com"), "aws");
        assert_eq!(platform("npm-registry", "https://u@registry.npmjs.org:443/x"), "npm");
        assert_eq!(platform("npm-registry", "https://notjfrog.io/jfrog.io"), "npm");
        assert_eq!(platform("other", ""), "unknown");
    }
}
