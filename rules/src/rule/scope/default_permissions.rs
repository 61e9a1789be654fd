//! Nobody says what a holder may do, so the platform does.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{Effect, Grant, Origin, Text};
use crate::finding::Spot;
use crate::remedy::Remedy;
use crate::rule::analysis::actions;
use crate::rule::analysis::workloads::{self, ContextKey};
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let needs = workloads::by_context(world.needs());
    let mut silent: BTreeMap<(Spot, &str), Vec<(At<'_>, &Grant)>> = BTreeMap::new();
    for (at, grant) in world.grants() {
        let unsaid = matches!(at.fact.origin, Origin::PlatformDefault { .. } | Origin::Absent);
        if unsaid && grant.effect == Effect::Allow {
            let place = (at.spot(at.place().source()), at.place().route.0.as_str());
            silent.entry(place).or_default().push((at, grant));
        }
    }
    for grants in silent.into_values() {
        let Some((at, _)) = grants.first() else { continue };
        let actions: BTreeSet<String> =
            grants.iter().flat_map(|(_, g)| &g.actions).map(Text::to_string).collect();
        let default = actions::listed(grants.iter().flat_map(|(_, g)| &g.actions));
        let draft = out.report(
            at,
            format!("no permissions are stated, so the platform's default holds: {default}; state the least"),
        );
        draft.covers(actions);
        let actors: BTreeSet<ContextKey> = grants.iter().map(|(at, _)| judged(at)).collect();
        let keep: BTreeSet<&Text> = actors
            .iter()
            .flat_map(|key| needs.get(key).into_iter().flatten())
            .map(|(_, need)| &need.action)
            .collect();
        let known = actors.iter().all(|key| is_complete(world, *key));
        if let Origin::PlatformDefault { source } = &at.fact.origin {
            let known_needs = if keep.is_empty() {
                "nothing that is known to need any".to_owned()
            } else {
                actions::listed(keep.iter().copied())
            };
            let rest = if known { "" } else { "; other steps may need more than hallpass knows" };
            draft.help(format!("needed: {known_needs}{rest} (default: {source})"));
        }
        draft.remedy(Remedy::StateLeast { keep: keep.into_iter().map(Text::to_string).collect() });
    }
}

/// The job or workload that gets the grant; the place of the grant itself if there is none.
fn judged(at: &At<'_>) -> ContextKey {
    (at.unit, workloads::actor(at).map_or(at.fact.within, |c| c.id))
}

/// Whether every need of a context, or of each job below it, is known.
fn is_complete(world: &World<'_>, (unit, context): ContextKey) -> bool {
    let Some(facts) = world.units.get(unit) else { return false };
    if facts.contexts.get(context.0 as usize).is_some_and(|c| c.needs_complete) {
        return true;
    }
    let mut below = vec![false; facts.contexts.len()];
    let mut jobs = 0;
    for c in &facts.contexts {
        let inside =
            c.parent.is_some_and(|p| p == context || below.get(p.0 as usize).copied().unwrap_or(false));
        if let Some(slot) = below.get_mut(c.id.0 as usize) {
            *slot = inside;
        }
        if inside && workloads::acts(c) {
            if !c.needs_complete {
                return false;
            }
            jobs += 1;
        }
    }
    jobs > 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextKind, Origin};
    use crate::rule::analysis::sample::{Sample, grant, judge, named, need, platform_default};

    #[test]
    fn only_what_nobody_stated_is_flagged_and_once_per_place() {
        let mut sample = Sample::new("ci.yml");
        let job = named("github", "job", "build");
        for name in ["build", "test"] {
            let context = sample.actor(ContextKind::Job, name);
            sample.state(context, need("github:contents:read"));
            let fact = sample.state(context, grant(job.clone(), &["github:*:write"]));
            fact.origin = platform_default();
            fact.at = crate::fact::Place::default();
        }
        let other = sample.actor(ContextKind::Job, "other");
        sample.state(other, grant(job, &["github:*:write"])).origin = Origin::Stated;
        assert_eq!(
            judge("scope/default-permissions", &[&sample]),
            ["low @0 no permissions are stated, so the platform's default holds: `*:write`; state the least"]
        );
    }
}
