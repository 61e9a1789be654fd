//! A pull request as a person reads it: as data, and as Markdown.

use std::fmt::Write as _;

use super::state::{Comment, PullState, Repository, State, Status};
use crate::follow::follow;

/// All that was said, and the statuses of the pull request's commits.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Below the pull request, oldest first.
    pub comments: Vec<Remark>,
    /// Oldest first; pending ones are not seen.
    pub reviews: Vec<Review>,
    /// On any head the pull request ever had.
    pub statuses: Vec<Status>,
}

/// A review.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// Of the review.
    pub id: u64,
    /// A login.
    pub author: String,
    /// `COMMENT`, `APPROVED`, `REQUEST_CHANGES`.
    pub state: String,
    /// Markdown.
    pub body: String,
    /// On lines.
    pub comments: Vec<Remark>,
}

/// Something someone said, below the pull request or on a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// Of the comment.
    pub id: u64,
    /// A login.
    pub author: String,
    /// Markdown.
    pub body: String,
    /// Whether it was changed since.
    pub edited: bool,
    /// `<login> <content>`.
    pub reactions: Vec<String>,
    /// Of the file, if it is on a line.
    pub path: Option<String>,
    /// Before the change.
    pub old_line: Option<u64>,
    /// After the change.
    pub new_line: Option<u64>,
    /// Whether its line changed or left the diff; only pages show it.
    pub outdated: bool,
    /// Who resolved it.
    pub resolver: Option<String>,
}

impl Conversation {
    pub(crate) fn of(state: &State, full_name: &str, number: u64) -> Self {
        let (repository, pull) = (state.repository(full_name), state.pull(full_name, number));
        let reviews = pull.reviews.iter().filter(|review| review.state != "PENDING").map(|review| Review {
            id: review.id,
            author: review.author.clone(),
            state: review.state.clone(),
            body: review.body.clone(),
            comments: review
                .comments
                .iter()
                .map(|on_line| Remark {
                    path: Some(on_line.path.clone()),
                    old_line: on_line.old_line,
                    new_line: on_line.new_line,
                    outdated: outdated(state, repository, pull, on_line),
                    resolver: on_line.resolver.clone(),
                    ..Remark::of(&on_line.comment)
                })
                .collect(),
        });
        let statuses = repository.statuses.iter().filter(|status| pull.heads.contains(&status.sha));
        Self {
            comments: pull.comments.iter().map(Remark::of).collect(),
            reviews: reviews.collect(),
            statuses: statuses.cloned().collect(),
        }
    }

    /// As a page to read, or to compare with a snapshot: without ids and digests.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut page = String::new();
        for comment in &self.comments {
            comment.write("Comment", &mut page);
        }
        for review in &self.reviews {
            let _ = writeln!(page, "## Review by {} ({})\n\n{}\n", review.author, review.state, review.body);
            for comment in &review.comments {
                let old = comment.old_line.map(|line| format!("old line {line}"));
                let line = comment.new_line.map(|line| format!("line {line}")).or(old).unwrap_or_default();
                let outdated = if comment.outdated { ", outdated" } else { "" };
                let path = comment.path.as_deref().unwrap_or_default();
                comment.write(&format!("On {path} ({line}{outdated})"), &mut page);
            }
        }
        for status in &self.statuses {
            let _ =
                writeln!(page, "## Status {}: {} — {}\n", status.context, status.state, status.description);
        }
        page
    }
}

/// Whether the line is no longer what it was, as Gitea finds out at a push, or no longer in the diff.
fn outdated(
    state: &State,
    repository: &Repository,
    pull: &PullState,
    on_line: &super::state::LineComment,
) -> bool {
    let git = &repository.git;
    let base = state.merge_base(repository, pull, &pull.head);
    let files = git.diff(&base, &pull.head);
    let Some(file) = files.iter().find(|file| file.path == on_line.path) else { return true };
    let Some(line) = on_line.new_line else {
        return on_line.old_line.is_none_or(|line| file.hunk(crate::diff::Side::Left, line).is_none());
    };
    let files = git.file(&on_line.commit, &on_line.path).zip(git.file(&pull.head, &on_line.path));
    files.and_then(|(old, new)| follow(git, &old, &new, line)).is_none()
}

impl Remark {
    fn of(comment: &Comment) -> Self {
        Self {
            id: comment.id,
            author: comment.author.clone(),
            body: comment.body.clone(),
            edited: comment.updated_at != comment.created_at,
            reactions: comment
                .reactions
                .iter()
                .map(|(login, content)| format!("{login} {content}"))
                .collect(),
            path: None,
            old_line: None,
            new_line: None,
            outdated: false,
            resolver: None,
        }
    }

    fn write(&self, heading: &str, page: &mut String) {
        let edited = if self.edited { " (edited)" } else { "" };
        let resolved = self.resolver.as_ref().map(|login| format!(", resolved by {login}"));
        let resolved = resolved.unwrap_or_default();
        let _ = writeln!(page, "### {heading} by {}{edited}{resolved}\n\n{}\n", self.author, self.body);
        if !self.reactions.is_empty() {
            let _ = writeln!(page, "Reactions: {}\n", self.reactions.join(", "));
        }
    }
}
