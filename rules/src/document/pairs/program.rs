//! Build scripts and configuration that is a program: what stands before a text in quotes is its name.
//! `password 'x'`, `val apiToken = "x"`, `extra["signing.password"] = "x"`, `root_password => 'x'`,
//! `define('DB_PASSWORD', 'x')`, `buildConfigField "String", "API_KEY", "x"`.

use super::Each;
use super::decode::{Escape, escaped};
use crate::document::ground::Ground;

pub(super) fn read(text: &str, ground: Ground<'_>, each: Each<'_>) {
    for (start, line) in super::lines(text) {
        let body = line.trim_start();
        if body.starts_with("//") || body.starts_with(['#', '*']) {
            continue;
        }
        let mut at = 0;
        while let Some(literal) = next(line, at) {
            if let Some(name) = line.get(..literal.open).and_then(name) {
                let range = start + literal.open + 1..start + literal.close;
                each(name, escaped(text, range, ground, '\\', unescape));
            }
            at = literal.close + 1;
        }
    }
}

/// Where the quotes of a text stand in a line.
struct Literal {
    open: usize,
    close: usize,
}

/// The next text in quotes that begins at or behind a byte.
fn next(line: &str, from: usize) -> Option<Literal> {
    let open = from + line.get(from..)?.find(['"', '\''])?;
    let quote = line.get(open..)?.chars().next()?;
    let mut taken = false;
    let inner = line.get(open + 1..)?;
    let length = inner.find(|c: char| {
        let ends = c == quote && !taken;
        taken = c == '\\' && !taken;
        ends
    })?;
    Some(Literal { open, close: open + 1 + length })
}

/// The name that stands before a text: a word, or another text in quotes. Between them stand signs only.
fn name(before: &str) -> Option<&str> {
    let before = before.trim_end();
    let before = before.strip_suffix("Some(").unwrap_or(before);
    let signs = |c: char| c.is_whitespace() || matches!(c, '=' | ':' | '(' | ')' | '[' | ']' | ',' | '>');
    let end = before.trim_end_matches(signs);
    let sign = before.get(end.len()..).unwrap_or_default();
    // A comparison says nothing of a value.
    if sign.contains("==") || end.ends_with(['!', '<', '~']) {
        return None;
    }
    if let Some(inner) = end.strip_suffix(['"', '\'']) {
        let quote = end.get(inner.len()..)?.chars().next()?;
        let from = inner.rfind(quote)? + 1;
        return inner.get(from..).filter(|name| super::is_name(name));
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let from = end.trim_end_matches(is_part).len();
    end.get(from..).filter(|name| !name.is_empty())
}

fn unescape(rest: &str) -> Escape {
    match rest.as_bytes().get(1) {
        Some(b'n') => Escape::Character('\n', 2),
        Some(b't') => Escape::Character('\t', 2),
        Some(sign @ (b'"' | b'\'' | b'\\' | b'$')) => Escape::Character(char::from(*sign), 2),
        _ => Escape::Verbatim,
    }
}

#[cfg(test)]
mod tests {
    use super::{Ground, read};

    #[test]
    fn a_text_is_called_what_stands_before_it() {
        for (line, found) in [
            ("password 'kiwi7'", "password=kiwi7"),
            ("  password = \"kiwi7\" // x", "password=kiwi7"),
            ("val apiToken = \"kiwi7\"", "apiToken=kiwi7"),
            ("extra[\"signing.password\"] = \"kiwi7\"", "signing.password=kiwi7"),
            ("ext.set('nexusPassword', 'kiwi7')", "nexusPassword=kiwi7"),
            ("pgpPassphrase := Some(\"kiwi7\".toArray)", "pgpPassphrase=kiwi7"),
            ("  root_password => 'kiwi7',", "root_password=kiwi7"),
            ("define( 'DB_PASSWORD', 'kiwi7' );", "DB_PASSWORD=kiwi7"),
            ("default['mysql']['password'] = 'ki\\'wi7'", "password=ki'wi7"),
            ("buildConfigField \"String\", \"API_KEY\", \"\\\"kiwi7\\\"\"", "API_KEY=\"kiwi7\""),
        ] {
            let mut pairs = Vec::new();
            read(line, Ground::File, &mut |name, value| pairs.push(format!("{name}={}", value.text)));
            assert!(pairs.iter().any(|pair| pair == found), "{line}: {pairs:?}");
        }
        for line in ["// password 'kiwi7'", "if (password == 'kiwi7')", "password project.kiwi7"] {
            let mut pairs = Vec::new();
            read(line, Ground::File, &mut |name, _| pairs.push(name.to_owned()));
            assert!(pairs.is_empty(), "{line}: {pairs:?}");
        }
    }
}
