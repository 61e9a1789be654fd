//! One role that several functions run with.

use std::collections::BTreeMap;

use crate::fact::{Link, LinkKind, Ref};
use crate::rule::{At, Verdicts, World};

/// Workloads that the platform means to have a role each. Instances and tasks of one service share theirs rightly.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html>.
const ALONE: [&str; 1] = ["function"];
/// Most workloads that a message names.
const SHOWN: usize = 3;

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let mut users: BTreeMap<(usize, &Ref), Vec<(At<'_>, &Link)>> = BTreeMap::new();
    for (at, link) in world.links().filter(|(_, l)| l.kind == LinkKind::ActsAs) {
        let alone = link.to.kind == "role" && ALONE.contains(&link.from.kind.as_str());
        if alone && link.to.name.known().is_some() {
            users.entry((at.unit, &link.to)).or_default().push((at, link));
        }
    }
    for ((_, role), users) in users {
        // The same function in two branches is one.
        let mut apart: Vec<&(At<'_>, &Link)> = Vec::new();
        for user in &users {
            if apart.iter().all(|other| other.1.from != user.1.from) {
                apart.push(user);
            }
        }
        let [(at, _), others @ ..] = apart.as_slice() else { continue };
        if others.is_empty() {
            out.pass(at, "nothing else of this tree runs with the role");
            continue;
        }
        let names: Vec<String> =
            apart.iter().take(SHOWN).map(|(_, l)| format!("`{}`", l.from.name)).collect();
        let more = match apart.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!(
            "role `{}` runs {} functions ({}{more}), so each holds what any of them needs; accepted: a role for each",
            role.name,
            apart.len(),
            names.join(", ")
        );
        let draft = out.report(at, message);
        draft.judged([role.to_string()]);
        draft.covers(apart.iter().map(|(_, l)| l.from.to_string()));
        for (other, link) in others {
            draft.related(
                format!("`{}` runs with it too", link.from.name),
                other.spot(other.place().source()),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, LinkKind};
    use crate::rule::analysis::sample::{Sample, judge, link, named};

    #[test]
    fn functions_of_one_role_are_one_finding() {
        let mut sample = Sample::new("template.yaml");
        for (from, to) in [("a", "shared"), ("b", "shared"), ("b", "shared"), ("c", "own")] {
            let acts = link(named("aws", "function", from), LinkKind::ActsAs, named("aws", "role", to));
            sample.state(ContextId(0), acts);
        }
        let task = link(named("aws", "service", "s"), LinkKind::ActsAs, named("aws", "role", "own"));
        sample.state(ContextId(0), task);
        assert_eq!(
            judge("identity/shared-role", &[&sample]),
            [
                "low @0 role `shared` runs 2 functions (`a`, `b`), so each holds what any of them needs; accepted: a role \
              for each"
            ]
        );
    }
}
