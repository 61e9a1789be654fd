//! Names as users write them: rules and classes, the nearest known one, and patterns with `*`.

use super::rows;
use crate::fact::{Piece, Text};
use crate::rule::{Named, Rule};

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

/// Checks that a word names a rule (by id or another name) or a class.
///
/// # Errors
/// What is wrong, with the nearest known name.
pub fn selector(rules: &'static [Rule], word: &str) -> Result<(), String> {
    if CLASSES.contains(&word) || word == rows::CLASS || rule(rules, word).is_some() {
        return Ok(());
    }
    let several: Vec<String> = aliased(rules, word).map(|rule| format!("`{}`", rule.meta.id)).collect();
    if !several.is_empty() {
        return Err(format!("{} names several rules: write {}", quoted(word), several.join(" or ")));
    }
    let ids = rules.iter().flat_map(|r| std::iter::once(r.meta.id).chain(r.meta.aliases.iter().copied()));
    let hint = match nearest(word, ids.chain(CLASSES).chain([rows::CLASS])) {
        // Nobody is sent to a name that the next run would speak of.
        Some(name) => format!(", did you mean `{}`?", rule(rules, name).map_or(name, |rule| rule.meta.id)),
        // `static-cloud-key` without its class is meant well.
        None => rules.iter().find(|r| r.meta.id.rsplit('/').next() == Some(word)).map_or_else(
            || "; `hallpass rules` lists them".to_owned(),
            |r| format!(", did you mean `{}`?", r.meta.id),
        ),
    };
    Err(format!("{} is no rule and no class{hint}", quoted(word)))
}

/// A rule by its id, or by another name that it alone has.
#[must_use]
pub fn rule(rules: &'static [Rule], word: &str) -> Option<&'static Rule> {
    rules.iter().find(|rule| rule.meta.id == word).or_else(|| {
        let mut named = aliased(rules, word);
        named.next().filter(|_| named.next().is_none())
    })
}

/// The rules that have a word as another name.
fn aliased(rules: &'static [Rule], word: &str) -> impl Iterator<Item = &'static Rule> {
    rules.iter().filter(move |rule| rule.meta.aliases.contains(&word))
}

/// What is said of a name that still holds and is not a rule's own.
#[must_use]
pub fn renamed(rules: &'static [Rule], word: &str) -> Option<String> {
    let rule = rule(rules, word).filter(|rule| rule.meta.id != word)?;
    Some(format!("`{word}` is called `{}`; write that", rule.meta.id))
}

/// Whether one of the selectors names the rule.
#[must_use]
pub(super) fn names(selectors: &[String], rule: Named<'_>) -> bool {
    selectors.iter().any(|word| rule.is_called(word))
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

    /// Two rules that were one, and a third that has another name of its own.
    fn split() -> &'static [Rule] {
        static SPLIT: std::sync::LazyLock<Vec<Rule>> = std::sync::LazyLock::new(|| {
            let made = |(id, aliases), rule: &Rule| Rule {
                meta: crate::rule::Meta { id, aliases, ..rule.meta },
                ..*rule
            };
            let names: [(&str, &[&str]); 3] = [
                ("secret/one", &["secret/whole"]),
                ("secret/two", &["secret/whole"]),
                ("scope/three", &["scope/former"]),
            ];
            names.into_iter().zip(crate::rule::RULES).map(|(names, rule)| made(names, rule)).collect()
        });
        &SPLIT
    }

    #[test]
    fn another_name_holds_and_is_told() {
        let rules = split();
        assert_eq!(rule(rules, "scope/former").map(|rule| rule.meta.id), Some("scope/three"));
        assert_eq!(selector(rules, "scope/former"), Ok(()));
        assert_eq!(
            renamed(rules, "scope/former").as_deref(),
            Some("`scope/former` is called `scope/three`; write that")
        );
        assert_eq!(renamed(rules, "scope/three"), None);
        assert_eq!(
            selector(rules, "scope/fromer"),
            Err("`scope/fromer` is no rule and no class, did you mean `scope/three`?".to_owned())
        );
    }

    #[test]
    fn a_name_of_two_rules_is_refused_with_both() {
        let rules = split();
        assert!(rule(rules, "secret/whole").is_none());
        assert_eq!(
            selector(rules, "secret/whole"),
            Err("`secret/whole` names several rules: write `secret/one` or `secret/two`".to_owned())
        );
    }

    #[test]
    fn what_may_be_a_token_is_not_repeated() {
        let token = ["Zx9", &"q8Wv".repeat(8)].concat();
        assert_eq!(quoted(&token), "this text");
        assert_eq!(quoted("lifetime/static-cloud-key"), "`lifetime/static-cloud-key`");
    }
}
