//! Files without structure: only their lines that begin with a comment sign are kept, for waivers.

use std::borrow::Cow;

use super::{Comment, Document, Format, Tree};
use crate::span::ByteSpan;

/// What such a comment begins with, behind its sign.
const NAME: &[u8] = b"hallpass";

/// Reads plain text: no tree; `#` and `//` lines that speak to hallpass are comments.
#[must_use]
pub fn read(bytes: &[u8]) -> Document {
    let mut comments = Vec::new();
    let mut from = 0;
    for named in memchr::memmem::find_iter(bytes, NAME) {
        if named < from {
            continue;
        }
        let start = memchr::memrchr(b'\n', bytes.get(from..named).unwrap_or_default())
            .map_or(from, |at| from + at + 1);
        let rest = bytes.get(named..).unwrap_or_default();
        let end = memchr::memchr(b'\n', rest).map_or(bytes.len(), |at| named + at);
        comments.extend(comment(bytes.get(start..end).unwrap_or_default(), start));
        from = end;
    }
    Document {
        format: Format::Text,
        tree: Tree::Text,
        comments,
        breaks: Vec::new(),
        duplicates: Vec::new(),
        templated: false,
    }
}

/// Bytes as text of the same length, so that places stay true: what is no UTF-8, such as Latin-1, comes out as `?`, and a
/// byte order mark as blanks.
#[must_use]
pub fn same_length(bytes: &[u8]) -> Cow<'_, str> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if let Ok(text) = std::str::from_utf8(bytes)
        && !bytes.starts_with(MARK)
    {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    let rest = bytes.strip_prefix(MARK).unwrap_or(bytes);
    text.extend(std::iter::repeat_n(' ', bytes.len() - rest.len()));
    for chunk in rest.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    Cow::Owned(text)
}

/// A line that is a comment of its own and names hallpass.
fn comment(line: &[u8], start: usize) -> Option<Comment> {
    let text = std::str::from_utf8(line).ok()?;
    let trimmed = text.trim_start();
    let body = trimmed.strip_prefix('#').or_else(|| trimmed.strip_prefix("//"))?.trim();
    if !body.as_bytes().starts_with(NAME) {
        return None;
    }
    let from = start + (text.len() - trimmed.len());
    Some(Comment { span: ByteSpan::new(from, from + trimmed.trim_end().len()), text: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{read, same_length};

    #[test]
    fn text_in_another_encoding_keeps_its_places() {
        for (bytes, text) in [
            (&b"a=1"[..], "a=1"),
            (b"\xef\xbb\xbfa=1", "   a=1"),
            (b"caf\xe9=\xc3\xa9 b", "caf?=\u{e9} b"),
            (b"\xff\xff", "??"),
        ] {
            let read = same_length(bytes);
            assert_eq!(read, text);
            assert_eq!(read.len(), bytes.len());
        }
    }

    #[test]
    fn comments_that_speak_to_hallpass_are_kept_with_their_places() {
        let text = "a = 1 # hallpass: no line of its own\n  # hallpass: one\nhallpass:\n// hallpass: two hallpass: x\r\n# other\n#hallpass:three";
        let found: Vec<(&str, String)> = read(text.as_bytes())
            .comments
            .into_iter()
            .map(|c| (text.get(c.span.start as usize..c.span.end as usize).unwrap_or_default(), c.text))
            .collect();
        assert_eq!(
            found,
            [
                ("# hallpass: one", "hallpass: one".to_owned()),
                ("// hallpass: two hallpass: x", "hallpass: two hallpass: x".to_owned()),
                ("#hallpass:three", "hallpass:three".to_owned()),
            ]
        );
    }
}
