//! Which bare policy document is a policy of an organisation (service or resource control): it bounds what the policies of
//! its accounts can give, and gives nothing itself.

use crate::document::Node;

/// What the platform calls the one that every organisation begins with, and the statement in it.
/// Source: <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>.
const BEGINNING: [&str; 2] = ["fullawsaccess", "rcpfullawsaccess"];
/// What folders and files of such policies are called.
const FOLDERS: [&str; 6] =
    ["scp", "scps", "rcp", "rcps", "service-control-policies", "resource-control-policies"];

/// Whether a document says or its path says that an organisation holds it.
pub(super) fn is_organization_policy(policy: &Node, path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace('_', "-");
    let stem = path.trim_end_matches(".json");
    let folder = |part: &str| {
        FOLDERS.contains(&part) || part.strip_suffix("-policies").is_some_and(|p| FOLDERS.contains(&p))
    };
    let file = stem.rsplit('/').next().unwrap_or_default();
    let word = |mark: char| file.split(mark).next_back().is_some_and(|word| FOLDERS.contains(&word));
    let named = |name: &str| BEGINNING.contains(&name.to_ascii_lowercase().as_str());
    let statements = policy.get("Statement").map(Node::one_or_many).unwrap_or_default();
    named(file)
        || word('-')
        || word('.')
        || stem.split('/').rev().skip(1).any(folder)
        || statements.iter().any(|s| s.get("Sid").and_then(Node::text).is_some_and(named))
}
