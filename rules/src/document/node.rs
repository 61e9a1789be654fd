//! The data tree of YAML and JSON: every node knows its bytes.

use std::sync::Arc;

use crate::span::ByteSpan;

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The bytes, with the comment sign.
    pub span: ByteSpan,
    /// The text after the sign, trimmed.
    pub text: String,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes, or a JSON string.
    Quoted,
    /// A YAML block scalar (`|`, `>`).
    Block,
}

/// A scalar's text and the way back from its bytes to the file's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The decoded text.
    pub text: Arc<str>,
    /// How it was written.
    pub style: Style,
    /// Pairs of (offset in `text`, offset in file), ascending, the first at 0; between two pairs both advance together.
    pub map: Arc<[(u32, u32)]>,
    /// One past the last byte of the content in the file.
    pub end: u32,
}

impl Scalar {
    /// A scalar whose text stands in the file byte for byte from `start` on.
    #[must_use]
    pub fn verbatim(text: &str, style: Style, start: usize) -> Self {
        let span = ByteSpan::new(start, start + text.len());
        Self { text: text.into(), style, map: Arc::from([(0, span.start)]), end: span.end }
    }

    /// The file's offset of an offset in the text.
    #[must_use]
    pub fn offset(&self, at: usize) -> usize {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let index = self.map.partition_point(|(decoded, _)| *decoded <= at).saturating_sub(1);
        let (decoded, file) = self.map.get(index).copied().unwrap_or((0, 0));
        (file + (at - decoded)).min(self.end) as usize
    }

    /// The file's bytes of a range of the text.
    #[must_use]
    pub fn span_of(&self, range: std::ops::Range<usize>) -> ByteSpan {
        let start = self.offset(range.start);
        let Some(last) = range.end.checked_sub(1).filter(|last| *last >= range.start) else {
            return ByteSpan::at(start);
        };
        // An escape has a pair at its start and one at its end: it ends there, and not after its first byte. Elsewhere
        // a pair after the range may stand on another line.
        let is_pair =
            |at: usize| self.map.binary_search_by_key(&at, |(decoded, _)| *decoded as usize).is_ok();
        let character = (0..=last).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(last);
        let escaped = is_pair(character) && is_pair(range.end);
        let end = if escaped { self.offset(range.end) } else { self.offset(last) + 1 };
        ByteSpan::new(start, end.max(start))
    }

    /// A scalar that was read from this one's text, with its way back to the file.
    #[must_use]
    pub fn nested(&self, inner: &Self) -> Self {
        let pairs: Vec<(usize, usize)> =
            inner.map.iter().map(|(o, at)| (*o as usize, *at as usize)).collect();
        super::ground::Ground::Scalar(self).scalar(&inner.text, inner.style, &pairs, inner.end as usize)
    }

    /// A part of the scalar with its own way back to the file. A range that is not one of the text gives an empty part.
    #[must_use]
    pub fn part(&self, range: std::ops::Range<usize>) -> Self {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let range = range.start..range.start + text.len();
        let span = self.span_of(range.clone());
        // Looked up rather than filtered: a text of many parts must not be read whole for each.
        let first = self.map.partition_point(|(decoded, _)| *decoded as usize <= range.start);
        let inside = self.map.get(first..).unwrap_or_default().iter();
        let inside = inside
            .take_while(|(decoded, _)| (*decoded as usize) < range.end)
            .map(|(decoded, file)| (decoded - (range.start as u32), *file));
        let map = std::iter::once((0, span.start)).chain(inside).collect();
        Self { text: text.into(), style: self.style, map, end: span.end }
    }

    /// The scalar's content in the file.
    #[must_use]
    pub fn span(&self) -> ByteSpan {
        let start = self.map.first().map_or(self.end, |pair| pair.1);
        ByteSpan { start, end: self.end.max(start) }
    }
}

/// A node of the data tree. Clones are cheap: children are shared.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its bytes: for a scalar its content without quotes or block header, for collections first to last child,
    /// brackets, quotes and a list's first dash included.
    pub span: ByteSpan,
    /// For a node reached through an alias or merge key: where it was used. Its `span` is where it is written.
    pub used_at: Option<ByteSpan>,
    /// A YAML tag of the application (`!Sub` is `Sub`): some platforms write functions with them.
    pub tag: Option<Arc<str>>,
    /// Its value.
    pub data: Data,
}

/// A node's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Null, or nothing.
    Null,
    /// A scalar: YAML keeps every scalar as text with its style; readers decide what it means.
    Scalar(Scalar),
    /// A JSON (not YAML) boolean.
    Bool(bool),
    /// A JSON (not YAML) number, as written.
    Number(Arc<str>),
    /// A list.
    List(Arc<[Node]>),
    /// A map in order, duplicates kept; merged entries come first, so that the map's own win.
    Map(Arc<[Entry]>),
    /// Left out because a limit was reached or an alias names nothing.
    Cut,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Node,
    /// The value.
    pub value: Node,
    /// Whether it came in through a merge key.
    pub merged: bool,
}

impl Entry {
    /// The key's text.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.text().unwrap_or("")
    }

    /// Key and value together.
    #[must_use]
    pub fn span(&self) -> ByteSpan {
        self.key.span.join(self.value.span)
    }
}

impl Node {
    /// A node of its own bytes.
    #[must_use]
    pub fn new(span: ByteSpan, data: Data) -> Self {
        Self { span, used_at: None, tag: None, data }
    }

    /// The same node with a tag.
    #[must_use]
    pub fn tagged(self, tag: Option<Arc<str>>) -> Self {
        Self { tag, ..self }
    }

    /// A scalar's text. Booleans and numbers of JSON are not text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The scalar.
    #[must_use]
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.data {
            Data::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// A scalar as written, number and boolean included.
    #[must_use]
    pub fn written(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar(scalar) => Some(&scalar.text),
            Data::Number(number) => Some(number),
            Data::Bool(true) => Some("true"),
            Data::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// A boolean, and whether YAML 1.1 and 1.2 agree on it (`yes`, `on` are text in 1.2).
    #[must_use]
    pub fn boolean(&self) -> Option<(bool, bool)> {
        match &self.data {
            Data::Bool(value) => Some((*value, true)),
            Data::Scalar(scalar) if scalar.style == Style::Plain => match &*scalar.text {
                "true" | "True" | "TRUE" => Some((true, true)),
                "false" | "False" | "FALSE" => Some((false, true)),
                "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => Some((true, false)),
                "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => Some((false, false)),
                _ => None,
            },
            _ => None,
        }
    }

    /// An integer.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        self.written()?.trim().parse().ok()
    }

    /// A list's items, or nothing.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// A list's items, or the node itself if it is neither list nor null.
    #[must_use]
    pub fn one_or_many(&self) -> &[Self] {
        match &self.data {
            Data::List(items) => items,
            Data::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// A map's entries, or nothing.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entry under `key`: the last one, as most platforms read a key that stands twice.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|e| e.name() == key)
    }

    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|e| &e.value)
    }

    /// The value below several keys.
    #[must_use]
    pub fn path(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Whether it is null or empty.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match &self.data {
            Data::Null => true,
            Data::Scalar(s) => {
                s.style == Style::Plain && matches!(&*s.text, "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }
}
