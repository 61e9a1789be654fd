//! Kubernetes manifests in Terraform's words: blocks become the tree that the API is given, so that one dialect speaks
//! for both. Which names differ is data: `data/terraform/kubernetes.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use hcl_edit::structure::{Block, Body};
use serde::Deserialize;

use super::file_of;
use super::site::Site;
use crate::dialect::kubernetes::Carried;
use crate::dialect::terraform::evaluate::{Scope, default_of};
use crate::dialect::terraform::syntax::{self, Located};
use crate::dialect::terraform::tables::{self, is_of};
use crate::document::{Data, Entry, Node, Scalar, Style, yaml};
use crate::fact::{Case, Datum, Known, Piece, Text, Why};
use crate::span::{ByteSpan, FileId, Source};

/// Deepest nesting of blocks: a cron job's container names its secrets nine blocks down.
const MAX_NESTING: usize = 16;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    r#type: String,
    version: String,
    kind: String,
    #[serde(default)]
    rename: BTreeMap<String, String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    r#type: String,
    argument: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifests {
    lists: Vec<String>,
    maps: Vec<String>,
    names: BTreeMap<String, String>,
    kind: Vec<Kind>,
    object: Vec<Object>,
}

static MANIFESTS: LazyLock<Manifests> =
    LazyLock::new(|| tables::read(include_str!("../../../../data/terraform/kubernetes.toml")));

/// Reads the table now.
pub(super) fn warm() {
    LazyLock::force(&MANIFESTS);
}

