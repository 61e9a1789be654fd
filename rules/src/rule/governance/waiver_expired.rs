//! `governance/waiver-expired`: a waiver past its date, or dated further ahead than the ceiling admits.

use crate::ledger::DateTrouble;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for waiver in world.waivers {
        let (message, help) = match waiver.date {
            None => continue,
            Some(DateTrouble::Past { until }) => (
                format!("{waiver} ended on {until}: what it accepted is a finding again"),
                "mend the finding, or decide anew and write why and until when".to_owned(),
            ),
            Some(DateTrouble::TooFar { until, latest, days }) => (
                format!(
                    "{waiver} lasts until {until}; at most {days} days from today are accepted, so it does not hold"
                ),
                format!("date it {latest} or earlier"),
            ),
        };
        let draft = out.report_spot(waiver.at.clone(), waiver.route.clone(), message);
        draft.judged(waiver.words()).help(help);
    }
}
