//! What a configuration comes to: every key in force, with its value and, where the file says it, its place.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ceilings::{NAMED_CLASSES, default_ceiling, default_waiver_days};
use super::{Policy, Problem, read};
use crate::span::ByteSpan;

/// A key in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `ceilings.cloud-session`; a row of a list has its number, from 1: `identity.1.owner`.
    pub key: String,
    /// Its value as TOML.
    pub value: String,
    /// Where the file says so; `None` for a default.
    pub at: Option<ByteSpan>,
}

/// Stands for a value with the shape of a token, which is not repeated.
const HIDDEN: &str = "\"…\"";

/// Every key in force, sorted.
///
/// # Errors
/// Every problem of the file.
pub fn effective(file: Option<(&str, &[u8])>) -> Result<Vec<Setting>, Vec<Problem>> {
    let mut settings = Vec::new();
    if let Some((path, bytes)) = file {
        Policy::read(path, bytes)?;
        // It was read above, so that it is UTF-8 and TOML.
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let (document, _) = DeTable::parse_recoverable(text);
        if let Some(table) = read::own_table(path, document.get_ref()) {
            flatten(table, "", &mut settings);
        }
    }
    let written = |key: &str| {
        settings
            .iter()
            .any(|s: &Setting| s.key.strip_prefix(key).is_some_and(|r| r.is_empty() || r.starts_with('.')))
    };
    let missing: Vec<Setting> = defaults().into_iter().filter(|default| !written(&default.key)).collect();
    settings.extend(missing);
    settings.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(settings)
}

fn flatten(table: &DeTable<'_>, prefix: &str, settings: &mut Vec<Setting>) {
    for (key, value) in table {
        leaf(&format!("{prefix}{}", shown_key(key.get_ref())), value, settings);
    }
}

fn leaf(key: &str, value: &Spanned<DeValue<'_>>, settings: &mut Vec<Setting>) {
    match value.get_ref() {
        DeValue::Table(table) => flatten(table, &format!("{key}."), settings),
        DeValue::Array(rows) if rows.iter().any(|row| row.get_ref().is_table()) => {
            for (index, row) in rows.iter().enumerate() {
                leaf(&format!("{key}.{}", index + 1), row, settings);
            }
        }
        found => settings.push(Setting {
            key: key.to_owned(),
            value: shown(found),
            at: Some(ByteSpan::from(value.span())),
        }),
    }
}

/// A key as TOML writes it.
fn shown_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| shown(item.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        // Rows of tables are taken apart before.
        DeValue::Table(_) => "{}".to_owned(),
    }
}

/// A text as TOML writes it. JSON's escapes are TOML's too.
fn quoted(text: &str) -> String {
    if crate::detect::without_tokens(text).is_some() {
        return HIDDEN.to_owned();
    }
    serde_json::Value::from(text).to_string()
}

/// What holds where the file says nothing.
fn defaults() -> Vec<Setting> {
    let default = |key: &str, value: String| Setting { key: key.to_owned(), value, at: None };
    let empty = [
        "detectors",
        "identity",
        "paths",
        "people.known",
        "people.left",
        "plugin",
        "rules.ignore",
        "rules.select",
        "third-party.approved",
        "waiver",
    ];
    let mut all: Vec<Setting> = empty.into_iter().map(|key| default(key, "[]".to_owned())).collect();
    all.push(default("fail-on", "\"medium\"".to_owned()));
    all.push(default("min-confidence", "\"low\"".to_owned()));
    for (class, name) in NAMED_CLASSES {
        let ceiling = default_ceiling(class);
        let value = if ceiling.warn == ceiling.error {
            ceiling.error.to_string()
        } else {
            format!("{{ warn = {}, error = {} }}", ceiling.warn, ceiling.error)
        };
        all.push(default(&format!("ceilings.{name}"), value));
    }
    for (name, break_glass) in [("waiver", false), ("break-glass", true)] {
        all.push(default(&format!("ceilings.{name}"), format!("\"{}d\"", default_waiver_days(break_glass))));
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn value<'a>(settings: &'a [Setting], key: &str) -> (&'a str, bool) {
        let setting = settings.iter().find(|s| s.key == key).unwrap();
        (&setting.value, setting.at.is_some())
    }

    #[test]
    fn written_keys_stand_beside_defaults() {
        let text = "fail-on = \"low\"\n[ceilings]\ncloud-session = { warn = \"1h\", error = 7200 }\n\
                    [rules.severity]\n\"identity/no-owner\" = \"off\"\n\
                    [[identity]]\nid = \"aws/role/*/deploy\"\nowner = \"team\"\n";
        let settings = effective(Some(("hallpass.toml", text.as_bytes()))).unwrap();
        assert_eq!(value(&settings, "fail-on"), ("\"low\"", true));
        assert_eq!(value(&settings, "ceilings.cloud-session.warn"), ("\"1h\"", true));
        assert_eq!(value(&settings, "rules.severity.\"identity/no-owner\""), ("\"off\"", true));
        assert_eq!(value(&settings, "identity.1.owner"), ("\"team\"", true));
        assert_eq!(value(&settings, "rules.ignore"), ("[]", false));
        assert_eq!(value(&settings, "ceilings.waiver"), ("\"90d\"", false));
        assert!(!settings.iter().any(|s| s.key == "identity" || s.key == "ceilings.cloud-session"));
    }

    #[test]
    fn every_key_of_the_schema_has_a_default_or_is_a_severity() {
        let settings = effective(None).unwrap();
        let schema = super::super::schema();
        for (key, inner) in schema["properties"].as_object().unwrap() {
            let inner =
                inner["properties"].as_object().map(|p| p.keys().map(|k| format!("{key}.{k}")).collect());
            for key in inner.unwrap_or_else(|| vec![key.clone()]) {
                assert!(key == "rules.severity" || settings.iter().any(|s| s.key == key), "{key}");
            }
        }
    }

    #[test]
    fn what_may_be_a_token_is_not_repeated() {
        let token = crate::detect::canary("github-pat", 5).unwrap().text;
        let text = format!("[third-party]\napproved = [\"{token}\", \"actions/*\"]\n");
        let settings = effective(Some(("hallpass.toml", text.as_bytes()))).unwrap();
        assert_eq!(value(&settings, "third-party.approved").0, "[\"…\", \"actions/*\"]");
    }
}
