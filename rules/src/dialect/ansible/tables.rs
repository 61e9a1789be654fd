//! Which modules there are: `data/ansible/modules.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A module in Terraform's words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Module {
    name: String,
    collections: Vec<String>,
    pub(super) r#type: String,
    /// Argument of Terraform -> argument of the module.
    pub(super) write: BTreeMap<String, String>,
    /// Arguments that are documents.
    #[serde(default)]
    pub(super) json: Vec<String>,
    /// Arguments of which one is enough.
    #[serde(default)]
    pub(super) lists: Vec<String>,
    /// Arguments that count from now.
    #[serde(default)]
    pub(super) relative: Vec<String>,
    /// `key=value` that must stand.
    pub(super) only: Option<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

/// A module that writes lines into a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    name: String,
    pub(super) path: String,
    pub(super) text: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    directives: Vec<String>,
    shells: Vec<String>,
    settings: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
    written: Vec<Written>,
    module: Vec<Module>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/ansible/modules.toml")).expect("data/ansible parses")
});

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// Whether a key of a task is none of a module.
pub(super) fn is_directive(key: &str) -> bool {
    TABLE.directives.iter().any(|name| name == key)
}

/// The name of a module without its collection.
pub(super) fn short(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// Whether a module runs a script.
pub(super) fn is_shell(key: &str) -> bool {
    TABLE.shells.iter().any(|name| name == short(key))
}

/// Whether an argument speaks of a secret and holds none.
pub(super) fn is_setting(argument: &str) -> bool {
    TABLE.settings.iter().any(|name| name == argument)
}

/// What a module, without its collection, writes into a file.
pub(super) fn written(name: &str) -> Option<&'static Written> {
    TABLE.written.iter().find(|row| row.name == name)
}

/// The rows of a module, which may be called with its collection or without.
pub(super) fn rows(key: &str) -> impl Iterator<Item = &'static Module> {
    let (collection, name) = key.rsplit_once('.').map_or((None, key), |(c, name)| (Some(c), name));
    TABLE.module.iter().filter(move |row| {
        row.name == name && collection.is_none_or(|c| row.collections.iter().any(|own| own == c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_with_and_without_their_collection() {
        for key in ["iam_role", "amazon.aws.iam_role", "community.aws.iam_role"] {
            assert_eq!(rows(key).count(), 1, "{key}");
        }
        assert_eq!(rows("other.place.iam_role").count(), 0);
        assert!(is_shell("ansible.builtin.shell") && is_directive("no_log") && !is_directive("shell"));
        assert!(TABLE.written.iter().all(|row| row.source.starts_with("https://")));
        assert!(TABLE.module.iter().all(|row| row.source.starts_with("https://") && !row.write.is_empty()));
    }
}
