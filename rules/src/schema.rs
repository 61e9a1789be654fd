//! JSON schemas of what hallpass reads and writes, by name.

use serde_json::Value;

/// Names that [`schema`] knows.
pub const NAMES: [&str; 3] = ["facts", "config", "inventory"];

/// The JSON schema of `facts` (what third-party modules read), `config` (`hallpass.toml`) or `inventory`.
#[must_use]
pub fn schema(name: &str) -> Option<Value> {
    match name {
        "facts" => Some(crate::fact::facts_schema()),
        "config" => Some(crate::policy::schema()),
        "inventory" => Some(crate::inventory::Inventory::schema()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn every_name_has_a_schema_and_no_other() {
        for name in NAMES {
            assert_eq!(schema(name).unwrap()["type"], "object", "{name}");
        }
        assert!(schema("nothing").is_none());
    }

    #[test]
    fn the_facts_schema_names_its_version_and_every_body() {
        let text = schema("facts").unwrap().to_string();
        assert!(text.contains(&format!("\"const\":\"{}\"", crate::fact::SCHEMA_VERSION)), "{text}");
        for body in [
            "credential",
            "identity",
            "grant",
            "trust",
            "endpoint",
            "component",
            "flow",
            "need",
            "safeguard",
            "link",
        ] {
            assert!(text.contains(&format!("\"const\":\"{body}\"")), "{body}");
        }
    }
}
