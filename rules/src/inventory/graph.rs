//! The graph: who holds which credential, who acts as whom, who may become whom, and what each may do.

use std::collections::{BTreeMap, BTreeSet};

use super::filed::{Filed, at};
use super::{Class, Edge, EdgeKind, Power, Right, Worst};
use crate::fact::{Approval, Body, Effect, Grant, LinkKind, Principal, Selection, Sink, Text, Trust};
use crate::rule::analysis::actions::{reading, sensitive};
use crate::rule::analysis::conditions;
use crate::rule::analysis::escalation;
use crate::rule::analysis::gains::claim;
use crate::rule::analysis::grants::{admin, by_default, everywhere, gives};
use crate::rule::analysis::holdings::{Equal, Holding, by_holder};
use crate::rule::analysis::machines::is_of_the_run;
use crate::rule::{At, World};

/// Most actions that a step names.
const MAX_ACTIONS: usize = 6;
/// Most resources of one right that are steps of their own.
const MAX_RESOURCES: usize = 32;
/// Most rights listed for one entry; all of them are weighed.
const MAX_RIGHTS: usize = 200;
/// First words of verbs that read, in platforms whose verbs are words of their own.
const READS: [&str; 6] = ["read", "get", "list", "watch", "view", "metadata"];

/// What an entry may do, by its id: the worst of it, and on how many resources.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) worst: Option<Worst>,
    pub(super) resources: BTreeSet<String>,
}

/// Gives entries their rights, and says what each is worth.
pub(super) fn rights<'a>(world: &World<'a>, filed: &mut Filed<'a>) -> BTreeMap<String, Held> {
    let mut held: BTreeMap<String, Held> = BTreeMap::new();
    for (holder, holding) in by_holder(world, Equal::Each) {
        let unit = holding.first().map_or(0, |(fact, _)| fact.unit);
        let Some((draft, _)) = filed.find(holder, unit) else { continue };
        let own = held.entry(draft.entry.id.clone()).or_default();
        let taken = taken(&holding);
        for (index, (fact, grant)) in holding.iter().enumerate() {
            if grant.effect != Effect::Allow {
                continue;
            }
            let right = right(fact, grant, taken.get(&index));
            let what = match (admin(grant), taken.get(&index)) {
                (Some(row), _) => row.reach.clone(),
                (None, Some(how)) => (*how).to_owned(),
                (None, None) => spoken(&right),
            };
            let worst = Worst { power: right.power, what, through: None };
            if !right.narrowed && own.worst.as_ref().is_none_or(|known| known.power < worst.power) {
                own.worst = Some(worst);
            }
            own.resources.extend(right.resources.iter().cloned());
            if draft.entry.rights.len() < MAX_RIGHTS {
                draft.entry.rights.push(right);
            }
        }
    }
    held
}

