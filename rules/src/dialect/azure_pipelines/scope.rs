//! What names mean at a place of a pipeline: variables by layers, parameters; and values resolved through them.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{Expression, Piece, split};
use super::tables;
use crate::detect;
use crate::dialect::pipeline::names;
use crate::dialect::pipeline::value::{self, MAX_ALTERNATIVES, Part, one_of};
use crate::document::Node;
use crate::fact::{Case, Datum, Known, Piece as TextPiece, Text, Why};
use crate::span::{FileId, Source};

/// Most of an expression that a message quotes, in characters.
const MAX_QUOTED: usize = 80;
/// What holes of parameters begin with.
const PARAMETER: &str = "parameters.";

/// A parameter's value: as far as it is text, and as it is written.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub(super) datum: Datum,
    pub(super) node: Option<(FileId, Node)>,
}

/// Parameters by their name in small letters.
pub(super) type Parameters = BTreeMap<String, Argument>;

/// Names in force.
#[derive(Default)]
pub(super) struct Scope {
    file: FileId,
    layers: Vec<BTreeMap<String, Datum>>,
    parameters: Parameters,
    /// Variables that were declared to be secret, in small letters.
    secret: BTreeSet<String>,
}

impl Scope {
    /// A scope with parameters and nothing else.
    pub(super) fn new(file: FileId, parameters: Parameters) -> Self {
        Self { file, parameters, ..Self::default() }
    }

    /// What a template sees: its own parameters, and the variables of whoever uses it. They are lent to it, so that a
    /// file of many variables and many templates is not copied for each.
    pub(super) fn lend(&mut self, file: FileId, parameters: Parameters) -> Self {
        let (layers, secret) = (std::mem::take(&mut self.layers), std::mem::take(&mut self.secret));
        Self { file, layers, parameters, secret }
    }

    /// Takes the variables back, those among them that the template set.
    pub(super) fn take_back(&mut self, inner: Self) {
        self.layers = inner.layers;
        self.secret = inner.secret;
    }

    /// Begins a layer of variables.
    pub(super) fn push(&mut self) {
        self.layers.push(BTreeMap::new());
    }

    /// Ends it.
    pub(super) fn pop(&mut self) {
        self.layers.pop();
    }

    /// Sets a variable in the innermost layer; what it is in one case only stands beside what it is in others.
    pub(super) fn set(&mut self, name: &str, datum: Datum, case: &Case) {
        if self.layers.is_empty() {
            self.push();
        }
        let Some(layer) = self.layers.last_mut() else { return };
        let name = name.to_ascii_lowercase();
        let datum = match case.is_always() {
            true => datum,
            false => beside(layer.get(&name), datum, case),
        };
        layer.insert(name, datum);
    }

    /// Declares a variable secret.
    pub(super) fn declare_secret(&mut self, name: &str) {
        self.secret.insert(name.to_ascii_lowercase());
    }

    /// Whether a variable that has no value in the tree is a secret: declared so, or named so. Parameters are their
    /// caller's to fill: the secret is found there.
    pub(super) fn is_secret(&self, name: &str) -> bool {
        let own = !name.starts_with(PARAMETER) && !tables::is_predefined(name);
        self.secret.contains(&name.to_ascii_lowercase())
            || own && (detect::asks_for_secret(name) || names::is_personal_token(name))
    }

