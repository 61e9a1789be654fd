//! How the lines of a file end, and what is written into it with the same ends.

use crate::span::ByteSpan;

/// What ends the first line of a text; `\n` where it has but one.
#[must_use]
pub fn of(text: &[u8]) -> &'static str {
    match memchr::memchr(b'\n', text) {
        Some(at) if at > 0 && text.get(at - 1) == Some(&b'\r') => "\r\n",
        _ => "\n",
    }
}

/// What is to stand at a place of a text, with the text's own line ends.
#[must_use]
pub fn own(text: &[u8], at: ByteSpan, written: String) -> String {
    if of(text) == "\n" || !written.contains('\n') {
        return written;
    }
    // A place between the two bytes of a line end parts them: the first stays before it, and one goes to what is behind.
    let parts = at.range().start.checked_sub(1).and_then(|before| text.get(before)) == Some(&b'\r');
    let mut out = String::with_capacity(written.len() + 16);
    let mut last = if parts { '\r' } else { '\n' };
    for c in written.chars() {
        if c == '\n' && last != '\r' {
            out.push('\r');
        }
        out.push(c);
        last = c;
    }
    if parts && written.starts_with('\n') && last != '\r' && text.get(at.range().end) == Some(&b'\n') {
        out.push('\r');
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn made(text: &str, at: usize, written: &str) -> String {
        let written = own(text.as_bytes(), ByteSpan::at(at), written.to_owned());
        [&text[..at], &written, &text[at..]].concat()
    }

    #[test]
    fn what_is_written_ends_its_lines_as_the_file_does() {
        assert_eq!(made("a\r\nb\r\n", 3, "x\ny\r\n"), "a\r\nx\r\ny\r\nb\r\n");
        assert_eq!(made("a\nb\r\n", 2, "x\n"), "a\nx\nb\r\n");
        assert_eq!(made("", 0, "x\n"), "x\n");
        // Before the last byte of a line, which is not the last of its end.
        assert_eq!(made("a\r\nb", 2, "\nx"), "a\r\nx\r\nb");
        assert_eq!(made("a\r\nb", 1, "\nx"), "a\r\nx\r\nb");
        assert_eq!(made("a\r\nb", 1, " # x"), "a # x\r\nb");
    }
}
