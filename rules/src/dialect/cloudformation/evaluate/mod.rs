//! Nodes to values. What only the platform can know stays a hole with its reason.
//!
//! A value's `at` is the literal's own place, its `via` the uses it passed through on the way: the default of a parameter
//! keeps its place through `Ref` and `Fn::If`.

mod condition;
mod functions;
mod reference;

use std::collections::{BTreeMap, BTreeSet};

use super::intrinsic::{self, Call};
use super::template::Template;
use crate::document::{Data, Node};
use crate::fact::{Datum, Known, Piece, Text, Why};
use crate::span::Source;

/// Deepest chain of evaluations: values inside values, through parameters and names of resources.
const MAX_DEPTH: usize = 96;
/// Evaluated nodes that every template may cost, on top of one per byte of its file: references repeat what they name.
const BASE_BUDGET: usize = 200_000;

/// Works out the values of one template.
#[derive(Debug)]
pub(super) struct Evaluator<'u> {
    pub(super) template: &'u Template<'u>,
    /// Parameters and names of resources that were worked out.
    memo: BTreeMap<String, Datum>,
    /// Conditions and whether they hold by default.
    held: BTreeMap<String, Option<bool>>,
    /// What is being worked out: a value that needs itself is unknown.
    active: BTreeSet<String>,
    /// Constructs that were met and are not evaluated.
    pub(super) noted: BTreeSet<(Source, Why)>,
    budget: usize,
    depth: usize,
}

impl<'u> Evaluator<'u> {
    pub(super) fn new(template: &'u Template<'u>) -> Self {
        Self {
            template,
            memo: BTreeMap::new(),
            held: BTreeMap::new(),
            active: BTreeSet::new(),
            noted: BTreeSet::new(),
            budget: BASE_BUDGET.saturating_add(template.file.bytes.len()),
            depth: 0,
        }
    }

    /// The place of a node.
    pub(super) fn place(&self, node: &Node) -> Source {
        Source::new(self.template.file.id, node.span)
    }

    /// The value of a node.
    pub(super) fn value(&mut self, node: &Node) -> Datum {
        self.deeper(node, |this| match intrinsic::call(node) {
            Some(call) => this.call(call, node),
            None => this.plain(node),
        })
    }

    /// The value that a function is given.
    fn argument(&mut self, call: Call<'_>) -> Datum {
        if !call.short {
            return self.value(call.argument);
        }
        self.deeper(call.argument, |this| match intrinsic::long(call.argument) {
            Some(inner) => this.call(inner, call.argument),
            None => this.plain(call.argument),
        })
    }

    fn deeper(&mut self, node: &Node, read: impl FnOnce(&mut Self) -> Datum) -> Datum {
        let Some(mut value) = self.deep(read) else { return self.out_of_budget(self.place(node)) };
        if let Some(used) = node.used_at {
            value.via.push(Source::new(self.template.file.id, used));
        }
        value
    }

    /// Does something one level deeper, if depth and budget allow.
    fn deep<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth == MAX_DEPTH || !self.spend(1) {
            return None;
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        Some(value)
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

    /// The value of a node that is no call.
    fn plain(&mut self, node: &Node) -> Datum {
        let at = self.place(node);
        match &node.data {
            Data::List(items) => {
                let items = items.iter().map(|item| self.value(item));
                // `AWS::NoValue` takes its item away.
                let items: Vec<Datum> = items.filter(|item| item.value != Known::Null).collect();
                Datum::new(at, Known::List(items))
            }
            Data::Map(entries) => {
                let mut read = Vec::with_capacity(entries.len());
                for entry in entries.iter() {
                    let key = entry.key.written().unwrap_or_default();
                    if intrinsic::is_maker(key) {
                        let key = key.splitn(3, "::").take(2).collect::<Vec<_>>().join("::");
                        let why = Why::Unsupported(format!("`{key}`"));
                        self.noted.insert((self.place(&entry.key), why));
                        continue;
                    }
                    let value = self.value(&entry.value);
                    if value.value != Known::Null {
                        read.push((Text::literal(key), self.place(&entry.key), value));
                    }
                }
                Datum::new(at, Known::Map(read))
            }
            _ => {
                let framework = self.template.framework;
                let leaf = Datum::from_node(self.template.file.id, node, &|s| written(&s.text, framework));
                // Where the alias stands is added by the caller.
                Datum { via: Vec::new(), ..leaf }
            }
        }
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
        let value = compute(self);
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
}

/// How many nodes a value has; a long text counts as several.
fn size(value: &Datum) -> usize {
    1 + match &value.value {
        Known::List(items) => items.iter().map(size).sum(),
        Known::Map(entries) => entries.iter().map(|(_, _, v)| size(v)).sum::<usize>(),
        Known::OneOf { of, .. } => of.iter().map(|(v, _, _)| size(v)).sum(),
        Known::Text(text) => length(text) / 32,
        _ => 0,
    }
}

/// Known characters of a text, in bytes.
fn length(text: &Text) -> usize {
    text.0.iter().map(|piece| if let Piece::Literal(l) = piece { l.len() } else { 1 }).sum()
}

/// A text as it is written. Dynamic references are filled in by the platform, variables of the Serverless Framework by
/// that.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>.
fn written(text: &str, framework: bool) -> Text {
    let text = Text::literal(text);
    let text = holes(&text, "{{resolve:", "}}", |name| Why::NotInTree(format!("{{{{resolve:{name}}}}}")));
    match framework {
        true => holes(&text, "${", "}", |name| Why::Variable(name.to_owned())),
        false => text,
    }
}

/// Turns what stands between two marks into holes.
fn holes(text: &Text, open: &str, close: &str, why: impl Fn(&str) -> Why) -> Text {
    let mut all = Text::default();
    for piece in &text.0 {
        let Piece::Literal(literal) = piece else {
            if let Piece::Hole(why) = piece {
                all.push_hole(why.clone());
            }
            continue;
        };
        let mut rest = literal.as_str();
        while let Some((before, after)) = rest.split_once(open) {
            let Some((name, behind)) = after.split_once(close) else { break };
            // `${AWS::Region}` is the template's own.
            if name.contains("::") && open == "${" {
                all.push(&format!("{before}{open}{name}{close}"));
            } else {
                all.push(before);
                all.push_hole(why(name));
            }
            rest = behind;
        }
        all.push(rest);
    }
    all
}
