//! The comments that speak to hallpass, and what each speaks of.

use std::collections::BTreeMap;

use crate::dialect::{Lowering, SourceFile, Unit};
use crate::document::{Comment, Data, Format, Node, Tree};
use crate::fact::Note;
use crate::ledger::is_instruction;
use crate::span::{ByteSpan, Source};

/// Endings of files that are prose: a `#` there begins a heading, and what reads like an instruction is an example.
const PROSE: [&str; 8] = [".md", ".markdown", ".mdx", ".rst", ".adoc", ".txt", ".html", ".htm"];

/// Most lines that a comment's line is followed over: a here-document or a continued instruction. Longer ones exist only
/// to waste time.
const MAX_CONTINUED_LINES: usize = 10_000;

/// Keeps the comments of the unit's own files.
pub(super) fn keep(unit: &Unit, lowering: &mut Lowering<'_>) {
    for file in unit.files.iter().filter(|f| f.member) {
        lowering.facts.notes.extend(of(file));
    }
}

/// The comments of a file that speak to hallpass, with the bytes they speak of.
pub(super) fn of(file: &SourceFile) -> Vec<Note> {
    let prose = matches!(file.document.tree, Tree::Text) && PROSE.iter().any(|e| file.path.ends_with(e));
    let notes = file.document.comments.iter().filter(|c| is_instruction(&c.text));
    let notes: Vec<&Comment> = notes.filter(|_| !prose).collect();
    if notes.is_empty() {
        return Vec::new();
    }
    let blocks = Blocks::of(file);
    let note = |comment: &Comment| {
        let line = covered(&file.bytes, comment);
        let (covers, block) = blocks.under(line);
        Note {
            source: Source::new(file.id, comment.span),
            text: comment.text.clone(),
            covers: covers.join(continued(file, line)),
            block,
            wrong: Vec::new(),
        }
    };
    notes.into_iter().map(note).collect()
}

/// A comment after code speaks of its own line; one on a line of its own speaks of the next line that is neither
/// empty nor a comment.
fn covered(bytes: &[u8], comment: &Comment) -> ByteSpan {
    let start = (comment.span.start as usize).min(bytes.len());
    let line = bytes[..start].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    if bytes[line..start].iter().any(|b| !b.is_ascii_whitespace()) {
        return ByteSpan::new(line, comment.span.end as usize);
    }
    let mut at = (comment.span.end as usize).min(bytes.len());
    for next in bytes[at..].split_inclusive(|b| *b == b'\n') {
        let trimmed = next.trim_ascii();
        if !trimmed.is_empty() && !trimmed.starts_with(b"#") && !trimmed.starts_with(b"//") {
            return ByteSpan::new(at, at + next.len());
        }
        at += next.len();
    }
    comment.span
}

/// The line and those that continue it: a here-document of HCL, an instruction of a Dockerfile.
fn continued(file: &SourceFile, line: ByteSpan) -> ByteSpan {
    let bytes = file.bytes.get(line.range()).unwrap_or_default();
    let after = file.bytes.get(line.end as usize..).unwrap_or_default();
    let following = after.split_inclusive(|b| *b == b'\n').take(MAX_CONTINUED_LINES);
    let mut end = line.end as usize;
    match file.document.format {
        Format::Hcl => {
            let Some(marker) = heredoc(bytes) else { return line };
            for next in following {
                end += next.len();
                if next.trim_ascii() == marker {
                    return ByteSpan::new(line.start as usize, end);
                }
            }
            line
        }
        Format::Dockerfile => {
            let mut last = bytes;
            for next in following {
                if !last.trim_ascii_end().ends_with(b"\\") {
                    break;
                }
                end += next.len();
                last = next;
            }
            ByteSpan::new(line.start as usize, end)
        }
        Format::Yaml | Format::Json | Format::Bicep | Format::Text => line,
    }
}

/// The end marker of a here-document that begins on the line.
fn heredoc(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii_end();
    let at = line.windows(2).rposition(|w| w == b"<<")?;
    let marker = line.get(at + 2..)?;
    let marker = marker.strip_prefix(b"-").unwrap_or(marker);
    let name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    (!marker.is_empty() && marker.iter().all(name)).then_some(marker)
}

/// The values of a document's keys, by where the key begins; the outermost of several.
struct Blocks(BTreeMap<u32, (ByteSpan, bool)>);

impl Blocks {
    fn of(file: &SourceFile) -> Self {
        let mut blocks = BTreeMap::new();
        let mut open: Vec<&Node> = file.document.nodes().iter().collect();
        while let Some(node) = open.pop() {
            for entry in node.entries().iter().filter(|e| !e.merged && e.value.used_at.is_none()) {
                let text = matches!(entry.value.data, Data::Scalar(_));
                blocks.entry(entry.key.span.start).or_insert((entry.value.span, text));
                open.push(&entry.value);
            }
            open.extend(node.items().iter().filter(|i| i.used_at.is_none()));
        }
        Self(blocks)
    }

    /// What stands under the first key of the line: a text of several lines is part of what is covered, a map or list
    /// is a block of its own.
    fn under(&self, line: ByteSpan) -> (ByteSpan, Option<ByteSpan>) {
        match self.0.range(line.start..line.end.max(line.start + 1)).next() {
            Some((_, (value, true))) if value.end > line.end => (line.join(*value), None),
            Some((_, (value, false))) => (line, Some(*value)),
            _ => (line, None),
        }
    }
}
