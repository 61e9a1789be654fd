//! Who owns a thing and what it is for, by its tags or labels.

use std::sync::LazyLock;

use serde::Deserialize;

use super::values::{said, text_of};
use crate::fact::{Datum, Known, Text, Value, Why};

/// Keys of tags.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keys {
    pub(super) owner_keys: Vec<String>,
    pub(super) purpose_keys: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[allow(clippy::panic)] // a table is part of the program; every test of tags reads it
static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    crate::table::read(include_str!("../../data/ownership.toml"))
        .unwrap_or_else(|error| panic!("data/ownership.toml: {error}"))
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&KEYS);
}

/// The keys.
pub(super) fn keys() -> &'static Keys {
    &KEYS
}

/// The tag with one of the keys. Tags that are not all known may hold it.
pub(super) fn find(tags: &Datum, keys: &[String]) -> Option<Value<Text>> {
    let mut open = match &tags.value {
        Known::OneOf { open: true, of } => {
            of.first().map(|(v, _, _)| (Why::Variable("tags".to_owned()), v.at))
        }
        _ => None,
    };
    for (alternative, _, _) in tags.alternatives() {
        match &alternative.value {
            Known::Map(entries) => {
                for (key, _, value) in entries {
                    match key.known() {
                        Some(known) if keys.iter().any(|k| plain(k) == plain(known)) => {
                            let text = text_of(value);
                            if text.known() != Some("") {
                                return Some(said(text, value.at));
                            }
                        }
                        Some(_) => {}
                        None => open = key.why().map(|why| (why.clone(), value.at)),
                    }
                }
            }
            Known::Unknown(why) => open = Some((why.clone(), alternative.at)),
            _ => {}
        }
    }
    open.map(|(why, at)| Value::unknown(why, at))
}

/// A key without case and separators; of a label like `example.com/owner` the part behind the slash.
fn plain(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
