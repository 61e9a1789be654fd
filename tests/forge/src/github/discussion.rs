//! The conversation below a pull request: comments and reactions to them.

use serde_json::{Value, json};

use super::access::Kind;
use super::body::Body;
use super::pull::as_issue;
use super::refusal::{forbidden, not_found, unprocessable};
use super::render::node_id;
use super::route::{Call, Outcome};
use super::state::{Comment, PullState, Reaction, Repository, State};
use crate::exchange::Response;

/// Either will do for a pull request's comments.
/// <https://docs.github.com/rest/authentication/permissions-required-for-github-apps>
const ACCESS: &[&str] = &["issues", "pull_requests"];

const REACTIONS: [&str; 8] = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

pub(crate) fn list(call: &mut Call<'_>, number: &str) -> Outcome {
    call.caller.need(ACCESS, "read")?;
    let pull = as_issue(call, number)?;
    let since = call.request.parameter("since").unwrap_or_default();
    let comments = pull.comments.iter().filter(|comment| comment.updated_at >= since);
    let shown = comments.map(|comment| call.state.comment(call.repository(), pull, comment)).collect();
    Ok(call.paged(shown))
}

pub(crate) fn one(call: &mut Call<'_>, id: &str) -> Outcome {
    call.caller.need(ACCESS, "read")?;
    let (number, id) = find(call, id)?;
    Ok(Response::json(200, shown(call, number, id)))
}

pub(crate) fn create(call: &mut Call<'_>, number: &str) -> Outcome {
    call.caller.need(ACCESS, "write")?;
    let pull = as_issue(call, number)?;
    unlocked(pull)?;
    let number = pull.number;
    let body = Body::of(call.request, &["body"])?.comment()?;
    let (login, app) = (call.caller.login.clone(), call.caller.app);
    let id = call.state.add_comment(&call.full_name, number, &login, app, body);
    let location = format!("{}/issues/comments/{id}", call.state.api(call.repository()));
    Ok(Response::json(201, shown(call, number, id)).with("location", location))
}

pub(crate) fn edit(call: &mut Call<'_>, id: &str) -> Outcome {
    call.caller.need(ACCESS, "write")?;
    let (number, id) = find(call, id)?;
    unlocked(call.state.pull(&call.full_name, number))?;
    let body = Body::of(call.request, &["body"])?.comment()?;
    let now = call.state.now();
    let editor = call.caller.clone();
    let may_all = editor.kind == Kind::User && call.repository().can_write(&editor.login);
    let comment = call.pull_mut(number).comments.iter_mut().find(|comment| comment.id == id);
    let comment = comment.ok_or_else(not_found)?;
    // People who may write may edit what others said. Whether apps may is not documented: here they may not.
    if comment.author != editor.login && !may_all {
        return Err(forbidden(editor.refused()));
    }
    comment.body = body;
    comment.updated_at = now;
    Ok(Response::json(200, shown(call, number, id)))
}

pub(crate) fn react(call: &mut Call<'_>, id: &str) -> Outcome {
    call.caller.need(ACCESS, "write")?;
    let (number, id) = find(call, id)?;
    unlocked(call.state.pull(&call.full_name, number))?;
    let content = Body::of(call.request, &["content"])?.one_of("content", &REACTIONS)?;
    let content = content.ok_or_else(|| unprocessable("Validation Failed: content wasn't supplied"))?;
    let login = call.caller.login.clone();
    let (new_id, now) = (call.state.id(), call.state.now());
    let comment = call.pull_mut(number).comments.iter_mut().find(|comment| comment.id == id);
    let reactions = &mut comment.ok_or_else(not_found)?.reactions;
    let same = reactions.iter().find(|r| r.login == login && r.content == content).cloned();
    let status = if same.is_some() { 200 } else { 201 };
    let reaction = same.unwrap_or_else(|| {
        let reaction = Reaction { id: new_id, login, content, created_at: now };
        reactions.push(reaction.clone());
        reaction
    });
    let shown = json!({
        "id": reaction.id,
        "node_id": node_id("REA", reaction.id),
        "user": call.state.user(&reaction.login),
        "content": reaction.content,
        "created_at": reaction.created_at,
    });
    Ok(Response::json(status, shown))
}

/// A locked conversation takes nothing. On GitHub people who may write still can; what apps may is not documented.
/// <https://docs.github.com/communities/moderating-comments-and-conversations/locking-conversations>
pub(crate) fn unlocked(pull: &PullState) -> Result<(), Response> {
    if pull.locked {
        return Err(forbidden("Unable to create comment because issue is locked."));
    }
    Ok(())
}

/// The pull request on which a comment stands.
fn find(call: &Call<'_>, id: &str) -> Result<(u64, u64), Response> {
    let id: u64 = id.parse().map_err(|_| not_found())?;
    let mut pulls = call.repository().pulls.values();
    let pull = pulls.find(|pull| pull.comments.iter().any(|comment| comment.id == id));
    Ok((pull.ok_or_else(not_found)?.number, id))
}

fn shown(call: &Call<'_>, number: u64, id: u64) -> Value {
    let pull = call.state.pull(&call.full_name, number);
    let comment = pull.comments.iter().find(|comment| comment.id == id);
    comment.map_or(Value::Null, |comment| call.state.comment(call.repository(), pull, comment))
}

impl State {
    pub(crate) fn add_comment(
        &mut self,
        full_name: &str,
        number: u64,
        login: &str,
        app: Option<u64>,
        body: String,
    ) -> u64 {
        let (id, now) = (self.id(), self.now());
        let comment = Comment {
            id,
            author: login.to_owned(),
            app,
            body,
            created_at: now.clone(),
            updated_at: now,
            reactions: Vec::new(),
        };
        self.pull_mut(full_name, number).comments.push(comment);
        id
    }

    pub(crate) fn comment(&self, repository: &Repository, pull: &PullState, comment: &Comment) -> Value {
        let (api, html) = (self.api(repository), self.html(repository));
        let url = format!("{api}/issues/comments/{}", comment.id);
        let count = |content: &str| comment.reactions.iter().filter(|r| r.content == content).count();
        let mut reactions =
            json!({ "url": format!("{url}/reactions"), "total_count": comment.reactions.len() });
        for content in REACTIONS {
            reactions[content] = count(content).into();
        }
        json!({
            "id": comment.id,
            "node_id": node_id("IC", comment.id),
            "url": url,
            "html_url": format!("{html}/pull/{}#issuecomment-{}", pull.number, comment.id),
            "issue_url": format!("{api}/issues/{}", pull.number),
            "user": self.user(&comment.author),
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "body": comment.body,
            "author_association": self.association(repository, &comment.author),
            "performed_via_github_app": self.integration_of(comment.app),
            "reactions": reactions,
        })
    }
}
