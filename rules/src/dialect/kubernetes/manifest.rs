//! One manifest: what every kind has in common.

use std::collections::BTreeMap;

use crate::document::{Break, Node};
use crate::fact::{Alternative, Case, ContextId, ContextKind, Ref, Text, Value, Why};
use crate::span::{ByteSpan, FileId, Source};

use super::super::kustomize::Addresses;
use super::super::{Lowering, SourceFile};
use super::template;

/// Deepest nesting of `kind: List` in `kind: List`.
const MAX_LISTS: usize = 8;

/// A manifest of a file.
#[derive(Clone, Debug)]
pub(super) struct Manifest<'d> {
    /// The whole manifest.
    pub(super) node: &'d Node,
    /// Its file.
    pub(super) file: FileId,
    /// `Deployment`.
    pub(super) kind: &'d str,
    /// `apps`; empty for the core group.
    pub(super) group: &'d str,
    /// Its name; a hole if it has none.
    pub(super) name: Text,
    /// Its namespace; a hole if it states none.
    pub(super) namespace: Text,
    /// Whether all of it was read, so that what it does not say is said nowhere.
    pub(super) whole: bool,
    /// What carries it, if that is more than its file.
    pub(super) carrier: Option<Carrier<'d>>,
    /// Where its parts are written, if it is made of several files.
    pub(super) built: Option<&'d Addresses>,
}

/// What carries a manifest that another dialect read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carrier<'d> {
    /// The context it stands in.
    pub(super) within: ContextId,
    /// Where values are written that stand in other files, by the place of their use.
    pub(super) elsewhere: &'d BTreeMap<ByteSpan, Source>,
}

impl<'d> Manifest<'d> {
    /// The manifests of a file: its documents, items of lists, and manifests that other documents carry in a list.
    pub(super) fn all(file: &'d SourceFile) -> Vec<Self> {
        let documents = file.document.nodes();
        let mut found = Vec::new();
        for (index, node) in documents.iter().enumerate() {
            let first = found.len();
            Self::collect(file.id, node, 0, &mut found);
            // What a document lacks may stand behind the place where it breaks off.
            let next = documents.get(index + 1).map_or(u32::MAX, |next| next.span.start);
            let breaks_off =
                |b: &Break| (node.span.start..next).contains(&b.span.start) || b.span.contains(node.span);
            if file.document.breaks.iter().any(breaks_off) {
                found.iter_mut().skip(first).for_each(|manifest| manifest.whole = false);
            }
        }
        found
    }

    /// Whether a file holds any, or lists of any. Asked again for each remedy, so that it stops at the first.
    pub(super) fn any(file: &SourceFile) -> bool {
        let is = |node: &Node| {
            node.get("kind").and_then(Node::text).is_some()
                && node.get("apiVersion").and_then(Node::text).is_some_and(is_version)
        };
        let listed = |node: &Node| node.entries().iter().flat_map(|entry| entry.value.items()).any(is);
        file.document.nodes().iter().any(|node| is(node) || listed(node))
    }

    pub(super) fn collect(file: FileId, node: &'d Node, depth: usize, found: &mut Vec<Self>) {
        let Some(manifest) = Self::of(file, node) else {
            if depth == 0 {
                let lists = node.entries().iter().flat_map(|entry| entry.value.items());
                lists.for_each(|item| Self::collect(file, item, 1, found));
            }
            return;
        };
        let items = node.get("items").filter(|_| manifest.kind.ends_with("List") && depth < MAX_LISTS);
        match items {
            Some(items) => items.items().iter().for_each(|item| match manifest.item(item) {
                Some(item) => found.push(item),
                None => Self::collect(file, item, depth + 1, found),
            }),
            None => found.push(manifest),
        }
    }

    /// An item of a typed list (`RoleList`) that leaves out its own kind: the list says what its items are. A plain
    /// `List` does not, so that the item's kind is empty.
    /// Source: <https://kubernetes.io/docs/reference/using-api/api-concepts/#collections>.
    fn item(&self, node: &'d Node) -> Option<Self> {
        let kind = self.kind.strip_suffix("List")?;
        let version = self.node.get("apiVersion")?.text()?;
        let leaves_out = node.get("kind").is_none() && !node.entries().is_empty();
        leaves_out.then(|| Self::as_kind(self.file, node, version, kind))
    }

    /// A node that is a manifest: `apiVersion` and `kind` are text.
    pub(super) fn of(file: FileId, node: &'d Node) -> Option<Self> {
        Some(Self::as_kind(file, node, node.get("apiVersion")?.text()?, node.get("kind")?.text()?))
    }

