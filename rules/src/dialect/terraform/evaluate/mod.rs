//! Expressions to values. Nothing is run: what only Terraform or a provider can know stays a hole with its reason.
//!
//! A value's `at` is the literal's own place, its `via` the uses it passed through on the way (nearest to the literal
//! first): a literal of a tfvars file keeps its place through variables, locals and module arguments.

mod blocks;
mod document;
mod embedded;
mod functions;
mod instant;
mod operators;
mod reference;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::Block;

use super::program::{Directory, Program};
use super::syntax::{self, Located};
use crate::dialect::SourceFile;
use crate::fact::{Datum, Known, Piece, Text, Why};
use crate::span::Source;

pub(super) use crate::dialect::values::{default_of, map_alternatives, one_of, through};
pub(super) use blocks::Expansion;
pub(super) use instant::seconds as seconds_from_now;
pub(super) use operators::as_bool;
pub(super) use reference::is_local;

/// Deepest chain of evaluations: expressions inside expressions, through variables and modules.
const MAX_DEPTH: usize = 96;
/// Deepest nesting of module calls; a module that calls itself is refused by Terraform.
const MAX_MODULES: usize = 8;
/// Most module instances of one unit.
const MAX_INSTANCES: usize = 256;
/// Evaluated and copied nodes that every unit may cost, on top of one per two bytes of its files.
const BASE_BUDGET: usize = 200_000;

/// A directory as it is called: a root, or a module with its arguments.
#[derive(Debug)]
pub(super) struct Instance<'u> {
    pub(super) directory: &'u Directory<'u>,
    /// The call and the scope it stands in; `None` for a root.
    call: Option<(Scope, Located<'u, Block>)>,
    /// `module.a.` for a called module, empty for a root.
    pub(super) prefix: String,
    depth: usize,
}

/// Where an expression is evaluated: the module, and names bound around it (`each`, `count`, iterators).
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    pub(super) instance: usize,
    pub(super) names: BTreeMap<String, Datum>,
}

impl Scope {
    pub(super) fn of(instance: usize) -> Self {
        Self { instance, names: BTreeMap::new() }
    }

    pub(super) fn with(&self, name: &str, value: Datum) -> Self {
        let mut scope = self.clone();
        scope.names.insert(name.to_owned(), value);
        scope
    }
}

/// What is computed once and then remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Variable(usize, String),
    Local(usize, String),
    Output(usize, String),
    Attribute(usize, Source, String),
    Document(usize, Source),
}

/// Where a text came from, so that a grammar inside it can be read with places.
#[derive(Clone, Debug)]
enum Origin<'u> {
    Expression(Scope, Located<'u, Expression>),
    File(&'u SourceFile, Option<Datum>),
}

/// Blocks by the text of an argument.
pub(super) type Named<'u> = BTreeMap<Text, Vec<Located<'u, Block>>>;

/// Evaluates the expressions of one unit.
#[derive(Debug)]
pub(super) struct Evaluator<'u> {
    pub(super) program: &'u Program<'u>,
    instances: Vec<Instance<'u>>,
    /// Called modules, by caller, place of the call and key of its `for_each`.
    called: BTreeMap<(usize, Source, String), Option<usize>>,
    memo: BTreeMap<Key, Datum>,
    active: BTreeSet<Key>,
    texts: BTreeMap<Source, Origin<'u>>,
    /// Resources of a type by an argument of theirs, by instance.
    named: BTreeMap<(usize, &'static str, &'static str), Rc<Named<'u>>>,
    /// What every resource of a provider is tagged with.
    pub(super) tags: Option<Rc<Vec<Datum>>>,
    budget: usize,
    depth: usize,
}

impl<'u> Evaluator<'u> {
    pub(super) fn new(program: &'u Program<'u>) -> Self {
        let bytes: usize = program.unit.files.iter().map(|f| f.bytes.len()).sum();
        Self {
            program,
            instances: Vec::new(),
            called: BTreeMap::new(),
            memo: BTreeMap::new(),
            active: BTreeSet::new(),
            texts: BTreeMap::new(),
            named: BTreeMap::new(),
            tags: None,
            budget: BASE_BUDGET + bytes / 2,
            depth: 0,
        }
    }

    /// A directory as a root: nobody calls it.
    pub(super) fn root(&mut self, directory: &'u Directory<'u>, prefix: &str) -> usize {
        self.instances.push(Instance { directory, call: None, prefix: prefix.to_owned(), depth: 0 });
        self.instances.len() - 1
    }

