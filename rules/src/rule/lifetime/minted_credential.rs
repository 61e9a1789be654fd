//! A command of a pipeline that makes a credential which outlives the run.

use crate::fact::{Credential, Lifetime, human_seconds};
use crate::finding::Severity;
use crate::rule::analysis::lifetimes;
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, credential) in world.credentials().filter(|(_, c)| lifetimes::is_minted(c)) {
        judge_one(world, out, &at, credential);
    }
}

fn judge_one(world: &World<'_>, out: &mut Verdicts<'_>, at: &At<'_>, credential: &Credential) {
    let ceiling = world.policy.ceiling(credential.class);
    for possible in credential.lifetime.possible() {
        let seconds = lifetimes::seconds(possible.value, credential.not_before, world.today);
        let (severity, says) = match (possible.value, seconds) {
            (Lifetime::Unbounded, _) => (Severity::High, "works until somebody revokes it".to_owned()),
            (Lifetime::MaxAge { renewable: true, seconds }, _) => {
                (Severity::High, format!("can be renewed without end, every {}", human_seconds(*seconds)))
            }
            (_, Some(seconds)) if seconds <= ceiling.warn => {
                let most = human_seconds(ceiling.warn);
                out.pass(at, format!("{} is within {most}", human_seconds(seconds)));
                continue;
            }
            (Lifetime::PlatformDefault { .. }, Some(seconds)) => {
                let length = human_seconds(seconds);
                (Severity::Medium, format!("works for {length}, the platform's default"))
            }
            (lifetime, Some(seconds)) => {
                let severity = if seconds > ceiling.error { Severity::High } else { Severity::Medium };
                let says = match lifetime {
                    Lifetime::Expires(date) => format!("works until {date}"),
                    _ => format!("works for {}", human_seconds(seconds)),
                };
                (severity, says)
            }
            (_, None) => continue,
        };
        let (command, what) = (&credential.is.name, &credential.title);
        let most = human_seconds(ceiling.warn);
        let draft = out.report(
            at,
            format!("`{command}` makes {} {what} that {says} and outlives the run; accepted: at most {most}, or none at all",
                article(what)
            ),
        );
        draft.severity(severity).lesser(possible.lesser);
        draft.judged([command.to_string(), says]);
    }
}

/// The article of what begins so: `a Vault token`, `an AWS access key`, `an HMAC key`.
fn article(what: &str) -> &'static str {
    match what.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) || what.starts_with("HMAC") {
        true => "an",
        false => "a",
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{Body, ContextId, Lifetime, LifetimeClass, MINTED, Storage};
    use crate::rule::analysis::sample::{Sample, cloud_key, judge, known, named};

    fn said(class: LifetimeClass, lifetime: Lifetime) -> Vec<String> {
        let mut sample = Sample::new("ci.yml");
        let mut minted = cloud_key("K");
        minted.is = named("aws", MINTED, "aws iam create-access-key");
        minted.kind = MINTED.to_owned();
        minted.storage = Storage::Generated;
        minted.class = class;
        minted.lifetime = known(lifetime);
        sample.state(ContextId(0), Body::Credential(minted));
        let others = ["lifetime/above-ceiling", "lifetime/static-cloud-key"];
        assert!(others.iter().all(|rule| judge(rule, &[&sample]).is_empty()));
        judge("lifetime/minted-credential", &[&sample])
    }

    #[test]
    fn how_long_it_works_decides() {
        use LifetimeClass::{StandingKey, WorkloadToken};
        let begins = |said: Vec<String>, severity: &str| {
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(said[0].starts_with(severity), "{said:?}");
        };
        begins(said(StandingKey, Lifetime::Unbounded), "high");
        begins(said(StandingKey, Lifetime::PlatformDefault { seconds: Some(31_536_000) }), "medium");
        begins(said(StandingKey, Lifetime::MaxAge { seconds: 600, renewable: true }), "high");
        begins(said(WorkloadToken, Lifetime::MaxAge { seconds: 7_200, renewable: false }), "medium");
        assert!(said(WorkloadToken, Lifetime::PlatformDefault { seconds: Some(3_600) }).is_empty());
        assert!(said(StandingKey, Lifetime::MaxAge { seconds: 86_400, renewable: false }).is_empty());
    }
}