/// Whether a type is a manifest of Kubernetes.
pub(super) fn knows(kind: &str) -> bool {
    let mut kinds = MANIFESTS.kind.iter().map(|row| &row.r#type);
    kinds.any(|own| is_of(own, kind)) || MANIFESTS.object.iter().any(|row| is_of(&row.r#type, kind))
}

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    let kind = site.kind();
    if let Some(row) = MANIFESTS.kind.iter().find(|row| is_of(&row.r#type, kind)) {
        of_blocks(site, row);
    } else if let Some(row) = MANIFESTS.object.iter().find(|row| is_of(&row.r#type, kind)) {
        of_argument(site, row);
    }
}

fn of_blocks(site: &mut Site<'_, '_, '_>, row: &'static Kind) {
    let (block, scope) = (site.block, site.scope.clone());
    let header = block.header();
    let mut writer = Writer::of(site);
    let mut entries = vec![
        writer.entry("apiVersion", header.span, writer.text(&row.version, header)),
        writer.entry("kind", header.span, writer.text(&row.kind, header)),
    ];
    entries.extend(writer.body(site, block.body(), &scope, &row.rename, 0));
    let node = Node::new(header.span, Data::Map(entries.into()));
    writer.carry(site, node);
}

/// A manifest as an object, or as YAML in a text.
fn of_argument(site: &mut Site<'_, '_, '_>, row: &Object) {
    let Some(value) = site.value(&row.argument) else { return };
    let value = default_of(&value).clone();
    let mut writer = Writer::of(site);
    match &value.value {
        Known::Map(_) => {
            if let Some(node) = writer.value(site, &value) {
                writer.carry(site, node);
            }
        }
        Known::Text(text) => match site.out.unit.files.get(value.at.file.0 as usize) {
            // Its places are those of the block's own file: what is not resolved stays a hole there as well.
            Some(file) if value.at.file == writer.file => {
                let scalar = syntax::decoded(file, value.at);
                for node in yaml::read_embedded(&scalar) {
                    Writer::of(site).carry(site, node);
                }
            }
            // A file of the tree is read by its own dialect.
            _ => {
                if let Some(why) = text.why() {
                    site.out.unknown(value.at, why.clone());
                }
            }
        },
        _ => site.unresolved(&value),
    }
}

/// Writes one manifest.
pub(super) struct Writer {
    file: FileId,
    elsewhere: BTreeMap<ByteSpan, Source>,
}

impl Writer {
    pub(super) fn of(site: &Site<'_, '_, '_>) -> Self {
        Self { file: site.block.file.id, elsewhere: BTreeMap::new() }
    }

    fn carry(self, site: &mut Site<'_, '_, '_>, node: Node) {
        site.carried.push(Carried {
            file: self.file,
            node,
            elsewhere: self.elsewhere,
            within: site.within,
            when: Case::always(),
            lesser: false,
        });
    }

    /// The arguments and blocks of a body under the API's names.
    fn body<'u>(
        &mut self,
        site: &mut Site<'_, '_, 'u>,
        body: Located<'u, Body>,
        scope: &Scope,
        rename: &BTreeMap<String, String>,
        depth: usize,
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        for attribute in body.attributes() {
            let value = site.evaluator.value(attribute.value(), scope);
            let name = attribute.name();
            if let Some(renamed) = rename.get(name) {
                if let Some(node) = self.value(site, &value) {
                    entries.push(self.entry(renamed, attribute.key().span, node));
                }
            } else if let Some(entry) = self.argument(site, name, attribute.key().span, &value) {
                entries.push(entry);
            }
        }
        if depth == MAX_NESTING {
            return entries;
        }
        let mut kinds: Vec<&str> = Vec::new();
        let named = |b: Located<'u, Block>| if b.kind() == "dynamic" { b.label(0) } else { b.kind() };
        for kind in body.blocks().map(named) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        for kind in kinds {
            let name = MANIFESTS.names.get(kind).cloned().unwrap_or_else(|| camel(kind));
            let mut items = Vec::new();
            let mut key = None;
            for (inner, place, expansion) in site.evaluator.nested(body, kind, scope) {
                let none = BTreeMap::new();
                let inner = self.body(site, inner, &expansion.scope, &none, depth + 1);
                let span = place.span;
                key.get_or_insert(opening(site, place));
                items.push(Node::new(span, Data::Map(inner.into())));
            }
            let Some(key) = key else { continue };
            let node = if MANIFESTS.lists.contains(&name) {
                let span =
                    items.iter().skip(1).fold(items.first().map_or(key, |i| i.span), |s, i| s.join(i.span));
                Node::new(span, Data::List(items.into()))
            } else {
                items.swap_remove(0)
            };
            entries.push(self.entry(&name, key, node));
        }
        entries
    }

    /// An argument, or a block that is written as one, as versions before 0.12 let it be.
    fn argument(
        &mut self,
        site: &Site<'_, '_, '_>,
        name: &str,
        at: ByteSpan,
        value: &Datum,
    ) -> Option<Entry> {
        let is_own = MANIFESTS.maps.iter().any(|map| map == name);
        let blocks: Vec<&[(Text, Source, Datum)]> = match &default_of(value).value {
            Known::Map(entries) if !is_own => vec![entries],
            Known::List(items) if !is_own => items
                .iter()
                .filter_map(|i| if let Known::Map(e) = &i.value { Some(&e[..]) } else { None })
                .collect(),
            _ => Vec::new(),
        };
        if blocks.is_empty() {
            let node = self.value(site, value)?;
            return Some(self.entry(&camel(name), at, node));
        }
        let span = self.place(default_of(value));
        let mut items: Vec<Node> = Vec::with_capacity(blocks.len());
        for block in blocks {
            let mut made = Vec::with_capacity(block.len());
            for (key, place, value) in block {
                let at = if place.file == self.file { place.span } else { span };
                made.extend(self.argument(site, &written(key), at, value));
            }
            items.push(Node::new(span, Data::Map(made.into())));
        }
        let name = MANIFESTS.names.get(name).cloned().unwrap_or_else(|| camel(name));
        let node = match MANIFESTS.lists.contains(&name) {
            true => Node::new(span, Data::List(items.into())),
            false => items.swap_remove(0),
        };
        Some(self.entry(&name, at, node))
    }

    pub(super) fn entry(&self, name: &str, at: ByteSpan, value: Node) -> Entry {
        let key = scalar(name, at);
        Entry { key: Node::new(at, Data::Scalar(key)), value, merged: false }
    }

    /// A text that stands at a place without being written there.
    pub(super) fn text(&self, text: &str, at: Source) -> Node {
        Node::new(at.span, Data::Scalar(scalar(text, at.span)))
    }

    /// A value under the names it has; nothing for null.
    pub(super) fn value(&mut self, site: &Site<'_, '_, '_>, value: &Datum) -> Option<Node> {
        let value = default_of(value);
        let at = self.place(value);
        let data = match &value.value {
            Known::Null => return None,
            Known::Bool(truth) => Data::Bool(*truth),
            Known::Number(number) => Data::Number(number.as_str().into()),
            Known::Text(text) => Data::Scalar(self.scalar(site, value, text, at)),
            Known::List(items) => Data::List(items.iter().filter_map(|i| self.value(site, i)).collect()),
            Known::Map(entries) => {
                let mut made = Vec::with_capacity(entries.len());
                for (key, place, value) in entries {
                    let Some(node) = self.value(site, value) else { continue };
                    let span = if place.file == self.file { place.span } else { at };
                    made.push(self.entry(&written(key), span, node));
                }
                Data::Map(made.into())
            }
            Known::Unknown(why) => Data::Scalar(scalar(&written(&Text::hole(why.clone())), at)),
            // The default of alternatives is no alternatives.
            Known::OneOf { .. } => return None,
        };
        Some(Node::new(at, data))
    }

    /// Where a value stands in the block's file: itself, or its last use there.
    fn place(&mut self, value: &Datum) -> ByteSpan {
        if value.at.file == self.file {
            return value.at.span;
        }
        let used = value.via.iter().rev().find(|via| via.file == self.file).map(|via| via.span);
        let span = used.unwrap_or_default();
        self.elsewhere.insert(span, value.at);
        span
    }

    fn scalar(&self, site: &Site<'_, '_, '_>, value: &Datum, text: &Text, at: ByteSpan) -> Scalar {
        let written = written(text);
        let here = file_of(site.out.unit, value.at).filter(|file| file.id == self.file);
        let literal = here.map(|file| syntax::decoded(file, value.at)).filter(|s| *s.text == *written);
        literal.unwrap_or_else(|| scalar(&written, at))
    }
}

/// A text with its holes as references.
fn written(text: &Text) -> String {
    let mut all = String::new();
    for piece in &text.0 {
        match piece {
            Piece::Literal(text) => all.push_str(text),
            Piece::Hole(why) => {
                let name = match why {
                    Why::Variable(name)
                    | Why::Expression(name)
                    | Why::Computed(name)
                    | Why::NotInTree(name) => name,
                    Why::Unsupported(_) | Why::Limit(_) => "unknown",
                };
                let plain = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '_') { c } else { '_' };
                all.push_str("${");
                all.extend(name.chars().map(plain));
                all.push('}');
            }
        }
    }
    all
}

/// A text whose every byte stands for the same place.
fn scalar(text: &str, at: ByteSpan) -> Scalar {
    Scalar { text: text.into(), style: Style::Quoted, map: [(0, at.start)].into(), end: at.end }
}

/// The first line of a block: its kind, before the brace.
fn opening(site: &Site<'_, '_, '_>, block: Source) -> ByteSpan {
    let text = file_of(site.out.unit, block).map_or("", |file| syntax::slice(file, block.span));
    let end = text.find('{').map_or(0, |at| text.get(..at).unwrap_or_default().trim_end().len());
    let start = block.span.start as usize;
    ByteSpan::new(start, start + end)
}

/// `service_account_name` -> `serviceAccountName`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut made = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        made.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        made.push_str(letters.as_str());
    }
    made
}
