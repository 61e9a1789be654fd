//! How far an entry reaches: who uses it, and what whoever has it comes to in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::filed::Filed;
use super::graph::Held;
use super::{ActorKind, Class, Edge, EdgeKind, Reach};
use crate::rule::World;
use crate::rule::analysis::owners::Owners;

/// Most identities followed from one entry: a chain of trusts has few, and a hostile tree could make each reach all.
const MAX_STEPS: usize = 256;

/// Measures every entry.
pub(super) fn measure(
    world: &World<'_>,
    filed: &mut Filed<'_>,
    edges: &BTreeSet<Edge>,
    held: &BTreeMap<String, Held>,
) {
    let owners = Owners::of(world);
    let mut teams: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut onwards: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut keys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for edge in edges {
        let between =
            filed.drafts.contains_key(edge.from.as_str()) && filed.drafts.contains_key(edge.to.as_str());
        if between && matches!(edge.kind, EdgeKind::ActsAs | EdgeKind::MayBecome) {
            onwards.entry(&edge.from).or_default().push(&edge.to);
            if edge.kind == EdgeKind::ActsAs {
                keys.entry(&edge.to).or_default().push(&edge.from);
            }
        }
    }
    let measured: Vec<(Rc<str>, Reach, BTreeSet<String>)> = filed
        .drafts
        .iter()
        .map(|(id, draft)| {
            let own = std::iter::once(draft);
            let of_keys = keys.get(&**id).into_iter().flatten().filter_map(|key| filed.drafts.get(*key));
            let users: Vec<_> = own.chain(of_keys.take(MAX_STEPS)).collect();
            let files: BTreeSet<&str> = users.iter().flat_map(|user| user.files.iter().copied()).collect();
            let actors: BTreeSet<&String> = users.iter().flat_map(|user| &user.actors).collect();
            let known = |actor: &&String| filed.actors.get(actor.as_str());
            let of =
                |kind: ActorKind| actors.iter().filter_map(known).filter(|actor| actor.kind == kind).count();
            let mut environments: BTreeSet<String> =
                actors.iter().filter_map(known).filter_map(|actor| actor.environment.clone()).collect();
            environments.extend(draft.entry.environments.iter().cloned());
            let mut reach = Reach {
                files: files.len(),
                jobs: of(ActorKind::Job),
                workloads: of(ActorKind::Workload),
                ..Reach::default()
            };
            for file in &files {
                let owners = teams.entry(file).or_insert_with(|| owners.of_path(file));
                reach.teams.extend(owners.iter().cloned());
            }
            if draft.entry.class != Class::Endpoint {
                forwards(id, &onwards, held, &mut reach);
            }
            (Rc::clone(id), reach, environments)
        })
        .collect();
    for (id, reach, environments) in measured {
        if let Some(draft) = filed.drafts.get_mut(&id) {
            draft.entry.reach = reach;
            draft.entry.environments = environments;
        }
    }
}

/// Follows every way from an entry.
fn forwards(id: &str, onwards: &BTreeMap<&str, Vec<&str>>, held: &BTreeMap<String, Held>, reach: &mut Reach) {
    let mut seen: BTreeSet<&str> = BTreeSet::from([id]);
    let mut next = vec![id];
    let mut resources: BTreeSet<&String> = BTreeSet::new();
    while let Some(here) = next.pop() {
        if let Some(held) = held.get(here) {
            resources.extend(&held.resources);
            if let Some(worst) = &held.worst
                && reach.worst.as_ref().is_none_or(|known| known.power < worst.power)
            {
                let through = (here != id).then(|| here.to_owned());
                reach.worst = Some(super::Worst { through, ..worst.clone() });
            }
        }
        for onward in onwards.get(here).into_iter().flatten() {
            if seen.len() < MAX_STEPS && seen.insert(onward) {
                next.push(onward);
            }
        }
    }
    seen.remove(id);
    reach.identities = seen.into_iter().map(str::to_owned).collect();
    reach.resources = resources.len();
}
