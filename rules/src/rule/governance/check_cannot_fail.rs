//! A check that runs and cannot stop anything.

use crate::fact::{SafeguardKind, Selection};
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, safeguard) in world.safeguards().filter(|(_, s)| s.kind == SafeguardKind::CheckGate) {
        let Some(on) = safeguard.on.possible().find(|p| !*p.value) else {
            out.pass(&at, "it can stop the pipeline, or nobody can say");
            continue;
        };
        let name = match &safeguard.protects {
            Some(Selection::One(is)) => is.name.to_string(),
            _ => "the check".to_owned(),
        };
        let draft = out.report_at(
            &at,
            on.source,
            format!("`{name}` runs, and the pipeline goes on whatever it finds; let its failure count"),
        );
        draft.lesser(on.lesser).judged([name.clone()]);
        let check = at.spot(at.place().source());
        if check != at.spot(on.source) {
            draft.related("the check", check);
        }
        draft.help("what it may pass over belongs into its own configuration, with a reason and a date");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, Ref, SafeguardKind};
    use crate::rule::analysis::sample::{Sample, judge, safeguard};

    #[test]
    fn only_a_check_that_cannot_fail() {
        let mut sample = Sample::new("ci.yml");
        for on in [true, false] {
            let is = Ref::new("check", "scanner", [], "gitleaks");
            sample.state(ContextId(0), safeguard(SafeguardKind::CheckGate, Some(is), on));
        }
        let said = judge("governance/check-cannot-fail", &[&sample]);
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("`gitleaks` runs"), "{said:?}");
    }
}
