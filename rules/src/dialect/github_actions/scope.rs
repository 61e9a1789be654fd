//! What names mean at a place of a workflow: `env` by layers, `inputs`, `matrix`; and values resolved through them.

use std::collections::BTreeMap;

use super::computed::{is_secret, is_unclear, secret};
use super::expression::{Operand, Piece, Reference, choices, split};
use super::passed_on::Outputs;
pub(super) use crate::dialect::pipeline::value::{MAX_ALTERNATIVES, MAX_TEXT, one_of, place, value};
use crate::dialect::pipeline::value::{Part, join};
use crate::document::Node;
use crate::fact::{Case, Datum, Known, Piece as TextPiece, Text, Why};
use crate::span::{FileId, Source};

/// The values a caller gives, or the declared defaults, by lower-case name.
pub(super) type Inputs = BTreeMap<String, Datum>;

/// Names in force.
#[derive(Clone, Default)]
pub(super) struct Scope {
    file: FileId,
    layers: Vec<BTreeMap<String, Node>>,
    inputs: std::rc::Rc<Inputs>,
    matrix: Option<Node>,
    /// Outputs of the job's steps so far.
    pub(super) steps: Outputs,
    /// Outputs of the workflow's jobs so far.
    pub(super) jobs: Outputs,
}

impl Scope {
    /// A scope with inputs and nothing else.
    pub(super) fn new(file: FileId, inputs: Inputs) -> Self {
        Self { file, inputs: std::rc::Rc::new(inputs), ..Self::default() }
    }

    /// Puts an `env` map on top.
    pub(super) fn push(&mut self, env: Option<&Node>) {
        let values = env.map(Node::entries).unwrap_or_default();
        self.layers.push(values.iter().map(|e| (e.name().to_owned(), e.value.clone())).collect());
    }

    /// Takes the top `env` map away.
    pub(super) fn pop(&mut self) {
        self.layers.pop();
    }

    /// Sets the job's matrix. Outputs of steps end with the job.
    pub(super) fn set_matrix(&mut self, matrix: Option<&Node>) {
        self.matrix = matrix.cloned();
        self.steps.clear();
    }

    /// Whether an `env` map sets a variable of this name.
    pub(super) fn has_variable(&self, name: &str) -> bool {
        self.layers.iter().any(|layer| layer.contains_key(name))
    }

