//! Code that an outsider proposed, where the job's credentials are.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{
    Component, Context, ContextId, ContextKind, Effect, Flow, Grant, Origin, SafeguardKind, Selection, Sink,
};
use crate::finding::Severity;
use crate::rule::analysis::flows;
use crate::rule::analysis::workloads::{self, ContextKey};
use crate::rule::{At, Verdicts, World};

/// Most credentials that a message names.
const MOST_NAMED: usize = 3;
/// Most flows and steps of one job that are looked at; jobs have dozens, and a hostile file thousands of checkouts.
const MAX_LOOKED_AT: usize = 512;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let surroundings = Surroundings::of(world);
    let mut seen: BTreeSet<ContextKey> = BTreeSet::new();
    for (at, safeguard) in world.safeguards().filter(|(_, s)| s.kind == SafeguardKind::ProposedCodeIsolation)
    {
        let Some(on) = safeguard.on.possible().find(|p| !*p.value) else {
            out.pass(&at, "only code of the repository itself comes in here");
            continue;
        };
        let Some(job) = workloads::actor(&at) else { continue };
        let key = (at.unit, job.id);
        // The first place lets in what later ones let in, and has more behind it.
        if !seen.insert(key) {
            continue;
        }
        // Code that a step brings in runs in the steps behind it; else the whole job is the outsider's.
        let step = at.contexts().find(|c| c.kind == ContextKind::Step && c.parent == Some(job.id));
        if step.is_some_and(|step| !surroundings.runs_something(key, step.id)) {
            out.pass(&at, "no step behind it runs what was brought in");
            continue;
        }
        let reach = surroundings.reach(&at, key, step);
        let approved = surroundings.approved.contains(&key) || at.contexts().any(|c| c.environment.is_some());
        let Some((mut severity, what)) = reach.worst() else {
            out.pass(&at, "no secret and no right to write is in reach");
            continue;
        };
        if approved {
            severity = severity.lower();
        }
        let after = if approved { ", once somebody has let it run" } else { "" };
        let whose = match &safeguard.protects {
            Some(Selection::One(text)) => {
                format!("text that an outsider writes (`{}`) is part of a script: it", text.name)
            }
            _ => "code that an outsider proposed".to_owned(),
        };
        let message = format!("{whose} runs in {} and reaches {what}{after}", workloads::named(job));
        // Where the whole job is theirs, the secret is what stands in the wrong place.
        let moved = reach.secrets.first().filter(|_| step.is_none() && safeguard.protects.is_none());
        let draft = match moved {
            Some((flow, _)) => {
                out.report(flow, message).related("outsiders' code is let in here", at.spot(on.source))
            }
            None => out.report_at(&at, on.source, message),
        };
        draft.severity(severity).lesser(on.lesser).judged([job.name.clone()]);
        draft.covers(reach.secrets.iter().map(|(_, flow)| flows::described(&flow.what)));
        if let Some((flow, _)) = reach.secrets.first().filter(|_| moved.is_none()) {
            draft.related("it is within reach here", flow.spot(flow.place().source()));
        }
    }
}

/// What jobs hold.
struct Surroundings<'a> {
    flows: BTreeMap<ContextKey, Vec<(At<'a>, &'a Flow)>>,
    grants: BTreeMap<ContextKey, Vec<(At<'a>, &'a Grant)>>,
    /// Jobs that leave the checkout's credential on disk.
    persisted: BTreeSet<ContextKey>,
    approved: BTreeSet<ContextKey>,
    steps: BTreeMap<ContextKey, Vec<ContextId>>,
    /// Steps that run code of the platform and nothing else.
    platform: BTreeSet<ContextKey>,
    /// Steps that are a component; the others are scripts.
    components: BTreeSet<ContextKey>,
}

/// What is in reach of the code.
struct Reach<'a> {
    secrets: Vec<(At<'a>, &'a Flow)>,
    writes: Option<(bool, String)>,
    persisted: bool,
}

