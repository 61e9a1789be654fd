//! Functions. An alternative of an argument is an alternative of the result.

use super::Evaluator;
use crate::dialect::aws_policy;
use crate::dialect::cloudformation::intrinsic::Call;
use crate::dialect::values::{
    Draft, MAX_ALTERNATIVES, default_of, joined, map_alternatives, one_of, through,
};
use crate::document::Node;
use crate::fact::{Case, Datum, Known, Text, Why};
use crate::span::Source;

/// Longest text that is put together, in bytes: the platform's own limit of a whole template.
const MAX_TEXT: usize = 1 << 20;

impl Evaluator<'_> {
    pub(super) fn call(&mut self, call: Call<'_>, node: &Node) -> Datum {
        let at = self.place(node);
        let items = call.argument.items();
        match call.name {
            "Ref" => match call.argument.text() {
                Some(name) => through(self.reference(name, at), at),
                None => self.unsupported(at, "a `Ref` that names nothing".to_owned()),
            },
            "GetAtt" => self.attribute(call, at),
            "Sub" => self.substitute(call, at),
            "Join" => self.join(items, at),
            "If" => self.choose(items, at),
            "FindInMap" => self.find_in_map(items, at),
            "Select" => self.select(items, at),
            "Split" => self.split(items, at),
            "Base64" | "ToJsonString" => self.argument(call),
            "ImportValue" => {
                let name = self.argument(call);
                let name = default_of(&name).text().map_or_else(|| "an export".to_owned(), |t| t.to_string());
                Datum::unknown(at, Why::NotInTree(name))
            }
            "GetAZs" | "Cidr" | "Length" | "Equals" | "And" | "Or" | "Not" | "Condition" | "RefAll"
            | "ValueOf" | "ValueOfAll" | "Contains" | "EachMemberEquals" | "EachMemberIn" => {
                Datum::unknown(at, Why::Expression(format!("Fn::{}", call.name)))
            }
            other => self.unsupported(at, format!("`Fn::{other}`")),
        }
    }

    /// `!Sub text`, or `!Sub [text, {Name: value}]`.
    fn substitute(&mut self, call: Call<'_>, at: Source) -> Datum {
        let (text, names) = match call.argument.items() {
            [text, names, ..] => (text, Some(names)),
            [text] => (text, None),
            [] => (call.argument, None),
        };
        let Some(scalar) = text.scalar() else {
            return self.unsupported(at, "a `Fn::Sub` without a text".to_owned());
        };
        let at = self.place(text);
        let mut parts = Vec::new();
        let mut rest: &str = &scalar.text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            parts.push(Datum::new(at, Known::Text(super::written(before, false))));
            rest = behind;
            let name = name.trim();
            parts.push(match (name.strip_prefix('!'), names.and_then(|map| map.get(name))) {
                (Some(escaped), _) => Datum::new(at, Known::Text(Text::literal(format!("${{{escaped}}}")))),
                (None, Some(given)) => self.value(given),
                (None, None)
                    if self.template.framework && name.contains([':', '(']) && !name.contains("::") =>
                {
                    Datum::unknown(at, Why::Variable(name.to_owned()))
                }
                (None, None) => match name.split_once('.') {
                    Some((logical, attribute)) => self.attribute_of(logical, attribute, at),
                    None => self.reference(name, at),
                },
            });
        }
        parts.push(Datum::new(at, Known::Text(super::written(rest, false))));
        concatenated(at, parts)
    }

    fn join(&mut self, items: &[Node], at: Source) -> Datum {
        let [between, list, ..] = items else {
            return self.unsupported(at, "a `Fn::Join` without a list".to_owned());
        };
        let between = self.value(between);
        let list = self.value(list);
        map_alternatives(&list, |list| match &list.value {
            Known::List(parts) => {
                let separated = parts.iter().enumerate().flat_map(|(index, part)| {
                    let gap = (index > 0).then(|| between.clone());
                    gap.into_iter().chain([part.clone()])
                });
                concatenated(at, separated.collect())
            }
            _ => list.clone(),
        })
    }

    /// Both branches, as alternatives that belong to the condition.
    fn choose(&mut self, items: &[Node], at: Source) -> Datum {
        let [condition, when, otherwise] = items else {
            return self.unsupported(at, "a `Fn::If` without two branches".to_owned());
        };
        let name = condition.text().unwrap_or_default().to_owned();
        let default = self.holds(&name);
        let of = vec![
            (self.value(when), Case::of(name.clone(), "true"), default == Some(true)),
            (self.value(otherwise), Case::of(name, "false"), default == Some(false)),
        ];
        one_of(at, of, false)
    }

    fn find_in_map(&mut self, items: &[Node], at: Source) -> Datum {
        let [map, top, second, ..] = items else {
            return self.unsupported(at, "a `Fn::FindInMap` without keys".to_owned());
        };
        let map = default_of(&self.value(map)).known().map(str::to_owned);
        let Some(node) = map.as_deref().and_then(|map| self.template.mappings.get(map)).copied() else {
            return Datum::unknown(at, Why::NotInTree(map.unwrap_or_else(|| "a mapping".to_owned())));
        };
        let map = map.unwrap_or_default();
        let (top, second) = (self.value(top), self.value(second));
        let mut of = Vec::new();
        let mut open = false;
        for (row, case, default) in rows(node, &top, &map, &mut open) {
            for (found, inner, also) in rows(row, &second, &format!("{map} key"), &mut open) {
                if let Some(case) = case.and(&inner) {
                    of.push((through(self.value(found), at), case, default && also));
                }
            }
        }
        match of.is_empty() {
            true => Datum::unknown(at, Why::NotInTree(format!("a key of `{map}`"))),
            false => one_of(at, of, open),
        }
    }

    fn select(&mut self, items: &[Node], at: Source) -> Datum {
        let [index, list, ..] = items else {
            return self.unsupported(at, "a `Fn::Select` without a list".to_owned());
        };
        let index = self.value(index);
        let list = self.value(list);
        let Some(index) = default_of(&index).known().and_then(|i| i.parse::<usize>().ok()) else {
            return Datum::unknown(at, Why::Expression("Fn::Select".to_owned()));
        };
        map_alternatives(&list, |list| match &list.value {
            Known::List(found) => found.get(index).cloned().unwrap_or_else(|| {
                Datum::unknown(at, Why::Unsupported("an index beyond its list".to_owned()))
            }),
            Known::Unknown(why) => Datum::unknown(at, why.clone()),
            _ => Datum::unknown(at, Why::Expression("Fn::Select".to_owned())),
        })
    }

    fn split(&mut self, items: &[Node], at: Source) -> Datum {
        let [between, text, ..] = items else {
            return self.unsupported(at, "a `Fn::Split` without a text".to_owned());
        };
        let between = default_of(&self.value(between)).known().map(str::to_owned);
        let text = self.value(text);
        map_alternatives(&text, |whole| {
            let unknown = || Datum::unknown(at, Why::Expression("Fn::Split".to_owned()));
            let (Some(between), Some(text)) = (between.as_deref(), whole.text()) else { return unknown() };
            let mut marks = between.chars();
            let (Some(mark), rest) = (marks.next(), marks.next()) else { return unknown() };
            let parts = match (text.known(), rest) {
                (Some(known), _) => known.split(between).map(Text::literal).collect(),
                (None, None) => aws_policy::split(&text, mark, usize::MAX),
                (None, Some(_)) => return unknown(),
            };
            let part = |text| Datum { value: Known::Text(text), ..whole.clone() };
            Datum { value: Known::List(parts.into_iter().map(part).collect()), ..whole.clone() }
        })
    }
}

