//! The words that hallpass itself writes into facts: the names in its tables (those that code writes stand in
//! `data/vocabulary.toml`), and the words of the facts schema. All of them are closed lists: no text of a file comes into them.
//!
//! A guessable secret may be such a word. It is left where such words are written, else a password in a manifest could
//! switch rules off; whatever else stands there is a text of the file, and is scrubbed.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use crate::fact::UnitFacts;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// Longest part that is held against the names, in bytes. No name is longer.
const LONGEST: usize = 64;

/// Words and field names of the facts schema.
#[derive(Default)]
struct Schema {
    words: BTreeSet<String>,
    fields: BTreeSet<String>,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = Schema::default();
    let mut open = vec![schemars::schema_for!(UnitFacts).to_value()];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    match (key.as_str(), &value) {
                        ("const", Value::String(word)) => {
                            schema.words.insert(word.clone());
                        }
                        ("enum", Value::Array(list)) => {
                            schema.words.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                        }
                        ("properties", Value::Object(fields)) => {
                            schema.fields.extend(fields.keys().cloned());
                            open.push(value);
                        }
                        _ => open.push(value),
                    }
                }
            }
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
    schema
});

/// Whether a text is wholly a word of the facts schema.
pub(super) fn of_schema(text: &str) -> bool {
    SCHEMA.words.contains(text)
}

/// Whether a key is a field of the schema, and not a key of a map.
pub(super) fn is_field(key: &str) -> bool {
    SCHEMA.fields.contains(key)
}

/// What stands between the names of an action or kind: `kubernetes:apps/deployments:get`, `service account`.
const SEPARATORS: [char; 4] = [':', '/', '.', ' '];

/// Whether a name, or an action such as `aws:iam:Pass*`, is made of names that hallpass knows and nothing else.
pub(super) fn known(text: &str) -> bool {
    text.split(SEPARATORS).all(is_name)
}

/// Whether every name that `range` of a text touches is known.
pub(super) fn touches_known(text: &str, range: std::ops::Range<usize>) -> bool {
    // A name longer than any known one is not looked at to its end: it may be a megabyte.
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    let lead = before.chars().rev().take(LONGEST + 1).take_while(|c| !SEPARATORS.contains(c));
    let tail = after.chars().take(LONGEST + 1).take_while(|c| !SEPARATORS.contains(c));
    let (lead, tail) = (lead.map(char::len_utf8).sum::<usize>(), tail.map(char::len_utf8).sum::<usize>());
    text.get(range.start - lead..range.end + tail).is_some_and(known)
}

fn is_name(part: &str) -> bool {
    if part.len() > LONGEST {
        return false;
    }
    let part = part.to_ascii_lowercase();
    let is = |name: &str| NAMES.binary_search(&name).is_ok();
    if !part.contains(['*', '?']) {
        return part.is_empty() || is(&part);
    }
    part.bytes().all(|b| matches!(b, b'*' | b'?')) || matches_a_name(&part)
}

fn matches_a_name(pattern: &str) -> bool {
    NAMES.iter().any(|name| glob(pattern.as_bytes(), name.as_bytes()))
}

/// `*` stands for any characters, `?` for one. Goes back to the last `*` only, so that it ends in the product of lengths.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, from)) = back else { return false };
                back = Some((star, from + 1));
                (p, t) = (star + 1, from + 1);
            }
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|b| *b == b'*'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::bodies::samples;
    use super::super::scrub::OWN_FIELDS;
    use super::*;

    #[test]
    fn names_are_sorted() {
        assert!(NAMES.is_sorted());
        assert!(NAMES.len() > 500, "{}", NAMES.len());
    }

    #[test]
    fn actions_and_patterns_of_known_names_are_known() {
        for text in
            ["aws:iam:PassRole", "aws:iam:passrole", "aws:iam:Pass*", "aws:*", "github:contents:write"]
        {
            assert!(known(text), "{text}");
        }
        for text in ["aws:iam:hunt3r", "hunt3r", "hunt3r*", "aws:iam:Pass*hunt3r", "*u*n*t*3*r"] {
            assert!(!known(text), "{text}");
        }
    }

    /// Every string below a field in which our own words stand.
    fn words<'v>(value: &'v Value, own: bool, found: &mut BTreeSet<&'v str>) {
        match value {
            Value::String(text) if own => drop(found.insert(text)),
            Value::Array(items) => items.iter().for_each(|item| words(item, own, found)),
            Value::Object(map) => {
                for (key, item) in map {
                    // A list or map there is a text of the file.
                    words(item, OWN_FIELDS.contains(&key.as_str()) && item.is_string(), found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_word_that_the_examples_make_us_write_is_known() {
        let mut unknown = BTreeSet::new();
        for sample in samples() {
            for unit in sample.engine.check_tree(&sample.files, true).units {
                let facts = serde_json::to_value(unit).unwrap();
                let mut found = BTreeSet::new();
                words(&facts, false, &mut found);
                unknown.extend(found.into_iter().filter(|w| !of_schema(w) && !known(w)).map(str::to_owned));
            }
        }
        assert!(unknown.is_empty(), "add to rules/data/vocabulary.toml: {unknown:#?}");
    }
}
