//! `governance/unregistered-scope`: an identity may do what its registry row does not say.

use std::collections::BTreeSet;

use crate::fact::{Effect, Text};
use crate::policy::names::matches;
use crate::rule::analysis::grants::by_default;
use crate::rule::analysis::holdings::{Equal, by_holder};
use crate::rule::analysis::rows::Row;
use crate::rule::{Verdicts, World};

/// Most actions that a message names.
const SHOWN: usize = 4;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let rows = world.rows();
    if rows.iter().all(|row| row.record.scopes.is_empty()) {
        return;
    }
    for (holder, holding) in by_holder(world, Equal::Each) {
        let unit = holding.first().map_or(0, |(at, _)| at.unit);
        for row in rows.find(unit, holder).filter(|row| !row.record.scopes.is_empty()) {
            for (at, grant) in &holding {
                if grant.effect != Effect::Allow || by_default(at) {
                    continue;
                }
                let beyond: BTreeSet<String> = grant
                    .actions
                    .iter()
                    .filter(|action| grant.actions_except || !covered(row, action))
                    .map(ToString::to_string)
                    .collect();
                if beyond.is_empty() {
                    out.pass(at, "what is declared of it names these rights");
                    continue;
                }
                let shown: Vec<String> =
                    beyond.iter().take(SHOWN).map(|action| format!("`{action}`")).collect();
                let more = match beyond.len().saturating_sub(SHOWN) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let message = format!(
                    "`{holder}` may {}{more}, which {} does not name (`scopes`); accepted: rights that it names with their \
                     business function",
                    shown.join(", "),
                    row.its()
                );
                let first = row.record.scopes.first().map_or(at.place().source(), |said| said.at);
                out.report(at, message)
                    .judged([row.name()])
                    .covers(beyond)
                    .related(row.its(), row.at.spot(first));
            }
        }
    }
}

/// Whether a row names a right, with or without its platform. What is not known whole is not named.
fn covered(row: &Row<'_>, action: &Text) -> bool {
    let Some(known) = action.known() else { return false };
    let known = known.to_ascii_lowercase();
    let bare = known.split_once(':').map_or(known.as_str(), |(_, bare)| bare);
    row.record.scopes.iter().any(|said| {
        let pattern = said.is.scope.to_ascii_lowercase();
        matches(&pattern, &known) || matches(&pattern, bare)
    })
}
