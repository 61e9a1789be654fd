//! Text of which parts may be unknown: `"arn:…:${x}:role/*"` is known to end in a wildcard.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::Why;

/// One piece of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Piece {
    /// Known characters.
    Literal(String),
    /// Characters not known, and why.
    Hole(Why),
}

/// Partly known text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Text(pub Vec<Piece>);

/// How two references or texts compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sameness {
    /// Surely the same.
    Same,
    /// Perhaps the same: a part of one is unknown.
    May(Why),
    /// Surely different.
    No,
}

impl Text {
    /// Fully known text.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Piece::Literal(text.into())])
    }

    /// A single hole.
    #[must_use]
    pub fn hole(why: Why) -> Self {
        Self(vec![Piece::Hole(why)])
    }

    /// Appends known characters.
    pub fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(Piece::Literal(last)) => last.push_str(text),
            _ => self.0.push(Piece::Literal(text.to_owned())),
        }
    }

    /// Appends a hole.
    pub fn push_hole(&mut self, why: Why) {
        self.0.push(Piece::Hole(why));
    }

    /// Appends another text.
    pub fn append(&mut self, other: &Self) {
        for piece in &other.0 {
            match piece {
                Piece::Literal(text) => self.push(text),
                Piece::Hole(why) => self.push_hole(why.clone()),
            }
        }
    }

    /// The text if every piece is known.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether any piece is unknown.
    #[must_use]
    pub fn has_hole(&self) -> bool {
        self.0.iter().any(|p| matches!(p, Piece::Hole(_)))
    }

    /// Whether nothing of it is known that tells it from others.
    #[must_use]
    pub fn is_nameless(&self) -> bool {
        !self.0.iter().any(|piece| matches!(piece, Piece::Literal(text) if !text.trim().is_empty()))
    }

    /// The first reason something in it is unknown.
    #[must_use]
    pub fn why(&self) -> Option<&Why> {
        self.0.iter().find_map(|p| match p {
            Piece::Hole(why) => Some(why),
            Piece::Literal(_) => None,
        })
    }

    /// Known leading characters.
    #[must_use]
    pub fn prefix(&self) -> &str {
        match self.0.first() {
            Some(Piece::Literal(text)) => text,
            _ => "",
        }
    }

    /// Known trailing characters.
    #[must_use]
    pub fn suffix(&self) -> &str {
        match self.0.last() {
            Some(Piece::Literal(text)) => text,
            _ => "",
        }
    }

    /// Compares two texts; holes may stand for anything.
    #[must_use]
    pub fn sameness(&self, other: &Self) -> Sameness {
        match (self.known(), other.known()) {
            (Some(a), Some(b)) => {
                if a == b {
                    Sameness::Same
                } else {
                    Sameness::No
                }
            }
            _ if self == other => Sameness::Same,
            _ => {
                let (a, b) = (self.prefix(), other.prefix());
                let (x, y) = (self.suffix(), other.suffix());
                let prefixes = a.starts_with(b) || b.starts_with(a);
                let suffixes = x.ends_with(y) || y.ends_with(x);
                if prefixes && suffixes && self.may_fit(other) && other.may_fit(self) {
                    let why = self.why().or(other.why()).cloned();
                    Sameness::May(why.unwrap_or_else(|| Why::Unsupported("text".to_owned())))
                } else {
                    Sameness::No
                }
            }
        }
    }

    /// A fully known text must hold every literal piece of the other, in order.
    fn may_fit(&self, other: &Self) -> bool {
        let Some(mut rest) = self.known() else { return true };
        for piece in &other.0 {
            if let Piece::Literal(text) = piece {
                match rest.find(text.as_str()) {
                    Some(at) => rest = &rest[at + text.len()..],
                    None => return false,
                }
            }
        }
        true
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => f.write_str(text)?,
                Piece::Hole(Why::Variable(name) | Why::Expression(name) | Why::Computed(name)) => {
                    write!(f, "${{{name}}}")?;
                }
                Piece::Hole(_) => f.write_str("${…}")?,
            }
        }
        Ok(())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::literal(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::literal(text)
    }
}
