//! A stored key where the platform would hand out a short-lived credential for the asking.

use std::collections::BTreeMap;

use crate::fact::{ContextId, Credential, Flow, Lifetime, LifetimeClass, Selection, Sink, Storage, UNSEEN};
use crate::finding::{Confidence, Severity};
use crate::remedy::Remedy;
use crate::rule::analysis::{lifetimes, workloads};
use crate::rule::{At, Verdicts, World};

/// One login: the key id and the secret that go in together are one key.
type Login<'a> = (usize, ContextId, &'a str);

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let logins = workloads::by_context(world.flows().filter(|(_, f)| matches!(f.to, Sink::Login { .. })));
    let mut keys: BTreeMap<Login<'_>, Vec<(At<'_>, &Credential)>> = BTreeMap::new();
    for (at, credential) in world.credentials() {
        if credential.federation.is_none() {
            continue;
        }
        let stands_here = matches!(credential.storage, Storage::Literal | Storage::Encoded);
        if stands_here && !credential.secret.is_empty() {
            out.pass(&at, "its text stands here, which is the graver finding");
        } else if credential.kind == UNSEEN {
            unseen(&at, credential, out);
        } else if lifetimes::is_minted(credential) {
            out.pass(&at, "a command makes it: `lifetime/minted-credential` speaks of it");
        } else if lifetimes::is_standing_key(world, credential) {
            let login = (at.unit, at.fact.within, credential.issuer.as_str());
            keys.entry(login).or_default().push((at, credential));
        } else {
            out.pass(&at, "it is short-lived or federated");
        }
    }
    for ((unit, context, _), mut parts) in keys {
        parts.sort_by_key(|(at, _)| (at.fact.lesser, at.place().source()));
        let Some(((at, lead), rest)) = parts.split_first() else { continue };
        let service =
            logins.get(&(unit, context)).into_iter().flatten().find_map(|(_, flow)| service(flow, &parts));
        let federation = lead.federation.as_deref().unwrap_or_default();
        let place = service.map_or_else(String::new, |s| format!(" in `{s}`"));
        let draft = out.report(at, format!("{}{place} {}; use {federation}", subject(lead), kept(lead)));
        draft.judged([lead.issuer.as_str(), kept(lead)]);
        draft.judged(parts.iter().map(|(_, c)| c.is.to_string()));
        if lead.class == LifetimeClass::WorkloadToken {
            draft.severity(Severity::Medium);
        }
        for (part, credential) in rest {
            draft.related(format!("{} belongs to it", credential.title), part.spot(part.place().source()));
        }
        draft.remedy(Remedy::Federate { platform: lead.issuer.clone() });
    }
}

/// A key that nobody shows: that something logs in without an identity of its own is all that is known of it.
fn unseen(at: &At<'_>, credential: &Credential, out: &mut Verdicts<'_>) {
    let Credential { is, title, federation, .. } = credential;
    let federation = federation.as_deref().unwrap_or_default();
    let message = format!(
        "`{}` names no key, and its job has no identity for it: a stored {title} that is kept elsewhere must be what logs \
         in, or nothing is published; use {federation}",
        is.name
    );
    let draft = out.report(at, message);
    draft.severity(Severity::Medium).confidence(Confidence::Medium).judged([is.name.to_string()]);
}

/// The service that one of these credentials logs in to.
fn service<'a>(flow: &'a Flow, parts: &[(At<'_>, &Credential)]) -> Option<&'a str> {
    match (&flow.to, &flow.what) {
        (Sink::Login { service, .. }, Selection::One(what)) => {
            parts.iter().any(|(_, c)| c.is.may_be(what)).then_some(service.as_str())
        }
        _ => None,
    }
}

fn subject(credential: &Credential) -> String {
    format!("static {}", credential.title)
}

fn kept(credential: &Credential) -> &'static str {
    let unbounded = credential.lifetime.possible().any(|p| matches!(p.value, Lifetime::Unbounded));
    if credential.storage == Storage::StoreReference && !unbounded {
        return "is kept from run to run, for as long as its issuer lets it work";
    }
    match credential.storage {
        Storage::Generated => "is created here and works until somebody revokes it",
        Storage::Literal | Storage::Encoded => "is written here and works until somebody revokes it",
        Storage::StoreReference | Storage::Federated => "works until somebody revokes it",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{Body, ContextId, ContextKind, Lifetime, Sink, Storage};
    use crate::rule::analysis::sample::{Sample, cloud_key, flow, judge, known};

    #[test]
    fn id_and_secret_of_one_login_are_one_finding() {
        let mut sample = Sample::new("deploy.yml");
        let job = sample.context(ContextId(0), ContextKind::Job, "deploy");
        let step = sample.context(job, ContextKind::Step, "login");
        for name in ["KEY_ID", "SECRET"] {
            let key = cloud_key(name);
            let login = Sink::Login { platform: "aws".into(), service: "configure-aws".into() };
            sample.state(step, flow(key.is.clone(), login));
            sample.state(step, Body::Credential(key));
        }
        assert_eq!(
            judge("lifetime/static-cloud-key", &[&sample]),
            ["high @10 static aws key in `configure-aws` works until somebody revokes it; \
              use role-to-assume with the job's oidc token"]
        );
    }

    #[test]
    fn a_key_that_nobody_shows_is_likely_not_sure() {
        let mut sample = Sample::new("publish.yml");
        let mut key = cloud_key("npm publish");
        key.kind = crate::fact::UNSEEN.to_owned();
        key.storage = Storage::StoreReference;
        sample.state(ContextId(0), Body::Credential(key)).origin = crate::fact::Origin::Absent;
        let said = judge("lifetime/static-cloud-key", &[&sample]);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("medium @0 `npm publish` names no key"), "{said:?}");
    }

    #[test]
    fn a_federated_or_short_lived_one_is_accepted() {
        let mut sample = Sample::new("deploy.yml");
        let mut federated = cloud_key("A");
        federated.storage = Storage::Federated;
        let mut brief = cloud_key("B");
        brief.lifetime = known(Lifetime::MaxAge { seconds: 3_600, renewable: false });
        let mut elsewhere = cloud_key("C");
        elsewhere.federation = None;
        for key in [federated, brief, elsewhere] {
            sample.state(ContextId(0), Body::Credential(key));
        }
        assert!(judge("lifetime/static-cloud-key", &[&sample]).is_empty());
    }
}
