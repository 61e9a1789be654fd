//! `governance/revoked-in-use`: what the registry says is switched off is still made or used.

use std::collections::BTreeSet;

use crate::rule::analysis::rows::mentions;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let rows = world.rows();
    if rows.iter().all(|row| row.record.revoked.is_none()) {
        return;
    }
    let mut told: BTreeSet<(String, &str)> = BTreeSet::new();
    for (at, is) in mentions(world) {
        for row in rows.find(at.unit, is) {
            let Some(revoked) = &row.record.revoked else { continue };
            // A day to come is a plan.
            if revoked.is.0 > world.today {
                out.pass(&at, "it is to be switched off on a day to come");
                continue;
            }
            if !told.insert((row.name(), at.path())) {
                continue;
            }
            let message = format!(
                "`{is}` is switched off since {} as {} says, and this still makes or uses it: either it was not switched off, \
                 or this fails when it runs; accepted: no mention of it",
                revoked.is.0,
                row.its()
            );
            out.report(&at, message)
                .judged([row.name(), at.path().to_owned()])
                .related(row.its(), row.at.spot(revoked.at));
        }
    }
}
