//! `governance/waiver-incomplete`: a waiver that lacks something, and therefore silences nothing.

use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for waiver in world.waivers.iter().filter(|w| !w.problems.is_empty()) {
        let message = format!("{waiver} does not hold: {}", waiver.problems.join("; "));
        out.report_spot(waiver.at.clone(), waiver.route.clone(), message).judged(waiver.words());
    }
}
