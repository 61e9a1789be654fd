//! What types of Deployment Manager are called in Terraform: `data/deployment-manager/types.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::dialect::access_document::{path, snake};
use crate::document::Node;

/// A type in Terraform's words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Type {
    names: Vec<String>,
    pub(super) r#type: String,
    /// Each of these is a resource; else what is read is one.
    pub(super) each: Option<String>,
    /// Only where a property has one of these values.
    pub(super) only: Option<Only>,
    /// Argument -> path.
    pub(super) write: BTreeMap<String, String>,
    /// Argument -> text.
    #[serde(default)]
    pub(super) set: BTreeMap<String, String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

/// Values of a property.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Only {
    at: String,
    of: Vec<String>,
}

impl Only {
    /// The property, if it has one of the values.
    pub(super) fn holds<'n>(&self, properties: &'n Node) -> Option<&'n Node> {
        path::first(properties, &self.at)
            .filter(|node| node.text().is_some_and(|text| self.of.iter().any(|one| one == text)))
    }
}

/// How the bindings of a resource are called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    names: Vec<String>,
    pub(super) r#type: String,
    /// The argument that names the resource.
    pub(super) on: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    templates: Vec<String>,
    fallback: String,
    #[serde(rename = "source")]
    _source: String,
    attributes: BTreeMap<String, String>,
    r#type: Vec<Type>,
    policy: Vec<Policy>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/deployment-manager/types.toml"))
        .expect("data/deployment-manager parses")
});

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// `service:kind` of a type of Google, without its version.
pub(super) fn called(written: &str) -> Option<String> {
    let (service, version, kind) = match written.strip_prefix("gcp-types/") {
        Some(rest) => {
            let (provider, kind) = rest.split_once(':')?;
            let (service, version) = provider.rsplit_once('-')?;
            (service, version, kind)
        }
        None => {
            let (service, rest) = written.split_once('.')?;
            let (version, kind) = rest.split_once('.')?;
            (service, version, kind)
        }
    };
    let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    (is_version(version) && word(service) && word(kind)).then(|| format!("{service}:{kind}"))
}

/// `v1`, `v2beta1`, `beta`.
fn is_version(text: &str) -> bool {
    let numbered = text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    numbered || matches!(text, "alpha" | "beta")
}

/// Whether a type is a template of the deployment.
pub(super) fn is_template(written: &str) -> bool {
    TABLE.templates.iter().any(|end| written.ends_with(end.as_str()))
}

/// The rows of a type.
pub(super) fn rows(called: &str) -> impl Iterator<Item = &'static Type> {
    TABLE.r#type.iter().filter(move |row| row.names.iter().any(|name| name == called))
}

/// The row that a reference to a resource of this type means: the one that is the resource.
pub(super) fn itself(called: &str) -> Option<&'static Type> {
    rows(called).find(|row| row.each.is_none() && row.only.is_none())
}

/// How the bindings of a resource of this type are called.
pub(super) fn policy(called: &str) -> Option<&'static Policy> {
    TABLE.policy.iter().find(|row| row.names.iter().any(|name| name == called))
}

/// How the bindings of any other resource are called.
pub(super) fn fallback() -> &'static str {
    &TABLE.fallback
}

/// What a property or output is called in Terraform.
pub(super) fn key(name: &str) -> String {
    TABLE.attributes.get(name).cloned().unwrap_or_else(|| snake(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_google_are_told_from_others() {
        for (written, expected) in [
            ("iam.v1.serviceAccount", Some("iam:serviceAccount")),
            ("iam.v1.serviceAccounts.key", Some("iam:serviceAccounts.key")),
            ("compute.beta.instance", Some("compute:instance")),
            ("gcp-types/iam-v1:projects.serviceAccounts", Some("iam:projects.serviceAccounts")),
            ("gcp-types/compute-beta:instances", Some("compute:instances")),
            ("vm.jinja", None),
            ("my-project/provider:collection", None),
            ("Microsoft.Storage/storageAccounts", None),
            ("a.b.c", None),
            ("aws:iam:Role", None),
        ] {
            assert_eq!(called(written).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn every_row_says_something_and_has_a_source() {
        let source = |source: &str| source.starts_with("https://");
        assert!(TABLE.r#type.iter().all(|row| source(&row.source) && !row.write.is_empty()));
        assert!(TABLE.policy.iter().all(|row| source(&row.source) && itself(&row.names[0]).is_some()));
        assert!(TABLE.r#type.iter().all(|row| row.set.is_empty() == row.only.is_none()));
        assert_eq!(
            (key("privateKeyData"), key("selfLink")),
            ("private_key".to_owned(), "self_link".to_owned())
        );
    }
}
