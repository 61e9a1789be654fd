//! The one place where source bytes become displayable text. Nothing else in the host may print source.
//!
//! Masked bytes come out as `*`, bytes that a terminal or a log could read as an instruction as `?`; the length in
//! bytes never changes, so spans stay true.

mod edited;
mod past;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::runtime::contract::Span;
use crate::scan::{Job, Outcome};
use crate::source::Read;

pub use edited::Edited;
pub use past::{Numbered, Past};

/// Shortest run of a masked span that is hidden in text of third-party modules, in bytes.
const RUN: usize = 6;
/// Most lines of source shown for one place.
pub const MOST_LINES: usize = 6;
/// Longest line displayed, in bytes; the rest is cut around the finding.
pub const LONGEST_LINE: usize = 400;

/// Line and column, both from 1, of a byte offset; the column counts characters.
#[must_use]
pub fn line_column(bytes: &[u8], offset: usize) -> (usize, usize) {
    LineStarts::of(bytes).line_column(bytes, offset)
}

/// Where the lines of a file begin: reports ask for thousands of places, and counting lines from the start for each would
/// take quadratic time.
#[derive(Debug)]
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(bytes: &[u8]) -> Self {
        let after = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(after).collect())
    }

    /// Number, from 1, and start of the line that holds an offset.
    fn line(&self, offset: usize) -> (usize, usize) {
        let number = self.0.partition_point(|start| *start <= offset).max(1);
        (number, self.0.get(number - 1).copied().unwrap_or_default())
    }

    fn line_column(&self, bytes: &[u8], offset: usize) -> (usize, usize) {
        let offset = offset.min(bytes.len());
        let (line, start) = self.line(offset);
        (line, String::from_utf8_lossy(&bytes[start..offset]).chars().count() + 1)
    }
}

/// Whether a character may steer a terminal, hide or reorder text.
#[must_use]
pub fn is_steering(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// What logs of CI systems take for commands wherever it stands in a line: Azure Pipelines and, from its past, GitHub Actions.
const COMMANDS: [&str; 3] = ["##vso[", "##[", "##teamcity["];
/// What GitHub Actions takes for a command where nothing but spaces stands before it.
const WORKFLOW_COMMAND: &str = "::";

/// Whether what is left of a text, of which `before` was read, is taken for a command by a log.
fn commands(before: &str, left: &str) -> bool {
    COMMANDS.iter().any(|command| left.starts_with(command))
        || (left.starts_with(WORKFLOW_COMMAND) && before.chars().all(char::is_whitespace))
}

/// Text that came from a path, a message or another module, safe to print on one line.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '#' | ':' if commands(&text[..at], &text[at..]) => out.extend(c.escape_unicode()),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if is_steering(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Bytes as displayable text of the same length. `offset` is where they stand in the file that `masks` speak of.
#[must_use]
pub fn displayable(bytes: &[u8], offset: usize, masks: &[Span]) -> String {
    let mut hidden = bytes.to_vec();
    let end = offset + bytes.len();
    for mask in masks {
        let from = (mask.start as usize).clamp(offset, end) - offset;
        let to = (mask.end as usize).clamp(offset, end) - offset;
        for byte in hidden.get_mut(from..to).unwrap_or_default() {
            if *byte != b'\n' {
                *byte = b'*';
            }
        }
    }
    let mut out = String::with_capacity(hidden.len());
    for chunk in hidden.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_steering(c) {
                out.extend(std::iter::repeat_n('?', c.len_utf8()));
            } else {
                out.push(c);
            }
        }
        out.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    disarmed(out)
}

/// Text of the same length in which no line is taken for a command by the log of a CI system.
fn disarmed(text: String) -> String {
    if COMMANDS.iter().all(|command| !text.contains(command)) && !text.contains(WORKFLOW_COMMAND) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        for (at, c) in line.char_indices() {
            let armed = matches!(c, '#' | ':') && commands(&line[..at], &line[at..]);
            out.push(if armed { '?' } else { c });
        }
    }
    out
}

