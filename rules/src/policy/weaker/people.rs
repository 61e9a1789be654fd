//! People and keys of tags of two policies: who may own again, and what declares something or no longer does.

use std::collections::BTreeSet;

use super::Collector;
use crate::dialect::ownership::plain;
use crate::fact::Word;
use crate::finding::Severity;
use crate::policy::names::quoted;
use crate::policy::{Policy, Written};

pub(super) fn compare(before: &Policy, after: &Policy, out: &mut Collector<'_>) {
    let first = out.out.len();
    let names =
        |all: &[Written]| all.iter().map(|name| name.text.trim().to_lowercase()).collect::<BTreeSet<_>>();
    for name in names(&before.people.left).difference(&names(&after.people.left)) {
        let message =
            format!("{} is no longer among those who left, and may own identities again", quoted(name));
        out.say(&["people", "left"], None, message, &["left", name]);
    }
    if !before.people.known.is_empty() && after.people.known.is_empty() {
        let message = "nobody is listed any more who may own something (`people.known`)".to_owned();
        out.say(&["people", "known"], None, message, &["known"]);
    }
    let keys = |policy: &Policy| -> BTreeSet<(Word, String)> {
        policy.keys().map(|(word, key)| (word, plain(key))).collect()
    };
    let (was, is) = (keys(before), keys(after));
    for (word, key) in is.difference(&was) {
        let written = after.keys().find(|(of, text)| of == word && plain(text) == *key).map(|(_, text)| text);
        let message = format!("tags with the key {} say `{}`, which they did not", quoted(key), word.name());
        out.say(&["registry", "keys", word.name()], written, message, &["key", word.name(), key]);
    }
    for (word, key) in was.difference(&is) {
        let message = format!("tags with the key {} no longer say `{}`", quoted(key), word.name());
        out.say(&["registry", "keys", word.name()], None, message, &["key", word.name(), key, "gone"]);
    }
    out.out.iter_mut().skip(first).for_each(|weaker| weaker.severity = Some(Severity::Medium));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::policy::{Policy, weaker};

    fn said(before: &str, after: &str) -> Vec<String> {
        let read = |text: &str| Policy::read("hallpass.toml", text.as_bytes()).unwrap();
        let texts = [(crate::span::FileId(0), "hallpass.toml", after)];
        let found = weaker::weaker(&read(before), &read(after), &texts);
        found.into_iter().map(|found| found.message).collect()
    }

    #[test]
    fn who_left_stays_away_and_keys_stay_as_they_are() {
        let left = "[people]\nleft = [\"Jane\", \"joe\"]\n";
        assert_eq!(said("", left), [""; 0]);
        assert_eq!(
            said(left, "[people]\nleft = [\"jane\"]\n"),
            ["`joe` is no longer among those who left, and may own identities again"]
        );
        assert_eq!(said("[people]\nknown = [\"a\"]\n", "").len(), 1);
        assert_eq!(said("", "[people]\nknown = [\"a\"]\n"), [""; 0]);
        let keys = "[registry.keys]\nowner = [\"cost-centre\"]\n";
        assert_eq!(said("", keys), ["tags with the key `costcentre` say `owner`, which they did not"]);
        assert_eq!(said(keys, ""), ["tags with the key `costcentre` no longer say `owner`"]);
        assert_eq!(said(keys, "[registry.keys]\nowner = [\"Cost_Centre\"]\n"), [""; 0]);
    }
}
