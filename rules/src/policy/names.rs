//! Names as users write them: rules and classes, the nearest known one, and patterns with `*`.

use crate::fact::{Piece, Text};
use crate::rule::Rule;

/// The rule classes; the first half of every rule's id.
pub const CLASSES: [&str; 7] =
    ["secret", "identity", "lifetime", "scope", "anonymous", "third-party", "governance"];

/// Most characters of a user's word that a message repeats: names are shorter, and a secret that slipped into the
/// configuration must not be printed.
const QUOTED: usize = 64;

/// The known name nearest to `word`, if one is near enough to be what was meant.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > QUOTED {
        return None;
    }
    let allowed = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(word, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// `, did you mean …?` or nothing.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}

/// A user's word in backticks if it looks like a name, else nothing of it.
#[must_use]
pub fn quoted(word: &str) -> String {
    let name = |c: char| c.is_ascii_alphanumeric() || "-_/.*".contains(c);
    // A word that mixes digits into a long run may be a token; names of ours never do.
    let long_run = word.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| run.len() > 20);
    if word.len() <= QUOTED && word.chars().all(name) && !long_run {
        format!("`{word}`")
    } else {
        "this text".to_owned()
    }
}

/// Checks that a word names a rule (by id or former id) or a class.
///
/// # Errors
/// What is wrong, with the nearest known name.
pub fn selector(rules: &'static [Rule], word: &str) -> Result<(), String> {
    if CLASSES.contains(&word) || rule(rules, word).is_some() {
        return Ok(());
    }
    let ids = rules.iter().flat_map(|r| std::iter::once(r.meta.id).chain(r.meta.aliases.iter().copied()));
    let hint = match nearest(word, ids.chain(CLASSES)) {
        Some(name) => format!(", did you mean `{name}`?"),
        // `static-cloud-key` without its class is meant well.
        None => rules.iter().find(|r| r.meta.id.rsplit('/').next() == Some(word)).map_or_else(
            || "; `hallpass rules` lists them".to_owned(),
            |r| format!(", did you mean `{}`?", r.meta.id),
        ),
    };
    Err(format!("{} is no rule and no class{hint}", quoted(word)))
}

/// A rule by id or former id.
#[must_use]
pub fn rule(rules: &'static [Rule], word: &str) -> Option<&'static Rule> {
    rules.iter().find(|r| r.meta.id == word || r.meta.aliases.contains(&word))
}

/// Whether a selector names the rule: by id, former id or class.
#[must_use]
pub fn name_of(word: &str, rule: &Rule) -> bool {
    word == rule.meta.id || word == rule.meta.class() || rule.meta.aliases.contains(&word)
}

/// Whether one of the selectors names the rule.
#[must_use]
pub(super) fn names(selectors: &[String], rule: &Rule) -> bool {
    selectors.iter().any(|word| name_of(word, rule))
}

/// Whether a pattern, in which `*` stands for any text, matches the whole of `text`. Linear in their product.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return text.is_empty() };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or(""),
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether a pattern surely matches a partly known text: all of it is known and matches, or the pattern is a known
/// beginning followed by `*`, and the text begins with it.
#[must_use]
pub fn covers(pattern: &str, text: &Text) -> bool {
    if let Some(known) = text.known() {
        return matches(pattern, known);
    }
    match (pattern.strip_suffix('*'), text.0.first()) {
        (Some(prefix), Some(Piece::Literal(known))) => !prefix.contains('*') && known.starts_with(prefix),
        _ => pattern == "*",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Why;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("actions/*", "actions/checkout", true),
            ("actions/*", "actions/cache/save", true),
            ("actions/*", "evil-actions/checkout", false),
            ("*/deploy", "team/deploy", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("ab", "ab", true),
            ("ab", "abc", false),
            ("a*a", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn an_unknown_end_is_covered_by_a_known_beginning_only() {
        let mut image = Text::literal("registry.example/app-");
        image.push_hole(Why::Variable("name".to_owned()));
        assert!(covers("registry.example/*", &image));
        assert!(!covers("registry.example/app", &image));
        assert!(!covers("registry.example/app-*-x*", &image));
        assert!(!covers("registry.example/app-web*", &image));
    }

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(nearest("ceilling", ["ceilings", "rules"]), Some("ceilings"));
        assert_eq!(nearest("xyz", ["ceilings", "rules"]), None);
    }

    #[test]
    fn what_may_be_a_token_is_not_repeated() {
        let token = ["Zx9", &"q8Wv".repeat(8)].concat();
        assert_eq!(quoted(&token), "this text");
        assert_eq!(quoted("lifetime/static-cloud-key"), "`lifetime/static-cloud-key`");
    }
}
