//! A permission that nothing of what acts with it needs. Says nothing unless every need is known.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{Context, Effect, Grant, LinkKind, Origin, Ref, Text};
use crate::finding::{Confidence, Spot};
use crate::remedy::Remedy;
use crate::rule::analysis::actions::{self, Covers};
use crate::rule::analysis::grants;
use crate::rule::analysis::register::Register;
use crate::rule::analysis::workloads::{self, ContextKey};
use crate::rule::{At, Verdicts, World};

/// What acts with a permission, and what it needs.
struct Needs<'a> {
    by_context: BTreeMap<ContextKey, BTreeSet<&'a Text>>,
    /// Policies and roles → whom they are given to.
    attached: Register<'a, &'a Ref>,
    /// Identities → what acts as them.
    actors: Register<'a, At<'a>>,
}

/// One written permission: a line may give it to several jobs.
type Line<'a> = BTreeMap<String, Vec<(At<'a>, &'a Grant)>>;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let links = |kind| world.links().filter(move |(_, l)| l.kind == kind);
    let needs = Needs {
        by_context: stated(world),
        attached: Register::of(links(LinkKind::Attaches).map(|(_, l)| (&l.from, &l.to))),
        actors: Register::of(links(LinkKind::ActsAs).map(|(at, l)| (&l.to, at))),
    };
    let mut lines: BTreeMap<(Spot, &str), Line<'_>> = BTreeMap::new();
    for (at, grant) in world.grants() {
        if grants::admin(grant).is_some() {
            out.pass(&at, "it amounts to full control and is judged as that");
        } else if grants::platform(grant) == "agent" {
            out.pass(&at, "what an agent may use is its own question");
        } else if grant.effect == Effect::Allow && at.fact.origin == Origin::Stated && !grant.actions_except {
            let line = lines.entry((at.spot(at.place().source()), at.place().route.0.as_str())).or_default();
            for action in grant.actions.iter().filter_map(Text::known) {
                line.entry(action.to_owned()).or_default().push((at, grant));
            }
        }
    }
    for line in lines.values() {
        judge_line(&needs, line, out);
    }
}

/// The actions needed inside each context, each once: ten thousand steps need few different things.
fn stated<'a>(world: &World<'a>) -> BTreeMap<ContextKey, BTreeSet<&'a Text>> {
    let mut needs: BTreeMap<ContextKey, BTreeSet<&'a Text>> = BTreeMap::new();
    for (at, need) in world.needs() {
        for context in at.contexts() {
            needs.entry((at.unit, context.id)).or_default().insert(&need.action);
        }
    }
    needs
}

fn judge_line(needs: &Needs<'_>, line: &Line<'_>, out: &mut Verdicts<'_>) {
    let mut unneeded: Vec<Text> = Vec::new();
    let mut lead: Option<(At<'_>, Vec<Actor<'_>>)> = None;
    // A grant stands under each of its actions, and its actors are the same under all.
    let mut known: BTreeMap<_, Vec<Actor<'_>>> = BTreeMap::new();
    for (action, grants) in line {
        let Some((at, _)) = grants.first() else { continue };
        if reads_only(action) {
            continue;
        }
        let mut actors: Vec<Actor<'_>> = Vec::new();
        for (at, grant) in grants {
            let own = known.entry((at.unit, at.fact.id)).or_insert_with(|| needs.actors(at, grant));
            actors.extend(own.iter().copied());
        }
        if actors.is_empty() {
            continue;
        }
        if let Some(open) = actors.iter().find(|a| !a.context.needs_complete) {
            out.pass(at, format!("not everything that {} needs is known", workloads::named(open.context)));
        } else if let Some(actor) = actors.iter().find(|a| needs.need(a.key, action)) {
            out.pass(at, format!("{} needs `{action}`", workloads::named(actor.context)));
        } else {
            unneeded.push(Text::literal(action.as_str()));
            lead.get_or_insert((*at, actors));
        }
    }
    let Some((at, actors)) = lead else { return };
    let who = match actors.as_slice() {
        [one] => format!("nothing in {} needs", workloads::named(one.context)),
        many => format!("nothing in any of the {} that get it needs", many.len()),
    };
    let (is, it) = if unneeded.len() == 1 { ("is", "it") } else { ("are", "them") };
    let draft = out.report(&at, format!("{} {is} granted, and {who} {it}", actions::listed(&unneeded)));
    draft.covers(unneeded.iter().map(Text::to_string));
    if actors.iter().any(|a| a.joined) {
        // Something in a file that was not read may act as the same identity.
        draft.confidence(Confidence::Medium);
    }
    draft.remedy(Remedy::Narrow { remove: unneeded.iter().map(Text::to_string).collect() });
}

