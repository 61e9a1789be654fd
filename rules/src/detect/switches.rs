//! Settings about credentials that are none: `persist-credentials: "no"`, `with-credentials: include`
//! (`data/switches.toml`).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::names;

/// Longest plain word that answers a setting, in bytes; the longest of the known answers has 15.
const LONGEST_ANSWER: usize = 15;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    list: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
    #[serde(default, rename = "booleans")]
    _booleans: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    words: Words,
    verbs: Words,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../data/switches.toml")).expect("data/switches.toml parses")
});

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// Why a value in a place of this name is the answer to a question and no secret; `None` if it may be one.
pub(super) fn reason(name: &str, value: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(value).ok()?.trim();
    if TABLE.words.list.contains(&text.to_ascii_lowercase()) {
        return Some("a word that switches something, not a value");
    }
    let plain = text.len() <= LONGEST_ANSWER && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let words = names::words(name);
    let asks = words.len() > 1 && words.first().is_some_and(|first| TABLE.verbs.list.contains(first));
    (plain && asks).then_some("the answer of a setting that says whether a credential is used")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_to_a_question_is_no_secret() {
        for (name, value) in [
            ("persist-credentials", "no"),
            ("use-token", "always"),
            ("with-credentials", "include"),
            ("credentials", "anonymous"),
            ("usePassword", "sometimes"),
        ] {
            assert!(reason(name, value.as_bytes()).is_some(), "{name}: {value}");
        }
        for (name, value) in [
            ("password", "hunter"),
            ("token", "always-and-ever"),
            ("use-token", "aB3dE6gH9"),
            ("with-credentials", "correct-horse-battery-staple"),
            ("user_password", "sometimes"),
            ("use", "sometimes"),
        ] {
            assert!(reason(name, value.as_bytes()).is_none(), "{name}: {value}");
        }
    }
}
