//! `import`: pipelines of a file of the tree, or of another repository of the workspace.

use super::Walk;
use crate::dialect::pipeline::component;
use crate::dialect::{SourceFile, resolve};
use crate::document::Node;
use crate::fact::{Body, Component, ContextId, ContextKind, Ref, Why};

/// Where an import takes its pipeline from.
#[derive(Debug, PartialEq, Eq)]
enum From<'t> {
    /// A file of this repository.
    File(&'t str),
    /// Another repository: its name, and a branch, tag or commit.
    Repository(&'t str, &'t str),
}

/// A source: the path of a file, or `repository:reference`, with or without a file behind it.
fn source(written: &str) -> From<'_> {
    let mut parts = written.splitn(3, ':');
    match (parts.next(), parts.next()) {
        (Some(repository), Some(reference)) => From::Repository(repository, reference),
        _ => From::File(written),
    }
}

/// What an import names: `pipeline@source` with a source that the file declares, or `repository:reference:pipeline`.
fn from<'n>(root: &'n Node, import: &'n str) -> Option<From<'n>> {
    match import.rsplit_once('@') {
        Some((_, name)) => root.path(&["definitions", "imports"])?.get(name)?.text().map(source),
        None => Some(source(import)).filter(|from| matches!(from, From::Repository(..))),
    }
}

/// The files of the tree that a file takes pipelines from.
pub(super) fn paths(file: &SourceFile, root: &Node) -> Vec<String> {
    let sources = root.path(&["definitions", "imports"]).map(Node::entries).unwrap_or_default();
    let files = sources.iter().filter_map(|entry| match source(entry.value.text()?) {
        From::File(path) => resolve(file.folder(), path),
        From::Repository(..) => None,
    });
    files.collect()
}

impl<'u> Walk<'_, 'u> {
    /// A pipeline that stands elsewhere. One of the tree is read as a file of its own.
    pub(super) fn import(&mut self, within: ContextId, node: &'u Node) {
        let at = self.source(node.span);
        let found = node.text().and_then(|text| from(self.root, text));
        match found {
            None => self.out.unknown(at, Why::Unsupported("this import".to_owned())),
            Some(From::File(path)) => {
                let known =
                    resolve(self.file.folder(), path).is_some_and(|path| self.out.unit.file(&path).is_some());
                if !known {
                    self.out.unknown(at, Why::NotInTree(path.to_owned()));
                }
            }
            Some(From::Repository(repository, reference)) => {
                self.out.unknown(at, Why::NotInTree(repository.to_owned()));
                let component = Component {
                    is: Ref::new("bitbucket", "pipeline", [], repository),
                    kind: "shared-pipeline".to_owned(),
                    pin: component::pin(Some(reference)),
                    // Only repositories of the same workspace can be named.
                    released: None,
                    first_party: true,
                };
                let own = self.out.context(within, ContextKind::Step, "import", at);
                self.out.state(own, at, Body::Component(component));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_files_or_repositories() {
        assert_eq!(source(".bitbucket/shared-pipelines.yml"), From::File(".bitbucket/shared-pipelines.yml"));
        assert_eq!(source("shared:main"), From::Repository("shared", "main"));
        assert_eq!(source("shared:v1:build.yml"), From::Repository("shared", "v1"));
    }
}
