//! Places as editors count them: lines from 0, and in a line bytes, UTF-16 code units or characters, as was agreed when the
//! session began. The module counts bytes from the start of the file.
//!
//! A line ends with `\n`, `\r\n` or `\r`. What is no UTF-8 is one replacement character for each such sequence of bytes, as
//! editors show it; a byte order mark at the start of a file on disk is no part of what an editor opens.

use lsp_types::{Position, PositionEncodingKind, Range};

use crate::runtime::contract::Span;

/// What is counted in a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// What every editor understands.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The one to use with an editor that takes these: bytes need no counting.
    pub(super) fn agreed(offered: &[PositionEncodingKind]) -> Self {
        let ours = [Self::Utf8, Self::Utf32];
        ours.into_iter().find(|ours| offered.contains(&ours.kind())).unwrap_or_default()
    }

    /// Its name in the protocol.
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn units(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// The lines of a text.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    /// Never empty.
    lines: Vec<Line>,
}

/// A line, without what ends it.
#[derive(Clone, Debug)]
struct Line {
    start: usize,
    end: usize,
    /// What was counted up to some places of it, in order; the first is its start. A line of ASCII needs no other, and else
    /// each place of a line of megabytes would be counted from its start.
    marks: Vec<Mark>,
    ascii: bool,
}

/// A byte at which a character begins, and what stands before it in the line, in each encoding.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: usize,
    units: [usize; 3],
}

impl Mark {
    /// What stands before it, in an encoding.
    fn counted(self, encoding: Encoding) -> usize {
        let [utf8, utf16, utf32] = self.units;
        match encoding {
            Encoding::Utf8 => utf8,
            Encoding::Utf16 => utf16,
            Encoding::Utf32 => utf32,
        }
    }
}

/// Bytes between two marks, or a few more.
const STRIDE: usize = 4_096;

impl Line {
    fn of(bytes: &[u8], start: usize, end: usize) -> Self {
        let ascii = bytes.get(start..end).unwrap_or_default().is_ascii();
        let mut now = Mark { at: start, units: [0; 3] };
        let mut marks = vec![now];
        if !ascii && end - start > STRIDE {
            for (at, length, c) in characters(bytes, start, end) {
                if at >= marks.last().map_or(start, |mark| mark.at) + STRIDE {
                    marks.push(Mark { at, ..now });
                }
                let [utf8, utf16, utf32] = now.units;
                now.units = [utf8 + c.len_utf8(), utf16 + c.len_utf16(), utf32 + 1];
                now.at = at + length;
            }
        }
        Self { start, end, marks, ascii }
    }

    /// The last mark that is not behind something.
    fn mark(&self, not_behind: impl Fn(Mark) -> bool) -> Mark {
        let behind = self.marks.partition_point(|mark| not_behind(*mark)).max(1);
        self.marks.get(behind - 1).copied().unwrap_or(Mark { at: self.start, units: [0; 3] })
    }
}

/// The byte order mark in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

impl Lines {
    /// Of a text as an editor has it.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self::from(bytes, 0)
    }

    /// Of a file as it lies on disk.
    pub(super) fn on_disk(bytes: &[u8]) -> Self {
        Self::from(bytes, if bytes.starts_with(MARK) { MARK.len() } else { 0 })
    }

    fn from(bytes: &[u8], mut start: usize) -> Self {
        let mut lines = Vec::new();
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            let length = match byte {
                b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
                b'\r' | b'\n' => 1,
                _ => {
                    at += 1;
                    continue;
                }
            };
            lines.push(Line::of(bytes, start, at));
            at += length;
            start = at;
        }
        lines.push(Line::of(bytes, start, bytes.len()));
        Self { lines }
    }

    /// Where a byte stands. Inside of a character it is that character; inside of a line's end it is the line's end.
    pub(super) fn position(&self, bytes: &[u8], offset: usize, encoding: Encoding) -> Position {
        let number = self.lines.partition_point(|line| line.start <= offset).saturating_sub(1);
        let Some(line) = self.lines.get(number) else { return Position::default() };
        let offset = offset.clamp(line.start, line.end.max(line.start));
        let mut units = offset - line.start;
        if !line.ascii {
            let mark = line.mark(|mark| mark.at <= offset);
            units = mark.counted(encoding);
            for (at, length, c) in characters(bytes, mark.at, line.end) {
                if at + length > offset {
                    break;
                }
                units += encoding.units(c);
            }
        }
        Position { line: narrow(number), character: narrow(units) }
    }

    /// The byte at a place. Behind the end of a line it is the line's end, behind the last line the end of the text, inside
    /// of a character its start: editors ask so, and the protocol says so.
    pub(super) fn offset(&self, bytes: &[u8], position: Position, encoding: Encoding) -> usize {
        let Some(line) = self.lines.get(position.line as usize) else { return bytes.len() };
        let wanted = position.character as usize;
        if line.ascii {
            return line.start.saturating_add(wanted).min(line.end);
        }
        let mark = line.mark(|mark| mark.counted(encoding) <= wanted);
        let mut left = wanted - mark.counted(encoding).min(wanted);
        for (at, _, c) in characters(bytes, mark.at, line.end) {
            let units = encoding.units(c);
            if units > left {
                return at;
            }
            left -= units;
        }
        line.end
    }

    /// Where a span stands.
    pub(super) fn range(&self, bytes: &[u8], span: Span, encoding: Encoding) -> Range {
        Range {
            start: self.position(bytes, span.start as usize, encoding),
            end: self.position(bytes, span.end.max(span.start) as usize, encoding),
        }
    }
}

