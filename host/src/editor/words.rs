//! What the words of a policy and of a comment to hallpass mean: the schema's own words of a key, and what a waiver says.

use std::ops::Range;

use super::completion::{COMMENT, FIELDS, Site, is_policy};
use super::schema;
use super::tree::OpenTree;

/// What the word at a byte of a document means, and where it stands.
pub(super) fn at(
    tree: &OpenTree<'_>,
    name: &str,
    text: &[u8],
    offset: usize,
) -> Option<(Range<usize>, String)> {
    let start = text.get(..offset)?.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let end = text.get(offset..)?.iter().position(|b| *b == b'\n').map_or(text.len(), |at| offset + at);
    let line = std::str::from_utf8(text.get(start..end)?).ok()?.trim_end();
    let (range, said) = match in_comment(line, offset - start) {
        Some(found) => found,
        None if is_policy(tree, name) => {
            let before = std::str::from_utf8(text.get(..start)?).ok()?;
            let (range, path) = key(before, line, offset - start)?;
            let (schema, _) = tree.schema()?;
            let (word, tables) = path.split_last()?;
            let node = schema::table(schema, tables)?;
            let said =
                schema::property(schema, node, word).and_then(|node| schema::described(schema, node))?;
            (range, format!("`{}`: {said}", path.join(".")))
        }
        None => return None,
    };
    Some((start + range.start..start + range.end, said))
}

/// The word of a comment to hallpass at a byte of its line.
fn in_comment(line: &str, offset: usize) -> Option<(Range<usize>, String)> {
    const ACCEPTS: &str = "`allow(RULE, …)`: accepts what those rules find here, in this line or in the block below it, until a day \
                           and with somebody who answers for it";
    let from = line.find(COMMENT)?;
    let inside = line.get(..from)?.contains(['#', '/']);
    let range = word(line, offset).filter(|range| inside && range.start >= from)?;
    let text = line.get(range.clone())?;
    if text == "allow" || range.start == from {
        return Some((range, ACCEPTS.to_owned()));
    }
    let behind = line.get(range.end..)?;
    // Between quotes stand words of somebody.
    let quoted = line.get(from..range.start)?.matches('"').count() % 2 == 1;
    let (field, why) = FIELDS.iter().find(|(field, _)| field.strip_suffix('=') == Some(text))?;
    (!quoted && behind.starts_with('=')).then(|| (range, format!("`{field}`: {why}")))
}

/// The key or table name at a byte of a line of a policy, with the names of the tables around it and its own.
fn key(before: &str, line: &str, offset: usize) -> Option<(Range<usize>, Vec<String>)> {
    let range = word(line, offset)?;
    let bare = line.trim_start();
    let named = |text: &str| -> Vec<String> {
        text.split('.').map(|part| part.trim().trim_matches(['"', '\'']).to_owned()).collect()
    };
    if bare.starts_with('#') {
        return None;
    }
    if bare.starts_with('[') && !bare.contains('=') {
        let opens = line.len() - bare.len() + bare.len() - bare.trim_start_matches('[').len();
        let closes = line.find(']')?;
        if range.start < opens || range.end > closes {
            return None;
        }
        return Some((range.clone(), named(line.get(opens..range.end)?)));
    }
    let equals = line.find('=')?;
    let key = named(line.get(..range.end.min(equals))?);
    // The line itself tells no table.
    let mut path = Site::of(before).tables;
    path.extend(key);
    (range.end <= equals).then_some((range, path))
}

/// The word at a byte of a line.
fn word(line: &str, offset: usize) -> Option<Range<usize>> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let before = line.get(..offset)?;
    let start =
        before.char_indices().rev().take_while(|(_, c)| is_part(*c)).last().map_or(offset, |(at, _)| at);
    let length: usize = line.get(offset..)?.chars().take_while(|c| is_part(*c)).map(char::len_utf8).sum();
    (start < offset + length).then_some(start..offset + length)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn path(before: &str, line: &str, word: &str) -> Option<String> {
        let (range, path) = key(before, line, line.find(word).unwrap() + 1)?;
        assert_eq!(&line[range], word);
        Some(path.join("."))
    }

    #[test]
    fn keys_are_those_of_their_tables() {
        let said = |path: &str| Some(path.to_owned());
        assert_eq!(path("", "fail-on = \"low\"", "fail-on"), said("fail-on"));
        assert_eq!(path("[ceilings]\n", "  waiver = 30 # days", "waiver"), said("ceilings.waiver"));
        assert_eq!(path("", "rules.ignore = []", "rules"), said("rules"));
        assert_eq!(path("", "rules.ignore = []", "ignore"), said("rules.ignore"));
        assert_eq!(path("[[waiver]]\nrule = \"a\"\n", "owner = \"x\"", "owner"), said("waiver.owner"));
        assert_eq!(path("", "[[waiver]]", "waiver"), said("waiver"));
        assert_eq!(path("", "[tool.hallpass.rules]", "rules"), said("tool.hallpass.rules"));
        for (line, word) in
            [("fail-on = \"low\"", "low"), ("# fail-on = 1", "fail-on"), ("[a] # b", "b"), ("  \"a\",", "a")]
        {
            assert_eq!(path("", line, word), None, "{line}");
        }
        assert_eq!(key("", "a = 1", 5), None);
    }

    #[test]
    fn words_of_a_waiver_are_told_and_what_they_say_is_not() {
        let line =
            "  x: y # hallpass: allow(scope) until=2027-01-01 owner=team-x reason=\"the owner=x moves\"";
        let told = |word: &str| in_comment(line, line.find(word).unwrap() + 1).map(|(_, said)| said);
        assert!(told("allow").unwrap().starts_with("`allow("));
        assert!(told("hallpass").unwrap().starts_with("`allow("));
        assert!(told("until").unwrap().contains("last day"));
        assert!(told("owner").unwrap().contains("answers"));
        for word in ["scope", "team", "2027", "moves", "x: y", "the"] {
            assert_eq!(told(word), None, "{word}");
        }
        let inner = line.rfind("owner").unwrap();
        assert_eq!(in_comment(line, inner + 1), None);
        assert_eq!(in_comment("hallpass: allow(x)", 12), None);
    }
}
