//! `include`: where a configuration takes other files from.

use super::tables::TABLE;
use crate::dialect::pipeline::component;
use crate::dialect::{Ask, resolve};
use crate::document::Node;
use crate::fact::{Component, Pin, Ref, Text};
use crate::span::ByteSpan;

/// One file, or one pattern of files, that is included.
#[derive(Clone, Debug)]
pub(super) struct Include<'n> {
    pub(super) from: From<'n>,
    /// Where it is written.
    pub(super) at: ByteSpan,
    /// What the included file is given.
    pub(super) inputs: Option<&'n Node>,
}

/// Where a file is taken from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum From<'n> {
    /// This repository: a path or pattern from its root.
    Local(&'n str),
    /// Somebody's code: its component, as its version is fixed.
    Outside(Component),
    /// A job of this pipeline makes it.
    Artifact,
    /// Something hallpass does not know.
    Unknown,
}

/// Everything that an `include` names.
pub(super) fn all(node: &Node) -> Vec<Include<'_>> {
    node.one_or_many().iter().flat_map(one).collect()
}

fn one<'n>(node: &'n Node) -> Vec<Include<'n>> {
    let inputs = node.get("inputs");
    let include = |from: From<'n>, at: ByteSpan| vec![Include { from, at, inputs }];
    if let Some(text) = node.text() {
        return match is_address(text) {
            true => include(From::Outside(remote(text, None)), node.span),
            false => include(From::Local(text), node.span),
        };
    }
    if let Some(local) = node.get("local") {
        let paths = local.one_or_many().iter();
        return paths
            .filter_map(|path| Some(Include { from: From::Local(path.text()?), at: path.span, inputs }))
            .collect();
    }
    if let Some((url, at)) = node.get("remote").and_then(|n| Some((n.text()?, n.span))) {
        return include(From::Outside(remote(url, node.get("integrity").and_then(Node::text))), at);
    }
    if let Some(project) = node.get("project").and_then(Node::text) {
        let version = node.get("ref");
        let at = version.or(node.get("project")).map_or(node.span, |n| n.span);
        return include(From::Outside(of_project(project, version.and_then(Node::written))), at);
    }
    if let Some((name, at)) = node.get("component").and_then(|n| Some((n.text()?, n.span))) {
        return include(From::Outside(of_component(name)), at);
    }
    if let Some((name, at)) = node.get("template").and_then(|n| Some((n.text()?, n.span))) {
        let is = Ref::new("gitlab", "template", [], name);
        let template =
            Component { is, kind: "template".to_owned(), pin: Pin::None, released: None, first_party: true };
        return include(From::Outside(template), at);
    }
    match node.get("artifact") {
        Some(artifact) => include(From::Artifact, artifact.span),
        None => include(From::Unknown, node.span),
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// A file of the internet. What fixes it is its digest, or a commit in its address.
fn remote(url: &str, integrity: Option<&str>) -> Component {
    let commit = || url.split(['/', '?', '=', '&']).find(|part| component::is_commit(part));
    let pin = match integrity.or_else(commit) {
        Some(digest) => Pin::Digest(digest.to_owned()),
        None => Pin::None,
    };
    let name = url.split(['?', '#']).next().unwrap_or(url);
    // A name and password in an address are no part of the name.
    let name = match name.split_once("://").and_then(|(_, rest)| rest.split_once('@')) {
        Some((user, rest)) if !user.contains('/') => rest,
        _ => name.split_once("://").map_or(name, |(_, rest)| rest),
    };
    let is = Ref::new("gitlab", "include", [], name);
    Component { is, kind: "remote include".to_owned(), pin, released: None, first_party: false }
}

/// Files of another project.
fn of_project(project: &str, version: Option<&str>) -> Component {
    let is = Ref::new("gitlab", "include", [], text(project.trim_matches('/')));
    let pin = match version {
        Some(version) if version.contains('$') => Pin::Tag(text(version)),
        version => component::pin(version),
    };
    let first_party = is_first_party(project);
    Component { is, kind: "project include".to_owned(), pin, released: None, first_party }
}

/// `host/group/project/name@version`.
pub(super) fn of_component(written: &str) -> Component {
    let (name, version) = match written.rsplit_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (written, None),
    };
    let (host, path) = name.split_once('/').unwrap_or(("", name));
    let is = Ref::new("gitlab", "component", [], text(name));
    let own = path.starts_with("$CI_PROJECT_PATH/") && version == Some("$CI_COMMIT_SHA");
    let pin = match version {
        _ if own => Pin::Local,
        Some("~latest") => Pin::Moving(Text::literal("~latest")),
        Some(version) if version.contains('$') => Pin::Tag(text(version)),
        version => component::pin(version),
    };
    let of_platform = matches!(host, "gitlab.com" | "$CI_SERVER_FQDN" | "$CI_SERVER_HOST");
    let first_party = of_platform && is_first_party(path);
    Component { is, kind: "component".to_owned(), pin, released: None, first_party }
}

