//! A secret that a pipeline hands to a job or project whose definition nobody can see here.

use std::collections::BTreeSet;

use crate::fact::{ContextKind, Ref, Sink};
use crate::rule::analysis::flows;
use crate::rule::{Verdicts, World};

/// What facts call a job, and a project whose pipeline is started.
const JOB: &str = "job";
const PROJECT: &str = "project";

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let components: BTreeSet<&Ref> = world.components().map(|(_, component)| &component.is).collect();
    let contexts = world.units.iter().flat_map(|unit| &unit.contexts);
    let jobs: BTreeSet<&str> =
        contexts.filter(|c| c.kind == ContextKind::Job).map(|c| c.name.as_str()).collect();
    for (at, flow) in world.flows() {
        let Sink::Recipient(to) = &flow.to else { continue };
        if !matches!(to.kind.as_str(), JOB | PROJECT) {
            continue;
        }
        if components.contains(to) {
            out.pass(&at, "what takes it is outside code, which rules of its own judge");
            continue;
        }
        if to.kind == JOB && to.name.known().is_some_and(|name| jobs.contains(name)) {
            out.pass(&at, "the job that takes it stands in this tree");
            continue;
        }
        let what = flows::described(&flow.what);
        let message = format!(
            "{what} is handed to {} `{}`, which stands elsewhere: whoever writes that can read it; keep the secret where it \
             is used",
            to.kind, to.name
        );
        out.report(&at, message).judged([to.to_string()]).covers([what]);
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{ContextId, ContextKind, Pin, Sink};
    use crate::rule::analysis::sample::{Sample, component, flow, judge, named};

    const RULE: &str = "third-party/unseen-recipient";

    #[test]
    fn a_job_that_stands_elsewhere_takes_a_secret() {
        let mut sample = Sample::new("zuul.yaml");
        let to = Sink::Recipient(named("zuul", "job", "upload"));
        sample.state(ContextId(0), flow(named("zuul", "secret", "index"), to));
        let said = judge(RULE, &[&sample]);
        assert!(
            said.len() == 1 && said[0].starts_with("medium @0 `index` is handed to job `upload`"),
            "{said:?}"
        );
        // Its definition may stand in another file of the tree.
        let mut other = Sample::new("other.yaml");
        other.context(ContextId(0), ContextKind::Job, "upload");
        assert!(judge(RULE, &[&sample, &other]).is_empty());
    }

    #[test]
    fn outside_code_and_other_sinks_are_left_to_their_rules() {
        let mut sample = Sample::new("ci.yml");
        let project = named("gitlab", "project", "acme/templates");
        sample.state(ContextId(0), component(project.clone(), Pin::None));
        for to in [
            Sink::Recipient(project),
            Sink::Recipient(named("github", "action", "some/action")),
            Sink::Env("TOKEN".into()),
        ] {
            sample.state(ContextId(0), flow(named("gitlab", "variable", "TOKEN"), to));
        }
        assert!(judge(RULE, &[&sample]).is_empty());
    }
}
