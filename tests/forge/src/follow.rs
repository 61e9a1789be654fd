//! Where a line went when the file around it changed.

use crate::diff::blobs;
use crate::git::Git;

/// The number in the new file of a line of the old one, both given by digest; nothing if the line itself was changed or
/// removed.
pub(crate) fn follow(git: &Git, old: &str, new: &str, line: u64) -> Option<u64> {
    if old == new {
        return Some(line);
    }
    let (mut added, mut removed) = (0, 0);
    for hunk in blobs(git, old, new) {
        // Without context a pure addition is stated at the line it follows.
        let last = if hunk.old_lines == 0 { hunk.old_start } else { hunk.old_start + hunk.old_lines - 1 };
        if hunk.old_lines > 0 && (hunk.old_start..=last).contains(&line) {
            return None;
        }
        if last >= line {
            break;
        }
        added += hunk.new_lines;
        removed += hunk.old_lines;
    }
    Some(line + added - removed)
}
