//! What is declared of identities and credentials, found by what it speaks of; and what speaks of them at all.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

use super::registry::declares;
use crate::fact::{Body, Identity, LinkKind, Record, Ref, Selection, Storage, Text};
use crate::rule::{At, World};

/// Most rows compared with a reference whose own name is unknown: it may be any of them.
const MAX_OPEN: usize = 256;

/// Where something is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In a row of the registry, which speaks of everything that fits.
    Registry,
    /// In a comment, which speaks of what stands beside it.
    Comment,
    /// In tags, labels or annotations of its own.
    Tags,
}

/// A declaration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    /// Its fact.
    pub(crate) at: At<'a>,
    /// Where it is kept.
    pub(crate) kept: Kept,
    /// Owner, purpose and what it speaks of.
    pub(crate) identity: &'a Identity,
    /// The rest.
    pub(crate) record: &'a Record,
}

impl<'a> Row<'a> {
    fn of(at: At<'a>) -> Option<Self> {
        let Body::Identity(identity) = &at.fact.body else { return None };
        let owned = identity.created && identity.owner.is_some();
        let record = identity.record.as_deref().or_else(|| owned.then_some(&*NOTHING))?;
        let kept = match at.is_declaration() {
            false => Kept::Tags,
            true if record.beside => Kept::Comment,
            true => Kept::Registry,
        };
        Some(Self { at, kept, identity, record })
    }

    /// What it speaks of, as written.
    pub(crate) fn name(&self) -> String {
        self.identity.is.to_string()
    }

    /// What it is, with the name of what it speaks of, at the beginning of a message.
    pub(crate) fn title(&self) -> String {
        match self.kept {
            Kept::Registry => format!("registry row `{}`", self.name()),
            Kept::Comment => format!("declaration of `{}`", self.name()),
            Kept::Tags => format!("tags of `{}`", self.name()),
        }
    }

    /// What it is, from the view of what it speaks of.
    pub(crate) fn its(&self) -> &'static str {
        match self.kept {
            Kept::Registry => "its registry row",
            Kept::Comment => "its declaration",
            Kept::Tags => "its tags",
        }
    }
}

/// Whether a name means one thing in every unit. An identity of an account that nobody knows may be another one elsewhere; a
/// secret of the pipeline's own store is the same.
pub(crate) fn is_of_tree(is: &Ref) -> bool {
    let known = is.scope.iter().chain([&is.name]).all(|part| part.known().is_some());
    known || STORES.contains(&is.kind.as_str())
}

/// What is recorded of an identity whose tags name its owner and no more.
static NOTHING: LazyLock<Record> = LazyLock::new(Record::default);

/// Kinds of what pipelines keep: their scope is the repository, which no file names.
const STORES: [&str; 4] = ["secret", "variable", "credential", "service-connection"];

/// Everything that is declared in a world; rows of the registry filed by the last step of their names.
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
    /// Comments and tags, which speak of one thing.
    beside: BTreeMap<&'a Ref, Vec<usize>>,
}

/// The last step of a name, if it is known.
fn last_step(name: &Text) -> Option<&str> {
    name.known().map(|known| known.rsplit('/').next().unwrap_or(known))
}

impl<'a> Rows<'a> {
    /// Files the rows.
    pub(crate) fn of(world: &World<'a>) -> Self {
        let mut filed = Self::default();
        for row in world.facts().filter_map(Row::of) {
            let index = filed.rows.len();
            filed.rows.push(row);
            let is = &row.identity.is;
            if row.kept != Kept::Registry {
                filed.beside.entry(is).or_default().push(index);
                continue;
            }
            let platform = is.platform.as_str();
            match last_step(&is.name).filter(|step| !step.contains('*')) {
                Some(step) => filed.named.entry((platform, step)).or_default().push(index),
                None => filed.open.entry(platform).or_default().push(index),
            }
            filed.all.entry(platform).or_default().push(index);
        }
        filed
    }

    /// Whether somebody keeps a registry.
    pub(crate) fn has_registry(&self) -> bool {
        !self.all.is_empty()
    }

    /// The rows, in the order they are written.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Row<'a>> {
        self.rows.iter()
    }

    /// The rows of the registry that speak of something, by their numbers.
    pub(crate) fn numbers(&self, is: &Ref) -> impl Iterator<Item = usize> {
        let numbers = self.known(is);
        (0..numbers.len()).filter_map(move |at| numbers.get(at).copied())
    }

    fn known(&self, is: &Ref) -> Rc<[usize]> {
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
            // A row for one name may speak of a name of which the beginning is known, and not of one that is wholly unknown.
            None => {
                let begin = is.name.prefix();
                let named = self.named.range((platform, begin)..);
                let named = named.take_while(|((of, step), _)| *of == platform && step.starts_with(begin));
                let named =
                    named.take(if begin.is_empty() { 0 } else { MAX_OPEN }).flat_map(|(_, rows)| rows);
                let named: Vec<usize> = named.filter(speaks).copied().collect();
                [named, of(self.open.get(platform), usize::MAX)].concat().into()
            }
        }
    }

    /// The rows that speak of something that is named in a unit.
    pub(crate) fn find(&self, unit: usize, is: &Ref) -> impl Iterator<Item = &Row<'a>> {
        let registry = self.numbers(is).filter_map(|number| self.rows.get(number));
        registry.chain(self.beside(unit, is))
    }

    /// The comments and tags that speak of something by this name, in whatever unit.
    pub(crate) fn beside_numbers(&self, is: &Ref) -> impl Iterator<Item = usize> {
        self.beside.get(is).into_iter().flatten().copied()
    }

    /// Everything that speaks of something by this name, in whatever unit.
    pub(crate) fn of_name(&self, is: &Ref) -> impl Iterator<Item = &Row<'a>> {
        self.numbers(is).chain(self.beside_numbers(is)).filter_map(|number| self.rows.get(number))
    }

    /// The comments and tags that speak of something that is named in a unit.
    pub(crate) fn beside(&self, unit: usize, is: &Ref) -> impl Iterator<Item = &Row<'a>> {
        let beside = self.beside.get(is).into_iter().flatten().filter_map(|number| self.rows.get(*number));
        beside.filter(move |row| row.at.unit == unit || is_of_tree(&row.identity.is))
    }
}

/// Everything that a tree says of any identity or credential, what only declares left out.
pub(crate) fn mentions<'a>(world: &World<'a>) -> impl Iterator<Item = (At<'a>, &'a Ref)> {
    world.facts().flat_map(|at| {
        let of: Vec<&'a Ref> = match &at.fact.body {
            Body::Identity(_) if at.is_declaration() => vec![],
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
            Body::Identity(identity) if !identity.created && !at.is_declaration() => &identity.is,
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
