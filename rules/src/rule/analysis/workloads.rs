//! What runs: jobs and workloads, and what happens inside them.

use std::collections::BTreeMap;

use crate::fact::{Context, ContextId, ContextKind};
use crate::rule::At;

/// A context of one of the units.
pub(crate) type ContextKey = (usize, ContextId);

/// The job or workload around a fact: what acts there.
pub(crate) fn actor<'a>(at: &At<'a>) -> Option<&'a Context> {
    at.contexts().find(|c| acts(c))
}

/// A context as a person says it: job `build`.
pub(crate) fn named(context: &Context) -> String {
    let kind = match context.kind {
        ContextKind::File => "file",
        ContextKind::Workflow => "workflow",
        ContextKind::Job => "job",
        ContextKind::Step => "step",
        ContextKind::Manifest => "manifest",
        ContextKind::Workload => "workload",
        ContextKind::Container => "container",
        ContextKind::Module => "module",
        ContextKind::Resource => "resource",
        ContextKind::Policy => "policy",
        ContextKind::Operation => "operation",
    };
    format!("{kind} `{}`", context.name)
}

/// Facts by each context they happen in: a step's are its job's too.
pub(crate) fn by_context<'a, T: Copy>(
    facts: impl Iterator<Item = (At<'a>, T)>,
) -> BTreeMap<ContextKey, Vec<(At<'a>, T)>> {
    let mut inside: BTreeMap<ContextKey, Vec<(At<'a>, T)>> = BTreeMap::new();
    for (at, item) in facts {
        for context in at.contexts() {
            inside.entry((at.unit, context.id)).or_default().push((at, item));
        }
    }
    inside
}

/// Whether a context acts: a job or a workload.
pub(crate) fn acts(context: &Context) -> bool {
    matches!(context.kind, ContextKind::Job | ContextKind::Workload)
}
