//! Outside code: tasks, and templates of other repositories.

use super::scope::Scope;
use super::{Walk, branches, tables};
use crate::dialect::pipeline::component::pin;
use crate::document::Node;
use crate::fact::{Body, Component, Pin, Ref, Text, Why};
use crate::span::Source;

/// Another repository that the file names, for its templates.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    /// `git`, `github`, `githubenterprise`, `bitbucket`.
    kind: String,
    name: Text,
    version: Option<String>,
    /// Where its version is stated; without one, where it is named.
    pub(super) at: Source,
    /// Whether it is reached with a connection: then it belongs to another organisation.
    elsewhere: bool,
}

/// A container that the file names, for its jobs.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) node: Node,
    /// Whether a job uses it.
    pub(super) used: bool,
}

/// The name and version of `Name@Version`.
pub(super) fn task_name(text: &str) -> (&str, Option<&str>) {
    match text.trim().rsplit_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (text.trim(), None),
    }
}

/// A task. A full version of one (`1.2.3`) cannot be published anew; a shorter one is whatever its publisher ships next.
/// Source: <https://learn.microsoft.com/azure/devops/pipelines/process/tasks#task-versions>.
pub(super) fn task(text: &str) -> Component {
    let (name, version) = task_name(text);
    let numbers = |v: &str| v.split('.').filter(|n| n.parse::<u32>().is_ok()).count();
    let pin = match version {
        None | Some("") => Pin::None,
        Some(full) if numbers(full) == 3 && full.split('.').count() == 3 => Pin::Digest(full.to_owned()),
        Some(version) => Pin::Tag(version.into()),
    };
    Component {
        is: Ref::new("azure-devops", "task", [], name),
        kind: "task".to_owned(),
        pin,
        released: None,
        first_party: tables::task(name).built_in,
    }
}

/// A template of this tree.
pub(super) fn local_template(path: &str) -> Component {
    Component {
        is: Ref::new("azure-devops", "template", [], path),
        kind: "template".to_owned(),
        pin: Pin::Local,
        released: None,
        first_party: true,
    }
}

impl Repository {
    /// A template of this repository.
    pub(super) fn template(&self, path: &str) -> Component {
        let platform = match self.kind.as_str() {
            "github" | "githubenterprise" => "github",
            "bitbucket" => "bitbucket",
            _ => "azure-devops",
        };
        let mut name = self.name.clone();
        name.push(&format!("/{}", path.trim_start_matches('/')));
        // The default branch holds when nothing is said.
        let version = self.version.as_deref().map(|v| v.strip_prefix("refs/tags/").unwrap_or(v));
        let moving = self.version.as_deref().and_then(|v| v.strip_prefix("refs/heads/"));
        Component {
            is: Ref::new(platform, "template", [], name),
            kind: "template".to_owned(),
            pin: match moving {
                Some(branch) => Pin::Moving(branch.into()),
                None => pin(version),
            },
            released: None,
            first_party: platform == "azure-devops" && !self.elsewhere,
        }
    }
}

impl Walk<'_, '_> {
    /// Reads the repositories and containers that the file names, and states the connections they are reached with.
    pub(super) fn resources(&mut self, scope: &Scope, root: &Node) {
        let Some(resources) = root.get("resources") else { return };
        // Nothing else happens in the file's own context: a login there is no step's.
        let file = self.out.file_context(self.file.id);
        for (node, _) in branches::first(resources, "repositories").map(branches::items).unwrap_or_default() {
            let Some(alias) = node.get("repository").and_then(Node::text) else { continue };
            let text = |key: &str| branches::first(node, key).map(|n| scope.resolve(n));
            let name = text("name")
                .and_then(|d| d.text())
                .unwrap_or_else(|| Text::hole(Why::Variable("repository".to_owned())));
            let version = text("ref");
            let stated =
                branches::first(node, "ref").or_else(|| branches::first(node, "name")).unwrap_or(node);
            let at = self.source(stated.span);
            let unknown = version.as_ref().filter(|d| d.known().is_none());
            if let Some(datum) = unknown {
                let why = Why::Unsupported("the version of a repository".to_owned());
                let why = datum.text().and_then(|t| t.why().cloned()).unwrap_or(why);
                self.unknown(datum.at, why);
            }
            let endpoint = branches::first(node, "endpoint");
            let kind = text("type").and_then(|d| d.known().map(str::to_ascii_lowercase));
            let repository = Repository {
                kind: kind.unwrap_or_else(|| "git".to_owned()),
                name,
                version: version.as_ref().and_then(|d| d.known()).map(ToOwned::to_owned),
                at,
                elsewhere: endpoint.is_some(),
            };
            self.repositories.insert(alias.to_owned(), repository);
            if let Some(endpoint) = endpoint {
                self.connection(file, None, scope, endpoint, "git", "repository");
            }
        }
        for (node, _) in branches::first(resources, "containers").map(branches::items).unwrap_or_default() {
            let Some(alias) = node.get("container").and_then(Node::text) else { continue };
            let container = Container { node: node.clone(), used: false };
            self.containers.insert(alias.to_owned(), container);
        }
    }

    /// States the component that a use of a template is.
    pub(super) fn template_component(&mut self, text: &str, node: &Node) -> Option<Component> {
        let (path, alias) = super::template::parts(text);
        match alias {
            None => Some(local_template(path)),
            Some(alias) => match self.repositories.get(alias) {
                Some(repository) => Some(repository.template(path)),
                None => {
                    self.unknown(self.source(node.span), Why::NotInTree(text.to_owned()));
                    None
                }
            },
        }
    }

    /// States an image, each that it may be.
    pub(super) fn image(&mut self, within: crate::fact::ContextId, scope: &Scope, node: &Node) {
        let datum = scope.resolve(node);
        for (found, case, lesser) in datum.alternatives() {
            let text = found.text().unwrap_or_default();
            if text.known() == Some("") {
                continue;
            }
            if let [crate::fact::Piece::Hole(why)] = text.0.as_slice() {
                self.unknown(found.at, why.clone());
                continue;
            }
            let body = Body::Component(crate::dialect::pipeline::component::image_of(&text));
            let at = crate::dialect::pipeline::value::place(self.out, found);
            if let Some(id) = self.state(within, at, crate::fact::Origin::Stated, body)
                && let Some(fact) = self.out.fact_mut(id)
            {
                fact.when = case;
                fact.lesser = lesser;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_version_of_a_task_is_firm() {
        assert_eq!(task("AzureCLI@2").pin, Pin::Tag("2".into()));
        assert_eq!(task("Acme@1.2.3").pin, Pin::Digest("1.2.3".to_owned()));
        assert_eq!(task("Acme").pin, Pin::None);
        assert!(task("AzureCLI@2").first_party && !task("acme.tools.Acme@1").first_party);
    }
}
