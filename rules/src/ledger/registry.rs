//! Rows of `[[identity]]` as facts, so that rules and third-party modules meet them like any other declaration.

use std::collections::BTreeSet;

use super::guardrail::{self, Guardrail};
use crate::fact::{
    self, Body, Case, Context, ContextId, ContextKind, Fact, FactId, Identity, Naming, Place, Ref, Route,
    SCHEMA_VERSION, Text, UnitFacts, Value,
};
use crate::policy::{IdentityRow, Origin, Policy, Written};
use crate::span::{ByteSpan, FileId, Source};

/// Registry rows as the facts of one unit, whose files are those of the configuration; nothing without rows.
#[must_use]
pub fn registry_facts(policy: &Policy) -> Vec<UnitFacts> {
    if policy.identities().is_empty() {
        return Vec::new();
    }
    let context = |(index, file): (usize, &Origin)| {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let whole = Source::new(FileId(number), ByteSpan::new(0, file.length));
        Context {
            id: ContextId(number),
            parent: None,
            order: number,
            kind: ContextKind::File,
            name: file.path.clone(),
            at: Place::new(whole, Route::root()),
            started_by: None,
            runs_code_of: None,
            environment: None,
            tier: None,
            needs_complete: false,
        }
    };
    let files = policy.files().iter();
    let rows = policy.identities().iter().enumerate();
    vec![UnitFacts {
        version: SCHEMA_VERSION.to_owned(),
        files: files.clone().map(|file| file.path.clone()).collect(),
        contexts: files.enumerate().map(context).collect(),
        facts: rows.map(|(index, row)| row_fact(index, row)).collect(),
        notes: Vec::new(),
    }]
}

/// Rows that a change adds to the registry in force. What it makes of the others is told by what compares the two.
#[must_use]
pub fn proposed_facts(policy: &Policy, proposed: &Guardrail) -> Vec<UnitFacts> {
    let Ok(proposed) = guardrail::policy(proposed) else { return Vec::new() };
    let known: BTreeSet<&str> = policy.identities().iter().map(|row| row.id.text.as_str()).collect();
    let mut units = registry_facts(&proposed);
    for unit in &mut units {
        let rows = proposed.identities().iter().map(|row| !known.contains(row.id.text.as_str()));
        let mut added = rows.collect::<Vec<bool>>().into_iter();
        unit.facts.retain(|_| added.next().unwrap_or(false));
        for (index, fact) in unit.facts.iter_mut().enumerate() {
            fact.id = FactId(u32::try_from(index).unwrap_or(u32::MAX));
        }
    }
    units.retain(|unit| !unit.facts.is_empty());
    units
}

/// What the rows speak of that a change takes out of the registry in force.
#[must_use]
pub fn leaving(policy: &Policy, proposed: &Guardrail) -> Vec<Ref> {
    let Ok(proposed) = guardrail::policy(proposed) else { return Vec::new() };
    let stay: BTreeSet<&str> = proposed.identities().iter().map(|row| row.id.text.as_str()).collect();
    let gone = policy.identities().iter().filter(|row| !stay.contains(row.id.text.as_str()));
    gone.map(|row| row.is.clone()).collect()
}

fn row_fact(index: usize, row: &IdentityRow) -> Fact {
    let value = |written: &Written| {
        let source = Source::new(written.file, written.span);
        Value::known(Text::literal(written.text.trim()), source)
    };
    Fact {
        id: FactId(u32::try_from(index).unwrap_or(u32::MAX)),
        body: Body::Identity(Identity {
            is: row.is.clone(),
            kind: row.kind.clone().unwrap_or_else(|| row.is.kind.clone()),
            name: Naming::Named,
            owner: row.owner.as_ref().map(value),
            purpose: row.purpose.as_ref().map(value),
            created: false,
            record: Some(Box::new(row.record.clone())),
        }),
        at: Place::new(
            Source::new(row.id.file, row.id.span),
            Route::root().key("identity").item(&row.id.text),
        ),
        origin: fact::Origin::Declared,
        within: ContextId(row.id.file.0),
        when: Case::always(),
        lesser: false,
    }
}
