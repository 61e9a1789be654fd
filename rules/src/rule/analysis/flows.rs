//! Where credentials go: which of them come into the hands of something that runs.

use std::collections::BTreeMap;

use super::workloads::ContextKey;
use crate::fact::{ContextKind, Flow, Origin, Ref, Selection, Sink};
use crate::rule::{At, World};

/// Most flows of one context that are looked at: a job may hold thousands of variables and thousands of steps, and looking
/// at all of them for each would let a hostile file take quadratic time.
const MAX_PER_CONTEXT: usize = 256;

/// What facts call a script that is fetched and run.
const SCRIPT: &str = "script";

/// How a credential comes to something that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Handing {
    /// It stands in the surroundings: an environment variable, a mounted file.
    Surroundings,
    /// It is handed over by name, or used to log in.
    Direct,
}

/// Flows by the context they happen in.
#[derive(Debug)]
pub(crate) struct Flows<'a> {
    by_context: BTreeMap<ContextKey, Vec<(At<'a>, &'a Flow)>>,
}

impl<'a> Flows<'a> {
    /// Every flow of the world that somebody wrote. What a platform mounts by itself is another question.
    pub(crate) fn stated(world: &World<'a>) -> Self {
        let mut by_context: BTreeMap<ContextKey, Vec<(At<'a>, &'a Flow)>> = BTreeMap::new();
        for (at, flow) in world.flows() {
            if !matches!(at.fact.origin, Origin::PlatformDefault { .. } | Origin::Absent) {
                by_context.entry((at.unit, at.fact.within)).or_default().push((at, flow));
            }
        }
        Self { by_context }
    }

    /// What reaches the component `is` that takes part at `at`: what it is handed or logs in with there, and what stands
    /// in the environment or the files of its step, container, job or workload.
    pub(crate) fn reaching(&self, at: &At<'a>, is: &Ref) -> Vec<(Handing, At<'a>, &'a Flow)> {
        let mut found = Vec::new();
        // A script that is fetched and run is part of what runs there: the environment is its own, a login is not.
        let script = is.kind == SCRIPT;
        for context in at.contexts() {
            // A file holds things that have nothing to do with each other.
            if matches!(context.kind, ContextKind::File | ContextKind::Manifest) {
                continue;
            }
            let own = context.id == at.fact.within;
            let here = self.by_context.get(&(at.unit, context.id)).map_or(&[][..], Vec::as_slice);
            for (flow_at, flow) in here.iter().take(MAX_PER_CONTEXT) {
                let handing = match &flow.to {
                    Sink::Recipient(to) if own && to.may_be(is) => Handing::Direct,
                    Sink::Login { .. } if own && !script => Handing::Direct,
                    Sink::Env(_) if own && script => Handing::Direct,
                    Sink::Login { .. } if own => Handing::Surroundings,
                    Sink::Env(_) | Sink::Mount | Sink::Disk { .. } => Handing::Surroundings,
                    _ => continue,
                };
                found.push((handing, *flow_at, *flow));
            }
        }
        found
    }
}

/// What flows, in words: secret `X`, every secret.
pub(crate) fn described(what: &Selection) -> String {
    match what {
        // What acts has no secret of its own name: its token is what goes.
        Selection::One(is) if is.kind == "job" => format!("the token of job `{}`", is.name),
        Selection::One(is) => format!("`{}`", is.name),
        Selection::All(is) => format!("every {} it can be given", is.kind),
    }
}
