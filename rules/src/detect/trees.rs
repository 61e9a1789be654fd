//! Data trees (YAML, JSON): escaped text is decoded, and in those of dialects a key tells which format its value has.

use super::Hit;
use super::scan::{self, Find};
use super::slots;
use super::told::{NAMING, VALUES};
use crate::dialect::{Lowering, Unit};
use crate::document::{Data, Entry, Node, Scalar, Style};
use crate::fact::Storage;
use crate::span::FileId;

/// Looks into the scalars of data trees: quoted ones whose bytes are not their text, since `"\u0067hp_…"` is a token to
/// the platform; and values that a dialect passed over and whose name says which format they have.
pub(super) fn search(unit: &Unit, out: &Lowering<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for file in &unit.files {
        // Elsewhere `told` hands them over.
        let is_read = out.read.iter().any(|(id, _)| *id == file.id);
        let mut open: Vec<&Node> = file.document.nodes().iter().collect();
        while let Some(node) = open.pop() {
            if node.used_at.is_some() {
                continue; // an alias: what it names is looked at where it is written
            }
            match &node.data {
                Data::Scalar(scalar)
                    if scalar.style == Style::Quoted && scalar.text.len() != node.span.len() =>
                {
                    let finds = scan::scan(scalar.text.as_bytes()).finds;
                    hits.extend(finds.into_iter().map(|find| hit(file.id, scalar, find)));
                }
                Data::List(items) => open.extend(items.iter()),
                Data::Map(entries) => {
                    let named = is_read.then(|| named(entries)).into_iter().flatten();
                    hits.extend(named.map(|(scalar, find)| hit(file.id, scalar, find)));
                    open.extend(entries.iter().flat_map(|e| [&e.key, &e.value]));
                }
                _ => {}
            }
        }
    }
    hits
}

/// Values in a map whose keys name their format, or of which `name` names it: `{name: DD_API_KEY, value: …}`.
fn named(entries: &[Entry]) -> impl Iterator<Item = (&Scalar, Find)> {
    let direct = entries
        .iter()
        .filter(|e| e.value.used_at.is_none())
        .filter_map(|e| Some((e.name(), e.value.scalar()?)));
    let field = |names: &[&str]| entries.iter().find(|e| names.contains(&e.name())).map(|e| &e.value);
    let pair = field(&NAMING).and_then(Node::text).zip(field(&VALUES).and_then(Node::scalar));
    direct.chain(pair).filter_map(|(name, scalar)| {
        let find = slots::named(name, scalar.text.as_bytes())?.ok()?;
        Some((scalar, find))
    })
}

fn hit(file: FileId, scalar: &Scalar, find: Find) -> Hit {
    Hit {
        detector: find.detector,
        file,
        whole: scalar.span_of(find.whole),
        secret: find.secret.into_iter().map(|s| scalar.span_of(s)).collect(),
        value: find.value,
        reading: find.reading,
        storage: Storage::Literal,
        within: None,
    }
}
