//! Comments below a pull request. Those on lines can be read and edited here, too: to Gitea they are the same.

use serde_json::{Value, json};

use super::body::Body;
use super::refusal::{forbidden, not_found};
use super::route::{Call, Outcome};
use super::state::{Comment, PullState};
use crate::exchange::Response;

/// `REACTIONS` of `app.ini`.
const REACTIONS: [&str; 8] = ["+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"];

/// All of them in one page, and none of those on lines.
pub(crate) fn list(call: &mut Call<'_>, number: &str) -> Outcome {
    let pull = call.pull(number)?;
    let since = call.request.parameter("since").unwrap_or_default();
    let comments = pull.comments.iter().filter(|comment| comment.updated_at >= since);
    let shown: Vec<Value> =
        comments.map(|comment| call.state.shown_comment(call.repository(), pull.number, comment)).collect();
    let total = shown.len().to_string();
    Ok(Response::json(200, shown.into()).with("x-total-count", total))
}

pub(crate) fn one(call: &mut Call<'_>, id: &str) -> Outcome {
    let (pull, comment) = find(call, id)?;
    Ok(Response::json(200, call.state.shown_comment(call.repository(), pull.number, comment)))
}

pub(crate) fn create(call: &mut Call<'_>, number: &str) -> Outcome {
    let pull = call.pull(number)?;
    unlocked(call, pull)?;
    let number = pull.number;
    let body = Body::of(call.request, &["body"])?.required("body")?;
    let login = call.caller.login.clone();
    let comment = call.state.comment(&login, body);
    let shown = call.state.shown_comment(call.repository(), number, &comment);
    call.state.pull_mut(&call.full_name, number).comments.push(comment);
    Ok(Response::json(201, shown))
}

pub(crate) fn edit(call: &mut Call<'_>, id: &str) -> Outcome {
    let (pull, comment) = find(call, id)?;
    let login = &call.caller.login;
    if comment.author != *login && !call.repository().can_write(login) {
        return Err(forbidden("you may not edit this comment"));
    }
    unlocked(call, pull)?;
    let (number, id_number) = (pull.number, comment.id);
    let body = Body::of(call.request, &["body"])?.required("body")?;
    let now = call.state.clock.now();
    let comment = all_mut(call.state.pull_mut(&call.full_name, number)).find(|c| c.id == id_number);
    let comment = comment.ok_or_else(not_found)?;
    comment.body = body;
    comment.updated_at = now;
    one(call, id)
}

pub(crate) fn react(call: &mut Call<'_>, id: &str) -> Outcome {
    let (pull, comment) = find(call, id)?;
    unlocked(call, pull)?;
    let (number, id) = (pull.number, comment.id);
    let content = Body::of(call.request, &["content"])?.required("content")?;
    if !REACTIONS.contains(&content.as_str()) {
        return Err(forbidden(&format!("'{content}' is not an allowed reaction")));
    }
    let (login, now) = (call.caller.login.clone(), call.state.clock.now());
    let shown = json!({ "user": call.state.user(&login), "content": content, "created_at": now });
    let comment = all_mut(call.state.pull_mut(&call.full_name, number)).find(|c| c.id == id);
    let reactions = &mut comment.ok_or_else(not_found)?.reactions;
    let reaction = (login, content);
    if reactions.contains(&reaction) {
        return Ok(Response::json(200, shown));
    }
    reactions.push(reaction);
    Ok(Response::json(201, shown))
}

/// Who may write still comments on what is locked.
fn unlocked(call: &Call<'_>, pull: &PullState) -> Result<(), Response> {
    if pull.locked && !call.repository().can_write(&call.caller.login) {
        return Err(forbidden("You can't comment on a locked conversation"));
    }
    Ok(())
}

fn find<'a>(call: &'a Call<'_>, id: &str) -> Result<(&'a PullState, &'a Comment), Response> {
    let id: u64 = id.parse().map_err(|_| not_found())?;
    let found = call.repository().pulls.values().find_map(|pull| {
        let on_lines =
            pull.reviews.iter().flat_map(|review| &review.comments).map(|on_line| &on_line.comment);
        Some((pull, pull.comments.iter().chain(on_lines).find(|comment| comment.id == id)?))
    });
    found.ok_or_else(not_found)
}

fn all_mut(pull: &mut PullState) -> impl Iterator<Item = &mut Comment> {
    let on_lines = pull.reviews.iter_mut().flat_map(|review| &mut review.comments);
    pull.comments.iter_mut().chain(on_lines.map(|on_line| &mut on_line.comment))
}
