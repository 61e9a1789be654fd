//! `governance/row-without-trace`: a row of the registry that nothing in the tree speaks of.

use std::collections::BTreeSet;

use crate::rule::analysis::rows::{Kept, mentions};
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let rows = world.rows();
    if !rows.has_registry() {
        return;
    }
    let traced: BTreeSet<usize> = mentions(world).flat_map(|(_, is)| rows.numbers(is)).collect();
    for (number, row) in rows.iter().enumerate().filter(|(_, row)| row.kept == Kept::Registry) {
        if traced.contains(&number) {
            out.pass(&row.at, "the tree speaks of it");
            continue;
        }
        if world.leaving.contains(&row.identity.is) {
            out.pass(&row.at, "the change takes the row away");
            continue;
        }
        // What is switched off should leave no trace.
        if row.record.revoked.is_some() {
            out.pass(&row.at, "it is switched off");
            continue;
        }
        let name = row.name();
        let message = format!(
            "registry row `{name}` matches nothing in the tree: the identity is gone, was renamed, or is made by hand where \
             nobody reviews it; accepted: a row for what the files make or use, or one with `revoked`"
        );
        out.report(&row.at, message).judged([name]);
    }
}
