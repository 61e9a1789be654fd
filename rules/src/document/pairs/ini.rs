//! INI and its relatives: `[section]`, `name = value`; also `name: value`, as Python reads it.

use super::Each;
use super::decode::verbatim;
use super::env::until_comment;
use crate::document::ground::Ground;

pub(super) fn read(text: &str, ground: Ground<'_>, each: Each<'_>) {
    for (start, line) in super::lines(text) {
        let body = line.trim_start();
        if body.starts_with(['#', ';', '[', '<']) {
            continue;
        }
        let Some((name, value)) = pair(body) else {
            words(body, start + line.len() - body.len(), text, ground, each);
            continue;
        };
        let from = start + line.len() - value.len();
        let inner = quoted(value).unwrap_or_else(|| {
            let value = until_comment(value);
            value.get(..value.find(" ;").unwrap_or(value.len())).unwrap_or(value).trim_end()
        });
        let lead = super::offset(value, inner).unwrap_or_default();
        each(name, verbatim(text, from + lead..from + lead + inner.len(), ground));
    }
}

/// `host name=value name=value`, as inventories of Ansible write the variables of a machine.
fn words(body: &str, start: usize, text: &str, ground: Ground<'_>, each: Each<'_>) {
    const MOST: usize = 64;
    let mut words = body.split_whitespace();
    let host = words.next().is_some_and(|first| !first.contains('='));
    if !host || !words.clone().take(MOST).all(|word| word.contains('=')) {
        return;
    }
    for word in words.take(MOST) {
        let (Some(at), Some((name, value))) = (super::offset(body, word), word.split_once('=')) else {
            continue;
        };
        let bare = value.trim_matches(['"', '\'']);
        let from = start + at + name.len() + 1 + usize::from(bare.len() < value.len());
        each(name, verbatim(text, from..from + bare.len(), ground));
    }
}

/// Name and value of a line. A name of several words is prose.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=').or_else(|| line.split_once(": "))?;
    let name = name.trim_end();
    let name = name.strip_prefix("export ").unwrap_or(name);
    (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| (name, value.trim_start()))
}

/// What stands between the quotes that a value begins with.
pub(super) fn quoted(value: &str) -> Option<&str> {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = value.strip_prefix(quote)?;
    inner.get(..inner.find(quote)?)
}
