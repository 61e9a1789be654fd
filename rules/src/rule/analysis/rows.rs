//! Rows of the registry, found by what they speak of; and what speaks of an identity or credential at all.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::registry::declares;
use crate::fact::{Body, Identity, LinkKind, Origin, Record, Ref, Selection, Storage, Text};
use crate::rule::{At, World};

/// Most rows compared with a reference whose own name is unknown: it may be any of them.
const MAX_OPEN: usize = 256;

/// A row of the registry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    /// Its fact.
    pub(crate) at: At<'a>,
    /// Owner, purpose and what it speaks of.
    pub(crate) identity: &'a Identity,
    /// The rest.
    pub(crate) record: &'a Record,
}

impl Row<'_> {
    /// What it speaks of, as written.
    pub(crate) fn name(&self) -> String {
        self.identity.is.to_string()
    }
}

/// Every row of a world, filed by the last step of its name.
#[derive(Debug, Default)]
pub(crate) struct Rows<'a> {
    rows: Vec<Row<'a>>,
    named: BTreeMap<(&'a str, &'a str), Vec<usize>>,
    /// Those whose last step may be several names, by platform.
    open: BTreeMap<&'a str, Vec<usize>>,
    /// All of a platform.
    all: BTreeMap<&'a str, Vec<usize>>,
    /// What was asked for before: one identity is spoken of in many places, and several rules ask.
    found: RefCell<BTreeMap<Ref, Rc<[usize]>>>,
}

/// The last step of a name, if it is known.
fn last_step(name: &Text) -> Option<&str> {
    name.known().map(|known| known.rsplit('/').next().unwrap_or(known))
}

impl<'a> Rows<'a> {
    /// Files the rows.
    pub(crate) fn of(world: &World<'a>) -> Self {
        let mut filed = Self::default();
        for (at, identity) in world.identities().filter(|(at, _)| at.fact.origin == Origin::Declared) {
            let Some(record) = identity.record.as_deref() else { continue };
            let index = filed.rows.len();
            filed.rows.push(Row { at, identity, record });
            let platform = identity.is.platform.as_str();
            match last_step(&identity.is.name).filter(|step| !step.contains('*')) {
                Some(step) => filed.named.entry((platform, step)).or_default().push(index),
                None => filed.open.entry(platform).or_default().push(index),
            }
            filed.all.entry(platform).or_default().push(index);
        }
        filed
    }

    /// Whether there is none: nobody keeps a registry.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, in the order they are written.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Row<'a>> {
        self.rows.iter()
    }

    /// A row by its number.
    pub(crate) fn get(&self, number: usize) -> Option<&Row<'a>> {
        self.rows.get(number)
    }

    /// The rows that speak of something, by their numbers.
    pub(crate) fn numbers(&self, is: &Ref) -> Rc<[usize]> {
        if let Some(known) = self.found.borrow().get(is) {
            return Rc::clone(known);
        }
        let found = self.look_up(is);
        self.found.borrow_mut().insert(is.clone(), Rc::clone(&found));
        found
    }

    fn look_up(&self, is: &Ref) -> Rc<[usize]> {
        let platform = is.platform.as_str();
        let speaks =
            |number: &&usize| self.rows.get(**number).is_some_and(|row| declares(&row.identity.is, is));
        let of = |rows: Option<&'_ Vec<usize>>, most: usize| -> Vec<usize> {
            rows.into_iter().flatten().take(most).filter(speaks).copied().collect()
        };
        match last_step(&is.name) {
            Some(step) => {
                let named = of(self.named.get(&(platform, step)), usize::MAX);
                [named, of(self.open.get(platform), usize::MAX)].concat().into()
            }
            None => of(self.all.get(platform), MAX_OPEN).into(),
        }
    }

    /// The rows that speak of something.
    pub(crate) fn find(&self, is: &Ref) -> impl Iterator<Item = &Row<'a>> {
        let numbers = self.numbers(is);
        (0..numbers.len()).filter_map(move |at| self.rows.get(*numbers.get(at)?))
    }
}

/// Everything that a tree says of any identity or credential, the registry left out.
pub(crate) fn mentions<'a>(world: &World<'a>) -> impl Iterator<Item = (At<'a>, &'a Ref)> {
    world.facts().flat_map(|at| {
        let of: Vec<&'a Ref> = match &at.fact.body {
            Body::Identity(identity) if at.fact.origin == Origin::Declared && identity.record.is_some() => {
                vec![]
            }
            Body::Identity(identity) => vec![&identity.is],
            Body::Credential(credential) => vec![&credential.is],
            Body::Flow(flow) => match &flow.what {
                Selection::One(what) | Selection::All(what) => vec![what],
            },
            Body::Grant(grant) => vec![&grant.holder],
            Body::Trust(trust) => vec![&trust.opens],
            Body::Endpoint(endpoint) => vec![&endpoint.is],
            Body::Link(link) => vec![&link.from, &link.to],
            Body::Component(_) | Body::Need(_) | Body::Safeguard(_) => vec![],
        };
        of.into_iter().map(move |is| (at, is))
    })
}

/// Where an identity or credential is used rather than made: a workload runs as it, a job logs in with it, a file names the
/// store that keeps it.
pub(crate) fn uses<'a>(world: &World<'a>) -> impl Iterator<Item = (At<'a>, &'a Ref)> {
    world.facts().filter_map(|at| {
        let is = match &at.fact.body {
            Body::Identity(identity) if !identity.created && identity.record.is_none() => &identity.is,
            Body::Credential(credential) if credential.storage == Storage::StoreReference => &credential.is,
            Body::Flow(flow) => match &flow.what {
                Selection::One(what) => what,
                Selection::All(_) => return None,
            },
            Body::Link(link) if link.kind == LinkKind::ActsAs => &link.to,
            _ => return None,
        };
        Some((at, is))
    })
}
