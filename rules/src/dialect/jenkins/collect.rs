//! What a whole file says before any of it is lowered: variables that are set, and parameters.

use std::collections::BTreeMap;

use super::groovy::{Block, Call, Expr, Statement, Value, named};
use super::scope::Layer;
use crate::dialect::pipeline::value;
use crate::document::Scalar;
use crate::fact::{Case, Datum, Known, Text, Why};
use crate::span::{FileId, Source};

/// What a file sets.
#[derive(Default)]
pub(super) struct Collected<'t> {
    /// Variables of Groovy that are set once, to a string.
    pub(super) literals: BTreeMap<String, &'t Expr>,
    /// What they hold, and parameters as `params.NAME`.
    pub(super) groovy: Layer,
    /// Variables of the environment: those that Groovy sets, and parameters.
    pub(super) environment: Layer,
    /// Parameters that are secrets: whoever starts the pipeline types them in.
    pub(super) secrets: Vec<String>,
}

/// Reads a file.
pub(super) fn of<'t>(file: FileId, body: &'t Block) -> Collected<'t> {
    let mut sets: BTreeMap<&'t str, Vec<&'t Expr>> = BTreeMap::new();
    let mut found = Collected::default();
    each_statement(body, &mut |statement| {
        if let Statement::Set { name, value } = statement {
            sets.entry(&name.text).or_default().push(value);
        }
    });
    each_call(body, &mut |call| {
        parameter(file, call, &mut found);
        true
    });
    for (name, values) in sets {
        let text = match values.as_slice() {
            [only] => only.text().filter(|text| text.holes.is_empty()).map(|text| (*only, &text.scalar)),
            _ => None,
        };
        let known = |scalar: &Scalar| {
            let at = Source::new(file, scalar.span());
            Datum::new(at, Known::Text(Text::literal(&*scalar.text)))
        };
        match (name.strip_prefix("env."), text) {
            (Some(name), Some((_, scalar))) => {
                found.environment.insert(name.to_owned(), known(scalar));
            }
            (Some(name), None) => {
                let at = values.first().map(|value| Source::new(file, value.at)).unwrap_or_default();
                let computed = Datum::unknown(at, Why::Expression("env".to_owned()));
                found.environment.insert(name.to_owned(), computed);
            }
            (None, Some((value, scalar))) if !name.contains('.') => {
                found.groovy.insert(name.to_owned(), known(scalar));
                found.literals.insert(name.to_owned(), value);
            }
            _ => {}
        }
    }
    found
}

/// `string(name: 'A', defaultValue: 'b')`: what it is unless whoever starts the pipeline says otherwise.
fn parameter(file: FileId, call: &Call, found: &mut Collected<'_>) {
    let kind = call.name.text.as_str();
    if !matches!(kind, "string" | "text" | "choice" | "password" | "booleanParam") {
        return;
    }
    let Some(name) = call.named("name").and_then(Expr::literal) else { return };
    if kind == "password" {
        let at = Source::new(file, call.name.at);
        let secret = Datum::unknown(at, Why::Variable(name.to_owned()));
        found.groovy.insert(format!("params.{name}"), secret.clone());
        found.environment.insert(name.to_owned(), secret);
        found.secrets.push(name.to_owned());
        return;
    }
    let given = call.named("defaultValue").or_else(|| call.named("choices"));
    let choices = given.map(Expr::one_or_many).unwrap_or_default();
    let mut of = Vec::new();
    for (index, choice) in choices.iter().take(value::MAX_ALTERNATIVES).enumerate() {
        let Some(text) = choice.word().filter(|_| choice.text().is_none_or(|t| t.holes.is_empty())) else {
            continue;
        };
        let at = Source::new(file, choice.content());
        let case = match index {
            0 => Case::always(),
            _ => Case::of(format!("params.{name}"), text.to_owned()),
        };
        of.push((Datum::new(at, Known::Text(Text::literal(text))), case, index == 0));
    }
    // Whoever starts it chooses among these, or types in anything.
    if let Some(datum) = value::one_of(of, kind != "choice") {
        found.groovy.insert(format!("params.{name}"), datum.clone());
        found.environment.insert(name.to_owned(), datum);
    }
}

