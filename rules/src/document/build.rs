//! Puts trees together from a reader's events, within the limits, without recursion.
//!
//! Invariant: what is built is at most [`MAX_DEPTH`] deep and, aliases counted each time, [`MAX_NODES`] large, so that
//! whoever walks it may recurse.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Break, Data, Entry, MAX_DEPTH, MAX_NODES, Node, Style};
use crate::span::ByteSpan;

/// What a collection holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    List,
    Map,
}

/// A finished node with what its parents must know of it.
#[derive(Clone, Debug)]
struct Built {
    node: Node,
    /// Where it stands, quotes and brackets included.
    outer: ByteSpan,
    /// Nodes in it, aliases counted each time.
    weight: usize,
    /// Levels below it.
    height: usize,
}

/// A collection whose end was not seen yet.
#[derive(Debug)]
struct Open {
    shape: Shape,
    anchor: usize,
    tag: Option<Arc<str>>,
    span: ByteSpan,
    items: Vec<Node>,
    entries: Vec<Entry>,
    /// Entries taken over by merge keys, strongest first.
    merges: Vec<Vec<Entry>>,
    key: Option<Node>,
    weight: usize,
    height: usize,
}

/// Collects nodes.
#[derive(Debug, Default)]
pub(super) struct Builder {
    /// Finished roots.
    pub(super) roots: Vec<Node>,
    /// Second keys of the same name.
    pub(super) duplicates: Vec<ByteSpan>,
    /// What was left out.
    pub(super) breaks: Vec<Break>,
    /// Whether `<<` merges.
    merge_keys: bool,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Built>,
    nodes: usize,
    /// Collections open below the depth limit, and where the outermost of them began.
    skipped: Option<(usize, ByteSpan)>,
    said_too_deep: bool,
    said_bomb: bool,
}

impl Builder {
    pub(super) fn new(merge_keys: bool) -> Self {
        Self { merge_keys, ..Self::default() }
    }

    /// Whether the limit of nodes is reached: the reader stops then.
    pub(super) fn is_full(&self) -> bool {
        self.nodes > MAX_NODES
    }

    /// The innermost open collection.
    pub(super) fn inside(&self) -> Option<Shape> {
        self.open.last().map(|o| o.shape)
    }

    /// Whether the next node of the innermost map is a value.
    pub(super) fn has_key(&self) -> bool {
        self.open.last().is_some_and(|o| o.key.is_some())
    }

    /// A collection begins. `span` is its bracket, or where its first child or dash stands.
    pub(super) fn open(&mut self, shape: Shape, span: ByteSpan, anchor: usize, tag: Option<Arc<str>>) {
        if let Some((depth, _)) = &mut self.skipped {
            *depth += 1;
        } else if self.open.len() >= MAX_DEPTH {
            self.skipped = Some((1, span));
        } else {
            self.open.push(Open {
                shape,
                anchor,
                tag,
                span,
                items: Vec::new(),
                entries: Vec::new(),
                merges: Vec::new(),
                key: None,
                weight: 1,
                height: 0,
            });
        }
    }

    /// The innermost collection ends; `end` is its closing bracket, or `None` without one.
    pub(super) fn close(&mut self, end: Option<ByteSpan>) {
        if let Some((depth, start)) = self.skipped {
            if depth > 1 {
                self.skipped = Some((depth - 1, start));
                return;
            }
            self.skipped = None;
            let span = end.map_or(start, |e| start.join(e));
            if !std::mem::replace(&mut self.said_too_deep, true) {
                self.breaks.push(Break { span, why: format!("nested deeper than {MAX_DEPTH} levels") });
            }
            self.leaf(Node::new(span, Data::Cut), span, 0);
            return;
        }
        let Some(mut open) = self.open.pop() else { return };
        if let Some(key) = open.key.take() {
            let value = Node::new(ByteSpan::at(key.span.end as usize), Data::Null);
            open.entries.push(Entry { key, value, merged: false });
        }
        self.find_duplicates(&open.entries);
        let span = end.map_or(open.span, |e| open.span.join(e));
        let data = match open.shape {
            Shape::List => Data::List(open.items.into()),
            Shape::Map if open.merges.is_empty() => Data::Map(open.entries.into()),
            Shape::Map => {
                let merged = open.merges.into_iter().rev().flatten();
                Data::Map(merged.chain(open.entries).collect())
            }
        };
        let node = Node::new(span, data).tagged(open.tag);
        let built = Built { node, outer: span, weight: open.weight, height: open.height };
        self.place(built, open.anchor);
    }

