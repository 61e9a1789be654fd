//! What a configuration comes to: every key in force, with its value and, where the file says it, its place.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ceilings::{NAMED_CLASSES, default_ceiling, default_waiver_days};
use super::{Extended, Problem, extend, names, read};
use crate::fact::Word;
use crate::finding::Spot;
use crate::rule::RULES;
use crate::span::ByteSpan;

/// A key in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `ceilings.cloud-session`; a row of a list has its number, from 1: `identity.1.owner`. A list that several files
    /// add to has a key for each.
    pub key: String,
    /// Its value as TOML.
    pub value: String,
    /// Where a file says so; `None` for a default.
    pub at: Option<Spot>,
}

/// Stands for a value with the shape of a token, which is not repeated.
const HIDDEN: &str = "\"…\"";
/// Lists to which every file adds.
const JOINED: [&str; 3] = ["detectors", "extends", "third-party.approved"];
/// Beginning of the lists of keys of tags, to which every file adds too.
const KEYS: &str = "registry.keys.";
/// Lists of rows, to which every file adds.
const ROWS: [&str; 5] = ["identity", "paths", "plugin", "policy", "waiver"];
/// What a row is about, where there is one for each thing.
const NAMES: [(&str, &str); 3] = [("identity", "id"), ("plugin", "path"), ("policy", "id")];

/// Every key in force, sorted.
///
/// # Errors
/// Every problem of the configuration.
pub fn effective(own: Option<(&str, &[u8])>, handed: &[Extended]) -> Result<Vec<Setting>, Vec<Problem>> {
    let mut settings: Vec<Setting> = Vec::new();
    if let Some((path, bytes)) = own {
        let policy = extend::read(path, bytes, handed)?.policy()?;
        // What wins comes last: rows are counted from what they are laid over.
        let mut rows = BTreeMap::new();
        for (_, path, text) in extend::texts(&policy, bytes, handed).into_iter().rev() {
            // It was read above, so that it is TOML.
            let (document, _) = DeTable::parse_recoverable(text);
            let mut own = Flat { path, rows: &mut rows, settings: Vec::new() };
            if let Some(table) = read::own_table(path, document.get_ref()) {
                own.table(table, "");
            }
            let own = own.settings;
            settings.retain(|known| own.iter().all(|over| !replaces(&over.key, &known.key)));
            for gone in own.iter().flat_map(|over| same_row(over, &settings)).collect::<Vec<String>>() {
                settings.retain(|known| !known.key.starts_with(&gone));
            }
            settings.extend(own);
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

/// Whether a key of one file takes the place of one of a file that it extends. The two steps of a ceiling are one value.
fn replaces(over: &str, known: &str) -> bool {
    let value = |key: &str| {
        let steps = key.strip_suffix(".warn").or_else(|| key.strip_suffix(".error"));
        steps.filter(|key| key.starts_with("ceilings.")).unwrap_or(key).to_owned()
    };
    let first = over.split('.').next().unwrap_or_default();
    !JOINED.contains(&over)
        && !over.starts_with(KEYS)
        && !ROWS.contains(&first)
        && value(over) == value(known)
}

/// The beginning of the keys of a row that is about the same thing as one of a file that it extends, and gives way.
fn same_row(over: &Setting, known: &[Setting]) -> Option<String> {
    let column = |key: &str| {
        let (list, rest) = key.split_once('.')?;
        let (number, column) = rest.split_once('.')?;
        NAMES.contains(&(list, column)).then(|| (list.to_owned(), format!("{list}.{number}.")))
    };
    let (list, _) = column(&over.key)?;
    let same = known.iter().filter(|known| known.value == over.value);
    same.filter_map(|known| column(&known.key)).find(|(other, _)| *other == list).map(|(_, row)| row)
}

/// One file taken apart.
struct Flat<'a> {
    path: &'a str,
    /// How many rows each list has so far.
    rows: &'a mut BTreeMap<String, usize>,
    settings: Vec<Setting>,
}

impl Flat<'_> {
    fn table(&mut self, table: &DeTable<'_>, prefix: &str) {
        for (key, value) in table {
            let key: &str = key.get_ref();
            // A rule goes by its own name here, however it is called there.
            let rule = (prefix == "rules.severity.").then(|| names::rule(RULES, key)).flatten();
            let key = rule.map_or(key, |rule| rule.meta.id);
            self.leaf(&format!("{prefix}{}", shown_key(key)), value);
        }
    }

    fn leaf(&mut self, key: &str, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => self.table(table, &format!("{key}.")),
            DeValue::Array(rows) if rows.iter().any(|row| row.get_ref().is_table()) => {
                for row in rows.iter() {
                    let number = self.rows.entry(key.to_owned()).or_default();
                    *number += 1;
                    let key = format!("{key}.{number}");
                    self.leaf(&key, row);
                }
            }
            found => self.settings.push(Setting {
                key: key.to_owned(),
                value: shown(found),
                at: Some(Spot { path: self.path.to_owned(), span: ByteSpan::from(value.span()) }),
            }),
        }
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
        "extends",
        "identity",
        "paths",
        "people.known",
        "people.left",
        "plugin",
        "policy",
        "rules.ignore",
        "rules.select",
        "third-party.approved",
        "waiver",
    ];
    let mut all: Vec<Setting> = empty.into_iter().map(|key| default(key, "[]".to_owned())).collect();
    all.extend(Word::ALL.iter().map(|(_, word)| default(&format!("{KEYS}{word}"), "[]".to_owned())));
    all.push(default("fail-on", "\"medium\"".to_owned()));
    all.push(default("floor", "false".to_owned()));
    all.push(default("min-confidence", "\"low\"".to_owned()));
    all.push(default("preview", "false".to_owned()));
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
        let settings = effective(Some(("hallpass.toml", text.as_bytes())), &[]).unwrap();
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
        let settings = effective(None, &[]).unwrap();
        let schema = super::super::schema();
        let mut open: Vec<(String, &serde_json::Value)> = vec![(String::new(), &schema)];
        while let Some((prefix, table)) = open.pop() {
            let Some(inner) = table["properties"].as_object().filter(|_| table["type"] == "object") else {
                let key = prefix.trim_end_matches('.');
                assert!(key == "rules.severity" || settings.iter().any(|s| s.key == key), "{key}");
                continue;
            };
            open.extend(inner.iter().map(|(key, inner)| (format!("{prefix}{key}."), inner)));
        }
    }

    #[test]
    fn what_may_be_a_token_is_not_repeated() {
        let token = crate::detect::canary("github-pat", 5).unwrap().text;
        let text = format!("[third-party]\napproved = [\"{token}\", \"actions/*\"]\n");
        let settings = effective(Some(("hallpass.toml", text.as_bytes())), &[]).unwrap();
        assert_eq!(value(&settings, "third-party.approved").0, "[\"…\", \"actions/*\"]");
    }
}
