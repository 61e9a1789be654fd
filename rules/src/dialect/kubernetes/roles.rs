//! What Kubernetes brings along: `data/kubernetes/roles.toml`.

#![cfg_attr(not(test), allow(dead_code))] // the sources of rows are read by the test that holds that each has one

#[cfg(test)]
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

pub(super) static ROLES: LazyLock<Roles> =
    LazyLock::new(|| super::tables::parse(include_str!("../../../data/kubernetes/roles.toml")));

/// When a built-in role is a grant of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum When {
    Always,
    Cluster,
    Known,
}

/// A role that Kubernetes brings along.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BuiltInRole {
    name: String,
    pub(super) when: When,
    pub(super) actions: Vec<String>,
    source: String,
}

/// Who a subject of a binding is, when it is no one in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Who {
    Anyone,
    AnyAccount,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    kind: String,
    name: String,
    who: Who,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdminGroup {
    name: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Roles {
    role: Vec<BuiltInRole>,
    subject: Vec<Subject>,
    admin_group: Vec<AdminGroup>,
    shipped: Vec<Shipped>,
    shipped_binding: Vec<ShippedBinding>,
}

/// Names of roles that the API server makes by itself and puts back as they were.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shipped {
    names: Vec<String>,
    source: String,
}

/// A binding that the API server makes by itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShippedBinding {
    name: String,
    role: String,
    subject: String,
    source: String,
}

impl Roles {
    /// A built-in role.
    pub(super) fn built_in(&self, name: &str) -> Option<&BuiltInRole> {
        self.role.iter().find(|r| r.name == name)
    }

    /// Whether the API server makes the cluster role of this name. `*` stands for anything behind.
    pub(super) fn is_shipped_role(&self, name: &str) -> bool {
        let is = |row: &String| match row.strip_suffix('*') {
            Some(before) => name.starts_with(before),
            None => row == name,
        };
        self.shipped.iter().any(|row| row.names.iter().any(is))
    }

    /// Whether the API server makes the binding of this name, of this role to this subject.
    pub(super) fn is_shipped_binding(
        &self,
        name: Option<&str>,
        role: Option<&str>,
        subject: Option<&str>,
    ) -> bool {
        self.shipped_binding.iter().any(|row| {
            Some(row.name.as_str()) == name
                && Some(row.role.as_str()) == role
                && Some(row.subject.as_str()) == subject
        })
    }

    /// Who a subject is, if it is no one in particular.
    pub(super) fn nobody(&self, kind: &str, name: &str) -> Option<Who> {
        self.subject.iter().find(|s| s.kind == kind && s.name == name).map(|s| s.who)
    }

    /// Whether the API server asks RBAC nothing about members of this group.
    pub(super) fn is_admin_group(&self, kind: &str, name: &str) -> bool {
        kind == "Group" && self.admin_group.iter().any(|g| g.name == name)
    }

    /// Every source, by the row it vouches for.
    #[cfg(test)]
    pub(super) fn sources(&self) -> BTreeMap<String, &str> {
        let roles = self.role.iter().map(|r| (r.name.clone(), r.source.as_str()));
        let subjects = self.subject.iter().map(|s| (s.name.clone(), s.source.as_str()));
        let groups = self.admin_group.iter().map(|g| (g.name.clone(), g.source.as_str()));
        let shipped = self.shipped.iter().map(|s| (s.names.join(" "), s.source.as_str()));
        let bindings = self
            .shipped_binding
            .iter()
            .map(|s| (format!("binding {} of {} to {}", s.name, s.role, s.subject), s.source.as_str()));
        roles.chain(subjects).chain(groups).chain(shipped).chain(bindings).collect()
    }
}