/// Which of the grants let their holder take more rights, alone or together, and how.
fn taken(holding: &Holding<'_>) -> BTreeMap<usize, &'static str> {
    let mut taken = BTreeMap::new();
    for way in escalation::open(holding) {
        for index in &way.by {
            taken.entry(*index).or_insert(way.path.how.as_str());
        }
    }
    taken
}

fn right(fact: &At<'_>, grant: &Grant, taken: Option<&&'static str>) -> Right {
    let texts = |texts: &[Text]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut actions = texts(&grant.actions);
    if grant.actions_except {
        actions.insert(0, "everything but".to_owned());
    }
    let mut resources = texts(&grant.resources);
    if grant.resources_except {
        resources.insert(0, "everything but".to_owned());
    }
    let power = if admin(grant).is_some() {
        Power::Controls
    } else if taken.is_some() {
        Power::Escalates
    } else if everywhere(grant) && grant.actions.iter().any(|action| sensitive(action).is_some()) {
        Power::Opens
    } else if !grant.actions_except && grant.actions.iter().all(reads) {
        Power::Reads
    } else {
        Power::Changes
    };
    // What a platform gives where nothing is said may be less by a setting that no file shows.
    let narrowed = conditions::what(&grant.conditions).is_some()
        || conditions::who(&grant.conditions) == conditions::Strength::Strong
        || grant.approval == Approval::Human
        || !gives(grant)
        || by_default(fact);
    Right { actions, resources, power, narrowed, at: at(fact) }
}

fn reads(action: &Text) -> bool {
    let known = action.to_string();
    let verb = known.rsplit([':', '.', '/']).next().unwrap_or_default().to_ascii_lowercase();
    reading(action) || READS.iter().any(|word| verb.starts_with(word))
}

/// A right in words: `aws:s3:PutObject on arn:aws:s3:::releases/*`.
fn spoken(right: &Right) -> String {
    format!("{} on {}", shortened(&right.actions, MAX_ACTIONS), shortened(&right.resources, 2))
}

fn shortened(names: &[String], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Every step of the graph.
pub(super) fn edges<'a>(world: &World<'a>, filed: &mut Filed<'a>) -> BTreeSet<Edge> {
    let mut edges = BTreeSet::new();
    for fact in world.facts().filter(|fact| !fact.is_declaration()) {
        match &fact.fact.body {
            Body::Link(link) if link.kind == LinkKind::ActsAs => {
                let from = filed.find(&link.from, fact.unit);
                let from = from.filter(|(draft, _)| draft.entry.class == Class::Credential);
                let Some(from) = from.map(|(draft, _)| draft.entry.id.clone()) else { continue };
                let Some((to, sure)) = filed.find(&link.to, fact.unit) else { continue };
                let to = to.entry.id.clone();
                edges.insert(Edge { from, to, kind: EdgeKind::ActsAs, label: String::new(), sure });
            }
            Body::Trust(trust) => become_edges(filed, &fact, trust, &mut edges),
            Body::Flow(flow) => {
                let (Selection::One(what), Sink::Login { platform, .. }) = (&flow.what, &flow.to) else {
                    continue;
                };
                let Some((draft, sure)) = filed.find(what, fact.unit) else { continue };
                let from = draft.entry.id.clone();
                let kind = EdgeKind::LogsInTo;
                edges.insert(Edge { from, to: platform.clone(), kind, label: String::new(), sure });
            }
            _ => {}
        }
    }
    for draft in filed.drafts.values() {
        let id = &draft.entry.id;
        for used in &draft.entry.uses {
            let Some(actor) = &used.actor else { continue };
            let kind =
                if draft.entry.class == Class::Credential { EdgeKind::Holds } else { EdgeKind::ActsAs };
            let label = String::new();
            edges.insert(Edge { from: actor.clone(), to: id.clone(), kind, label, sure: used.sure });
        }
        let of_the_run = draft.refs.iter().any(|(is, _)| is_of_the_run(is));
        for right in &draft.entry.rights {
            for resource in right.resources.iter().take(MAX_RESOURCES) {
                let label = shortened(&right.actions, MAX_ACTIONS);
                let (from, to) = (id.clone(), reached(right, resource, of_the_run));
                edges.insert(Edge { from, to, kind: EdgeKind::May, label, sure: !right.narrowed });
            }
        }
    }
    edges
}

/// A resource by a name that means something beside those of other platforms.
fn reached(right: &Right, resource: &str, of_the_run: bool) -> String {
    let platform = right.actions.iter().find_map(|action| Some(action.split_once(':')?.0));
    match platform.filter(|_| resource == "*") {
        // The token of a job is one for the repository that it runs in.
        Some(platform) if of_the_run => format!("this repository on {platform}"),
        Some(platform) => format!("everything of {platform}"),
        None => resource.to_owned(),
    }
}

/// Who may become the identity that a trust opens.
fn become_edges<'a>(filed: &mut Filed<'a>, fact: &At<'a>, trust: &'a Trust, edges: &mut BTreeSet<Edge>) {
    let Some((opened, _)) = filed.find(&trust.opens, fact.unit) else { return };
    let opened = opened.entry.id.clone();
    let claims: Vec<String> = trust.claims.iter().map(claim).collect();
    for principal in &trust.to {
        let mut sure = true;
        let from = match principal {
            Principal::Anyone => "anyone".to_owned(),
            Principal::AnyAccount => "any account".to_owned(),
            Principal::Service(name) => format!("service {name}"),
            Principal::Issuer(name) => format!("tokens of {name}"),
            Principal::Entity(is) => match filed.find(is, fact.unit) {
                Some((draft, is_sure)) => {
                    sure = is_sure;
                    draft.entry.id.clone()
                }
                None => is.pattern(),
            },
        };
        let (to, label) = (opened.clone(), shortened(&claims, MAX_ACTIONS));
        edges.insert(Edge { from, to, kind: EdgeKind::MayBecome, label, sure });
    }
}
