//! A pipeline that works with a person's token.

use crate::fact::PERSONAL;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, credential) in world.credentials().filter(|(_, c)| c.kind == PERSONAL) {
        let name = &credential.is.name;
        let message = format!(
            "`{name}` is a person's token, which has all that person's rights and lasts as long as it likes; use the job's \
             own token where it suffices, else an app's or a deploy token"
        );
        out.report(&at, message).judged([name.to_string()]);
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{Body, ContextId, PERSONAL};
    use crate::rule::analysis::sample::{Sample, cloud_key, judge};

    #[test]
    fn only_what_is_a_persons() {
        let mut sample = Sample::new("ci.yml");
        for kind in [PERSONAL, "secret-reference"] {
            let mut token = cloud_key(kind);
            token.kind = kind.to_owned();
            sample.state(ContextId(0), Body::Credential(token));
        }
        let said = judge("lifetime/personal-token", &[&sample]);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("low @0 `personal-token` is a person's token"), "{said:?}");
    }
}
