//! UTF-16, as Windows tools write it: files with its byte order mark are read as the text they are. Offsets are those of
//! the text in UTF-8; lines and columns are the file's own.

/// Whether bytes begin with the mark of UTF-16, and which half of a unit comes first. The mark of UTF-32 is another.
fn order(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        _ => None,
    }
}

/// Whether [`as_utf8`] changes these bytes; four of them tell.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    order(bytes).is_some()
}

/// The text in UTF-8 if it is in UTF-16. What is no character comes out as U+FFFD.
pub(super) fn as_utf8(bytes: Vec<u8>) -> Vec<u8> {
    let Some(unit) = order(&bytes) else { return bytes };
    let (pairs, odd) = bytes.get(2..).unwrap_or_default().as_chunks::<2>();
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
        assert_eq!(as_utf8(vec![0xff, 0xfe, b'a', 0, b'b']), "a\u{fffd}".as_bytes());
        assert_eq!(as_utf8(vec![0xff, 0xfe, 0, 0xd8]), "\u{fffd}".as_bytes());
        for other in [&b"plain"[..], &[0xff], &[0xff, 0xfe, 0, 0, b'a', 0, 0, 0], &[0xef, 0xbb, 0xbf, b'a']] {
            assert!(!is_utf16(other));
            assert_eq!(as_utf8(other.to_vec()), other);
        }
    }
}
