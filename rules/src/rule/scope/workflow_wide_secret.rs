//! A secret in the environment of every job of a pipeline.

use std::collections::BTreeMap;

use crate::fact::{ContextKind, Selection, Sink};
use crate::rule::analysis::workloads::ContextKey;
use crate::rule::analysis::{flows, stores, workloads};
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let mut jobs: BTreeMap<ContextKey, usize> = BTreeMap::new();
    for (unit, facts) in world.units.iter().enumerate() {
        for context in facts.contexts.iter().filter(|c| workloads::acts(c)) {
            let mut around = context.parent;
            // A stage stands between a pipeline and its jobs.
            while let Some(outer) = around.and_then(|id| facts.contexts.get(id.0 as usize)) {
                if outer.kind == ContextKind::Workflow {
                    *jobs.entry((unit, outer.id)).or_default() += 1;
                }
                around = outer.parent.filter(|parent| *parent < outer.id);
            }
        }
    }
    for (at, flow) in world.flows() {
        let (Sink::Env(name), Selection::One(what)) = (&flow.to, &flow.what) else { continue };
        let around = at.contexts().next().filter(|c| c.kind == ContextKind::Workflow);
        let Some(workflow) = around else { continue };
        let jobs = jobs.get(&(at.unit, workflow.id)).copied().unwrap_or_default();
        if jobs < 2 {
            out.pass(&at, "there is one job, and it is the job's");
            continue;
        }
        if stores::reaches_alike(what) {
            out.pass(&at, "a variable for all jobs gives it to none that had it not");
            continue;
        }
        let described = flows::described(&flow.what);
        let draft = out.report(
            &at,
            format!(
                "{described} is in the environment of all {jobs} jobs; set `{name}` in the step that uses it"
            ),
        );
        draft.judged([name.clone(), described]);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, ContextKind, Sink};
    use crate::rule::analysis::sample::{Sample, flow, judge, named};

    #[test]
    fn only_where_several_jobs_get_it() {
        let mut sample = Sample::new("ci.yml");
        let workflow = sample.context(ContextId(0), ContextKind::Workflow, "ci");
        let stage = sample.context(workflow, ContextKind::Workflow, "stage");
        let job = sample.context(stage, ContextKind::Job, "a");
        for (within, store) in [(workflow, "github"), (workflow, "gitlab"), (job, "github")] {
            let kind = if store == "gitlab" { "variable" } else { "secret" };
            sample.state(within, flow(named(store, kind, "KEY"), Sink::Env("KEY".into())));
        }
        assert!(judge("scope/workflow-wide-secret", &[&sample]).is_empty());
        sample.context(workflow, ContextKind::Job, "b");
        assert_eq!(
            judge("scope/workflow-wide-secret", &[&sample]),
            ["low @0 `key` is in the environment of all 2 jobs; set `key` in the step that uses it"]
        );
    }
}
