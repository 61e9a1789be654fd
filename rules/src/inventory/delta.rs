//! What a change did to an inventory.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filed::Filed;
use super::{Edge, Entry, Inventory, Power};
use crate::rule::World;
use crate::rule::analysis::gains::{Way, gains};

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
    /// What it may do now and whom it opens to now, and did not before.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub more: BTreeSet<String>,
    /// What it may not do any more, and whom it does not open to any more.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub less: BTreeSet<String>,
    /// Whether it reaches further in any direction.
    pub further: bool,
}

impl Inventory {
    /// Says what came since an earlier inventory. The worlds are those that the two were made of.
    pub fn since(&mut self, own: &World<'_>, before: &Self, earlier: &World<'_>) {
        let of = |inventory: &Self| -> BTreeMap<String, Entry> {
            inventory.entries.iter().map(|entry| (entry.id.clone(), entry.clone())).collect()
        };
        let (old, new) = (of(before), of(self));
        let missing = |from: &BTreeMap<String, Entry>, other: &BTreeMap<String, Entry>| {
            from.keys().filter(|id| !other.contains_key(*id)).cloned().collect()
        };
        let (mut more, mut less) = (gained(earlier, own), gained(own, earlier));
        let moved = new.iter().filter_map(|(id, after)| {
            let gained = [&mut more, &mut less].map(|of| of.remove(id).unwrap_or_default());
            moved(id, old.get(id)?, after, gained)
        });
        let moved = moved.collect();
        // A way whose words are others is the same way: what it allows more or less is told of its entry.
        let steps = |from: &[Edge], other: &[Edge]| -> Vec<Edge> {
            let way = |edge: &Edge| (edge.from.clone(), edge.to.clone(), edge.kind);
            let other: BTreeSet<_> = other.iter().map(way).collect();
            from.iter().filter(|edge| !other.contains(&way(edge))).cloned().collect()
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

/// What each entry of the later world may do and whom it opens to that it did not in the earlier one.
fn gained(earlier: &World<'_>, later: &World<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let filed = Filed::of(later);
    let mut gained: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for gain in gains(earlier, later, |_| true) {
        let word = match gain.way {
            Way::May => "may",
            Way::Opens => "opens to",
        };
        let what = gain.what.iter().map(|what| format!("{word} {what}"));
        gained.entry(filed.key(gain.is, gain.at.unit).id.to_string()).or_default().extend(what);
    }
    gained
}

fn moved(id: &str, before: &Entry, after: &Entry, [more, less]: [BTreeSet<String>; 2]) -> Option<Moved> {
    let by = |of: fn(&Entry) -> usize| {
        let number = |entry: &Entry| i64::try_from(of(entry)).unwrap_or(i64::MAX);
        number(after) - number(before)
    };
    let power = |entry: &Entry| entry.reach.worst.as_ref().map(|worst| worst.power);
    let mut moved = Moved {
        id: id.to_owned(),
        uses: by(|entry| entry.reach.jobs + entry.reach.workloads),
        identities: by(|entry| entry.reach.identities.len()),
        resources: by(|entry| entry.reach.resources),
        before: power(before),
        after: power(after),
        more,
        less,
        further: false,
    };
    let counts = [moved.uses, moved.identities, moved.resources];
    moved.further = moved.after > moved.before || !moved.more.is_empty() || counts.iter().any(|by| *by > 0);
    let same = counts.iter().all(|by| *by == 0) && moved.before == moved.after && moved.less.is_empty();
    (moved.further || !same).then_some(moved)
}
