//! Images that a kustomization replaces: by another name, tag or digest.
//!
//! <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/>.

use super::build::Build;
use crate::dialect::SourceFile;
use crate::dialect::kubernetes::Built;
use crate::document::{Data, Entry, Node, Scalar};

/// The lists of containers, under whichever kind.
const LISTS: [&str; 2] = ["containers", "initContainers"];
/// Deepest place of a list of containers: that of a CronJob is at six.
const MAX_DEPTH: usize = 12;

/// Replaces images in the manifests.
pub(super) fn lay(build: &Build<'_, '_>, file: &SourceFile, root: &Node, built: &mut [Built]) {
    for item in root.get("images").map_or(&[][..], Node::items) {
        let Some(name) = item.get("name").and_then(Node::text) else { continue };
        let item = build.addresses.absolute(file.id, item);
        for one in built.iter_mut() {
            if let Some(node) = replaced(&one.node, name, &item, 0) {
                one.node = node;
            }
        }
    }
}

/// The node with its images replaced; `None` if it has none of that name.
fn replaced(node: &Node, name: &str, item: &Node, depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    let Data::Map(entries) = &node.data else { return None };
    let mut changed = false;
    let mut entries: Vec<Entry> = entries.to_vec();
    for entry in &mut entries {
        let value = if LISTS.contains(&entry.name()) {
            of_list(&entry.value, name, item)
        } else {
            replaced(&entry.value, name, item, depth + 1)
        };
        if let Some(value) = value {
            entry.value = value;
            changed = true;
        }
    }
    changed.then(|| Node { data: Data::Map(entries.into()), ..node.clone() })
}

fn of_list(list: &Node, name: &str, item: &Node) -> Option<Node> {
    let mut items = list.items().to_vec();
    let mut changed = false;
    for container in &mut items {
        let Data::Map(entries) = &container.data else { continue };
        let mut entries: Vec<Entry> = entries.to_vec();
        let Some(entry) = entries.iter_mut().rfind(|entry| entry.name() == "image") else { continue };
        let Some(value) = image(&entry.value, name, item) else { continue };
        entry.value = value;
        container.data = Data::Map(entries.into());
        changed = true;
    }
    changed.then(|| Node { data: Data::List(items.into()), ..list.clone() })
}

/// The image that a container runs then, told where its version is written.
fn image(written: &Node, name: &str, item: &Node) -> Option<Node> {
    let text = written.text()?;
    let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let colon = rest.get(slash..)?.find(':').map(|at| slash + at);
    let (repository, tag) = colon.map_or((rest, None), |at| (&rest[..at], rest.get(at + 1..)));
    if repository != name {
        return None;
    }
    let get = |key: &str| item.get(key).filter(|node| node.written().is_some_and(|text| !text.is_empty()));
    let (new_name, new_tag, new_digest) = (get("newName"), get("newTag"), get("digest"));
    let version = match (new_digest, new_tag) {
        (Some(digest), _) => format!("@{}", digest.written()?),
        (None, Some(tag)) => format!(":{}", tag.written()?),
        (None, None) => match (digest, tag) {
            (Some(digest), _) => format!("@{digest}"),
            (None, Some(tag)) => format!(":{tag}"),
            (None, None) => String::new(),
        },
    };
    let new = new_name.and_then(Node::written).unwrap_or(repository);
    let at = new_digest.or(new_tag).or(new_name)?.span;
    let scalar = Scalar {
        text: format!("{new}{version}").into(),
        style: crate::document::Style::Plain,
        map: [(0, at.start)].into(),
        end: at.end,
    };
    Some(Node::new(at, Data::Scalar(scalar)))
}
