//! Everything one identity holds: its own grants and those of the policies and roles attached to it, across units.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::fact::{Grant, LinkKind, Ref};
use crate::rule::{At, World};

/// Most distinct scopes (accounts, namespaces) one name is followed into; real trees have dozens.
const MAX_SCOPES: usize = 256;
/// Most grants weighed together for one identity; a cloud allows some dozens of statements.
const MAX_GRANTS: usize = 2048;

/// What one identity holds, in the order it was read.
pub(crate) type Holding<'a> = Vec<(At<'a>, &'a Grant)>;

/// Which of equal grants are meant that policies of one name hold in one unit: an identity that has those policies may do no
/// more by the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Equal {
    /// The first.
    First,
    /// Each, for who asks where it is said.
    Each,
}

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
/// What is attached to a name: to which of its references, what, and in which unit.
type Given<'a> = Vec<(&'a Ref, &'a Ref, usize)>;
/// A policy as something names it, and in which unit where that matters.
type Said<'a> = (&'a Ref, Option<usize>);

/// What every identity holds, and which it is. One of several files is there once, by one of its references; a policy that is
/// attached to nobody counts as its own holder.
pub(crate) fn by_holder<'a>(world: &World<'a>, equal: Equal) -> impl Iterator<Item = (&'a Ref, Holding<'a>)> {
    let mut own: BTreeMap<Name, Named<'a>> = BTreeMap::new();
    for (at, grant) in world.grants() {
        own.entry(Name::of(&grant.holder, at.unit)).or_default().push((&grant.holder, at, grant));
    }
    let mut given: BTreeMap<Name, Given<'a>> = BTreeMap::new();
    let mut attached: BTreeSet<Name> = BTreeSet::new();
    for (at, link) in world.links().filter(|(_, l)| l.kind == LinkKind::Attaches) {
        let from = Name::of(&link.from, at.unit);
        if own.contains_key(&from) {
            attached.insert(from);
        }
        given.entry(Name::of(&link.to, at.unit)).or_default().push((&link.to, &link.from, at.unit));
    }
    let names: BTreeSet<&Name> = own.keys().filter(|n| !attached.contains(*n)).chain(given.keys()).collect();
    let names: Vec<Name> = names.into_iter().cloned().collect();
    let mut hands = Hands { own, given, equal, policies: BTreeMap::new(), attached: BTreeMap::new() };
    names.into_iter().flat_map(move |name| hands.of_name(&name))
}

/// Who was given what. What many have alike is put together once.
struct Hands<'a> {
    own: BTreeMap<Name, Named<'a>>,
    given: BTreeMap<Name, Given<'a>>,
    equal: Equal,
    /// The grants of a policy, as something names it.
    policies: BTreeMap<Said<'a>, Rc<Holding<'a>>>,
    /// Those of several.
    attached: BTreeMap<BTreeSet<Said<'a>>, Rc<Holding<'a>>>,
}

impl<'a> Hands<'a> {
    /// One holding per scope the name is used in.
    fn of_name(&mut self, name: &Name) -> Vec<(&'a Ref, Holding<'a>)> {
        let direct = self.own.get(name).cloned().unwrap_or_default();
        let links = self.given.get(name).cloned().unwrap_or_default();
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
            .map(|holder| (holder, self.held(holder, &direct, &links)))
            .filter(|(_, holding)| !holding.is_empty())
            .collect()
    }

