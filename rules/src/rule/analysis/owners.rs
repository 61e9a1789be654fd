//! Code owners: who answers for a path.

use super::paths;
use crate::fact::LinkKind;
use crate::rule::World;

/// Path patterns with their owners, in the order of the file that states them.
#[derive(Debug, Default)]
pub(crate) struct Owners<'a>(Vec<(&'a str, Vec<&'a str>)>);

impl<'a> Owners<'a> {
    /// Reads those of a world.
    pub(crate) fn of(world: &World<'a>) -> Self {
        let mut patterns: Vec<(&'a str, Vec<&'a str>)> = Vec::new();
        // One line of the file states a link for each of its owners.
        let mut line = None;
        for (at, link) in world.links().filter(|(_, link)| link.kind == LinkKind::Owns) {
            let is_path = link.to.platform == "file" && link.to.kind == "path";
            let (Some(pattern), true) = (link.to.name.known(), is_path) else { continue };
            let owner = link.from.name.known().filter(|name| !name.trim().is_empty());
            match patterns.last_mut().filter(|(last, _)| *last == pattern && line == Some(at.unit)) {
                Some((_, owners)) => owners.extend(owner),
                None => patterns.push((pattern, owner.into_iter().collect())),
            }
            line = Some(at.unit);
        }
        Self(patterns)
    }

    /// Who owns a path: the last pattern that matches decides, and one without owners takes ownership away.
    pub(crate) fn of_path(&self, path: &str) -> Vec<String> {
        let last = self.0.iter().rev().find(|(pattern, _)| paths::matches(pattern, path));
        last.into_iter().flat_map(|(_, owners)| owners).map(|owner| (*owner).to_owned()).collect()
    }
}
