//! Variables in force at a job, inputs of a file, and values resolved through them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::tables::is_predefined;
use super::tree::Item;
use crate::dialect::pipeline::reading::{Names, variable};
use crate::dialect::pipeline::value::{self, Part};
use crate::document::Node;
use crate::fact::{Case, Datum, Known, Text, Why};
use crate::span::Source;

/// What a file's `spec:inputs` are, by name.
pub(super) type Inputs = BTreeMap<String, Datum>;

/// A piece of a text that the platform fills before anything runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Literal(&'t str),
    /// `$NAME`, `${NAME}`.
    Variable(&'t str),
    /// `$[[ inputs.name ]]`: `inputs.name`.
    Input(&'t str),
}

/// Splits a text at its variables. `$$` stands for a dollar sign.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('$')) {
        let start = at + found;
        let rest = text.get(start + 1..).unwrap_or_default();
        let (piece, length) = if rest.starts_with('$') {
            (Piece::Literal("$"), 2)
        } else if let Some((input, length)) = input(rest) {
            (Piece::Input(input), 1 + length)
        } else if let Some((name, length)) = variable(rest) {
            (Piece::Variable(name), 1 + length)
        } else {
            at = start + 1;
            continue;
        };
        if start > from {
            pieces.push(Piece::Literal(&text[from..start]));
        }
        pieces.push(piece);
        from = start + length;
        at = from;
    }
    if from < text.len() {
        pieces.push(Piece::Literal(&text[from..]));
    }
    pieces
}

/// `[[ inputs.name ]]`, also with functions behind a `|`.
fn input(rest: &str) -> Option<(&str, usize)> {
    // Longer than any interpolation: a name and a few functions.
    const LONGEST: usize = 512;
    let inner = rest.strip_prefix("[[")?;
    let window = inner.get(..inner.floor_char_boundary(LONGEST)).unwrap_or(inner);
    let end = window.find("]]")?;
    let name = inner[..end].split('|').next().unwrap_or_default().trim();
    Some((name, end + 4))
}

/// How deep variables in variables are followed; people nest two or three.
const MAX_NESTED: usize = 8;
/// Most variables that are looked up in one pipeline: a template that a thousand jobs extend reads a few dozen for each.
const MAX_LOOKED_UP: usize = 500_000;

/// A map of variables.
pub(super) type Layer = BTreeMap<String, Item>;

/// The variables of a map.
pub(super) fn layer(fields: Vec<super::tree::Field>) -> Rc<Layer> {
    Rc::new(fields.into_iter().map(|field| (field.name.to_string(), field.value)).collect())
}

/// Variables in force.
#[derive(Default)]
pub(super) struct Scope {
    /// The innermost last.
    layers: Vec<Rc<Layer>>,
    matrix: BTreeMap<String, Datum>,
    /// Values resolved so far; `None` for one that is being resolved.
    known: RefCell<BTreeMap<String, Option<Datum>>>,
    nested: Cell<usize>,
    /// What was looked up so far, in all jobs together.
    looked_up: Rc<Cell<usize>>,
}

impl Scope {
    /// A scope without variables that counts what is looked up.
    pub(super) fn counted(looked_up: &Rc<Cell<usize>>) -> Self {
        Self { looked_up: Rc::clone(looked_up), ..Self::default() }
    }

    /// Puts variables on top.
    pub(super) fn push(&mut self, variables: Rc<Layer>) {
        self.layers.push(variables);
        self.known.borrow_mut().clear();
    }

    /// Adds the variables of `parallel:matrix`: one of several each.
    pub(super) fn set_matrix(&mut self, matrix: &Item) {
        let mut values: BTreeMap<String, Vec<Datum>> = BTreeMap::new();
        for row in matrix.one_or_many() {
            for field in row.fields() {
                let several = field.value.one_or_many();
                let taken = several.iter().take(value::MAX_ALTERNATIVES).map(|item| self.resolve(item));
                values.entry(field.name.to_string()).or_default().extend(taken);
            }
        }
        for (name, of) in values {
            let choice = format!("matrix.{name}");
            let of: Vec<_> = of
                .into_iter()
                .take(value::MAX_ALTERNATIVES)
                .map(|datum| {
                    let branch = datum.known().map_or_else(String::new, str::to_owned);
                    (datum, Case::of(choice.clone(), branch), false)
                })
                .collect();
            if let Some(datum) = value::one_of(of, false) {
                self.matrix.insert(name, datum);
            }
        }
        self.known.borrow_mut().clear();
    }

    /// A value's text with what its variables and inputs are. One that is nothing but a reference keeps the place of the
    /// literal it leads to.
    pub(super) fn resolve(&self, item: &Item) -> Datum {
        let at = item.at();
        if item.is_map() {
            // `variables: NAME: { value: …, expand: false }`.
            let Some(inner) = item.get("value") else {
                return Datum::unknown(at, Why::Unsupported("a map in this place".to_owned()));
            };
            let raw = item.get("expand").and_then(|expand| expand.node.boolean()) == Some((false, true));
            return match inner.text().filter(|_| raw) {
                Some(text) => Datum::new(inner.at(), Known::Text(Text::literal(text))),
                None => self.resolve(&inner),
            };
        }
        if item.node.is_null() {
            return Datum::new(at, Known::Null);
        }
        let Some(text) = item.node.written() else {
            return Datum::unknown(at, Why::Unsupported("a list in this place".to_owned()));
        };
        let mut datum = self.text(text, item, at);
        if let Some(via) = item.via.filter(|via| *via != datum.at) {
            datum.via.push(via);
        }
        datum
    }

