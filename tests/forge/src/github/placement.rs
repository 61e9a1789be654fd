//! Where a review comment stands: whether its lines lie in the diff, and where they went after a push.

use super::state::{Lines, PullState, Repository, ReviewComment, State};
use crate::diff::{FileDiff, Side};
use crate::follow::follow;

/// A comment that found its place.
pub(crate) struct Placed {
    pub(crate) merge_base: String,
    /// The hunk down to the commented line.
    pub(crate) diff_hunk: String,
    pub(crate) position: Option<u64>,
}

/// Why it did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misplaced {
    /// The file is not among the changed.
    Path,
    /// No hunk holds the last line on its side.
    Line,
    /// The first line is not above the last in the same hunk.
    Start,
}

impl State {
    /// Whether a commit is one of a pull request's own, as it is now. After a force push the old ones are not.
    pub(crate) fn is_commit_of(&self, repository: &Repository, pull: &PullState, commit: &str) -> bool {
        let base = self.merge_base(repository, pull, &pull.head);
        repository.git.between(&base, &pull.head).iter().any(|sha| sha == commit)
    }

    /// Finds the place of a comment on a path, and on lines of it, in the diff of merge base and commit.
    pub(crate) fn place(
        &self,
        repository: &Repository,
        pull: &PullState,
        commit: &str,
        path: &str,
        lines: Option<Lines>,
    ) -> Result<Placed, Misplaced> {
        let merge_base = self.merge_base(repository, pull, commit);
        let files = repository.git.diff(&merge_base, commit);
        let file = files.iter().find(|file| file.path == path).ok_or(Misplaced::Path)?;
        let Some(lines) = lines else {
            let diff_hunk = file.patch().unwrap_or_default();
            return Ok(Placed { merge_base, diff_hunk, position: None });
        };
        let (diff_hunk, position) = self.hunk(file, lines)?;
        Ok(Placed { merge_base, diff_hunk, position })
    }

    fn hunk(&self, file: &FileDiff, lines: Lines) -> Result<(String, Option<u64>), Misplaced> {
        if !self.has_patch(file) {
            return Err(Misplaced::Line);
        }
        let hunk = file.hunk(lines.side, lines.line).ok_or(Misplaced::Line)?;
        let last = hunk.index(lines.side, lines.line).ok_or(Misplaced::Line)?;
        if let Some((side, start)) = lines.start {
            let first = hunk.index(side, start).ok_or(Misplaced::Start)?;
            // Line numbers of one side compare; those of two sides only by where they stand.
            if first >= last || (side == lines.side && start >= lines.line) {
                return Err(Misplaced::Start);
            }
        }
        let text: Vec<&str> = hunk.text.iter().take(last + 1).map(String::as_str).collect();
        Ok((text.join("\n"), file.position(lines.side, lines.line)))
    }

    /// Where a comment's lines are in the diff of the current head, with the position; nothing if it is outdated: its
    /// lines were changed, or left the diff. That a renamed file's comments do not move along is the stricter reading;
    /// GitHub documents neither.
    pub(crate) fn current(
        &self,
        repository: &Repository,
        pull: &PullState,
        comment: &ReviewComment,
    ) -> Option<(Lines, Option<u64>)> {
        let lines = comment.lines?;
        let git = &repository.git;
        let merge_base = self.merge_base(repository, pull, &pull.head);
        let files = git.diff(&merge_base, &pull.head);
        let file = files.iter().find(|file| file.path == comment.path)?;
        let moved = |(side, line): (Side, u64)| {
            let (old, new) = match side {
                Side::Right => {
                    (git.file(&comment.commit, &comment.path)?, git.file(&pull.head, &comment.path)?)
                }
                Side::Left => {
                    let before = git.diff(&comment.merge_base, &comment.commit);
                    let before = before.iter().find(|file| file.path == comment.path)?;
                    let old = git.file(&comment.merge_base, before.old_path())?;
                    (old, git.file(&merge_base, file.old_path())?)
                }
            };
            Some((side, follow(git, &old, &new, line)?))
        };
        let (side, line) = moved((lines.side, lines.line))?;
        let start = match lines.start {
            None => None,
            Some((start_side, start)) => {
                // All lines between must be the same, not only the ends.
                if start_side == side {
                    let between = (start..lines.line).map(|line| moved((side, line)));
                    for (at, line_now) in (start..).zip(between) {
                        let (_, now) = line_now?;
                        if now + (lines.line - at) != line {
                            return None;
                        }
                    }
                }
                Some(moved((start_side, start))?)
            }
        };
        let now = Lines { side, line, start };
        let (_, position) = self.hunk(file, now).ok()?;
        Some((now, position))
    }
}
