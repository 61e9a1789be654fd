//! What hallpass knows of descriptions of interfaces: `data/openapi/security.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

/// The whole table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tables {
    scheme: Vec<Scheme>,
    pub(super) extension: Vec<Extension>,
    parameter: Vec<Parameter>,
    open: Vec<Open>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scheme {
    #[serde(rename = "type")]
    kind: String,
    scheme: Option<String>,
    means: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader of the table, and its test"))]
    source: String,
}

/// How a gateway is told who may call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extension {
    pub(super) key: String,
    pub(super) below: String,
    pub(super) anonymous: Vec<String>,
    pub(super) means: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader of the table, and its test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameter {
    names: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader of the table, and its test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    #[serde(default)]
    last: Vec<String>,
    #[serde(default)]
    any: Vec<String>,
    because: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader of the table, and its test"))]
    source: String,
}

pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    // The table is part of the module; the test below holds that it parses. An empty one would silence rules.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/openapi/security.toml"))
        .expect("data/openapi/security.toml parses")
});

impl Tables {
    /// What facts call a security scheme of this type, and of this scheme of HTTP.
    pub(super) fn mechanism(&self, kind: &str, scheme: &str) -> Option<&str> {
        let fits = |row: &&Scheme| {
            row.kind == kind && row.scheme.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(scheme))
        };
        self.scheme.iter().find(fits).map(|row| row.means.as_str())
    }

    /// Whether a parameter of this name carries a credential.
    pub(super) fn carries(&self, parameter: &str) -> bool {
        let name = bare(parameter);
        self.parameter.iter().any(|row| row.names.contains(&name))
    }

    /// Why operations of this path cannot ask first.
    pub(super) fn open(&self, path: &str) -> Option<&str> {
        let segments: Vec<String> = path.split('/').filter(|s| !s.is_empty()).map(bare).collect();
        // A parameter at the end says what of: `/webhooks/{id}` is as open as `/webhooks`, `/login/{user}` is not.
        let last = segments.last()?;
        let fits = |row: &&Open| row.last.contains(last) || segments.iter().any(|s| row.any.contains(s));
        self.open.iter().find(fits).map(|row| row.because.as_str())
    }
}

/// A name in small letters, without what separates its words.
fn bare(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_source() {
        let t = &*TABLES;
        let sources = t.scheme.iter().map(|r| &r.source).chain(t.extension.iter().map(|r| &r.source));
        let sources = sources.chain(t.parameter.iter().map(|r| &r.source));
        for source in sources.chain(t.open.iter().map(|r| &r.source)) {
            assert!(source.starts_with("https://"), "{source}");
        }
        assert!(t.open.iter().all(|row| !row.last.is_empty() || !row.any.is_empty()));
    }

    #[test]
    fn some_operations_cannot_ask_first() {
        for path in
            ["/login", "/v1/users/sign-in", "/oauth/token", "/.well-known/x", "/health/db", "/webhooks/{id}"]
        {
            assert!(TABLES.open(path).is_some(), "{path}");
        }
        for path in ["/", "/users", "/login/{user}/history", "/tokens/{id}", "/healthcare", "/hook-types"] {
            assert!(TABLES.open(path).is_none(), "{path}");
        }
        assert!(TABLES.carries("X-API-Key") && !TABLES.carries("X-Request-Id"));
        assert_eq!(TABLES.mechanism("http", "Basic"), Some("basic"));
        assert_eq!(TABLES.mechanism("http", "digest"), Some("http-authentication"));
        assert_eq!(TABLES.mechanism("oauth1", ""), None);
    }
}