impl<'a> Surroundings<'a> {
    fn of(world: &World<'a>) -> Self {
        let job = |at: &At<'a>| workloads::actor(at).map(|job| (at.unit, job.id));
        let on = |kind: SafeguardKind| {
            let all =
                world.safeguards().filter(move |(_, s)| s.kind == kind && s.on.possible().any(|p| *p.value));
            all.filter_map(|(at, _)| job(&at)).collect::<BTreeSet<_>>()
        };
        let is_platform =
            |component: &Component| component.first_party && component.pin != crate::fact::Pin::Local;
        let mut grants: BTreeMap<ContextKey, Vec<(At<'a>, &'a Grant)>> = BTreeMap::new();
        for (at, grant) in world.grants() {
            if let Some(key) =
                job(&at).filter(|_| grant.effect == Effect::Allow && grant.holder.kind == "job")
            {
                grants.entry(key).or_default().push((at, grant));
            }
        }
        let mut steps: BTreeMap<ContextKey, Vec<ContextId>> = BTreeMap::new();
        for (unit, facts) in world.units.iter().enumerate() {
            for context in facts.contexts.iter().filter(|c| c.kind == ContextKind::Step) {
                let around = context.parent.into_iter();
                around.for_each(|parent| steps.entry((unit, parent)).or_default().push(context.id));
            }
        }
        let mut flows: BTreeMap<ContextKey, Vec<(At<'a>, &'a Flow)>> = BTreeMap::new();
        for (at, flow) in world.flows() {
            flows.entry((at.unit, at.fact.within)).or_default().push((at, flow));
        }
        Self {
            flows,
            grants,
            persisted: on(SafeguardKind::PersistedCredential),
            approved: on(SafeguardKind::ApprovalGate),
            steps,
            platform: world
                .components()
                .filter(|(_, component)| is_platform(component))
                .map(|(at, _)| (at.unit, at.fact.within))
                .collect(),
            components: world.components().map(|(at, _)| (at.unit, at.fact.within)).collect(),
        }
    }

    /// The steps of a job behind one of them.
    fn behind(&self, job: ContextKey, step: ContextId) -> impl Iterator<Item = ContextKey> {
        let steps = self.steps.get(&job).into_iter().flatten();
        steps.filter(move |id| **id > step).take(MAX_LOOKED_AT).map(move |id| (job.0, *id))
    }

    /// Whether this step goes on with what it brought in, as a script does.
    fn goes_on(&self, job: ContextKey, step: ContextId) -> bool {
        !self.components.contains(&(job.0, step))
    }

    /// Whether this step, or one behind it, runs more than code of the platform.
    fn runs_something(&self, job: ContextKey, step: ContextId) -> bool {
        self.goes_on(job, step) || self.behind(job, step).any(|step| !self.platform.contains(&step))
    }

    fn reach(&self, at: &At<'a>, job: ContextKey, step: Option<&Context>) -> Reach<'a> {
        let mut places: Vec<(ContextKey, bool)> = Vec::new();
        let around = at.contexts().skip_while(|c| c.id != job.1);
        places.extend(around.filter(|c| c.kind != ContextKind::File).map(|c| ((at.unit, c.id), true)));
        match step {
            Some(step) => {
                places.extend(self.behind(job, step.id).map(|key| (key, true)));
                // What a login before it left lies there still.
                let before = self.steps.get(&job).into_iter().flatten().take_while(|id| **id <= step.id);
                let own = |id: ContextId| id == step.id && self.goes_on(job, id);
                places.extend(before.take(MAX_LOOKED_AT).map(|id| ((job.0, *id), own(*id))));
            }
            None => places.extend(self.steps.get(&job).into_iter().flatten().map(|id| ((job.0, *id), true))),
        }
        let mut secrets: Vec<(At<'a>, &'a Flow)> = Vec::new();
        for (key, whole) in places {
            let here = self.flows.get(&key).map(Vec::as_slice).unwrap_or_default();
            let reached = |flow: &Flow| match &flow.to {
                Sink::Login { .. } => true,
                Sink::Env(_) | Sink::Argv | Sink::Recipient(_) | Sink::Mount | Sink::Disk { .. } => whole,
                _ => false,
            };
            // The job's own token is judged by what it may do.
            let own = |flow: &Flow| matches!(&flow.what, Selection::One(is) if is.kind == "job");
            let found = here.iter().take(MAX_LOOKED_AT).filter(|(_, flow)| reached(flow) && !own(flow));
            secrets.extend(found.copied());
        }
        Reach { secrets, writes: self.writes(job), persisted: self.persisted.contains(&job) }
    }

    /// What the job's own token may write, and whether somebody said so.
    fn writes(&self, job: ContextKey) -> Option<(bool, String)> {
        let grants = self.grants.get(&job)?;
        let writing = |(_, grant): &&(At<'a>, &Grant)| {
            grant
                .actions
                .iter()
                .any(|a| a.known().is_some_and(|a| !a.ends_with(":read") && !a.ends_with(":none")))
        };
        let found: Vec<_> = grants.iter().filter(writing).collect();
        let stated = found.iter().find(|(at, _)| !matches!(at.fact.origin, Origin::PlatformDefault { .. }));
        let (_, grant) = stated.or(found.first())?;
        let actions = grant.actions.iter().filter_map(|a| a.known()?.split_once(':').map(|(_, rest)| rest));
        Some((stated.is_some(), actions.collect::<Vec<_>>().join(", ")))
    }
}

impl Reach<'_> {
    /// The worst that is in reach.
    fn worst(&self) -> Option<(Severity, String)> {
        if !self.secrets.is_empty() {
            let mut seen = BTreeSet::new();
            let names = self.secrets.iter().map(|(_, flow)| told(flow));
            let names: Vec<String> = names.filter(|name| seen.insert(name.clone())).collect();
            let more = names.len().saturating_sub(MOST_NAMED);
            let shown = names.into_iter().take(MOST_NAMED).collect::<Vec<_>>().join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            return Some((Severity::High, format!("{shown}{more}")));
        }
        let (stated, actions) = self.writes.as_ref()?;
        let severity = match (stated, self.persisted) {
            (true, true) => Severity::High,
            (true, false) | (false, true) => Severity::Medium,
            (false, false) => Severity::Low,
        };
        let whose = if *stated { "" } else { ", unless the repository's settings say less" };
        Some((severity, format!("the job's token, which may `{actions}`{whose}")))
    }
}

