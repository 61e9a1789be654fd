//! Container images: which, and how firmly their version is fixed.

use crate::document::Node;
use crate::fact::{Body, Component, ContextId, Pin, Ref, Text};

use super::super::Lowering;
use super::manifest::Manifest;
use super::tables::WORKLOADS;
use super::template;

/// Tags that name a stream, not a version.
const MOVING: [&str; 9] =
    ["latest", "stable", "edge", "nightly", "main", "master", "dev", "develop", "canary"];

/// An image reference in its parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Image {
    /// Registry and repository, as written.
    pub(super) address: Text,
    /// How firmly its version is fixed.
    pub(super) pin: Pin,
}

impl Image {
    /// Takes an image reference apart: `[registry[:port]/]repository[:tag][@digest]`.
    pub(super) fn parse(written: &str) -> Self {
        let written = written.trim();
        let (rest, digest) = match written.rsplit_once('@') {
            Some((rest, digest)) if digest.contains(':') && !digest.contains('/') => (rest, Some(digest)),
            _ => (written, None),
        };
        // The colon of a tag stands behind the last slash; one before it belongs to the registry's port. A template
        // may hold both signs, so it is looked at as one piece.
        let holes = template::references(rest);
        let outside = |at: &usize| !holes.iter().any(|hole| hole.at.contains(at));
        let last = |sign: char| rest.rmatch_indices(sign).map(|(at, _)| at).find(outside);
        let slash = last('/');
        let colon = last(':').filter(|colon| slash.is_none_or(|slash| *colon > slash));
        let (address, tag) = match colon {
            Some(at) => (rest.get(..at).unwrap_or(rest), rest.get(at + 1..)),
            None => (rest, None),
        };
        let pin = match (digest, tag) {
            (Some(digest), _) => match template::text(digest).known() {
                Some(known) => Pin::Digest(known.to_owned()),
                None => Pin::Tag(template::text(digest)),
            },
            (None, Some(tag)) if MOVING.contains(&tag) => Pin::Moving(Text::literal(tag)),
            (None, Some(tag)) => Pin::Tag(template::text(tag)),
            // A template that stands for the whole reference may bring its tag along.
            (None, None) if template::is_reference(rest) => Pin::Tag(template::text(rest)),
            (None, None) => Pin::None,
        };
        Self { address: template::text(address), pin }
    }

    /// The last part of the repository's name, where known: the program it usually runs.
    pub(super) fn program(&self) -> Option<&str> {
        self.address.known()?.rsplit('/').next()
    }

    fn first_party(&self) -> bool {
        let registry = self.address.prefix().split('/').next().unwrap_or_default();
        WORKLOADS.first_party.iter().any(|row| row.registry == registry)
    }
}

/// Lowers the image of a container or image volume.
pub(super) fn lower(
    manifest: &Manifest<'_>,
    node: &Node,
    within: ContextId,
    out: &mut Lowering<'_>,
) -> Option<Image> {
    let written = node.text().filter(|t| !t.trim().is_empty())?;
    let image = Image::parse(written);
    if let Some(why) = image.address.why() {
        out.unknown(manifest.node_at(node), why.clone());
    }
    if let Pin::Tag(tag) = &image.pin
        && let Some(why) = tag.why()
    {
        out.unknown(manifest.node_at(node), why.clone());
    }
    let component = Component {
        is: Ref::new("oci", "image", [], image.address.clone()),
        kind: "container image".to_owned(),
        pin: image.pin.clone(),
        released: None,
        first_party: image.first_party(),
    };
    out.state(within, manifest.node_at(node), Body::Component(component));
    Some(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(written: &str) -> String {
        let image = Image::parse(written);
        format!("{} {:?}", image.address, image.pin)
    }

    #[test]
    fn an_image_is_taken_apart() {
        assert_eq!(parsed("nginx"), "nginx None");
        assert_eq!(parsed("localhost:5000/a/b"), "localhost:5000/a/b None");
        assert_eq!(parsed("localhost:5000/a:latest"), "localhost:5000/a Moving(Text([Literal(\"latest\")]))");
        assert_eq!(parsed("ghcr.io/a/b:1.2"), "ghcr.io/a/b Tag(Text([Literal(\"1.2\")]))");
        assert_eq!(parsed("a/b:1@sha256:00ff"), "a/b Digest(\"sha256:00ff\")");
        assert!(
            parsed("repo/{{ .Values.image.name }}:{{ .Values.tag | default \"a:b/c\" }}")
                .starts_with("repo/${.Values.image.name} Tag(")
        );
    }
}
