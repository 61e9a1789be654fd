//! A deploy to production by a job without an environment that could be protected.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{LinkKind, Tier};
use crate::rule::analysis::workloads::{self, ContextKey};
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let mut seen: BTreeSet<ContextKey> = BTreeSet::new();
    let jobs: BTreeMap<ContextKey, At<'_>> = world
        .identities()
        .filter(|(_, i)| i.is.kind == "job")
        .map(|(at, _)| ((at.unit, at.fact.within), at))
        .collect();
    for (at, _) in world.links().filter(|(_, l)| l.kind == LinkKind::Deploys) {
        let Some(job) = workloads::actor(&at) else { continue };
        if at.contexts().any(|c| c.environment.is_some()) {
            out.pass(&at, "it has an environment, which can be protected");
            continue;
        }
        let tier = at.contexts().find_map(|c| c.tier.as_ref());
        let Some(tier) = tier.and_then(|t| t.possible().find(|p| *p.value == Tier::Production)) else {
            out.pass(&at, "nothing says that it goes to production");
            continue;
        };
        if !seen.insert((at.unit, job.id)) {
            continue;
        }
        let message = format!(
            "{} deploys to production without an environment: nothing can ask for approval, or keep its credentials to it",
            workloads::named(job)
        );
        // The job's own name stands where an environment would be said.
        let draft = match jobs.get(&(at.unit, job.id)) {
            Some(named) => {
                out.report(named, message).related("it deploys here", at.spot(at.place().source()))
            }
            None => out.report(&at, message),
        };
        draft.lesser(tier.lesser).judged([job.name.clone()]);
        draft.related("this says that it is production", at.spot(tier.source));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextKind, LinkKind, Naming, Ref, Tier};
    use crate::rule::analysis::sample::{Sample, identity, judge, known, link, named};

    const RULE: &str = "identity/unprotected-deploy";

    #[test]
    fn only_production_and_only_without_an_environment() {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "deploy");
        sample.state(job, identity(named("github", "job", "deploy"), Naming::Named));
        let target = Ref::new("aws", "target", [], "production");
        for _ in 0..2 {
            sample.state(job, link(named("github", "job", "deploy"), LinkKind::Deploys, target.clone()));
        }
        assert!(judge(RULE, &[&sample]).is_empty());
        sample.0.contexts[job.0 as usize].tier = Some(known(Tier::Production));
        let said = judge(RULE, &[&sample]);
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("medium @0 job `deploy` deploys to production"), "{said:?}");
        sample.0.contexts[job.0 as usize].environment =
            Some(known(named("github", "environment", "production")));
        assert!(judge(RULE, &[&sample]).is_empty());
    }
}
