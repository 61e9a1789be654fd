//! What the tags, labels and annotations of a thing declare of it: who owns it, what it is for, until when.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::values::{said, text_of};
use crate::fact::{Datum, Declared, Known, Record, Text, Value, Why, Word};
use crate::span::Source;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    keys: BTreeMap<String, Vec<String>>,
    #[serde(rename = "source")]
    _source: String,
}

/// Keys of tags, each [`plain`], and what they say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(BTreeMap<String, Word>);

#[allow(clippy::panic)] // a table is part of the program; every test of tags reads it
static KEYS: LazyLock<Arc<Keys>> = LazyLock::new(|| {
    let table: Table = crate::table::read(include_str!("../../data/ownership.toml"))
        .unwrap_or_else(|error| panic!("data/ownership.toml: {error}"));
    let word = |name: &str| Word::named(name).unwrap_or_else(|| panic!("data/ownership.toml: {name}"));
    let keys = table.keys.iter().flat_map(|(name, keys)| keys.iter().map(|key| (plain(key), word(name))));
    Arc::new(Keys(keys.collect()))
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&KEYS);
}

impl Keys {
    /// Those that every tree has.
    #[must_use]
    pub fn built_in() -> Arc<Self> {
        Arc::clone(&KEYS)
    }

    /// These and others. A key says one thing: what it is added to takes it from whatever had it.
    #[must_use]
    pub fn with<'k>(&self, others: impl IntoIterator<Item = (Word, &'k str)>) -> Self {
        let mut keys = self.clone();
        keys.0.extend(others.into_iter().map(|(word, key)| (plain(key), word)));
        keys
    }

    /// The word that a key says something of.
    #[must_use]
    pub fn word(&self, key: &str) -> Option<Word> {
        self.0.get(&plain(key)).copied()
    }

    /// What is declared, given how the tag of a word is found. `purpose`: what an attribute of its own says. And how many tags
    /// name a day, a duration or the like and hold none.
    pub(super) fn read(
        &self,
        purpose: Option<Value<Text>>,
        mut find: impl FnMut(&dyn Fn(&str) -> bool) -> Option<Value<Text>>,
    ) -> (Declared, u32) {
        let mut find = |word: Word| find(&|key| self.word(key) == Some(word));
        let mut declared = Declared::default();
        let (owner, technical) = (find(Word::Owner), find(Word::TechnicalOwner));
        // Who runs it answers for it where nobody else does.
        let both = owner.is_some();
        declared.owner = owner.or_else(|| technical.clone());
        declared.purpose = purpose.or_else(|| find(Word::Purpose));
        let mut odd = 0;
        let technical = technical.filter(|_| both).map(|said| (Word::TechnicalOwner, said));
        let rest = Word::ALL.into_iter().map(|(word, _)| word);
        let rest = rest.filter(|word| !matches!(word, Word::Owner | Word::Purpose | Word::TechnicalOwner));
        let rest = rest.filter_map(|word| Some((word, find(word)?)));
        for (word, value) in technical.into_iter().chain(rest) {
            let (Some(text), Some(at)) = (value.only().and_then(Text::known), value.source()) else {
                continue;
            };
            odd += u32::from(declared.say(word, day_of(text), at).is_err());
        }
        (declared, odd)
    }
}

/// Tools write the moment at which something was tagged; its day is what is meant.
fn day_of(text: &str) -> &str {
    let text = text.trim();
    match text.split_at_checked(10) {
        Some((day, rest)) if rest.starts_with(['T', ' ']) && crate::fact::Day::read(day).is_ok() => day,
        _ => text,
    }
}

/// The record of what tags declare, if they declare anything besides owner and purpose.
pub(super) fn record(declared: &Declared) -> Option<Box<Record>> {
    (declared.record != Record::default()).then(|| Box::new(declared.record.clone()))
}

/// Why a tag that names a day and holds none is passed over.
pub(super) const ODD: &str = "a tag whose key promises a date, a duration or the like, and that holds none";

/// The tag with one of the keys. Tags that are not all known may hold it.
pub(super) fn find(tags: &Datum, wanted: &dyn Fn(&str) -> bool) -> Option<Value<Text>> {
    let mut open: Option<(Why, Source)> = match &tags.value {
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
                        Some(known) if wanted(known) => {
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
pub(crate) fn plain(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_word_has_keys_and_every_key_one_word() {
        let keys = Keys::built_in();
        for (word, name) in Word::ALL {
            assert!(keys.0.values().any(|known| *known == word), "{name}");
        }
        let table: Table = crate::table::read(include_str!("../../data/ownership.toml")).unwrap();
        assert_eq!(keys.0.len(), table.keys.values().map(Vec::len).sum::<usize>());
    }

    #[test]
    fn a_key_that_is_added_says_one_thing() {
        let keys = Keys::built_in()
            .with([(Word::TechnicalOwner, "acme.example/Team"), (Word::Owner, "Cost_Centre")]);
        assert_eq!(keys.word("team"), Some(Word::TechnicalOwner));
        assert_eq!(keys.word("cost-centre"), Some(Word::Owner));
        assert_eq!(Keys::built_in().word("cost-centre"), None);
    }
}
