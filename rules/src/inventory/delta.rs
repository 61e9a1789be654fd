//! What a change did to an inventory.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Edge, Entry, Inventory, Power};

/// What a change did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Delta {
    /// Entries that were not there before, by their ids.
    pub new: BTreeSet<String>,
    /// Entries that are gone.
    pub gone: BTreeSet<String>,
    /// Entries that reach further, or less far.
    pub moved: Vec<Moved>,
    /// Steps of the graph that were not there before.
    pub new_edges: Vec<Edge>,
    /// Steps that are gone.
    pub gone_edges: Vec<Edge>,
}

/// An entry whose reach is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// Its id.
    pub id: String,
    /// Uses, identities and resources that came: more than before if positive.
    pub uses: i64,
    /// See above.
    pub identities: i64,
    /// See above.
    pub resources: i64,
    /// The power of its worst right before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Power>,
    /// And now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Power>,
}

impl Moved {
    /// Whether it reaches further in any direction.
    #[must_use]
    pub fn grows(&self) -> bool {
        self.after > self.before || [self.uses, self.identities, self.resources].iter().any(|by| *by > 0)
    }
}

impl Inventory {
    /// Says what came since an earlier inventory.
    pub fn since(&mut self, before: &Self) {
        let of = |inventory: &Self| -> BTreeMap<String, Entry> {
            inventory.entries.iter().map(|entry| (entry.id.clone(), entry.clone())).collect()
        };
        let (old, new) = (of(before), of(self));
        let missing = |from: &BTreeMap<String, Entry>, other: &BTreeMap<String, Entry>| {
            from.keys().filter(|id| !other.contains_key(*id)).cloned().collect()
        };
        let moved = new.iter().filter_map(|(id, after)| moved(id, old.get(id)?, after)).collect();
        let steps = |from: &[Edge], other: &[Edge]| -> Vec<Edge> {
            let other: BTreeSet<&Edge> = other.iter().collect();
            from.iter().filter(|edge| !other.contains(edge)).cloned().collect()
        };
        self.delta = Some(Delta {
            new: missing(&new, &old),
            gone: missing(&old, &new),
            moved,
            new_edges: steps(&self.edges, &before.edges),
            gone_edges: steps(&before.edges, &self.edges),
        });
    }
}

fn moved(id: &str, before: &Entry, after: &Entry) -> Option<Moved> {
    let by = |of: fn(&Entry) -> usize| {
        let number = |entry: &Entry| i64::try_from(of(entry)).unwrap_or(i64::MAX);
        number(after) - number(before)
    };
    let power = |entry: &Entry| entry.reach.worst.as_ref().map(|worst| worst.power);
    let moved = Moved {
        id: id.to_owned(),
        uses: by(|entry| entry.reach.jobs + entry.reach.workloads),
        identities: by(|entry| entry.reach.identities.len()),
        resources: by(|entry| entry.reach.resources),
        before: power(before),
        after: power(after),
    };
    let same =
        moved.uses == 0 && moved.identities == 0 && moved.resources == 0 && moved.before == moved.after;
    (!same).then_some(moved)
}
