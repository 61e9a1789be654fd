//! `${{ … }}`: where expressions stand in a text and which contexts they read. Nothing is computed.

use std::ops::Range;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Characters as they are.
    Literal(&'t str),
    /// An expression: its inner text, and the bytes it takes in the text with its braces.
    Expression(&'t str, Range<usize>),
}

/// A context that an expression reads: `secrets.TOKEN`, `env['X']`, `matrix.os.name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// `secrets`, lower case.
    pub(super) context: String,
    /// What follows, as written.
    pub(super) path: Vec<String>,
    /// Whether an index is computed (`secrets[matrix.name]`), so that any entry may be meant.
    pub(super) dynamic: bool,
    /// Whether it is only held against something: what comes of it is true or false.
    pub(super) compared: bool,
}

impl Reference {
    /// The reference as one would write it.
    pub(super) fn written(&self) -> String {
        let mut text = self.context.clone();
        for part in &self.path {
            text.push('.');
            text.push_str(part);
        }
        text
    }
}

/// Whether a secret's name is the job token's (GitHub's, Gitea's, Forgejo's).
pub(super) fn is_job_token(name: &str) -> bool {
    ["GITHUB_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// An operand that stands for one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Literal(String),
    Reference(Reference),
    /// Something that would have to be computed.
    Computed(String),
}

/// Splits a text at its expressions. An expression without an end is literal.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("${{").map(|at| at + from) {
        let inner = start + 3;
        let Some(length) = end_of(&text[inner..]) else { break };
        if start > from {
            pieces.push(Piece::Literal(&text[from..start]));
        }
        let end = inner + length + 2;
        pieces.push(Piece::Expression(text[inner..inner + length].trim(), start..end));
        from = end;
    }
    if from < text.len() {
        pieces.push(Piece::Literal(&text[from..]));
    }
    pieces
}

/// Where `}}` stands, outside quotes.
fn end_of(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quoted = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => quoted = !quoted,
            b'}' if !quoted && bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Every context that an expression reads, in order.
pub(super) fn references(expression: &str) -> Vec<Reference> {
    let bytes = expression.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\'' => at = after_string(bytes, at),
            _ if starts_name(byte) => {
                let (mut reference, end) = reference(expression, at);
                let rest = expression[end..].trim_start();
                reference.compared = is_compared(&expression[..at], rest);
                let is_word = matches!(reference.context.as_str(), "true" | "false" | "null");
                if !(rest.starts_with('(') && reference.path.is_empty() || is_word) {
                    found.push(reference);
                }
                at = end;
            }
            _ if byte.is_ascii_digit() => {
                while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'.') {
                    at += 1;
                }
            }
            _ => at += 1,
        }
    }
    found
}

/// Whether what stands between these is an operand of a comparison, or negated.
fn is_compared(before: &str, behind: &str) -> bool {
    const SIGNS: [&str; 4] = ["==", "!=", "<", ">"];
    let before = before.trim_end();
    SIGNS.iter().any(|sign| behind.starts_with(sign) || before.ends_with(sign))
        || ["=", "!"].iter().any(|sign| before.ends_with(sign))
}

/// One past the closing quote of the string that opens at `at`.
pub(super) fn after_string(bytes: &[u8], at: usize) -> usize {
    let mut next = at + 1;
    while next < bytes.len() {
        if bytes[next] == b'\'' {
            if bytes.get(next + 1) != Some(&b'\'') {
                return next + 1;
            }
            next += 1;
        }
        next += 1;
    }
    bytes.len()
}

pub(super) fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

pub(super) fn name_end(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
        at += 1;
    }
    at
}

/// The reference that begins at `at`, and where it ends.
fn reference(text: &str, at: usize) -> (Reference, usize) {
    let bytes = text.as_bytes();
    let mut end = name_end(bytes, at);
    let mut found = Reference {
        context: text[at..end].to_ascii_lowercase(),
        path: Vec::new(),
        dynamic: false,
        compared: false,
    };
    loop {
        match bytes.get(end) {
            Some(b'.') if bytes.get(end + 1) == Some(&b'*') => {
                found.dynamic = true;
                end += 2;
            }
            Some(b'.') if bytes.get(end + 1).is_some_and(|b| starts_name(*b)) => {
                let next = name_end(bytes, end + 1);
                found.path.push(text[end + 1..next].to_owned());
                end = next;
            }
            Some(b'[') => match quoted_index(text, end) {
                Some((name, next)) => {
                    found.path.push(name);
                    end = next;
                }
                None => {
                    found.dynamic = true;
                    return (found, end);
                }
            },
            _ => return (found, end),
        }
    }
}

