//! Two standing keys of one identity that work at the same time.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{Credential, LinkKind, Ref, Storage};
use crate::rule::analysis::lifetimes;
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let mut made: BTreeMap<&Ref, (At<'_>, &Credential)> = BTreeMap::new();
    for (at, credential) in world.credentials().filter(|(_, c)| c.storage == Storage::Generated) {
        if lifetimes::is_standing_key(world, credential) {
            made.insert(&credential.is, (at, credential));
        }
    }
    let mut keys: BTreeMap<&Ref, BTreeMap<&Ref, (At<'_>, &Credential)>> = BTreeMap::new();
    for (at, link) in world.links().filter(|(_, link)| link.kind == LinkKind::ActsAs) {
        // One of two alternatives is never there beside the other.
        let Some(key) = made.get(&link.from).filter(|_| at.fact.when.is_always()) else { continue };
        if link.to.name.known().is_some() {
            keys.entry(&link.to).or_default().insert(&link.from, *key);
        }
    }
    for (holder, keys) in keys {
        let mut by_title: BTreeMap<&str, Vec<At<'_>>> = BTreeMap::new();
        for (at, credential) in keys.values() {
            by_title.entry(&credential.title).or_default().push(*at);
        }
        for (title, mut places) in by_title {
            places.sort_by_key(|at| at.place().source());
            let [first, rest @ .., last] = places.as_slice() else { continue };
            let message = format!(
                "{} keys of {} `{}` work at the same time ({title}): the one that was replaced still opens everything; accepted: \
                 one, or the old one switched off",
                places.len(),
                holder.kind.replace('-', " "),
                holder.name
            );
            let draft = out.report(last, message);
            draft
                .judged([holder.to_string()])
                .covers(places.iter().map(|at| at.place().route.0.clone()).collect::<BTreeSet<_>>());
            draft.related("another key of it", first.spot(first.place().source()));
            for at in rest {
                draft.related("and another", at.spot(at.place().source()));
            }
        }
    }
}
