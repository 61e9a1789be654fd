//! Secrets in addresses: `https://user:SECRET@host/…` and `https://host/…?token=SECRET`.

use super::known::{Known, Secret};
use super::table;
use crate::document::script::Word;

/// Stands for a piece whose text is not known. No script holds it.
const HOLE: char = '\u{0}';
/// Longest part of an address that is read, in bytes; addresses with a credential in them are shorter.
const LONGEST: usize = 4096;
/// Most addresses of one word that are read; a word with more is no command line.
const MAX_ADDRESSES: usize = 64;
/// Ends an address within a text.
const ENDS: [char; 9] = [' ', '\t', '\n', '"', '\'', '\\', '<', '>', '`'];

/// The secrets of a word that stand in an address.
pub(super) fn secrets(known: &mut Known<'_>, word: &Word) -> Vec<Secret> {
    let mut text = String::new();
    let mut held: Vec<(usize, Secret)> = Vec::new();
    for (index, piece) in word.pieces.iter().enumerate() {
        match piece.literal() {
            Some(literal) => text.push_str(literal),
            None => {
                held.extend(known.piece(word, index).into_iter().map(|secret| (text.len(), secret)));
                text.push(HOLE);
            }
        }
    }
    if held.is_empty() {
        return Vec::new();
    }
    let mut places = Vec::new();
    for (sign, _) in text.match_indices("://").take(MAX_ADDRESSES) {
        let (before, behind) = (&text[..sign], sign + 3);
        let scheme =
            before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '+').next().unwrap_or_default();
        if !table::is_scheme(scheme) {
            continue;
        }
        let end = text.floor_char_boundary(behind.saturating_add(LONGEST));
        let address = text.get(behind..end).and_then(|rest| rest.split(ENDS).next()).unwrap_or_default();
        let authority = address.find(['/', '?', '#']).unwrap_or(address.len());
        if let Some(user) = address[..authority].rfind('@') {
            places.push(behind..behind + user);
        }
        if let Some(query) = address.find('?') {
            places.push(behind + query..behind + address.len());
        }
    }
    held.retain(|(at, _)| places.iter().any(|place| place.contains(at)));
    held.into_iter().map(|(_, secret)| secret).collect()
}
