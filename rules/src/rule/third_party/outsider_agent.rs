//! An AI agent that anybody can start and instruct.

use std::collections::BTreeSet;

use crate::fact::{Effect, Flow, Grant, SafeguardKind, Selection};
use crate::finding::Severity;
use crate::rule::analysis::workloads::{self, ContextKey};
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let job = |at: &At<'_>| workloads::actor(at).map(|job| (at.unit, job.id));
    let writes = |grant: &Grant| {
        let reads = |a: &str| a.ends_with(":read") || a.ends_with(":none");
        grant.effect == Effect::Allow && grant.actions.iter().any(|a| a.known().is_some_and(|a| !reads(a)))
    };
    let holding = |flow: &Flow| !matches!(&flow.what, Selection::One(is) if is.kind == "job");
    let writing: BTreeSet<ContextKey> =
        world.grants().filter(|(_, g)| writes(g)).filter_map(|(at, _)| job(&at)).collect();
    let keyed: BTreeSet<ContextKey> =
        world.flows().filter(|(_, f)| holding(f)).filter_map(|(at, _)| job(&at)).collect();
    let approved: BTreeSet<ContextKey> = world
        .safeguards()
        .filter(|(_, s)| s.kind == SafeguardKind::ApprovalGate && s.on.possible().any(|p| *p.value))
        .filter_map(|(at, _)| job(&at))
        .collect();
    for (at, safeguard) in world.safeguards().filter(|(_, s)| s.kind == SafeguardKind::InstructionGate) {
        let Some(on) = safeguard.on.possible().find(|p| !*p.value) else {
            out.pass(&at, "only people with write access instruct it");
            continue;
        };
        let key = job(&at);
        let is = |set: &BTreeSet<ContextKey>| key.is_some_and(|key| set.contains(&key));
        if is(&approved) || at.contexts().any(|c| c.environment.is_some()) {
            out.pass(&at, "somebody lets it run");
            continue;
        }
        let (severity, with) = match (is(&writing), is(&keyed)) {
            (true, _) => (Severity::High, "with a token that may write"),
            (false, true) => (Severity::Medium, "with a secret in its job"),
            (false, false) => (Severity::Low, "with no credential that is known"),
        };
        let agent = match &safeguard.protects {
            Some(Selection::One(is)) => format!("`{}`", is.name),
            _ => "an AI agent".to_owned(),
        };
        let draft = out.report_at(
            &at,
            on.source,
            format!("anybody can start {agent} and tell it what to do, {with}; let people with write access start it"),
        );
        draft.severity(severity).lesser(on.lesser).judged([agent]);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextKind, Ref, SafeguardKind, Sink};
    use crate::rule::analysis::sample::{Sample, flow, grant, judge, named, safeguard};

    #[test]
    fn what_it_holds_makes_it_worse() {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "triage");
        let agent = || Some(Ref::new("agent", "tool", [], "Codex"));
        sample.state(job, safeguard(SafeguardKind::InstructionGate, agent(), true));
        assert!(judge("third-party/outsider-agent", &[&sample]).is_empty());
        sample.state(job, safeguard(SafeguardKind::InstructionGate, agent(), false));
        let severity = |sample: &Sample| {
            judge("third-party/outsider-agent", &[sample])[0].split(' ').next().unwrap().to_owned()
        };
        assert_eq!(severity(&sample), "low");
        sample.state(job, flow(named("github", "secret", "KEY"), Sink::Env("KEY".into())));
        assert_eq!(severity(&sample), "medium");
        sample.state(job, grant(named("github", "job", "triage"), &["github:issues:write"]));
        assert_eq!(severity(&sample), "high");
        sample.state(job, safeguard(SafeguardKind::ApprovalGate, None, true));
        assert!(judge("third-party/outsider-agent", &[&sample]).is_empty());
    }
}
