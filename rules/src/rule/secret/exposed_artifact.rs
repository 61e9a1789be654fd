//! A secret in a file that a job keeps for others.

use std::collections::BTreeSet;

use crate::fact::{ContextId, SafeguardKind, Selection, Sink};
use crate::rule::analysis::{exposures, workloads};
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    // What a checkout leaves on disk is judged with the checkout of the same job.
    let persisted: BTreeSet<(usize, Option<ContextId>, &Selection)> = world
        .safeguards()
        .filter(|(_, s)| s.kind == SafeguardKind::PersistedCredential)
        .filter_map(|(at, s)| Some((at.unit, job(&at), s.protects.as_ref()?)))
        .collect();
    for mut exposure in exposures::to(world, |sink| matches!(sink, Sink::Artifact | Sink::Cache)) {
        let (unit, job) = (exposure.at.unit, job(&exposure.at));
        exposure.what.retain(|what| !persisted.contains(&(unit, job, *what)));
        if exposure.what.is_empty() {
            continue;
        }
        let (kept, whom) = match exposure.to {
            Sink::Cache => ("cache", "every later run that restores it, those of pull requests among them"),
            _ => ("artifact", "everybody who may read the run"),
        };
        let what = exposure.described();
        let message = format!("{what} is in a file that goes into the {kept}, for {whom}");
        exposure.report(out, message).judged([kept]);
    }
}

fn job(at: &At<'_>) -> Option<ContextId> {
    workloads::actor(at).map(|context| context.id)
}
