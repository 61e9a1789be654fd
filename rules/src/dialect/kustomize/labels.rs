//! Labels and annotations that a kustomization gives everything: they may say who answers for it.

use super::build::Build;
use super::merge::strategic;
use crate::dialect::SourceFile;
use crate::dialect::kubernetes::Built;
use crate::document::{Data, Entry, Node};

/// Lays them over the manifests.
pub(super) fn lay(build: &Build<'_, '_>, file: &SourceFile, root: &Node, built: &mut [Built]) {
    let pairs = root.get("labels").map_or(&[][..], Node::items).iter().filter_map(|item| item.get("pairs"));
    let all = pairs.chain(root.get("commonLabels")).map(|node| ("labels", node));
    for (key, node) in all.chain(root.get("commonAnnotations").map(|node| ("annotations", node))) {
        let node = build.addresses.absolute(file.id, node);
        if node.entries().is_empty() {
            continue;
        }
        for one in built.iter_mut() {
            let over = map(&node, key, node.clone());
            one.node = strategic(&one.node, &map(&node, "metadata", over), "");
        }
    }
}

/// A map of one key, written where `like` is.
fn map(like: &Node, key: &str, value: Node) -> Node {
    let scalar = crate::document::Scalar {
        text: key.into(),
        style: crate::document::Style::Plain,
        map: [(0, like.span.start)].into(),
        end: like.span.start,
    };
    let key = Node::new(like.span, Data::Scalar(scalar));
    Node::new(like.span, Data::Map([Entry { key, value, merged: false }].into()))
}
