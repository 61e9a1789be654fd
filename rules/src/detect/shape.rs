//! What a value in a place for secrets is: a reference to one, a word anybody would try, or a literal. Decided by the
//! value alone, never by words near it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Not a secret, and why.
    Reference(&'static str),
    /// A value that documentation and defaults use; as a real password it is guessable.
    Weak,
    /// Anything else.
    Literal,
}

pub(in crate::detect) mod table;

/// Why a value is none that an issuer drew.
pub(super) const HAND_DRAWN: &str = "repeated or counted-up characters, which no issuer draws";

/// Words that stand in for a password.
const WEAK: [&str; 34] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "changeme",
    "change-me",
    "change_me",
    "changeit",
    "test",
    "testing",
    "test123",
    "admin",
    "root",
    "user",
    "guest",
    "example",
    "default",
    "postgres",
    "mysql",
    "redis",
    "rabbitmq",
    "minio",
    "minioadmin",
    "password1",
    "password123",
    "p@ssw0rd",
    "passw0rd",
    "letmein",
    "qwerty",
    "123456",
    "12345678",
    "secret123",
    "foobar",
];

/// What a value is.
#[must_use]
pub fn of(value: &str) -> Shape {
    let text = value.trim();
    if let Some(reason) = reference(text).or_else(|| other_text(text)) {
        return Shape::Reference(reason);
    }
    weak_or_literal(text)
}

/// Whether a value is the name of a file in which a secret may be kept, by its ending.
pub(crate) fn names_file(value: &str) -> bool {
    !value.contains(char::is_whitespace) && table::is_file(value)
}

/// What a password inside a longer text is: it cannot be a path or an address.
#[must_use]
pub fn of_password(value: &str) -> Shape {
    match reference(value) {
        Some(reason) => Shape::Reference(reason),
        None => weak_or_literal(value),
    }
}

fn weak_or_literal(text: &str) -> Shape {
    let lower = text.to_ascii_lowercase();
    let words = text.split_whitespace().count();
    if WEAK.contains(&lower.as_str()) || text.chars().count() < 6 || words > 3 {
        Shape::Weak
    } else {
        Shape::Literal
    }
}

fn reference(text: &str) -> Option<&'static str> {
    const TEMPLATE: &str = "a reference or template, not a value";
    if matches!(
        text.to_ascii_lowercase().as_str(),
        "" | "null" | "none" | "nil" | "true" | "false" | "undefined" | "~"
    ) {
        return Some("empty or no value");
    }
    let pairs = [
        ("${", "}"),
        ("$(", ")"),
        ("{{", "}}"),
        ("<%", "%>"),
        ("#{", "}"),
        ("((", "))"),
        ("%(", ")"),
        ("%[", "]"),
        ("@@", "@@"),
    ];
    if pairs.iter().any(|(open, close)| outside(text, open, close).is_some_and(|rest| !holds_issued(&rest))) {
        return Some(TEMPLATE);
    }
    let name = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if text
        .strip_prefix('$')
        .is_some_and(|rest| name(rest) && !rest.starts_with(|c: char| c.is_ascii_digit()))
    {
        return Some(TEMPLATE);
    }
    let wrapped = |open: &str, close: &str| {
        text.strip_prefix(open)
            .and_then(|t| t.strip_suffix(close))
            .is_some_and(|t| !t.is_empty() && !t.contains(open) && !holds_issued(t))
    };
    // What `printf` fills in.
    if text
        .strip_prefix('%')
        .is_some_and(|verb| verb.len() == 1 && verb.chars().all(|c| c.is_ascii_lowercase()))
    {
        return Some(TEMPLATE);
    }
    if wrapped("<", ">")
        || wrapped("[", "]")
        || wrapped("{", "}")
        || (wrapped("%", "%") && !text.contains(' '))
        || wrapped("__", "__")
    {
        return Some(TEMPLATE);
    }
    if let Some(reason) = table::harmless(text) {
        return Some(reason);
    }
    if is_sealed_in_braces(text) {
        return Some("ciphertext of Maven, whose master password is in another file");
    }
    if is_drawn_by_hand(text.as_bytes()) || text.chars().all(|c| !c.is_alphanumeric()) {
        return Some(HAND_DRAWN);
    }
    None
}

/// What Maven writes in place of a password: base64 in braces, salt and padding included; or a hint at such.
/// Source: <https://maven.apache.org/guides/mini/guide-encryption.html>.
pub(super) fn is_sealed_in_braces(text: &str) -> bool {
    const SHORTEST: usize = 44;
    let Some(inner) = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return false;
    };
    let sealed = inner.strip_prefix("encrypted=").unwrap_or(inner);
    let is_marked = sealed.len() < inner.len();
    (is_marked || sealed.len() >= SHORTEST) && STANDARD.decode(sealed).is_ok()
}

