//! `scope/admin-grant`: a grant that amounts to full control.

use std::collections::BTreeSet;

use crate::fact::LinkKind;
use crate::finding::{Confidence, Severity};
use crate::rule::analysis::conditions;
use crate::rule::analysis::grants::{Denials, OpenHolders, admin, by_default, gives, shape, subjects};
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let holders = OpenHolders::of(world);
    let denials = Denials::of(world.grants());
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
        if denials.forbid(&at, grant, &row.action) {
            out.pass(&at, "a deny statement of the same holder takes all of it back");
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
    called(world, out);
}

/// A workload that acts as a role whose name says that it administers, and of which the tree says no more. A name is no
/// proof: this is a hint to look.
fn called(world: &World<'_>, out: &mut Verdicts<'_>) {
    let known: BTreeSet<String> = world
        .grants()
        .map(|(_, g)| &g.holder)
        .chain(world.links().filter(|(_, l)| l.kind == LinkKind::Attaches).map(|(_, l)| &l.to))
        .filter_map(|holder| holder.name.known().map(str::to_owned))
        .collect();
    for (at, link) in world.links().filter(|(_, l)| l.kind == LinkKind::ActsAs) {
        let (from, to) = (&link.from, &link.to);
        let Some(name) = to.name.known().filter(|_| from.platform == "aws" && to.kind == "role") else {
            continue;
        };
        if !administers(name) || known.contains(name) {
            continue;
        }
        let message = format!(
            "{} acts as role `{name}`, which by its name may do everything, and this tree does not say what it may; \
             accepted: a role with what the workload needs, called by that",
            from.kind.replace('-', " ")
        );
        let draft = out.report(&at, message).severity(Severity::Low).confidence(Confidence::Low);
        draft.judged([to.to_string()]);
    }
}

/// Whether one of the words of a name is that of an administrator.
fn administers(name: &str) -> bool {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.iter().any(|word| matches!(word.as_str(), "admin" | "administrator" | "administration"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::fact::{ContextId, LinkKind};
    use crate::rule::analysis::sample::{Sample, judge, link, named};

    #[test]
    fn a_role_that_is_called_administrator_is_a_hint() {
        let mut sample = Sample::new("template.yaml");
        for role in ["AdminRole", "shop-admin", "administrative", "badminton", "orders"] {
            let service = named("aws", "service", "s");
            sample.state(ContextId(0), link(service, LinkKind::ActsAs, named("aws", "role", role)));
        }
        let said = judge("scope/admin-grant", &[&sample]);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("low @0 service acts as role `admin"), "{said:?}");
    }
}
