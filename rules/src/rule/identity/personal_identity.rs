//! A pipeline that logs in as a person.

use crate::rule::analysis::people;
use crate::rule::{Verdicts, World};

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
