//! What must not be displayed of a file that could not be read whole: in the unread part nobody knows which literal is a
//! secret, so that names are read line by line and everything behind one that may hold a secret is hidden.
//!
//! Invariant: fails closed. Hiding too much of a broken line costs a reader some letters.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::told::{NAMING, VALUES};
use super::{row, tag};
use crate::dialect::SourceFile;
use crate::document::{Format, Tree};
use crate::span::{ByteSpan, Source};

/// Longest name read before a separator, in bytes. Longer ones are no names.
const LONGEST_NAME: usize = 128;
/// Bits from which a hidden literal is hidden wherever else it stands too: more than two words have.
const STRONG_BITS: u32 = 30;

/// What is hidden of one file.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Bytes that are not displayed.
    pub(super) hidden: Vec<Source>,
    /// Of these, the literals that are looked for elsewhere.
    pub(super) literals: Vec<Source>,
}

/// Looks through the parts of a file that were not read.
pub(super) fn of(file: &SourceFile) -> Unread {
    let mut unread = Unread::default();
    let mut done = 0;
    for region in regions(file) {
        let start = region.start.max(done);
        if start < region.end {
            lines(file, start..region.end, &mut unread);
            done = region.end;
        }
    }
    unread
}

/// The unread bytes in whole lines, ascending.
fn regions(file: &SourceFile) -> Vec<std::ops::Range<usize>> {
    let document = &file.document;
    let bytes = &file.bytes;
    let mut last = 0;
    let mut regions: Vec<_> = document
        .breaks
        .iter()
        .map(|broken| {
            let (start, end) = ((broken.span.start as usize).min(bytes.len()), broken.span.end as usize);
            match (&document.tree, document.format) {
                // A block or instruction is given up as a whole, and the line after it may belong to it.
                (Tree::Hcl(_) | Tree::Dockerfile(_), _) => {
                    line_start(bytes, start)..line_end(bytes, line_end(bytes, end))
                }
                // The parser says where it stopped, not where what it could not read began.
                (Tree::Yaml(_), Format::Yaml) => {
                    let from = std::mem::replace(&mut last, end.min(bytes.len()));
                    marker_before(bytes, from, start)..line_end(bytes, end)
                }
                _ => 0..bytes.len(),
            }
        })
        .collect();
    regions.sort_by_key(|region| region.start);
    regions
}

fn line_start(bytes: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', bytes.get(..at).unwrap_or_default()).map_or(0, |newline| newline + 1)
}

/// One past the newline of the line that holds an offset.
fn line_end(bytes: &[u8], at: usize) -> usize {
    let at = at.min(bytes.len());
    memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default()).map_or(bytes.len(), |newline| at + newline + 1)
}

/// The last document marker in a range, or where the range begins.
fn marker_before(bytes: &[u8], from: usize, at: usize) -> usize {
    memchr::memmem::rfind(bytes.get(from..at).unwrap_or_default(), b"\n---")
        .map_or(from.min(at), |found| from + found)
}

/// What goes on in the lines after a name that may hold a secret.
enum Open {
    No,
    /// A text whose end nobody knows.
    ToTheEnd,
    /// A text in lines that are indented deeper than this.
    Deeper(usize),
}

fn lines(file: &SourceFile, region: std::ops::Range<usize>, unread: &mut Unread) {
    let mut open = Open::No;
    let mut named = false;
    let mut at = region.start;
    let bytes = file.bytes.get(region).unwrap_or_default();
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let start = at;
        at += line.len();
        let text = line.trim_ascii_end();
        let indent = text.iter().take_while(|b| b.is_ascii_whitespace()).count();
        if text.len() == indent {
            continue;
        }
        let inside = match open {
            Open::No => false,
            Open::ToTheEnd => true,
            Open::Deeper(than) => indent > than,
        };
        if inside {
            hide(file, start + indent, start + text.len(), unread);
            continue;
        }
        open = Open::No;
        let found = separators(text).find(|(name, _)| is_secret(name) || (named && VALUES.contains(name)));
        if let Some((_, behind)) = found {
            hide(file, start + behind, start + text.len(), unread);
            open = goes_on(text.get(behind..).unwrap_or_default().trim_ascii(), indent);
        }
        match separators(text).next() {
            Some((key, behind)) if NAMING.contains(&key) => {
                let name = std::str::from_utf8(text.get(behind..).unwrap_or_default());
                named = name.is_ok_and(is_secret);
            }
            _ => named &= found.is_none(),
        }
    }
}

/// The names of a line that stand before a separator, each with the offset behind it.
pub(super) fn separators(line: &[u8]) -> impl Iterator<Item = (&str, usize)> {
    memchr::memchr2_iter(b':', b'=', line).filter_map(|at| {
        let before = line.get(..at)?.trim_ascii_end();
        let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
        // A document in a text: `\"password\": …`.
        let before = before.strip_suffix(b"\\").unwrap_or(before);
        let is_part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let length = before.iter().rev().take(LONGEST_NAME).take_while(is_part).count();
        let name = std::str::from_utf8(before.get(before.len() - length..)?).ok()?;
        (!name.is_empty()).then_some((name, at + 1))
    })
}

/// Every name of a place for secrets, searched for at once: a broken file may have a name in every fifth byte.
static SLOTS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let names: BTreeSet<&str> = row::detectors().flat_map(|d| &d.slots).map(String::as_str).collect();
    AhoCorasick::builder().kind(Some(AhoCorasickKind::NoncontiguousNFA)).build(names).ok()
});

/// Forces the table, for the module's snapshot.
pub(super) fn warm() {
    LazyLock::force(&SLOTS);
}

/// Whether secrets may stand behind a name: it holds the words by which slots are known, anywhere. Without the table
/// every name may be one.
fn is_secret(name: &str) -> bool {
    let Some(slots) = &*SLOTS else { return true };
    let words = super::slots::words(name);
    let whole = |b: Option<&u8>| b.is_none_or(|b| *b == b' ');
    slots.find_overlapping_iter(&words).any(|found| {
        let bytes = words.as_bytes();
        let before = found.start().checked_sub(1).and_then(|at| bytes.get(at));
        found.len() >= 6 || (whole(before) && whole(bytes.get(found.end())))
    })
}

fn goes_on(value: &[u8], indent: usize) -> Open {
    let quotes = |quote: u8| value.iter().filter(|b| **b == quote).count() % 2 == 1;
    match value.first() {
        _ if value.starts_with(b"<<") || quotes(b'"') || quotes(b'\'') => Open::ToTheEnd,
        None | Some(b'|' | b'>' | b'[' | b'{') => Open::Deeper(indent),
        _ => Open::No,
    }
}

fn hide(file: &SourceFile, start: usize, end: usize, unread: &mut Unread) {
    unread.hidden.push(Source::new(file.id, ByteSpan::new(start, end)));
    let value = file.bytes.get(start..end).unwrap_or_default();
    let is_quote = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b',');
    let lead = value.iter().take_while(|b| is_quote(b)).count();
    let literal = value.get(lead..).unwrap_or_default();
    let length = literal.iter().position(is_quote).unwrap_or(literal.len());
    let literal = literal.get(..length).unwrap_or_default();
    // An expression names a secret and is none.
    if !literal.iter().any(|b| matches!(b, b'$' | b'{' | b'(')) && tag::bits(literal) >= STRONG_BITS {
        let at = ByteSpan::new(start + lead, start + lead + length);
        unread.literals.push(Source::new(file.id, at));
    }
}
