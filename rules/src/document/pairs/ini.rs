//! INI and its relatives: `[section]`, `name = value`; also `name: value`, as Python reads it.

use super::Each;
use super::decode::verbatim;
use super::directives;
use super::env::until_comment;
use crate::document::ground::Ground;

pub(super) fn read(text: &str, ground: Ground<'_>, each: Each<'_>) {
    let mut lines = super::lines(text);
    while let Some((start, line)) = lines.next() {
        let body = line.trim_start();
        if body.starts_with(['#', ';', '[', '<']) {
            continue;
        }
        let begin = start + line.len() - body.len();
        let Some((name, value)) = pair(body) else {
            if !directives::read(body, begin, text, ground, each) {
                words(body, begin, text, ground, each);
            }
            continue;
        };
        // What a sign at its end continues is one value: the command lines of a unit.
        let mut end = start + line.len();
        let mut last = line;
        while last.ends_with(" \\") {
            let Some((next, line)) = lines.next() else { break };
            end = next + line.len();
            last = line;
        }
        let from = start + line.len() - value.len();
        let value = text.get(from..end).unwrap_or(value);
        let inner = quoted(value).filter(|inner| is_all(value, inner)).unwrap_or_else(|| {
            let value = until_comment(value);
            value.get(..value.find(" ;").unwrap_or(value.len())).unwrap_or(value).trim_end()
        });
        let lead = super::offset(value, inner).unwrap_or_default();
        each(name, verbatim(text, from + lead..from + lead + inner.len(), ground));
    }
}

/// Whether behind the quotes stands nothing but a sign or a comment: not another value in quotes.
fn is_all(value: &str, inner: &str) -> bool {
    let behind = value.get(inner.len() + 2..).unwrap_or_default().trim_start();
    !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '"' | '\''))
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
    // `name => value`, as Logstash writes it.
    let value = value.strip_prefix('>').unwrap_or(value);
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
