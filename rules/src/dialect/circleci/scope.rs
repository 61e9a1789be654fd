//! What names mean at a place of a configuration: parameters of a command, job or pipeline, and variables by layers.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::expression::{Piece, parameter, pieces};
use super::space::SpaceId;
use super::tables;
use crate::dialect::pipeline::reading::Names;
use crate::dialect::pipeline::value::{self, MAX_ALTERNATIVES, Part};
use crate::document::Node;
use crate::fact::{Case, Datum, Known, Why};
use crate::span::{FileId, Source};

/// What holes of parameters begin with.
const OWN: &str = "parameters.";
const OF_PIPELINE: &str = "pipeline.parameters.";

/// A parameter's value.
#[derive(Clone)]
pub(super) struct Argument<'u> {
    /// As far as it is text.
    pub(super) datum: Datum,
    /// As it is written, in each place that hands one over: steps, executors and scripts are read from there.
    pub(super) written: Vec<Passed<'u>>,
}

/// Something that is handed over, and what its own names mean.
#[derive(Clone)]
pub(super) struct Passed<'u> {
    pub(super) node: &'u Node,
    pub(super) parameters: Rc<Parameters<'u>>,
    pub(super) space: SpaceId,
}

/// Parameters by name.
pub(super) type Parameters<'u> = BTreeMap<String, Argument<'u>>;

/// Variables by name.
pub(super) type Layer = BTreeMap<String, Datum>;

/// Names in force.
#[derive(Clone)]
pub(super) struct Scope<'u> {
    file: FileId,
    /// Whose commands, jobs and executors are called without a prefix.
    pub(super) space: SpaceId,
    pub(super) parameters: Rc<Parameters<'u>>,
    pipeline: Rc<Parameters<'u>>,
    /// The innermost last.
    layers: Vec<Rc<Layer>>,
}

impl<'u> Scope<'u> {
    /// The names of a whole file: the pipeline's parameters.
    pub(super) fn of_file(file: FileId, pipeline: Parameters<'u>) -> Self {
        let (parameters, layers) = (Rc::default(), Vec::new());
        Self { file, space: SpaceId::default(), parameters, pipeline: Rc::new(pipeline), layers }
    }

    /// The same variables, with the parameters of something that is called.
    pub(super) fn called(&self, space: SpaceId, parameters: Rc<Parameters<'u>>) -> Self {
        Self { space, parameters, ..self.clone() }
    }

    /// The names in force where something was handed over.
    pub(super) fn of(&self, passed: &Passed<'u>) -> Self {
        self.called(passed.space, Rc::clone(&passed.parameters))
    }

    /// These names, with the variables of another scope.
    pub(super) fn with_layers_of(&self, other: &Self) -> Self {
        Self { layers: other.layers.clone(), ..self.clone() }
    }

    /// Puts variables on top.
    pub(super) fn push(&mut self, layer: Layer) {
        if !layer.is_empty() {
            self.layers.push(Rc::new(layer));
        }
    }

    /// Something as it is handed over from here.
    pub(super) fn pass(&self, node: &'u Node) -> Passed<'u> {
        Passed { node, parameters: Rc::clone(&self.parameters), space: self.space }
    }

    /// An argument as it is handed over from here.
    pub(super) fn argument(&self, node: &'u Node) -> Argument<'u> {
        // What is handed on as it came keeps what it was.
        if let Some(argument) = node.text().and_then(|text| self.whole(text)) {
            let mut datum = argument.datum.clone();
            datum.via.insert(0, self.source(node));
            return Argument { datum, written: argument.written.clone() };
        }
        Argument { datum: self.resolve(node), written: vec![self.pass(node)] }
    }

    /// The parameter that a text is, if it is nothing else.
    pub(super) fn whole(&self, text: &str) -> Option<&Argument<'u>> {
        let text = text.trim();
        let (name, length) = parameter(text)?;
        self.find(name).filter(|_| length == text.len())
    }

    fn find(&self, name: &str) -> Option<&Argument<'u>> {
        match name.strip_prefix(OF_PIPELINE) {
            Some(name) => self.pipeline.get(name),
            None => self.parameters.get(name.strip_prefix(OWN)?),
        }
    }

