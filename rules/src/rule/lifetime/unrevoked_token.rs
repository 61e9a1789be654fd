//! A token made for a job that works on when the job has ended.

use crate::fact::{Origin, SafeguardKind, Selection};
use crate::finding::Severity;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, safeguard) in world.safeguards().filter(|(_, s)| s.kind == SafeguardKind::Revocation) {
        let Some(on) = safeguard.on.possible().find(|p| !*p.value) else {
            out.pass(&at, "it is revoked when the job ends, or nobody can say");
            continue;
        };
        let who = match &safeguard.protects {
            Some(Selection::One(is)) => format!("the token that `{}` makes", is.name),
            _ => "a token made for the job".to_owned(),
        };
        let by_default = matches!(at.fact.origin, Origin::PlatformDefault { .. });
        let draft = out.report_at(
            &at,
            on.source,
            format!("{who} is not revoked when the job ends: a copy of it works until it expires"),
        );
        if by_default {
            draft.severity(Severity::Low);
        }
        draft.lesser(on.lesser).judged([who]);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, SafeguardKind};
    use crate::rule::analysis::sample::{Sample, judge, named, platform_default, safeguard};

    #[test]
    fn who_switches_it_off_hears_more_than_who_did_not_know() {
        let mut sample = Sample::new("ci.yml");
        let token = || Some(named("github", "app-token", "a/b"));
        sample.state(ContextId(0), safeguard(SafeguardKind::Revocation, token(), true));
        sample.state(ContextId(0), safeguard(SafeguardKind::Revocation, token(), false));
        sample.state(ContextId(0), safeguard(SafeguardKind::Revocation, token(), false)).origin =
            platform_default();
        let said = judge("lifetime/unrevoked-token", &[&sample]);
        let severities: Vec<_> = said.iter().map(|s| s.split(' ').next().unwrap()).collect();
        assert_eq!(severities, ["medium", "low"], "{said:?}");
    }
}
