//! Reviews and their comments as GitHub keeps and shows them.

use serde_json::{Value, json};

use super::render::node_id;
use super::state::{PullState, Repository, Review, ReviewComment, State};
use crate::diff::Side;

impl PullState {
    /// Without those of reviews that were never submitted.
    pub(crate) fn visible_comments(&self) -> impl Iterator<Item = &ReviewComment> {
        let pending =
            |id: u64| self.reviews.iter().any(|review| review.id == id && review.state == "PENDING");
        self.review_comments.iter().filter(move |comment| !pending(comment.review))
    }

    /// The first comment of each thread.
    pub(crate) fn threads(&self) -> impl Iterator<Item = &ReviewComment> {
        self.visible_comments().filter(|comment| comment.reply_to.is_none())
    }

    /// A thread's comments, given its first.
    pub(crate) fn thread(&self, first: u64) -> impl Iterator<Item = &ReviewComment> {
        self.visible_comments().filter(move |comment| comment.id == first || comment.reply_to == Some(first))
    }
}

pub(crate) fn side(side: Side) -> &'static str {
    match side {
        Side::Left => "LEFT",
        Side::Right => "RIGHT",
    }
}

impl State {
    /// Adds a review, with an id and a time of its own.
    pub(crate) fn add_review(&mut self, full_name: &str, number: u64, mut review: Review) -> u64 {
        review.id = self.id();
        review.submitted_at = self.now();
        let id = review.id;
        self.pull_mut(full_name, number).reviews.push(review);
        id
    }

    /// Adds a comment to a thread, given its first.
    pub(crate) fn add_reply(
        &mut self,
        full_name: &str,
        number: u64,
        first: u64,
        login: &str,
        review: u64,
        body: String,
    ) -> u64 {
        let (id, now) = (self.id(), self.now());
        let pull = self.pull_mut(full_name, number);
        let first = pull.review_comments.iter().find(|comment| comment.id == first);
        let first = first.unwrap_or_else(|| panic!("no review comment on {full_name}#{number}"));
        let reply = ReviewComment {
            id,
            review,
            author: login.to_owned(),
            body,
            path: first.path.clone(),
            lines: first.lines,
            commit: first.commit.clone(),
            merge_base: first.merge_base.clone(),
            diff_hunk: first.diff_hunk.clone(),
            original_position: first.original_position,
            reply_to: Some(first.id),
            resolved: None,
            created_at: now.clone(),
            updated_at: now,
        };
        pull.review_comments.push(reply);
        id
    }

    pub(crate) fn review(&self, repository: &Repository, pull: &PullState, review: &Review) -> Value {
        let page = format!("{}/pull/{}", self.html(repository), pull.number);
        let url = format!("{}/pulls/{}", self.api(repository), pull.number);
        let html = format!("{page}#pullrequestreview-{}", review.id);
        let mut shown = json!({
            "id": review.id,
            "node_id": node_id("PRR", review.id),
            "user": self.user(&review.author),
            "body": review.body,
            "state": review.state,
            "html_url": html,
            "pull_request_url": url,
            "author_association": self.association(repository, &review.author),
            "_links": { "html": { "href": html }, "pull_request": { "href": url } },
            "commit_id": review.commit,
        });
        if review.state != "PENDING" {
            shown["submitted_at"] = review.submitted_at.clone().into();
        }
        shown
    }

    pub(crate) fn review_comment(
        &self,
        repository: &Repository,
        pull: &PullState,
        comment: &ReviewComment,
    ) -> Value {
        let url = format!("{}/pulls/comments/{}", self.api(repository), comment.id);
        let pull_url = format!("{}/pulls/{}", self.api(repository), pull.number);
        let html = format!("{}/pull/{}#discussion_r{}", self.html(repository), pull.number, comment.id);
        let now = self.current(repository, pull, comment);
        let on_file = comment.lines.is_none();
        let lives = now.is_some() || on_file;
        let mut shown = json!({
            "url": url,
            "pull_request_review_id": comment.review,
            "id": comment.id,
            "node_id": node_id("PRRC", comment.id),
            "diff_hunk": comment.diff_hunk,
            "path": comment.path,
            "commit_id": if lives { &pull.head } else { &comment.commit },
            "original_commit_id": comment.commit,
            "user": self.user(&comment.author),
            "body": comment.body,
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "html_url": html,
            "pull_request_url": pull_url,
            "author_association": self.association(repository, &comment.author),
            "_links": {
                "self": { "href": url },
                "html": { "href": html },
                "pull_request": { "href": pull_url },
            },
            "subject_type": if on_file { "file" } else { "line" },
        });
        if let Some(first) = comment.reply_to {
            shown["in_reply_to_id"] = first.into();
        }
        // Null where GitHub's OpenAPI forgets that an outdated comment has none.
        shown["position"] = now.and_then(|(_, position)| position).into();
        shown["original_position"] = comment.original_position.into();
        shown["line"] = now.map(|(lines, _)| lines.line).into();
        shown["original_line"] = comment.lines.map(|lines| lines.line).into();
        shown["start_line"] = now.and_then(|(lines, _)| lines.start).map(|(_, line)| line).into();
        shown["original_start_line"] =
            comment.lines.and_then(|lines| lines.start).map(|(_, line)| line).into();
        shown["start_side"] = comment.lines.and_then(|lines| lines.start).map(|(s, _)| side(s)).into();
        shown["side"] = comment.lines.map_or("RIGHT", |lines| side(lines.side)).into();
        shown
    }
}
