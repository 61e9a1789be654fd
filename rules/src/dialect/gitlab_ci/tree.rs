//! Configuration put together from several places: what `extends` and `include` merge, each value still knowing its file.

use std::rc::Rc;

use super::scope::Inputs;
use crate::dialect::SourceFile;
use crate::document::{Data, Node};
use crate::span::{ByteSpan, FileId, Source};

/// A value of the configuration.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The file it is written in.
    pub(super) file: FileId,
    pub(super) node: Node,
    /// What the inputs of that file are, as it was included.
    pub(super) inputs: Rc<Inputs>,
    /// Where it was taken over, if it was.
    pub(super) via: Option<Source>,
    /// The fields of a map that was merged.
    merged: Option<Rc<[Field]>>,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: Rc<str>,
    pub(super) key: Source,
    pub(super) value: Item,
}

impl Item {
    pub(super) fn new(file: FileId, node: Node, inputs: &Rc<Inputs>) -> Self {
        Self { file, node, inputs: Rc::clone(inputs), via: None, merged: None }
    }

    /// Where it is written.
    pub(super) fn at(&self) -> Source {
        Source::new(self.file, self.node.span)
    }

    /// The same value, taken over elsewhere.
    pub(super) fn taken(self, via: Option<Source>) -> Self {
        Self { via, ..self }
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.node.data, Data::Map(_))
    }

    pub(super) fn text(&self) -> Option<&str> {
        self.node.text()
    }

    /// A value in the same place.
    fn child(&self, node: &Node) -> Self {
        let used = node.used_at.map(|span| Source::new(self.file, span));
        Self { via: self.via.or(used), ..Self::new(self.file, node.clone(), &self.inputs) }
    }

    /// The fields of a map, the last of those that stand twice.
    pub(super) fn fields(&self) -> Vec<Field> {
        if let Some(merged) = &self.merged {
            let taken = |field: &Field| {
                let value = Self { via: field.value.via.or(self.via), ..field.value.clone() };
                Field { value, ..field.clone() }
            };
            return merged.iter().map(taken).collect();
        }
        let mut fields: Vec<Field> = Vec::new();
        let mut places: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for entry in self.node.entries() {
            let field = Field {
                name: entry.key.written().unwrap_or_default().into(),
                key: Source::new(self.file, entry.key.span),
                value: self.child(&entry.value),
            };
            let place = *places.entry(entry.key.written().unwrap_or_default()).or_insert(fields.len());
            match fields.get_mut(place) {
                Some(known) => *known = field,
                None => fields.push(field),
            }
        }
        fields
    }

    /// How many fields or items it has.
    pub(super) fn len(&self) -> usize {
        match &self.merged {
            Some(merged) => merged.len(),
            None => self.node.entries().len().max(self.node.items().len()),
        }
    }

    /// How many values it holds, itself and those below counted; no more than one beyond `most` are.
    pub(super) fn weight(&self, most: usize) -> usize {
        let mut count = 0;
        let mut items = vec![self];
        let mut nodes: Vec<&Node> = Vec::new();
        while let Some(item) = items.pop().filter(|_| count <= most) {
            count += 1;
            match &item.merged {
                Some(merged) => items.extend(merged.iter().map(|field| &field.value)),
                None => nodes.push(&item.node),
            }
        }
        while let Some(node) = nodes.pop().filter(|_| count <= most) {
            count += 1;
            nodes.extend(node.items());
            nodes.extend(node.entries().iter().map(|entry| &entry.value));
        }
        count
    }

    /// The value under a key.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        match &self.merged {
            Some(merged) => {
                let found = merged.iter().find(|field| &*field.name == key)?;
                Some(Self { via: found.value.via.or(self.via), ..found.value.clone() })
            }
            None => self.node.get(key).map(|node| self.child(node)),
        }
    }

    /// A list's items, or the value itself if it is neither list nor null.
    pub(super) fn one_or_many(&self) -> Vec<Self> {
        match &self.node.data {
            Data::List(items) => items.iter().map(|node| self.child(node)).collect(),
            _ if self.node.is_null() => Vec::new(),
            _ => vec![self.clone()],
        }
    }

    /// Lays fields over a map: maps are merged, everything else is replaced, as the platform does it. `spend` is asked for
    /// every field that is copied, and refuses when too much was merged.
    pub(super) fn overlaid(&self, over: &Self, spend: &mut dyn FnMut(usize) -> bool) -> Self {
        if !self.is_map() || !over.is_map() {
            return over.clone();
        }
        if !spend(self.len() + over.len()) {
            return over.clone();
        }
        let (mut fields, above) = (self.fields(), over.fields());
        let places: std::collections::BTreeMap<Rc<str>, usize> =
            fields.iter().enumerate().map(|(index, field)| (Rc::clone(&field.name), index)).collect();
        for field in above {
            // Maps are at most as deep as the documents' depth limit.
            match places.get(&field.name).and_then(|index| fields.get_mut(*index)) {
                Some(known) => {
                    let value = known.value.overlaid(&field.value, spend);
                    *known = Field { value, ..field };
                }
                None => fields.push(field),
            }
        }
        Self { merged: Some(fields.into()), ..over.clone() }
    }

    /// The same map with further fields.
    pub(super) fn beside(&self, further: Vec<Field>) -> Self {
        if further.is_empty() {
            return self.clone();
        }
        let fields = self.fields().into_iter().chain(further);
        Self { merged: Some(fields.collect()), ..self.clone() }
    }

    /// The same map without a key.
    pub(super) fn without(&self, key: &str) -> Self {
        let fields = self.fields().into_iter().filter(|field| &*field.name != key);
        Self { merged: Some(fields.collect()), ..self.clone() }
    }
}

/// Whether a list is a `!reference`: the parser keeps no tags, so the bytes before it are looked at.
pub(super) fn is_reference(file: &SourceFile, node: &Node) -> bool {
    const TAG: &[u8] = b"!reference";
    // Between a tag and its list stand blanks and at most a line break with indentation.
    const LONGEST: usize = 128;
    let start = node.span.start as usize;
    let before = file.bytes.get(start.saturating_sub(LONGEST)..start).unwrap_or_default();
    node.items().len() > 1 && before.trim_ascii_end().ends_with(TAG)
}

/// The bytes of several nodes together.
pub(super) fn span_of(nodes: &[Node]) -> ByteSpan {
    let spans = nodes.iter().map(|node| node.span);
    spans.reduce(ByteSpan::join).unwrap_or_default()
}
