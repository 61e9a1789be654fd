//! A pull request as a person reads it: as data, and as Markdown.

use std::fmt::Write as _;

use serde_json::Value;

use super::state::{PullState, Repository, ReviewComment, State, Status};
use super::threads::side;

/// All that was said, and all checks and statuses of the pull request's commits. No token, no URL: the same in each run.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Below the pull request, oldest first.
    pub comments: Vec<Said>,
    /// Texts of reviews, if they have one, oldest first.
    pub reviews: Vec<Said>,
    /// On lines and files, oldest first.
    pub threads: Vec<Thread>,
    /// On any commit the pull request ever had as its head, oldest first.
    pub checks: Vec<Check>,
    /// Of the same commits, oldest first.
    pub statuses: Vec<Status>,
}

/// Something someone said.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Of the comment or review.
    pub id: u64,
    /// A login.
    pub author: String,
    /// Markdown.
    pub body: String,
    /// Whether it was changed since.
    pub edited: bool,
    /// `<login> <content>`.
    pub reactions: Vec<String>,
}

/// A comment on lines or a file, and the answers to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Thread {
    /// Of the file.
    pub path: String,
    /// Where it is now; nothing if it is outdated, or on the file.
    pub line: Option<u64>,
    /// Its first line now, if it is on several.
    pub start_line: Option<u64>,
    /// Where it was when it was made; nothing if it is on the file.
    pub original_line: Option<u64>,
    /// `LEFT` or `RIGHT`.
    pub side: &'static str,
    /// Whether its lines changed or left the diff.
    pub outdated: bool,
    /// Who resolved it.
    pub resolved_by: Option<String>,
    /// The first comment, then the answers.
    pub comments: Vec<Said>,
}

/// A check run.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Of the run.
    pub id: u64,
    /// What it is called.
    pub name: String,
    /// Its commit.
    pub head: String,
    /// `queued`, `in_progress`, `completed`.
    pub status: String,
    /// Of a completed one.
    pub conclusion: Option<String>,
    /// Of the output.
    pub title: Option<String>,
    /// Of the output, Markdown.
    pub summary: Option<String>,
    /// Of the output, Markdown.
    pub text: Option<String>,
    /// All of them, over all requests, as they were sent.
    pub annotations: Vec<Value>,
    /// Buttons.
    pub actions: Vec<Value>,
}

impl Conversation {
    pub(crate) fn of(state: &State, full_name: &str, number: u64) -> Self {
        let (repository, pull) = (state.repository(full_name), state.pull(full_name, number));
        let comments = pull.comments.iter().map(|comment| Said {
            id: comment.id,
            author: comment.author.clone(),
            body: comment.body.clone(),
            edited: comment.updated_at != comment.created_at,
            reactions: comment.reactions.iter().map(|r| format!("{} {}", r.login, r.content)).collect(),
        });
        let reviews =
            pull.reviews.iter().filter(|review| !review.body.is_empty() && review.state != "PENDING");
        let reviews = reviews.map(|review| Said {
            id: review.id,
            author: review.author.clone(),
            body: review.body.clone(),
            edited: false,
            reactions: Vec::new(),
        });
        let checks = repository.checks.iter().filter(|run| pull.heads.contains(&run.head)).map(|run| Check {
            id: run.id,
            name: run.name.clone(),
            head: run.head.clone(),
            status: run.status.clone(),
            conclusion: run.conclusion.clone(),
            title: run.title.clone(),
            summary: run.summary.clone(),
            text: run.text.clone(),
            annotations: run.annotations.clone(),
            actions: run.actions.clone(),
        });
        let statuses = repository.statuses.iter().filter(|status| pull.heads.contains(&status.sha));
        Self {
            comments: comments.collect(),
            reviews: reviews.collect(),
            threads: pull.threads().map(|first| Thread::of(state, repository, pull, first)).collect(),
            checks: checks.collect(),
            statuses: statuses.cloned().collect(),
        }
    }

    /// As a page to read, or to compare with a snapshot: without ids and digests.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut page = String::new();
        for said in &self.comments {
            said.write("Comment", &mut page);
        }
        for said in &self.reviews {
            said.write("Review", &mut page);
        }
        for thread in &self.threads {
            thread.write(&mut page);
        }
        for check in &self.checks {
            check.write(&mut page);
        }
        for status in &self.statuses {
            let description = status.description.as_deref().unwrap_or_default();
            let _ = writeln!(page, "## Status {}: {} — {description}\n", status.context, status.state);
        }
        page
    }
}

impl Said {
    fn write(&self, kind: &str, page: &mut String) {
        let edited = if self.edited { " (edited)" } else { "" };
        let _ = writeln!(page, "## {kind} by {}{edited}\n\n{}\n", self.author, self.body);
        if !self.reactions.is_empty() {
            let _ = writeln!(page, "Reactions: {}\n", self.reactions.join(", "));
        }
    }
}

impl Thread {
    fn of(state: &State, repository: &Repository, pull: &PullState, first: &ReviewComment) -> Self {
        let now = state.current(repository, pull, first).map(|(lines, _)| lines);
        let said = |comment: &ReviewComment| Said {
            id: comment.id,
            author: comment.author.clone(),
            body: comment.body.clone(),
            edited: comment.updated_at != comment.created_at,
            reactions: Vec::new(),
        };
        Self {
            path: first.path.clone(),
            line: now.map(|lines| lines.line),
            start_line: now.and_then(|lines| lines.start).map(|(_, line)| line),
            original_line: first.lines.map(|lines| lines.line),
            side: first.lines.map_or("RIGHT", |lines| side(lines.side)),
            outdated: first.lines.is_some() && now.is_none(),
            resolved_by: first.resolved.clone(),
            comments: pull.thread(first.id).map(said).collect(),
        }
    }

    fn write(&self, page: &mut String) {
        let place = match (self.start_line, self.line, self.original_line) {
            (Some(start), Some(line), _) => format!("lines {start}–{line}"),
            (None, Some(line), _) => format!("line {line}"),
            (_, None, Some(line)) => format!("outdated, was line {line}"),
            (_, None, None) => "file".to_owned(),
        };
        let before = if self.side == "LEFT" { ", before the change" } else { "" };
        let resolved = self.resolved_by.as_ref().map(|login| format!(", resolved by {login}"));
        let _ =
            writeln!(page, "## Thread on {} ({place}{before}{})\n", self.path, resolved.unwrap_or_default());
        for said in &self.comments {
            let edited = if said.edited { " (edited)" } else { "" };
            let _ = writeln!(page, "### {}{edited}\n\n{}\n", said.author, said.body);
        }
    }
}

impl Check {
    fn write(&self, page: &mut String) {
        let state = self.conclusion.as_ref().unwrap_or(&self.status);
        let title = self.title.as_deref().unwrap_or_default();
        let _ = writeln!(page, "## Check {}: {state} — {title}\n", self.name);
        for text in [&self.summary, &self.text].into_iter().flatten() {
            let _ = writeln!(page, "{text}\n");
        }
        for annotation in &self.annotations {
            let text = |name: &str| annotation[name].as_str().unwrap_or_default();
            let (start, end) = (&annotation["start_line"], &annotation["end_line"]);
            let lines = if start == end { start.to_string() } else { format!("{start}–{end}") };
            let (level, path) = (text("annotation_level"), text("path"));
            let _ = writeln!(page, "- {level} {path}:{lines} {}: {}", text("title"), text("message"));
        }
        if !self.annotations.is_empty() {
            page.push('\n');
        }
    }
}
