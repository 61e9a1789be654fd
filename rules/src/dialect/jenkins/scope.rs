//! What names mean: variables of the environment by layers, credentials bound to them, parameters, and variables of
//! Groovy that are set once, to a literal.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::groovy::{COMPUTED, Expr, Text as Written, Value};
use super::tables;
use crate::dialect::pipeline::reading::Names;
use crate::dialect::pipeline::value::{self, Part};
use crate::fact::{Datum, Known, Why};
use crate::span::{FileId, Source};

/// Variables by name.
pub(super) type Layer = BTreeMap<String, Datum>;

/// Names in force.
#[derive(Clone, Default)]
pub(super) struct Scope {
    file: FileId,
    /// The innermost last.
    layers: Vec<Rc<Layer>>,
    /// Ids of credentials that variables hold.
    stored: Rc<BTreeSet<String>>,
    /// Variables of Groovy, and parameters as `params.NAME`.
    groovy: Rc<Layer>,
}

impl Scope {
    pub(super) fn of_file(file: FileId, groovy: Layer) -> Self {
        Self { file, groovy: Rc::new(groovy), ..Self::default() }
    }

    /// Puts variables on top; `stored` are the ids of credentials among their values.
    pub(super) fn push(&mut self, layer: Layer, stored: impl IntoIterator<Item = String>) {
        if !layer.is_empty() {
            self.layers.push(Rc::new(layer));
        }
        let mut further = stored.into_iter().peekable();
        if further.peek().is_some() {
            Rc::make_mut(&mut self.stored).extend(further);
        }
    }

    fn get(&self, name: &str) -> Option<&Datum> {
        let found = self.layers.iter().rev().find_map(|layer| layer.get(name))?;
        // One that holds the credential of its own name is that credential.
        let is_own = matches!(&found.value, Known::Unknown(Why::Variable(of)) if of == name);
        (!is_own).then_some(found)
    }

    /// What Groovy knows under a name.
    pub(super) fn named(&self, name: &str, at: Source) -> Datum {
        let unknown = |why: Why| Datum::unknown(at, why);
        if let Some(name) = name.strip_prefix("env.") {
            return self.variable(name, at);
        }
        if let Some(datum) = self.groovy.get(name) {
            return datum.clone();
        }
        if let Some(datum) = self.get(name) {
            return datum.clone();
        }
        // Variables of the environment are written so; others are Groovy's own.
        let of_environment = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        match of_environment && name != COMPUTED {
            true => unknown(Why::Variable(name.to_owned())),
            false => unknown(Why::Expression(name.to_owned())),
        }
    }

    /// A string with what is filled in.
    pub(super) fn text(&self, text: &Written) -> Datum {
        let at = Source::new(self.file, text.scalar.span());
        let whole = &text.scalar.text;
        let mut parts = Vec::new();
        let mut from = 0;
        for (name, range) in &text.holes {
            // The signs around the name.
            let (open, close) = (range.start.saturating_sub(3), range.end + 2);
            if open > from {
                parts.push(Part::Literal(whole.get(from..open).unwrap_or_default()));
            }
            parts.push(Part::Value(self.named(name, at)));
            from = close;
        }
        if from < whole.len() || parts.is_empty() {
            parts.push(Part::Literal(whole.get(from..).unwrap_or_default()));
        }
        match (text.holes.as_slice(), parts.len()) {
            ([(name, _)], 1) => {
                let mut datum = self.named(name, at);
                if datum.at != at {
                    datum.via.insert(0, at);
                }
                datum
            }
            _ => value::join(parts.into_iter(), at, || Why::Unsupported("this text".to_owned())),
        }
    }

    /// What a value is.
    pub(super) fn resolve(&self, expr: &Expr) -> Datum {
        let at = Source::new(self.file, expr.at);
        if let Some(text) = expr.text() {
            return self.text(text);
        }
        match &expr.value {
            Value::Number(text) => Datum::new(at, Known::Text(crate::fact::Text::literal(text.clone()))),
            Value::Name(text) if matches!(text.as_str(), "true" | "false") => {
                Datum::new(at, Known::Text(crate::fact::Text::literal(text.clone())))
            }
            Value::Name(name) if name == "null" => Datum::new(at, Known::Null),
            Value::Name(name) => {
                let mut datum = self.named(name, at);
                if datum.at != at {
                    datum.via.insert(0, at);
                }
                datum
            }
            Value::Sum(parts) => {
                let parts = parts.iter().map(|part| Part::Value(self.resolve(part)));
                value::join(parts, at, || Why::Unsupported("this text".to_owned()))
            }
            _ => Datum::unknown(at, Why::Expression(COMPUTED.to_owned())),
        }
    }
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
        !self.stored.contains(name) && tables::is_predefined(name)
    }

    fn all(&self) -> Vec<String> {
        self.layers.iter().flat_map(|layer| layer.keys().cloned()).collect()
    }

    fn hole(&self, written: &str, at: Source) -> Option<Datum> {
        let name = written.strip_prefix("${{")?.strip_suffix("}}")?;
        Some(self.named(name, at))
    }
}
