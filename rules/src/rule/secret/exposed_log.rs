//! A secret that a script prints.

use crate::fact::Sink;
use crate::finding::Severity;
use crate::rule::analysis::exposures;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let unmasked = exposures::unmasked(world);
    for exposure in exposures::to(world, |sink| *sink == Sink::Log) {
        let place = (exposure.at.unit, exposure.at.place().source());
        let encoded = exposure.what.iter().any(|what| unmasked.contains(&(place.0, place.1, *what)));
        let (severity, how) = match encoded {
            true => (Severity::High, "in another form, which no masking hides"),
            false => {
                (Severity::Medium, "where only masking hides it, as long as it is exactly the stored text")
            }
        };
        let what = exposure.described();
        let draft = exposure.report(out, format!("{what} is printed to the log, {how}"));
        draft.severity(severity).judged([how]);
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{ContextId, SafeguardKind, Sink};
    use crate::rule::analysis::sample::{Sample, flow, judge, named, safeguard, source};

    #[test]
    fn another_form_is_worse_and_one_place_is_one_finding() {
        let mut sample = Sample::new("ci.yml");
        let token = |name| named("github", "secret", name);
        sample.state(ContextId(0), flow(token("A"), Sink::Log)).at.span = source(50).span;
        sample.state(ContextId(0), flow(token("B"), Sink::Log)).at.span = source(50).span;
        sample.state(ContextId(0), flow(token("C"), Sink::Log)).at.span = source(90).span;
        sample.state(ContextId(0), safeguard(SafeguardKind::Masking, Some(token("C")), false)).at.span =
            source(90).span;
        sample.state(ContextId(0), flow(token("D"), Sink::Env("D".into())));
        let said = judge("secret/exposed-log", &[&sample]);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("medium @50 `a`, `b` is printed"), "{said:?}");
        assert!(said[1].starts_with("high @90 `c` is printed"), "{said:?}");
    }
}
