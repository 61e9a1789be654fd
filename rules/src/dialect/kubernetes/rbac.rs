//! RBAC: roles are grants, bindings give them to subjects.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Data, Node};
use crate::fact::{Approval, Body, ContextId, Effect, Grant, Link, LinkKind, Principal, Ref, Text, Why};

use super::super::Lowering;
use super::manifest::{Manifest, text_under, unstated_namespace, why_unread};
use super::roles::{ROLES, When, Who};
use super::template;

/// Most actions of one rule: the product of groups, resources and verbs. The largest role seen in public has about
/// 700; beyond this the rest of the rule is reported as not read.
const MAX_ACTIONS: usize = 4_096;
/// Most actions of a unit: a megabyte of lists could state billions.
const MAX_ACTIONS_OF_UNIT: usize = 200_000;

/// What the roles of a unit allow, by kind and name: bindings to everyone state it.
#[derive(Debug)]
pub(super) struct Roles {
    actions: BTreeMap<(String, String), Vec<Text>>,
    /// How many more actions the unit's facts may hold.
    left: Cell<usize>,
}

impl Roles {
    /// The roles among these manifests.
    pub(super) fn of(manifests: &[Manifest<'_>]) -> Self {
        let mut actions: BTreeMap<_, Vec<Text>> = BTreeMap::new();
        let mut left = MAX_ACTIONS_OF_UNIT;
        for manifest in manifests.iter().filter(|m| matches!(m.kind, "Role" | "ClusterRole")) {
            let Some(name) = manifest.name.known() else { continue };
            let all = actions.entry((manifest.kind.to_owned(), name.to_owned())).or_default();
            for rule in manifest.node.get("rules").map_or(&[][..], Node::items) {
                let more = Rule::of(rule).actions(left.min(MAX_ACTIONS.saturating_sub(all.len())));
                left = left.saturating_sub(more.len());
                all.extend(more);
            }
        }
        Self { actions, left: Cell::new(MAX_ACTIONS_OF_UNIT) }
    }

    /// How many of these actions may still be stated; they are taken off.
    fn afford(&self, actions: usize) -> usize {
        let granted = actions.min(self.left.get());
        self.left.set(self.left.get() - granted);
        granted
    }

    fn actions(&self, kind: &str, name: &Text) -> Vec<Text> {
        let unknown = || {
            let mut action = Text::literal("kubernetes:role:");
            action.append(name);
            vec![action]
        };
        let Some(known) = name.known() else { return unknown() };
        match (self.actions.get(&(kind.to_owned(), known.to_owned())), ROLES.built_in(known)) {
            (Some(actions), _) if self.afford(actions.len()) == actions.len() => actions.clone(),
            (None, Some(role)) if kind == "ClusterRole" => {
                role.actions.iter().map(|a| Text::literal(a.clone())).collect()
            }
            _ => unknown(),
        }
    }
}

/// The reference of a role.
fn role_ref(kind: &str, namespace: &Text, name: Text) -> Ref {
    match kind {
        "ClusterRole" => Ref::new("kubernetes", kind, [], name),
        _ => Ref::new("kubernetes", kind, [namespace.clone()], name),
    }
}

/// The lists of one rule of a role. Also used to find out which items an action comes from.
#[derive(Debug)]
pub(super) struct Rule<'d> {
    groups: Items<'d>,
    resources: Items<'d>,
    urls: Items<'d>,
    verbs: Items<'d>,
    names: Items<'d>,
    /// Whether something that should be a text is none.
    holes: bool,
}

/// The texts of a list, each with its index in it.
type Items<'d> = Vec<(usize, &'d str)>;

