//! JSON strings, decoded with the way back to the file.

use crate::document::ground::Ground;
use crate::document::{Scalar, Style};
use crate::span::ByteSpan;

/// The string that begins with a quote at `at`: its scalar, its span with quotes, and how many bytes of `text` it takes.
pub(super) fn read(
    text: &str,
    at: usize,
    ground: Ground<'_>,
) -> Result<(Scalar, ByteSpan, usize), &'static str> {
    let raw = text.get(at..).unwrap_or_default();
    let quote = raw.chars().next().unwrap_or('"');
    let start = at + 1;
    let mut decoded = String::new();
    let mut pairs = vec![(0, start)];
    let mut offset = 1;
    loop {
        let rest = raw.get(offset..).unwrap_or_default();
        let stop = rest.find(['\\', quote, '\n', '\r']).ok_or("not JSON: a string is not closed")?;
        decoded.push_str(rest.get(..stop).unwrap_or_default());
        offset += stop;
        let rest = rest.get(stop..).unwrap_or_default();
        if rest.starts_with(quote) {
            let scalar = ground.scalar(&decoded, Style::Quoted, &pairs, at + offset);
            return Ok((scalar, ground.span(at, at + offset + 1), offset + 1));
        }
        // An expression of Azure's templates may go on over lines; its reader takes the breaks as blanks.
        if decoded.starts_with('[')
            && let Some(line_break) = rest.chars().next().filter(|c| matches!(c, '\n' | '\r'))
        {
            decoded.push(line_break);
            offset += 1;
            continue;
        }
        let (piece, used) = unescape(rest)?;
        if decoded.is_empty() {
            pairs.clear();
        }
        pairs.push((decoded.len(), at + offset));
        decoded.extend(piece);
        offset += used;
        if piece.is_some() {
            pairs.push((decoded.len(), at + offset));
        } else {
            pairs.pop();
            pairs.push((decoded.len(), at + offset));
        }
    }
}

/// The character of an escape, none for an escaped line break, and the bytes it takes.
fn unescape(rest: &str) -> Result<(Option<char>, usize), &'static str> {
    const BROKEN: &str = "not JSON: an escape that does not exist";
    if !rest.starts_with('\\') {
        return Err("not JSON: a string is not closed on its line");
    }
    let kind = rest.get(1..).and_then(|r| r.chars().next()).ok_or("not JSON: a string is not closed")?;
    let code = |from: usize, digits: usize| {
        let digits = rest.get(from..from + digits).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        digits.and_then(|d| u32::from_str_radix(d, 16).ok())
    };
    Ok(match kind {
        'b' => (Some('\u{8}'), 2),
        'f' => (Some('\u{c}'), 2),
        'n' => (Some('\n'), 2),
        'r' => (Some('\r'), 2),
        't' => (Some('\t'), 2),
        'x' => (Some(code(2, 2).and_then(char::from_u32).ok_or(BROKEN)?), 4),
        'u' => {
            let high = code(2, 4).ok_or(BROKEN)?;
            let low = (0xd800..0xdc00).contains(&high).then(|| code(8, 4)).flatten();
            match low.filter(|l| (0xdc00..0xe000).contains(l) && rest.get(6..8) == Some("\\u")) {
                Some(low) => (char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12),
                // Half a pair stands for no character; readers replace it.
                None => (Some(char::from_u32(high).unwrap_or('\u{fffd}')), 6),
            }
        }
        '\n' => (None, 2),
        '\r' => (None, if rest.starts_with("\\\r\n") { 3 } else { 2 }),
        '"' | '\'' | '\\' | '/' => (Some(kind), 2),
        _ => return Err(BROKEN),
    })
}
