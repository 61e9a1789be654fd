//! Commit statuses.

use serde_json::json;

use super::body::Body;
use super::refusal::{custom, invalid_request, unprocessable, validation_failed};
use super::render::node_id;
use super::route::{Call, Outcome};
use super::state::Status;
use crate::exchange::Response;
use crate::git::is_digest;

/// The longest description, in characters. <https://docs.github.com/graphql/reference/objects#statuscontext>
const LONGEST_DESCRIPTION: usize = 140;
/// "There is a limit of 1000 statuses per sha and context within a repository."
/// <https://docs.github.com/rest/commits/statuses>
const MOST: usize = 1_000;

pub(crate) fn create(call: &mut Call<'_>, sha: &str) -> Outcome {
    call.caller.need(&["statuses"], "write")?;
    let request = Body::of(call.request, &["state", "target_url", "description", "context"])?;
    let repository = call.repository();
    if !is_digest(sha) || repository.git.commit(sha).is_none() {
        return Err(unprocessable(&format!("No commit found for SHA: {sha}")));
    }
    let state = request.one_of("state", &["error", "failure", "pending", "success"])?;
    let state = state.ok_or_else(|| invalid_request("\"state\" wasn't supplied."))?;
    let description = request.text("description")?;
    if description.as_ref().is_some_and(|text| text.chars().count() > LONGEST_DESCRIPTION) {
        let message = "description is too long (maximum is 140 characters)";
        return Err(validation_failed(vec![custom("Status", "description", message)]));
    }
    let target_url = request.text("target_url")?;
    if target_url.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        let message = "target_url must use http(s) scheme";
        return Err(validation_failed(vec![custom("Status", "target_url", message)]));
    }
    let context = request.text("context")?.unwrap_or_else(|| "default".to_owned());
    let before = repository.statuses.iter().filter(|s| s.sha == sha && s.context == context).count();
    if before >= MOST {
        let message = "This SHA and context has reached the maximum number of statuses.";
        return Err(validation_failed(vec![custom("Status", "context", message)]));
    }
    let (id, now) = (call.state.id(), call.state.now());
    let creator = call.caller.login.clone();
    let user = call.state.user(&creator);
    let shown = json!({
        "id": id,
        "node_id": node_id("SC", id),
        "url": format!("{}/statuses/{sha}", call.state.api(call.repository())),
        "avatar_url": user["avatar_url"],
        "state": state,
        "description": description,
        "target_url": target_url,
        "context": context,
        "created_at": now,
        "updated_at": now,
        "creator": user,
    });
    let status = Status { creator, sha: sha.to_owned(), state, context, description, target_url };
    call.state.repository_mut(&call.full_name).statuses.push(status);
    Ok(Response::json(201, shown))
}
