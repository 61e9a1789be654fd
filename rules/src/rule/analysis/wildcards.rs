//! Wildcards of Kubernetes roles: how wide a grant is, whatever else is said of it.

use super::actions::{Covers, covers, listed};
use super::conditions;
use super::grants::{everywhere, gives, platform};
use crate::fact::{Grant, Text};
use crate::finding::Severity;

/// What is wrong with a grant.
pub(crate) struct Wide {
    /// What it allows, for messages.
    pub(crate) what: String,
    /// What would be accepted, for messages.
    pub(crate) accepted: &'static str,
    /// How bad.
    pub(crate) severity: Severity,
}

/// How wide a grant of Kubernetes is.
pub(crate) fn kubernetes(grant: &Grant) -> Option<Wide> {
    const ACCEPTED: &str = "named verbs on named resources, such as `get` and `list` on `pods`";
    if !everywhere(grant) {
        let wild: Vec<&Text> = grant.actions.iter().filter(|a| a.prefix().contains('*')).collect();
        return (!wild.is_empty()).then(|| Wide {
            what: format!(
                "Kubernetes grant allows {} with a wildcard, if on resources of a name",
                listed(wild)
            ),
            accepted: ACCEPTED,
            severity: Severity::Low,
        });
    }
    let cluster = grant.holder.kind != "Role";
    let lower = |severity: Severity| if cluster { severity } else { severity.lower() };
    let place = if cluster { "cluster" } else { "namespace" };
    let secrets: Vec<&Text> = grant
        .actions
        .iter()
        .filter(|a| {
            ["kubernetes:core/secrets:get", "kubernetes:core/secrets:list", "kubernetes:core/secrets:watch"]
                .iter()
                .any(|secret| covers(a, secret) == Covers::Yes)
        })
        .collect();
    let wild: Vec<&Text> = grant.actions.iter().filter(|a| is_wild(a)).collect();
    if !secrets.is_empty() {
        let by_wildcard = wild.iter().any(|a| secrets.contains(a));
        return Some(Wide {
            what: format!(
                "Kubernetes grant allows {}, which reads every Secret of the {place}",
                listed(secrets)
            ),
            accepted: "named secrets (`resourceNames`) in a Role of the namespace that needs them",
            severity: if by_wildcard { Severity::Medium } else { lower(Severity::Medium) },
        });
    }
    if wild.is_empty() {
        return any_group(grant, place);
    }
    Some(Wide {
        what: format!("Kubernetes grant allows {} with a wildcard in the whole {place}", listed(wild)),
        accepted: ACCEPTED,
        severity: lower(Severity::Medium),
    })
}

/// A kind that is named, in every group there is or ever will be.
fn any_group(grant: &Grant, place: &str) -> Option<Wide> {
    let reads = |a: &Text| [":get", ":list", ":watch"].iter().any(|verb| a.suffix().ends_with(verb));
    let any = grant.actions.iter().filter(|a| a.prefix().starts_with("kubernetes:*/") && !reads(a));
    let any: Vec<&Text> = any.collect();
    (!any.is_empty()).then(|| Wide {
        what: format!(
            "Kubernetes grant allows {} in the whole {place}: a kind of this name in whichever group",
            listed(any)
        ),
        accepted: "the group that the kind is of, such as `apps` (`apiGroups`)",
        severity: Severity::Low,
    })
}

/// How bad the wildcard of a grant is, whatever else is said of it.
pub(crate) fn severity(grant: &Grant) -> Option<Severity> {
    let counts =
        platform(grant) == "kubernetes" && gives(grant) && conditions::what(&grant.conditions).is_none();
    counts.then(|| kubernetes(grant)).flatten().map(|wide| wide.severity)
}

/// Whether a wildcard stands for resources or verbs. A kind that is named is one kind, whichever group it is in, and an
/// address of the server, which begins with a slash, holds no resources.
fn is_wild(action: &Text) -> bool {
    const ADDRESS: &str = "kubernetes:/";
    let prefix = action.prefix();
    let behind = prefix.split_once('/').map_or(prefix, |(_, behind)| behind);
    behind.contains('*') && (!prefix.starts_with(ADDRESS) || behind.ends_with(":*"))
}
