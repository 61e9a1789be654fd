//! Code that its publisher can change tomorrow, holding a credential today.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{Component, ContextId, Credential, Effect, Flow, Grant, Ref, Selection, Sink, Text};
use crate::finding::Severity;
use crate::rule::analysis::flows::{self, Flows, Handing};
use crate::rule::analysis::{pins, publishers};
use crate::rule::{At, Verdicts, World};

/// Most credentials that a message names.
const MOST_NAMED: usize = 3;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let flows = Flows::stated(world);
    let opens = Opens::of(world);
    let own_tokens = OwnTokens::of(world);
    for (at, component) in world.components() {
        let Some(version) = pins::movement(&component.pin) else { continue };
        if component.first_party {
            out.pass(&at, "its publisher is the platform or the repository's own organisation");
            continue;
        }
        if world.policy.approves(component) {
            out.pass(&at, "policy approves it");
            continue;
        }
        if pins::moves_behind(component) {
            out.pass(&at, "what can change is what it brings along: `third-party/unpinned` speaks of it");
            continue;
        }
        let mut reaching = flows.reaching(&at, &component.is);
        let own = own_login(&reaching, component, &opens);
        let closed = publishers::closed(component);
        let weight = |(handing, flow_at, flow): &(Handing, At<'_>, &Flow)| match handing {
            Handing::Surroundings if closed => Severity::Low,
            Handing::Surroundings => Severity::Medium,
            Handing::Direct if own.is_some() => Severity::Low,
            Handing::Direct => own_tokens.weight(flow_at, flow).unwrap_or(Severity::High),
        };
        reaching.sort_by_key(|found| {
            (std::cmp::Reverse(weight(found)), std::cmp::Reverse(found.0), found.1.place().source())
        });
        let Some(&(handing, flow_at, flow)) = reaching.first() else {
            out.pass(&at, "it gets no credential");
            continue;
        };
        let severity = weight(&(handing, flow_at, flow));
        let kind = &component.kind;
        let name = &component.is.name;
        let how = match (&flow.to, handing) {
            _ if let Some(platform) = own => format!("logs in to {platform}, which is its publisher's own,"),
            (Sink::Login { platform, .. }, Handing::Direct) => format!("logs in to {platform}"),
            (_, Handing::Direct) => format!("is handed {}", several(&reaching, handing)),
            (_, Handing::Surroundings) => format!("can read {}", several(&reaching, handing)),
        };
        let draft =
            out.report(&at, format!("{kind} `{name}` {how} and {version}; {}", pins::remedy(component)));
        draft.severity(severity).judged([name.to_string(), version]);
        draft.covers(reaching.iter().map(|(_, _, f)| flows::described(&f.what)));
        draft.related("it gets the credential here", flow_at.spot(flow_at.place().source()));
        if let Some(remedy) = pins::known_elsewhere(component) {
            draft.remedy(remedy);
        }
    }
}

/// The tokens that jobs and workloads act with themselves, and what may be done with each.
struct OwnTokens<'a> {
    identities: BTreeSet<(usize, &'a Ref)>,
    writing: BTreeSet<(usize, &'a Ref)>,
}

impl<'a> OwnTokens<'a> {
    fn of(world: &World<'a>) -> Self {
        let reads = |grant: &Grant| {
            grant.actions.iter().all(|action| action.known().is_some_and(|known| known.ends_with(":read")))
        };
        Self {
            identities: world.identities().map(|(at, identity)| (at.unit, &identity.is)).collect(),
            writing: world
                .grants()
                .filter(|(_, grant)| grant.effect == Effect::Allow && !reads(grant))
                .map(|(at, grant)| (at.unit, &grant.holder))
                .collect(),
        }
    }

    /// How bad it is to hand such a token over: it ends with the job and does what the job may do. `None` for any other
    /// credential.
    fn weight(&self, at: &At<'_>, flow: &Flow) -> Option<Severity> {
        let Selection::One(what) = &flow.what else { return None };
        let key = (at.unit, what);
        self.identities.contains(&key).then(|| match self.writing.contains(&key) {
            true => Severity::Medium,
            false => Severity::Low,
        })
    }
}

/// What the credentials of each context open, where that is stated.
struct Opens<'a>(BTreeMap<(usize, ContextId, &'a Ref), &'a Text>);