impl<'d> Rule<'d> {
    /// The lists of a rule.
    pub(super) fn of(node: &'d Node) -> Self {
        let mut holes = false;
        let mut list = |key: &str| -> Items<'d> {
            let items = node.get(key).map_or(&[][..], Node::one_or_many);
            holes |= items.iter().any(|item| item.text().is_none());
            items.iter().enumerate().filter_map(|(index, item)| Some((index, item.text()?))).collect()
        };
        let mut groups = list("apiGroups");
        if groups.is_empty() {
            // A rule without groups is refused by the API server; the core group is what its author means.
            groups.push((0, ""));
        }
        let (resources, urls) = (list("resources"), list("nonResourceURLs"));
        let (verbs, names) = (list("verbs"), list("resourceNames"));
        Self { groups, resources, urls, verbs, names, holes }
    }

    /// Groups, resources and verbs of the resource part, URLs and verbs of the other. Every step gives one, so that
    /// whoever takes only some of them does only that much work.
    pub(super) fn combinations(&self) -> impl Iterator<Item = Combination> + use<'_, 'd> {
        let of_resources = self.groups.iter().flat_map(move |(group, name)| {
            self.resources.iter().flat_map(move |(resource, what)| {
                self.verbs.iter().map(move |(verb, how)| {
                    let group_name = if name.is_empty() { "core" } else { name };
                    let mut action = Text::literal("kubernetes:");
                    action.append(&template::text(group_name));
                    action.push("/");
                    action.append(&template::text(what));
                    action.push(":");
                    action.append(&template::text(how));
                    Combination { group: Some(*group), resource: *resource, verb: *verb, action }
                })
            })
        });
        let of_urls = self.urls.iter().flat_map(move |(resource, url)| {
            self.verbs.iter().map(move |(verb, how)| {
                let mut action = Text::literal("kubernetes:url");
                action.append(&template::text(url));
                action.push(":");
                action.append(&template::text(how));
                Combination { group: None, resource: *resource, verb: *verb, action }
            })
        });
        of_resources.chain(of_urls)
    }

    /// What the rule allows, at most this many actions.
    pub(super) fn actions(&self, most: usize) -> Vec<Text> {
        self.combinations().take(most).map(|c| c.action).collect()
    }
}

/// One action of a rule and the list items it comes from.
#[derive(Debug)]
pub(super) struct Combination {
    /// Index in `apiGroups`; `None` for a URL.
    pub(super) group: Option<usize>,
    /// Index in `resources` or `nonResourceURLs`.
    pub(super) resource: usize,
    /// Index in `verbs`.
    pub(super) verb: usize,
    /// The action.
    pub(super) action: Text,
}

pub(super) fn allow(
    holder: Ref,
    actions: Vec<Text>,
    resources: Vec<Text>,
    principals: Vec<Principal>,
) -> Body {
    Body::Grant(Grant {
        holder,
        effect: Effect::Allow,
        actions,
        actions_except: false,
        resources,
        resources_except: false,
        principals,
        conditions: Vec::new(),
        approval: Approval::None,
    })
}

/// Lowers a Role or ClusterRole: a grant per rule.
pub(super) fn lower_role(manifest: &Manifest<'_>, roles: &Roles, within: ContextId, out: &mut Lowering<'_>) {
    let holder = role_ref(manifest.kind, &manifest.namespace, manifest.name.clone());
    let rules = manifest.node.get("rules");
    if let Some(node) = rules.filter(|node| !node.is_null() && !matches!(node.data, Data::List(_))) {
        out.unknown(manifest.node_at(node), why_unread(node));
    }
    let named = manifest.name.known().filter(|_| manifest.kind == "ClusterRole");
    if named.is_some_and(|name| ROLES.is_shipped_role(name)) {
        return out.silent(manifest.file, "a role that the API server makes by itself");
    }
    for node in rules.map_or(&[][..], Node::items) {
        let rule = Rule::of(node);
        let mut actions = rule.actions(MAX_ACTIONS + 1);
        let stated = actions.len();
        actions.truncate(roles.afford(stated.min(MAX_ACTIONS)));
        if actions.len() < stated {
            out.unknown(
                manifest.node_at(node),
                Why::Limit(format!("{MAX_ACTIONS} actions of a rule, {MAX_ACTIONS_OF_UNIT} of all roles")),
            );
        }
        if let Some(why) = actions.iter().find_map(Text::why) {
            out.unknown(manifest.node_at(node), why.clone());
        }
        if actions.is_empty() {
            // A rule of which a list is made by a template, or that is one as a whole.
            if stated == 0 && (rule.holes || node.entries().is_empty()) {
                out.unknown(manifest.node_at(node), why_unread(node));
            }
            continue;
        }
        if rule.holes && actions.len() == stated {
            out.unknown(manifest.node_at(node), why_unread(node));
        }
        let names: Vec<Text> = rule.names.iter().map(|(_, name)| template::text(name)).collect();
        let resources = if names.is_empty() { vec![Text::literal("*")] } else { names };
        out.state(within, manifest.node_at(node), allow(holder.clone(), actions, resources, Vec::new()));
    }
    if let Some(entry) = manifest.node.entry("aggregationRule").filter(|e| !e.value.is_null()) {
        out.unknown(
            manifest.at(entry.key.span),
            Why::Unsupported("an aggregated role (the cluster fills in its rules)".to_owned()),
        );
    }
}