    fn as_kind(file: FileId, node: &'d Node, version: &'d str, kind: &'d str) -> Self {
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let name = node.path(&["metadata", "name"]).and_then(Node::text);
        let namespace = node.path(&["metadata", "namespace"]).and_then(Node::text);
        Self {
            node,
            file,
            // A Secret spelled in lower case is refused by the API server, but what stands in it is in the tree.
            kind: if kind == "secret" { "Secret" } else { kind },
            group,
            name: name.map_or_else(|| Text::hole(Why::Variable("metadata.name".to_owned())), template::text),
            namespace: namespace.map_or_else(unstated_namespace, template::text),
            whole: true,
            carrier: None,
            built: None,
        }
    }

    /// A place in the manifest's file, or where the value is written that is used there.
    pub(super) fn at(&self, span: ByteSpan) -> Source {
        let part = self.built.and_then(|addresses| addresses.source(span));
        let written = part.or_else(|| self.carrier.and_then(|c| c.elsewhere.get(&span).copied()));
        written.unwrap_or_else(|| Source::new(self.file, span))
    }

    /// The place of a node.
    pub(super) fn node_at(&self, node: &Node) -> Source {
        self.at(node.span)
    }

    /// Where the manifest says who it is: its name, or else its kind.
    pub(super) fn naming_at(&self) -> Source {
        let node =
            self.node.path(&["metadata", "name"]).or_else(|| self.node.get("kind")).unwrap_or(self.node);
        self.node_at(node)
    }

    /// The manifest itself as an entity of its namespace.
    pub(super) fn is(&self) -> Ref {
        self.other(self.kind, self.name.clone())
    }

    /// Another entity of the same namespace.
    pub(super) fn other(&self, kind: &str, name: impl Into<Text>) -> Ref {
        Ref::new("kubernetes", kind, [self.namespace.clone()], name)
    }

    /// `Deployment/web`.
    pub(super) fn label(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }

    /// Its context in its file.
    pub(super) fn context(&self, out: &mut Lowering<'_>) -> ContextId {
        let file = match self.carrier {
            Some(carrier) => carrier.within,
            None => out.file_context(self.file),
        };
        out.context(file, ContextKind::Manifest, &self.label(), self.node_at(self.node))
    }

    /// Labels and annotations with their keys.
    pub(super) fn metadata(&self) -> impl Iterator<Item = (&'d str, &'d Node)> {
        let node = self.node;
        ["annotations", "labels"]
            .into_iter()
            .filter_map(move |key| node.path(&["metadata", key]))
            .flat_map(|map| map.entries())
            .filter_map(|entry| Some((entry.key.text()?, &entry.value)))
    }

    /// A boolean of the API. Where YAML 1.1 and 1.2 differ (`no`), the second reading is text, which is no boolean,
    /// so that the platform's default holds.
    pub(super) fn boolean(&self, node: &Node, default: bool) -> Value<bool> {
        let source = self.node_at(node);
        match node.boolean() {
            Some((value, true)) => Value::known(value, source),
            Some((value, false)) if value == default => Value::known(value, source),
            Some((value, false)) => Value::OneOf {
                of: vec![
                    Alternative { value, source, case: Case::of("YAML", "1.1"), default: true },
                    Alternative { value: default, source, case: Case::of("YAML", "1.2"), default: false },
                ],
                open: false,
            },
            None => Value::unknown(why_unread(node), source),
        }
    }
}

/// Why a node that should be a number or boolean is neither.
pub(super) fn why_unread(node: &Node) -> Why {
    let holes = node.text().map(template::text);
    holes.as_ref().and_then(Text::why).cloned().unwrap_or_else(|| Why::Unsupported("this value".to_owned()))
}

/// The namespace of a manifest that states none: whoever applies it decides.
pub(super) fn unstated_namespace() -> Text {
    Text::hole(Why::Variable("namespace".to_owned()))
}

/// The text under a key, with holes.
pub(super) fn text_under(node: &Node, key: &str) -> Option<Text> {
    node.get(key).and_then(Node::text).filter(|t| !t.is_empty()).map(template::text)
}

/// Whether a text may be a version of an API of Kubernetes: resources of Azure, which have the same keys, are of a day or of an
/// expression.
fn is_version(text: &str) -> bool {
    let day = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains('/');
    !day && !text.starts_with('[')
}
