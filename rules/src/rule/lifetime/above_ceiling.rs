//! A credential that works longer than its kind may: one number, whatever syntax carried it.

use crate::fact::{Credential, Lifetime, Origin, PERIODIC, SHARED, Storage, human_seconds};
use crate::finding::Severity;
use crate::policy::Ceiling;
use crate::remedy::Remedy;
use crate::rule::analysis::lifetimes;
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, credential) in world.credentials() {
        if !credential.secret.is_empty() {
            out.pass(&at, "its text stands here, which is the graver finding");
        } else if lifetimes::is_minted(credential) {
            out.pass(&at, "a command makes it: `lifetime/minted-credential` speaks of it");
        } else if lifetimes::is_standing_key(world, credential) {
            out.pass(&at, "a key that federation replaces is judged as such");
        } else {
            let ceiling = world.policy.ceiling(credential.class);
            judge_one(world, out, &at, credential, ceiling);
        }
    }
}

fn judge_one(
    world: &World<'_>,
    out: &mut Verdicts<'_>,
    at: &At<'_>,
    credential: &Credential,
    ceiling: Ceiling,
) {
    for possible in credential.lifetime.possible() {
        let endless = *possible.value == Lifetime::Unbounded && credential.storage == Storage::Generated;
        let seconds = lifetimes::seconds(possible.value, credential.not_before, world.today);
        let (severity, says) = match seconds {
            Some(seconds) if seconds <= ceiling.warn => {
                out.pass(at, format!("{} is within {}", human_seconds(seconds), human_seconds(ceiling.warn)));
                continue;
            }
            Some(seconds) => (severity(possible.value, seconds, ceiling), works(possible.value, seconds)),
            None if endless && credential.kind == PERIODIC => {
                (Severity::High, "can be renewed without end".to_owned())
            }
            None if endless => (endlessly(at, credential), "never expires".to_owned()),
            None => continue,
        };
        let most = human_seconds(ceiling.warn);
        let message = format!("{} {says}; at most {most} is accepted", credential.title);
        let draft = out.report_at(at, possible.source, message);
        draft.severity(severity).lesser(possible.lesser);
        draft.judged([credential.kind.clone(), says]);
        // Another period does not end it.
        if credential.kind != PERIODIC {
            draft.remedy(Remedy::SetLifetime { seconds: ceiling.warn });
        }
    }
}

/// A key that is there unless somebody switches it off, or an end that nobody wrote down, is no decision.
fn endlessly(at: &At<'_>, credential: &Credential) -> Severity {
    let unsaid = matches!(at.fact.origin, Origin::Absent | Origin::PlatformDefault { .. });
    if unsaid || credential.kind == SHARED { Severity::Low } else { Severity::High }
}

fn severity(lifetime: &Lifetime, seconds: u64, ceiling: Ceiling) -> Severity {
    match lifetime {
        Lifetime::PlatformDefault { .. } => Severity::Low,
        _ if seconds > ceiling.error => Severity::High,
        _ => Severity::Medium,
    }
}

fn works(lifetime: &Lifetime, seconds: u64) -> String {
    let length = human_seconds(seconds);
    match lifetime {
        Lifetime::Expires(date) => format!("works until {date}"),
        Lifetime::MaxAge { renewable: true, .. } => format!("works for {length} and can be renewed"),
        Lifetime::PlatformDefault { .. } => format!("works for {length}, the platform's default"),
        _ => format!("works for {length}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::civil::date;

    use crate::fact::{Alternative, Body, Case, ContextId, Lifetime, LifetimeClass, Storage, Value};
    use crate::rule::analysis::sample::{Sample, cloud_key, judge, known, source};

    fn said(class: LifetimeClass, lifetime: Value<Lifetime>) -> Vec<String> {
        let mut sample = Sample::new("a.yml");
        let mut session = cloud_key("S");
        session.title = "session".to_owned();
        session.storage = Storage::Generated;
        session.federation = None;
        session.class = class;
        session.lifetime = lifetime;
        sample.state(ContextId(0), Body::Credential(session));
        judge("lifetime/above-ceiling", &[&sample])
    }

    fn hours(hours: u64) -> Lifetime {
        Lifetime::MaxAge { seconds: hours * 3_600, renewable: false }
    }

    #[test]
    fn the_number_decides() {
        use LifetimeClass::{CloudSession, StandingKey, WorkloadToken};
        assert!(said(CloudSession, known(hours(1))).is_empty());
        assert_eq!(
            said(CloudSession, known(hours(2))),
            ["medium @0 session works for 2 h; at most 1 h is accepted"]
        );
        assert_eq!(
            said(CloudSession, known(hours(12))),
            ["high @0 session works for 12 h; at most 1 h is accepted"]
        );
        assert_eq!(
            said(WorkloadToken, known(hours(12))),
            ["medium @0 session works for 12 h; at most 1 h is accepted"]
        );
        assert_eq!(
            said(StandingKey, known(Lifetime::Expires(date(2099, 1, 1)))),
            ["high @0 session works until 2099-01-01; at most 90 d is accepted"]
        );
        assert!(said(StandingKey, known(Lifetime::Expires(date(2027, 1, 1)))).is_empty());
    }

    #[test]
    fn a_platform_default_is_low_and_a_chosen_alternative_one_lower() {
        use LifetimeClass::CloudSession;
        assert_eq!(
            said(CloudSession, known(Lifetime::PlatformDefault { seconds: Some(43_200) })),
            ["low @0 session works for 12 h, the platform's default; at most 1 h is accepted"]
        );
        let branch =
            |value, at, default| Alternative { value, source: source(at), case: Case::always(), default };
        let either =
            Value::OneOf { of: vec![branch(hours(1), 40, true), branch(hours(12), 60, false)], open: true };
        assert_eq!(
            said(CloudSession, either),
            ["medium @60 session works for 12 h; at most 1 h is accepted"]
        );
    }
}
