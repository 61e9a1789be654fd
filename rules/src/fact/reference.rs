//! How facts of different files name the same thing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{Piece, Sameness, Text};
use super::value::Why;

/// An entity's name across files. A dialect only ever *writes* references; rules compare them.
///
/// Conventions (scope from outermost to innermost; an unknown part is a hole, a part that does not apply is left out):
///
/// | platform/kind | scope | name |
/// |---|---|---|
/// | `aws/role`, `aws/user`, `aws/policy` | `[account]` | name |
/// | `aws/oidc-provider` | `[account]` | issuer host, e.g. `token.actions.githubusercontent.com` |
/// | `kubernetes/ServiceAccount`, `…/Role`, `…/Secret`, `…/Pod` and other namespaced kinds | `[namespace]` | name |
/// | `kubernetes/ClusterRole` | `[]` | name |
/// | `github/secret` | `[repository or hole, environment or hole]` | NAME |
/// | `github/job` | `[workflow path]` | job id |
/// | `github/action`, `github/reusable-workflow` | `[]` | `owner/repo[/path]` |
/// | `azure-devops/job` | `[pipeline path]` | `stage.job` |
/// | `azure-devops/secret`, `…/variable-group`, `…/service-connection`, `…/environment` | `[project or hole]` | name |
/// | `azure-devops/service-endpoint`: what is kept for a service connection | `[project or hole]` | name |
/// | `azure-devops/task`, `azure-devops/template`, `azure-devops/agent-pool` | `[]` | name, path |
/// | `gitlab/variable` | `[project or hole, environment or hole]` | NAME |
/// | `gitlab/job`, `gitlab/id-token` | `[pipeline path]`, for a token `[pipeline path, job]` | job name, NAME |
/// | `gitlab/include`, `gitlab/component`, `gitlab/template` | `[]` | project or address, without version |
/// | `circleci/variable` | `[project or hole, context or hole]` | NAME; `*` for all of a context |
/// | `circleci/context`, `circleci/ssh-key` | `[organization or project, a hole]` | name, fingerprint |
/// | `circleci/job`, `circleci/id-token` | `[configuration path]`, for a token `[configuration path, job]` | job name, NAME |
/// | `circleci/orb` | `[]` | `namespace/orb`, without version |
/// | `bitbucket/variable`, `bitbucket/environment` | `[repository or hole, deployment or hole]` | NAME, name |
/// | `bitbucket/job`, `bitbucket/id-token` | `[pipeline path]`, for a token `[pipeline path, step]` | `start/step`, NAME |
/// | `bitbucket/pipe`, `bitbucket/pipeline` | `[]` | `owner/pipe`, repository |
/// | `<platform>/minted-credential`, `<platform>/publisher` | `[pipeline path, job]` | the command |
/// | `web/script` | `[]` | address without query |
/// | `gcp/service-account` | `[project]` | account id |
/// | `oci/image`, `terraform/module`, `terraform/provider` | `[]` | address without version |
/// | `terraform/variable` | `[directory]` | `var.name` |
/// | `file/path` | `[]` | path pattern |
/// | `npm/package`, `pypi/package` and those of other registries | `[]` | name |
/// | `people/owner` | `[]` | `@org/team`, mail address |
/// | `docker/user` and other logins by name | `[]` | the name that is given |
/// | `github/app-token` | `[pipeline path, job]` | step |
/// | `host/privileged`, `host/socket`, `host/daemon`, `host/namespace`, `host/network`, `host/folder` | `[]` | the option, path or image |
/// | `agent/tool`, `agent/server` | `[]` | the agent, its server |
/// | `github/app`, `slack/app`, `azure/application`, `oidc/client` | `[]` | the name in its manifest, or the file |
/// | `ansible/role`, `ansible/collection` | `[]` | name or address, without version |
/// | `check/scanner` | `[]` | its name |
/// | `kubernetes/target` and other `…/target`: what a deploy changes | `[]` | what names it, or a hole |
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Ref {
    /// The platform that gives the name its meaning: `aws`, `kubernetes`, `github`, `gitlab`, `azure-devops`, `gcp`,
    /// `azure`, `oci`, `terraform`, `file`, `people`.
    pub platform: String,
    /// What it names, in the platform's own word: `role`, `ServiceAccount`, `secret`.
    pub kind: String,
    /// Where the name is unique, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<Text>,
    /// The name.
    pub name: Text,
}

impl Ref {
    /// A reference from its parts.
    pub fn new(
        platform: impl Into<String>,
        kind: impl Into<String>,
        scope: impl IntoIterator<Item = Text>,
        name: impl Into<Text>,
    ) -> Self {
        Self {
            platform: platform.into(),
            kind: kind.into(),
            scope: scope.into_iter().collect(),
            name: name.into(),
        }
    }

    /// Whether two references name the same thing. A scope that one side leaves out is `May`, as is any hole.
    #[must_use]
    pub fn sameness(&self, other: &Self) -> Sameness {
        if self.platform != other.platform || self.kind != other.kind {
            return Sameness::No;
        }
        let mut answer = match self.name.sameness(&other.name) {
            Sameness::No => return Sameness::No,
            other => other,
        };
        let longest = self.scope.len().max(other.scope.len());
        for index in 0..longest {
            match (self.scope.get(index), other.scope.get(index)) {
                (Some(a), Some(b)) => match a.sameness(b) {
                    Sameness::No => return Sameness::No,
                    Sameness::May(why) => answer = Sameness::May(why),
                    Sameness::Same => {}
                },
                _ => answer = Sameness::May(Why::Unsupported("a name without its scope".to_owned())),
            }
        }
        answer
    }

    /// The id of a registry row for it: `*` where the files do not say what stands there.
    #[must_use]
    pub fn pattern(&self) -> String {
        let mut pattern = format!("{}/{}", self.platform, self.kind);
        for text in self.scope.iter().chain([&self.name]) {
            pattern.push('/');
            for piece in &text.0 {
                pattern.push_str(match piece {
                    Piece::Literal(known) => known,
                    Piece::Hole(_) => "*",
                });
            }
        }
        pattern
    }

    /// Whether the two surely or perhaps name the same thing.
    #[must_use]
    pub fn may_be(&self, other: &Self) -> bool {
        !matches!(self.sameness(other), Sameness::No)
    }
}

/// Names first: most of a tree's are of few kinds, and what is filed by them is found by what differs.
impl Ord for Ref {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.name, &self.kind, &self.platform, &self.scope).cmp(&(
            &other.name,
            &other.kind,
            &other.platform,
            &other.scope,
        ))
    }
}

impl PartialOrd for Ref {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Ref {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.platform, self.kind)?;
        for part in &self.scope {
            write!(f, "/{part}")?;
        }
        write!(f, "/{}", self.name)
    }
}
