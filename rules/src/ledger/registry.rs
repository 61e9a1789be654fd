//! Rows of `[[identity]]` as facts, so that rules and third-party modules meet them like any other declaration.

use crate::fact::{
    Body, Case, Context, ContextId, ContextKind, Fact, FactId, Identity, Naming, Origin, Place, Route,
    SCHEMA_VERSION, Text, UnitFacts, Value,
};
use crate::policy::{IdentityRow, Policy, Written};
use crate::span::{ByteSpan, FileId, Source};

/// Registry rows as the facts of one unit, whose only file is the configuration; nothing without rows.
#[must_use]
pub fn registry_facts(policy: &Policy) -> Vec<UnitFacts> {
    if policy.identities().is_empty() {
        return Vec::new();
    }
    let whole = Source::new(FileId(0), ByteSpan::new(0, policy.length()));
    let context = Context {
        id: ContextId(0),
        parent: None,
        order: 0,
        kind: ContextKind::File,
        name: policy.path().to_owned(),
        at: Place::new(whole, Route::root()),
        started_by: None,
        runs_code_of: None,
        environment: None,
        tier: None,
        needs_complete: false,
    };
    let rows = policy.identities().iter().enumerate();
    vec![UnitFacts {
        version: SCHEMA_VERSION.to_owned(),
        files: vec![policy.path().to_owned()],
        contexts: vec![context],
        facts: rows.map(|(index, row)| fact(index, row)).collect(),
        notes: Vec::new(),
    }]
}

fn fact(index: usize, row: &IdentityRow) -> Fact {
    let value = |written: &Written| {
        let source = Source::new(FileId(0), written.span);
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
        at: Place::new(Source::new(FileId(0), row.id.span), Route::root().key("identity").item(&row.id.text)),
        origin: Origin::Declared,
        within: ContextId(0),
        when: Case::always(),
        lesser: false,
    }
}
