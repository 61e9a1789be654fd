//! Reviews, and comments on lines and files of the diff.

use serde_json::Value;

use super::access::Kind;
use super::body::{Body, LONGEST_BODY};
use super::discussion::unlocked;
use super::placement::{Misplaced, Placed};
use super::refusal::{
    custom, forbidden, invalid_request, not_found, unprocessable, unprocessable_entity, validation_failed,
};
use super::route::{Call, Outcome};
use super::state::{Lines, Review, ReviewComment};
use crate::diff::Side;
use crate::exchange::Response;

const ACCESS: &[&str] = &["pull_requests"];
const SIDES: [&str; 2] = ["LEFT", "RIGHT"];

pub(crate) fn list(call: &mut Call<'_>, number: &str) -> Outcome {
    call.caller.need(ACCESS, "read")?;
    let pull = call.pull(number)?;
    let login = &call.caller.login;
    let seen = pull.reviews.iter().filter(|review| review.state != "PENDING" || review.author == *login);
    let shown = seen.map(|review| call.state.review(call.repository(), pull, review)).collect();
    Ok(call.paged(shown))
}

pub(crate) fn comments(call: &mut Call<'_>, number: &str) -> Outcome {
    call.caller.need(ACCESS, "read")?;
    let pull = call.pull(number)?;
    let since = call.request.parameter("since").unwrap_or_default();
    let mut seen: Vec<&ReviewComment> =
        pull.visible_comments().filter(|comment| comment.updated_at >= since).collect();
    if call.request.parameter("sort").as_deref() == Some("updated") {
        seen.sort_by(|a, b| a.updated_at.cmp(&b.updated_at));
    }
    if call.request.parameter("direction").as_deref() == Some("desc") {
        seen.reverse();
    }
    let (page, link) = call.page(seen);
    let repository = call.repository();
    let shown: Vec<Value> =
        page.items.iter().map(|comment| call.state.review_comment(repository, pull, comment)).collect();
    Ok(super::route::linked(Response::json(200, shown.into()), link))
}

pub(crate) fn one(call: &mut Call<'_>, id: &str) -> Outcome {
    call.caller.need(ACCESS, "read")?;
    let (number, id) = find(call, id)?;
    Ok(Response::json(200, shown(call, number, id)))
}

/// A review with all its comments: one that finds no place refuses them all.
pub(crate) fn create(call: &mut Call<'_>, number: &str) -> Outcome {
    call.caller.need(ACCESS, "write")?;
    let pull = call.pull(number)?;
    unlocked(pull)?;
    let (number, head, author) = (pull.number, pull.head.clone(), pull.author.clone());
    let request = Body::of(call.request, &["commit_id", "body", "event", "comments"])?;
    let event = request.one_of("event", &["APPROVE", "REQUEST_CHANGES", "COMMENT"])?;
    let body = request.text("body")?.unwrap_or_default();
    let comments = request.list("comments")?;
    if body.chars().count() > LONGEST_BODY {
        return Err(unprocessable_entity(&[format!(
            "Body is too long (maximum is {LONGEST_BODY} characters)"
        )]));
    }
    // The documentation asks for a body with COMMENT; that comments will do instead is how every reviewer bot works.
    let silent = body.trim().is_empty();
    if event.as_deref() == Some("REQUEST_CHANGES") && silent
        || event.as_deref() == Some("COMMENT") && silent && comments.is_empty()
    {
        return Err(unprocessable_entity(&["Body cannot be blank".to_owned()]));
    }
    if matches!(event.as_deref(), Some("APPROVE" | "REQUEST_CHANGES")) && author == call.caller.login {
        return Err(unprocessable_entity(&[
            "Can not approve or request changes of your own pull request".to_owned()
        ]));
    }
    let commit = request.text("commit_id")?.unwrap_or(head);
    if !call.state.is_commit_of(call.repository(), call.state.pull(&call.full_name, number), &commit) {
        return Err(unprocessable_entity(&["commit_id is not part of the pull request".to_owned()]));
    }
    let (mut placed, mut errors) = (Vec::new(), Vec::new());
    for comment in &comments {
        let known = ["path", "body", "line", "side", "start_line", "start_side"];
        let comment = Body::inner(comment, &known)?;
        let (path, text) = (comment.required("path")?, comment.comment()?);
        let lines = lines(&comment)?.ok_or_else(|| invalid_request("\"line\" wasn't supplied."))?;
        match place(call, number, &commit, &path, Some(lines)) {
            Ok(place) => placed.push((path, text, lines, place)),
            Err(Misplaced::Path) => errors.push("Path could not be resolved".to_owned()),
            Err(Misplaced::Line) => errors.push("Line could not be resolved".to_owned()),
            Err(Misplaced::Start) => errors.push("Start line could not be resolved".to_owned()),
        }
    }
    if !errors.is_empty() {
        errors.dedup();
        return Err(unprocessable_entity(&errors));
    }
    let login = call.caller.login.clone();
    let mut reviews = call.state.pull(&call.full_name, number).reviews.iter();
    if event.is_none() && reviews.any(|review| review.state == "PENDING" && review.author == login) {
        return Err(unprocessable_entity(&[
            "User can only have one pending review per pull request".to_owned()
        ]));
    }
    let state = match event.as_deref() {
        Some("APPROVE") => "APPROVED",
        Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
        Some(_) => "COMMENTED",
        // Without an event nobody but its author sees it.
        None => "PENDING",
    };
    let review = add_review(call, number, &commit, body, state);
    for (path, text, lines, place) in placed {
        add(
            call,
            number,
            New { review, commit: &commit, path, body: text, lines: Some(lines), place, reply_to: None },
        );
    }
    let pull = call.state.pull(&call.full_name, number);
    let made = pull.reviews.iter().find(|made| made.id == review).ok_or_else(not_found)?;
    Ok(Response::json(200, call.state.review(call.repository(), pull, made)))
}

