//! Physical lines to logical ones: comments taken out, continued lines joined, here-documents read.

use crate::document::{Scalar, Style};
use crate::span::ByteSpan;

/// The lines of a file, one after another.
pub(super) struct Lines<'t> {
    text: &'t str,
    at: usize,
    /// The character that escapes and continues lines.
    pub(super) escape: char,
    /// Comments so far.
    pub(super) comments: Vec<ByteSpan>,
}

/// One physical line.
struct Line<'t> {
    start: usize,
    /// Without its break.
    content: &'t str,
    /// Where the next begins.
    next: usize,
}

/// Joins pieces of the file.
#[derive(Default)]
struct Joined {
    text: String,
    map: Vec<(u32, u32)>,
    end: u32,
}

impl Joined {
    fn push(&mut self, piece: &str, start: usize) {
        if piece.is_empty() {
            return;
        }
        let span = ByteSpan::new(start, start + piece.len());
        self.map.push((ByteSpan::at(self.text.len()).start, span.start));
        self.text.push_str(piece);
        self.end = span.end;
    }

    fn scalar(mut self, style: Style, start: usize) -> Scalar {
        if self.map.is_empty() {
            let at = ByteSpan::at(start).start;
            self.map.push((0, at));
            self.end = at;
        }
        Scalar { text: self.text.into(), style, map: self.map.into(), end: self.end }
    }
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let escape =
            directives(text).iter().find(|(key, _)| key == "escape").is_some_and(|(_, v)| &*v.text == "`");
        Self { text, at, escape: if escape { '`' } else { '\\' }, comments: Vec::new() }
    }

    fn next_line(&mut self) -> Option<Line<'t>> {
        let line = line_at(self.text, self.at)?;
        self.at = line.next;
        Some(line)
    }

    /// The next line that is neither empty nor a comment.
    fn next_content(&mut self) -> Option<Line<'t>> {
        loop {
            let line = self.next_line()?;
            let trimmed = line.content.trim_start();
            let start = line.start + line.content.len() - trimmed.len();
            if trimmed.starts_with('#') {
                self.comments.push(ByteSpan::new(start, start + trimmed.trim_end().len()));
            } else if !trimmed.is_empty() {
                return Some(line);
            }
        }
    }

    /// The next instruction, its lines joined.
    pub(super) fn next_instruction(&mut self) -> Option<Scalar> {
        let first = self.next_content()?;
        let indent = first.content.len() - first.content.trim_start().len();
        let start = first.start + indent;
        let mut joined = Joined::default();
        let mut line =
            Line { start, content: first.content.get(indent..).unwrap_or_default(), next: first.next };
        loop {
            let continued = self.continued(line.content);
            joined.push(continued.unwrap_or(line.content), line.start);
            if continued.is_none() {
                break;
            }
            match self.next_content() {
                Some(next) => line = next,
                None => break,
            }
        }
        Some(joined.scalar(Style::Plain, start))
    }

    /// What a continued line holds before the sign that continues it; a doubled sign is none.
    fn continued<'l>(&self, line: &'l str) -> Option<&'l str> {
        let before = line.trim_end_matches([' ', '\t']).strip_suffix(self.escape)?;
        (!before.ends_with(self.escape)).then_some(before)
    }

    /// The lines up to the delimiter, whether it was found, and where the here-document ends.
    pub(super) fn heredoc(&mut self, delimiter: &str, strips_tabs: bool) -> (Scalar, bool, usize) {
        let begin = self.at;
        let mut joined = Joined::default();
        while let Some(line) = self.next_line() {
            let content = if strips_tabs { line.content.trim_start_matches('\t') } else { line.content };
            if content == delimiter {
                let end = line.start + line.content.len();
                return (joined.scalar(Style::Block, begin), true, end);
            }
            let start = line.start + line.content.len() - content.len();
            let whole = self.text.get(start..line.next).unwrap_or_default();
            joined.push(whole, start);
        }
        (joined.scalar(Style::Block, begin), false, self.text.len())
    }
}

fn line_at(text: &str, at: usize) -> Option<Line<'_>> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
    let content = rest.get(..length)?.trim_end_matches(['\n', '\r']);
    Some(Line { start: at, content, next: at + length })
}

/// Parser directives: comments of the form `# key=value` above everything else, without an empty line between.
pub(super) fn directives(text: &str) -> Vec<(String, Scalar)> {
    let mut found = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while let Some(line) = line_at(text, at) {
        at = line.next;
        let Some((key, value)) = line.content.trim_start().strip_prefix('#').and_then(|c| c.split_once('='))
        else {
            break;
        };
        let key = key.trim().to_ascii_lowercase();
        if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric()) {
            break;
        }
        let value_at = line.start + line.content.len() - value.trim_start().len();
        found.push((key, Scalar::verbatim(value.trim(), Style::Plain, value_at)));
    }
    found
}
