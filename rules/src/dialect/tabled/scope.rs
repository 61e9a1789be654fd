//! Variables in force, and values resolved through them and through the system's forms of references.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::path::Budget;
use super::tables::{Means, System};
use crate::dialect::pipeline::reading::{Names, variable};
use crate::dialect::pipeline::settings::is_secret;
use crate::dialect::pipeline::value::{self, Part};
use crate::document::{Node, Scalar};
use crate::fact::{Datum, Known, Piece, Text, Why};
use crate::span::{FileId, Source};

/// Longest reference in a text, in bytes: keeps a text of opening signs linear.
const LONGEST: usize = 512;

/// Most secrets that one script names; scripts name a handful.
const MAX_NAMED: usize = 64;

/// Variables by name.
pub(super) type Layer = BTreeMap<String, Datum>;

/// Variables in force.
#[derive(Clone)]
pub(super) struct Scope {
    system: &'static System,
    /// The innermost last.
    layers: Vec<Rc<Layer>>,
    /// Names of secrets of stores that they refer to.
    stored: BTreeSet<String>,
}

/// What a value is.
pub(super) struct Resolved {
    pub(super) datum: Datum,
    /// Whether it is written out, with no reference in it.
    pub(super) literal: bool,
    /// Names of secrets that it takes from a store, whatever their names say.
    sure: Vec<String>,
}

impl Resolved {
    /// The secrets that it holds: those of a store, and settings whose names say so.
    pub(super) fn secrets(&self) -> Vec<String> {
        let names = holes(&self.datum);
        names.into_iter().filter(|name| self.sure.contains(name) || is_secret(&Elsewhere, name)).collect()
    }
}

/// Names of what no file sets, in values that were resolved: whatever is left is kept by the system.
pub(super) struct Elsewhere;

impl Names for Elsewhere {
    fn variable(&self, name: &str, at: Source) -> Datum {
        Datum::unknown(at, Why::Variable(name.to_owned()))
    }

    fn has(&self, _name: &str) -> bool {
        false
    }

    fn is_predefined(&self, _name: &str) -> bool {
        false
    }
}

/// Names of variables and secrets that a value holds.
pub(super) fn holes(datum: &Datum) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in datum.text().map(|text| text.0).unwrap_or_default() {
        match piece {
            Piece::Hole(Why::Variable(name)) if !names.contains(&name) => names.push(name),
            _ => {}
        }
    }
    names
}

impl Scope {
    pub(super) fn new(system: &'static System) -> Self {
        Self { system, layers: Vec::new(), stored: BTreeSet::new() }
    }

    /// Puts variables on top; `secrets` are the names of those that fill them.
    pub(super) fn push(&mut self, layer: Layer, secrets: Vec<String>) {
        self.stored.extend(secrets);
        self.layers.push(Rc::new(layer));
    }

    /// Secrets that a script names in the system's own form, and where.
    pub(super) fn secrets_in(&self, text: &str) -> Vec<(String, std::ops::Range<usize>)> {
        let mut found = Vec::new();
        let rows = self.system.secrets.within.iter().filter(|row| row.means == Means::Secret);
        for (at, _) in rows.flat_map(|row| text.match_indices(row.open.as_str())).take(MAX_NAMED) {
            if let Some((Means::Secret, name, length)) = text.get(at..).and_then(|rest| self.reference(rest))
            {
                found.push((name.to_owned(), at..at + length));
            }
        }
        found
    }

    /// The same with these as secrets of a store.
    pub(super) fn holding(&self, names: &[(String, std::ops::Range<usize>)]) -> Self {
        let mut scope = self.clone();
        scope.stored.extend(names.iter().map(|(name, _)| name.clone()));
        scope
    }

    fn get(&self, name: &str) -> Option<&Datum> {
        let found = self.layers.iter().rev().find_map(|layer| layer.get(name))?;
        // One that is filled with the secret of its own name is that secret.
        let is_own = matches!(&found.value, Known::Unknown(Why::Variable(of)) if of == name);
        (!is_own).then_some(found)
    }

    /// What a value is. `called` is its own name, for ciphertext that has none.
    pub(super) fn resolve(&self, file: FileId, node: &Node, called: &str, budget: &Budget) -> Resolved {
        let at = Source::new(file, node.span);
        let secrets = &self.system.secrets;
        let of_store = |name: &str, at: Source| Resolved {
            datum: Datum::unknown(at, Why::Variable(name.to_owned())),
            literal: false,
            sure: vec![name.to_owned()],
        };
        if !node.entries().is_empty() {
            let named = secrets.keys.iter().find_map(|path| path.first(node, budget));
            if let Some((name, written)) = named.and_then(|node| Some((node.text()?, node))) {
                return of_store(name, Source::new(file, written.span));
            }
            if let Some(sealed) = secrets.sealed.iter().find_map(|key| node.get(key)) {
                return of_store(called, Source::new(file, sealed.span));
            }
            let why = Why::Unsupported("a map in this place".to_owned());
            return Resolved { datum: Datum::unknown(at, why), literal: false, sure: Vec::new() };
        }
        match node.written() {
            Some(_) if node.is_null() => {
                Resolved { datum: Datum::new(at, Known::Null), literal: false, sure: Vec::new() }
            }
            Some(text) => self.text(text, at),
            None => {
                let why = Why::Unsupported("a list in this place".to_owned());
                Resolved { datum: Datum::unknown(at, why), literal: false, sure: Vec::new() }
            }
        }
    }

