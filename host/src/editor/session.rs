//! What is open: folders, documents, the tree that each document is of, and what the editor was told about them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::address::{self, Address};
use super::client::Client;
use super::documents::Document;
use super::ground::{Ground, Update};
use super::stale::Good;
use super::tree::OpenTree;
use crate::runtime::Runtime;
use crate::source::{Root, slashes};

/// Where a document stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Home {
    /// Of the tree that it is of.
    pub(super) tree: String,
    /// Its path from the tree's root.
    pub(super) path: String,
}

/// All that is open.
#[derive(Debug)]
pub(super) struct Session<'r> {
    runtime: &'r Runtime,
    pub(super) client: Client,
    /// By their roots, or by the address of a text that is no file.
    pub(super) trees: BTreeMap<String, OpenTree<'r>>,
    pub(super) documents: BTreeMap<String, Document>,
    homes: BTreeMap<String, Home>,
    /// What was said of documents when they could last be read.
    pub(super) good: BTreeMap<String, Good>,
    /// What the editor was sent or told to ask for again, as digests, by address.
    pub(super) told: BTreeMap<String, String>,
    /// What the user has heard.
    heard: BTreeSet<String>,
    /// What the user is still to hear.
    remarks: Vec<String>,
}

impl<'r> Session<'r> {
    pub(super) fn new(runtime: &'r Runtime, mut client: Client) -> Self {
        let remarks = std::mem::take(&mut client.wrong);
        let mut session = Self {
            runtime,
            client,
            trees: BTreeMap::new(),
            documents: BTreeMap::new(),
            homes: BTreeMap::new(),
            good: BTreeMap::new(),
            told: BTreeMap::new(),
            heard: BTreeSet::new(),
            remarks,
        };
        session.open_folders();
        session
    }

    /// The user wants something else.
    pub(super) fn configure(&mut self, said: &serde_json::Value) {
        let before = self.client.options.clone();
        self.remarks.extend(self.client.options.read(said, false));
        if self.client.options != before {
            self.look_at_disk();
        }
    }

    /// Folders that nobody has looked at yet.
    pub(super) fn unseen(&self) -> Vec<String> {
        let unseen = self.trees.values().filter(|tree| tree.is_unseen());
        unseen.map(|tree| tree.root().to_string_lossy().into_owned()).collect()
    }

    /// The trees of the folders that are open.
    fn open_folders(&mut self) {
        for folder in self.client.folders.clone() {
            if let Some(ground) = ground_of_folder(&folder) {
                self.tree(ground);
            }
        }
    }

    /// Other folders are open.
    pub(super) fn folders(&mut self, added: &[PathBuf], removed: &[PathBuf]) {
        self.client.folders.retain(|folder| !removed.contains(folder));
        self.client.folders.extend(added.iter().cloned());
        self.trees.clear();
        self.homes.clear();
        self.open_folders();
        for (uri, document) in self.documents.clone() {
            self.put(&uri, document);
        }
    }

    /// A tree, made if it is not there; with what is to be checked of it besides.
    fn tree(&mut self, ground: Ground) -> String {
        let key = match &ground {
            Ground::Folder { root, .. } => root.path.to_string_lossy().into_owned(),
            Ground::Text { path, .. } => format!("text:{path}"),
        };
        match (self.trees.get_mut(&key), ground) {
            (Some(tree), Ground::Folder { starts: more, .. }) => {
                if let Ground::Folder { starts, .. } = &mut tree.ground {
                    let known = starts.len();
                    starts.extend(more);
                    if starts.len() > known {
                        tree.look_at_disk();
                    }
                }
            }
            (_, ground) => {
                self.trees.insert(key.clone(), OpenTree::of(self.runtime, ground));
            }
        }
        key
    }

    /// A document was opened or changed.
    pub(super) fn put(&mut self, uri: &str, document: Document) {
        let home = match self.homes.get(uri) {
            Some(home) => Some(home.clone()),
            None => self.settle(uri, &document.language),
        };
        if let Some(home) = home
            && let Some(tree) = self.trees.get_mut(&home.tree)
        {
            tree.put(&home.path, Some(&document.text));
        }
        self.documents.insert(uri.to_owned(), document);
    }

