//! Which patches a kustomization lays over which manifests.

use super::build::Build;
use super::merge::{operation, strategic};
use super::place::nested;
use super::target::{Fit, Target};
use crate::dialect::kubernetes::Built;
use crate::dialect::{Lowering, SourceFile, resolve};
use crate::document::{Node, yaml};
use crate::fact::Why;
use crate::span::Source;

/// Most operations of patches on the manifests of one unit: each copies what it is laid over.
const MAX_OPERATIONS: usize = 20_000;

/// A patch, its parts with addresses for places.
struct Patch<'d> {
    parts: Vec<Node>,
    target: Option<&'d Node>,
    at: Source,
}

/// Lays the patches of a kustomization over its manifests, in order.
pub(super) fn lay(
    build: &mut Build<'_, '_>,
    file: &SourceFile,
    root: &Node,
    built: &mut Vec<Built>,
    out: &mut Lowering<'_>,
) {
    let items = |key: &str| root.get(key).map_or(&[][..], Node::items).iter();
    let plain = items("patchesStrategicMerge").map(|item| (item, None, true));
    let named = items("patches").chain(items("patchesJson6902")).filter_map(|item| {
        let (node, is_path) = match (item.get("path"), item.get("patch")) {
            (Some(path), _) => (path, true),
            (None, patch) => (patch?, false),
        };
        Some((node, item.get("target"), is_path))
    });
    let all: Vec<_> = plain.chain(named).collect();
    for (node, target, is_path) in all {
        let at = Source::new(file.id, node.span);
        let Some(parts) = parts(build, file, node, is_path, out) else { continue };
        let patch = Patch { parts, target, at };
        apply(build, &patch, built, out);
    }
}

/// The documents of a patch: those of a file, or those written in place.
fn parts(
    build: &Build<'_, '_>,
    file: &SourceFile,
    node: &Node,
    is_path: bool,
    out: &mut Lowering<'_>,
) -> Option<Vec<Node>> {
    if let Some(text) = node.text().filter(|text| is_path && !text.contains('\n')) {
        let part = resolve(file.folder(), text).and_then(|path| build.unit.file(&path));
        let Some(part) = part else {
            out.unknown(Source::new(file.id, node.span), Why::NotInTree(text.to_owned()));
            return None;
        };
        let nodes = part.document.nodes().iter();
        return Some(nodes.map(|node| build.addresses.absolute(part.id, node)).collect());
    }
    let Some(scalar) = node.scalar() else {
        return Some(vec![build.addresses.absolute(file.id, node)]);
    };
    let document = yaml::read(&scalar.text);
    if let Some(broken) = document.breaks.first() {
        out.unknown(Source::new(file.id, node.span), Why::Unsupported(format!("a patch: {}", broken.why)));
    }
    let nodes = document.nodes().iter().map(|node| nested(scalar, node));
    Some(nodes.map(|node| build.addresses.absolute(file.id, &node)).collect())
}

fn apply(build: &mut Build<'_, '_>, patch: &Patch<'_>, built: &mut Vec<Built>, out: &mut Lowering<'_>) {
    for part in patch.parts.iter().filter(|part| !part.is_null()) {
        let operations = part.items();
        let target = match patch.target {
            Some(target) => Target::of(target),
            None => Target::itself(part),
        };
        let mut any = false;
        let mut deleted = Vec::new();
        for (index, one) in built.iter_mut().enumerate() {
            match target.fits(&one.node) {
                Fit::No => continue,
                Fit::Perhaps => {
                    any = true;
                    out.unknown(patch.at, Why::Unsupported("what this patch is laid over".to_owned()));
                    continue;
                }
                Fit::Yes => any = true,
            }
            build.operations += operations.len().max(1);
            if build.operations > MAX_OPERATIONS {
                let why = Why::Limit(format!("{MAX_OPERATIONS} operations of patches"));
                return out.unknown(patch.at, why);
            }
            if operations.is_empty() {
                if part.get("$patch").and_then(Node::text) == Some("delete") {
                    deleted.push(index);
                } else {
                    one.node = strategic(&one.node, part, "");
                }
                continue;
            }
            for step in operations {
                match operation(&one.node, step) {
                    Some(node) => one.node = node,
                    None => {
                        let why = "an operation of a patch (its path is not there, or its kind is not read)";
                        out.unknown(patch.at, Why::Unsupported(why.to_owned()));
                    }
                }
            }
        }
        for index in deleted.into_iter().rev() {
            built.remove(index);
        }
        if !any {
            out.unknown(patch.at, Why::NotInTree("what this patch is laid over".to_owned()));
        }
    }
}
