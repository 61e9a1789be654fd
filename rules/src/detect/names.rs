//! Names of places: `DATADOG_API_KEY`, `datadogApiKey` and `datadog-api-key` are one name, and the rows that know it
//! say what its value looks like.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::row::{self, Detector};

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
    let words = words(name);
    let from = words.len().saturating_sub(MOST_WORDS);
    let endings: Vec<String> = (from..words.len()).filter_map(|at| Some(words.get(at..)?.concat())).collect();
    endings.into_iter().filter_map(|ending| ROWS.get(&ending)).flatten().filter_map(|index| row::at(*index))
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
