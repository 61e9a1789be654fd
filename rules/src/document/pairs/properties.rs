//! Java properties: `name=value`, `name: value`, `name value`; lines that end in `\` go on.

use super::Each;
use super::decode::{Escape, code, escaped};
use crate::document::ground::Ground;

pub(super) fn read(text: &str, ground: Ground<'_>, each: Each<'_>) {
    let mut lines = super::lines(text);
    while let Some((start, line)) = lines.next() {
        let mut end = start + line.len();
        let body = line.trim_start();
        if body.is_empty() || body.starts_with(['#', '!']) {
            continue;
        }
        let mut last = line;
        while goes_on(last) {
            let Some((next, line)) = lines.next() else { break };
            end = next + line.len();
            last = line;
        }
        let Some((name, value)) = pair(body) else { continue };
        let name = name.replace('\\', "");
        let from = start + (line.len() - value.len());
        each(&name, escaped(text, from..end, ground, '\\', unescape));
    }
}

/// An odd number of backslashes at its end.
fn goes_on(line: &str) -> bool {
    line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}

/// The name ends at the first `=`, `:` or blank that no backslash takes away.
fn pair(line: &str) -> Option<(&str, &str)> {
    let mut taken = false;
    let end = line.char_indices().find(|(_, c)| {
        let ends = !taken && (matches!(c, '=' | ':') || c.is_whitespace());
        taken = *c == '\\' && !taken;
        ends
    });
    let (end, _) = end?;
    let (name, rest) = line.split_at_checked(end)?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    Some((name, rest.trim_start()))
}

fn unescape(rest: &str) -> Escape {
    match rest.get(1..).and_then(|rest| rest.chars().next()) {
        Some('n') => Escape::Character('\n', 2),
        Some('r') => Escape::Character('\r', 2),
        Some('t') => Escape::Character('\t', 2),
        Some('f') => Escape::Character('\u{c}', 2),
        Some('u') => code(rest, 2, 4),
        Some('\r' | '\n') => {
            let line = rest.get(1..).unwrap_or_default();
            Escape::Nothing(1 + (line.len() - line.trim_start().len()))
        }
        Some(c) => Escape::Character(c, 1 + c.len_utf8()),
        None => Escape::Nothing(1),
    }
}
