//! Nodes to values, for JSON and Bicep alike: a text in brackets and a node with a tag are calls, all else is data.
//!
//! A value's `at` is the literal's own place, its `via` the uses it passed through on the way: the default of a parameter
//! keeps its place through expressions and modules.

mod call;
mod compare;
mod loops;
mod reference;
mod text;

pub(super) use compare::{Truth, as_bool};
pub(super) use loops::{Round, is_open};
pub(super) use reference::{group as group_id, subscription as subscription_id};

use std::collections::{BTreeMap, BTreeSet};

use super::template::Template;
use crate::dialect::values::one_of;
use crate::dialect::{SourceFile, Unit};
use crate::document::{Data, Entry, Node, Scalar, bicep};
use crate::fact::{Case, Datum, Known, Piece, Text, Why};
use crate::span::{FileId, Source};

/// Deepest chain of evaluations: values inside values, through parameters and variables.
const MAX_DEPTH: usize = 64;
/// Evaluated nodes that every template may cost, on top of one per byte of its file: variables repeat what they name.
const BASE_BUDGET: usize = 100_000;
/// Most resources that a loop is written out for, and most items of a list that it makes.
pub(super) const MAX_ITEMS: usize = 16;

/// What a template is given for its parameters.
pub(super) type Given = BTreeMap<String, Datum>;

/// Works out the values of one template.
#[derive(Debug)]
pub(super) struct Evaluator<'u> {
    pub(super) unit: &'u Unit,
    pub(super) template: &'u Template<'u>,
    /// Values of its parameters, by names in lower case; `None` where nobody calls it.
    pub(super) given: Option<Given>,
    /// Values of its parameters that files hold, by names in lower case.
    files: BTreeMap<String, Vec<Datum>>,
    /// What loops and lambdas name, innermost last.
    locals: Vec<(String, Datum)>,
    memo: BTreeMap<String, Datum>,
    /// What is being worked out: a value that needs itself is unknown.
    active: BTreeSet<String>,
    /// Constructs that were met and are not evaluated.
    pub(super) noted: BTreeSet<(Source, Why)>,
    /// Arguments of functions that make a shared access signature.
    pub(super) signed: Vec<Datum>,
    budget: usize,
    depth: usize,
}

impl<'u> Evaluator<'u> {
    pub(super) fn new(unit: &'u Unit, template: &'u Template<'u>, given: Option<Given>) -> Self {
        let mut made = Self {
            unit,
            template,
            given,
            files: BTreeMap::new(),
            locals: Vec::new(),
            memo: BTreeMap::new(),
            active: BTreeSet::new(),
            noted: BTreeSet::new(),
            signed: Vec::new(),
            budget: BASE_BUDGET.saturating_add(template.file.bytes.len()),
            depth: 0,
        };
        if made.given.is_none() {
            made.files();
        }
        made
    }

    /// What the files beside the template give its parameters.
    fn files(&mut self) {
        for (file, values) in super::parameters::of(self.unit, self.template.file) {
            for (name, node) in values {
                // In a file of its own nothing of the template is known; what needs it stays unknown.
                let value = Datum::from_node(file.id, node, &|scalar| literal(scalar));
                let is_plain = node.tag.is_none() && !node.items().iter().any(|item| item.tag.is_some());
                if is_plain {
                    self.files.entry(name.to_lowercase()).or_default().push(value);
                }
            }
        }
    }

