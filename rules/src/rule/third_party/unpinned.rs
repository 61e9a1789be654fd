//! Code that its publisher can change tomorrow, with no credential in its reach today.

use std::collections::BTreeMap;

use crate::fact::{Component, Pin, Ref};
use crate::finding::Severity;
use crate::rule::analysis::flows::Flows;
use crate::rule::analysis::pins;
use crate::rule::{At, Verdicts, World};

/// Most further places that one finding names: a file may use one component in every one of thousands of steps.
const MOST_PLACES: usize = 8;

/// One decision: this code, at this version, in this file.
type Decision<'a> = (usize, &'a str, &'a Ref, String);

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let flows = Flows::stated(world);
    let mut decisions: BTreeMap<Decision<'_>, Vec<(At<'_>, &Component)>> = BTreeMap::new();
    for (at, component) in world.components() {
        let why_fine = match pins::movement(&component.pin) {
            None => "its version cannot change",
            _ if unknown(&component.pin) => "its version is not known",
            _ if component.first_party => {
                "its publisher is the platform or the repository's own organisation"
            }
            _ if world.policy.approves(component) => "policy approves it",
            _ if !pins::moves_behind(component) && !flows.reaching(&at, &component.is).is_empty() => {
                "a credential is in its reach: `third-party/unpinned-with-credential` speaks of it"
            }
            Some(version) => {
                let decision = (at.unit, at.path(), &component.is, version);
                decisions.entry(decision).or_default().push((at, component));
                continue;
            }
        };
        out.pass(&at, why_fine);
    }
    for ((_, _, _, version), mut uses) in decisions {
        uses.sort_by_key(|(at, _)| at.place().source());
        let Some((first, component)) = uses.first().copied() else { continue };
        let (kind, name) = (&component.kind, &component.is.name);
        let message =
            format!("{kind} `{name}` {version}; {}, or approve its publisher", pins::remedy(component));
        let more = uses.len().saturating_sub(MOST_PLACES + 1);
        // The uses of one decision are one finding with several places: what they have in common is the first's route.
        for (at, component) in uses.into_iter().take(MOST_PLACES + 1) {
            let draft =
                out.report_spot(at.spot(at.place().source()), first.place().route.0.clone(), &*message);
            draft.lesser(at.fact.lesser).judged([name.to_string(), version.clone()]);
            if let Some(remedy) = pins::known_elsewhere(component) {
                draft.remedy(remedy);
            }
            if pins::fixed_itself(&component.pin) {
                draft.severity(Severity::Info);
            }
            match more {
                0 => {}
                1 => drop(draft.help("pin the one further use in this file as well")),
                more => drop(draft.help(format!("pin the {more} further uses in this file as well"))),
            }
        }
    }
}

fn unknown(pin: &Pin) -> bool {
    matches!(pin, Pin::Tag(version) | Pin::Moving(version) if version.known().is_none())
}

#[cfg(test)]
mod tests {
    use crate::fact::{ContextKind, Pin, Sink, Text, Why};
    use crate::rule::analysis::sample::{Sample, component, flow, judge, named};

    fn said(sample: &Sample) -> Vec<String> {
        judge("third-party/unpinned", &[sample])
    }

    fn step(pin: Pin) -> Sample {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "build");
        let step = sample.context(job, ContextKind::Step, "a/b");
        sample.state(step, component(named("github", "action", "a/b"), pin));
        sample
    }

    #[test]
    fn every_way_to_move_is_told() {
        let told = |pin: Pin| said(&step(pin)).join("\n");
        let end = "; pin it to a digest or full commit id, or approve its publisher";
        assert_eq!(
            told(Pin::Tag("v1".into())),
            format!("low @0 action `a/b` stands at `v1`, which its publisher can move{end}")
        );
        assert_eq!(
            told(Pin::Moving("main".into())),
            format!("low @0 action `a/b` stands at `main`, which moves by design{end}")
        );
        assert_eq!(told(Pin::None), format!("low @0 action `a/b` states no version{end}"));
    }

    #[test]
    fn an_exact_version_brings_along_what_is_not_fixed() {
        let mut sample = step(Pin::Alone("1.2.3".to_owned()));
        sample.state(crate::fact::ContextId(1), flow(named("github", "secret", "T"), Sink::Env("T".into())));
        assert_eq!(
            said(&sample),
            ["info @0 action `a/b` stands at `1.2.3`, but what it depends on is chosen anew each time; \
              pin it to a digest or full commit id, or approve its publisher"]
        );
        assert!(judge("third-party/unpinned-with-credential", &[&sample]).is_empty());
    }

    #[test]
    fn pinned_local_and_unknown_versions_are_accepted() {
        assert!(said(&step(Pin::Digest("0".repeat(40)))).is_empty());
        assert!(said(&step(Pin::Local)).is_empty());
        assert!(said(&step(Pin::Tag(Text::hole(Why::Variable("tag".to_owned()))))).is_empty());
    }

    #[test]
    fn one_that_gets_a_credential_is_the_other_rules() {
        for at_job in [true, false] {
            let mut sample = step(Pin::None);
            let within = crate::fact::ContextId(if at_job { 1 } else { 2 });
            sample.state(within, flow(named("github", "secret", "T"), Sink::Env("T".into())));
            assert!(said(&sample).is_empty());
            assert_eq!(judge("third-party/unpinned-with-credential", &[&sample]).len(), 1);
        }
    }

    #[test]
    fn one_decision_is_one_finding_however_often_it_is_used() {
        let mut sample = step(Pin::Tag("v1".into()));
        let job = sample.actor(ContextKind::Job, "again");
        for version in ["v1", "v2", "v1"] {
            sample.state(job, component(named("github", "action", "a/b"), Pin::Tag(version.into())));
        }
        let said = said(&sample);
        let of = |version: &str| said.iter().filter(|said| said.contains(version)).count();
        // Drafts of one decision have one fingerprint, and become places of one finding.
        assert_eq!((of("`v1`"), of("`v2`")), (3, 1), "{said:?}");
    }
}
