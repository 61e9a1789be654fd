//! One identity that deploys to production and to something else.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{LinkKind, Ref, Tier};
use crate::rule::analysis::machines::{is_login, is_of_the_run};
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let mut uses: BTreeMap<&Ref, Vec<(At<'_>, Tier, bool)>> = BTreeMap::new();
    for (at, link) in world.links().filter(|(_, l)| l.kind == LinkKind::ActsAs) {
        if is_of_the_run(&link.to) || is_login(&link.to) || link.to.name.known().is_none() {
            continue;
        }
        let context = at.contexts().find(|c| c.tier.is_some());
        for tier in context.and_then(|c| c.tier.as_ref()).into_iter().flat_map(|tier| tier.possible()) {
            // An identity of one alternative is not used in another.
            let together = tier.case.is_none_or(|case| at.fact.when.and(case).is_some());
            if together {
                uses.entry(&link.to).or_default().push((at, *tier.value, tier.lesser));
            }
        }
    }
    for (identity, uses) in uses {
        let Some((other, ..)) = uses.iter().find(|(_, tier, _)| *tier == Tier::NonProduction) else {
            continue;
        };
        let mut seen = BTreeSet::new();
        for (at, _, lesser) in uses.iter().filter(|(_, tier, _)| *tier == Tier::Production) {
            if !seen.insert(at.spot(at.place().source())) {
                continue;
            }
            let message = format!(
                "{} `{}` acts in production and outside of it: whoever holds the one holds the other",
                spoken(&identity.kind),
                identity.name
            );
            let draft = out.report(at, message);
            draft.lesser(*lesser).judged([identity.to_string()]);
            let elsewhere = other.spot(other.place().source());
            if elsewhere != at.spot(at.place().source()) {
                draft.related("outside of production it acts here", elsewhere);
            }
        }
    }
}

fn spoken(kind: &str) -> String {
    kind.replace('-', " ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextKind, LinkKind, Tier};
    use crate::rule::analysis::sample::{Sample, judge, known, link, named};

    #[test]
    fn the_same_role_in_two_tiers() {
        let mut sample = Sample::new("ci.yml");
        let uses = [
            ("staging", Tier::NonProduction, "shop"),
            ("production", Tier::Production, "shop"),
            ("eu", Tier::Production, "own"),
        ];
        for (name, tier, role) in uses {
            let job = sample.actor(ContextKind::Job, name);
            sample.0.contexts[job.0 as usize].tier = Some(known(tier));
            let subject = named("github", "oidc-subject", name);
            sample.state(job, link(subject, LinkKind::ActsAs, named("aws", "role", role)));
        }
        assert_eq!(
            judge("identity/shared-across-environments", &[&sample]),
            [
                "medium @10 role `shop` acts in production and outside of it: whoever holds the one holds the other"
            ]
        );
    }
}