/// Lowers a RoleBinding or ClusterRoleBinding.
pub(super) fn lower_binding(
    manifest: &Manifest<'_>,
    roles: &Roles,
    within: ContextId,
    out: &mut Lowering<'_>,
) {
    let Some(reference) = manifest.node.get("roleRef") else {
        return out
            .unknown(manifest.naming_at(), Why::Unsupported("a binding that names no role".to_owned()));
    };
    let Some(name) = text_under(reference, "name") else {
        return out.unknown(manifest.node_at(reference), why_unread(reference));
    };
    let kind = reference.get("kind").and_then(Node::text).unwrap_or("ClusterRole");
    for why in [&name, &template::text(kind)].into_iter().filter_map(|text| text.why()) {
        out.unknown(manifest.node_at(reference), why.clone());
    }
    let role = role_ref(kind, &manifest.namespace, name.clone());
    let role_at = reference.get("name").unwrap_or(reference);
    let mut nobodies = BTreeSet::new();
    let subjects = manifest.node.get("subjects");
    if let Some(node) = subjects.filter(|node| !node.is_null() && !matches!(node.data, Data::List(_))) {
        out.unknown(manifest.node_at(node), why_unread(node));
    }
    for subject in subjects.map_or(&[][..], Node::items) {
        let Some(who) = Subject::of(manifest, subject) else {
            out.unknown(manifest.node_at(subject), why_unread(subject));
            continue;
        };
        if let Some(why) = who.is.name.why() {
            out.unknown(manifest.node_at(who.at), why.clone());
        }
        if ROLES.is_shipped_binding(manifest.name.known(), name.known(), who.is.name.known()) {
            continue;
        }
        let link = Link { from: role.clone(), to: who.is.clone(), kind: LinkKind::Attaches };
        out.state(within, manifest.node_at(who.at), Body::Link(link));
        if let Some(nobody) = who.nobody {
            // Several names of everyone are one grant.
            if !nobodies.insert(nobody) {
                continue;
            }
            let principal = match nobody {
                Who::Anyone => Principal::Anyone,
                Who::AnyAccount => Principal::AnyAccount,
            };
            let grant =
                allow(role.clone(), roles.actions(kind, &name), vec![Text::literal("*")], vec![principal]);
            out.state(within, manifest.node_at(who.at), grant);
        } else if let Some(actions) = admin_actions(manifest, kind, &name, &who) {
            let grant = allow(who.is, actions, vec![Text::literal("*")], Vec::new());
            out.state(within, manifest.node_at(role_at), grant);
        }
    }
}

/// What a binding to a built-in administrator's role allows.
fn admin_actions(manifest: &Manifest<'_>, kind: &str, name: &Text, who: &Subject<'_>) -> Option<Vec<Text>> {
    if who.admin_group {
        return Some(vec![Text::literal("kubernetes:*/*:*")]);
    }
    let role = ROLES.built_in(name.known()?).filter(|_| kind == "ClusterRole")?;
    let wanted = match role.when {
        When::Always => true,
        When::Cluster => manifest.kind == "ClusterRoleBinding",
        When::Known => false,
    };
    wanted.then(|| role.actions.iter().map(|a| Text::literal(a.clone())).collect())
}

/// A subject of a binding.
struct Subject<'d> {
    is: Ref,
    /// The node that names it.
    at: &'d Node,
    /// Set if it is no one in particular.
    nobody: Option<Who>,
    admin_group: bool,
}

impl<'d> Subject<'d> {
    fn of(manifest: &Manifest<'_>, node: &'d Node) -> Option<Self> {
        let kind = node.get("kind").and_then(Node::text)?;
        let at = node.get("name")?;
        let written = at.text()?;
        let name = template::text(written);
        let account =
            |namespace: Text, name: Text| Ref::new("kubernetes", "ServiceAccount", [namespace], name);
        let is = match (kind, written.strip_prefix("system:serviceaccount:").and_then(|s| s.split_once(':')))
        {
            ("ServiceAccount", _) => {
                // A subject without a namespace is refused, except where an overlay sets it on both alike.
                let namespace = text_under(node, "namespace");
                account(namespace.unwrap_or_else(|| default_namespace(manifest)), name)
            }
            ("User", Some((namespace, name))) => account(template::text(namespace), template::text(name)),
            ("User" | "Group", _) => Ref::new("kubernetes", kind, [], name),
            _ => return None,
        };
        Some(Self {
            is,
            at,
            nobody: ROLES.nobody(kind, written),
            admin_group: ROLES.is_admin_group(kind, written),
        })
    }
}

fn default_namespace(manifest: &Manifest<'_>) -> Text {
    if manifest.kind == "RoleBinding" { manifest.namespace.clone() } else { unstated_namespace() }
}
