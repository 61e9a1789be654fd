//! What was looked at in each file, and the comments that speak to hallpass.

use crate::dialect::{Lowering, SourceFile, Unit};
use crate::document::{Comment, Format, Tree};
use crate::fact::Note;
use crate::finding::{Coverage, Status, Unresolved};
use crate::span::{ByteSpan, Source};

/// The prefix of comments that speak to hallpass.
const SIGN: &str = "hallpass:";

/// One entry per member of the unit.
pub(super) fn of_unit(unit: &Unit, lowering: &Lowering<'_>) -> Vec<Coverage> {
    unit.files.iter().filter(|f| f.member).map(|file| of_file(file, lowering)).collect()
}

fn of_file(file: &SourceFile, lowering: &Lowering<'_>) -> Coverage {
    let dialects: Vec<String> =
        lowering.read.iter().filter(|(id, _)| *id == file.id).map(|(_, name)| (*name).to_owned()).collect();
    let must_check = super::Engine::recognise(&file.path).must_check;
    let tree_expected = file.document.format != Format::Text || must_check;
    let first = file.document.breaks.first();
    let (status, why, at) = match (first, tree_expected, file.document.duplicates.first()) {
        (Some(broken), true, _) => {
            let more = match file.document.breaks.len() {
                1 => String::new(),
                n => format!(" (and {} more places)", n - 1),
            };
            (Status::Failed, Some(format!("{}{more}", broken.why)), Some(broken.span))
        }
        (None, true, Some(second)) if must_check => (
            Status::Failed,
            Some("a key stands twice in one map; platforms differ in which one they read".to_owned()),
            Some(*second),
        ),
        _ => (Status::Checked, None, None),
    };
    Coverage {
        path: file.path.clone(),
        status,
        why,
        at,
        must_check,
        dialects,
        unknown: lowering
            .unknown
            .iter()
            .filter(|(source, _)| source.file == file.id)
            .map(|(source, why)| Unresolved { span: source.span, why: why.to_string() })
            .collect(),
        silent: lowering
            .silent
            .iter()
            .filter(|((id, _), _)| *id == file.id)
            .map(|((_, reason), count)| (reason.clone(), *count))
            .collect(),
    }
}

/// Keeps the comments that speak to hallpass, with the bytes they speak of.
pub(super) fn keep_notes(unit: &Unit, lowering: &mut Lowering<'_>) {
    for file in unit.files.iter().filter(|f| f.member) {
        for comment in file.document.comments.iter().filter(|c| c.text.starts_with(SIGN)) {
            lowering.facts.notes.push(Note {
                source: Source::new(file.id, comment.span),
                text: comment.text.clone(),
                covers: covered(&file.bytes, comment, matches!(file.document.tree, Tree::Text)),
            });
        }
    }
}

/// A comment after code speaks of its own line; one on a line of its own speaks of the next line that is neither
/// empty nor a comment. In structured files that line's whole block is meant, which the ledger decides by overlap.
fn covered(bytes: &[u8], comment: &Comment, _plain: bool) -> ByteSpan {
    let start = comment.span.start as usize;
    let line = bytes[..start.min(bytes.len())].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let before = &bytes[line..start.min(bytes.len())];
    if before.iter().any(|b| !b.is_ascii_whitespace()) {
        return ByteSpan::new(line, comment.span.end as usize);
    }
    let mut at = comment.span.end as usize;
    for next in bytes[at.min(bytes.len())..].split_inclusive(|b| *b == b'\n') {
        let trimmed = next.trim_ascii();
        if !trimmed.is_empty() && !trimmed.starts_with(b"#") && !trimmed.starts_with(b"//") {
            return ByteSpan::new(at, at + next.len());
        }
        at += next.len();
    }
    comment.span
}
