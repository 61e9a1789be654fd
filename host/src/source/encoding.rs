//! UTF-16, as Windows tools write it: files with its byte order mark, or that begin with ASCII in it, are read as the
//! text they are. Offsets are those of the text in UTF-8; lines and columns are the file's own.

/// Bytes from a file's start that tell how it is written.
pub(super) const TELLING: usize = 64;
/// Fewest bytes that do without a mark.
const UNMARKED: usize = 16;

/// Puts the halves of a unit together.
type Unit = fn([u8; 2]) -> u16;

/// Whether bytes are UTF-16: how long its mark is, and which half of a unit comes first. The mark of UTF-32 is another.
/// Some tools write no mark; then the text begins with ASCII, of which every second byte is zero.
fn order(bytes: &[u8]) -> Option<(usize, Unit)> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some((2, u16::from_le_bytes)),
        [0xfe, 0xff, ..] => Some((2, u16::from_be_bytes)),
        _ => {
            let start = bytes.get(..TELLING.min(bytes.len()))?;
            let (pairs, _) = start.as_chunks::<2>();
            let is_ascii = |unit: Unit| {
                pairs.iter().map(|pair| unit(*pair)).all(|c| matches!(c, 0x20..0x7f | 0x09 | 0x0a | 0x0d))
            };
            let orders: [Unit; 2] = [u16::from_le_bytes, u16::from_be_bytes];
            let long_enough = start.len() >= UNMARKED;
            orders.into_iter().find(|unit| long_enough && is_ascii(*unit)).map(|unit| (0, unit))
        }
    }
}

/// Whether [`as_utf8`] changes these bytes; the first [`TELLING`] of them tell.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    order(bytes).is_some()
}

/// The text in UTF-8 if it is in UTF-16. What is no character comes out as U+FFFD.
pub(super) fn as_utf8(bytes: Vec<u8>) -> Vec<u8> {
    let Some((mark, unit)) = order(&bytes) else { return bytes };
    let (pairs, odd) = bytes.get(mark..).unwrap_or_default().as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let mut text: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
    if !odd.is_empty() {
        text.push('\u{fffd}');
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{as_utf8, is_utf16};

    #[test]
    fn either_order_is_read_and_nothing_else_is_touched() {
        let little = |text: &str| {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            [0xff, 0xfe].into_iter().chain(units).collect::<Vec<u8>>()
        };
        let big = |text: &str| {
            let units = text.encode_utf16().flat_map(u16::to_be_bytes);
            [0xfe, 0xff].into_iter().chain(units).collect::<Vec<u8>>()
        };
        for text in ["", "TOKEN=a\r\n", "é😀"] {
            assert_eq!(as_utf8(little(text)), text.as_bytes());
            assert_eq!(as_utf8(big(text)), text.as_bytes());
        }
        for text in ["TOKEN=abcdef\r\n", "name: a start of sixty-four bytes tells, then caf\u{e9}"] {
            assert_eq!(as_utf8(little(text)[2..].to_vec()), text.as_bytes());
            assert_eq!(as_utf8(big(text)[2..].to_vec()), text.as_bytes());
        }
        assert_eq!(as_utf8(vec![0xff, 0xfe, b'a', 0, b'b']), "a\u{fffd}".as_bytes());
        assert_eq!(as_utf8(vec![0xff, 0xfe, 0, 0xd8]), "\u{fffd}".as_bytes());
        for other in [&b"plain"[..], &[0xff], &[0xff, 0xfe, 0, 0, b'a', 0, 0, 0], &[0xef, 0xbb, 0xbf, b'a']] {
            assert!(!is_utf16(other));
            assert_eq!(as_utf8(other.to_vec()), other);
        }
    }
}
