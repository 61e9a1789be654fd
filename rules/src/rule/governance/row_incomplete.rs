//! `governance/row-incomplete`: a row that does not answer who, why, until when and how it is switched off.

use std::collections::BTreeMap;

use crate::fact::{Identity, Ref};
use crate::finding::Severity;
use crate::rule::analysis::answers::Answers;
use crate::rule::analysis::rows::{Kept, Row};
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    let rows = world.rows();
    let mut made: BTreeMap<&Ref, &Identity> = BTreeMap::new();
    if rows.iter().any(|row| row.kept == Kept::Comment) {
        made.extend(
            world.identities().filter(|(_, i)| i.created).map(|(_, identity)| (&identity.is, identity)),
        );
    }
    for row in rows.iter() {
        let answers = match row.kept {
            // One row may speak of many, so that it answers for itself.
            Kept::Registry => {
                for_all(row, out);
                Answers::of([row.identity])
            }
            // What a row says or its tags say need not be said beside it again.
            Kept::Comment => {
                let others = rows.find(row.at.unit, &row.identity.is).map(|row| row.identity);
                Answers::of(others.chain(made.get(&row.identity.is).copied()))
            }
            // Tags declare what they declare: whether that is enough, a registry asks.
            Kept::Tags => continue,
        };
        told(row, &answers, out);
    }
}

/// A row for every name of a kind: the next one that somebody makes is registered before anybody heard of it.
fn for_all(row: &Row<'_>, out: &mut Verdicts<'_>) {
    let is = &row.identity.is;
    if !is.name.known().is_some_and(|name| !name.is_empty() && name.chars().all(|c| matches!(c, '*' | '/'))) {
        return;
    }
    let message = format!(
        "{} speaks of every {}, made by whomever: nobody is asked about the next one; accepted: a row for one name, or for those \
         that begin or end alike (`deploy-*`)",
        row.title(),
        is.kind.replace('-', " ")
    );
    out.report(&row.at, message).severity(Severity::Medium).judged([row.name(), "every".to_owned()]);
}

fn told(row: &Row<'_>, answers: &Answers<'_>, out: &mut Verdicts<'_>) {
    let missing = answers.missing();
    if missing.is_empty() {
        out.pass(&row.at, "it answers who, why, until when and how it is switched off");
        return;
    }
    let message = format!("{} does not say {}", row.title(), missing.join("; nor "));
    out.report(&row.at, message)
        .judged([row.name()])
        .covers(missing.iter().copied().map(str::to_owned))
        .help("fill it in; what nobody can say of an identity is a reason to switch it off");
}
