//! Commit statuses.

use serde_json::{Value, json};

use super::body::Body;
use super::refusal::{forbidden, not_found, unprocessable};
use super::route::{Call, Outcome};
use super::state::{State, Status};
use crate::exchange::Response;
use crate::git::is_digest;

/// Newest first.
pub(crate) fn list(call: &mut Call<'_>, revision: &str) -> Outcome {
    let commit = call.repository().git.commit(revision).ok_or_else(not_found)?;
    let statuses = call.repository().statuses.iter().rev().filter(|status| status.sha == commit);
    Ok(call.paged(statuses.map(|status| shown(call.state, status)).collect()))
}

pub(crate) fn create(call: &mut Call<'_>, sha: &str) -> Outcome {
    let repository = call.repository();
    if !repository.can_write(&call.caller.login) {
        return Err(forbidden("user should have a permission to write to a repo"));
    }
    if !is_digest(sha) || repository.git.commit(sha).is_none() {
        return Err(not_found());
    }
    let body = Body::of(call.request, &["state", "target_url", "description", "context"])?;
    let state = body.required("state")?;
    if !["pending", "success", "error", "failure", "warning"].contains(&state.as_str()) {
        return Err(unprocessable(&format!("{state} is no state")));
    }
    let target_url = body.text("target_url")?;
    if !target_url.is_empty() && !target_url.starts_with("http://") && !target_url.starts_with("https://") {
        return Err(unprocessable("target_url is no URL"));
    }
    let (description, context) = (body.text("description")?, body.text("context")?);
    let status = Status {
        id: call.state.clock.id(),
        sha: sha.to_owned(),
        state,
        context: if context.is_empty() { "default".to_owned() } else { context },
        description,
        target_url,
        creator: call.caller.login.clone(),
        created_at: call.state.clock.now(),
    };
    let shown = shown(call.state, &status);
    call.state.repository_mut(&call.full_name).statuses.push(status);
    Ok(Response::json(201, shown))
}

fn shown(state: &State, status: &Status) -> Value {
    json!({
        "id": status.id,
        "status": status.state,
        "target_url": status.target_url,
        "description": status.description,
        "context": status.context,
        "creator": state.user(&status.creator),
        "created_at": status.created_at,
        "updated_at": status.created_at,
    })
}
