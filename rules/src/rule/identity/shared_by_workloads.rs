//! One identity that several workloads run as.

use std::collections::BTreeMap;

use crate::fact::{ContextKind, LinkKind, Origin, Ref};
use crate::rule::{At, Verdicts, World};

/// Most workloads that a message names.
const SHOWN: usize = 3;
/// Most places that a finding points at.
const POINTED: usize = 16;

/// A workload and where it says as whom it runs.
type Use<'a> = (&'a Ref, At<'a>);

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let mut uses: BTreeMap<(Option<usize>, &Ref), Vec<Use<'_>>> = BTreeMap::new();
    for (at, link) in world.links().filter(|(_, link)| link.kind == LinkKind::ActsAs) {
        if at.fact.origin != Origin::Stated || link.to.name.known().is_none() || is_pipeline(&at) {
            continue;
        }
        // A name in an account that is not known is another one in another unit.
        let unit = link.to.scope.iter().any(crate::fact::Text::has_hole).then_some(at.unit);
        let uses = uses.entry((unit, &link.to)).or_default();
        if uses.iter().all(|(from, _)| *from != &link.from) {
            uses.push((&link.from, at));
        }
    }
    for ((_, identity), uses) in uses {
        let [(_, first), _, ..] = uses.as_slice() else { continue };
        let names: Vec<String> =
            uses.iter().take(SHOWN).map(|(from, _)| format!("`{}`", from.name)).collect();
        let more = match uses.len() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!(
            "{} workloads run as {} `{}` ({}{more}): each holds the rights that any of them needs; accepted: an identity \
             for each",
            uses.len(),
            identity.kind.replace('-', " "),
            identity.name,
            names.join(", "),
        );
        let draft = out.report(first, message);
        draft.judged([identity.to_string()]).covers(uses.iter().map(|(from, _)| from.to_string()));
        for (_, at) in uses.iter().skip(1).take(POINTED) {
            draft.related("it runs as the same", at.spot(at.place().source()));
        }
    }
}

/// Jobs of pipelines act one after the other, with what the pipeline needs.
fn is_pipeline(at: &At<'_>) -> bool {
    at.contexts().any(|context| matches!(context.kind, ContextKind::Workflow | ContextKind::Job))
}

#[cfg(test)]
mod tests {
    use crate::fact::{ContextKind, LinkKind};
    use crate::rule::analysis::sample::{Sample, judge, link, named};

    #[test]
    fn workloads_that_run_as_one_role() {
        let mut sample = Sample::new("main.tf");
        for (name, role) in [("orders", "app"), ("billing", "app"), ("orders", "app"), ("mail", "mail")] {
            let within = sample.actor(ContextKind::Workload, name);
            sample.state(
                within,
                link(named("aws", "lambda-function", name), LinkKind::ActsAs, named("aws", "role", role)),
            );
        }
        let job = sample.actor(ContextKind::Job, "deploy");
        let other = sample.actor(ContextKind::Job, "rollback");
        for (within, name) in [(job, "deploy"), (other, "rollback")] {
            let deploy = named("aws", "role", "deploy");
            sample.state(within, link(named("github", "job", name), LinkKind::ActsAs, deploy));
        }
        assert_eq!(
            judge("identity/shared-by-workloads", &[&sample]),
            [
                "low @0 2 workloads run as role `app` (`orders`, `billing`): each holds the rights that any of them needs; \
                 accepted: an identity for each"
            ]
        );
    }
}