    fn text(&self, text: &str, item: &Item, at: Source) -> Datum {
        let pieces = pieces(text);
        let whole = match pieces.as_slice() {
            [Piece::Variable(name)] => Some(self.variable(name, at)),
            [Piece::Input(name)] => Some(input_value(item, name, at)),
            _ => None,
        };
        if let Some(mut datum) = whole {
            if datum.at != at {
                datum.via.insert(0, at);
            }
            return datum;
        }
        let parts = pieces.iter().map(|piece| match piece {
            Piece::Literal(literal) => Part::Literal(literal),
            Piece::Variable(name) => Part::Value(self.variable(name, at)),
            Piece::Input(name) => Part::Value(input_value(item, name, at)),
        });
        value::join(parts, at, || Why::Unsupported("this text".to_owned()))
    }
}

impl Names for Scope {
    fn has(&self, name: &str) -> bool {
        self.matrix.contains_key(name) || self.layers.iter().any(|layer| layer.contains_key(name))
    }

    fn variable(&self, name: &str, at: Source) -> Datum {
        let unset = || Datum::unknown(at, Why::Variable(name.to_owned()));
        if let Some(datum) = self.matrix.get(name) {
            return datum.clone();
        }
        if let Some(known) = self.known.borrow().get(name) {
            return known.clone().unwrap_or_else(unset);
        }
        let Some(item) = self.layers.iter().rev().find_map(|layer| layer.get(name)) else { return unset() };
        self.looked_up.set(self.looked_up.get().saturating_add(1));
        if self.nested.get() >= MAX_NESTED || self.looked_up.get() > MAX_LOOKED_UP {
            return Datum::unknown(at, Why::Limit("variables in variables".to_owned()));
        }
        // Stands while it is resolved, so that a variable of itself ends.
        self.known.borrow_mut().insert(name.to_owned(), None);
        self.nested.set(self.nested.get() + 1);
        let datum = self.resolve(item);
        self.nested.set(self.nested.get() - 1);
        self.known.borrow_mut().insert(name.to_owned(), Some(datum.clone()));
        datum
    }

    fn is_predefined(&self, name: &str) -> bool {
        is_predefined(name)
    }

    fn is_input(&self, name: &str) -> bool {
        name.starts_with("inputs.")
    }

    fn all(&self) -> Vec<String> {
        self.layers.iter().flat_map(|layer| layer.keys().cloned()).collect()
    }
}

fn input_value(item: &Item, name: &str, at: Source) -> Datum {
    let known = name.strip_prefix("inputs.").and_then(|name| item.inputs.get(name));
    known.cloned().unwrap_or_else(|| Datum::unknown(at, Why::Variable(name.to_owned())))
}

/// The inputs that a header declares, with what an including file gives in place of their defaults.
pub(super) fn declared(file: crate::span::FileId, header: Option<&Node>, given: Option<&Item>) -> Inputs {
    let mut inputs = Inputs::new();
    let text = |file, node: &Node| {
        let at = Source::new(file, node.span);
        let text = node.written()?;
        Some(Datum::new(at, Known::Text(super::include::text(text))))
    };
    for entry in header.and_then(|h| h.path(&["spec", "inputs"])).map(Node::entries).unwrap_or_default() {
        let options = entry.value.get("options").map(Node::items).unwrap_or_default();
        let default = entry.value.get("default").and_then(|node| text(file, node));
        let choice = format!("inputs.{}", entry.name());
        let mut of: Vec<_> = default.into_iter().map(|datum| (datum, Case::always(), true)).collect();
        let others = options.iter().take(value::MAX_ALTERNATIVES).filter_map(|node| text(file, node));
        for datum in others {
            let branch = datum.known().unwrap_or_default().to_owned();
            if !of.iter().any(|(known, _, _)| known.known() == datum.known()) {
                of.push((datum, Case::of(choice.clone(), branch), false));
            }
        }
        if let Some(datum) = value::one_of(of, options.is_empty()) {
            inputs.insert(entry.name().to_owned(), datum);
        }
    }
    for field in given.map(Item::fields).unwrap_or_default() {
        if let Some(datum) = text(field.value.file, &field.value.node) {
            inputs.insert(field.name.to_string(), datum);
        }
    }
    inputs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_at_variables_and_inputs() {
        use Piece::{Input, Literal, Variable};
        assert_eq!(
            pieces("a/$B/${C_1}d"),
            [Literal("a/"), Variable("B"), Literal("/"), Variable("C_1"), Literal("d")]
        );
        assert_eq!(pieces("$$A"), [Literal("$"), Literal("A")]);
        assert_eq!(pieces("$[[ inputs.a-b | expand_vars ]]x"), [Input("inputs.a-b"), Literal("x")]);
        assert_eq!(pieces("$1 ${A:-b} $"), [Literal("$1 ${A:-b} $")]);
    }

    #[test]
    fn names_tell_secrets_of_the_settings() {
        let is_secret = |name: &str| crate::dialect::pipeline::settings::is_secret(&Scope::default(), name);
        assert!(is_secret("DEPLOY_TOKEN") && is_secret("AWS_SECRET_ACCESS_KEY"));
        assert!(!is_secret("CI_JOB_TOKEN") && !is_secret("REGION"));
    }
}
