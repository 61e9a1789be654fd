//! `governance/waiver-unused`: a waiver that matches no finding.

use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for waiver in
        world.waivers.iter().filter(|w| (w.judged || w.idle.is_some()) && !w.used && w.problems.is_empty())
    {
        let message = if let Some(why) = &waiver.idle {
            format!("{waiver} accepts nothing: {why}")
        } else if waiver.fingerprint.is_some() {
            format!(
                "{waiver} matches no finding: what it accepted is gone, or was changed and must be looked at again"
            )
        } else {
            format!("{waiver} matches no finding on the line it stands at or above")
        };
        let draft = out.report_spot(waiver.at.clone(), waiver.route.clone(), message);
        draft
            .judged(waiver.words())
            .help("take it away; an exception that nobody needs hides the next finding");
    }
}