    /// A document was closed.
    pub(super) fn close(&mut self, uri: &str) {
        self.documents.remove(uri);
        self.good.remove(uri);
        let Some(home) = self.homes.remove(uri) else { return };
        let is_text =
            self.trees.get(&home.tree).is_some_and(|tree| matches!(tree.ground, Ground::Text { .. }));
        if is_text {
            self.trees.remove(&home.tree);
        } else if let Some(tree) = self.trees.get_mut(&home.tree) {
            tree.put(&home.path, None);
            // A file that was checked only since it was open is not any more.
            if let Ground::Folder { starts, .. } = &mut tree.ground {
                starts.remove(Path::new(&home.path));
                if starts.is_empty() {
                    self.trees.remove(&home.tree);
                }
            }
        }
    }

    /// Finds the tree that a document is of.
    fn settle(&mut self, uri: &str, language: &str) -> Option<Home> {
        let home = match Address::read(uri)? {
            Address::File(path) => {
                let real = real(&path);
                let ground = self.ground_of_file(&real)?;
                let Ground::Folder { root, .. } = &ground else { return None };
                let path = slashes(real.strip_prefix(&root.path).ok()?);
                Home { tree: self.tree(ground), path }
            }
            other => {
                let path = match &other {
                    Address::Elsewhere(path) => {
                        let real = real(path);
                        let root = self.ground_of_file(&real)?;
                        let inner = real.strip_prefix(&root_of(&root).path).ok().map(slashes);
                        (root_of(&root).clone(), inner?)
                    }
                    Address::Untitled(name) => (self.first_root()?, named(name, language)),
                    Address::File(_) => return None,
                };
                let (root, path) = path;
                let tree = OpenTree::of(self.runtime, Ground::Text { root, path: path.clone() });
                self.trees.insert(uri.to_owned(), tree);
                Home { tree: uri.to_owned(), path }
            }
        };
        self.homes.insert(uri.to_owned(), home.clone());
        Some(home)
    }

    /// The tree around a file: that of the folder in which it is open, unless a nearer one has a policy or a repository of
    /// its own. Of a file outside of all folders, nothing but that file is checked.
    fn ground_of_file(&self, file: &Path) -> Option<Ground> {
        let folder = file.ancestors().skip(1).find(|folder| folder.is_dir())?;
        let (near, _) = Root::find(&[folder.to_path_buf()]).ok()?;
        let opened = self.client.folders.iter().filter_map(|folder| folder.canonicalize().ok());
        match opened.filter(|folder| file.starts_with(folder)).max_by_key(|f| f.as_os_str().len()) {
            Some(opened) => {
                let ground = ground_of_folder(&opened)?;
                let inside =
                    near.path != root_of(&ground).path && near.path.starts_with(&root_of(&ground).path);
                match inside && near.is_marked() {
                    true => Some(Ground::Folder { root: near, starts: BTreeSet::from([PathBuf::new()]) }),
                    false => Some(ground),
                }
            }
            None => {
                let start = file.strip_prefix(&near.path).ok()?.to_path_buf();
                Some(Ground::Folder { root: near, starts: BTreeSet::from([start]) })
            }
        }
    }

    fn first_root(&self) -> Option<Root> {
        let folder = self.client.folders.iter().find_map(|folder| ground_of_folder(folder));
        folder.map(|ground| root_of(&ground).clone()).or_else(|| Some(Root::find(&[]).ok()?.0))
    }

    /// Files on disk were made, changed or taken away.
    pub(super) fn disk_changed(&mut self, uris: &[(String, bool)]) {
        for (uri, listed) in uris {
            let Some(Address::File(path)) = Address::read(uri) else { continue };
            if path.components().any(|part| part.as_os_str() == ".git") {
                continue;
            }
            let real = real(&path);
            for tree in self.trees.values_mut() {
                if let Some(inner) = tree.inner(&real) {
                    match listed {
                        true => tree.look_at_disk(),
                        false => tree.changed_on_disk(&inner),
                    }
                }
            }
        }
    }

    /// A document was saved: whatever else was saved with it, and what it means to other files, is looked at.
    pub(super) fn saved(&mut self, uri: &str) {
        let tree = self.homes.get(uri).and_then(|home| self.trees.get_mut(&home.tree));
        tree.into_iter().for_each(OpenTree::look_at_disk);
    }

    /// Whatever is on disk is looked at.
    pub(super) fn look_at_disk(&mut self) {
        self.trees.values_mut().for_each(OpenTree::look_at_disk);
    }

