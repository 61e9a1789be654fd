//! Structured values with holes: what a dialect has after it resolved variables, and what embedded grammars
//! (an AWS policy, a JSON text) are read from, whatever syntax carried them.

use super::text::Text;
use super::value::{Case, Why};
use crate::span::Source;

/// A value with the place it was written at.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    /// The literal's own place.
    pub at: Source,
    /// Places it passed through on its way (a variable's use, a module argument), nearest first.
    pub via: Vec<Source>,
    /// The value.
    pub value: Known,
}

/// The shapes of a [`Datum`].
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// Null, or an empty value.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// Text, perhaps with holes.
    Text(Text),
    /// A list in order.
    List(Vec<Datum>),
    /// Entries in order; a key may stand twice.
    Map(Vec<(Text, Source, Datum)>),
    /// One of several.
    OneOf {
        /// The alternatives: value, case, whether it is the default.
        of: Vec<(Datum, Case, bool)>,
        /// Whether something else is possible too.
        open: bool,
    },
    /// Not known.
    Unknown(Why),
}

impl Datum {
    /// A datum written at `at`.
    #[must_use]
    pub fn new(at: Source, value: Known) -> Self {
        Self { at, via: Vec::new(), value }
    }

    /// An unknown datum.
    #[must_use]
    pub fn unknown(at: Source, why: Why) -> Self {
        Self::new(at, Known::Unknown(why))
    }

    /// The entry of a map under `key` (the last one, if it stands twice).
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Known::Map(entries) => {
                entries.iter().rev().find(|(k, _, _)| k.known() == Some(key)).map(|(_, _, v)| v)
            }
            _ => None,
        }
    }

    /// The entry of a map under `key`, whatever its case.
    #[must_use]
    pub fn get_ignoring_case(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Known::Map(entries) => entries
                .iter()
                .rev()
                .find(|(k, _, _)| k.known().is_some_and(|k| k.eq_ignore_ascii_case(key)))
                .map(|(_, _, v)| v),
            _ => None,
        }
    }

    /// A list's items; a single value counts as a list of itself, null as none.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Known::List(items) => items,
            Known::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The datum as text, if it is a scalar.
    #[must_use]
    pub fn text(&self) -> Option<Text> {
        match &self.value {
            Known::Text(text) => Some(text.clone()),
            Known::Number(n) => Some(Text::literal(n.clone())),
            Known::Bool(b) => Some(Text::literal(b.to_string())),
            Known::Unknown(why) => Some(Text::hole(why.clone())),
            _ => None,
        }
    }

    /// The datum as fully known text.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        match &self.value {
            Known::Text(text) => text.known(),
            Known::Number(n) => Some(n),
            _ => None,
        }
    }

    /// Visits every alternative below `OneOf`s at the top, with case and "lesser" (a non-default one of several).
    pub fn alternatives(&self) -> Vec<(&Self, Case, bool)> {
        match &self.value {
            Known::OneOf { of, .. } => {
                let several = of.len() > 1;
                of.iter()
                    .flat_map(|(datum, case, default)| {
                        datum.alternatives().into_iter().filter_map(move |(d, inner, lesser)| {
                            Some((d, case.and(&inner)?, lesser || (several && !default)))
                        })
                    })
                    .collect()
            }
            _ => vec![(self, Case::always(), false)],
        }
    }
}
