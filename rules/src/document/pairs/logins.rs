//! Files of logins: netrc's words, and PostgreSQL's lines of five fields.

use super::Each;
use super::decode::{Escape, escaped, verbatim};
use super::ini::quoted;
use crate::document::ground::Ground;

/// `machine HOST login USER password PASSWORD`, over any lines.
pub(super) fn netrc(text: &str, ground: Ground<'_>, each: Each<'_>) {
    let mut keyword = None;
    for (_, line) in super::lines(text) {
        if line.trim_start().starts_with('#') {
            continue;
        }
        for word in line.split_whitespace() {
            match keyword.take() {
                Some(name) => {
                    let inner = quoted(word).unwrap_or(word);
                    if let Some(at) = super::offset(text, inner) {
                        each(name, verbatim(text, at..at + inner.len(), ground));
                    }
                }
                None => {
                    keyword = ["machine", "login", "password", "account"].into_iter().find(|k| *k == word);
                }
            }
        }
    }
}

/// `host:port:database:user:password`; a backslash takes the meaning from `:` and `\`.
pub(super) fn pgpass(text: &str, ground: Ground<'_>, each: Each<'_>) {
    const FIELDS_BEFORE: usize = 4;
    for (start, line) in super::lines(text) {
        if line.starts_with('#') {
            continue;
        }
        let mut taken = false;
        let mut colons = line.char_indices().filter(|(_, c)| {
            let ends = *c == ':' && !taken;
            taken = *c == '\\' && !taken;
            ends
        });
        if let Some((at, _)) = colons.nth(FIELDS_BEFORE - 1) {
            each("password", escaped(text, start + at + 1..start + line.len(), ground, '\\', unescape));
        }
    }
}

fn unescape(rest: &str) -> Escape {
    match rest.as_bytes().get(1) {
        Some(sign @ (b':' | b'\\')) => Escape::Character(char::from(*sign), 2),
        _ => Escape::Verbatim,
    }
}
