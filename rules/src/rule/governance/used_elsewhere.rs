//! `governance/used-elsewhere`: an identity or credential is used where its row does not say.

use std::collections::BTreeSet;

use crate::policy::names::matches;
use crate::rule::analysis::rows::uses;
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let rows = world.rows();
    let mut told: BTreeSet<(String, &str)> = BTreeSet::new();
    for (at, is) in uses(world) {
        for row in rows.find(at.unit, is) {
            let Some(first) = row.record.used_in.first() else { continue };
            let path = at.path();
            if row.record.used_in.iter().any(|pattern| matches(&pattern.is, path)) {
                out.pass(&at, "what is declared of it says that it is used here");
                continue;
            }
            if !told.insert((row.name(), path)) {
                continue;
            }
            let message = format!(
                "`{is}` is used here, and {} does not say so (`used-in`): whoever changes or revokes it does not know that \
                 this breaks; accepted: a use under {}",
                row.its(),
                several(row.record.used_in.iter().map(|said| said.is.as_str()))
            );
            out.report(&at, message)
                .judged([row.name(), path.to_owned()])
                .related(row.its(), row.at.spot(first.at));
        }
    }
}

/// The first few patterns.
fn several<'p>(patterns: impl Iterator<Item = &'p str>) -> String {
    const SHOWN: usize = 3;
    let quoted: Vec<String> = patterns.map(|pattern| format!("`{pattern}`")).collect();
    let more = quoted.len().saturating_sub(SHOWN);
    let shown = quoted.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
