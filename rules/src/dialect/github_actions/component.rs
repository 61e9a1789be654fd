//! `uses` and images: outside code and how firmly its version is fixed.

use super::tables::ACTIONS;
use crate::dialect::SourceFile;
use crate::dialect::pipeline::component;
use crate::fact::{Component, Pin, Ref};
use crate::span::ByteSpan;

/// What a `uses` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Uses {
    /// `owner/repo[/path]@version`.
    Remote {
        /// Without version.
        name: String,
        /// After the `@`.
        version: Option<String>,
    },
    /// `./path`.
    Local(String),
    /// `docker://image`.
    Image(String),
}

impl Uses {
    /// Reads the text after `uses:`.
    pub(super) fn read(text: &str) -> Self {
        let text = text.trim();
        if let Some(image) = text.strip_prefix("docker://") {
            return Self::Image(image.to_owned());
        }
        if text.starts_with("./") || text.starts_with("../") || text == "." {
            return Self::Local(text.to_owned());
        }
        match text.rsplit_once('@') {
            Some((name, version)) => {
                Self::Remote { name: name.to_owned(), version: Some(version.to_owned()) }
            }
            None => Self::Remote { name: text.to_owned(), version: None },
        }
    }

    /// The name that tables know: `owner/repo[/path]`, without the address of a forge.
    pub(super) fn table_name(&self) -> Option<&str> {
        let Self::Remote { name, .. } = self else { return None };
        Some(address(name).1)
    }

    /// The component where it is written: a comment beside its commit may say which version that is.
    pub(super) fn component_beside(&self, file: &SourceFile, at: ByteSpan, reusable: bool) -> Component {
        let mut component = self.component(reusable);
        if matches!(component.pin, Pin::Digest(_)) && component.released.is_none() {
            component.released = file.comment_beside(at).and_then(component::released).map(str::to_owned);
        }
        component
    }

    /// The component, as an action or as a reusable workflow.
    pub(super) fn component(&self, reusable: bool) -> Component {
        let (ref_kind, kind) = match reusable {
            true => ("reusable-workflow", "reusable workflow"),
            false => ("action", "action"),
        };
        match self {
            Self::Image(image) => component::image(image),
            Self::Local(path) => Component {
                is: Ref::new("github", ref_kind, [], path.clone()),
                kind: kind.to_owned(),
                pin: Pin::Local,
                released: None,
                first_party: true,
            },
            Self::Remote { name, version } => Component {
                is: Ref::new("github", ref_kind, [], name.clone()),
                kind: kind.to_owned(),
                pin: component::pin(version.as_deref()),
                released: None,
                first_party: {
                    let (host, path) = address(name);
                    path.split_once('/').is_some_and(|(owner, _)| ACTIONS.is_first_party(host, owner))
                },
            },
        }
    }
}

/// The host of an address, if it is one, and the path on it.
fn address(name: &str) -> (Option<&str>, &str) {
    let rest = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://"));
    match rest.and_then(|rest| rest.split_once('/')) {
        Some((host, path)) => (Some(host), path),
        None => (None, rest.unwrap_or(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart() {
        let pin = |text: &str| Uses::read(text).component(false).pin;
        assert_eq!(pin("a/b@v4"), Pin::Tag("v4".into()));
        assert_eq!(pin("a/b@main"), Pin::Moving("main".into()));
        assert_eq!(pin("a/b@0123abc"), Pin::Tag("0123abc".into()));
        assert_eq!(pin(&format!("a/b@{}", "A1".repeat(20))), Pin::Digest("a1".repeat(20)));
        assert_eq!(pin("a/b"), Pin::None);
        assert_eq!(pin("./x"), Pin::Local);
    }

    #[test]
    fn owners_of_the_platform_are_first_party() {
        assert!(Uses::read("actions/checkout@v4").component(false).first_party);
        assert!(Uses::read("https://code.forgejo.org/actions/checkout@v4").component(false).first_party);
        assert!(!Uses::read("https://code.example/actions/checkout@v4").component(false).first_party);
        assert!(!Uses::read("aws-actions/amazon-ecr-login@v2").component(false).first_party);
    }
}
