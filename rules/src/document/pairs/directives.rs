//! Directives of configuration files: words with blanks between them, of which some name what another holds
//! (`data/directives.toml`): `requirepass X`, `proxy_set_header Authorization "Bearer X";`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Each;
use super::decode::verbatim;
use crate::document::ground::Ground;

/// Most words of a directive that holds a secret; longer lines are lists.
const MOST_WORDS: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    directive: Vec<Directive>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Directive {
    forms: Vec<String>,
    #[serde(default)]
    name: String,
    #[serde(rename = "source")]
    _source: String,
}

static TABLE: LazyLock<Vec<Directive>> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read::<Table>(include_str!("../../../data/directives.toml"))
        .expect("data/directives.toml parses")
        .directive
});

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&TABLE);
}

/// Hands out what a line's directive holds; whether it is one. `start` is where the line stands in the text.
pub(super) fn read(line: &str, start: usize, text: &str, ground: Ground<'_>, each: Each<'_>) -> bool {
    let line = line.trim_end().trim_end_matches(';');
    let words = split(line);
    let Some(first) = words.first().filter(|_| words.len() <= MOST_WORDS) else { return false };
    let mut hand = |name: &str, value: &str| {
        if let Some(at) = super::offset(line, value) {
            each(name, verbatim(text, start + at..start + at + value.len(), ground));
        }
    };
    for directive in TABLE.iter() {
        for form in &directive.forms {
            if form.split(' ').next().is_some_and(|own| own.eq_ignore_ascii_case(first))
                && let Some((name, value)) = fitting(form, &words)
            {
                hand(name.unwrap_or(&directive.name), value);
                return true;
            }
        }
    }
    // `requirepass X`: of two words the first is the name. It is one word, so that prose is none.
    let [name, value] = words.as_slice() else { return false };
    let is_pair = super::is_name(name) && !value.contains('=');
    if is_pair {
        hand(name, value);
    }
    is_pair
}

/// Name and value of a line's words, if they are as a form says.
fn fitting<'w>(form: &str, words: &[&'w str]) -> Option<(Option<&'w str>, &'w str)> {
    let mut name = None;
    let mut value = None;
    let mut at = 0;
    for part in form.split(' ') {
        let word = words.get(at).copied();
        at += 1;
        match part {
            "…" => at = words.len(),
            "ANY" => {
                word?;
            }
            "NAME" => name = Some(word?),
            "SECRET" => value = Some(word?),
            "USER:SECRET" => value = Some(word?.split_once(':')?.1),
            // A rule of an access list: behind the sign stands a password, in any place.
            ">SECRET" => {
                value = Some(words.get(at - 1..)?.iter().find_map(|word| word.strip_prefix('>'))?);
                at = words.len();
            }
            literal if word?.eq_ignore_ascii_case(literal) => {}
            _ => return None,
        }
    }
    (at >= words.len()).then_some((name, value?))
}

/// The words of a line, without their quotes. A blank behind a backslash ends none.
fn split(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next().filter(|c| *c != '#') {
        let quoted = matches!(first, '"' | '\'').then(|| rest.get(1..)?.find(first)).flatten();
        let (word, end) = match quoted {
            Some(length) => (rest.get(1..=length), length + 2),
            None => {
                let end = end_of_word(rest);
                (rest.get(..end), end)
            }
        };
        words.push(word.unwrap_or_default());
        if words.len() > MOST_WORDS {
            break;
        }
        rest = rest.get(end..).unwrap_or_default().trim_start();
    }
    words
}

fn end_of_word(text: &str) -> usize {
    let mut escaped = false;
    let end = text.find(|c: char| {
        let ends = c.is_whitespace() && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::{Ground, read};

    fn pairs(line: &str) -> Vec<String> {
        let mut found = Vec::new();
        read(line, 0, line, Ground::File, &mut |name, value| found.push(format!("{name}={}", value.text)));
        found
    }

    #[test]
    fn directives_give_what_their_forms_say() {
        for (line, found) in [
            ("requirepass kiwi7", "requirepass=kiwi7"),
            ("rootpw \"kiwi 7\"", "rootpw=kiwi 7"),
            ("proxy_set_header Authorization \"Bearer kiwi7\";", "Authorization=Bearer kiwi7"),
            ("http-request set-header Authorization Bearer\\ kiwi7 if x", "Authorization=Bearer\\ kiwi7"),
            ("sentinel auth-pass mymaster kiwi7", "password=kiwi7"),
            ("user admin insecure-password kiwi7 groups g", "password=kiwi7"),
            ("stats auth admin:kiwi7", "password=kiwi7"),
            ("user app on >kiwi7 ~* +@all", "password=kiwi7"),
        ] {
            assert_eq!(pairs(line), [found], "{line}");
        }
        for line in ["user app on nopass ~*", "server web1 10.0.0.1:80 check", ""] {
            assert!(pairs(line).is_empty(), "{line}");
        }
    }
}