/// Calls `with` for every statement of a block, those of inner blocks among them.
pub(super) fn each_statement<'t>(block: &'t Block, with: &mut dyn FnMut(&'t Statement)) {
    for statement in &block.statements {
        with(statement);
        match statement {
            Statement::Value(value) | Statement::Set { value, .. } => {
                each_block(value, &mut |inner| each_statement(inner, with));
            }
            Statement::Block(inner) | Statement::Method { body: inner, .. } => each_statement(inner, with),
            Statement::Try { body, caught } => {
                each_statement(body, with);
                caught.iter().for_each(|inner| each_statement(inner, with));
            }
        }
    }
}

/// Calls `with` for every block of a value.
fn each_block<'t>(value: &'t Expr, with: &mut dyn FnMut(&'t Block)) {
    match &value.value {
        Value::Block(block) => with(block),
        Value::List(items) | Value::Sum(items) | Value::Other(items) => {
            items.iter().for_each(|item| each_block(item, with));
        }
        Value::Map(entries) => entries.iter().for_each(|entry| each_block(&entry.value, with)),
        Value::Chain(chain) => {
            chain.head.iter().for_each(|head| each_block(head, with));
            for call in &chain.calls {
                call.arguments.iter().for_each(|argument| each_block(&argument.value, with));
                call.block.iter().for_each(&mut *with);
            }
        }
        Value::Text(_) | Value::Number(_) | Value::Name(_) => {}
    }
}

/// Calls `with` for every call of a block while it gives `true`.
pub(super) fn each_call<'t>(block: &'t Block, with: &mut dyn FnMut(&'t Call) -> bool) -> bool {
    block.statements.iter().all(|statement| match statement {
        Statement::Value(value) | Statement::Set { value, .. } => calls_of(value, with),
        Statement::Block(inner) | Statement::Method { body: inner, .. } => each_call(inner, with),
        Statement::Try { body, caught } => {
            each_call(body, with) && caught.iter().all(|inner| each_call(inner, with))
        }
    })
}

/// Calls `with` for every call of a value while it gives `true`.
pub(super) fn calls_of<'t>(value: &'t Expr, with: &mut dyn FnMut(&'t Call) -> bool) -> bool {
    match &value.value {
        Value::Block(block) => each_call(block, with),
        Value::List(items) | Value::Sum(items) | Value::Other(items) => {
            items.iter().all(|item| calls_of(item, with))
        }
        Value::Map(entries) => entries.iter().all(|entry| calls_of(&entry.value, with)),
        Value::Chain(chain) => {
            chain.head.iter().all(|head| calls_of(head, with))
                && chain.calls.iter().all(|call| {
                    with(call)
                        && call.arguments.iter().all(|argument| calls_of(&argument.value, with))
                        && call.block.iter().all(|inner| each_call(inner, with))
                })
        }
        Value::Text(_) | Value::Number(_) | Value::Name(_) => true,
    }
}

/// Calls `with` for every map and text of a value.
pub(super) fn each_value<'t>(value: &'t Expr, with: &mut dyn FnMut(&'t Expr)) {
    with(value);
    match &value.value {
        Value::List(items) | Value::Sum(items) | Value::Other(items) => {
            items.iter().for_each(|item| each_value(item, with));
        }
        Value::Map(entries) => entries.iter().for_each(|entry| each_value(&entry.value, with)),
        Value::Chain(chain) => {
            for call in &chain.calls {
                call.arguments.iter().for_each(|argument| each_value(&argument.value, with));
            }
        }
        Value::Block(_) | Value::Text(_) | Value::Number(_) | Value::Name(_) => {}
    }
}

/// Whether a block holds stages of its own.
pub(super) fn holds_stages(block: &Block) -> bool {
    !each_call(block, &mut |call| {
        let name = call.name.text.rsplit('.').next().unwrap_or_default();
        !(matches!(name, "stage" | "stages" | "matrix") && call.block.is_some())
    })
}

/// Whether a failure goes on from a block: what is caught is thrown anew, or the build is made to fail.
pub(super) fn fails(block: &Block) -> bool {
    let throws = !each_call(block, &mut |call| !matches!(call.name.text.as_str(), "throw" | "error"));
    let mut sets = false;
    each_statement(block, &mut |statement| {
        if let Statement::Set { name, value } = statement {
            let result = matches!(name.text.as_str(), "currentBuild.result" | "currentBuild.currentResult");
            let fails = !matches!(value.literal(), Some("SUCCESS" | "UNSTABLE"));
            sets |= result && fails;
        }
    });
    throws || sets
}

/// The class that a map names: `[$class: 'A', …]`, or `$class` among the arguments of a call.
pub(super) fn class(value: &Expr) -> Option<&str> {
    named(value.entries(), "$class").and_then(Expr::literal)
}