/// A file, when a report asks for it.
#[derive(Clone, Debug)]
struct Loaded {
    bytes: Arc<[u8]>,
    starts: Rc<LineStarts>,
    /// What must not be displayed of it: sorted, without overlaps.
    masks: Rc<[Span]>,
}

/// Files of a run, read when a report shows them.
pub struct Sources<'a> {
    job: &'a Job<'a>,
    outcome: &'a Outcome,
    read: RefCell<BTreeMap<String, Loaded>>,
}

impl std::fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}

/// Some lines of a file, displayable.
#[derive(Debug)]
pub struct Lines {
    /// The text, whole lines.
    pub text: String,
    /// Number of the first line, from 1.
    pub first: usize,
    /// Offset of the first byte of `text` in the file.
    pub offset: usize,
}

impl<'a> Sources<'a> {
    /// The files of a run.
    #[must_use]
    pub fn new(job: &'a Job<'a>, outcome: &'a Outcome) -> Self {
        Self { job, outcome, read: RefCell::default() }
    }

    /// A file's bytes, for positions only; to show them use [`Self::lines`].
    #[must_use]
    pub fn bytes(&self, path: &str) -> Arc<[u8]> {
        self.read(path).bytes
    }

    fn read(&self, path: &str) -> Loaded {
        if let Some(read) = self.read.borrow().get(path) {
            return read.clone();
        }
        let bytes: Arc<[u8]> = match self.job.files.read(path) {
            Read::Text(bytes) | Read::Binary(bytes) => Arc::from(bytes),
            Read::Refused(_) => Arc::from([].as_slice()),
        };
        let starts = Rc::new(LineStarts::of(&bytes));
        let masks = self.outcome.masks_of(path, &bytes).into();
        let read = Loaded { bytes, starts, masks };
        self.read.borrow_mut().insert(path.to_owned(), read.clone());
        read
    }

    /// Line and column of an offset.
    #[must_use]
    pub fn position(&self, path: &str, offset: u32) -> (usize, usize) {
        let Loaded { bytes, starts, .. } = self.read(path);
        starts.line_column(&bytes, offset as usize)
    }

    /// Line and column of an offset, the column counting bytes.
    #[must_use]
    pub fn byte_position(&self, path: &str, offset: u32) -> (usize, usize) {
        let Loaded { bytes, starts, .. } = self.read(path);
        let offset = (offset as usize).min(bytes.len());
        let (line, start) = starts.line(offset);
        (line, offset - start + 1)
    }

    /// The whole lines around a span, displayable, at most `most` of them. `None` for a span outside the file, a file
    /// that is gone or whose masks are not known, or a line too long to show.
    #[must_use]
    pub fn lines(&self, path: &str, span: Span, most: usize) -> Option<Lines> {
        if !self.outcome.seen.contains(path) {
            return None;
        }
        let Loaded { bytes, starts, masks } = self.read(path);
        let (first, range) = whole_lines(&bytes, &starts, span, most)?;
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let masks = touching(&masks, Span { start: narrow(range.start), end: narrow(range.end) });
        Some(Lines::of(&bytes[range.clone()], first, range.start, masks))
    }
}

impl Lines {
    fn of(bytes: &[u8], first: usize, offset: usize, masks: &[Span]) -> Self {
        let text = displayable(bytes, offset, masks);
        Self { text: text.trim_end_matches(['\n', '\r']).to_owned(), first, offset }
    }
}

/// The masks that touch a span, of masks that are sorted and without overlaps: all of a file would be looked at for each.
#[must_use]
pub fn touching(masks: &[Span], at: Span) -> &[Span] {
    let first = masks.partition_point(|mask| mask.end <= at.start);
    let last = masks.partition_point(|mask| mask.start < at.end);
    masks.get(first..last).unwrap_or_default()
}