fn is_first_party(path: &str) -> bool {
    let path = path.replace(['{', '}'], "");
    TABLE.first_party.includes.iter().any(|prefix| path.starts_with(prefix.as_str()))
}

/// A text with holes for its variables.
pub(super) fn text(written: &str) -> Text {
    super::scope::pieces(written).into_iter().fold(Text::default(), |mut text, piece| {
        match piece {
            super::scope::Piece::Literal(literal) => text.push(literal),
            super::scope::Piece::Variable(name) | super::scope::Piece::Input(name) => {
                text.push_hole(crate::fact::Why::Variable(name.to_owned()));
            }
        }
        text
    })
}

/// What must be read for a local include. A pattern with `**` names more folders than can be asked for.
pub(super) fn ask(root: &str, path: &str) -> Option<Ask> {
    if path.contains('$') || path.contains("**") {
        return None;
    }
    let path = resolve(root, path)?;
    match path.rsplit_once('/').unwrap_or(("", &path)) {
        (folder, name) if name.contains('*') && !folder.contains('*') => {
            let suffix = name.rsplit_once('*').map_or(name, |(_, suffix)| suffix);
            Some(Ask::Directory { path: folder.to_owned(), suffixes: vec![suffix.to_owned()] })
        }
        _ if path.contains('*') => None,
        _ => Some(Ask::File(path)),
    }
}

/// Whether a path is one that an include names, with `*` for any part of one name.
pub(super) fn names(pattern: &str, path: &str) -> bool {
    let Some((before, behind)) = pattern.split_once('*') else { return pattern == path };
    let inner = path.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
    inner.is_some_and(|inner| !inner.contains('/'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn versions_of_includes() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(remote("https://a.example/b.yml", None).pin, Pin::None);
        assert_eq!(
            remote(&format!("https://a.example/-/raw/{commit}/b.yml"), None).pin,
            Pin::Digest(commit.into())
        );
        assert_eq!(remote("https://u:p@a.example/b.yml?x=1", None).is.name.to_string(), "a.example/b.yml");
        assert_eq!(of_project("g/p", None).pin, Pin::None);
        assert_eq!(of_project("g/p", Some("main")).pin, Pin::Moving("main".into()));
        assert!(of_project("$CI_PROJECT_NAMESPACE/p", None).first_party);
        assert_eq!(of_component("gitlab.example/g/p/c@1.2").pin, Pin::Tag("1.2".into()));
        assert_eq!(of_component("gitlab.example/g/p/c@~latest").pin, Pin::Moving("~latest".into()));
        assert!(of_component("$CI_SERVER_FQDN/components/sast/sast@2").first_party);
        assert!(!of_component("gitlab.com/some/sast/sast@2").first_party);
        assert_eq!(of_component("$CI_SERVER_FQDN/$CI_PROJECT_PATH/c@$CI_COMMIT_SHA").pin, Pin::Local);
    }

    #[test]
    fn local_paths_are_asked_for() {
        assert_eq!(ask("a", "/ci/b.yml"), Some(Ask::File("a/ci/b.yml".to_owned())));
        let folder = Ask::Directory { path: "ci".to_owned(), suffixes: vec![".yml".to_owned()] };
        assert_eq!(ask("", "ci/*.yml"), Some(folder));
        assert_eq!(ask("", "ci/**.yml"), None);
        assert_eq!(ask("", "../x.yml"), None);
        assert!(
            names("ci/*.yml", "ci/a.yml")
                && !names("ci/*.yml", "ci/b/a.yml")
                && !names("ci/a.yml", "ci/b.yml")
        );
    }
}