    fn held(
        &mut self,
        holder: &'a Ref,
        direct: &[(&'a Ref, At<'a>, &'a Grant)],
        links: &[(&'a Ref, &'a Ref, usize)],
    ) -> Holding<'a> {
        let mut grants: Holding<'a> = direct
            .iter()
            .filter(|(of, _, _)| of.may_be(holder))
            .map(|(_, at, grant)| (*at, *grant))
            .collect();
        let said =
            |(_, from, unit): &(&'a Ref, &'a Ref, usize)| (*from, from.name.has_hole().then_some(*unit));
        let from: BTreeSet<Said<'a>> =
            links.iter().filter(|(to, _, _)| to.may_be(holder)).map(said).collect();
        if !from.is_empty() {
            grants.extend_from_slice(&self.of_policies(from));
        }
        in_order(&mut grants);
        grants.truncate(MAX_GRANTS);
        grants
    }

    /// The grants of policies that are attached together.
    fn of_policies(&mut self, from: BTreeSet<Said<'a>>) -> Rc<Holding<'a>> {
        if let Some(known) = self.attached.get(&from) {
            return Rc::clone(known);
        }
        let mut grants = Vec::new();
        for said in &from {
            if grants.len() > MAX_GRANTS {
                break;
            }
            grants.extend_from_slice(&self.of_policy(*said));
        }
        in_order(&mut grants);
        let grants = Rc::new(grants);
        self.attached.insert(from, Rc::clone(&grants));
        grants
    }

    fn of_policy(&mut self, (policy, unit): Said<'a>) -> Rc<Holding<'a>> {
        if let Some(known) = self.policies.get(&(policy, unit)) {
            return Rc::clone(known);
        }
        let named =
            self.own.get(&Name::of(policy, unit.unwrap_or_default())).map(Vec::as_slice).unwrap_or_default();
        let meant = named.iter().filter(|(of, _, _)| of.may_be(policy));
        let mut grants: Holding<'a> = meant.map(|(_, at, grant)| (*at, *grant)).collect();
        in_order(&mut grants);
        if self.equal == Equal::First && grants.len() > 1 {
            let mut known = BTreeSet::new();
            grants.retain(|(at, grant)| {
                let fact = at.fact;
                known.insert((at.unit, fact.lesser, format!("{grant:?} {:?} {:?}", fact.when, fact.origin)))
            });
        }
        grants.truncate(MAX_GRANTS);
        let grants = Rc::new(grants);
        self.policies.insert((policy, unit), Rc::clone(&grants));
        grants
    }
}

/// As they were read, each once.
fn in_order(grants: &mut Holding<'_>) {
    grants.sort_by_key(|(at, _)| (at.unit, at.fact.id));
    grants.dedup_by_key(|(at, _)| (at.unit, at.fact.id));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{ContextId, LinkKind};
    use crate::policy::Policy;
    use crate::rule::analysis::sample::{Sample, grant, link, named};

    /// `holder: actions` of every holding.
    fn holdings(sample: &Sample, equal: Equal) -> Vec<String> {
        let (units, policy) = ([sample.0.clone()], Policy::default());
        let world = World::of(&units, &policy, jiff::civil::date(2026, 11, 24));
        let said = |(holder, holding): (&Ref, Holding<'_>)| {
            let actions = holding.iter().flat_map(|(_, grant)| &grant.actions);
            format!("{}: {}", holder.name, actions.map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        by_holder(&world, equal).map(said).collect()
    }

    #[test]
    fn equal_grants_of_policies_of_one_name_are_joined_once() {
        let mut sample = Sample::new("template.json");
        for name in ["a", "b"] {
            sample.state(ContextId(0), grant(named("aws", "policy", "same"), &["aws:iam:PassRole"]));
            sample.state(ContextId(0), grant(named("aws", "policy", "same"), &["aws:s3:Get*"]));
            let attached =
                link(named("aws", "policy", "same"), LinkKind::Attaches, named("aws", "user", name));
            sample.state(ContextId(0), attached);
        }
        sample.state(ContextId(0), grant(named("aws", "user", "b"), &["aws:s3:Get*"]));
        let once = ["a: aws:iam:PassRole aws:s3:Get*", "b: aws:iam:PassRole aws:s3:Get* aws:s3:Get*"];
        assert_eq!(holdings(&sample, Equal::First), once);
        let each = "aws:iam:PassRole aws:s3:Get* aws:iam:PassRole aws:s3:Get*";
        assert_eq!(holdings(&sample, Equal::Each), [format!("a: {each}"), format!("b: {each} aws:s3:Get*")]);
    }
}
