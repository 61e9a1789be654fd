//! What a commit changed: files whose content none of its parents has at that path.

use std::cmp::Ordering;
use std::rc::Rc;

use gix_hash::ObjectId;
use gix_object::{Kind, TreeRefIter};

use super::repository::{Objects, Unread};

/// Most files and folders looked at in one commit. The first commit of the largest repositories has half of that; a few
/// objects that hold each other many times over can stand for billions.
const MOST_ENTRIES: usize = 1_000_000;

/// A file as a commit left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: Vec<u8>,
    pub(super) blob: ObjectId,
    /// What stood at that path in each parent that had something there.
    pub(super) before: Vec<ObjectId>,
}

/// What one commit came to.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) files: Vec<Change>,
    /// Why folders could not be read.
    pub(super) unread: Vec<Unread>,
    /// Whether there were more entries than are looked at.
    pub(super) cut: bool,
}

/// A folder in a commit and in its parents.
struct Folder {
    path: Rc<[u8]>,
    tree: ObjectId,
    before: Vec<ObjectId>,
}

/// Compares a commit's tree with those of its parents.
pub(super) fn of(objects: &Objects, tree: ObjectId, parents: Vec<ObjectId>) -> Changes {
    let mut changes = Changes::default();
    let mut left = MOST_ENTRIES;
    let mut open = vec![Folder { path: Rc::from([].as_slice()), tree, before: parents }];
    while let Some(folder) = open.pop() {
        if folder.before.contains(&folder.tree) {
            continue;
        }
        let bytes = match objects.read(&folder.tree, Kind::Tree) {
            Ok(bytes) => bytes,
            Err(why) => {
                changes.unread.push(why);
                continue;
            }
        };
        let mut before = Vec::with_capacity(folder.before.len());
        for tree in &folder.before {
            // Without it, all of the folder counts as new: more is looked at, not less.
            before.extend(objects.read(tree, Kind::Tree).ok());
        }
        let mut before: Vec<Entries<'_>> = before.iter().map(|bytes| Entries::of(bytes)).collect();
        for entry in Entries::of(&bytes) {
            if left == 0 {
                changes.cut = true;
                return changes;
            }
            left -= 1;
            let same: Vec<Entry<'_>> = before.iter_mut().filter_map(|entries| entries.seek(&entry)).collect();
            if same.iter().any(|other| other.id == entry.id) {
                continue;
            }
            let mut path = folder.path.to_vec();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(entry.name);
            let before = same.iter().map(|other| other.id).collect();
            match entry.kind {
                Of::Folder => open.push(Folder { path: Rc::from(path), tree: entry.id, before }),
                Of::File => changes.files.push(Change { path, blob: entry.id, before }),
            }
        }
    }
    changes
}

/// What an entry of a folder is. Links and submodules hold no text of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Folder,
    File,
}

#[derive(Clone, Copy, Debug)]
struct Entry<'t> {
    name: &'t [u8],
    kind: Of,
    id: ObjectId,
}

impl Entry<'_> {
    /// The order of entries in a folder: that of their names, where a folder's ends in `/`.
    fn order(&self, other: &Self) -> Ordering {
        fn letters<'e>(entry: &Entry<'e>) -> impl Iterator<Item = u8> + 'e {
            let slash = (entry.kind == Of::Folder).then_some(b'/');
            entry.name.iter().copied().chain(slash)
        }
        letters(self).cmp(letters(other))
    }
}

/// Entries of a folder, of which those before a wanted one are passed over: two folders are compared in one go.
struct Entries<'t> {
    rest: TreeRefIter<'t>,
    next: Option<Entry<'t>>,
}

impl<'t> Entries<'t> {
    fn of(bytes: &'t [u8]) -> Self {
        Self { rest: TreeRefIter::from_bytes(bytes, gix_hash::Kind::Sha1), next: None }
    }

    /// The entry of the same name and kind.
    fn seek(&mut self, wanted: &Entry<'_>) -> Option<Entry<'t>> {
        loop {
            let next = self.next.take().or_else(|| self.next())?;
            match next.order(wanted) {
                Ordering::Less => {}
                Ordering::Equal => return Some(next),
                Ordering::Greater => {
                    self.next = Some(next);
                    return None;
                }
            }
        }
    }
}

impl<'t> Iterator for Entries<'t> {
    type Item = Entry<'t>;

    fn next(&mut self) -> Option<Entry<'t>> {
        loop {
            let entry = self.rest.next()?.ok()?;
            let kind = match (entry.mode.is_tree(), entry.mode.is_blob()) {
                (true, _) => Of::Folder,
                (_, true) => Of::File,
                _ => continue,
            };
            return Some(Entry { name: entry.filename, kind, id: entry.oid.to_owned() });
        }
    }
}
