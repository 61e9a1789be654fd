//! One spelling for all that quoting and escaping make of a text.
//!
//! Every form of escape that files of pipelines and infrastructure use is undone at once, whichever format the text is
//! in, and again on what comes of it; quotes are left out. Two texts that mean the same to some reader are then the same,
//! and a few that do not are too, which hides more rather than less.

use std::ops::Range;

/// Times a text is read again: JSON in JSON in a URL.
const DEEPEST: usize = 4;
/// The names of characters that XML knows without a declaration.
const ENTITIES: [(&[u8], u8); 5] =
    [(b"&amp;", b'&'), (b"&lt;", b'<'), (b"&gt;", b'>'), (b"&quot;", b'"'), (b"&apos;", b'\'')];

/// A text in its one spelling, with the place of each byte in what was written.
pub(crate) struct Spelling {
    pub(crate) text: Vec<u8>,
    /// From where to where each byte was written.
    places: Vec<(u32, u32)>,
}

/// Whether a text holds anything that its spelling leaves out or changes.
pub(crate) fn may_differ(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, b'\\' | b'%' | b'&' | b'~' | b'$' | b'"' | b'\'' | b'`'))
}

impl Spelling {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut spelling = Self::once(bytes);
        for _ in 1..DEEPEST {
            if !may_differ(&spelling.text) {
                break;
            }
            let next = Self::once(&spelling.text);
            if next.text == spelling.text {
                break;
            }
            let place = |(from, to): (u32, u32)| {
                let at = |index: u32| spelling.places.get(index as usize).copied().unwrap_or_default();
                (at(from).0, at(to.saturating_sub(1)).1)
            };
            let places = next.places.into_iter().map(place).collect();
            spelling = Self { text: next.text, places };
        }
        spelling
    }

    /// Where a range of the spelling was written; `None` for an empty one.
    pub(crate) fn written(&self, range: Range<usize>) -> Option<Range<usize>> {
        let first = self.places.get(range.start)?;
        let last = self.places.get(range.end.checked_sub(1)?)?;
        Some(first.0 as usize..last.1 as usize)
    }

    fn once(bytes: &[u8]) -> Self {
        let mut spelling =
            Self { text: Vec::with_capacity(bytes.len()), places: Vec::with_capacity(bytes.len()) };
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (meant, length) = first_of(rest);
            let mut buffer = [0; 4];
            let meant: &[u8] = match meant {
                Meant::Nothing => &[],
                Meant::Byte(byte) => {
                    buffer[0] = byte;
                    &buffer[..1]
                }
                Meant::Char(c) => c.encode_utf8(&mut buffer).as_bytes(),
            };
            let place = (offset(at), offset(at + length));
            spelling.places.extend(meant.iter().map(|_| place));
            spelling.text.extend_from_slice(meant);
            at += length;
        }
        spelling
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// What the first bytes of a text stand for.
enum Meant {
    Nothing,
    Byte(u8),
    Char(char),
}

/// What a text begins with, and in how many bytes it is written: one at least.
fn first_of(text: &[u8]) -> (Meant, usize) {
    let byte = text.first().copied().unwrap_or_default();
    let next = text.get(1).copied();
    match (byte, next) {
        (b'"' | b'\'' | b'`', _) | (b'$', Some(b'"' | b'\'')) => (Meant::Nothing, 1),
        (b'\\', _) => backslash(text),
        // Compose, make, HCL; systemd, INI, batch.
        (b'$', Some(b'$')) | (b'%', Some(b'%')) => (Meant::Byte(byte), 2),
        (b'%', _) => match number(text.get(1..3), 16) {
            Some(code) => (Meant::Byte(u8::try_from(code).unwrap_or_default()), 3),
            None => (Meant::Byte(byte), 1),
        },
        (b'~', Some(b'1')) => (Meant::Byte(b'/'), 2),
        (b'~', Some(b'0')) => (Meant::Byte(b'~'), 2),
        (b'&', _) => entity(text).unwrap_or((Meant::Byte(byte), 1)),
        _ => (Meant::Byte(byte), 1),
    }
}

/// What a backslash and what follows it stand for, in any of JSON, YAML, TOML, HCL, shells and properties.
fn backslash(text: &[u8]) -> (Meant, usize) {
    let unit =
        |at: usize| number(text.get(at + 2..at + 6), 16).filter(|_| text.get(at..at + 2) == Some(b"\\u"));
    let code = |digits: Range<usize>, radix| {
        let end = digits.end;
        Some((Meant::Char(char::from_u32(number(text.get(digits), radix)?)?), end))
    };
    let meant = match text.get(1) {
        None => Some((Meant::Nothing, 1)),
        Some(b'n') => Some((Meant::Byte(b'\n'), 2)),
        Some(b'r') => Some((Meant::Byte(b'\r'), 2)),
        Some(b't') => Some((Meant::Byte(b'\t'), 2)),
        Some(b'x') if text.get(2) == Some(&b'{') => braced(text),
        Some(b'x') => {
            number(text.get(2..4), 16).map(|code| (Meant::Byte(u8::try_from(code).unwrap_or_default()), 4))
        }
        Some(b'u') if text.get(2) == Some(&b'{') => braced(text),
        Some(b'u') => match (unit(0), unit(6)) {
            (Some(high @ 0xD800..0xDC00), Some(low @ 0xDC00..0xE000)) => {
                char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))
                    .map(|c| (Meant::Char(c), 12))
            }
            (Some(unit), _) => char::from_u32(unit).map(|c| (Meant::Char(c), 6)),
            (None, _) => None,
        },
        Some(b'U') => code(2..10, 16),
        Some(b'0'..=b'3') => {
            number(text.get(1..4), 8).map(|code| (Meant::Byte(u8::try_from(code).unwrap_or_default()), 4))
        }
        // The line goes on, behind the next one's indent.
        Some(b'\n' | b'\r') => {
            let blank = text.iter().skip(1).take_while(|byte| byte.is_ascii_whitespace()).count();
            Some((Meant::Nothing, 1 + blank))
        }
        Some(_) => None,
    };
    // Before anything else it stands for that character, which is read next.
    meant.unwrap_or((Meant::Nothing, 1))
}

/// `\u{1F600}`, `\x{1F600}`.
fn braced(text: &[u8]) -> Option<(Meant, usize)> {
    let end = text.iter().take(12).position(|byte| *byte == b'}')?;
    Some((Meant::Char(char::from_u32(number(text.get(3..end), 16)?)?), end + 1))
}

/// `&amp;`, `&#38;`, `&#x26;`.
fn entity(text: &[u8]) -> Option<(Meant, usize)> {
    if let Some((name, byte)) = ENTITIES.iter().find(|(name, _)| text.starts_with(name)) {
        return Some((Meant::Byte(*byte), name.len()));
    }
    let end = text.iter().take(12).position(|byte| *byte == b';')?;
    let (digits, radix) = match text.get(..3)? {
        [b'&', b'#', b'x' | b'X'] => (3..end, 16),
        [b'&', b'#', _] => (2..end, 10),
        _ => return None,
    };
    Some((Meant::Char(char::from_u32(number(text.get(digits), radix)?)?), end + 1))
}

fn number(digits: Option<&[u8]>, radix: u32) -> Option<u32> {
    let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_alphanumeric))?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}
