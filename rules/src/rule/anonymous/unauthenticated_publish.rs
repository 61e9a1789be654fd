//! Something is published by nobody in particular.

use crate::fact::Naming;
use crate::rule::{Verdicts, World};

/// What facts call a command that publishes.
const PUBLISHER: &str = "publisher";

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let publishers = world.identities().filter(|(_, identity)| identity.is.kind == PUBLISHER);
    for (at, identity) in publishers.filter(|(_, identity)| identity.name == Naming::Anonymous) {
        let command = &identity.is.name;
        let message = format!(
            "`{command}` publishes without identity: whoever reaches the destination can put something else there; \
             let it sign in as the job"
        );
        out.report(&at, message).judged([command.to_string()]);
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{ContextId, Naming};
    use crate::rule::analysis::sample::{Sample, identity, judge, named};

    #[test]
    fn only_what_publishes_and_only_as_nobody() {
        let mut sample = Sample::new("ci.yml");
        sample.state(ContextId(0), identity(named("aws", "publisher", "aws s3 cp"), Naming::Anonymous));
        sample.state(ContextId(0), identity(named("aws", "publisher", "aws s3 mv"), Naming::Named));
        sample.state(
            ContextId(0),
            identity(named("kubernetes", "user", "system:anonymous"), Naming::Anonymous),
        );
        let said = judge("anonymous/unauthenticated-publish", &[&sample]);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("high @0 `aws s3 cp`"), "{said:?}");
    }
}
