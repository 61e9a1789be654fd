//! Where the symbolic links of a tree that git keeps lead: to what they would lead to on disk, without the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use gix_hash::ObjectId;

use super::kept::Blobs;
use super::root::{INTO_GIT, LEADS_NOWHERE, OUT_OF_THE_TREE, is_gits_own};

/// Most links on the way to one file, as in Linux.
const MOST_LINKS: usize = 40;

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Led {
    File(ObjectId),
    /// Its files are found under their own paths.
    Folder,
    /// It is not followed, for this reason.
    Nowhere(&'static str),
}

/// The links of a tree, among its files.
#[derive(Debug)]
pub(super) struct Links<'t> {
    root: &'t Path,
    files: &'t BTreeMap<PathBuf, ObjectId>,
    folders: BTreeSet<&'t Path>,
    targets: BTreeMap<&'t Path, PathBuf>,
}

impl<'t> Links<'t> {
    pub(super) fn of(
        root: &'t Path,
        blobs: &dyn Blobs,
        files: &'t BTreeMap<PathBuf, ObjectId>,
        links: &'t BTreeMap<PathBuf, ObjectId>,
    ) -> Self {
        let target = |id: &ObjectId| Some(super::git::native(&blobs.blob(id).ok()?));
        let targets = links.iter().filter_map(|(path, id)| Some((path.as_path(), target(id)?))).collect();
        let folders = match links.is_empty() {
            true => BTreeSet::new(),
            false => files.keys().chain(links.keys()).flat_map(|path| path.ancestors().skip(1)).collect(),
        };
        Self { root, files, folders, targets }
    }

    /// What the link at a path leads to.
    pub(super) fn follow(&self, link: &Path) -> Led {
        let mut at = PathBuf::new();
        let mut rest: Vec<OsString> = reversed(link);
        let mut left = MOST_LINKS;
        while let Some(part) = rest.pop() {
            if part == ".." {
                if !at.pop() {
                    return self.outside(&self.root.join(".."), rest);
                }
                continue;
            }
            at.push(part);
            let Some(target) = self.targets.get(at.as_path()) else { continue };
            if left == 0 {
                return Led::Nowhere(LEADS_NOWHERE);
            }
            left -= 1;
            at.pop();
            match target.strip_prefix(self.root) {
                Ok(inner) => {
                    at = PathBuf::new();
                    rest.extend(reversed(inner));
                }
                Err(_) if target.is_absolute() => return self.outside(target, rest),
                Err(_) => rest.extend(reversed(target)),
            }
        }
        self.at(&at)
    }

    fn at(&self, path: &Path) -> Led {
        if is_gits_own(path) {
            return Led::Nowhere(INTO_GIT);
        }
        match self.files.get(path) {
            Some(id) => Led::File(*id),
            None if self.folders.contains(path) => Led::Folder,
            None => Led::Nowhere(LEADS_NOWHERE),
        }
    }

    /// What stands outside of the tree is the same for every version of it: the disk's.
    fn outside(&self, from: &Path, rest: Vec<OsString>) -> Led {
        let path = rest.into_iter().rev().fold(from.to_path_buf(), |path, part| path.join(part));
        match path.canonicalize() {
            Ok(real) => match real.strip_prefix(self.root) {
                Ok(inner) => self.at(inner),
                Err(_) => Led::Nowhere(OUT_OF_THE_TREE),
            },
            Err(_) => Led::Nowhere(LEADS_NOWHERE),
        }
    }
}

/// The parts of a path that lead somewhere, the last first.
fn reversed(path: &Path) -> Vec<OsString> {
    let named = |part: Component<'_>| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    };
    let mut parts: Vec<OsString> = path.components().filter_map(named).collect();
    parts.reverse();
    parts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Each object holds the path that its digits are the number of.
    struct Targets(Vec<&'static str>);

    impl Blobs for Targets {
        fn blob(&self, id: &ObjectId) -> Result<Vec<u8>, String> {
            Ok(self.0[usize::from(id.as_slice()[0])].as_bytes().to_vec())
        }
    }

    fn id(number: u8) -> ObjectId {
        ObjectId::from_bytes_or_panic(&[[number].as_slice(), &[0; 19]].concat())
    }

    #[test]
    fn a_link_leads_where_the_system_would_take_it() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let inside = root.join("deep/a.tf");
        let inside = Box::leak(inside.display().to_string().into_boxed_str());
        let links = [
            ("plain.tf", "deep/a.tf", Led::File(id(200))),
            ("deep/up.tf", "../deep/./a.tf", Led::File(id(200))),
            ("chain.tf", "plain.tf", Led::File(id(200))),
            ("folder", "deep", Led::Folder),
            ("through.tf", "folder/a.tf", Led::File(id(200))),
            ("absolute.tf", inside, Led::File(id(200))),
            ("round.tf", "round.tf", Led::Nowhere(LEADS_NOWHERE)),
            ("missing.tf", "deep/b.tf", Led::Nowhere(LEADS_NOWHERE)),
            ("behind.tf", "deep/a.tf/b", Led::Nowhere(LEADS_NOWHERE)),
            ("own.tf", ".git/config", Led::Nowhere(INTO_GIT)),
            ("out.tf", "/", Led::Nowhere(OUT_OF_THE_TREE)),
            ("above.tf", "..", Led::Nowhere(OUT_OF_THE_TREE)),
            ("nothing.tf", "/no/such/file", Led::Nowhere(LEADS_NOWHERE)),
        ];
        let blobs = Targets(links.iter().map(|(_, target, _)| *target).collect());
        let files = BTreeMap::from([(PathBuf::from("deep/a.tf"), id(200))]);
        let paths: BTreeMap<PathBuf, ObjectId> =
            links.iter().zip(0..).map(|((path, ..), number)| (PathBuf::from(path), id(number))).collect();
        let tree = Links::of(&root, &blobs, &files, &paths);
        for (path, _, led) in links {
            assert_eq!(tree.follow(Path::new(path)), led, "{path}");
        }
    }
}
