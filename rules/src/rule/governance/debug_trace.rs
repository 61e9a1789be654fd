//! Tracing that prints what it handles, left on in the file.

use crate::fact::SafeguardKind;
use crate::remedy::Remedy;
use crate::rule::analysis::flows;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, safeguard) in world.safeguards().filter(|(_, s)| s.kind == SafeguardKind::DebugTrace) {
        let Some(on) = safeguard.on.possible().find(|p| *p.value) else {
            out.pass(&at, "tracing is off, or nobody can say");
            continue;
        };
        let message = match &safeguard.protects {
            Some(what) => format!(
                "the shell prints every command from here on, one of them with {}, and masking does not catch a secret in \
                 another form; switch it off before",
                flows::described(what)
            ),
            None => "debug tracing is on: it prints commands, environment and responses, and masking does not catch a \
             secret in another form; switch it on for one run, not in the file"
                .to_owned(),
        };
        let draft = out.report_at(&at, on.source, message);
        draft.lesser(on.lesser);
        draft.remedy(Remedy::Switch { safeguard: SafeguardKind::DebugTrace, on: false });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, SafeguardKind};
    use crate::rule::analysis::sample::{Sample, judge, safeguard};

    #[test]
    fn only_tracing_that_is_on() {
        let mut sample = Sample::new("ci.yml");
        sample.state(ContextId(0), safeguard(SafeguardKind::DebugTrace, None, true));
        sample.state(ContextId(0), safeguard(SafeguardKind::DebugTrace, None, false));
        sample.state(ContextId(0), safeguard(SafeguardKind::Masking, None, true));
        let said = judge("governance/debug-trace", &[&sample]);
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with("medium @0"), "{said:?}");
    }
}