/// `['name']` at `at`.
fn quoted_index(text: &str, at: usize) -> Option<(String, usize)> {
    let rest = text.get(at + 1..)?;
    let inner = rest.trim_start().strip_prefix('\'')?;
    let (name, after) = inner.split_once('\'')?;
    let after = after.trim_start().strip_prefix(']')?;
    Some((name.to_owned(), text.len() - after.len()))
}

/// Groups inside groups of a choice that are looked into: people write two or three.
const MAX_GROUPS: usize = 16;

/// The values an expression can take: one operand or a choice of operands (`a || b`, `test && a || b`), the last being
/// what holds when nothing else does. `None` where brackets do not match.
pub(super) fn choices(expression: &str) -> Option<Vec<Operand>> {
    choices_within(expression, MAX_GROUPS)
}

fn choices_within(expression: &str, groups: usize) -> Option<Vec<Operand>> {
    let mut found = Vec::new();
    for branch in top_level(expression, "||")? {
        let value = top_level(branch, "&&")?.pop().filter(|value| !value.is_empty())?;
        match (operand(value), group(value)) {
            (Some(operand), _) => found.push(operand),
            (None, Some(inner)) if groups > 0 => found.extend(choices_within(inner, groups - 1)?),
            (None, _) => found.push(Operand::Computed(value.to_owned())),
        }
    }
    Some(found)
}

/// What stands in brackets, if they enclose the whole text.
fn group(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    top_level(inner, "||").is_some().then(|| inner.trim())
}

/// Splits at an operator outside quotes and brackets; `None` if brackets do not match.
pub(super) fn top_level<'t>(text: &'t str, operator: &str) -> Option<Vec<&'t str>> {
    let bytes = text.as_bytes();
    let (mut parts, mut from, mut at, mut depth) = (Vec::new(), 0, 0, 0usize);
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => {
                at = after_string(bytes, at);
                continue;
            }
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.checked_sub(1)?,
            _ if depth == 0 && bytes[at..].starts_with(operator.as_bytes()) => {
                parts.push(text[from..at].trim());
                at += operator.len();
                from = at;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(text[from..].trim());
    Some(parts)
}

fn operand(text: &str) -> Option<Operand> {
    let bytes = text.as_bytes();
    let first = *bytes.first()?;
    if first == b'\'' {
        let end = after_string(bytes, 0);
        return (end == text.len() && end >= 2 && text.ends_with('\''))
            .then(|| Operand::Literal(text[1..end - 1].replace("''", "'")));
    }
    if matches!(text, "true" | "false") || first.is_ascii_digit() && text.parse::<f64>().is_ok() {
        return Some(Operand::Literal(text.to_owned()));
    }
    if !starts_name(first) {
        return None;
    }
    let (found, end) = reference(text, 0);
    (end == text.len() && !found.dynamic).then_some(Operand::Reference(found))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn reads(expression: &str) -> Vec<String> {
        references(expression)
            .iter()
            .map(|r| format!("{}{}", r.written(), if r.dynamic { "[…]" } else { "" }))
            .collect()
    }

    #[test]
    fn a_text_is_split_at_its_expressions() {
        let pieces = split("a ${{ secrets.X }}b${{ '}}' }}");
        assert_eq!(
            pieces,
            [
                Piece::Literal("a "),
                Piece::Expression("secrets.X", 2..18),
                Piece::Literal("b"),
                Piece::Expression("'}}'", 19..30),
            ]
        );
        assert_eq!(split("${{ open"), [Piece::Literal("${{ open")]);
        assert!(split("").is_empty());
    }

    #[test]
    fn references_are_found_in_any_writing() {
        assert_eq!(reads("secrets.A || Secrets['B-C']"), ["secrets.A", "secrets.B-C"]);
        assert_eq!(reads("toJSON(secrets)"), ["secrets"]);
        assert_eq!(reads("secrets[matrix.name]"), ["secrets[…]", "matrix.name"]);
        assert_eq!(reads("github.ref == 'refs/heads/secrets.X' && true"), ["github.ref"]);
        assert_eq!(reads("format('it''s {0}', inputs.x)"), ["inputs.x"]);
    }

    #[test]
    fn a_choice_lists_its_values() {
        let literal = |t: &str| Operand::Literal(t.to_owned());
        assert_eq!(choices("github.ref == 'x' && 'a' || 'b'").unwrap(), [literal("a"), literal("b")]);
        assert_eq!(choices("3600").unwrap(), [literal("3600")]);
        let computed = |t: &str| Operand::Computed(t.to_owned());
        assert_eq!(choices("format('{0}', inputs.x)").unwrap(), [computed("format('{0}', inputs.x)")]);
        assert_eq!(choices("inputs.a == 'b'").unwrap(), [computed("inputs.a == 'b'")]);
        assert_eq!(choices("( x && ('a' || 'b') ) || 'c'").unwrap(), ["a", "b", "c"].map(literal));
        assert!(choices("").is_none());
        assert!(choices(")(").is_none());
    }
}