/// A job or workload that acts with a permission.
#[derive(Clone, Copy)]
struct Actor<'a> {
    key: ContextKey,
    context: &'a Context,
    /// Found through links, not around the grant itself.
    joined: bool,
}

impl<'a> Needs<'a> {
    fn actors(&self, at: &At<'a>, grant: &'a Grant) -> Vec<Actor<'a>> {
        if let Some(context) = workloads::actor(at) {
            return vec![Actor { key: (at.unit, context.id), context, joined: false }];
        }
        let mut identities: Vec<&Ref> = self.attached.surely(&grant.holder).collect();
        identities.push(&grant.holder);
        identities
            .into_iter()
            .flat_map(|identity| self.actors.surely(identity))
            .filter_map(|link| {
                let context = workloads::actor(&link)?;
                // What a job needs of its own platform says nothing of what it does with a cloud role.
                let platform = &grant.holder.platform;
                let own = self.by_context.get(&(link.unit, context.id))?;
                let same = own.iter().all(|need| need.prefix().split(':').next() == Some(platform));
                same.then_some(Actor { key: (link.unit, context.id), context, joined: true })
            })
            .collect()
    }

    fn need(&self, key: ContextKey, action: &str) -> bool {
        let granted = Text::literal(action);
        self.by_context.get(&key).into_iter().flatten().any(|need| match need.known() {
            Some(need) => actions::covers(&granted, need) != Covers::No,
            None => true,
        })
    }
}

/// Permissions to read are left out where writing is what matters: `read` of a code platform opens what the job's own
/// checkout opens.
fn reads_only(action: &str) -> bool {
    action.ends_with(":read") || action.ends_with(":none")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, ContextKind, LinkKind};
    use crate::rule::analysis::sample::{Sample, grant, judge, link, named, need};

    const RULE: &str = "scope/unneeded-permission";

    #[test]
    fn a_job_gets_what_no_step_needs() {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "build");
        let step = sample.context(job, ContextKind::Step, "checkout");
        sample.state(step, need("github:contents:write"));
        for action in ["github:contents:write", "github:id-token:write", "github:issues:read"] {
            sample.state(job, grant(named("github", "job", "build"), &[action]));
        }
        assert_eq!(
            judge(RULE, &[&sample]),
            ["medium @20 `id-token:write` is granted, and nothing in job `build` needs it"]
        );
        sample.0.contexts[job.0 as usize].needs_complete = false;
        assert!(judge(RULE, &[&sample]).is_empty(), "silent where a need may be unknown");
    }

    #[test]
    fn several_permissions_agree_with_their_verb() {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "build");
        let actions = ["github:id-token:write", "github:packages:write"];
        sample.state(job, grant(named("github", "job", "build"), &actions));
        let said = judge(RULE, &[&sample]);
        assert!(
            said[0].ends_with("`packages:write` are granted, and nothing in job `build` needs them"),
            "{said:?}"
        );
    }

    #[test]
    fn a_role_in_one_file_meets_the_workload_in_another() {
        let account = || named("kubernetes", "ServiceAccount", "jobs");
        let role = || named("kubernetes", "Role", "jobs");
        let mut rbac = Sample::new("rbac.yml");
        rbac.state(
            ContextId(0),
            grant(role(), &["kubernetes:core/pods:get", "kubernetes:core/secrets:list"]),
        );
        rbac.state(ContextId(0), link(role(), LinkKind::Attaches, account()));
        let mut pod = Sample::new("pod.yml");
        let workload = pod.actor(ContextKind::Workload, "lister");
        pod.state(workload, link(named("kubernetes", "Pod", "lister"), LinkKind::ActsAs, account()));
        pod.state(workload, need("kubernetes:core/pods:get"));
        assert_eq!(
            judge(RULE, &[&rbac, &pod]),
            ["medium @0 `secrets:list` is granted, and nothing in workload `lister` needs it"]
        );
        assert!(judge(RULE, &[&rbac]).is_empty(), "nobody is known to act as it");
    }
}