/// A single comment, which makes a review of its own.
pub(crate) fn comment(call: &mut Call<'_>, number: &str) -> Outcome {
    call.caller.need(ACCESS, "write")?;
    let pull = call.pull(number)?;
    unlocked(pull)?;
    let number = pull.number;
    let known = [
        "body",
        "commit_id",
        "path",
        "side",
        "line",
        "start_line",
        "start_side",
        "subject_type",
        "in_reply_to",
    ];
    let request = Body::of(call.request, &known)?;
    let body = request.comment()?;
    if let Some(first) = request.number("in_reply_to")? {
        // <https://docs.github.com/rest/pulls/comments>: with it, all but the body is ignored.
        return answer(call, number, first, body);
    }
    let (commit, path) = (request.required("commit_id")?, request.required("path")?);
    let lines = match request.one_of("subject_type", &["line", "file"])?.as_deref() {
        Some("file") if lines(&request)?.is_some() => {
            return Err(invalid_request("A comment on a file has no line."));
        }
        Some("file") => None,
        _ => Some(lines(&request)?.ok_or_else(|| invalid_request("\"line\" wasn't supplied."))?),
    };
    if !call.state.is_commit_of(call.repository(), call.state.pull(&call.full_name, number), &commit) {
        let message = "commit_id is not part of the pull request";
        return Err(validation_failed(vec![custom("PullRequestReviewComment", "commit_id", message)]));
    }
    let place = place(call, number, &commit, &path, lines).map_err(|why| {
        let (field, message) = match why {
            Misplaced::Path => ("path", "path could not be resolved"),
            Misplaced::Line => ("pull_request_review_thread.line", "line must be part of the diff"),
            Misplaced::Start => (
                "pull_request_review_thread.start_line",
                "start_line must be part of the same hunk as the line, and precede it",
            ),
        };
        validation_failed(vec![custom("PullRequestReviewComment", field, message)])
    })?;
    let review = add_review(call, number, &commit, String::new(), "COMMENTED");
    let id = add(call, number, New { review, commit: &commit, path, body, lines, place, reply_to: None });
    Ok(created(call, number, id))
}

pub(crate) fn reply(call: &mut Call<'_>, number: &str, id: &str) -> Outcome {
    call.caller.need(ACCESS, "write")?;
    let pull = call.pull(number)?;
    unlocked(pull)?;
    let number = pull.number;
    let body = Body::of(call.request, &["body"])?.comment()?;
    answer(call, number, id.parse().map_err(|_| not_found())?, body)
}

fn answer(call: &mut Call<'_>, number: u64, first: u64, body: String) -> Outcome {
    let pull = call.state.pull(&call.full_name, number);
    let first = pull.visible_comments().find(|comment| comment.id == first).ok_or_else(not_found)?;
    // "Replies to replies are not supported." <https://docs.github.com/rest/pulls/comments>
    if first.reply_to.is_some() {
        return Err(unprocessable("Validation Failed: replies to replies are not supported"));
    }
    let (first, commit) = (first.id, first.commit.clone());
    let login = call.caller.login.clone();
    let review = add_review(call, number, &commit, String::new(), "COMMENTED");
    let id = call.state.add_reply(&call.full_name, number, first, &login, review, body);
    Ok(created(call, number, id))
}

