//! What is made several times: `copy` of JSON, loops and lambdas of Bicep.

use super::{Evaluator, MAX_ITEMS};
use crate::dialect::arm::template::get;
use crate::dialect::values::default_of;
use crate::document::{Node, bicep};
use crate::fact::{Datum, Known, Text, Why};
use crate::span::Source;

/// The name of the index of a `copy`, with that of the copy behind it.
const INDEX: &str = "copyindex ";

/// The name in a round that is there only if somebody gives more than the default.
pub(in crate::dialect::arm) const OPEN: &str = "a parameter that is empty by default";

/// What the names of a loop stand for in one round.
pub(in crate::dialect::arm) type Round = Vec<(String, Datum)>;

/// Whether a round is none by default.
pub(in crate::dialect::arm) fn is_open(round: &Round) -> bool {
    round.iter().any(|(name, _)| name == OPEN)
}

impl Evaluator<'_> {
    /// The rounds of a loop over a list; one with nothing known if the list is not, or is too long.
    pub(in crate::dialect::arm) fn rounds(&mut self, head: &Node) -> Vec<Round> {
        let [item, index, list, ..] = head.items() else { return vec![Vec::new()] };
        let name = |node: &Node| node.text().map(str::to_lowercase);
        let list_value = self.value(list);
        if let Some(open) = self.left_open(list, default_of(&list_value)) {
            let names = [name(item), name(index), Some(OPEN.to_owned())];
            return vec![names.into_iter().flatten().map(|n| (n, open.clone())).collect()];
        }
        let items = match &default_of(&list_value).value {
            Known::List(items) if items.len() <= MAX_ITEMS => items.clone(),
            other => {
                let why = match other {
                    Known::Unknown(why) => why.clone(),
                    _ => Why::Expression(self.slice(list)),
                };
                vec![Datum::unknown(self.place(list), why)]
            }
        };
        let at = self.place(head);
        let rounds = items.into_iter().enumerate().map(|(position, value)| {
            let counted = Datum::new(at, Known::Number(position.to_string()));
            let names = [name(item).map(|n| (n, value)), name(index).map(|n| (n, counted))];
            names.into_iter().flatten().collect()
        });
        rounds.collect()
    }

    /// What a list is that hangs on a parameter whose default is empty: what it will hold is for whoever deploys.
    fn left_open(&self, list: &Node, value: &Datum) -> Option<Datum> {
        let is_empty = matches!(&value.value, Known::List(items) if items.is_empty());
        let declared = self.template.parameters.iter().find(|entry| entry.value.span.contains(value.at.span));
        let name = declared.filter(|_| is_empty && value.at.file == self.template.file.id)?.name();
        Some(Datum::unknown(self.place(list), Why::Variable(name.to_owned())))
    }

    /// `[for item in list: value]`.
    pub(super) fn looped(&mut self, node: &Node, at: Source) -> Datum {
        let Some(body) = node.items().get(3) else {
            return Datum::unknown(at, Why::Expression("for".to_owned()));
        };
        let rounds = self.rounds(node).into_iter().filter(|round| !is_open(round));
        let items = rounds.into_iter().map(|round| self.with(round, |this| this.value(body)));
        Datum::new(at, Known::List(items.collect()))
    }

    /// The rounds of a `copy`: one with nothing known if their number is not, or is large.
    pub(in crate::dialect::arm) fn copies(&mut self, copy: &Node) -> Vec<Round> {
        let name = get(copy, "name").and_then(Node::text).unwrap_or_default().to_lowercase();
        let at = self.place(copy);
        let count = get(copy, "count").map(|count| self.value(count));
        let count = count.as_ref().and_then(|c| default_of(c).known()).and_then(|c| c.parse::<usize>().ok());
        let indices: Vec<Datum> = match count.filter(|count| *count <= MAX_ITEMS) {
            Some(count) => (0..count).map(|i| Datum::new(at, Known::Number(i.to_string()))).collect(),
            None => vec![Datum::unknown(at, Why::Expression("copyIndex".to_owned()))],
        };
        // As many as a parameter has that is empty by default.
        let counted = get(copy, "count").and_then(Node::text);
        if indices.is_empty() && counted.is_some_and(|text| text.contains("parameters(")) {
            let index = Datum::unknown(at, Why::Expression("copyIndex".to_owned()));
            return vec![vec![(format!("{INDEX}{name}"), index.clone()), (OPEN.to_owned(), index)]];
        }
        indices.into_iter().map(|index| vec![(format!("{INDEX}{name}"), index)]).collect()
    }

    /// A property, or variable, that a `copy` makes a list of.
    pub(super) fn copied(&mut self, copy: &Node) -> Option<(Text, Source, Datum)> {
        let name = get(copy, "name")?;
        let input = get(copy, "input")?;
        let rounds = self.copies(copy).into_iter().filter(|round| !is_open(round));
        let items = rounds.map(|round| self.with(round, |this| this.value(input))).collect();
        let key = Text::literal(name.text().unwrap_or_default());
        Some((key, self.place(name), Datum::new(self.place(copy), Known::List(items))))
    }

    /// `copyIndex()`, `copyIndex('name', 1)`, `copyIndex(1)`.
    pub(super) fn index(&mut self, values: &[Datum], at: Source) -> Datum {
        let named = values.first().and_then(|v| match &v.value {
            Known::Text(text) => text.known().map(|name| format!("{INDEX}{}", name.to_lowercase())),
            _ => None,
        });
        let offset = values.iter().find_map(|v| match &v.value {
            Known::Number(number) => number.parse::<i64>().ok(),
            _ => None,
        });
        let found = self.locals.iter().rev().find(|(name, _)| match &named {
            Some(named) => name == named,
            None => name.starts_with(INDEX),
        });
        let number = found.and_then(|(_, value)| value.known()?.parse::<i64>().ok());
        match number.and_then(|number| number.checked_add(offset.unwrap_or(0))) {
            Some(number) => Datum::new(at, Known::Number(number.to_string())),
            None => Datum::unknown(at, Why::Expression("copyIndex".to_owned())),
        }
    }

    /// A lambda, called with values.
    pub(super) fn apply(&mut self, lambda: &Node, values: &[Datum]) -> Option<Datum> {
        // JSON writes `lambda('item', …)`, with its parameters as texts.
        if !matches!(lambda.tag.as_deref(), Some(bicep::LAMBDA | "lambda")) {
            return None;
        }
        let (body, names) = lambda.items().split_last()?;
        let named = names.iter().zip(values).filter_map(|(n, v)| Some((n.text()?.to_lowercase(), v.clone())));
        let named = named.collect();
        Some(self.with(named, |this| this.value(body)))
    }

    /// `map(list, item => …)`, `filter(list, item => …)`.
    pub(super) fn transformed(&mut self, name: &str, items: &[Node], at: Source) -> Datum {
        let [list, lambda, ..] = items else { return Datum::unknown(at, Why::Expression(name.to_owned())) };
        let list = self.value(list);
        let Known::List(found) = &default_of(&list).value else {
            return Datum::unknown(at, Why::Expression(name.to_owned()));
        };
        let mut made = Vec::new();
        for item in found.iter().take(MAX_ITEMS) {
            let Some(value) = self.apply(lambda, std::slice::from_ref(item)) else { continue };
            match name {
                "map" => made.push(value),
                // What is not known to be left out may be there.
                _ if super::compare::as_bool(&value) != Some(false) => made.push(item.clone()),
                _ => {}
            }
        }
        Datum::new(at, Known::List(made))
    }
}
