//! `governance/break-glass-in-use`: an identity for emergencies in what runs every day.

use std::collections::BTreeSet;

use crate::policy::names::matches;
use crate::rule::analysis::rows::uses;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let rows = world.rows();
    let mut told: BTreeSet<(String, &str)> = BTreeSet::new();
    for (at, is) in uses(world) {
        for row in rows.find(at.unit, is) {
            let Some(said) = row.record.break_glass.as_ref().filter(|said| said.is) else { continue };
            let path = at.path();
            if row.record.used_in.iter().any(|pattern| matches(&pattern.is, path)) {
                out.pass(&at, "what is declared of it says that it is used here");
                continue;
            }
            if !told.insert((row.name(), path)) {
                continue;
            }
            let message = format!(
                "`{is}` is for emergencies (`break-glass`), and this uses it in the ordinary course: its use raises no alarm any \
                 more, and its rights are those of an emergency; accepted: uses in the files of its own that `used-in` names"
            );
            out.report(&at, message)
                .judged([row.name(), path.to_owned()])
                .related(row.its(), row.at.spot(said.at));
        }
    }
}
