//! A secret that somebody took out of the log's masking.

use crate::fact::{Origin, SafeguardKind, Selection};
use crate::remedy::Remedy;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, safeguard) in world.safeguards().filter(|(_, s)| s.kind == SafeguardKind::Masking) {
        if at.fact.origin != Origin::Stated {
            continue;
        }
        let Some(on) = safeguard.on.possible().find(|p| !*p.value) else {
            out.pass(&at, "it is masked, or nobody can say");
            continue;
        };
        let what = match &safeguard.protects {
            Some(Selection::One(is)) => format!("`{}`", is.name),
            _ => "a secret".to_owned(),
        };
        let draft = out.report_at(
            &at,
            on.source,
            format!("{what} is taken out of the log's masking; let it be masked"),
        );
        draft.lesser(on.lesser).judged([what]);
        draft.remedy(Remedy::Switch { safeguard: SafeguardKind::Masking, on: true });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, SafeguardKind};
    use crate::rule::analysis::sample::{Sample, judge, named, platform_default, safeguard};

    #[test]
    fn only_where_somebody_said_so() {
        let mut sample = Sample::new("ci.yml");
        let secret = || Some(named("github", "secret", "T"));
        sample.state(ContextId(0), safeguard(SafeguardKind::Masking, secret(), false));
        sample.state(ContextId(0), safeguard(SafeguardKind::Masking, secret(), true));
        sample.state(ContextId(0), safeguard(SafeguardKind::Masking, secret(), false)).origin =
            platform_default();
        assert_eq!(
            judge("governance/masking-off", &[&sample]),
            ["medium @0 `t` is taken out of the log's masking; let it be masked"]
        );
    }
}
