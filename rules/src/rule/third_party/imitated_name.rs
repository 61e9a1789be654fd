//! Code of an owner whose name is one slip away from a well-known one.

use crate::rule::analysis::repositories;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, component) in world.components() {
        let Some(known) = repositories::imitated(&component.is) else { continue };
        if world.policy.approves(component) {
            out.pass(&at, "policy approves it");
            continue;
        }
        let (kind, name) = (&component.kind, &component.is.name);
        let message = format!(
            "{kind} `{name}` is not `{known}`, but is named as if it were: whoever registered the name decides what runs \
             here; write `{known}`, or approve its publisher"
        );
        out.report(&at, message).judged([name.to_string(), known]);
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{ContextKind, Pin};
    use crate::rule::analysis::sample::{Sample, component, judge, named};

    #[test]
    fn only_the_owner_of_a_well_known_name_is_imitated() {
        let mut sample = Sample::new("ci.yml");
        let job = sample.actor(ContextKind::Job, "build");
        for name in
            ["cations/checkout", "actions/chekout", "someone/checkout", "cations/toolbox", "Actions/Checkout"]
        {
            sample.state(job, component(named("github", "action", name), Pin::Digest("0".repeat(40))));
        }
        let said = judge("third-party/imitated-name", &[&sample]);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].starts_with("high @0 action `cations/checkout` is not `actions/checkout`"),
            "{said:?}"
        );
    }
}
