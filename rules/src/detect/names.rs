//! Names of places: `DATADOG_API_KEY`, `datadogApiKey` and `datadog-api-key` are one name, and the rows that know it
//! say what its value looks like.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::row::{self, Detector};
use super::shape::table;

/// Most words of a name looked at, from its end: `TF_VAR_PROD_EU_DATADOG_API_KEY` has seven.
const MOST_WORDS: usize = 8;

/// Rows by the names of their places, written without separators. Rows of rank 0 go by looser rules; see `slots`.
static ROWS: LazyLock<BTreeMap<String, Vec<usize>>> = LazyLock::new(|| {
    let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, detector) in row::detectors().enumerate().filter(|(_, d)| d.rank > 0) {
        for slot in &detector.slots {
            rows.entry(slot.replace(' ', "")).or_default().push(index);
        }
    }
    rows
});

/// Forces the index, for the module's snapshot.
pub(super) fn warm() {
    LazyLock::force(&ROWS);
}

/// The rows whose place has this name, or a name that ends in theirs: the longest name first.
pub(super) fn rows(name: &str) -> impl Iterator<Item = &'static Detector> {
    let stem = stem(name);
    let mut all = endings(name);
    if stem.len() < name.len() {
        all.extend(endings(stem));
    }
    all.into_iter().filter_map(|ending| ROWS.get(&ending)).flatten().filter_map(|index| row::at(*index))
}

fn endings(name: &str) -> Vec<String> {
    let words = words(name);
    let from = words.len().saturating_sub(MOST_WORDS);
    (from..words.len()).filter_map(|at| Some(words.get(at..)?.concat())).collect()
}

/// A name without what tells it from its copies: a number, a version, an environment. `DB_PASSWORD_2`, `TOKEN_V2`,
/// `dbPasswordProd`.
pub(super) fn stem(name: &str) -> &str {
    let separates = |c: char| !c.is_ascii_alphanumeric();
    let mut stem = name;
    loop {
        let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(separates);
        let hump = |at: &usize| {
            let before = at.checked_sub(1).and_then(|i| bare.as_bytes().get(i));
            before.is_some_and(u8::is_ascii_lowercase)
                && bare.as_bytes().get(*at).is_some_and(u8::is_ascii_uppercase)
        };
        let behind = |at: usize| at + bare.get(at..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8);
        let separator = bare.rfind(separates).map(behind);
        // No further back than the separator: a key may be a megabyte of such words.
        let start = (separator.unwrap_or(0) + 1..bare.len()).rev().find(hump).or(separator);
        let Some((before, word)) = start.and_then(|at| bare.split_at_checked(at)) else {
            return if bare.is_empty() { name } else { bare };
        };
        if !table::is_qualifier(&word.to_ascii_lowercase()) {
            return bare;
        }
        stem = before.trim_end_matches(separates);
    }
}

/// The words of a name in lower case. Words end at what is no letter or digit, and where capitals begin or end.
pub(super) fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).and_then(|i| letters.get(i)).copied().unwrap_or(' ');
        let after = letters.get(at + 1).copied().unwrap_or(' ');
        let hump = letter.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && after.is_ascii_lowercase()));
        if hump {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::{rows, stem};
    use crate::detect::slots;

    #[test]
    fn a_copy_of_a_place_is_that_place() {
        for name in ["DB_PASSWORD_2", "PASSWORD1", "TOKEN_V2", "apiKeyStaging", "DB_PASSWORD_DEV"] {
            assert!(slots::by_name(name).is_some(), "{name}");
        }
        assert_eq!(rows("DATADOG_API_KEY_PROD").count(), rows("DATADOG_API_KEY").count());
        assert!(rows("DATADOG_API_KEY").count() > 0);
        for name in ["password_file", "TOKEN_URL_2", "SECRET_NAME_PROD"] {
            assert!(slots::by_name(name).is_none(), "{name}");
        }
    }

    #[test]
    fn copies_of_a_name_have_its_stem() {
        for (name, expected) in [
            ("DB_PASSWORD_2", "DB_PASSWORD"),
            ("PASSWORD1", "PASSWORD"),
            ("TOKEN_V2", "TOKEN"),
            ("dbPasswordProd", "dbPassword"),
            ("api-key-staging-1", "api-key"),
            ("prod_token", "prod_token"),
            ("PROD", "PROD"),
            ("2", "2"),
            ("token\u{e9}_3", "token"),
            ("", ""),
        ] {
            assert_eq!(stem(name), expected, "{name}");
        }
    }

    #[test]
    fn long_names_take_linear_time() {
        // Quadratic work on these takes minutes.
        for piece in ["_dev", "devDev", "1", "_"] {
            assert!(stem(&format!("token{}", piece.repeat(1 << 18))).starts_with("token"));
        }
    }
}
