//! A change that weakens what judges it.

use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for weakening in world.weakened {
        let message = format!("this change weakens the guardrail: {}", weakening.message);
        let draft = out.report_spot(weakening.at.clone(), weakening.route.clone(), message);
        if let Some(severity) = weakening.severity {
            draft.severity(severity);
        }
        draft.judged(weakening.judged.clone()).help(
            "it is proposed, and not in force for this run; take it back, or have those who answer for the guardrail \
             merge it by themselves",
        );
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::civil::date;

    use crate::finding::Spot;
    use crate::ledger::Weakening;
    use crate::policy::Policy;
    use crate::rule::{Verdicts, World, find};

    #[test]
    fn whatever_is_weaker_is_a_finding() {
        let weakened = [Weakening {
            at: Spot { path: "hallpass.toml".to_owned(), ..Spot::default() },
            route: "fail-on".to_owned(),
            message: "a run fails from critical on".to_owned(),
            judged: vec!["fail-on".to_owned()],
            severity: None,
        }];
        let policy = Policy::default();
        let mut world = World::of(&[], &policy, date(2026, 11, 24));
        world.weakened = &weakened;
        let rule = find("governance/guardrail-weakened").unwrap();
        let mut out = Verdicts::new(&rule.meta, false);
        (rule.judge)(&world, &mut out);
        assert_eq!(out.drafts.len(), 1);
        assert!(out.drafts[0].message.ends_with("a run fails from critical on"));
    }
}
