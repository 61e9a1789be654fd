//! A right to write that all jobs of a pipeline get, because it stands where it holds for all of them.

use std::collections::BTreeMap;

use crate::fact::{Effect, Grant, Origin};
use crate::finding::{Severity, Spot};
use crate::rule::analysis::actions::{self, Covers};
use crate::rule::analysis::grants::admin;
use crate::rule::analysis::workloads::{self, ContextKey};
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let needs = workloads::by_context(world.needs());
    let mut lines: BTreeMap<(Spot, &str), Vec<(At<'_>, &Grant)>> = BTreeMap::new();
    for (at, grant) in world.grants() {
        let writes = grant.actions.iter().any(|a| a.known().is_some_and(|a| a.ends_with(":write")));
        let of_job = grant.holder.kind == "job" && grant.effect == Effect::Allow;
        if of_job && writes && at.fact.origin == Origin::Stated && admin(grant).is_none() {
            let key = (at.spot(at.place().source()), at.place().route.0.as_str());
            lines.entry(key).or_default().push((at, grant));
        }
    }
    for grants in lines.values().filter(|grants| grants.len() > 1) {
        judge_line(&needs, grants, out);
    }
}

fn judge_line<'a>(
    needs: &BTreeMap<ContextKey, Vec<(At<'a>, &'a crate::fact::Need)>>,
    grants: &[(At<'a>, &'a Grant)],
    out: &mut Verdicts<'_>,
) {
    let Some((at, grant)) = grants.first() else { return };
    let Some(action) = grant.actions.iter().find(|a| a.known().is_some_and(|a| a.ends_with(":write"))) else {
        return;
    };
    let (mut without, mut with) = (0_usize, 0_usize);
    for (at, _) in grants {
        let Some(job) = workloads::actor(at) else { continue };
        let stated = needs.get(&(at.unit, job.id)).map(Vec::as_slice).unwrap_or_default();
        let needed = stated.iter().any(|(_, need)| match need.action.known() {
            Some(need) => actions::covers(action, need) != Covers::No,
            None => true,
        });
        match (needed, job.needs_complete) {
            (true, _) => with += 1,
            (false, true) => without += 1,
            (false, false) => {}
        }
    }
    let all = grants.len();
    if with == all {
        return out.pass(at, "every job needs it");
    }
    if without == all {
        return out.pass(at, "no job needs it, which is another rule's word");
    }
    let shown = actions::listed([action]);
    let draft = out.report(at, format!("all {all} jobs get {shown}; state it in the job that needs it"));
    draft.severity(if without > 0 { Severity::Medium } else { Severity::Low });
    if without > 0 {
        draft.help(format!("{without} of them need nothing of it"));
    }
    draft.covers(grant.actions.iter().map(crate::fact::Text::to_string));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextKind, Place};
    use crate::rule::analysis::sample::{Sample, grant, judge, named, need};

    const RULE: &str = "scope/workflow-wide-permission";

    fn sample(needs: [Option<bool>; 2]) -> Vec<String> {
        let mut sample = Sample::new("ci.yml");
        for (name, needs) in ["a", "b"].into_iter().zip(needs) {
            let job = sample.actor(ContextKind::Job, name);
            sample.0.contexts[job.0 as usize].needs_complete = needs.is_some();
            if needs == Some(true) {
                sample.state(job, need("github:contents:write"));
            }
            let fact = sample.state(job, grant(named("github", "job", name), &["github:contents:write"]));
            fact.at = Place::default();
        }
        judge(RULE, &[&sample])
    }

    #[test]
    fn one_job_that_needs_it_is_no_reason_for_all() {
        assert_eq!(
            sample([Some(true), Some(false)]),
            ["medium @0 all 2 jobs get `contents:write`; state it in the job that needs it"]
        );
        assert!(sample([Some(true), None])[0].starts_with("low"));
        assert!(sample([Some(true), Some(true)]).is_empty());
        assert!(sample([Some(false), Some(false)]).is_empty());
    }
}