pub(crate) fn edit(call: &mut Call<'_>, id: &str) -> Outcome {
    call.caller.need(ACCESS, "write")?;
    let (number, id) = find(call, id)?;
    unlocked(call.state.pull(&call.full_name, number))?;
    let body = Body::of(call.request, &["body"])?.comment()?;
    let now = call.state.now();
    let editor = call.caller.clone();
    let may_all = editor.kind == Kind::User && call.repository().can_write(&editor.login);
    let comments = &mut call.pull_mut(number).review_comments;
    let comment = comments.iter_mut().find(|comment| comment.id == id).ok_or_else(not_found)?;
    if comment.author != editor.login && !may_all {
        return Err(forbidden(editor.refused()));
    }
    comment.body = body;
    comment.updated_at = now;
    Ok(Response::json(200, shown(call, number, id)))
}

/// Line and side, and where it starts.
fn lines(body: &Body) -> Result<Option<Lines>, Response> {
    let side = |name: &str| -> Result<Option<Side>, Response> {
        let side = body.one_of(name, &SIDES)?;
        Ok(side.map(|side| if side == "LEFT" { Side::Left } else { Side::Right }))
    };
    let (line, start) = (body.number("line")?, body.number("start_line")?);
    let (side, start_side) = (side("side")?.unwrap_or(Side::Right), side("start_side")?);
    let Some(line) = line else {
        return match start {
            Some(_) => Err(invalid_request("\"line\" wasn't supplied.")),
            None => Ok(None),
        };
    };
    if start.is_none() && start_side.is_some() {
        return Err(invalid_request("\"start_line\" wasn't supplied."));
    }
    Ok(Some(Lines { side, line, start: start.map(|start| (start_side.unwrap_or(side), start)) }))
}

fn place(
    call: &Call<'_>,
    number: u64,
    commit: &str,
    path: &str,
    lines: Option<Lines>,
) -> Result<Placed, Misplaced> {
    call.state.place(call.repository(), call.state.pull(&call.full_name, number), commit, path, lines)
}

struct New<'a> {
    review: u64,
    commit: &'a str,
    path: String,
    body: String,
    lines: Option<Lines>,
    place: Placed,
    reply_to: Option<u64>,
}

fn add(call: &mut Call<'_>, number: u64, new: New<'_>) -> u64 {
    let (id, now) = (call.state.id(), call.state.now());
    let author = call.caller.login.clone();
    call.pull_mut(number).review_comments.push(ReviewComment {
        id,
        review: new.review,
        author,
        body: new.body,
        path: new.path,
        lines: new.lines,
        commit: new.commit.to_owned(),
        merge_base: new.place.merge_base,
        diff_hunk: new.place.diff_hunk,
        original_position: new.place.position,
        reply_to: new.reply_to,
        resolved: None,
        created_at: now.clone(),
        updated_at: now,
    });
    id
}

fn add_review(call: &mut Call<'_>, number: u64, commit: &str, body: String, state: &'static str) -> u64 {
    let login = call.caller.login.clone();
    call.state.add_review(
        &call.full_name,
        number,
        Review { id: 0, author: login, body, state, commit: commit.to_owned(), submitted_at: String::new() },
    )
}

fn created(call: &Call<'_>, number: u64, id: u64) -> Response {
    let location = format!("{}/pulls/comments/{id}", call.state.api(call.repository()));
    Response::json(201, shown(call, number, id)).with("location", location)
}

/// The pull request on which a comment stands.
fn find(call: &Call<'_>, id: &str) -> Result<(u64, u64), Response> {
    let id: u64 = id.parse().map_err(|_| not_found())?;
    let mut pulls = call.repository().pulls.values();
    let pull = pulls.find(|pull| pull.visible_comments().any(|comment| comment.id == id));
    Ok((pull.ok_or_else(not_found)?.number, id))
}

fn shown(call: &Call<'_>, number: u64, id: u64) -> Value {
    let pull = call.state.pull(&call.full_name, number);
    let comment = pull.review_comments.iter().find(|comment| comment.id == id);
    comment.map_or(Value::Null, |comment| call.state.review_comment(call.repository(), pull, comment))
}
