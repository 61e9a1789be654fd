//! Where a forge is asked.

use std::fmt;

use ureq::http::Uri;

use super::Failure;
use crate::report::text::plain;

/// Where GraphQL is asked; on a server of one's own, beside the versions of the other interface.
pub(super) const GRAPHQL: &str = "/graphql";

/// The address that all of an interface begins with, without a `/` at its end. It is `https`, or this machine.
pub(super) struct Address(String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&self.0))
    }
}

impl Address {
    /// From what somebody wrote.
    ///
    /// # Errors
    /// It is none, or a token would not be safe on its way there.
    pub(super) fn new(base: &str) -> anyhow::Result<Self> {
        let base = base.trim_end_matches('/');
        let uri: Option<Uri> = base.parse().ok();
        let Some((uri, authority)) = uri.as_ref().and_then(|uri| Some((uri, uri.authority()?))) else {
            anyhow::bail!("the forge's address is none; give one like https://HOST/api/v3");
        };
        if authority.as_str().contains('@') {
            anyhow::bail!(
                "the forge's address holds a name or a password; leave it out, and put a token into the environment"
            );
        }
        if uri.query().is_some() || base.contains('#') {
            anyhow::bail!("{}: the forge's address ends with its path; leave out what follows", plain(base));
        }
        let is_near = matches!(authority.host(), "127.0.0.1" | "localhost" | "[::1]");
        match uri.scheme_str() {
            Some("https") => Ok(Self(base.to_owned())),
            Some("http") if is_near => Ok(Self(base.to_owned())),
            Some("http") => anyhow::bail!(
                "{}: the token would travel in the clear; give an address that begins with https://",
                plain(base)
            ),
            _ => {
                anyhow::bail!(
                    "{}: no forge is asked so; give an address that begins with https://",
                    plain(base)
                )
            }
        }
    }

    /// The whole of an address of the interface.
    pub(super) fn of(&self, path: &str) -> String {
        match self.0.strip_suffix("/v3").filter(|_| path == GRAPHQL) {
            Some(beside) => format!("{beside}{path}"),
            None => format!("{}{path}", self.0),
        }
    }

    /// The path of an address that the forge names, which is one of this client's.
    pub(super) fn own(&self, what: &str, address: &str) -> Result<String, Failure> {
        let path = if address.starts_with('/') && !address.starts_with("//") {
            // From the host on; the interface may begin further down.
            let origin = self.0.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
            format!("{origin}{address}").strip_prefix(self.0.as_str()).map(str::to_owned)
        } else {
            address.strip_prefix(self.0.as_str()).map(str::to_owned)
        };
        path.filter(|path| path.starts_with('/')).ok_or_else(|| {
            let host = address.parse().ok().and_then(|uri: Uri| uri.host().map(plain)).unwrap_or_default();
            let said = format!(
                "it sends on to another address ({host}), which does not get the token; give --api as the forge writes it"
            );
            Failure::Malformed { what: what.to_owned(), said }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_token_does_not_travel_in_the_clear() {
        let named = ["https://bot", "s3cr3t@example.com"].join(":");
        for base in [
            "http://example.com",
            "ftp://x",
            "x",
            "",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com/",
            &named,
            "https://example.com/?x=1",
        ] {
            let refused = Address::new(base).unwrap_err().to_string();
            assert!(!refused.contains("s3cr3t"), "{refused}");
        }
        for base in [
            "https://api.github.com",
            "http://127.0.0.1:8080/api/v3/",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            assert!(Address::new(base).is_ok(), "{base}");
        }
    }

    #[test]
    fn what_stands_elsewhere_is_not_ours() {
        let base = Address::new("https://host.example/api/v3/").unwrap();
        let own = |address: &str| base.own("GET /a", address).ok();
        assert_eq!(own("https://host.example/api/v3/a?page=2").as_deref(), Some("/a?page=2"));
        assert_eq!(own("/api/v3/repositories/7").as_deref(), Some("/repositories/7"));
        for other in [
            "https://host.example.evil.example/api/v3/a",
            "https://host.example:444/api/v3/a",
            "http://host.example/api/v3/a",
            "https://host.example/api/v30/a",
            "//evil.example/api/v3/a",
            "/login",
            "a",
        ] {
            assert_eq!(own(other), None, "{other}");
        }
    }

    #[test]
    fn graphql_stands_beside_the_versions() {
        assert_eq!(
            Address::new("https://h.example/api/v3").unwrap().of(GRAPHQL),
            "https://h.example/api/graphql"
        );
        assert_eq!(
            Address::new("https://api.github.com").unwrap().of(GRAPHQL),
            "https://api.github.com/graphql"
        );
    }
}