    pub(super) fn file(&self) -> &'u SourceFile {
        self.template.file
    }

    /// The place of a node.
    pub(super) fn place(&self, node: &Node) -> Source {
        Source::new(self.template.file.id, node.span)
    }

    /// The value of a node.
    pub(super) fn value(&mut self, node: &Node) -> Datum {
        if self.depth == MAX_DEPTH || !self.spend(1) {
            return self.out_of_budget(self.place(node));
        }
        self.depth += 1;
        let value = match &node.tag {
            Some(tag) => self.call(tag, node),
            None => self.plain(node),
        };
        self.depth -= 1;
        value
    }

    fn spend(&mut self, nodes: usize) -> bool {
        let left = self.budget.checked_sub(nodes);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }

    fn out_of_budget(&mut self, at: Source) -> Datum {
        let why = Why::Limit("the template has too many values".to_owned());
        self.noted.insert((at, why.clone()));
        Datum::unknown(at, why)
    }

    /// The value of a node that is no call; a text of JSON in brackets is one all the same.
    fn plain(&mut self, node: &Node) -> Datum {
        let at = self.place(node);
        match &node.data {
            Data::Scalar(scalar) if self.is_json() => match written(scalar) {
                Some(inner) => match bicep::expression(&inner) {
                    Some(call) => self.value(&call),
                    None => self.unsupported(at, "an expression that cannot be read".to_owned()),
                },
                None => Datum::new(at, Known::Text(literal(scalar))),
            },
            Data::Scalar(scalar) => Datum::new(at, Known::Text(Text::literal(&*scalar.text))),
            Data::List(items) => {
                let mut read = Vec::with_capacity(items.len());
                for item in items.iter() {
                    match item.tag.as_deref() {
                        Some(bicep::SPREAD) => {
                            let of = self.spread(item);
                            read.extend(crate::dialect::values::default_of(&of).items().iter().cloned());
                        }
                        _ => read.push(self.value(item)),
                    }
                }
                Datum::new(at, Known::List(read))
            }
            Data::Map(entries) => self.map(at, entries),
            _ => Datum { via: Vec::new(), ..Datum::from_node(at.file, node, &literal) },
        }
    }

    pub(super) fn is_json(&self) -> bool {
        !super::is_bicep(&self.template.file.path)
    }

    fn spread(&mut self, item: &Node) -> Datum {
        match item.items().first() {
            Some(of) => self.value(of),
            None => Datum::new(self.place(item), Known::Null),
        }
    }

    /// The entries of a map; what is spread into it, and what a `copy` makes, stand among them.
    pub(super) fn map(&mut self, at: Source, entries: &[Entry]) -> Datum {
        let mut read = Vec::with_capacity(entries.len());
        for entry in entries {
            if entry.value.tag.as_deref() == Some(bicep::SPREAD) {
                let of = self.spread(&entry.value);
                match &crate::dialect::values::default_of(&of).value {
                    Known::Map(more) => read.extend(more.iter().cloned()),
                    Known::Unknown(why) => read.push((Text::hole(why.clone()), of.at, of.clone())),
                    _ => {}
                }
                continue;
            }
            if matches!(entry.value.tag.as_deref(), Some("resource" | "module")) {
                continue;
            }
            if self.is_json() && entry.name().eq_ignore_ascii_case("copy") && !entry.value.items().is_empty()
            {
                for copy in entry.value.items() {
                    read.extend(self.copied(copy));
                }
                continue;
            }
            let key = match entry.key.written() {
                Some(written) => Text::literal(written),
                None => crate::dialect::values::text_of(&self.value(&entry.key)),
            };
            let value = self.value(&entry.value);
            read.push((key, self.place(&entry.key), value));
        }
        Datum::new(at, Known::Map(read))
    }

    /// Computes something once; a value that needs itself is unknown.
    fn remember(&mut self, key: String, at: Source, compute: impl FnOnce(&mut Self) -> Datum) -> Datum {
        if let Some(value) = self.memo.get(&key) {
            let value = value.clone();
            return if self.spend(size(&value)) { value } else { self.out_of_budget(at) };
        }
        if !self.active.insert(key.clone()) {
            return Datum::unknown(at, Why::Unsupported("a value that refers to itself".to_owned()));
        }
        // What a loop names is not seen in what is declared elsewhere.
        let locals = std::mem::take(&mut self.locals);
        let value = compute(self);
        self.locals = locals;
        self.active.remove(&key);
        self.memo.insert(key, value.clone());
        value
    }

    /// A construct that is not evaluated.
    fn unsupported(&mut self, at: Source, what: String) -> Datum {
        let why = Why::Unsupported(what);
        self.noted.insert((at, why.clone()));
        Datum::unknown(at, why)
    }

    /// Does something while names stand for values.
    pub(super) fn with<T>(&mut self, names: Vec<(String, Datum)>, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.locals.len();
        self.locals.extend(names);
        let value = read(self);
        self.locals.truncate(before);
        value
    }

    /// The source text of a node, as a name for what depends on it.
    pub(super) fn slice(&self, node: &Node) -> String {
        let bytes = self.template.file.bytes.get(node.span.range()).unwrap_or_default();
        let text = String::from_utf8_lossy(bytes);
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").chars().take(80).collect()
    }

    /// Two values of which a condition chooses.
    pub(super) fn chosen(&mut self, condition: &Node, when: Datum, otherwise: Datum, at: Source) -> Datum {
        match self.truth(condition) {
            compare::Truth::Always(true) => when,
            compare::Truth::Always(false) => otherwise,
            compare::Truth::Perhaps(default) => {
                let name = self.slice(condition);
                let of = vec![
                    (when, Case::of(name.clone(), "true"), default == Some(true)),
                    (otherwise, Case::of(name, "false"), default == Some(false)),
                ];
                one_of(at, of, false)
            }
        }
    }
}

/// The expression that a text of JSON is; `[[` begins a text that begins with a bracket.
/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions#escape-characters>.
pub(super) fn written(scalar: &Scalar) -> Option<Scalar> {
    let text = &*scalar.text;
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.starts_with('[')).then(|| scalar.part(1..1 + inner.len()))
}

/// A text as it is written, without the bracket that escapes another.
fn literal(scalar: &Scalar) -> Text {
    let text = &*scalar.text;
    Text::literal(if text.starts_with("[[") { text.get(1..).unwrap_or_default() } else { text })
}

/// How many nodes a value has; a long text counts as several.
fn size(value: &Datum) -> usize {
    1 + match &value.value {
        Known::List(items) => items.iter().map(size).sum(),
        Known::Map(entries) => entries.iter().map(|(_, _, v)| size(v)).sum::<usize>(),
        Known::OneOf { of, .. } => of.iter().map(|(v, _, _)| size(v)).sum(),
        Known::Text(text) => text.0.len() + length(text) / 32,
        _ => 0,
    }
}

/// Known characters of a text, in bytes.
fn length(text: &Text) -> usize {
    text.0.iter().map(|piece| if let Piece::Literal(l) = piece { l.len() } else { 1 }).sum()
}

/// A file of the unit.
pub(super) fn file_of(unit: &Unit, id: FileId) -> Option<&SourceFile> {
    unit.files.get(id.0 as usize)
}
