//! What types of Pulumi are called in Terraform: `data/pulumi/types.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::dialect::access_document::snake;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    drops: Vec<String>,
    json: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
    providers: BTreeMap<String, String>,
    types: BTreeMap<String, String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/pulumi/types.toml")).expect("data/pulumi parses")
});

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether a property holds a document.
pub(super) fn is_document(name: &str) -> bool {
    TABLE.json.iter().any(|own| own == name)
}

/// The type of Terraform of `provider:module:Name` or `provider:module/name:Name`.
pub(super) fn terraform(token: &str) -> Option<String> {
    let mut parts = token.split(':');
    let (provider, second) = (parts.next()?, parts.next()?);
    let (module, name) = match parts.next() {
        Some(name) => (second.split('/').next()?, name),
        None => ("index", second),
    };
    if let Some(called) = TABLE.types.get(&format!("{provider}:{module}:{name}")) {
        return Some(called.clone());
    }
    let provider = TABLE.providers.get(provider)?;
    let name = snake(name).replace("i_a_m_", "iam_");
    Some(match TABLE.drops.iter().any(|drop| drop == module) {
        true => format!("{provider}_{name}"),
        false => format!("{provider}_{}_{name}", module.to_ascii_lowercase()),
    })
}

/// The type of ARM, in lower case: `storage:StorageAccount` -> `microsoft.storage/storageaccounts`. Versions of an
/// interface are part of the module's name: `storage/v20230101`.
pub(super) fn arm(token: &str) -> Option<String> {
    let (module, name) = token.split_once(':')?;
    let module = module.split('/').next()?;
    let name = name.to_ascii_lowercase();
    let several = match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
        _ => format!("{name}s"),
    };
    Some(format!("microsoft.{}/{several}", module.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::terraform;

    #[test]
    fn types_in_terraforms_words() {
        for (token, kind) in [
            ("aws:iam:RolePolicy", "aws_iam_role_policy"),
            ("aws:iam/role:Role", "aws_iam_role"),
            ("aws:s3:BucketV2", "aws_s3_bucket"),
            ("aws:ec2:SecurityGroup", "aws_security_group"),
            ("gcp:storage:BucketIAMMember", "google_storage_bucket_iam_member"),
            ("gcp:projects:IAMBinding", "google_project_iam_binding"),
            ("azuread:ApplicationPassword", "azuread_application_password"),
        ] {
            assert_eq!(terraform(token).as_deref(), Some(kind));
        }
        assert_eq!(terraform("other:x:Y"), None);
        assert_eq!(terraform("x"), None);
    }
}
