//! What of Gitea's answers is read.

use serde::Deserialize;

use crate::bot::forge::hub::{End, User};
use crate::bot::forge::{Note, Thread};

#[derive(Debug, Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) state: String,
    pub(super) user: User,
    pub(super) base: End,
    pub(super) head: End,
    pub(super) merge_base: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Blob {
    #[serde(default)]
    pub(super) content: Option<String>,
    #[serde(default)]
    pub(super) encoding: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Review {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) comments_count: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    id: u64,
    user: User,
    #[serde(default)]
    body: String,
    #[serde(default)]
    html_url: String,
    #[serde(default)]
    path: String,
    /// Line of the new side; 0 where there is none.
    #[serde(default)]
    position: usize,
    /// Whoever said that it is dealt with.
    #[serde(default)]
    resolver: Option<User>,
}

impl From<Comment> for Note {
    fn from(comment: Comment) -> Self {
        Self { id: comment.id, author: comment.user.login, body: comment.body, url: comment.html_url }
    }
}

/// Comments about lines as conversations: Gitea shows those at one line together, and says nowhere which one opened that. One
/// of ours opens one of its own; whatever others say later at its line answers the last before.
pub(super) fn threads(mut comments: Vec<Comment>) -> Vec<Thread> {
    comments.sort_by_key(|comment| comment.id);
    let mut threads: Vec<(usize, Thread)> = Vec::new();
    for comment in comments {
        let (path, line, is_resolved) = (comment.path.clone(), comment.position, comment.resolver.is_some());
        let note = Note::from(comment);
        let open = threads.iter_mut().rev().find(|(at, thread)| *at == line && thread.path == path);
        match open.filter(|(_, thread)| thread.first.author != note.author) {
            Some((_, thread)) => thread.replies.push(note),
            None => {
                let lines = (line > 0).then_some((line, line));
                let resolved = Some(is_resolved);
                threads.push((line, Thread { first: note, path, lines, resolved, ..Thread::default() }));
            }
        }
    }
    threads.into_iter().map(|(_, thread)| thread).collect()
}

#[derive(Debug, Deserialize)]
pub(super) struct Status {
    pub(super) id: u64,
    pub(super) status: String,
    #[serde(default)]
    pub(super) context: String,
    #[serde(default)]
    pub(super) description: String,
}
