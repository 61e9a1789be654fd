//! The names by which files are known: paths as text. A name that must not be shown, or that is no text, gets one that
//! may be; everything behind the walk knows the file by that.
//!
//! Invariant: two files never have one name, else the second would go unchecked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Entry;

/// Files whose name is not their path on disk.
#[derive(Clone, Debug, Default)]
pub struct Names {
    by_name: BTreeMap<String, PathBuf>,
    by_disk: BTreeMap<PathBuf, String>,
}

impl Names {
    /// Names the files below `root`. `shown`: for each, the name that stands in place of its path, if one does.
    #[must_use]
    pub fn give(root: &Path, entries: &mut [Entry], shown: &[Option<String>]) -> Self {
        let mut names = Self::default();
        let is_path = |e: &Entry| e.disk.strip_prefix(root).is_ok_and(|p| p.to_str().is_some());
        let odd = |index: usize, e: &Entry| matches!(shown.get(index), Some(Some(_))) || !is_path(e);
        let plain = entries.iter().enumerate().filter(|(index, e)| !odd(*index, e));
        let mut taken: BTreeSet<String> = plain.map(|(_, e)| e.path.clone()).collect();
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for (index, entry) in entries.iter_mut().enumerate() {
            if !odd(index, entry) {
                continue;
            }
            let wanted = shown.get(index).cloned().flatten().unwrap_or_else(|| entry.path.clone());
            let count = count.entry(wanted.clone()).or_insert(1);
            let mut name = wanted.clone();
            while !taken.insert(name.clone()) {
                *count += 1;
                name = numbered(&wanted, *count);
            }
            names.by_name.insert(name.clone(), entry.disk.clone());
            names.by_disk.insert(entry.disk.clone(), name.clone());
            entry.path = name;
        }
        names
    }

    /// Where a file is, if not where its name says.
    #[must_use]
    pub fn disk(&self, name: &str) -> Option<&Path> {
        self.by_name.get(name).map(PathBuf::as_path)
    }

    /// The name of a file, if it is not its path.
    #[must_use]
    pub fn name(&self, disk: &Path) -> Option<&str> {
        self.by_disk.get(disk).map(String::as_str)
    }
}

/// `a (2).yml`: the ending stays, since files are recognised by it.
fn numbered(name: &str, number: usize) -> String {
    let folder = name.rfind('/').map_or(0, |at| at + 1);
    let dot = name.rfind('.').filter(|at| *at > folder).unwrap_or(name.len());
    let (stem, ending) = name.split_at(dot);
    format!("{stem} ({number}){ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, disk: &str) -> Entry {
        Entry { path: path.to_owned(), disk: PathBuf::from(format!("/r/{disk}")) }
    }

    #[test]
    fn no_two_files_have_one_name_and_each_is_found_again() {
        let mut entries = [
            entry("a****.yml", "a****.yml"),
            entry("aX.yml", "aX.yml"),
            entry("aY.yml", "aY.yml"),
            entry("aZ.yml", "aZ.yml"),
            entry("b.yml", "b.yml"),
        ];
        let hidden = Some("a****.yml".to_owned());
        let shown = [None, hidden.clone(), hidden.clone(), hidden, None];
        let names = Names::give(Path::new("/r"), &mut entries, &shown);
        let given: Vec<&str> = entries.iter().map(|e| e.path.as_str()).collect();
        assert_eq!(given, ["a****.yml", "a**** (2).yml", "a**** (3).yml", "a**** (4).yml", "b.yml"]);
        assert_eq!(names.disk("a**** (3).yml"), Some(Path::new("/r/aY.yml")));
        assert_eq!(names.name(Path::new("/r/aY.yml")), Some("a**** (3).yml"));
        assert_eq!((names.disk("b.yml"), names.name(Path::new("/r/b.yml"))), (None, None));
    }
}
