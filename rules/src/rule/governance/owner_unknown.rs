//! `governance/owner-unknown`: an owner that nobody knows, who left, or who is both owners at once.

use std::collections::BTreeSet;

use crate::fact::LinkKind;
use crate::finding::Severity;
use crate::rule::analysis::rows::{Kept, Row};
use crate::rule::{Verdicts, World};
use crate::span::Source;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let people = world.policy.people();
    let owners = world.links().filter(|(_, link)| link.kind == LinkKind::Owns);
    let owners = owners.filter_map(|(_, link)| link.from.name.known());
    let known: BTreeSet<String> =
        owners.chain(people.known.iter().map(|written| written.text.as_str())).map(plain).collect();
    let left: BTreeSet<String> = people.left.iter().map(|written| plain(&written.text)).collect();
    for row in world.rows().iter() {
        let named = named(row);
        // Tags are written for many readers: those who may own something are asked for where they are listed.
        let listed = match row.kept {
            Kept::Tags => !people.known.is_empty(),
            Kept::Registry | Kept::Comment => !known.is_empty(),
        };
        for (at, name, what) in &named {
            let (severity, why) = if left.contains(&plain(name)) {
                (Severity::Medium, "left (`people.left`)")
            } else if listed && !known.contains(&plain(name)) {
                (Severity::Low, "is neither a code owner nor one of `people.known`")
            } else {
                out.pass(&row.at, "its owner is known");
                continue;
            };
            let message = format!(
                "{}: its {what} `{name}` {why}: nobody answers when it must be rotated, reviewed or switched off; accepted: a \
                 team or person of CODEOWNERS or `people.known`",
                row.title()
            );
            out.report_spot(row.at.spot(*at), row.at.place().route.0.clone(), message)
                .severity(severity)
                .judged([row.name(), (*name).to_owned()]);
        }
        if let [(_, owner, _), (at, technical, _)] = named.as_slice()
            && plain(owner) == plain(technical)
        {
            let message = format!(
                "{}: owner and technical owner are both `{owner}`: who runs it also decides whether it is needed; accepted: \
                 two teams or people",
                row.title()
            );
            out.report_spot(row.at.spot(*at), row.at.place().route.0.clone(), message)
                .judged([row.name(), "both".to_owned()]);
        }
    }
}

/// Who answers for a row, with what they are called there.
fn named<'r>(row: &'r Row<'_>) -> Vec<(Source, &'r str, &'static str)> {
    let owner = row.identity.owner.as_ref().and_then(|value| value.possible().next());
    let owner = owner.and_then(|said| Some((said.source, said.value.known()?.trim(), "owner")));
    let technical = row.record.technical_owner.as_ref();
    let technical = technical.map(|said| (said.at, said.is.trim(), "technical owner"));
    owner.into_iter().chain(technical).filter(|(_, name, _)| !name.is_empty()).collect()
}

/// A name without case, `@` and the organisation it is of: `@acme/team-shop` is `team-shop`.
fn plain(name: &str) -> String {
    let name = name.trim().to_lowercase();
    match name.strip_prefix('@') {
        Some(team) => team.rsplit('/').next().unwrap_or(team).to_owned(),
        None => name,
    }
}
