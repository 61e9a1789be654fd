//! Edits of a data file that keep its indentation, comments and style.

use memchr::memmem;

use crate::dialect::SourceFile;
use crate::document::{Document, Entry, Format, Node};
use crate::remedy::{Edit, Rendered, Safety};
use crate::span::{ByteSpan, Source};

use super::{Target, here, not_here};

/// Edits under way on one document of a file. Offsets are the file's.
pub(super) struct Surgery<'d> {
    file: &'d SourceFile,
    /// The one document of a stream that is edited, its marker included.
    text: &'d str,
    /// Its bytes.
    document: ByteSpan,
    edits: Vec<(ByteSpan, String)>,
}

impl<'d> Surgery<'d> {
    /// No edit yet; `None` if too many were tried on files of this unit. A stream is looked at by its documents: with
    /// all of them for each edit, a file would cost its square.
    pub(super) fn new(target: &Target<'d>) -> Option<Self> {
        let file = target.file;
        let document = match (file.document.nodes(), target.nodes.first()) {
            ([_, _, ..], Some(root)) => around(&file.bytes, root.span),
            _ => ByteSpan::new(0, file.bytes.len()),
        };
        // It is read twice: as it is, and with the edits.
        let text = target.trials.allow(2 * document.len()).then(|| file.bytes.get(document.range()))??;
        Some(Self { file, text: std::str::from_utf8(text).ok()?, document, edits: Vec::new() })
    }

    /// The bytes that are read again to try the edits.
    pub(super) fn document(&self) -> ByteSpan {
        self.document
    }

    /// Replaces bytes.
    pub(super) fn replace(&mut self, span: ByteSpan, by: String) {
        self.edits.push((span, by));
    }

    /// The bytes of a scalar with its quotes.
    pub(super) fn outer(&self, span: ByteSpan) -> ByteSpan {
        let (start, end) = (span.start as usize, span.end as usize);
        let before = self.file.bytes.get(start.wrapping_sub(1));
        let after = self.file.bytes.get(end);
        match (before, after) {
            (Some(a @ (b'"' | b'\'')), Some(b)) if a == b => ByteSpan::new(start - 1, end + 1),
            _ => span,
        }
    }

    /// The text of some bytes.
    pub(super) fn slice(&self, start: usize, end: usize) -> &'d str {
        let base = self.document.start as usize;
        let range = start.checked_sub(base).zip(end.checked_sub(base));
        range.and_then(|(start, end)| self.text.get(start..end)).unwrap_or_default()
    }

    /// Where the line of an offset begins.
    pub(super) fn line_start(&self, at: usize) -> usize {
        let base = self.document.start as usize;
        self.slice(base, at).rfind('\n').map_or(base, |newline| base + newline + 1)
    }

    /// Where the line of an offset ends, its newline not counted.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let end = self.document.end as usize;
        self.slice(at, end).find('\n').map_or(end, |newline| at + newline)
    }

    /// Adds a key as the first of a map.
    pub(super) fn insert_first(&mut self, map: &Node, key: &str, value: &str) -> Option<()> {
        let first =
            map.entries().iter().filter(|e| !e.merged && here(&e.key)).min_by_key(|e| e.key.span.start)?;
        let at = self.outer(first.key.span).start as usize;
        let prefix = self.slice(self.line_start(at), at);
        let indent: String = prefix.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let own_line = prefix.trim().is_empty();
        let entry = self.entry(key, value);
        let flow = self.slice(self.document.start as usize, at).trim_end().ends_with('{');
        let inserted = if !flow {
            if !own_line && !prefix.trim().chars().all(|c| matches!(c, '-' | ' ')) {
                return None;
            }
            format!("{entry}{}{indent}", self.newline())
        } else if own_line && at > 0 {
            format!("{entry},{}{indent}", self.newline())
        } else {
            format!("{entry}, ")
        };
        self.edits.push((ByteSpan::at(at), inserted));
        Some(())
    }

    /// Adds a key after an entry that ends with its line, at the same indentation.
    pub(super) fn insert_after(&mut self, entry: &Entry, key: &str, value: &str) -> Option<()> {
        if self.file.document.format == Format::Json || entry.merged || !here(&entry.value) {
            return None;
        }
        let start = self.outer(entry.key.span).start as usize;
        let indent = self.slice(self.line_start(start), start);
        let end = entry.value.span.end as usize;
        if !indent.trim().is_empty() || end <= start {
            return None;
        }
        let at = self.line_end(end - 1);
        let at = at.checked_sub(1).filter(|before| self.slice(*before, at) == "\r").unwrap_or(at);
        self.edits.push((ByteSpan::at(at), format!("{}{indent}{}", self.newline(), self.entry(key, value))));
        Some(())
    }

    fn entry(&self, key: &str, value: &str) -> String {
        if self.file.document.format == Format::Json {
            format!("\"{key}\": {value}")
        } else {
            format!("{key}: {value}")
        }
    }

    fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// Tries the edits: the copy must read as well as the original and say what was asked for.
    pub(super) fn finish(
        mut self,
        title: &str,
        safety: Safety,
        holds: impl Fn(&[Node], &[Node]) -> bool,
    ) -> Rendered {
        self.edits.sort_by_key(|(span, _)| *span);
        let base = self.document.start as usize;
        let mut copy = String::with_capacity(self.text.len());
        let mut at = 0;
        for (span, by) in &self.edits {
            let Some(start) = (span.start as usize).checked_sub(base) else {
                return not_here("the edits would reach into another document");
            };
            match self.text.get(at..start) {
                Some(kept) => copy.push_str(kept),
                None => return not_here("the edits would overlap"),
            }
            copy.push_str(by);
            at = span.end as usize - base;
        }
        match self.text.get(at..) {
            Some(kept) => copy.push_str(kept),
            None => return not_here("the edits would reach into another document"),
        }
        let format = self.file.document.format;
        let before = Document::read(format, self.text.as_bytes());
        let after = Document::read(format, copy.as_bytes());
        let sound = after.breaks.len() <= before.breaks.len()
            && after.duplicates.len() <= before.duplicates.len()
            && after.nodes().len() == before.nodes().len()
            && holds(before.nodes(), after.nodes());
        if !sound {
            return not_here("the manifest is written in a form that is not edited");
        }
        let file = self.file.id;
        let edits = self
            .edits
            .into_iter()
            .map(|(span, replacement)| Edit { at: Source::new(file, span), replacement })
            .collect();
        Rendered::Edit { title: title.to_owned(), safety, edits }
    }
}

/// The document of a YAML stream around a node: from the line of the marker before it to that of the marker after it. A
/// line that begins with the marker ends every kind of text, so that none stands inside a document.
fn around(bytes: &[u8], node: ByteSpan) -> ByteSpan {
    const MARKER: &[u8] = b"\n---";
    // `-----BEGIN` is no marker.
    let is_marker = |at: &usize| bytes.get(at + MARKER.len()).is_none_or(u8::is_ascii_whitespace);
    let before = bytes.get(..node.start as usize).unwrap_or_default();
    let end = node.end as usize;
    let start = memmem::rfind_iter(before, MARKER).find(is_marker).map_or(0, |at| at + 1);
    let after = memmem::find_iter(bytes.get(end..).unwrap_or_default(), MARKER).map(|at| end + at);
    let end = after.into_iter().find(is_marker).map_or(bytes.len(), |at| at + 1);
    ByteSpan::new(start, end)
}