    fn source(&self, node: &Node) -> Source {
        Source::new(self.file, node.span)
    }

    /// What a parameter is.
    pub(super) fn parameter(&self, name: &str, at: Source) -> Datum {
        let unknown = || Datum::unknown(at, Why::Variable(name.to_owned()));
        self.find(name).map_or_else(unknown, |argument| argument.datum.clone())
    }

    /// A scalar's value. A value that is nothing but a reference keeps the place of the literal it leads to.
    pub(super) fn resolve(&self, node: &Node) -> Datum {
        let at = self.source(node);
        if node.is_null() {
            return Datum::new(at, Known::Null);
        }
        let Some(text) = node.written() else {
            return Datum::unknown(at, Why::Unsupported("a list or map in this place".to_owned()));
        };
        let pieces = pieces(text);
        let mut datum = match pieces.as_slice() {
            [Piece::Parameter(name, _)] => self.parameter(name, at),
            [Piece::Variable(name)] => self.variable(name, at),
            several => {
                let parts = several.iter().map(|piece| match piece {
                    Piece::Literal(text) => Part::Literal(text),
                    Piece::Parameter(name, _) => Part::Value(self.parameter(name, at)),
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

    /// The parameters of something that is called: what it declares, with what it is handed from here.
    pub(super) fn arguments(
        &self,
        declared: Option<&'u Node>,
        given: Option<&'u Node>,
        of: &Self,
    ) -> Parameters<'u> {
        let mut parameters = Parameters::new();
        for entry in declared.map(Node::entries).unwrap_or_default() {
            if let Some(default) = entry.value.get("default") {
                parameters.insert(entry.name().to_owned(), of.argument(default));
            }
        }
        for entry in given.map(Node::entries).unwrap_or_default() {
            parameters.insert(entry.name().to_owned(), self.argument(&entry.value));
        }
        parameters
    }
}

/// The pipeline's own parameters: whoever starts it may choose others.
pub(super) fn of_pipeline<'u>(file: FileId, root: &'u Node) -> Parameters<'u> {
    let nothing = Scope::of_file(file, Parameters::new());
    let declared = root.get("parameters").map(Node::entries).unwrap_or_default();
    let one = |entry: &'u crate::document::Entry| {
        let default = entry.value.get("default")?;
        let Argument { datum, written } = nothing.argument(default);
        let at = datum.at;
        // An `enum` lists all that there is to choose from.
        let others = entry.value.get("enum").map(Node::items).unwrap_or_default();
        let mut of = vec![(datum, Case::always(), true)];
        for node in others.iter().take(MAX_ALTERNATIVES) {
            let datum = nothing.resolve(node);
            let branch = datum.known().unwrap_or_default().to_owned();
            if of.iter().all(|(known, _, _)| known.known() != datum.known()) {
                of.push((datum, Case::of(format!("pipeline.parameters.{}", entry.name()), branch), false));
            }
        }
        let one_of = Known::OneOf { of, open: others.is_empty() };
        Some((entry.name().to_owned(), Argument { datum: Datum::new(at, one_of), written }))
    };
    declared.iter().filter_map(one).collect()
}

impl Names for Scope<'_> {
    fn variable(&self, name: &str, at: Source) -> Datum {
        let found = self.layers.iter().rev().find_map(|layer| layer.get(name));
        found.cloned().unwrap_or_else(|| Datum::unknown(at, Why::Variable(name.to_owned())))
    }

    fn has(&self, name: &str) -> bool {
        self.layers.iter().any(|layer| layer.contains_key(name))
    }

    fn is_predefined(&self, name: &str) -> bool {
        tables::is_predefined(name)
    }

    fn all(&self) -> Vec<String> {
        self.layers.iter().flat_map(|layer| layer.keys().cloned()).collect()
    }

    fn hole(&self, written: &str, at: Source) -> Option<Datum> {
        parameter(written).map(|(name, _)| self.parameter(name, at))
    }

    fn is_input(&self, name: &str) -> bool {
        name.contains('.')
    }
}