    /// The variables that `env` maps set.
    pub(super) fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.layers.iter().flat_map(|layer| layer.keys().map(String::as_str))
    }

    /// What an `env` map sets a variable of this name to, where the innermost one holds.
    pub(super) fn set(&self, name: &str, at: Source) -> Option<Datum> {
        self.has_variable(name).then(|| self.environment(name, at))
    }

    /// The value of an environment variable where the innermost `env` holds.
    pub(super) fn environment(&self, name: &str, at: Source) -> Datum {
        let found = self.variable(name, self.layers.len());
        found.unwrap_or_else(|| Datum::unknown(at, Why::Variable(format!("env.{name}"))))
    }

    /// The value of an expression where the innermost `env` holds.
    pub(super) fn evaluate(&self, expression: &str, at: Source) -> Datum {
        self.expression(expression, at, self.layers.len())
    }

    /// A scalar's value. A value that is nothing but a reference keeps the place of the literal it leads to.
    pub(super) fn resolve(&self, node: &Node) -> Datum {
        self.resolve_below(node, self.layers.len())
    }

    fn resolve_below(&self, node: &Node, visible: usize) -> Datum {
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
        let pieces = split(text.trim());
        if let [Piece::Expression(expression, _)] = pieces.as_slice() {
            let mut datum = self.expression(expression, at, visible);
            if datum.at != at {
                datum.via.insert(0, at);
            }
            return datum;
        }
        self.join(&pieces, text, at, visible)
    }

    /// The value of an expression.
    fn expression(&self, expression: &str, at: Source, visible: usize) -> Datum {
        let Some(operands) = choices(expression) else {
            return Datum::unknown(at, why_of(expression));
        };
        if let [operand] = operands.as_slice() {
            return self.operand(operand, at, visible);
        }
        let last = operands.len() - 1;
        let mut of = Vec::new();
        let mut open = false;
        for (index, operand) in operands.iter().enumerate() {
            // Choices among choices multiply.
            if of.len() >= MAX_ALTERNATIVES {
                open = true;
                break;
            }
            let datum = self.operand(operand, at, visible);
            open |= matches!(&datum.value, Known::OneOf { open: true, .. });
            for (found, case, _) in datum.alternatives() {
                match &found.value {
                    Known::Unknown(why) if !is_secret(why) && !is_unclear(why) => open = true,
                    _ => of.push((found.clone(), case, index == last)),
                }
            }
        }
        one_of(of, open).unwrap_or_else(|| Datum::unknown(at, why_of(expression)))
    }

    fn operand(&self, operand: &Operand, at: Source, visible: usize) -> Datum {
        match operand {
            Operand::Literal(text) => Datum::new(at, Known::Text(Text::literal(text.clone()))),
            Operand::Reference(reference) => self.lookup(reference, at, visible),
            Operand::Computed(expression) => self.computed(expression, at, visible),
        }
    }

    /// What a reference leads to.
    pub(super) fn lookup(&self, reference: &Reference, at: Source, visible: usize) -> Datum {
        let found = match (reference.context.as_str(), reference.path.as_slice()) {
            ("env", [name]) => self.variable(name, visible),
            ("inputs", [name]) => self.inputs.get(&name.to_ascii_lowercase()).cloned(),
            ("github", [event, inputs, name]) if event == "event" && inputs == "inputs" => {
                self.inputs.get(&name.to_ascii_lowercase()).cloned()
            }
            ("matrix", path) => self.matrix_value(path),
            ("secrets", [name]) => Some(Datum::unknown(at, secret(name))),
            ("steps", path) => self.steps.get(path, at),
            ("needs" | "jobs", path) => self.jobs.get(path, at),
            _ => None,
        };
        found.unwrap_or_else(|| Datum::unknown(at, Why::Variable(reference.written())))
    }

    /// A variable, from the innermost layer below `visible`; its own text sees only the layers further out.
    fn variable(&self, name: &str, visible: usize) -> Option<Datum> {
        let (index, node) = self
            .layers
            .iter()
            .enumerate()
            .take(visible)
            .rev()
            .find_map(|(index, layer)| Some((index, layer.get(name)?)))?;
        Some(self.resolve_below(node, index))
    }

    /// The values of `matrix.<key>`: closed, each with the combination in which it holds.
    fn matrix_value(&self, path: &[String]) -> Option<Datum> {
        let (key, below) = path.split_first()?;
        let matrix = self.matrix.as_ref()?;
        let mut of = Vec::new();
        let mut open = matrix.entries().is_empty();
        let own = matrix.get(key).map(|list| (list, format!("matrix.{key}"), None));
        let include = matrix.get("include").map(|list| (list, "matrix.include".to_owned(), Some(key)));
        for (list, choice, inner) in own.into_iter().chain(include) {
            open |= list.scalar().is_some() || list.items().len() > MAX_ALTERNATIVES;
            for (index, item) in list.items().iter().take(MAX_ALTERNATIVES).enumerate() {
                let start = match inner {
                    Some(key) => item.get(key),
                    None => Some(item),
                };
                let leaf = below.iter().try_fold(start?, |node, part| node.get(part));
                let Some(leaf) = leaf else { continue };
                let branch = item.written().map_or_else(|| format!("#{index}"), ToOwned::to_owned);
                // A matrix cannot read itself.
                let datum = match leaf.written() {
                    Some(text) if text.contains("${{") && text.contains("matrix") => {
                        Datum::unknown(Source::new(self.file, leaf.span), why_of(text))
                    }
                    _ => self.resolve_below(leaf, 0),
                };
                of.push((datum, Case::of(choice.clone(), branch), false));
            }
        }
        one_of(of, open)
    }

    /// Text with expressions in it: known pieces joined, one alternative per combination of theirs.
    fn join(&self, pieces: &[Piece<'_>], text: &str, at: Source, visible: usize) -> Datum {
        let parts = pieces.iter().map(|piece| match piece {
            Piece::Literal(literal) => Part::Literal(literal),
            Piece::Expression(expression, _) => Part::Value(self.expression(expression, at, visible)),
        });
        join(parts, at, || why_of(text))
    }
}

/// Why an expression has no value here; its text is cut, as messages quote it: before a string rather than in it, so
/// that a secret in one is whole where it is shown, and found to be masked.
pub(super) fn why_of(expression: &str) -> Why {
    const LONGEST: usize = 80;
    let end = expression.char_indices().nth(LONGEST).map_or(expression.len(), |(at, _)| at);
    if end == expression.len() {
        return Why::Expression(expression.to_owned());
    }
    let mut opened = None;
    for (quote, _) in expression[..end].match_indices('\'') {
        opened = opened.xor(Some(quote));
    }
    Why::Expression(format!("{}…", &expression[..opened.unwrap_or(end)]))
}

/// Names of what has no value in the tree and that a value may hold: `secrets.X`, `github.token`.
pub(super) fn variables_of(datum: &Datum) -> impl Iterator<Item = String> {
    let texts = datum.alternatives().into_iter().filter_map(|(found, _, _)| found.text());
    texts.flat_map(|text| text.0).filter_map(|piece| match piece {
        TextPiece::Hole(Why::Variable(name)) => Some(name),
        _ => None,
    })
}

/// Names of secrets that a value may hold.
pub(super) fn secrets_of(datum: &Datum) -> Vec<String> {
    let mut names = Vec::new();
    for variable in variables_of(datum) {
        if let Some(name) = variable.strip_prefix("secrets.")
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}