    /// Makes everything that is known true.
    ///
    /// # Errors
    /// The module cannot run at all.
    pub(super) fn update(&mut self) -> Result<Update> {
        // Who asks, and is not told to ask again, is answered once all is known.
        let early = !self.client.pulls || self.client.refreshes;
        if early {
            let mut part = false;
            for tree in self.trees.values_mut().filter(|tree| tree.is_unseen() && tree.is_due()) {
                match tree.update_open(&self.client.options)? {
                    Update::Halted => return Ok(Update::Halted),
                    Update::Part => part = true,
                    Update::Done => {}
                }
            }
            if part {
                return Ok(Update::Part);
            }
        }
        for tree in self.trees.values_mut().filter(|tree| tree.is_due()) {
            if tree.update(&self.client.options)? == Update::Halted {
                return Ok(Update::Halted);
            }
        }
        Ok(Update::Done)
    }

    /// The tree of a document, and the name it has there.
    pub(super) fn home(&self, uri: &str) -> Option<(&OpenTree<'r>, String)> {
        if let Some(home) = self.homes.get(uri) {
            let tree = self.trees.get(&home.tree)?;
            return Some((tree, tree.name(&home.path)));
        }
        // A file that is not open.
        let Some(Address::File(path)) = Address::read(uri) else { return None };
        let real = real(&path);
        let folders = self.trees.values().filter(|tree| matches!(tree.ground, Ground::Folder { .. }));
        let tree = folders
            .filter(|tree| real.starts_with(tree.root()))
            .max_by_key(|t| t.root().as_os_str().len())?;
        Some((tree, tree.name(&tree.inner(&real)?)))
    }

    /// The address of a file of a tree: as the editor writes it, if it is open.
    pub(super) fn uri(&self, tree: &OpenTree<'_>, name: &str) -> String {
        let disk = tree.disk(name);
        let of_tree = |home: &Home| self.trees.get(&home.tree).is_some_and(|t| std::ptr::addr_eq(t, tree));
        let open = self.homes.iter().find(|(_, home)| of_tree(home) && tree.name(&home.path) == name);
        open.map_or_else(|| address::of_file(&disk), |(uri, _)| uri.clone())
    }

    /// What the user has not heard yet.
    pub(super) fn news(&mut self) -> Vec<String> {
        let mut news = std::mem::take(&mut self.remarks);
        for tree in self.trees.values_mut() {
            news.append(&mut tree.remarks);
            // Who has the file open sees them there.
            let unseen = tree.problems.iter().filter(|problem| !tree.is_open(&problem.path));
            news.extend(unseen.map(|problem| tree.placed(problem)));
        }
        news.retain(|line| self.heard.insert(line.clone()));
        news
    }
}

/// The tree of a folder that is open.
fn ground_of_folder(folder: &Path) -> Option<Ground> {
    let (root, scope) = Root::find(&[folder.to_path_buf()]).ok()?;
    Some(Ground::Folder { root, starts: scope.starts.into_iter().collect() })
}

fn root_of(ground: &Ground) -> &Root {
    match ground {
        Ground::Folder { root, .. } | Ground::Text { root, .. } => root,
    }
}

/// A path with every link of its folders resolved; the file itself may be a link, or still to be saved.
fn real(path: &Path) -> PathBuf {
    let mut missing = PathBuf::new();
    let mut at = path;
    while let (Some(folder), Some(name)) = (at.parent(), at.file_name()) {
        missing =
            if missing.as_os_str().is_empty() { PathBuf::from(name) } else { Path::new(name).join(missing) };
        if let Ok(real) = folder.canonicalize() {
            return real.join(missing);
        }
        at = folder;
    }
    path.to_path_buf()
}

/// How files in a language are called, where the name of a text does not say it.
const ENDINGS: [(&str, &str); 9] = [
    ("yaml", ".yml"),
    ("github-actions-workflow", ".yml"),
    ("json", ".json"),
    ("jsonc", ".jsonc"),
    ("terraform", ".tf"),
    ("bicep", ".bicep"),
    ("shellscript", ".sh"),
    ("toml", ".toml"),
    ("dockerfile", ".Dockerfile"),
];

/// The path that a text without a file is checked under.
fn named(name: &str, language: &str) -> String {
    let name: Vec<&str> = name.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")).collect();
    let name = name.last().copied().unwrap_or("Untitled");
    let ending = ENDINGS.iter().find(|(known, _)| *known == language).map_or("", |(_, ending)| *ending);
    match name.contains('.') {
        true => name.to_owned(),
        false => format!("{name}{ending}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_file_is_named_by_what_it_is() {
        assert_eq!(named("Untitled-1", "yaml"), "Untitled-1.yml");
        assert_eq!(named("/home/me/deploy.tf", "terraform"), "deploy.tf");
        assert_eq!(named("../..", "plaintext"), "Untitled");
    }
}
