//! The files and folders that a kustomization names.

use super::FILES;
use crate::dialect::{SourceFile, resolve};
use crate::document::Node;

/// What a kustomization does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Its manifests, or the kustomization of a folder.
    Resource,
    /// The component of a folder.
    Component,
    /// A patch.
    Patch,
    /// What a generator makes values of.
    Values,
}

/// A path in a kustomization.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'d> {
    pub(super) what: Use,
    pub(super) node: &'d Node,
    pub(super) path: &'d str,
}

impl<'d> Named<'d> {
    /// Every path that a kustomization names.
    pub(super) fn all(_file: &'d SourceFile, root: &'d Node) -> impl Iterator<Item = Self> {
        let lists = [
            ("resources", Use::Resource),
            ("bases", Use::Resource),
            ("components", Use::Component),
            ("patchesStrategicMerge", Use::Patch),
        ];
        let plain = lists.into_iter().flat_map(move |(key, what)| {
            let items = root.get(key).map_or(&[][..], Node::items);
            items.iter().map(move |node| (what, node))
        });
        let patches = ["patches", "patchesJson6902"].into_iter().flat_map(move |key| {
            let items = root.get(key).map_or(&[][..], Node::items);
            items.iter().filter_map(|item| Some((Use::Patch, item.get("path")?)))
        });
        let generators = ["secretGenerator", "configMapGenerator"].into_iter().flat_map(move |key| {
            let items = root.get(key).map_or(&[][..], Node::items);
            items.iter().flat_map(|item| {
                let lists = ["envs", "files", "env"].into_iter().filter_map(|key| item.get(key));
                lists.flat_map(Node::one_or_many).map(|node| (Use::Values, node))
            })
        });
        plain.chain(patches).chain(generators).filter_map(|(what, node)| {
            let text = node.text()?;
            let path = match what {
                // `key=path` gives the value a name of its own.
                Use::Values => text.split_once('=').map_or(text, |(_, path)| path),
                _ => text,
            };
            (!path.is_empty() && !path.contains('\n')).then_some(Self { what, node, path })
        })
    }

    /// Whether the file says something only together with the kustomization.
    pub(super) fn is_part(&self) -> bool {
        self.what != Use::Values
    }

    /// The files of the tree that the path may stand for, from the root.
    pub(super) fn paths(&self, folder: &str) -> Vec<String> {
        if self.path.contains("://") {
            return Vec::new();
        }
        let Some(path) = resolve(folder, self.path) else { return Vec::new() };
        let is_file = self
            .path
            .rsplit('/')
            .next()
            .is_some_and(|name| [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending)));
        match self.what {
            Use::Resource | Use::Component if !is_file => {
                let join =
                    |name: &&str| if path.is_empty() { (*name).to_owned() } else { format!("{path}/{name}") };
                FILES.iter().map(join).collect()
            }
            _ => vec![path],
        }
    }
}
