//! Variables of the framework that the tree itself answers: `${self:custom.x}`, and `${file(more.yml):x}`.
//!
//! <https://www.serverless.com/framework/docs/guides/variables>
//!
//! Invariant: what comes from another file has the place of the reference to it; a reference that ends in itself, or that
//! only the framework can answer, stays as it is written.

use std::collections::BTreeMap;

use super::super::{SourceFile, Unit, resolve};
use crate::document::{Data, Entry, Node, Scalar};
use crate::span::ByteSpan;

/// Longest chain of references; deeper ones go round.
const MAX_CHAIN: usize = 16;
/// Most nodes of one service with what its references hold: each may repeat a file.
const MAX_NODES: usize = 200_000;
/// Most files that one service names.
const MAX_FILES: usize = 64;
/// Files that are data; those of programs make what only they know.
const FORMATS: [&str; 3] = [".yml", ".yaml", ".json"];

/// A variable: what it is asked of, and the path there.
pub(super) enum Variable<'t> {
    /// The service itself.
    Own(&'t str),
    /// A file of data.
    File(&'t str, &'t str),
    /// What is known when it is deployed: a stage, a stored parameter, what a program makes.
    Elsewhere,
}

impl<'t> Variable<'t> {
    /// What stands between `${` and `}`.
    pub(super) fn of(inner: &'t str) -> Self {
        let inner = inner.trim();
        // Behind a comma stands what holds otherwise.
        let plain = |path: &str| !path.contains(['$', '{', ',']);
        if let Some(path) = inner.strip_prefix("self:").filter(|path| plain(path)) {
            return Self::Own(path);
        }
        let Some((path, rest)) = inner.strip_prefix("file(").and_then(|rest| rest.split_once(')')) else {
            return Self::Elsewhere;
        };
        let below = rest.strip_prefix(':').unwrap_or(rest);
        let is_data = FORMATS.iter().any(|format| path.ends_with(format));
        if is_data && plain(path) && plain(below) { Self::File(path, below) } else { Self::Elsewhere }
    }
}

/// The variable that a text is, if it is nothing else.
pub(super) fn whole(text: &str) -> Option<&str> {
    text.trim().strip_prefix("${")?.strip_suffix('}').filter(|inner| !inner.contains("${"))
}

/// The files that a service takes values from, from the root.
pub(super) fn files(file: &SourceFile) -> Vec<String> {
    let text = String::from_utf8_lossy(&file.bytes);
    let named = text.split("${file(").skip(1).filter_map(|rest| rest.split_once(')')).map(|(path, _)| path);
    let data = named.filter(|path| FORMATS.iter().any(|format| path.ends_with(format)));
    data.filter_map(|path| resolve(file.folder(), path)).take(MAX_FILES).collect()
}

/// A service with its variables filled in.
pub(super) fn filled(unit: &Unit, file: &SourceFile, root: &Node) -> Node {
    Filling::of(unit, file, root, true).node(root, 0)
}

/// A part of a service with what the service itself answers filled in. Templates in files of their own speak for
/// themselves.
pub(super) fn filled_by_itself(unit: &Unit, file: &SourceFile, root: &Node, part: &Node) -> Node {
    Filling::of(unit, file, root, false).node(part, 0)
}

struct Filling<'u> {
    unit: &'u Unit,
    file: &'u SourceFile,
    root: &'u Node,
    left: usize,
    /// Whether files are read along.
    files: bool,
    /// How many nodes a file holds, counted once.
    sizes: BTreeMap<String, usize>,
}

impl<'u> Filling<'u> {
    fn of(unit: &'u Unit, file: &'u SourceFile, root: &'u Node, files: bool) -> Self {
        Self { unit, file, root, left: MAX_NODES, files, sizes: BTreeMap::new() }
    }
}

