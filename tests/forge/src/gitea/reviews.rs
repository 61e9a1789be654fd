//! Reviews and their comments on lines.

use serde_json::{Value, json};

use super::body::Body;
use super::refusal::{forbidden, not_found, unprocessable};
use super::route::{Call, Outcome};
use super::state::{LineComment, PullState, Repository, ReviewState, State};
use crate::diff::Side;
use crate::exchange::Response;

pub(crate) fn list(call: &mut Call<'_>, number: &str) -> Outcome {
    let pull = call.pull(number)?;
    let seen = pull.reviews.iter().filter(|review| visible(review, &call.caller.login));
    Ok(call.paged(seen.map(|review| call.state.review(call.repository(), pull, review)).collect()))
}

pub(crate) fn one(call: &mut Call<'_>, number: &str, id: &str) -> Outcome {
    let (pull, review) = find(call, number, id)?;
    Ok(Response::json(200, call.state.review(call.repository(), pull, review)))
}

pub(crate) fn comments(call: &mut Call<'_>, number: &str, id: &str) -> Outcome {
    let (pull, review) = find(call, number, id)?;
    let show = |comment| call.state.line_comment(call.repository(), pull, review, comment);
    Ok(Response::json(200, review.comments.iter().map(show).collect()))
}

fn visible(review: &ReviewState, login: &str) -> bool {
    review.state != "PENDING" || review.author == login
}

fn find<'a>(
    call: &'a Call<'_>,
    number: &str,
    id: &str,
) -> Result<(&'a PullState, &'a ReviewState), Response> {
    let pull = call.pull(number)?;
    let review = pull.reviews.iter().find(|review| id.parse() == Ok(review.id));
    let review = review.filter(|review| visible(review, &call.caller.login)).ok_or_else(not_found)?;
    Ok((pull, review))
}

pub(crate) fn create(call: &mut Call<'_>, number: &str) -> Outcome {
    let pull = call.pull(number)?;
    let login = call.caller.login.clone();
    if pull.locked && !call.repository().can_write(&login) {
        return Err(forbidden("You can't comment on a locked conversation"));
    }
    let (number, head, own) = (pull.number, pull.head.clone(), pull.author == login);
    let body = Body::of(call.request, &["event", "body", "commit_id", "comments"])?;
    let (text, event, said) = (body.text("body")?, body.text("event")?, body.list("comments")?);
    let silent = text.trim().is_empty();
    let state = match event.as_str() {
        "APPROVED" if own => return Err(unprocessable("approve your own pull is not allowed")),
        "REQUEST_CHANGES" if own => return Err(unprocessable("reject your own pull is not allowed")),
        "COMMENT" if silent && said.is_empty() => {
            return Err(unprocessable("review event COMMENT requires a body or a comment"));
        }
        "APPROVED" | "COMMENT" => event,
        // Any other event leaves the review pending, where nobody but its author sees it; then a body is needed, too.
        _ if silent => return Err(unprocessable(&format!("review event {event} requires a body"))),
        "REQUEST_CHANGES" => event,
        _ => "PENDING".to_owned(),
    };
    let commit = Some(body.text("commit_id")?).filter(|commit| !commit.is_empty()).unwrap_or(head);
    let mut placed = Vec::new();
    for comment in &said {
        placed.push(place(call, number, &commit, comment)?);
    }
    let comments = placed.into_iter().map(|(path, body, old_line, new_line, diff_hunk)| LineComment {
        comment: call.state.comment(&login, body),
        path,
        old_line,
        new_line,
        commit: commit.clone(),
        diff_hunk,
        resolver: None,
    });
    let comments = comments.collect();
    let (id, submitted_at) = (call.state.clock.id(), call.state.clock.now());
    let review =
        ReviewState { id, author: login, body: text, state, commit: commit.clone(), submitted_at, comments };
    call.state.pull_mut(&call.full_name, number).reviews.push(review);
    one(call, &number.to_string(), &id.to_string())
}

type Place = (String, String, Option<u64>, Option<u64>, String);

/// Gitea itself takes comments on lines that are not in the diff and then shows them nowhere; it takes a commit it does
/// not know and fails. The fake refuses both.
fn place(call: &Call<'_>, number: u64, commit: &str, said: &Value) -> Result<Place, Response> {
    let said = Body::inner(said, &["path", "body", "old_position", "new_position"])?;
    let (path, body) = (said.required("path")?, said.required("body")?);
    let (old, new) = (said.line("old_position")?, said.line("new_position")?);
    let (side, line) = match (old, new) {
        (Some(line), None) => (Side::Left, line),
        (None, Some(line)) => (Side::Right, line),
        _ => return Err(unprocessable("one of old_position and new_position is a line, the other 0")),
    };
    let (repository, pull) = (call.repository(), call.state.pull(&call.full_name, number));
    let own = call.state.merge_base(repository, pull, &pull.head);
    if !repository.git.between(&own, &pull.head).iter().any(|sha| sha == commit) {
        return Err(unprocessable(&format!("{commit} is no commit of this pull request")));
    }
    let base = call.state.merge_base(repository, pull, commit);
    let files = repository.git.diff(&base, commit);
    let file = files.iter().find(|file| file.path == path);
    let hunk = file.and_then(|file| file.hunk(side, line));
    let hunk = hunk.ok_or_else(|| unprocessable(&format!("{path}:{line} is not in the diff")))?;
    let last = hunk.index(side, line).unwrap_or_default();
    let text: Vec<&str> = hunk.text.iter().take(last + 1).map(String::as_str).collect();
    Ok((path, body, old, new, text.join("\n")))
}

impl State {
    fn review(&self, repository: &Repository, pull: &PullState, review: &ReviewState) -> Value {
        let html = format!("{}/pulls/{}", self.html(repository), pull.number);
        json!({
            "id": review.id,
            "user": self.user(&review.author),
            "team": null,
            "state": review.state,
            "body": review.body,
            "commit_id": review.commit,
            "stale": review.commit != pull.head,
            "official": repository.can_write(&review.author),
            "dismissed": false,
            "comments_count": review.comments.len(),
            "submitted_at": review.submitted_at,
            "updated_at": review.submitted_at,
            "html_url": format!("{html}#issuecomment-{}", review.id),
            "pull_request_url": html,
        })
    }

    fn line_comment(
        &self,
        repository: &Repository,
        pull: &PullState,
        review: &ReviewState,
        on_line: &LineComment,
    ) -> Value {
        let html = format!("{}/pulls/{}", self.html(repository), pull.number);
        let comment = &on_line.comment;
        json!({
            "id": comment.id,
            "body": comment.body,
            "user": self.user(&comment.author),
            "resolver": on_line.resolver.as_ref().map_or(Value::Null, |login| self.user(login)),
            "pull_request_review_id": review.id,
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "path": on_line.path,
            "commit_id": on_line.commit,
            "original_commit_id": on_line.commit,
            "diff_hunk": on_line.diff_hunk,
            // Line numbers, whatever they are called: of the new side, and of the old.
            "position": on_line.new_line.unwrap_or_default(),
            "original_position": on_line.old_line.unwrap_or_default(),
            "html_url": format!("{html}#issuecomment-{}", comment.id),
            "pull_request_url": html,
        })
    }
}
