//! A secret that leaves through an output, for everybody who may read outputs.

use std::collections::BTreeMap;

use crate::fact::{Flow, Safeguard, SafeguardKind, Selection, Sink};
use crate::finding::{Confidence, Severity};
use crate::remedy::Remedy;
use crate::rule::analysis::flows;
use crate::rule::analysis::workloads::ContextKey;
use crate::rule::{At, Verdicts, World};

/// What masks a credential in a context, by route.
type Maskings<'a> = BTreeMap<(ContextKey, Option<&'a Selection>), BTreeMap<&'a str, (At<'a>, &'a Safeguard)>>;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let mut maskings = Maskings::new();
    for (at, safeguard) in world.safeguards().filter(|(_, s)| s.kind == SafeguardKind::Masking) {
        let key = ((at.unit, at.fact.within), safeguard.protects.as_ref());
        maskings.entry(key).or_default().insert(&at.place().route.0, (at, safeguard));
    }
    for (at, flow) in world.flows() {
        let Sink::Output(name) = &flow.to else { continue };
        let masking = masking(&maskings, &at, flow);
        let on = masking.and_then(|(_, s)| s.on.only().copied());
        if on == Some(true) {
            out.pass(&at, "the output is masked");
            continue;
        }
        let what = flows::described(&flow.what);
        let draft = out.report(
            &at,
            format!("{what} leaves through output `{name}`, in clear for everybody who may read outputs"),
        );
        draft.judged([name.clone(), what]);
        match masking {
            Some((safeguard, _)) => {
                if on.is_none() {
                    draft.confidence(Confidence::Low);
                }
                let place = safeguard.spot(safeguard.place().source());
                draft.remedy_at(place, Remedy::Switch { safeguard: SafeguardKind::Masking, on: true });
            }
            // Nothing could mask it: the platform itself may still blank what it knows to be secret.
            None => {
                draft.severity(Severity::Medium);
                draft.help(
                    "hand over a reference to the store, and let whoever needs the secret read it there",
                );
            }
        }
    }
}

/// The masking of this very output: of the same context and credential, nearest to it by route.
fn masking<'a>(maskings: &Maskings<'a>, at: &At<'a>, flow: &'a Flow) -> Option<(At<'a>, &'a Safeguard)> {
    let context = (at.unit, at.fact.within);
    let here = maskings.get(&(context, Some(&flow.what))).or_else(|| maskings.get(&(context, None)))?;
    let route = at.place().route.0.as_str();
    let neighbours = here.range(..=route).next_back().into_iter().chain(here.range(route..).next());
    neighbours.max_by_key(|(other, _)| shared(other, route)).map(|(_, found)| *found)
}

/// How many steps two routes share from the top.
fn shared(a: &str, b: &str) -> usize {
    a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, Route, SafeguardKind, Sink};
    use crate::rule::analysis::sample::{Sample, flow, judge, named, safeguard};

    #[test]
    fn each_output_has_its_own_masking() {
        let mut sample = Sample::new("outputs.tf");
        let secret = || named("aws", "access-key", "ci");
        for (output, masked) in [("shown", false), ("hidden", true)] {
            let fact = sample.state(ContextId(0), flow(secret(), Sink::Output(output.into())));
            fact.at.route = Route(format!("output.{output}/value"));
            let fact = sample.state(ContextId(0), safeguard(SafeguardKind::Masking, Some(secret()), masked));
            fact.at.route = Route(format!("output.{output}/sensitive"));
        }
        assert_eq!(
            judge("secret/exposed-output", &[&sample]),
            ["high @0 `ci` leaves through output `shown`, in clear for everybody who may read outputs"]
        );
    }

    #[test]
    fn an_output_that_nothing_masks_is_flagged_too() {
        let mut sample = Sample::new("ci.yml");
        sample.state(ContextId(0), flow(named("github", "secret", "TOKEN"), Sink::Output("t".into())));
        sample.state(ContextId(0), flow(named("github", "secret", "TOKEN"), Sink::Env("t".into())));
        let said = judge("secret/exposed-output", &[&sample]);
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("medium @0"), "{said:?}");
    }
}
