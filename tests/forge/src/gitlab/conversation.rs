//! A merge request as a person reads it: as data, and as Markdown.

use std::fmt::Write as _;

use super::state::{DiscussionState, MergeRequestState, Project, State, Status};

/// All that was said, and the statuses of the merge request's commits.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Oldest first; a note of its own is one, too.
    pub discussions: Vec<Discussion>,
    /// On any head the merge request ever had.
    pub statuses: Vec<Status>,
    /// Quick actions that notes carried out: login and command. A bot that lets text of others through closes merge
    /// requests with it.
    pub commands: Vec<(String, String)>,
}

/// Notes that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Discussion {
    /// Of the discussion.
    pub id: String,
    /// A note that nobody can answer or resolve.
    pub individual: bool,
    /// Of the file, if it is on a line.
    pub path: Option<String>,
    /// In the newest version; nothing if it is outdated.
    pub old_line: Option<u64>,
    /// In the newest version; nothing if it is outdated.
    pub new_line: Option<u64>,
    /// Whether its line changed or left the diff.
    pub outdated: bool,
    /// Who resolved it.
    pub resolved_by: Option<String>,
    /// Oldest first.
    pub notes: Vec<Note>,
}

/// Something someone said.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Of the note.
    pub id: u64,
    /// A login.
    pub author: String,
    /// Markdown, without quick actions.
    pub body: String,
    /// Whether it was changed since.
    pub edited: bool,
    /// `<login> <name>`.
    pub emoji: Vec<String>,
}

impl Conversation {
    pub(crate) fn of(state: &State, path: &str, iid: u64) -> Self {
        let (project, of) = (state.project(path), state.merge_request(path, iid));
        let heads: Vec<&String> = of.versions.iter().map(|version| &version.head).collect();
        let statuses = project.statuses.iter().filter(|status| heads.contains(&&status.sha));
        Self {
            discussions: of.discussions.iter().map(|found| Discussion::of(project, of, found)).collect(),
            statuses: statuses.cloned().collect(),
            commands: of.commands.clone(),
        }
    }

    /// As a page to read, or to compare with a snapshot: without ids and digests.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut page = String::new();
        for discussion in &self.discussions {
            let place = match (&discussion.path, discussion.new_line, discussion.old_line) {
                (None, ..) => String::new(),
                (Some(path), Some(line), _) => format!(" on {path} (line {line})"),
                (Some(path), None, Some(line)) => format!(" on {path} (old line {line})"),
                (Some(path), None, None) => format!(" on {path} (outdated)"),
            };
            let resolved = discussion.resolved_by.as_ref().map(|login| format!(", resolved by {login}"));
            let kind = if discussion.individual { "Note" } else { "Discussion" };
            let _ = writeln!(page, "## {kind}{place}{}\n", resolved.unwrap_or_default());
            for note in &discussion.notes {
                let edited = if note.edited { " (edited)" } else { "" };
                let _ = writeln!(page, "### {}{edited}\n\n{}\n", note.author, note.body);
            }
        }
        for status in &self.statuses {
            let description = status.description.as_deref().unwrap_or_default();
            let _ = writeln!(page, "## Status {}: {} — {description}\n", status.name, status.state);
        }
        for (login, command) in &self.commands {
            let _ = writeln!(page, "## {login} carried out {command}\n");
        }
        page
    }
}

impl Discussion {
    fn of(project: &Project, of: &MergeRequestState, found: &DiscussionState) -> Self {
        let now = found.position.as_ref().and_then(|position| position.current(project, of));
        let notes = found.notes.iter().map(|note| Note {
            id: note.id,
            author: note.author.clone(),
            body: note.body.clone(),
            edited: note.updated_at != note.created_at,
            emoji: note.emoji.iter().map(|(_, login, name)| format!("{login} {name}")).collect(),
        });
        Self {
            id: found.id.clone(),
            individual: found.individual,
            path: found.position.as_ref().map(|position| position.new_path.clone()),
            old_line: now.as_ref().and_then(|position| position.old_line),
            new_line: now.as_ref().and_then(|position| position.new_line),
            outdated: found.position.is_some() && now.is_none(),
            resolved_by: found.resolved_by.clone(),
            notes: notes.collect(),
        }
    }
}
