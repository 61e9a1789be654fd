//! A container of a pipeline that reaches the machine which runs it.

use std::collections::BTreeSet;

use crate::fact::{ContextKind, LinkKind, Ref, SafeguardKind, Selection};
use crate::finding::Severity;
use crate::rule::analysis::workloads::{self, ContextKey};
use crate::rule::{Verdicts, World};

/// Kinds of machines that their owner keeps, so that the next job finds what this one left.
const KEPT: [&str; 2] = ["runner", "agent-pool"];

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let on_kept: BTreeSet<ContextKey> = world
        .links()
        .filter(|(_, link)| link.kind == LinkKind::ActsAs && KEPT.contains(&link.to.kind.as_str()))
        .filter_map(|(at, _)| Some((at.unit, workloads::actor(&at)?.id)))
        .collect();
    for (at, safeguard) in world.safeguards().filter(|(_, s)| s.kind == SafeguardKind::HostIsolation) {
        let Some(on) = safeguard.on.possible().find(|p| !*p.value) else {
            out.pass(&at, "the container is kept apart from its machine");
            continue;
        };
        let kept = workloads::actor(&at).is_some_and(|job| on_kept.contains(&(at.unit, job.id)));
        let (how, name) = match &safeguard.protects {
            Some(Selection::One(what)) => (how(what), what.name.to_string()),
            _ => ("is not kept apart from its machine", String::new()),
        };
        let of_job = workloads::actor(&at).is_none_or(|actor| actor.kind == ContextKind::Job);
        let whose = match (kept, of_job) {
            (true, _) => "a machine that other jobs use too",
            (false, true) => "the machine of the job",
            (false, false) => "the machine that runs it",
        };
        let message = match &safeguard.protects {
            Some(Selection::One(what)) if what.kind == "network" => format!(
                "the container {how} (`{name}`): what runs in it can ask the cloud for the identity of {whose}"
            ),
            _ => {
                format!("the container {how} (`{name}`): what runs in it has {whose} with all that is on it")
            }
        };
        let draft = out.report_at(&at, on.source, message);
        draft.severity(if kept { Severity::Medium } else { Severity::Low }).lesser(on.lesser);
        draft.judged([name]);
    }
}

fn how(what: &Ref) -> &'static str {
    match what.kind.as_str() {
        "privileged" => "runs privileged",
        "socket" => "commands the daemon that runs it",
        "daemon" => "is a daemon of its own, which runs privileged",
        "namespace" => "shares its machine's processes or users",
        "network" => "shares its machine's network",
        "folder" => "is handed the machine's own files",
        _ => "is not kept apart from its machine",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextKind, LinkKind, Ref, SafeguardKind};
    use crate::rule::analysis::sample::{Sample, judge, link, named, safeguard};

    #[test]
    fn worse_on_a_machine_that_others_use() {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "image");
        let what = Ref::new("host", "socket", [], "/var/run/docker.sock");
        sample.state(job, safeguard(SafeguardKind::HostIsolation, Some(what), false));
        assert_eq!(
            judge("scope/privileged-runner", &[&sample]),
            ["low @0 the container commands the daemon that runs it (`/var/run/docker.sock`): \
              what runs in it has the machine of the job with all that is on it"]
        );
        let runner = Ref::new("github", "runner", [], "self-hosted");
        sample.state(job, link(named("github", "job", "image"), LinkKind::ActsAs, runner));
        assert!(judge("scope/privileged-runner", &[&sample])[0].starts_with("medium"));
    }
}