/// The number of the first and the bytes of the whole lines around a span, at most `most` of them.
fn whole_lines(bytes: &[u8], starts: &LineStarts, span: Span, most: usize) -> Option<(usize, Range<usize>)> {
    let (start, end) = (span.start as usize, (span.end as usize).max(span.start as usize));
    if bytes.is_empty() || end > bytes.len() {
        return None;
    }
    let (first, offset) = starts.line(start);
    let mut stop = offset;
    for _ in 0..most.max(1) {
        let rest = bytes.get(stop..)?;
        let length = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
        if length > LONGEST_LINE {
            break;
        }
        stop += length;
        if stop >= end || length == 0 {
            break;
        }
    }
    (stop > offset).then_some((first, offset..stop))
}

/// Hides secret text inside text that did not come from this host or its rule module.
#[derive(Debug, Default)]
pub struct Masker {
    grams: BTreeSet<[u8; RUN]>,
}

impl Masker {
    /// Knows every masked byte of a run.
    #[must_use]
    pub fn of(job: &Job<'_>, outcome: &Outcome) -> Self {
        let sources = Sources::new(job, outcome);
        let mut masker = Self::default();
        for (path, masks) in &outcome.masks {
            let bytes = sources.bytes(path);
            for mask in masks {
                masker.add(bytes.get(mask.start as usize..mask.end as usize).unwrap_or_default());
            }
        }
        masker
    }

    /// Knows one more secret.
    pub fn add(&mut self, secret: &[u8]) {
        self.grams.extend(secret.windows(RUN).filter_map(|w| <[u8; RUN]>::try_from(w).ok()));
    }

    /// The text with every run of six or more secret bytes hidden.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        if self.grams.is_empty() {
            return text.to_owned();
        }
        let bytes = text.as_bytes();
        let mut spans: Vec<Span> = Vec::new();
        for (at, window) in bytes.windows(RUN).enumerate() {
            if <[u8; RUN]>::try_from(window).is_ok_and(|w| self.grams.contains(&w)) {
                let start = u32::try_from(at).unwrap_or(u32::MAX);
                spans.push(Span { start, end: start.saturating_add(6) });
            }
        }
        if spans.is_empty() { text.to_owned() } else { displayable(bytes, 0, &spans) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn hides_masks_and_keeps_length() {
        let line = "key: \u{1b}[31mabc\u{202e}def secret-value\n".as_bytes();
        let at = line.windows(12).position(|w| w == b"secret-value").unwrap() as u32;
        let shown = displayable(line, 100, &[Span { start: 100 + at, end: 112 + at }]);
        assert_eq!(shown.len(), line.len());
        assert_eq!(shown, "key: ?[31mabc???def ************\n");
    }

    #[test]
    fn no_log_takes_a_line_for_a_command() {
        assert_eq!(plain("a ##vso[task.setvariable]b"), "a \\u{23}#vso[task.setvariable]b");
        assert_eq!(plain(" ::add-mask::x"), " \\u{3a}:add-mask::x");
        assert_eq!(plain("a::b # c ## d"), "a::b # c ## d");
        assert_eq!(
            displayable(b"  ::error::x\necho '##[debug]'\na::b\n", 0, &[]),
            "  ?:error::x\necho '?#[debug]'\na::b\n"
        );
    }

    #[test]
    fn hides_runs_of_secrets_in_foreign_text() {
        let mut masker = Masker::default();
        masker.add(b"correct-horse-battery");
        assert_eq!(masker.text("I saw correct-horse here"), "I saw ************* here");
        assert_eq!(masker.text("correct"), "*******");
        assert_eq!(masker.text("corr and ect"), "corr and ect");
    }

    #[test]
    fn counts_lines_and_columns_in_characters() {
        assert_eq!(line_column("a\né😀x".as_bytes(), 2 + 2 + 4), (2, 3));
    }
}