    fn text(&self, text: &str, at: Source) -> Resolved {
        let pieces = self.pieces(text);
        let mut sure = Vec::new();
        let literal = pieces.iter().all(|piece| matches!(piece, Written::Literal(_)));
        let mut value = |piece: &Written<'_>| match piece {
            Written::Literal(_) => None,
            Written::Reference(Means::Secret, name) => {
                sure.push((*name).to_owned());
                Some(Datum::unknown(at, Why::Variable((*name).to_owned())))
            }
            Written::Reference(Means::Variable, name) => Some(match self.get(name) {
                Some(datum) => datum.clone(),
                None if self.system.is_predefined(name) && !self.stored.contains(*name) => {
                    Datum::unknown(at, Why::Expression((*name).to_owned()))
                }
                None => Datum::unknown(at, Why::Variable((*name).to_owned())),
            }),
            Written::Reference(Means::Expression, name) => {
                Some(Datum::unknown(at, Why::Expression((*name).to_owned())))
            }
        };
        if let [only] = pieces.as_slice()
            && let Some(mut datum) = value(only)
        {
            if datum.at != at {
                datum.via.insert(0, at);
            }
            return Resolved { datum, literal, sure };
        }
        let parts: Vec<Part<'_>> = pieces
            .iter()
            .map(|piece| match (piece, value(piece)) {
                (_, Some(datum)) => Part::Value(datum),
                (Written::Literal(text), None) => Part::Literal(text),
                (Written::Reference(_, name), None) => Part::Literal(name),
            })
            .collect();
        let datum = value::join(parts.into_iter(), at, || Why::Unsupported("this text".to_owned()));
        Resolved { datum, literal, sure }
    }

    /// Splits a text at its references.
    fn pieces<'t>(&self, text: &'t str) -> Vec<Written<'t>> {
        let mut pieces = Vec::new();
        let mut from = 0;
        let mut at = 0;
        while at < text.len() {
            if self.system.secrets.dollar.is_some() && text[at..].starts_with("$$") {
                at += 2;
                continue;
            }
            let Some((means, name, length)) = self.reference(&text[at..]) else {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                continue;
            };
            if at > from {
                pieces.push(Written::Literal(&text[from..at]));
            }
            pieces.push(Written::Reference(means, name));
            at += length;
            from = at;
        }
        if from < text.len() {
            pieces.push(Written::Literal(&text[from..]));
        }
        pieces
    }

    /// The reference that a text begins with, and the bytes it takes.
    fn reference<'t>(&self, rest: &'t str) -> Option<(Means, &'t str, usize)> {
        let secrets = &self.system.secrets;
        for row in &secrets.within {
            let Some(inner) = rest.strip_prefix(row.open.as_str()) else { continue };
            let window = inner.get(..inner.floor_char_boundary(LONGEST)).unwrap_or(inner);
            let Some(end) = window.find(row.close.as_str()) else { continue };
            let name = inner[..end].trim();
            let behind = row.behind.as_deref().and_then(|sign| name.rsplit_once(sign));
            let name = behind.map_or(name, |(_, name)| name);
            // A percent sign may mean what it says.
            let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
            if row.means != Means::Variable || !name.is_empty() && name.chars().all(is_name) {
                return Some((row.means, name, row.open.len() + end + row.close.len()));
            }
        }
        let means = secrets.dollar?;
        let rest = rest.strip_prefix('$')?;
        let (name, length) = variable(rest)?;
        Some((means, name, 1 + length))
    }
}

/// A part of a text as it is written.
enum Written<'t> {
    Literal(&'t str),
    Reference(Means, &'t str),
}

impl Names for Scope {
    fn variable(&self, name: &str, at: Source) -> Datum {
        self.get(name).cloned().unwrap_or_else(|| Datum::unknown(at, Why::Variable(name.to_owned())))
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn is_stored(&self, name: &str) -> bool {
        self.stored.contains(name)
    }

    fn is_predefined(&self, name: &str) -> bool {
        !self.stored.contains(name) && self.system.is_predefined(name)
    }

    fn hole(&self, written: &str, at: Source) -> Option<Datum> {
        match self.reference(written)? {
            (Means::Secret, name, length) if length == written.len() => {
                Some(Datum::unknown(at, Why::Variable(name.to_owned())))
            }
            _ => None,
        }
    }

    fn all(&self) -> Vec<String> {
        self.layers.iter().flat_map(|layer| layer.keys().cloned()).collect()
    }
}

/// The text of a value that is nothing but text.
pub(super) fn plain(datum: &Datum) -> Option<Text> {
    datum.text().filter(|text| text.known() != Some(""))
}

/// A part of a scalar as a node of its own.
pub(super) fn part(scalar: &Scalar, range: std::ops::Range<usize>) -> Node {
    let part = scalar.part(range);
    Node::new(part.span(), crate::document::Data::Scalar(part))
}
