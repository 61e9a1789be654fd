//! Blocks that stand for several: `count`, `for_each`, `dynamic`.

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};

use super::operators::pairs;
use super::{Evaluator, Scope, default_of};
use crate::dialect::terraform::syntax::Located;
use crate::fact::{Case, Datum, Known, Text, Why};
use crate::span::Source;

/// Most instances of one block that are read one by one; more are read as one with unknown keys.
const MAX_EXPANSIONS: usize = 16;
/// Deepest nesting of blocks that are read as values.
const MAX_NESTING: usize = 16;

/// One instance of a block.
#[derive(Clone, Debug)]
pub(in crate::dialect::terraform) struct Expansion {
    pub(in crate::dialect::terraform) scope: Scope,
    /// When it exists.
    pub(in crate::dialect::terraform) case: Case,
    /// Whether it exists only in a non-default case.
    pub(in crate::dialect::terraform) lesser: bool,
}

impl<'u> Evaluator<'u> {
    /// The instances of a resource, data source or module call. Empty if it surely does not exist.
    pub(in crate::dialect::terraform) fn expansions(
        &mut self,
        block: Located<'u, Block>,
        scope: &Scope,
    ) -> Vec<Expansion> {
        let body = block.body();
        if let Some(count) = body.attribute("count") {
            let written = count.value();
            let count = self.value(written, scope);
            let found = expand(&count, scope, |count, scope| {
                match count.known().and_then(|n| n.parse::<usize>().ok()) {
                    Some(count) => (0..count.min(MAX_EXPANSIONS))
                        .map(|index| counted(scope, Some(index), block))
                        .collect(),
                    None => vec![counted(scope, None, block)],
                }
            });
            return match found.is_empty() && self.is_left_open(written, scope.instance) {
                true => vec![Expansion { lesser: true, ..counted(scope, None, block) }],
                false => found,
            };
        }
        if let Some(each) = body.attribute("for_each") {
            let written = each.value();
            let each = self.value(written, scope);
            let found = expand(&each, scope, |each, scope| match each_pairs(each) {
                Some(items) if items.len() <= MAX_EXPANSIONS => {
                    items.into_iter().map(|(key, value)| bound(scope, "each", key, value)).collect()
                }
                _ => vec![unknown_each(scope, "each", each)],
            });
            return match found.is_empty() && self.is_left_open(written, scope.instance) {
                true => vec![Expansion { lesser: true, ..unknown_each(scope, "each", &each) }],
                false => found,
            };
        }
        vec![Expansion { scope: scope.clone(), case: Case::always(), lesser: false }]
    }

    /// Whether an expression hangs on a variable that nobody sets and whose default is an empty collection: what it will
    /// hold is for whoever calls the module.
    fn is_left_open(&mut self, expression: Located<'u, Expression>, instance: usize) -> bool {
        let text = expression.text(expression.at());
        let is_end = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'));
        let words = text.split("var.").skip(1).filter_map(|rest| rest.split(is_end).next());
        let names: Vec<String> = words.map(str::to_owned).collect();
        let at = expression.at();
        names.iter().any(|name| {
            let value = self.variable(name, instance, at);
            let empty = match &default_of(&value).value {
                Known::List(items) => items.is_empty(),
                Known::Map(entries) => entries.is_empty(),
                _ => false,
            };
            empty && self.is_default(name, instance, &value)
        })
    }

    /// Whether a variable's value is the one that it was declared with.
    fn is_default(&self, name: &str, instance: usize, value: &Datum) -> bool {
        let declared = self.instance(instance).and_then(|i| i.directory.variables.get(name).copied());
        let default = declared.and_then(|block| block.body().attribute("default"));
        default.is_some_and(|default| default.value().at() == default_of(value).at)
    }

    /// The scope of a resource that is referred to with an index.
    pub(super) fn indexed(
        &mut self,
        block: Located<'u, Block>,
        index: Option<Datum>,
        instance: usize,
    ) -> Scope {
        let scope = Scope::of(instance);
        let Some(each) = block.body().attribute("for_each") else {
            return match (block.body().attribute("count"), index) {
                (Some(_), Some(index)) => count_scope(&scope, index),
                _ => scope,
            };
        };
        let each = self.value(each.value(), &scope);
        let place = each.at;
        let key = index.unwrap_or_else(|| Datum::unknown(place, Why::Expression("each.key".to_owned())));
        let value = key.known().and_then(|key| {
            let pairs = each_pairs(default_of(&each))?;
            pairs.into_iter().find(|(k, _)| k.known() == Some(key)).map(|(_, value)| value)
        });
        let value = value.unwrap_or_else(|| Datum::unknown(place, Why::Expression("each.value".to_owned())));
        bound(&scope, "each", key, value).scope
    }

