//! Paths into a document's tree, as tables write them.
//!
//! `a.b` is the value under two keys; `a[]` each item of the list under `a`, or the one value that stands in place of a
//! list, and `a[b=c]` each item whose `b` is `c`; `a.*` each value of the map under `a`; `**` everything below, whatever leads there, itself included. `.` is the
//! whole.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::document::{Data, Entry, Node};

/// Most nodes that paths lead through in one file. The largest real pipelines have some ten thousand, and a table looks
/// at each a few dozen times; nested levels of a hostile file must not multiply it.
const MAX_VISITED: usize = 4_000_000;

/// A path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Each,
    Where(String, String),
    Any,
    Deep,
}

impl TryFrom<String> for Path {
    type Error = String;

    fn try_from(written: String) -> Result<Self, String> {
        if written == "." {
            return Ok(Self(Vec::new()));
        }
        let mut steps = Vec::new();
        for part in written.split('.') {
            let mut behind = Vec::new();
            let mut key = part;
            while let Some((rest, inner)) = key.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
                behind.push(match inner.split_once('=') {
                    None if inner.is_empty() => Step::Each,
                    Some((name, value)) => Step::Where(name.to_owned(), value.to_owned()),
                    None => {
                        return Err(format!("`{written}`: `[{inner}]` is neither `[]` nor `[key=value]`"));
                    }
                });
                key = rest;
            }
            match key {
                "" if !behind.is_empty() => {}
                "" => return Err(format!("`{written}`: an empty part")),
                "*" => steps.push(Step::Any),
                "**" => steps.push(Step::Deep),
                key if key.contains(['[', ']', '*']) => {
                    return Err(format!("`{written}`: `{part}` is no part of a path"));
                }
                key => steps.push(Step::Key(key.to_owned())),
            }
            steps.extend(behind.into_iter().rev());
        }
        Ok(Self(steps))
    }
}

/// What a path leads to, the entry whose value it is, and the map that has the entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'n> {
    pub(super) node: &'n Node,
    pub(super) entry: Option<&'n Entry>,
    pub(super) map: Option<&'n Node>,
}

/// How far the paths of one file may still lead.
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) fn new() -> Self {
        Self(Cell::new(MAX_VISITED))
    }

    fn take(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }

    /// Whether a limit stopped a path.
    pub(super) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

impl Path {
    /// Everything that the path leads to, in order.
    pub(super) fn all<'n>(&self, root: &'n Node, budget: &Budget) -> Vec<Found<'n>> {
        let mut found = vec![Found { node: root, entry: None, map: None }];
        for step in &self.0 {
            let mut next = Vec::new();
            for at in found {
                if !budget.take() {
                    return next;
                }
                step.take(at, &mut next, budget);
            }
            found = next;
        }
        found
    }

    /// The first thing that it leads to.
    pub(super) fn first<'n>(&self, root: &'n Node, budget: &Budget) -> Option<&'n Node> {
        self.all(root, budget).first().map(|found| found.node)
    }

    /// The key that the path ends in, if it does.
    pub(super) fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }
}

impl Step {
    fn take<'n>(&self, at: Found<'n>, next: &mut Vec<Found<'n>>, budget: &Budget) {
        match self {
            Self::Key(key) => next.extend(at.node.entry(key).map(|entry| of(at.node, entry))),
            Self::Each => match &at.node.data {
                Data::List(items) => {
                    next.extend(items.iter().filter(|_| budget.take()).map(|node| Found {
                        node,
                        entry: None,
                        map: None,
                    }));
                }
                Data::Map(_) | Data::Null | Data::Cut => {}
                _ => next.push(at),
            },
            Self::Where(key, value) => {
                let is = |node: &&Node| node.get(key).and_then(Node::text) == Some(value.as_str());
                let items = at.node.items().iter().filter(|_| budget.take()).filter(is);
                next.extend(items.map(|node| Found { node, entry: None, map: None }));
            }
            Self::Any => next
                .extend(at.node.entries().iter().filter(|_| budget.take()).map(|entry| of(at.node, entry))),
            Self::Deep => {
                // Below each other in the order in which they are written: the last of the open ones is next.
                let mut open = vec![at];
                while let Some(at) = open.pop() {
                    if !budget.take() {
                        return;
                    }
                    next.push(at);
                    open.extend(at.node.entries().iter().rev().map(|entry| of(at.node, entry)));
                    open.extend(at.node.items().iter().rev().map(|node| Found {
                        node,
                        entry: None,
                        map: None,
                    }));
                }
            }
        }
    }
}

/// Paths that must lead somewhere, and what stands there: nothing for whatever, a text, or its beginning before `*`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, Vec<String>>")]
pub(super) struct Conditions(Vec<(Path, Vec<String>)>);

impl TryFrom<BTreeMap<String, Vec<String>>> for Conditions {
    type Error = String;

    fn try_from(written: BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        let pairs = written.into_iter().map(|(path, texts)| Ok((Path::try_from(path)?, texts)));
        Ok(Self(pairs.collect::<Result<_, String>>()?))
    }
}

impl Conditions {
    /// Whether all of them hold.
    pub(super) fn hold(&self, root: &Node, budget: &Budget) -> bool {
        self.0.iter().all(|(path, texts)| {
            let is = |text: &str, wanted: &String| match wanted.strip_suffix('*') {
                Some(prefix) => text.starts_with(prefix),
                None => text == wanted,
            };
            path.all(root, budget).iter().any(|found| {
                texts.is_empty()
                    || found.node.written().is_some_and(|text| texts.iter().any(|wanted| is(text, wanted)))
            })
        })
    }
}

fn of<'n>(map: &'n Node, entry: &'n Entry) -> Found<'n> {
    Found { node: &entry.value, entry: Some(entry), map: Some(map) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;
    use crate::document::yaml;

    fn texts(path: &str, text: &str) -> Vec<String> {
        let document = yaml::read(text);
        let path = Path::try_from(path.to_owned()).unwrap();
        let found = path.all(&document.nodes()[0], &Budget::new());
        found.iter().filter_map(|found| Some(found.node.text()?.to_owned())).collect()
    }

    #[test]
    fn paths_lead_through_keys_lists_and_maps() {
        let text = "a: { b: [x, y], c: z }\nd: { e: { f: 1, g: [{ f: 2 }] } }\n";
        assert_eq!(texts("a.b[]", text), ["x", "y"]);
        assert_eq!(texts("a.c[]", text), ["z"], "one value in place of a list");
        assert_eq!(texts("a.*", text), ["z"]);
        assert_eq!(texts("d.e.g[f=2].f", text), ["2"]);
        assert_eq!(texts("a[][]", "a: [[x], [y, z]]"), ["x", "y", "z"]);
        assert_eq!(texts("**.f", text), ["1", "2"]);
        assert!(texts("a[]", text).is_empty() && texts("a.q.c", text).is_empty());
        assert_eq!(texts(".", "x"), ["x"]);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for written in ["", "a..b", "a[0]", "a.b*", "a[].", "***"] {
            assert!(Path::try_from(written.to_owned()).is_err(), "{written}");
        }
    }

    #[test]
    fn a_path_through_a_large_tree_ends() {
        let mut text = String::from("a: &a0 [x, x]\n");
        (0..16).for_each(|i| text.push_str(&format!("b{i}: &a{} [*a{i}, *a{i}]\n", i + 1)));
        let document = yaml::read(&text);
        let budget = Budget::new();
        let path = Path::try_from("**.**.**".to_owned()).unwrap();
        path.all(&document.nodes()[0], &budget);
        assert!(budget.is_spent());
    }
}