impl Filling<'_> {
    fn node(&mut self, node: &Node, chain: usize) -> Node {
        self.left = self.left.saturating_sub(1);
        let data = match &node.data {
            _ if self.left == 0 => return node.clone(),
            Data::List(items) => Data::List(items.iter().map(|item| self.node(item, chain)).collect()),
            Data::Map(entries) => Data::Map(entries.iter().map(|entry| self.entry(entry, chain)).collect()),
            Data::Scalar(scalar) => match whole(&scalar.text) {
                Some(inner) => return self.variable(inner, node.span, chain).unwrap_or_else(|| node.clone()),
                None => Data::Scalar(self.text(scalar, chain)),
            },
            other => other.clone(),
        };
        Node { data, ..node.clone() }
    }

    fn entry(&mut self, entry: &Entry, chain: usize) -> Entry {
        Entry { key: entry.key.clone(), value: self.node(&entry.value, chain), merged: entry.merged }
    }

    /// What a variable holds; nothing, if that is not known here.
    fn variable(&mut self, inner: &str, at: ByteSpan, chain: usize) -> Option<Node> {
        if chain == MAX_CHAIN {
            return None;
        }
        match Variable::of(inner) {
            Variable::Own(path) => {
                let found = below(self.root, path)?.clone();
                let made = self.node(&found, chain + 1);
                // A reference that is itself not known is no answer.
                made.text().is_none_or(|text| whole(text).is_none()).then_some(made)
            }
            Variable::File(path, inside) if self.files => {
                let path = resolve(self.file.folder(), path)?;
                let root = self.unit.file(&path)?.document.nodes().first()?;
                let size = *self.sizes.entry(path).or_insert_with(|| count(root));
                self.left = self.left.saturating_sub(size);
                let found = moved(below(root, inside)?, at);
                Some(self.node(&found, chain + 1))
            }
            Variable::File(..) | Variable::Elsewhere => None,
        }
    }

    /// A text with the variables in it that are texts.
    fn text(&mut self, scalar: &Scalar, chain: usize) -> Scalar {
        let mut made = String::new();
        let mut rest: &str = &scalar.text;
        let mut changed = false;
        while let Some((before, from)) = rest.split_once("${") {
            let Some((inner, after)) = from.split_once('}') else { break };
            made.push_str(before);
            let at = ByteSpan::new(scalar.span().start as usize, scalar.span().end as usize);
            let value = self.variable(inner, at, chain);
            match value.as_ref().and_then(Node::written) {
                Some(text) => {
                    made.push_str(text);
                    changed = true;
                }
                None => made.push_str(&format!("${{{inner}}}")),
            }
            rest = after;
        }
        made.push_str(rest);
        match changed {
            true => placed(&made, scalar, scalar.span()),
            false => scalar.clone(),
        }
    }
}

/// The node at `a.b.0.c`; the node itself for an empty path.
fn below<'n>(root: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('.').filter(|key| !key.is_empty()).try_fold(root, |node, key| {
        node.get(key).or_else(|| key.parse::<usize>().ok().and_then(|index| node.items().get(index)))
    })
}

fn count(node: &Node) -> usize {
    let inner = node.items().iter().chain(node.entries().iter().map(|entry| &entry.value));
    1 + inner.map(count).sum::<usize>()
}

/// A tree all of which stands at one place.
fn moved(node: &Node, at: ByteSpan) -> Node {
    let data = match &node.data {
        Data::List(items) => Data::List(items.iter().map(|item| moved(item, at)).collect()),
        Data::Map(entries) => Data::Map(
            entries
                .iter()
                .map(|e| Entry { key: moved(&e.key, at), value: moved(&e.value, at), merged: e.merged })
                .collect(),
        ),
        Data::Scalar(scalar) => Data::Scalar(placed(&scalar.text, scalar, at)),
        other => other.clone(),
    };
    Node { span: at, data, ..node.clone() }
}

/// A text every byte of which stands at one place.
fn placed(text: &str, like: &Scalar, at: ByteSpan) -> Scalar {
    Scalar { text: text.into(), style: like.style, map: [(0, at.start)].into(), end: at.end }
}
