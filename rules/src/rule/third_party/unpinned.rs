//! Code that its publisher can change tomorrow, with no credential in its reach today.

use std::collections::BTreeMap;

use crate::fact::{Component, Pin, Ref};
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
            _ if !flows.reaching(&at, &component.is).is_empty() => {
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
        let Some(((first, component), further)) = uses.split_first() else { continue };
        let (kind, name) = (&component.kind, &component.is.name);
        let draft = out.report(
            first,
            format!("{kind} `{name}` {version}; {}, or approve its publisher", pins::remedy(component)),
        );
        draft.judged([name.to_string(), version]);
        for (at, _) in further.iter().take(MOST_PLACES) {
            draft.related("used here too", at.spot(at.place().source()));
        }
        if let Some(more) = further.len().checked_sub(MOST_PLACES).filter(|more| *more > 0) {
            draft.help(match more {
                1 => "pin the one further use in this file as well".to_owned(),
                more => format!("pin the {more} further uses in this file as well"),
            });
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
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("low @0 ") && said[1].starts_with("low @20 "), "{said:?}");
    }
}
