//! Which lines of the head a comment may be about: those that the forge shows as part of the change.

use std::collections::BTreeMap;

use super::forge::Patch;

/// The lines of the head that a change shows, around it and of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hunk {
    /// The first of them, from 1.
    first: usize,
    /// For each, which line it was before; none for a new one.
    before: Vec<Option<usize>>,
}

impl Hunk {
    fn before(&self, line: usize) -> Option<Option<usize>> {
        self.before.get(line.checked_sub(self.first)?).copied()
    }
}

/// The hunks of a file, and its path in the base.
#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    was: String,
    hunks: Vec<Hunk>,
}

/// The hunks of a change, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hunks(BTreeMap<String, File>);

impl Hunks {
    /// Those of a change.
    #[must_use]
    pub fn of(patches: &[Patch]) -> Self {
        let file = |patch: &Patch| {
            let was = patch.was.clone().unwrap_or_else(|| patch.path.clone());
            let hunks = patch.diff.as_deref().map(hunks).unwrap_or_default();
            (patch.path.clone(), File { was, hunks })
        };
        Self(patches.iter().map(file).collect())
    }

    /// Whether a file is of the change.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// Whether all lines from `first` to `last` stand in one hunk.
    #[must_use]
    pub fn holds(&self, path: &str, first: usize, last: usize) -> bool {
        let hunks = self.0.get(path).map(|file| file.hunks.as_slice()).unwrap_or_default();
        first <= last && hunks.iter().any(|hunk| hunk.before(first).is_some() && hunk.before(last).is_some())
    }

    /// A file's path in the base, and which line of it a line of the head was, if the change leaves that as it is.
    #[must_use]
    pub fn before(&self, path: &str, line: usize) -> Option<(&str, Option<usize>)> {
        let file = self.0.get(path)?;
        Some((&file.was, file.hunks.iter().find_map(|hunk| hunk.before(line))?))
    }
}

/// The lines of the new side. Counted, not taken from the hunk's head: a head may promise more than the forge shows.
fn hunks(diff: &str) -> Vec<Hunk> {
    let mut found: Vec<Hunk> = Vec::new();
    let mut old = None;
    for line in diff.split('\n') {
        let kind = line.as_bytes().first();
        if kind == Some(&b'@') {
            // What follows a head that cannot be read belongs nowhere.
            old = starts(line).map(|(old, new)| {
                found.push(Hunk { first: new, before: Vec::new() });
                old
            });
            continue;
        }
        let (Some(at), Some(hunk)) = (&mut old, found.last_mut()) else { continue };
        match kind {
            Some(b' ') => {
                hunk.before.push(Some(*at));
                *at += 1;
            }
            Some(b'+') => hunk.before.push(None),
            Some(b'-') => *at += 1,
            // The end of the text, or a word about it.
            _ => {}
        }
    }
    found
}

/// The first line of each side: `@@ -a,b +c,d @@ …`.
fn starts(head: &str) -> Option<(usize, usize)> {
    let (old, rest) = head.strip_prefix("@@ -")?.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let first = |side: &str| side.split(',').next()?.parse().ok();
    Some((first(old)?, first(new)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunks(diff: &str) -> Hunks {
        Hunks::of(&[Patch { path: "a".to_owned(), was: Some("old".to_owned()), diff: Some(diff.to_owned()) }])
    }

    #[test]
    fn lines_of_the_new_side_are_counted() {
        let diff = "@@ -1,3 +1,4 @@ on: push\n a\n-b\n+B\n+C\n d\n@@ -20,2 +21,2 @@\n x\n-y\n+z\n\\ No newline at end of file";
        let hunks = hunks(diff);
        assert!(hunks.holds("a", 1, 4) && hunks.holds("a", 21, 22));
        assert!(!hunks.holds("a", 5, 5) && !hunks.holds("a", 4, 21) && !hunks.holds("a", 23, 23));
        assert_eq!(hunks.before("a", 1), Some(("old", Some(1))));
        assert_eq!(hunks.before("a", 3), Some(("old", None)));
        assert_eq!(hunks.before("a", 4), Some(("old", Some(3))));
        assert_eq!((hunks.before("a", 5), hunks.before("b", 1)), (None, None));
        assert!(!hunks.holds("b", 1, 1) && !hunks.holds("a", 3, 2));
    }

    #[test]
    fn what_only_goes_away_takes_no_comment() {
        assert!(!hunks("@@ -1,2 +0,0 @@\n-a\n-b").holds("a", 0, 0));
        let unshown = Hunks::of(&[Patch { path: "a".to_owned(), ..Patch::default() }]);
        assert!(unshown.has("a") && !unshown.has("b") && !unshown.holds("a", 1, 1));
    }

    #[test]
    fn a_head_that_lies_is_not_believed() {
        assert!(!hunks("@@ -1,1 +1,900 @@\n a").holds("a", 2, 2));
        assert!(!hunks("@@ nonsense\n a").holds("a", 1, 1));
    }
}
