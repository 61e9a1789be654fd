//! `scope/admin-grant`: a grant that amounts to full control.

use crate::finding::Severity;
use crate::rule::analysis::conditions;
use crate::rule::analysis::grants::{OpenHolders, admin, by_default, gives, shape, subjects};
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let holders = OpenHolders::of(world);
    for (at, grant) in world.grants() {
        let Some(row) = admin(grant) else {
            if gives(grant) && conditions::what(&grant.conditions).is_some() {
                out.pass(&at, "a condition narrows it");
            }
            continue;
        };
        if by_default(&at) {
            out.pass(&at, "not stated but the platform's default, which other rules judge");
            continue;
        }
        let anyone = holders.hold(&at, grant);
        let to_whom = if anyone { " to anyone" } else { "" };
        // Neither the holder nor the carrier is named: the same policy reads the same wherever it stands.
        let message = format!(
            "{} grant allows {}{to_whom}: {}; accepted: {}",
            row.label, row.allows, row.reach, row.accepted
        );
        let severity = if anyone { Severity::Critical } else { row.severity };
        out.report(&at, message)
            .severity(severity)
            .judged(shape(grant))
            .judged(&row.holder)
            .covers(subjects(grant));
    }
}