    pub(super) fn instance(&self, index: usize) -> Option<&Instance<'u>> {
        self.instances.get(index)
    }

    /// The address of something in an instance, as Terraform writes it.
    pub(super) fn address(&self, instance: usize, name: &str) -> String {
        format!("{}{name}", self.instances.get(instance).map_or("", |i| i.prefix.as_str()))
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, expression: Located<'u, Expression>, scope: &Scope) -> Datum {
        let at = expression.content();
        if self.depth >= MAX_DEPTH {
            return Datum::unknown(at, Why::Limit("an expression is nested too deep".to_owned()));
        }
        if !self.spend(1) {
            return out_of_budget(at);
        }
        self.depth += 1;
        let value = self.dispatch(expression, scope, at);
        self.depth -= 1;
        match &value.value {
            // Long texts are paid for where they are made, so that doubling them ends.
            Known::Text(text) if !self.spend(weight(text)) => out_of_budget(at),
            _ => value,
        }
    }

    fn dispatch(&mut self, expression: Located<'u, Expression>, scope: &Scope, at: Source) -> Datum {
        match expression.node {
            Expression::Null(_) => Datum::new(at, Known::Null),
            Expression::Bool(value) => Datum::new(at, Known::Bool(*value.value())),
            Expression::Number(_) => Datum::new(at, Known::Number(expression.text(at).replace(' ', ""))),
            Expression::String(text) => self.literal(expression, scope, text.value()),
            Expression::Array(array) => {
                let items = array.iter().map(|item| self.value(expression.to(item), scope)).collect();
                Datum::new(at, Known::List(items))
            }
            Expression::Object(_) => self.object(expression, scope, at),
            Expression::StringTemplate(template) => {
                self.note_text(expression, scope);
                self.quoted_template(expression, template, scope)
            }
            Expression::HeredocTemplate(heredoc) => {
                self.note_text(expression, scope);
                self.template(expression, &heredoc.template, scope)
            }
            Expression::Parenthesis(inner) => self.value(expression.to(inner.inner()), scope),
            Expression::Variable(name) => match scope.names.get(name.value().as_str()) {
                Some(value) => self.copy(value, at),
                None => Datum::unknown(at, Why::Unsupported(format!("the name `{}`", name.value().as_str()))),
            },
            Expression::Conditional(conditional) => self.conditional(expression.to(conditional), scope),
            Expression::FuncCall(call) => self.call(expression.to(call), scope, at),
            Expression::Traversal(traversal) => self.traversal(expression.to(traversal), scope),
            Expression::UnaryOp(operation) => self.unary(expression.to(operation), scope, at),
            Expression::BinaryOp(operation) => self.binary(expression.to(operation), scope, at),
            Expression::ForExpr(comprehension) => self.comprehension(expression.to(comprehension), scope, at),
        }
    }

    fn literal(&mut self, expression: Located<'u, Expression>, scope: &Scope, text: &str) -> Datum {
        if text.trim_start().starts_with(['{', '[']) {
            self.note_text(expression, scope);
        }
        Datum::new(expression.content(), Known::Text(Text::literal(text)))
    }

    fn note_text(&mut self, expression: Located<'u, Expression>, scope: &Scope) {
        self.texts.insert(expression.content(), Origin::Expression(scope.clone(), expression));
    }

    fn object(&mut self, expression: Located<'u, Expression>, scope: &Scope, at: Source) -> Datum {
        let Expression::Object(object) = expression.node else { return Datum::new(at, Known::Null) };
        let mut entries = Vec::with_capacity(object.len());
        for (name, value) in object.iter() {
            let value = expression.to(value.expr());
            let (known, place) = syntax::key(expression.to(name), value);
            let name = match (known, name) {
                (Some(name), _) => Text::literal(name),
                (None, ObjectKey::Expression(name)) => {
                    let name = self.value(expression.to(name), scope);
                    default_of(&name)
                        .text()
                        .unwrap_or_else(|| Text::hole(Why::Unsupported("a key".to_owned())))
                }
                (None, ObjectKey::Ident(_)) => continue,
            };
            entries.push((name, place, self.value(value, scope)));
        }
        Datum::new(at, Known::Map(entries))
    }

    /// Computes something once; a value that needs itself is unknown.
    fn remember(&mut self, key: Key, at: Source, compute: impl FnOnce(&mut Self) -> Datum) -> Datum {
        if let Some(value) = self.memo.get(&key) {
            let value = value.clone();
            return if self.spend(size(&value)) { value } else { out_of_budget(at) };
        }
        if !self.active.insert(key.clone()) {
            return Datum::unknown(at, Why::Unsupported("a value that refers to itself".to_owned()));
        }
        let mut value = compute(self);
        if !self.spend(size(&value)) {
            value = out_of_budget(at);
        }
        self.active.remove(&key);
        self.memo.insert(key, value.clone());
        value
    }

    /// A bound value, as used at `at`.
    fn copy(&mut self, value: &Datum, at: Source) -> Datum {
        if !self.spend(size(value)) {
            return out_of_budget(at);
        }
        through(value.clone(), at)
    }

    fn spend(&mut self, nodes: usize) -> bool {
        let left = self.budget.checked_sub(nodes);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }
}

fn out_of_budget(at: Source) -> Datum {
    Datum::unknown(at, Why::Limit("the unit has too many values".to_owned()))
}

/// What a text costs beyond its node: holes double like characters do.
fn weight(text: &Text) -> usize {
    let cost = |piece: &Piece| if let Piece::Literal(text) = piece { text.len() / 32 } else { 1 };
    text.0.iter().map(cost).sum::<usize>().saturating_sub(1)
}

/// How many nodes a value has; a long text counts as several.
fn size(value: &Datum) -> usize {
    1 + match &value.value {
        Known::List(items) => items.iter().map(size).sum(),
        Known::Map(entries) => entries.iter().map(|(_, _, v)| size(v)).sum::<usize>(),
        Known::OneOf { of, .. } => of.iter().map(|(v, _, _)| size(v)).sum(),
        Known::Text(text) => weight(text),
        _ => 0,
    }
}