    /// The blocks of a kind inside a body, `dynamic` ones with their iterator bound.
    pub(in crate::dialect::terraform) fn nested(
        &mut self,
        body: Located<'u, Body>,
        kind: &str,
        scope: &Scope,
    ) -> Vec<(Located<'u, Body>, Source, Expansion)> {
        let mut found = Vec::new();
        for block in body.blocks() {
            if block.kind() == kind {
                let plain = Expansion { scope: scope.clone(), case: Case::always(), lesser: false };
                found.push((block.body(), block.at(), plain));
            } else if block.kind() == "dynamic" && block.label(0) == kind {
                let Some(content) = block.body().blocks().find(|b| b.kind() == "content") else { continue };
                for expansion in self.dynamic(block, scope) {
                    found.push((content.body(), block.at(), expansion));
                }
            }
        }
        found
    }

    fn dynamic(&mut self, block: Located<'u, Block>, scope: &Scope) -> Vec<Expansion> {
        let Some(each) = block.body().attribute("for_each") else { return Vec::new() };
        let each = self.value(each.value(), scope);
        let name = block
            .body()
            .attribute("iterator")
            .and_then(|i| i.node.value.as_variable().map(|name| name.as_str().to_owned()))
            .unwrap_or_else(|| block.label(0).to_owned());
        expand(&each, scope, |each, scope| match each_pairs(each) {
            Some(items) if items.len() <= MAX_EXPANSIONS => {
                items.into_iter().map(|(key, value)| bound(scope, &name, key, value)).collect()
            }
            _ => vec![unknown_each(scope, &name, each)],
        })
    }

    /// Nested blocks of a kind as a value: a list of maps.
    pub(super) fn nested_value(
        &mut self,
        body: Located<'u, Body>,
        kind: &str,
        scope: &Scope,
        at: Source,
    ) -> Datum {
        let items = self.nested(body, kind, scope);
        let items =
            items.into_iter().map(|(body, place, e)| self.body_value(body, place, &e.scope, 0)).collect();
        Datum::new(at, Known::List(items))
    }

    /// A body as a map of its attributes and nested blocks.
    pub(in crate::dialect::terraform) fn body_value(
        &mut self,
        body: Located<'u, Body>,
        at: Source,
        scope: &Scope,
        depth: usize,
    ) -> Datum {
        let mut entries = Vec::new();
        for attribute in body.attributes() {
            let value = self.value(attribute.value(), scope);
            entries.push((Text::literal(attribute.name()), attribute.key(), value));
        }
        let mut kinds: Vec<&str> = Vec::new();
        for block in body.blocks() {
            let kind = if block.kind() == "dynamic" { block.label(0) } else { block.kind() };
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        if depth < MAX_NESTING {
            for kind in kinds {
                let items = self.nested(body, kind, scope);
                let items: Vec<Datum> = items
                    .into_iter()
                    .map(|(b, place, e)| self.body_value(b, place, &e.scope, depth + 1))
                    .collect();
                let place = items.first().map_or(at, |item| item.at);
                entries.push((Text::literal(kind), place, Datum::new(place, Known::List(items))));
            }
        }
        Datum::new(at, Known::Map(entries))
    }
}

/// The instances for every alternative of what drives them.
fn expand(
    driver: &Datum,
    scope: &Scope,
    mut instances: impl FnMut(&Datum, &Scope) -> Vec<Expansion>,
) -> Vec<Expansion> {
    let mut found = Vec::new();
    for (alternative, case, lesser) in driver.alternatives() {
        for mut expansion in instances(alternative, scope) {
            expansion.case = case.clone();
            expansion.lesser = lesser;
            found.push(expansion);
        }
    }
    found.truncate(MAX_EXPANSIONS);
    found
}

fn each_pairs(each: &Datum) -> Option<Vec<(Datum, Datum)>> {
    let of_list = matches!(each.value, Known::List(_));
    let items = pairs(each)?;
    // A set's keys are its values.
    Some(items.into_iter().map(|(key, value)| (if of_list { value.clone() } else { key }, value)).collect())
}

fn bound(scope: &Scope, name: &str, key: Datum, value: Datum) -> Expansion {
    let at = key.at;
    let entries = vec![(Text::literal("key"), at, key), (Text::literal("value"), at, value)];
    let scope = scope.with(name, Datum::new(at, Known::Map(entries)));
    Expansion { scope, case: Case::always(), lesser: false }
}

fn unknown_each(scope: &Scope, name: &str, each: &Datum) -> Expansion {
    // What is unknown as a whole says itself why.
    let why = |part: &str| match &each.value {
        Known::Unknown(why) => why.clone(),
        _ => Why::Expression(format!("{name}.{part}")),
    };
    let part = |part: &str| Datum::unknown(each.at, why(part));
    bound(scope, name, part("key"), part("value"))
}

fn counted(scope: &Scope, index: Option<usize>, block: Located<'_, Block>) -> Expansion {
    let at = block.header();
    let index = match index {
        Some(index) => Datum::new(at, Known::Number(index.to_string())),
        None => Datum::unknown(at, Why::Expression("count.index".to_owned())),
    };
    Expansion { scope: count_scope(scope, index), case: Case::always(), lesser: false }
}

fn count_scope(scope: &Scope, index: Datum) -> Scope {
    let at = index.at;
    scope.with("count", Datum::new(at, Known::Map(vec![(Text::literal("index"), at, index)])))
}