/// The characters of a part of a text: where each begins, its length in bytes, and what it is.
fn characters(bytes: &[u8], start: usize, end: usize) -> impl Iterator<Item = (usize, usize, char)> {
    let mut at = start;
    bytes.get(start..end).unwrap_or_default().utf8_chunks().flat_map(move |chunk| {
        let from = at;
        let invalid = chunk.invalid().len();
        at += chunk.valid().len() + invalid;
        let behind = from + chunk.valid().len();
        let valid = chunk.valid().char_indices().map(move |(at, c)| (from + at, c.len_utf8(), c));
        valid.chain((invalid > 0).then_some((behind, invalid, char::REPLACEMENT_CHARACTER)))
    })
}

/// A count as the protocol has it.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    /// The same, written down as the protocol says it: split into lines, count in the line.
    fn counted(text: &str, offset: usize, encoding: Encoding) -> Position {
        let before = &text[..offset];
        let ends = before.replace("\r\n", "\n").replace('\r', "\n");
        let line = ends.matches('\n').count();
        let last = ends.rsplit('\n').next().unwrap_or_default();
        let character = match encoding {
            Encoding::Utf8 => last.len(),
            Encoding::Utf16 => last.encode_utf16().count(),
            Encoding::Utf32 => last.chars().count(),
        };
        Position { line: narrow(line), character: narrow(character) }
    }

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    proptest! {
        #[test]
        fn every_character_is_found_in_every_encoding(
            parts in prop::collection::vec(prop_oneof![
                Just("a"), Just("é"), Just("漢"), Just("😀"), Just("e\u{301}"), Just("\u{feff}"), Just("\t"),
                Just("\n"), Just("\r\n"), Just("\r"), Just("key: "),
            ], 0..40)
        ) {
            let text = parts.concat();
            let lines = Lines::of(text.as_bytes());
            for encoding in ALL {
                for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
                    // Between the two bytes of a line's end nothing stands.
                    if text.get(..offset).is_some_and(|t| t.ends_with('\r')) && text[offset..].starts_with('\n') {
                        continue;
                    }
                    let position = lines.position(text.as_bytes(), offset, encoding);
                    prop_assert_eq!(position, counted(&text, offset, encoding));
                    prop_assert_eq!(lines.offset(text.as_bytes(), position, encoding), offset);
                }
            }
        }

        #[test]
        fn no_place_is_outside_of_the_text(
            bytes in prop::collection::vec(any::<u8>(), 0..60), line in 0_u32..9, character in 0_u32..70,
        ) {
            let lines = Lines::of(&bytes);
            for encoding in ALL {
                let offset = lines.offset(&bytes, at(line, character), encoding);
                prop_assert!(offset <= bytes.len());
                let position = lines.position(&bytes, offset, encoding);
                prop_assert_eq!(lines.offset(&bytes, position, encoding), offset);
            }
        }
    }

    #[test]
    fn a_long_line_is_counted_alike_everywhere_in_it() {
        let text = format!("a\n{}\nb", "ab😀é".repeat(3_000));
        let lines = Lines::of(text.as_bytes());
        for encoding in ALL {
            for (offset, _) in text.char_indices().step_by(401) {
                let position = lines.position(text.as_bytes(), offset, encoding);
                assert_eq!(position, counted(&text, offset, encoding));
                assert_eq!(lines.offset(text.as_bytes(), position, encoding), offset);
            }
        }
    }

    #[test]
    fn what_is_asked_between_things_is_the_start_or_the_end_of_one() {
        let text = "é😀x\r\nb".as_bytes();
        let lines = Lines::of(text);
        // Inside of the second character, in each encoding.
        assert_eq!(lines.offset(text, at(0, 2), Encoding::Utf16), 2);
        assert_eq!(lines.offset(text, at(0, 5), Encoding::Utf8), 2);
        assert_eq!(lines.position(text, 4, Encoding::Utf16), at(0, 1));
        // Behind a line, inside of its end, behind the text.
        assert_eq!(lines.offset(text, at(0, 99), Encoding::Utf32), 7);
        assert_eq!(lines.position(text, 8, Encoding::Utf32), at(0, 3));
        assert_eq!(lines.offset(text, at(7, 0), Encoding::Utf16), text.len());
        assert_eq!(lines.position(text, 99, Encoding::Utf16), at(1, 1));
    }

    #[test]
    fn an_editor_shows_no_byte_order_mark() {
        let bytes = b"\xef\xbb\xbfab";
        assert_eq!(Lines::on_disk(bytes).position(bytes, 4, Encoding::Utf16), at(0, 1));
        assert_eq!(Lines::of(bytes).position(bytes, 4, Encoding::Utf16), at(0, 2));
        assert_eq!(Lines::on_disk(bytes).position(bytes, 0, Encoding::Utf16), at(0, 0));
    }

    #[test]
    fn bytes_are_preferred_and_utf_16_is_what_all_understand() {
        let [utf8, utf16, utf32] = ALL.map(Encoding::kind);
        assert_eq!(Encoding::agreed(&[utf32.clone(), utf16.clone(), utf8]), Encoding::Utf8);
        assert_eq!(Encoding::agreed(&[utf16.clone(), utf32]), Encoding::Utf32);
        assert_eq!(Encoding::agreed(&[utf16]), Encoding::Utf16);
        assert_eq!(Encoding::agreed(&[]), Encoding::Utf16);
    }
}
