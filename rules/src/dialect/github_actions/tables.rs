//! What hallpass knows of GitHub: `data/github/*.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::fact::Starter;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Permissions {
    #[serde(rename = "source")]
    _source: String,
    pub(super) scopes: BTreeMap<String, Vec<String>>,
    pub(super) everything: Everything,
    pub(super) default: DefaultGrant,
    pub(super) checkout: Checkout,
    pub(super) debug: Debug,
    pub(super) stores: Vec<Stores>,
    pub(super) upload: Upload,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Upload {
    pub(super) action: String,
    pub(super) input: String,
    pub(super) hidden: String,
    pub(super) hidden_before: BTreeSet<String>,
    pub(super) everything: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Where an action stores what an input names.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Store {
    Artifact,
    Cache,
    /// The history of an image; the input holds the values themselves.
    Image,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stores {
    pub(super) action: String,
    pub(super) input: String,
    pub(super) to: Store,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Everything {
    pub(super) written: Vec<String>,
    pub(super) action: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefaultGrant {
    pub(super) action: String,
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checkout {
    pub(super) action: String,
    pub(super) input: String,
    pub(super) default: bool,
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Debug {
    pub(super) variables: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Triggers {
    #[serde(rename = "source")]
    _source: String,
    pub(super) triggers: BTreeMap<String, Trigger>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trigger {
    pub(super) by: Vec<Starter>,
    #[serde(default)]
    pub(super) code: Code,
    #[serde(default)]
    pub(super) subject: Subject,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Code {
    #[default]
    Own,
    Proposed,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Subject {
    #[default]
    Ref,
    PullRequest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outsiders {
    pub(super) proposed: Proposed,
    pub(super) written: TextOfOthers,
    pub(super) script: Vec<ScriptInput>,
    pub(super) command: Vec<Brings>,
    pub(super) conditions: Conditions,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proposed {
    pub(super) contexts: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Contexts with text that outsiders write.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextOfOthers {
    pub(super) contexts: Vec<String>,
    pub(super) harmless: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Inputs of an action that are scripts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptInput {
    pub(super) uses: String,
    pub(super) inputs: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// A command that brings proposed code in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Brings {
    pub(super) usages: Vec<String>,
    #[serde(default)]
    pub(super) holds: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conditions {
    pub(super) own: Vec<String>,
    pub(super) approved: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// Actions that make a token of an app, and inputs that take a secret out of the log's masking.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Steps {
    pub(super) app_token: Vec<AppToken>,
    pub(super) masking: Vec<Masking>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppToken {
    pub(super) uses: String,
    /// The input that names the owner whose repositories it opens.
    pub(super) owner: Option<String>,
    /// The input that names repositories.
    pub(super) repositories: String,
    /// Whether it opens every repository when neither is given; else the workflow's own.
    #[serde(default)]
    pub(super) wide: bool,
    /// The input that says whether it is revoked, and the value with which it is not.
    pub(super) revocation: Option<String>,
    #[serde(default)]
    pub(super) kept: String,
    /// Whether it is revoked when the job ends, if nothing else is said.
    pub(super) revoked: bool,
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Masking {
    pub(super) uses: String,
    pub(super) input: String,
    pub(super) platform: String,
    pub(super) kind: String,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionsFile {
    first_party: FirstParty,
    action: Vec<Action>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstParty {
    owners: BTreeSet<String>,
    hosts: BTreeSet<String>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Action {
    uses: String,
    pub(super) needs: Vec<String>,
    #[serde(default)]
    pub(super) when: Vec<When>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the table's test"))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    pub(super) input: String,
    pub(super) value: String,
    pub(super) needs: Vec<String>,
}

pub(super) struct Actions {
    first_party: FirstParty,
    actions: BTreeMap<String, Action>,
}

impl Actions {
    /// Whether an owner on a forge is the platform itself; without a host it is the forge that runs the pipeline.
    pub(super) fn is_first_party(&self, host: Option<&str>, owner: &str) -> bool {
        let FirstParty { owners, hosts, .. } = &self.first_party;
        owners.contains(&owner.to_ascii_lowercase())
            && host.is_none_or(|host| hosts.contains(&host.to_ascii_lowercase()))
    }

    pub(super) fn action(&self, uses: &str) -> Option<&Action> {
        self.actions.get(&uses.to_ascii_lowercase())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolsFile {
    tool: Vec<Tool>,
}

/// A tool that an action fetches. The columns are described in the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tool {
    uses: String,
    pub(super) tool: String,
    pub(super) input: String,
    pub(super) default: String,
    #[serde(default)]
    pub(super) unless: Vec<String>,
    #[serde(default)]
    pub(super) moving: Vec<String>,
    pub(super) source: String,
}

// The tables are part of the module; the test below holds that they parse. Empty ones would silence rules.
#[allow(clippy::expect_used)]
fn read<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> T {
    crate::table::read(text).expect(name)
}

pub(super) static PERMISSIONS: LazyLock<Permissions> = LazyLock::new(|| {
    read("data/github/permissions.toml parses", include_str!("../../../data/github/permissions.toml"))
});

pub(super) static TRIGGERS: LazyLock<Triggers> = LazyLock::new(|| {
    read("data/github/triggers.toml parses", include_str!("../../../data/github/triggers.toml"))
});

pub(super) static ACTIONS: LazyLock<Actions> = LazyLock::new(|| {
    let file: ActionsFile =
        read("data/github/actions.toml parses", include_str!("../../../data/github/actions.toml"));
    Actions {
        first_party: file.first_party,
        actions: file.action.into_iter().map(|a| (a.uses.clone(), a)).collect(),
    }
});

pub(super) static OUTSIDERS: LazyLock<Outsiders> = LazyLock::new(|| {
    read("data/github/outsiders.toml parses", include_str!("../../../data/github/outsiders.toml"))
});

pub(super) static STEPS: LazyLock<Steps> =
    LazyLock::new(|| read("data/github/steps.toml parses", include_str!("../../../data/github/steps.toml")));

pub(super) static TOOLS: LazyLock<BTreeMap<String, Tool>> = LazyLock::new(|| {
    let file: ToolsFile =
        read("data/github/tools.toml parses", include_str!("../../../data/github/tools.toml"));
    file.tool.into_iter().map(|tool| (tool.uses.clone(), tool)).collect()
});

/// Reads the tables now, so that a snapshot of the module holds them.
pub(super) fn warm() {
    LazyLock::force(&PERMISSIONS);
    LazyLock::force(&TRIGGERS);
    LazyLock::force(&ACTIONS);
    LazyLock::force(&OUTSIDERS);
    LazyLock::force(&STEPS);
    LazyLock::force(&TOOLS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_parse_and_name_known_scopes() {
        warm();
        for tool in TOOLS.values() {
            assert_eq!(tool.uses, tool.uses.to_ascii_lowercase());
            assert!(tool.source.starts_with("https://"), "{} has no source", tool.uses);
        }
        for action in ACTIONS.actions.values() {
            assert_eq!(action.uses, action.uses.to_ascii_lowercase());
            assert!(action.source.starts_with("https://"), "{} has no source", action.uses);
            for need in action.needs.iter().chain(action.when.iter().flat_map(|w| &w.needs)) {
                let known = need.split_once(':').and_then(|(scope, level)| {
                    Some(PERMISSIONS.scopes.get(scope)?.iter().any(|l| l == level))
                });
                assert_eq!(known, Some(true), "{}: {need}", action.uses);
            }
        }
        assert!(TRIGGERS.triggers.contains_key("pull_request_target"));
        for scope in &PERMISSIONS.everything.written {
            assert!(PERMISSIONS.scopes.contains_key(scope), "{scope}");
        }
    }
}