impl<'a> Opens<'a> {
    fn of(world: &World<'a>) -> Self {
        let stated = |(at, credential): (At<'a>, &'a Credential)| {
            Some(((at.unit, at.fact.within, &credential.is), credential.scope.as_ref()?))
        };
        Self(world.credentials().filter_map(stated).collect())
    }
}

/// The platform that a component logs in to here, if its publisher is that platform: what it is handed for the login is
/// its publisher's own to begin with.
fn own_login<'a>(
    reaching: &[(Handing, At<'a>, &'a Flow)],
    component: &Component,
    opens: &Opens<'_>,
) -> Option<&'a str> {
    let mut own = None;
    for (_, at, flow) in reaching {
        let (Sink::Login { platform, .. }, Selection::One(what)) = (&flow.to, &flow.what) else { continue };
        let opened = opens.0.get(&(at.unit, at.fact.within, what)).copied();
        if !publishers::issues(component, platform, opened) {
            return None;
        }
        own = Some(platform.as_str());
    }
    own
}

/// What comes to it in this way, in file order: the first few by name.
fn several(reaching: &[(Handing, At<'_>, &Flow)], handing: Handing) -> String {
    let mut seen = BTreeSet::new();
    let mut names: Vec<String> = reaching
        .iter()
        .filter(|(how, _, _)| *how == handing)
        .map(|(_, _, flow)| flows::described(&flow.what))
        // One name may come from several stores.
        .filter(|name| seen.insert(name.clone()))
        .collect();
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, ContextKind, Pin, Sink};
    use crate::rule::analysis::sample::{Sample, component, flow, judge, named, platform_default};

    fn step(pin: Pin, what: &str) -> (Sample, ContextId, ContextId) {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "build");
        let step = sample.context(job, ContextKind::Step, what);
        sample.state(step, component(named("github", "action", what), pin));
        (sample, job, step)
    }

    fn said(sample: &Sample) -> Vec<String> {
        judge("third-party/unpinned-with-credential", &[sample])
    }

    #[test]
    fn handed_over_is_worse_than_lying_around() {
        let action = || named("github", "action", "a/b");
        let token = || named("github", "secret", "TOKEN");
        let (mut handed, _, here) = step(Pin::Tag("v1".into()), "a/b");
        handed.state(here, flow(token(), Sink::Recipient(action())));
        assert_eq!(
            said(&handed),
            ["high @0 action `a/b` is handed `token` and stands at `v1`, which its publisher can move; \
              pin it to a digest or full commit id"]
        );
        let (mut around, job, _) = step(Pin::None, "a/b");
        around.state(job, flow(token(), Sink::Env("TOKEN".into())));
        assert_eq!(
            said(&around),
            ["medium @0 action `a/b` can read `token` and states no version; \
              pin it to a digest or full commit id"]
        );
    }

    #[test]
    fn a_pinned_one_and_one_without_credential_are_accepted() {
        let (mut pinned, _, here) = step(Pin::Digest("0".repeat(40)), "a/b");
        pinned.state(here, flow(named("github", "secret", "T"), Sink::Env("T".into())));
        assert!(said(&pinned).is_empty());
        let (mut bare, _, here) = step(Pin::Tag("v1".into()), "a/b");
        let other = bare.context(ContextId(1), ContextKind::Step, "another");
        bare.state(other, flow(named("github", "secret", "T"), Sink::Env("T".into())));
        bare.state(here, flow(named("kubernetes", "ServiceAccountToken", "default"), Sink::Mount)).origin =
            platform_default();
        assert!(said(&bare).is_empty());
    }
}
