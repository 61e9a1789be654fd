//! Everything one identity holds: its own grants and those of the policies and roles attached to it, across units.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{Grant, LinkKind, Ref};
use crate::rule::{At, World};

/// Most distinct scopes (accounts, namespaces) one name is followed into; real trees have dozens.
const MAX_SCOPES: usize = 256;
/// Most grants weighed together for one identity; a cloud allows some dozens of statements.
const MAX_GRANTS: usize = 2048;

/// What one identity holds, in the order it was read.
pub(crate) type Holding<'a> = Vec<(At<'a>, &'a Grant)>;

/// A name without its scope. A name with unknown parts means something only inside its own unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    platform: String,
    kind: String,
    name: String,
    unit: Option<usize>,
}

impl Name {
    fn of(entity: &Ref, unit: usize) -> Self {
        let unit = entity.name.has_hole().then_some(unit);
        let name = match unit {
            None => entity.name.to_string(),
            Some(_) => format!("{:?}", entity.name),
        };
        Self { platform: entity.platform.clone(), kind: entity.kind.clone(), name, unit }
    }
}

type Named<'a> = Vec<(&'a Ref, At<'a>, &'a Grant)>;

/// What every identity holds, and which it is. One of several files is there once, by one of its references; a policy that is
/// attached to nobody counts as its own holder.
#[must_use]
pub(crate) fn by_holder<'a>(world: &World<'a>) -> Vec<(&'a Ref, Holding<'a>)> {
    let mut own: BTreeMap<Name, Named<'a>> = BTreeMap::new();
    for (at, grant) in world.grants() {
        own.entry(Name::of(&grant.holder, at.unit)).or_default().push((&grant.holder, at, grant));
    }
    let mut given: BTreeMap<Name, Vec<(&'a Ref, &'a Ref, usize)>> = BTreeMap::new();
    let mut attached: BTreeSet<Name> = BTreeSet::new();
    for (at, link) in world.links().filter(|(_, l)| l.kind == LinkKind::Attaches) {
        let from = Name::of(&link.from, at.unit);
        if own.contains_key(&from) {
            attached.insert(from);
        }
        given.entry(Name::of(&link.to, at.unit)).or_default().push((&link.to, &link.from, at.unit));
    }
    let names: BTreeSet<&Name> = own.keys().filter(|n| !attached.contains(*n)).chain(given.keys()).collect();
    names.into_iter().flat_map(|name| of_name(name, &own, &given)).collect()
}

/// One holding per scope the name is used in.
fn of_name<'a>(
    name: &Name,
    own: &BTreeMap<Name, Named<'a>>,
    given: &BTreeMap<Name, Vec<(&'a Ref, &'a Ref, usize)>>,
) -> Vec<(&'a Ref, Holding<'a>)> {
    let direct = own.get(name).map(Vec::as_slice).unwrap_or_default();
    let links = given.get(name).map(Vec::as_slice).unwrap_or_default();
    let mut scopes: BTreeMap<String, &'a Ref> = BTreeMap::new();
    for holder in direct.iter().map(|(holder, _, _)| *holder).chain(links.iter().map(|(to, _, _)| *to)) {
        scopes.entry(holder.to_string()).or_insert(holder);
    }
    let known = |holder: &Ref| !holder.scope.iter().any(crate::fact::Text::has_hole);
    if scopes.values().any(|holder| known(holder)) {
        scopes.retain(|_, holder| known(holder));
    }
    scopes
        .into_values()
        .take(MAX_SCOPES)
        .map(|holder| (holder, held(holder, direct, links, own)))
        .filter(|(_, holding)| !holding.is_empty())
        .collect()
}

fn held<'a>(
    holder: &'a Ref,
    direct: &[(&'a Ref, At<'a>, &'a Grant)],
    links: &[(&'a Ref, &'a Ref, usize)],
    own: &BTreeMap<Name, Named<'a>>,
) -> Holding<'a> {
    let mut grants: Holding<'a> =
        direct.iter().filter(|(of, _, _)| of.may_be(holder)).map(|(_, at, grant)| (*at, *grant)).collect();
    for (_, from, unit) in links.iter().filter(|(to, _, _)| to.may_be(holder)) {
        let policies = own.get(&Name::of(from, *unit)).map(Vec::as_slice).unwrap_or_default();
        if grants.len() > MAX_GRANTS {
            break;
        }
        grants.extend(policies.iter().filter(|(p, _, _)| p.may_be(from)).map(|(_, at, grant)| (*at, *grant)));
    }
    grants.sort_by_key(|(at, _)| (at.unit, at.fact.id));
    grants.dedup_by_key(|(at, _)| (at.unit, at.fact.id));
    grants.truncate(MAX_GRANTS);
    grants
}
