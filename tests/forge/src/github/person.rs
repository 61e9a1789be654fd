//! What people do on the pages, without a token: they break no rule, so none is checked.

use super::forge::Forge;
use super::state::{Lines, Review, ReviewComment};
use crate::diff::Side;

/// Someone at work.
#[derive(Debug)]
pub struct Person<'a> {
    pub(crate) forge: &'a Forge,
    pub(crate) login: String,
}

impl Person<'_> {
    /// Comments below a pull request; the comment's id.
    pub fn comment(&self, full_name: &str, number: u64, body: &str) -> u64 {
        self.forge.state().add_comment(full_name, number, &self.login, None, body.to_owned())
    }

    /// Comments on a line of the new side; the comment's id.
    ///
    /// # Panics
    /// The line is not in the diff.
    pub fn comment_on(&self, full_name: &str, number: u64, path: &str, line: u64, body: &str) -> u64 {
        let mut state = self.forge.state();
        let lines = Some(Lines { side: Side::Right, line, start: None });
        let (repository, pull) = (state.repository(full_name), state.pull(full_name, number));
        let commit = pull.head.clone();
        let place = state.place(repository, pull, &commit, path, lines);
        let place = place.unwrap_or_else(|why| panic!("{path}:{line} takes no comment: {why:?}"));
        let review = self.review(&mut state, full_name, number);
        let (id, now) = (state.id(), state.now());
        state.pull_mut(full_name, number).review_comments.push(ReviewComment {
            id,
            review,
            author: self.login.clone(),
            body: body.to_owned(),
            path: path.to_owned(),
            lines,
            commit,
            merge_base: place.merge_base,
            diff_hunk: place.diff_hunk,
            original_position: place.position,
            reply_to: None,
            resolved: None,
            created_at: now.clone(),
            updated_at: now,
        });
        id
    }

    fn review(&self, state: &mut super::state::State, full_name: &str, number: u64) -> u64 {
        let commit = state.pull(full_name, number).head.clone();
        state.add_review(
            full_name,
            number,
            Review {
                id: 0,
                author: self.login.clone(),
                body: String::new(),
                state: "COMMENTED",
                commit,
                submitted_at: String::new(),
            },
        )
    }

    /// Answers in a thread, given any of its comments; the answer's id.
    ///
    /// # Panics
    /// There is no such comment.
    pub fn reply(&self, full_name: &str, number: u64, comment: u64, body: &str) -> u64 {
        let mut state = self.forge.state();
        let first = self.first(&state, full_name, number, comment);
        let review = self.review(&mut state, full_name, number);
        state.add_reply(full_name, number, first, &self.login, review, body.to_owned())
    }

    /// Changes a comment of either kind.
    ///
    /// # Panics
    /// There is no such comment.
    pub fn edit(&self, full_name: &str, number: u64, comment: u64, body: &str) {
        let mut state = self.forge.state();
        let now = state.now();
        let pull = state.pull_mut(full_name, number);
        let said = pull.comments.iter_mut().map(|c| (c.id, &mut c.body, &mut c.updated_at));
        let on_lines = pull.review_comments.iter_mut().map(|c| (c.id, &mut c.body, &mut c.updated_at));
        let (_, text, updated_at) =
            said.chain(on_lines).find(|(id, ..)| *id == comment).expect("a comment of this id");
        *text = body.to_owned();
        *updated_at = now;
    }

    /// Deletes a comment of either kind; the first of a thread takes the thread with it.
    pub fn delete(&self, full_name: &str, number: u64, comment: u64) {
        let mut state = self.forge.state();
        let pull = state.pull_mut(full_name, number);
        pull.comments.retain(|c| c.id != comment);
        pull.review_comments.retain(|c| c.id != comment && c.reply_to != Some(comment));
    }

    /// Resolves a thread, given any of its comments.
    pub fn resolve(&self, full_name: &str, number: u64, comment: u64) {
        self.settle(full_name, number, comment, Some(self.login.clone()));
    }

    /// Opens a resolved thread again, given any of its comments.
    pub fn unresolve(&self, full_name: &str, number: u64, comment: u64) {
        self.settle(full_name, number, comment, None);
    }

    fn settle(&self, full_name: &str, number: u64, comment: u64, resolved: Option<String>) {
        let mut state = self.forge.state();
        let first = self.first(&state, full_name, number, comment);
        let comments = &mut state.pull_mut(full_name, number).review_comments;
        comments.iter_mut().filter(|c| c.id == first).for_each(|c| c.resolved.clone_from(&resolved));
    }

    fn first(&self, state: &super::state::State, full_name: &str, number: u64, comment: u64) -> u64 {
        let comments = &state.pull(full_name, number).review_comments;
        let found = comments.iter().find(|c| c.id == comment);
        let found = found.unwrap_or_else(|| panic!("{} finds no review comment {comment}", self.login));
        found.reply_to.unwrap_or(found.id)
    }
}