/// What is in reach, in words.
fn told(flow: &Flow) -> String {
    match &flow.to {
        Sink::Login { platform, .. } => format!("a login to {platform}"),
        _ => flows::described(&flow.what),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextKind, Pin, SafeguardKind, Sink};
    use crate::rule::analysis::sample::{Sample, component, flow, grant, judge, named, safeguard};

    const RULE: &str = "third-party/outsider-code";

    #[test]
    fn what_stands_behind_the_checkout_is_in_reach() {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "preview");
        let before = sample.context(job, ContextKind::Step, "before");
        let checkout = sample.context(job, ContextKind::Step, "checkout");
        let action = || component(named("github", "action", "a/checkout"), Pin::Tag("v4".into()));
        sample.state(checkout, action());
        sample.state(before, flow(named("github", "secret", "EARLIER"), Sink::Env("E".into())));
        sample.state(checkout, safeguard(SafeguardKind::ProposedCodeIsolation, None, false));
        assert!(judge(RULE, &[&sample]).is_empty());
        let run = sample.context(job, ContextKind::Step, "run");
        assert!(judge(RULE, &[&sample]).is_empty());
        sample.state(run, flow(named("github", "secret", "TOKEN"), Sink::Env("T".into())));
        let said = judge(RULE, &[&sample]);
        assert_eq!(
            said,
            ["high @0 code that an outsider proposed runs in job `preview` and reaches `token`"]
        );
        sample.state(job, safeguard(SafeguardKind::ApprovalGate, None, true));
        assert!(judge(RULE, &[&sample])[0].starts_with("medium"));
    }

    #[test]
    fn a_script_goes_on_with_what_it_brought_in() {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "bench");
        let script = sample.context(job, ContextKind::Step, "run");
        sample.state(script, safeguard(SafeguardKind::ProposedCodeIsolation, None, false));
        sample.state(script, flow(named("github", "secret", "KEY"), Sink::Env("KEY".into())));
        assert!(judge(RULE, &[&sample])[0].starts_with("high"));
    }

    #[test]
    fn a_token_that_only_reads_is_accepted() {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "preview");
        let checkout = sample.context(job, ContextKind::Step, "checkout");
        sample.context(job, ContextKind::Step, "run");
        sample.state(checkout, safeguard(SafeguardKind::ProposedCodeIsolation, None, false));
        sample.state(job, grant(named("github", "job", "preview"), &["github:contents:read"]));
        assert!(judge(RULE, &[&sample]).is_empty());
        sample.state(job, grant(named("github", "job", "preview"), &["github:contents:write"]));
        assert!(judge(RULE, &[&sample])[0].starts_with("medium"));
    }
}