/// What is written around the holes that `open` and `close` make; `None` if there are none.
fn outside(text: &str, open: &str, close: &str) -> Option<String> {
    let mut rest = text;
    let mut around = String::new();
    while let Some((before, behind)) = rest.split_once(open) {
        let Some((_, behind)) = behind.split_once(close) else { break };
        around.push_str(before);
        // What stands on both sides of a hole is not one piece.
        around.push(' ');
        rest = behind;
    }
    (!around.is_empty()).then(|| around + rest)
}

/// Whether some piece of a text was drawn by an issuer: no name, path or template that a person writes has such.
pub(super) fn holds_issued(text: &str) -> bool {
    // Shorter ones end the names that clouds make.
    const SHORTEST: usize = 20;
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|piece| {
        let has = |is: fn(&u8) -> bool| piece.bytes().any(|b| is(&b));
        piece.len() >= SHORTEST
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_digit)
            && super::tag::bits(piece.as_bytes()) >= super::tag::STRONG_BITS
            && !table::holds_placeholder(&piece.to_ascii_lowercase())
    })
}

/// Texts that are of a known kind other than secret.
fn other_text(text: &str) -> Option<&'static str> {
    if table::is_reference(text) {
        return Some("a reference or template, not a value");
    }
    if text.split_once("://").is_some_and(|(scheme, rest)| {
        scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+') && !rest.contains('@')
    }) {
        return Some("an address without credentials");
    }
    let path = |c: char| c.is_ascii_alphanumeric() || "._-/~".contains(c);
    let rooted = ["/", "./", "../", "~/"].iter().any(|p| text.starts_with(p));
    if rooted
        && text.chars().all(path)
        && super::tag::bits(text.rsplit('/').next().unwrap_or("").as_bytes()) < super::tag::STRONG_BITS
    {
        return Some("a path");
    }
    if is_windows_path(text) || text.strip_prefix("%d/").is_some_and(|rest| rest.chars().all(path)) {
        return Some("a path");
    }
    // `DATABASE_PASSWORD`: the name of a variable, not its value.
    let constant = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if text.contains('_') && text.chars().all(constant) && !text.chars().any(|c| c.is_ascii_digit()) {
        return Some("the name of a variable");
    }
    None
}

/// Whether a YAML tag says that its text is the name of a value kept elsewhere.
pub(super) fn is_reference_tag(tag: &str) -> bool {
    tag.starts_with('!') && table::is_reference(tag)
}

/// `C:\certs\shop.pfx`, `\\server\share\x`: every part is one that people write.
fn is_windows_path(text: &str) -> bool {
    let mut rest = text.chars();
    let drive = rest.next().is_some_and(|c| c.is_ascii_alphabetic()) && rest.as_str().starts_with(":\\");
    let share = text.starts_with("\\\\") && text.trim_start_matches('\\').contains('\\');
    let part = |c: char| c.is_ascii_alphanumeric() || "._- ()~\\:$".contains(c);
    (drive || share)
        && text.chars().all(part)
        && text.split('\\').all(|part| super::tag::bits(part.as_bytes()) < super::tag::STRONG_BITS)
}

/// Whether a value only keeps the place of another: `xxxxx`, `***`.
pub(super) fn is_mask(value: &[u8]) -> bool {
    value.len() >= 3 && value.iter().all(|b| matches!(b, b'*' | b'.' | b'x' | b'X' | b'-' | b'_'))
}

/// Whether characters repeat with a short period, or count up or down: no issuer draws that.
pub(crate) fn is_drawn_by_hand(value: &[u8]) -> bool {
    const SHORTEST: usize = 8;
    let letters: Vec<u8> = value.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    if is_mask(value) {
        return true;
    }
    if letters.len() < SHORTEST {
        return false;
    }
    let repeats = (1..=4).any(|period| {
        letters.iter().zip(letters.iter().skip(period)).all(|(a, b)| a == b) && period * 2 <= letters.len()
    });
    let steps = letters.windows(2).filter(|w| matches!(w, [a, b] if a.abs_diff(*b) == 1 || (*a == b'9' && matches!(b, b'0' | b'a' | b'A')) || (*a == b'f' && *b == b'0')));
    repeats || steps.count() * 10 >= (letters.len() - 1) * 9
}
