//! Files without structure: only their lines that begin with a comment sign are kept, for waivers.

use super::{Comment, Document, Format, Tree};
use crate::span::ByteSpan;

/// Reads plain text: no tree; `#` and `//` lines that speak to hallpass are comments.
#[must_use]
pub fn read(bytes: &[u8]) -> Document {
    let mut comments = Vec::new();
    let mut start = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if let Some(comment) = comment(line, start) {
            comments.push(comment);
        }
        start += line.len();
    }
    Document { format: Format::Text, tree: Tree::Text, comments, breaks: Vec::new(), duplicates: Vec::new() }
}

/// A line that is a comment of its own and names hallpass.
fn comment(line: &[u8], start: usize) -> Option<Comment> {
    let text = std::str::from_utf8(line).ok()?;
    let trimmed = text.trim_start();
    let body = trimmed.strip_prefix('#').or_else(|| trimmed.strip_prefix("//"))?.trim();
    if !body.starts_with("hallpass:") {
        return None;
    }
    let from = start + (text.len() - trimmed.len());
    Some(Comment { span: ByteSpan::new(from, from + trimmed.trim_end().len()), text: body.to_owned() })
}
