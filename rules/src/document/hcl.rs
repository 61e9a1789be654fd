//! HCL (Terraform, OpenTofu, Packer, Nomad): parsed whole, or block by block where a file is broken.
//!
//! The parser reports its first error only, refuses a key that stands twice and needs quadratic time for an object with
//! very many keys. A linear scan runs before it: it keeps the comments, finds the top-level blocks, and takes out what
//! would be too deep or too wide.

mod scan;
mod tree;

use std::ops::Range;

use hcl_edit::parser::{Error, parse_body};
use hcl_edit::structure::Body;

use super::{Break, Comment, Document, Format, Scalar, Style, Tree};
use crate::span::ByteSpan;

pub use tree::nodes;

/// Most keys of one object: the parser compares each key with all before it. The largest real objects seen are routing
/// and tag maps of a few hundred.
const MAX_KEYS: usize = 4_096;
/// Most keys that stand twice in one block before it is given up: each costs another parse of that block.
const MAX_DUPLICATES: usize = 16;

/// Objects that hold blocks, as HCL 1 allows and policies of Vault are written:
/// <https://developer.hashicorp.com/vault/docs/enterprise/control-groups#control-groups-in-acl-policies>.
const OLD_BLOCKS: [&str; 1] = ["control_group"];

/// A part of a file that parsed.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Offset of the piece in the file; spans in `body` are relative to it.
    pub offset: usize,
    /// Its body. A key that stood twice has its second name replaced by another of the same length: read names
    /// from the file's bytes.
    pub body: Body,
}

/// Reads HCL.
#[must_use]
pub fn read(text: &str) -> Document {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let scan = scan::scan(text, start);
    let mut document = Document {
        format: Format::Hcl,
        tree: Tree::Hcl(Vec::new()),
        comments: scan.comments.iter().map(|span| comment(text, *span)).collect(),
        breaks: Vec::new(),
        duplicates: Vec::new(),
        templated: false,
    };
    let sound = scan.items.iter().all(|item| item.refusal().is_none());
    if sound && let Some(Ok(body)) = text.get(start..).map(parse_body) {
        document.tree = Tree::Hcl(vec![Piece { offset: start, body }]);
        return document;
    }
    let mut pieces = Vec::new();
    for item in &scan.items {
        let Some(source) = text.get(item.span.range()) else { continue };
        let why = match item.refusal() {
            Some(why) => why.to_owned(),
            None => match read_item(source, item.span.start as usize, &mut document.duplicates) {
                Ok(body) => {
                    pieces.push(Piece { offset: item.span.start as usize, body });
                    continue;
                }
                Err(error) => explain(text, item.span.start as usize, &error),
            },
        };
        document.breaks.push(Break { span: item.span, why });
    }
    document.tree = Tree::Hcl(pieces);
    document
}

/// Parses one top-level block. A key that stands twice is renamed, so that both readings stay in the tree.
fn read_item(source: &str, offset: usize, duplicates: &mut Vec<ByteSpan>) -> Result<Body, Error> {
    let mut changed = source.to_owned();
    if parse_body(&changed).is_err()
        && let Some(blocks) = blocks_of_old(&changed)
    {
        changed = blocks;
    }
    for attempt in 0..=MAX_DUPLICATES {
        let error = match parse_body(&changed) {
            Ok(body) => return Ok(body),
            Err(error) => error,
        };
        if attempt == MAX_DUPLICATES || !error.message().contains("redefined") {
            return Err(error);
        }
        let Some(key) = key_at(&changed, error.location().offset()) else { return Err(error) };
        duplicates.push(ByteSpan::from(key.clone()).shift(offset));
        let name = replacement(key.len(), attempt);
        changed.replace_range(key, &name);
    }
    parse_body(&changed)
}

/// The source with what [`OLD_BLOCKS`] names read as blocks, byte for byte as long; nothing if it holds none.
fn blocks_of_old(source: &str) -> Option<String> {
    let mut signs: Vec<usize> = Vec::new();
    for name in OLD_BLOCKS {
        for (at, _) in source.match_indices(name) {
            let after = at + name.len();
            let rest = source.get(after..).unwrap_or_default();
            let value = rest.trim_start().strip_prefix('=').map(str::trim_start);
            if value.is_some_and(|value| value.starts_with('{')) {
                signs.extend(rest.find('=').map(|sign| after + sign));
            }
        }
    }
    let mut changed = source.to_owned();
    signs.iter().for_each(|sign| changed.replace_range(*sign..=*sign, " "));
    (!signs.is_empty()).then_some(changed)
}

