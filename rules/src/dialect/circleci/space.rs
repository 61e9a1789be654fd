//! Whose commands, jobs and executors a name is among: the file's own, or those of an orb that stands in it.

use std::collections::BTreeMap;

use super::orb;
use crate::document::{Entry, Node};
use crate::fact::Component;
use crate::span::{FileId, Source};

/// How deep orbs stand in orbs; people write one in the file.
const MAX_NESTED: usize = 8;
/// Most orbs that stand in one file, with those in orbs.
const MAX_SPACES: usize = 1_000;

/// One of the spaces of a file; the first is the file's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SpaceId(usize);

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Job,
    Command,
    Executor,
}

/// An orb by the name that the file gives it.
enum Orb {
    /// It stands in the file.
    Here(SpaceId),
    /// It is taken from elsewhere.
    Outside { component: Component, at: Source },
}

#[derive(Default)]
struct Space<'u> {
    named: BTreeMap<(Kind, &'u str), &'u Entry>,
    orbs: BTreeMap<&'u str, Orb>,
}

/// What a name leads to.
pub(super) enum Found<'u> {
    Here(SpaceId, &'u Entry),
    Outside { component: Component, at: Source, member: String },
    Nothing,
}

/// The spaces of a file.
pub(super) struct Spaces<'u> {
    all: Vec<Space<'u>>,
}

impl<'u> Spaces<'u> {
    pub(super) fn read(file: FileId, root: &'u Node) -> Self {
        let mut spaces = Self { all: Vec::new() };
        spaces.add(file, root, MAX_NESTED);
        spaces
    }

    fn add(&mut self, file: FileId, node: &'u Node, depth: usize) -> SpaceId {
        let id = SpaceId(self.all.len());
        let mut space = Space::default();
        for (key, kind) in [("jobs", Kind::Job), ("commands", Kind::Command), ("executors", Kind::Executor)] {
            for entry in node.get(key).map(Node::entries).unwrap_or_default() {
                space.named.insert((kind, entry.name()), entry);
            }
        }
        self.all.push(space);
        for entry in node.get("orbs").map(Node::entries).unwrap_or_default() {
            let found = match (entry.value.written(), depth.checked_sub(1)) {
                (Some(text), _) => {
                    let at = Source::new(file, entry.value.span);
                    Orb::Outside { component: orb::component(text), at }
                }
                (None, Some(depth)) if self.all.len() < MAX_SPACES => {
                    Orb::Here(self.add(file, &entry.value, depth))
                }
                (None, _) => continue,
            };
            if let Some(space) = self.all.get_mut(id.0) {
                space.orbs.insert(entry.name(), found);
            }
        }
        id
    }

    /// What a name leads to, called in a space.
    pub(super) fn find(&self, space: SpaceId, kind: Kind, name: &str) -> Found<'u> {
        let Some(known) = self.all.get(space.0) else { return Found::Nothing };
        let Some((prefix, member)) = name.split_once('/') else {
            return known.named.get(&(kind, name)).map_or(Found::Nothing, |entry| Found::Here(space, entry));
        };
        match known.orbs.get(prefix) {
            None => Found::Nothing,
            Some(Orb::Outside { component, at }) => {
                Found::Outside { component: component.clone(), at: *at, member: member.to_owned() }
            }
            Some(Orb::Here(inner)) => {
                let found = self.all.get(inner.0).and_then(|space| space.named.get(&(kind, member)));
                found.map_or(Found::Nothing, |entry| Found::Here(*inner, entry))
            }
        }
    }

    /// Everything of a kind, with the space it stands in.
    pub(super) fn each(&self, kind: Kind) -> Vec<(SpaceId, &'u Entry)> {
        let of = |(id, space): (usize, &Space<'u>)| -> Vec<(SpaceId, &'u Entry)> {
            let own = space.named.iter().filter(|((of, _), _)| *of == kind);
            own.map(|(_, entry)| (SpaceId(id), *entry)).collect()
        };
        self.all.iter().enumerate().flat_map(of).collect()
    }

    /// Orbs that are taken from elsewhere, with their places.
    pub(super) fn outside(&self) -> Vec<(Component, Source)> {
        let orbs = self.all.iter().flat_map(|space| space.orbs.values());
        let outside = orbs.filter_map(|orb| match orb {
            Orb::Outside { component, at } => Some((component.clone(), *at)),
            Orb::Here(_) => None,
        });
        outside.collect()
    }
}
