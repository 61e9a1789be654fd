//! Code whose repository its owners have closed: what is found in it stays in it.

use std::collections::BTreeMap;

use crate::fact::{Component, Flow, Ref, Selection};
use crate::finding::Severity;
use crate::rule::analysis::flows::Flows;
use crate::rule::analysis::repositories;
use crate::rule::{At, Verdicts, World};

/// Most places of one finding: a file may use one component in every one of thousands of steps.
const MOST_PLACES: usize = 8;

/// What facts call the identity that a job acts as.
const JOB: &str = "job";

/// One component in one file.
type Used<'a> = (usize, &'a str, &'a Ref);

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let flows = Flows::stated(world);
    let mut uses: BTreeMap<Used<'_>, Vec<(At<'_>, &Component)>> = BTreeMap::new();
    for (at, component) in world.components() {
        if repositories::archived(&component.is).is_none() {
            continue;
        }
        if world.policy.approves(component) {
            out.pass(&at, "policy approves it");
            continue;
        }
        uses.entry((at.unit, at.path(), &component.is)).or_default().push((at, component));
    }
    for ((_, _, is), mut uses) in uses {
        let Some(row) = repositories::archived(is) else { continue };
        uses.sort_by_key(|(at, _)| at.place().source());
        let Some(first) = uses.first().map(|(at, _)| *at) else { continue };
        // Its job's own token every action can read, and it ends with the job.
        let own = |flow: &Flow| matches!(&flow.what, Selection::One(what) if what.kind == JOB);
        let held = uses.iter().any(|(at, _)| flows.reaching(at, is).iter().any(|(_, _, flow)| !own(flow)));
        for (at, component) in uses.into_iter().take(MOST_PLACES) {
            let (kind, name) = (&component.kind, &is.name);
            let message = format!(
                "{kind} `{name}` is archived since {}: nobody mends what is found in it; use {}",
                row.since, row.instead
            );
            // The uses in one file are one finding: what they have in common is the first's route.
            let route = first.place().route.0.clone();
            let draft = out.report_spot(at.spot(at.place().source()), route, message);
            draft.lesser(at.fact.lesser).judged([name.to_string()]);
            if held {
                draft.severity(Severity::Medium);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{ContextKind, Pin, Sink};
    use crate::rule::analysis::sample::{Sample, component, flow, judge, named};

    #[test]
    fn whoever_gets_a_credential_is_worse_and_pins_change_nothing() {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "build");
        let action = |name: &str| component(named("github", "action", name), Pin::Digest("0".repeat(40)));
        sample.state(job, action("Actions/Setup-Ruby"));
        sample.state(job, action("ruby/setup-ruby"));
        assert_eq!(
            judge("third-party/archived", &[&sample]),
            ["low @0 action `actions/setup-ruby` is archived since 2021: nobody mends what is found in it; \
              use `ruby/setup-ruby`"]
        );
        let step = sample.context(job, ContextKind::Step, "release");
        sample.state(step, action("actions/create-release"));
        sample.state(step, flow(named("github", "secret", "T"), Sink::Env("T".into())));
        let said = judge("third-party/archived", &[&sample]);
        assert!(
            said.iter().any(|said| said.starts_with("medium @20 action `actions/create-release`")),
            "{said:?}"
        );
    }
}