/// The bytes of a key's name: an identifier, or what stands between quotes.
fn key_at(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    if let Some(quoted) = rest.strip_prefix('"') {
        let end = quoted.find(['"', '\n'])?;
        return (end > 0).then_some(at + 1..at + 1 + end);
    }
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
    (end > 0).then_some(at..at + end)
}

/// A name of the given length in bytes that real files do not use.
fn replacement(length: usize, attempt: usize) -> String {
    let letters = "QZXJKVWYGBPFMUCH".chars();
    let letter = letters.clone().nth(attempt).unwrap_or('Q');
    std::iter::repeat_n(letter, length).collect()
}

/// The parser's message, which names grammar and no source text, with the line of the file.
fn explain(text: &str, offset: usize, error: &Error) -> String {
    let at = (offset + error.location().offset()).min(text.len());
    let line = text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1;
    format!("a block cannot be parsed at line {line}: {}", error.message())
}

fn comment(text: &str, span: ByteSpan) -> Comment {
    let raw = text.get(span.range()).unwrap_or_default();
    let body = raw
        .strip_prefix("/*")
        .map(|b| b.strip_suffix("*/").unwrap_or(b))
        .or_else(|| raw.strip_prefix("//"))
        .or_else(|| raw.strip_prefix('#'))
        .unwrap_or(raw);
    Comment { span, text: body.trim().to_owned() }
}

/// The content of a quoted string, decoded, with the way back to the file. `raw` is what stands between the quotes,
/// `start` its offset in the file.
#[must_use]
pub fn quoted(raw: &str, start: usize) -> Scalar {
    decode(raw, start, true, Style::Quoted)
}

/// A literal part of a heredoc, decoded: there, only `$${` and `%%{` are escapes.
#[must_use]
pub fn heredoc(raw: &str, start: usize) -> Scalar {
    decode(raw, start, false, Style::Block)
}

fn decode(raw: &str, start: usize, escapes: bool, style: Style) -> Scalar {
    let mut text = String::with_capacity(raw.len());
    let mut map: Vec<(u32, u32)> = vec![(0, offset(start))];
    let mut rest = raw;
    while let Some(next) = rest.chars().next() {
        let at = raw.len() - rest.len();
        let (piece, used) = unescape(rest, next, escapes);
        text.push_str(piece.encode_utf8(&mut [0; 4]));
        if used != piece.len_utf8() {
            map.push((offset(text.len() - piece.len_utf8()), offset(start + at)));
            map.push((offset(text.len()), offset(start + at + used)));
        }
        rest = rest.get(used..).unwrap_or_default();
    }
    map.dedup_by(|later, earlier| {
        later.0 == earlier.0 && {
            earlier.1 = later.1;
            true
        }
    });
    Scalar { text: text.into(), style, map: map.into(), end: offset(start + raw.len()) }
}

/// The character that `rest` begins with once decoded, and how many bytes it takes.
fn unescape(rest: &str, next: char, escapes: bool) -> (char, usize) {
    if rest.starts_with("$${") || rest.starts_with("%%{") {
        return (next, 2);
    }
    if next != '\\' || !escapes {
        return (next, next.len_utf8());
    }
    let hex = |digits: usize| {
        let code = rest.get(2..2 + digits).and_then(|h| u32::from_str_radix(h, 16).ok());
        code.and_then(char::from_u32).map(|c| (c, 2 + digits))
    };
    let decoded = match rest.as_bytes().get(1) {
        Some(b'n') => Some(('\n', 2)),
        Some(b'r') => Some(('\r', 2)),
        Some(b't') => Some(('\t', 2)),
        Some(b'"') => Some(('"', 2)),
        Some(b'\\') => Some(('\\', 2)),
        Some(b'u') => hex(4),
        Some(b'U') => hex(8),
        _ => None,
    };
    decoded.unwrap_or(('\\', 1))
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