/// The entries of a mapping under a key that may be one of several, or any.
fn rows<'n>(node: &'n Node, key: &Datum, choice: &str, open: &mut bool) -> Vec<(&'n Node, Case, bool)> {
    *open |= matches!(key.value, Known::OneOf { open: true, .. });
    let mut found = Vec::new();
    for (alternative, case, lesser) in key.alternatives() {
        match alternative.known() {
            Some(known) => found.extend(node.get(known).map(|row| (row, case, !lesser))),
            None => found.extend(node.entries().iter().filter_map(|entry| {
                let case = case.and(&Case::of(choice, entry.name()))?;
                Some((&entry.value, case, false))
            })),
        }
    }
    if found.len() > MAX_ALTERNATIVES {
        found.sort_by_key(|(_, _, default)| !default);
        found.truncate(MAX_ALTERNATIVES);
        *open = true;
    }
    found
}

/// Texts put together; every alternative of a part is one of the whole.
pub(super) fn concatenated(at: Source, parts: Vec<Datum>) -> Datum {
    let mut drafts: Vec<Draft> = vec![(Text::default(), Case::always(), true)];
    let mut open = false;
    let mut parts = parts;
    parts.retain(|part| !matches!(&part.value, Known::Text(text) if text.0.is_empty()));
    if let [only] = parts.as_slice() {
        return match only.at == at {
            true => only.clone(),
            false => through(only.clone(), at),
        };
    }
    let longest = |part: &Datum| {
        let texts = part.alternatives().into_iter().filter_map(|(v, _, _)| v.text());
        texts.map(|text| super::length(&text)).max().unwrap_or(0)
    };
    if parts.iter().map(longest).sum::<usize>() > MAX_TEXT {
        return Datum::unknown(at, Why::Limit("a text of more than 1 MiB".to_owned()));
    }
    for part in &parts {
        open |= matches!(part.value, Known::OneOf { open: true, .. });
        drafts = joined(&drafts, part);
    }
    let text = |text: Text| Datum::new(at, Known::Text(text));
    one_of(at, drafts.into_iter().map(|(t, case, default)| (text(t), case, default)).collect(), open)
}
