//! What a rule sees: the facts of one unit, or of the whole tree.

use std::cell::OnceCell;

use jiff::civil::Date;

use crate::fact::{
    Body, Component, Context, ContextId, Credential, Endpoint, Fact, FactId, Flow, Grant, Identity, Link,
    Need, Origin, Place, Ref, Safeguard, Trust, UnitFacts,
};
use crate::finding::{Coverage, Spot};
use crate::ledger::{Waiver, Weakening};
use crate::policy::Policy;
use crate::rule::analysis::rows::Rows;
use crate::span::Source;

/// Facts, policy and date.
#[derive(Debug)]
pub struct World<'a> {
    /// The units: one for unit rules.
    pub units: &'a [UnitFacts],
    /// Policy.
    pub policy: &'a Policy,
    /// Today, as the host says.
    pub today: Date,
    /// How files ended; filled for tree rules.
    pub coverage: &'a [Coverage],
    /// How waivers fared; filled for rules of [`super::Stage::Waivers`].
    pub waivers: &'a [Waiver],
    /// What a change makes weaker; filled for rules of [`super::Stage::Change`].
    pub weakened: &'a [Weakening],
    /// The units of the earlier version, where two are held against each other; filled for rules of
    /// [`super::Stage::Change`].
    pub before: &'a [UnitFacts],
    /// What only rows of the registry speak of that a change takes away.
    pub leaving: &'a [Ref],
    /// What is declared, filed once for all rules.
    rows: OnceCell<Rows<'a>>,
}

/// A fact and the unit it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// Index of the unit in [`World::units`].
    pub unit: usize,
    /// The unit.
    pub facts: &'a UnitFacts,
    /// The fact.
    pub fact: &'a Fact,
}

impl<'a> At<'a> {
    /// Its place.
    #[must_use]
    pub fn place(&self) -> &'a Place {
        &self.fact.at
    }

    /// The path it stands in.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.facts.files.get(self.fact.at.file.0 as usize).map_or("", String::as_str)
    }

    /// A source of the same unit as a spot.
    #[must_use]
    pub fn spot(&self, source: Source) -> Spot {
        spot(self.facts, source)
    }

    /// The context it happens in, and those around it, innermost first.
    pub fn contexts(&self) -> impl Iterator<Item = &'a Context> + use<'a> {
        let facts = self.facts;
        let mut next = Some(self.fact.within);
        std::iter::from_fn(move || {
            let context = facts.contexts.get(next?.0 as usize)?;
            next = context.parent.filter(|p| p.0 < context.id.0);
            Some(context)
        })
    }

    /// Whether it only says something of an identity or credential: a row of the registry, a comment.
    #[must_use]
    pub fn is_declaration(&self) -> bool {
        let says = matches!(&self.fact.body, Body::Identity(identity) if identity.record.is_some());
        says && self.fact.origin == Origin::Declared
    }

    /// Whether it happens inside `context` (of the same unit).
    #[must_use]
    pub fn is_within(&self, context: ContextId) -> bool {
        self.contexts().any(|c| c.id == context)
    }
}

/// A source of a unit as a spot.
#[must_use]
pub fn spot(unit: &UnitFacts, source: Source) -> Spot {
    Spot { path: unit.files.get(source.file.0 as usize).cloned().unwrap_or_default(), span: source.span }
}

macro_rules! bodies {
    ($($name:ident: $variant:ident;)*) => {
        impl<'a> World<'a> {
            $(
                #[doc = concat!("Every ", stringify!($variant), " fact.")]
                pub fn $name(&self) -> impl Iterator<Item = (At<'a>, &'a $variant)> + use<'a> {
                    self.facts().filter_map(|at| match &at.fact.body {
                        Body::$variant(body) => Some((at, body)),
                        _ => None,
                    })
                }
            )*
        }
    };
}

bodies! {
    credentials: Credential;
    grants: Grant;
    trusts: Trust;
    endpoints: Endpoint;
    components: Component;
    flows: Flow;
    needs: Need;
    safeguards: Safeguard;
    links: Link;
}

impl<'a> World<'a> {
    /// A world of which only facts are known.
    #[must_use]
    pub fn of(units: &'a [UnitFacts], policy: &'a Policy, today: Date) -> Self {
        Self {
            units,
            policy,
            today,
            coverage: &[],
            waivers: &[],
            weakened: &[],
            before: &[],
            leaving: &[],
            rows: OnceCell::new(),
        }
    }

    /// Every identity that the files make or use. What only declares something of one is in [`Self::rows`].
    pub fn identities(&self) -> impl Iterator<Item = (At<'a>, &'a Identity)> + use<'a> {
        self.facts().filter_map(|at| match &at.fact.body {
            Body::Identity(identity) if !at.is_declaration() => Some((at, identity)),
            _ => None,
        })
    }

    /// What is declared, in rows of the registry, comments and tags.
    pub(crate) fn rows(&self) -> &Rows<'a> {
        self.rows.get_or_init(|| Rows::of(self))
    }

    /// Every fact.
    pub fn facts(&self) -> impl Iterator<Item = At<'a>> + use<'a> {
        self.units
            .iter()
            .enumerate()
            .flat_map(|(unit, facts)| facts.facts.iter().map(move |fact| At { unit, facts, fact }))
    }

    /// A fact of the same unit by its number.
    #[must_use]
    pub fn fact(&self, unit: usize, id: FactId) -> Option<At<'a>> {
        let facts = self.units.get(unit)?;
        Some(At { unit, facts, fact: facts.facts.get(id.0 as usize)? })
    }
}
