//! A workload that names no identity runs as the one all others share, and is handed its token.

use crate::fact::{
    ContextId, Flow, Identity, LinkKind, Naming, Origin, Safeguard, SafeguardKind, Sameness, Selection, Sink,
};
use crate::finding::{Confidence, Severity};
use crate::remedy::Remedy;
use crate::rule::analysis::actions::listed;
use crate::rule::analysis::grants::{gives, subjects};
use crate::rule::analysis::register::{Match, Register};
use crate::rule::analysis::workloads;
use crate::rule::{At, Verdicts, World};

/// What becomes of the token.
enum Token<'a> {
    /// It is mounted, for sure or as far as one can see.
    Mounted(At<'a>, Confidence),
    /// The identity hands it to nobody.
    Withheld,
    /// Nothing mounts it.
    None,
}

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let mounts = workloads::by_context(world.flows().filter(|(_, flow)| flow.to == Sink::Mount));
    let needs = workloads::by_context(world.needs());
    let code = workloads::by_context(world.components());
    let automounts = Register::of(world.safeguards().filter_map(|(_, safeguard)| {
        (safeguard.kind == SafeguardKind::TokenAutomount).then_some(())?;
        match safeguard.protects.as_ref()? {
            Selection::One(token) => Some((token, safeguard)),
            Selection::All(_) => None,
        }
    }));
    let given = Register::of(
        world.links().filter(|(_, l)| l.kind == LinkKind::Attaches).map(|(_, l)| (&l.to, &l.from)),
    );
    let grants = workloads::by_context(world.grants().filter(|(_, grant)| gives(grant)));
    for (at, identity) in world.identities().filter(|(_, i)| i.name == Naming::Default) {
        let held = grants.get(&(at.unit, at.fact.within)).map_or(&[][..], Vec::as_slice);
        let held = held.iter().find(|(grant_at, grant)| {
            grant.holder == identity.is && grant_at.place().source() == at.place().source()
        });
        if let Some((_, grant)) = held {
            let message = format!(
                "{} is given to the {}, which everything shares that names no account of its own; accepted: an \
                 account for the workload that needs it",
                listed(&grant.actions),
                identity.kind
            );
            out.report(&at, message).judged([identity.is.to_string()]).covers(subjects(grant));
            continue;
        }
        let key = (at.unit, acting(&at));
        if workloads::actor(&at).is_some() && !code.contains_key(&key) {
            out.pass(&at, "it runs nothing: this is a patch of a workload that stands elsewhere");
            continue;
        }
        let mounts = mounts.get(&key).map_or(&[][..], Vec::as_slice);
        let (mount, confidence) = match token(identity, mounts, &automounts) {
            Token::Mounted(mount, confidence) => (mount, confidence),
            Token::Withheld => {
                out.pass(&at, "its identity hands no token to workloads that do not ask for one");
                continue;
            }
            Token::None => {
                out.pass(&at, "no token is mounted");
                continue;
            }
        };
        let who = workloads::actor(&at).map_or_else(|| "this".to_owned(), workloads::named);
        let draft = out.report(
            &at,
            format!(
                "{who} names no {kind} of its own: it runs as `{name}`, which everything else there shares, and is \
                 handed its token; name one, or switch the token off",
                kind = identity.kind,
                name = identity.is.name,
            ),
        );
        draft.confidence(confidence).judged([identity.is.to_string()]);
        if let Some(role) = given.surely(&identity.is).next() {
            draft.severity(Severity::High);
            draft.help(format!("`{}` is granted to that shared identity", role.name));
        }
        let name = Remedy::NameIdentity {
            name: workloads::actor(&at).map_or_else(|| "workload".to_owned(), |c| c.name.clone()),
        };
        let off = Remedy::Switch { safeguard: SafeguardKind::TokenAutomount, on: false };
        let mounted = mount.spot(mount.place().source());
        if needs.contains_key(&key) {
            // It calls the platform, so it must keep a token, but its own.
            draft.remedy(name);
        } else {
            draft.remedy_at(mounted, off).remedy(name);
        }
    }
}

/// The context that acts as the identity: the workload, or whatever holds the fact.
fn acting(at: &At<'_>) -> ContextId {
    workloads::actor(at).map_or(at.fact.within, |c| c.id)
}

fn token<'a>(
    identity: &Identity,
    mounts: &[(At<'a>, &'a Flow)],
    automounts: &Register<'_, &Safeguard>,
) -> Token<'a> {
    let mut withheld = false;
    for (at, flow) in mounts {
        let Selection::One(token) = &flow.what else { continue };
        if token.platform != identity.is.platform || token.name.sameness(&identity.is.name) == Sameness::No {
            continue;
        }
        if !matches!(at.fact.origin, Origin::PlatformDefault { .. }) {
            // The workload asks for it by name: that wins over what the identity says.
            return Token::Mounted(*at, Confidence::High);
        }
        let off = automounts.find(token).into_iter().filter(|(_, s)| s.on.possible().any(|p| !p.value));
        match off.max_by_key(|(how, s)| (s.on.only() == Some(&false), *how)) {
            Some((Match::Same, safeguard)) if safeguard.on.only() == Some(&false) => withheld = true,
            Some(_) => return Token::Mounted(*at, Confidence::Low),
            None => return Token::Mounted(*at, Confidence::High),
        }
    }
    if withheld { Token::Withheld } else { Token::None }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, ContextKind, LinkKind, Naming, Pin, SafeguardKind, Sink};
    use crate::rule::analysis::sample::{
        Sample, component, flow, identity, judge, link, named, platform_default, safeguard,
    };

    const RULE: &str = "identity/default-service-account";

    fn pod(stated: bool) -> Sample {
        let mut sample = Sample::new("pod.yml");
        let workload = sample.actor(ContextKind::Workload, "web");
        sample.state(workload, identity(named("kubernetes", "ServiceAccount", "default"), Naming::Default));
        sample.state(workload, component(named("oci", "image", "web"), Pin::Digest("0".repeat(64))));
        let mount =
            sample.state(workload, flow(named("kubernetes", "ServiceAccountToken", "default"), Sink::Mount));
        if !stated {
            mount.origin = platform_default();
        }
        sample
    }

    fn account(automount: bool) -> Sample {
        let mut sample = Sample::new("default.yml");
        let token = named("kubernetes", "ServiceAccountToken", "default");
        sample.state(ContextId(0), safeguard(SafeguardKind::TokenAutomount, Some(token), automount));
        sample
    }

    #[test]
    fn the_account_in_another_file_decides_unless_the_pod_asks() {
        let flagged = [
            "medium @0 workload `web` names no service account of its own: it runs as `default`, which \
                        everything else there shares, and is handed its token; name one, or switch the token off",
        ];
        assert_eq!(judge(RULE, &[&pod(false)]), flagged);
        assert_eq!(judge(RULE, &[&pod(false), &account(true)]), flagged);
        assert!(judge(RULE, &[&pod(false), &account(false)]).is_empty());
        assert_eq!(judge(RULE, &[&pod(true), &account(false)]), flagged);
    }

    #[test]
    fn rights_of_the_shared_identity_make_it_worse() {
        let mut rbac = Sample::new("rbac.yml");
        let account = named("kubernetes", "ServiceAccount", "default");
        rbac.state(ContextId(0), link(named("kubernetes", "Role", "edit"), LinkKind::Attaches, account));
        let said = judge(RULE, &[&pod(false), &rbac]);
        assert!(said[0].starts_with("high "), "{said:?}");
    }
}
