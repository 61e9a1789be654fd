//! What variables are in force: those that a pipeline declares for whoever starts it.

use std::collections::BTreeMap;

use super::tables;
use crate::dialect::pipeline::reading::{Names, Piece, pieces};
use crate::dialect::pipeline::value::{self, MAX_ALTERNATIVES, Part};
use crate::document::Node;
use crate::fact::{Case, Datum, Known, Text, Why};
use crate::span::{FileId, Source};

/// Variables in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    file: FileId,
    declared: BTreeMap<String, Datum>,
}

impl Scope {
    pub(super) fn of_file(file: FileId) -> Self {
        Self { file, declared: BTreeMap::new() }
    }

    /// Adds the variables of a pipeline that is started by hand: the default, and what else may be chosen. A variable
    /// without either is whatever is typed in.
    pub(super) fn declare(&mut self, variables: &Node) {
        for node in variables.one_or_many() {
            let Some(name) = node.get("name").and_then(Node::text) else { continue };
            let allowed = node.get("allowed-values").map(Node::one_or_many).unwrap_or_default();
            let literal = |node: &Node| {
                Some(Datum::new(
                    Source::new(self.file, node.span),
                    Known::Text(Text::literal(node.written()?)),
                ))
            };
            let default = node.get("default").and_then(literal);
            let mut of: Vec<_> = default.into_iter().map(|datum| (datum, Case::always(), true)).collect();
            for datum in allowed.iter().take(MAX_ALTERNATIVES).filter_map(literal) {
                let branch = datum.known().unwrap_or_default().to_owned();
                if !of.iter().any(|(known, _, _)| known.known() == datum.known()) {
                    of.push((datum, Case::of(format!("variables.{name}"), branch), false));
                }
            }
            if let Some(datum) = value::one_of(of, allowed.is_empty()) {
                self.declared.insert(name.to_owned(), datum);
            }
        }
    }

    /// A scalar's value. A value that is nothing but a reference keeps the place of the literal it leads to.
    pub(super) fn resolve(&self, node: &Node) -> Datum {
        let at = Source::new(self.file, node.span);
        if node.is_null() {
            return Datum::new(at, Known::Null);
        }
        let Some(text) = node.written() else {
            return Datum::unknown(at, Why::Unsupported("a list or map in this place".to_owned()));
        };
        let pieces = pieces(text);
        let mut datum = match pieces.as_slice() {
            [Piece::Variable(name)] => self.variable(name, at),
            several => {
                let parts = several.iter().map(|piece| match piece {
                    Piece::Literal(text) => Part::Literal(text),
                    Piece::Variable(name) => Part::Value(self.variable(name, at)),
                });
                value::join(parts, at, || Why::Unsupported("what never holds together".to_owned()))
            }
        };
        if datum.at != at {
            datum.via.insert(0, at);
        }
        if let Some(used) = node.used_at.map(|span| Source::new(self.file, span)) {
            datum.via.push(used);
        }
        datum
    }
}

impl Names for Scope {
    fn variable(&self, name: &str, at: Source) -> Datum {
        let found = self.declared.get(name).cloned();
        found.unwrap_or_else(|| Datum::unknown(at, Why::Variable(name.to_owned())))
    }

    fn has(&self, name: &str) -> bool {
        self.declared.contains_key(name)
    }

    fn is_predefined(&self, name: &str) -> bool {
        tables::is_predefined(name)
    }

    fn all(&self) -> Vec<String> {
        self.declared.keys().cloned().collect()
    }
}