    /// A node without children. `outer` includes its quotes.
    pub(super) fn leaf(&mut self, node: Node, outer: ByteSpan, anchor: usize) {
        self.place(Built { node, outer, weight: 1, height: 0 }, anchor);
    }

    /// An alias at `span` of the node with an anchor.
    pub(super) fn alias(&mut self, anchor: usize, span: ByteSpan) {
        let deep = self.open.len();
        let Some(target) = self.anchors.get(&anchor) else {
            return self.lost(span, "an alias names nothing that is finished before it");
        };
        if self.nodes.saturating_add(target.weight) > MAX_NODES {
            if !std::mem::replace(&mut self.said_bomb, true) {
                let why = format!("alias bomb: aliases expand to more than {MAX_NODES} nodes");
                self.breaks.push(Break { span, why });
            }
            return self.leaf(Node::new(span, Data::Cut), span, 0);
        }
        if deep + target.height + 1 > MAX_DEPTH {
            return self.lost(span, "an alias nests deeper than 128 levels");
        }
        let mut built = target.clone();
        built.node.used_at = Some(span);
        built.outer = span;
        self.place(built, 0);
    }

    /// A node that cannot be given.
    pub(super) fn lost(&mut self, span: ByteSpan, why: &str) {
        if self.skipped.is_none() {
            self.breaks.push(Break { span, why: why.to_owned() });
        }
        self.leaf(Node::new(span, Data::Cut), span, 0);
    }

    /// The end of a document: closes what is open and forgets anchors.
    pub(super) fn end_document(&mut self) {
        while self.skipped.is_some() || !self.open.is_empty() {
            self.close(None);
        }
        self.anchors.clear();
    }

    fn place(&mut self, built: Built, anchor: usize) {
        if self.skipped.is_some() {
            return;
        }
        // A collection's children were counted when they came.
        let new = if built.node.used_at.is_some() { built.weight } else { 1 };
        self.nodes = self.nodes.saturating_add(new);
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            self.roots.push(built.node);
            return;
        };
        parent.weight = parent.weight.saturating_add(built.weight);
        parent.height = parent.height.max(built.height + 1);
        parent.span = parent.span.join(built.outer);
        match (parent.shape, parent.key.take()) {
            (Shape::List, _) => parent.items.push(built.node),
            (Shape::Map, None) => parent.key = Some(built.node),
            (Shape::Map, Some(key)) => match self.merge_keys.then(|| merged(&key, &built.node)).flatten() {
                Some(sources) => parent.merges.extend(sources),
                None => parent.entries.push(Entry { key, value: built.node, merged: false }),
            },
        }
    }

    fn find_duplicates(&mut self, entries: &[Entry]) {
        if entries.len() < 2 {
            return;
        }
        let mut names: Vec<(&str, ByteSpan)> =
            entries.iter().filter_map(|e| Some((e.key.text()?, e.key.span))).collect();
        names.sort();
        for pair in names.windows(2) {
            if let [(first, _), (second, span)] = pair
                && first == second
            {
                self.duplicates.push(*span);
            }
        }
    }
}

/// The maps that a merge key takes over, or `None` if this is an ordinary entry.
fn merged(key: &Node, value: &Node) -> Option<Vec<Vec<Entry>>> {
    key.scalar().filter(|s| s.style == Style::Plain && &*s.text == "<<")?;
    match &value.data {
        Data::Map(entries) => Some(vec![taken_over(entries, value.used_at)]),
        Data::List(items) if items.iter().all(|i| matches!(i.data, Data::Map(_))) => {
            Some(items.iter().map(|i| taken_over(i.entries(), i.used_at.or(value.used_at))).collect())
        }
        _ => None,
    }
}

fn taken_over(entries: &[Entry], used_at: Option<ByteSpan>) -> Vec<Entry> {
    let at_use = |node: &Node| Node { used_at: used_at.or(node.used_at), ..node.clone() };
    entries.iter().map(|e| Entry { key: at_use(&e.key), value: at_use(&e.value), merged: true }).collect()
}
