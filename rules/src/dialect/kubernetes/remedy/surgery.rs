//! Edits of a data file that keep its indentation, comments and style.

use crate::dialect::{SourceFile, Trials};
use crate::document::{Document, Entry, Format, Node};
use crate::remedy::{Edit, Rendered, Safety};
use crate::span::{ByteSpan, Source};

use super::{Target, here, not_here};

/// Edits under way on one file.
pub(super) struct Surgery<'d> {
    file: &'d SourceFile,
    trials: &'d Trials,
    text: &'d str,
    /// The bytes of the one document of a stream that is edited, its marker included.
    document: ByteSpan,
    edits: Vec<(ByteSpan, String)>,
}

impl<'d> Surgery<'d> {
    /// No edit yet.
    pub(super) fn new(target: &Target<'d>) -> Self {
        let file = target.file;
        let text = std::str::from_utf8(&file.bytes).unwrap_or_default();
        let whole = ByteSpan::new(0, text.len());
        let document = match (file.document.nodes(), target.nodes.first()) {
            ([_, _, ..], Some(root)) => around(text, root.span).unwrap_or(whole),
            _ => whole,
        };
        Self { file, trials: target.trials, text, document, edits: Vec::new() }
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
        let before = self.text.as_bytes().get(start.wrapping_sub(1));
        let after = self.text.as_bytes().get(end);
        match (before, after) {
            (Some(a @ (b'"' | b'\'')), Some(b)) if a == b => ByteSpan::new(start - 1, end + 1),
            _ => span,
        }
    }

    /// The text of some bytes.
    pub(super) fn slice(&self, start: usize, end: usize) -> &'d str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Where the line of an offset begins.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
    }

    /// Where the line of an offset ends, its newline not counted.
    pub(super) fn line_end(&self, at: usize) -> usize {
        self.text.get(at..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |newline| at + newline)
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
        let flow = self.text.get(..at)?.trim_end().ends_with('{');
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
        let at = if self.slice(0, at).ends_with('\r') { at - 1 } else { at };
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
        let old = self.slice(self.document.start as usize, self.document.end as usize);
        if !self.trials.allow(2 * old.len()) {
            return not_here("too many edits were tried on files of this unit");
        }
        let mut copy = String::with_capacity(old.len());
        let mut at = self.document.start as usize;
        for (span, by) in &self.edits {
            let range = span.range();
            match self.text.get(at..range.start) {
                Some(kept) => copy.push_str(kept),
                None => return not_here("the edits would overlap"),
            }
            copy.push_str(by);
            at = range.end;
        }
        match self.text.get(at..self.document.end as usize) {
            Some(kept) => copy.push_str(kept),
            None => return not_here("the edits would reach into the next document"),
        }
        // A stream is read by its documents: with every one of them for each edit, a file would cost its square.
        let format = self.file.document.format;
        let before = Document::read(format, old.as_bytes());
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
fn around(text: &str, node: ByteSpan) -> Option<ByteSpan> {
    const MARKER: &str = "\n---";
    let (before, after) = (text.get(..node.start as usize)?, text.get(node.end as usize..)?);
    // `-----BEGIN` is no marker.
    let is_marker = |at: usize, part: &str| {
        let behind = part.get(at + MARKER.len()..).and_then(|rest| rest.chars().next());
        behind.is_none_or(char::is_whitespace)
    };
    let start = before.rmatch_indices(MARKER).find(|(at, _)| is_marker(*at, before));
    let end = after.match_indices(MARKER).find(|(at, _)| is_marker(*at, after));
    let end = end.map_or(text.len(), |(at, _)| node.end as usize + at + 1);
    Some(ByteSpan::new(start.map_or(0, |(at, _)| at + 1), end))
}