    /// The names of secrets that a value holds, and of the job's token.
    pub(super) fn secrets_of(&self, datum: &Datum) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in variables_of(datum) {
            let wanted = tables::is_job_token(&name) || self.is_secret(&name);
            if wanted && !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                names.push(name);
            }
        }
        names
    }

    /// A scalar's value. A value that is nothing but a reference keeps the place of the literal it leads to.
    pub(super) fn resolve(&self, node: &Node) -> Datum {
        let at = Source::new(self.file, node.span);
        let Some(text) = node.written() else {
            return match node.is_null() {
                true => Datum::new(at, Known::Null),
                false => Datum::unknown(at, Why::Unsupported("a list or map in this place".to_owned())),
            };
        };
        if node.is_null() {
            return Datum::new(at, Known::Null);
        }
        match split(text.trim()).as_slice() {
            [piece @ (Piece::Expression(..) | Piece::Macro(..))] => {
                let mut datum = self.piece(piece, at);
                if datum.at != at {
                    datum.via.insert(0, at);
                }
                datum
            }
            pieces => self.join(pieces, at),
        }
    }

    /// What one piece of a text stands for.
    pub(super) fn piece(&self, piece: &Piece<'_>, at: Source) -> Datum {
        match piece {
            Piece::Literal(text) => Datum::new(at, Known::Text(Text::literal(*text))),
            Piece::Macro(name, _) => self.variable(name, at),
            Piece::Expression(text, _) => self.evaluate(&Expression::read(text), text, at),
        }
    }

    /// A variable's value, from the innermost layer that has it.
    pub(super) fn variable(&self, name: &str, at: Source) -> Datum {
        let lower = name.to_ascii_lowercase();
        let found = self.layers.iter().rev().find_map(|layer| layer.get(&lower)).cloned();
        found.unwrap_or_else(|| Datum::unknown(at, Why::Variable(name.to_owned())))
    }

    fn evaluate(&self, expression: &Expression, text: &str, at: Source) -> Datum {
        match expression {
            Expression::Literal(literal) => Datum::new(at, Known::Text(Text::literal(literal.clone()))),
            Expression::Reference(path) => self.reference(path, at),
            Expression::Call(function, arguments) => {
                let chosen = match (function.as_str(), arguments.as_slice()) {
                    ("coalesce", all) => all,
                    ("iif", [_, either @ ..]) => either,
                    _ => return self.computed(expression, text, at),
                };
                self.choice(chosen, text, at)
            }
            Expression::Other => Datum::unknown(at, why_of(text)),
        }
    }

    /// One of several values, the last being what holds when nothing else does.
    fn choice(&self, among: &[Expression], text: &str, at: Source) -> Datum {
        let mut of = Vec::new();
        let mut open = false;
        for (index, one) in among.iter().enumerate() {
            if of.len() >= MAX_ALTERNATIVES {
                open = true;
                break;
            }
            let datum = self.evaluate(one, text, at);
            open |= matches!(&datum.value, Known::OneOf { open: true, .. });
            let last = index + 1 == among.len();
            of.extend(datum.alternatives().into_iter().map(|(found, case, _)| (found.clone(), case, last)));
        }
        one_of(of, open).unwrap_or_else(|| Datum::unknown(at, why_of(text)))
    }

    /// A computed value: a hole for every secret that goes into it.
    fn computed(&self, expression: &Expression, text: &str, at: Source) -> Datum {
        // People put two or three together; each is looked up.
        const MAX_LOOKED_UP: usize = 8;
        let mut made = Text::default();
        for path in expression.references().into_iter().take(MAX_LOOKED_UP) {
            for name in self.secrets_of(&self.reference(path, at)) {
                made.push_hole(Why::Variable(name));
            }
        }
        match made.0.is_empty() {
            true => Datum::unknown(at, why_of(text)),
            false => Datum::new(at, Known::Text(made)),
        }
    }

    fn reference(&self, path: &[String], at: Source) -> Datum {
        match path {
            [context, name @ ..] if context == "variables" && !name.is_empty() => {
                self.variable(&name.join("."), at)
            }
            [context, name, below @ ..] if context == "parameters" => self.parameter(name, below, at),
            _ => Datum::unknown(at, Why::Variable(path.join("."))),
        }
    }

    fn parameter(&self, name: &str, below: &[String], at: Source) -> Datum {
        let unknown = || Datum::unknown(at, Why::Variable(format!("{PARAMETER}{name}")));
        let Some(argument) = self.parameters.get(&name.to_ascii_lowercase()) else { return unknown() };
        if below.is_empty() {
            return argument.datum.clone();
        }
        // What stands inside an object is taken as it is written: its own references are its caller's.
        let Some((file, node)) = &argument.node else { return unknown() };
        let found = below.iter().try_fold(node, |node, part| node.get(part));
        match found.and_then(|node| Some((node.written()?, node.span))) {
            Some((text, span)) => {
                let pieces = split(text);
                let at = Source::new(*file, span);
                match pieces.iter().any(|p| matches!(p, Piece::Expression(..))) {
                    true => Datum::unknown(at, Why::Variable(format!("{PARAMETER}{name}"))),
                    false => self.join(&pieces, at),
                }
            }
            None => unknown(),
        }
    }

    /// A parameter as it is written: a list of steps, an object.
    pub(super) fn argument(&self, text: &str) -> Option<&Argument> {
        let pieces = split(text.trim());
        let [Piece::Expression(inner, _)] = pieces.as_slice() else { return None };
        match Expression::read(inner) {
            Expression::Reference(path) => match path.as_slice() {
                [context, name] if context == "parameters" => self.parameters.get(&name.to_ascii_lowercase()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Pieces of a text as one value.
    fn join(&self, pieces: &[Piece<'_>], at: Source) -> Datum {
        let parts = pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => Part::Literal(text),
            piece => Part::Value(self.piece(piece, at)),
        });
        value::join(parts, at, || Why::Unsupported("what never holds together".to_owned()))
    }
}

/// A value that holds in one case, with what was known before for others.
fn beside(before: Option<&Datum>, datum: Datum, case: &Case) -> Datum {
    let known = before.map(Datum::alternatives).unwrap_or_default();
    let apart = known.into_iter().take(MAX_ALTERNATIVES).filter(|(_, other, _)| other != case);
    let mut of: Vec<_> = apart.map(|(found, other, lesser)| (found.clone(), other, !lesser)).collect();
    let open = of.is_empty();
    let at = datum.at;
    of.push((datum, case.clone(), true));
    Datum::new(at, Known::OneOf { of, open })
}

/// Names of variables without a value in the tree that a value holds.
pub(super) fn variables_of(datum: &Datum) -> impl Iterator<Item = String> {
    let texts = datum.alternatives().into_iter().filter_map(|(found, _, _)| found.text());
    texts.flat_map(|text| text.0).filter_map(|piece| match piece {
        TextPiece::Hole(Why::Variable(name)) => Some(name),
        _ => None,
    })
}

/// Whether a hole is a parameter's.
pub(super) fn is_parameter(name: &str) -> bool {
    name.starts_with(PARAMETER)
}

/// Why an expression has no value here; its text is cut before a string, which may hold a secret, and where it is long.
fn why_of(expression: &str) -> Why {
    let end = expression.char_indices().nth(MAX_QUOTED).map_or(expression.len(), |(at, _)| at);
    let end = expression[..end].find('\'').unwrap_or(end);
    let rest = if end < expression.len() { "…" } else { "" };
    Why::Expression(format!("{}{rest}", &expression[..end]))
}
