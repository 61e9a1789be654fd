//! A pipeline that logs in as a person, and a role of a workload that a person holds.

use crate::fact::Grant;
use crate::finding::Severity;
use crate::rule::analysis::actions::listed;
use crate::rule::analysis::grants::gives;
use crate::rule::analysis::people;
use crate::rule::{At, Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, identity) in
        world.identities().filter(|(_, identity)| identity.is.kind == "user" && !identity.created)
    {
        let Some(name) = identity.is.name.known() else { continue };
        if !people::is_person(name) {
            out.pass(&at, "nothing says that it is a person");
            continue;
        }
        out.report(
            &at,
            format!("the pipeline logs in as `{name}`, a person: what it does is not told from what they do, and ends when they leave"),
        )
        .judged([name]);
    }
    for (at, grant) in world.grants().filter(|(_, grant)| grant.holder.kind == "user" && gives(grant)) {
        // AWS makes users of machines, Kubernetes names of anything: there the name does not tell.
        let is_person = |name: &&str| name.contains('@') || grant.holder.platform == "yandex";
        if let Some(name) = grant.holder.name.known().filter(is_person) {
            held(&at, grant, name, out);
        }
    }
}

/// A role that infrastructure code gives to one person by name.
fn held(at: &At<'_>, grant: &Grant, name: &str, out: &mut Verdicts<'_>) {
    let acting = grant.actions.iter().filter_map(|a| a.known()).any(people::acts_as_machine);
    let (why, severity) = if people::is_consumer(name) {
        ("an account of their own that no organisation can close", Severity::Medium)
    } else if acting {
        (
            "a person, who may act as a machine: what they do so is not told from what it does",
            Severity::Medium,
        )
    } else {
        (
            "a person: the role stays theirs whatever becomes of their work, and nobody else stands in",
            Severity::Low,
        )
    };
    let message = format!(
        "{} is held by `{name}`, {why}; accepted: a group for people, a service account for what runs",
        listed(&grant.actions)
    );
    out.report(at, message)
        .severity(severity)
        .judged([name])
        .covers(grant.actions.iter().map(ToString::to_string));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, Naming};
    use crate::rule::analysis::sample::{Sample, identity, judge, named};

    #[test]
    fn people_are_told_from_machines() {
        let mut sample = Sample::new("ci.yml");
        for name in ["jane.doe@acme.example", "ci@acme.example", "acme"] {
            sample.state(ContextId(0), identity(named("docker", "user", name), Naming::Named));
        }
        let said = judge("identity/personal-identity", &[&sample]);
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("medium @0"), "{said:?}");
    }
}
