//! Commit statuses.

use serde_json::{Value, json};

use super::access::{DEVELOPER, REPORTER};
use super::parameters::Parameters;
use super::refusal::{bad_request, invalid, not_found};
use super::route::{Call, Outcome};
use super::state::{State, Status};
use crate::clock;
use crate::exchange::Response;

/// The longest description and target URL, in characters: they are columns of that width.
const LONGEST: usize = 255;

pub(crate) fn list(call: &mut Call<'_>, sha: &str) -> Outcome {
    call.caller.need(call.project(), REPORTER)?;
    let commit = call.project().git.commit(sha).ok_or_else(|| not_found("Commit"))?;
    let parameters = Parameters::of(call.request)?;
    let (all, name) = (parameters.boolean("all")?.unwrap_or(false), parameters.text("name")?);
    let statuses = &call.project().statuses;
    let latest = |status: &Status| {
        !statuses.iter().any(|s| s.id > status.id && (&s.sha, &s.name) == (&status.sha, &status.name))
    };
    let wanted = statuses.iter().filter(|status| {
        status.sha == commit
            && (all || latest(status))
            && name.as_ref().is_none_or(|name| *name == status.name)
    });
    Ok(call.paged(wanted.map(|status| shown(call.state, status)).collect()))
}

pub(crate) fn create(call: &mut Call<'_>, sha: &str) -> Outcome {
    call.caller.need(call.project(), DEVELOPER)?;
    let parameters = Parameters::of(call.request)?;
    let state = parameters.required("state", "state")?;
    if !["pending", "running", "success", "failed", "canceled", "skipped"].contains(&state.as_str()) {
        return Err(invalid("state does not have a valid value"));
    }
    let commit = call.project().git.commit(sha).ok_or_else(|| not_found("Commit"))?;
    let name = match parameters.text("name")? {
        Some(name) => name,
        None => parameters.text("context")?.unwrap_or_else(|| "default".to_owned()),
    };
    let (description, target_url) = (parameters.text("description")?, parameters.text("target_url")?);
    for (what, text) in [("description", &description), ("target_url", &target_url)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST) {
            return Err(bad_request(&format!("{what} is too long (maximum is 255 characters)")));
        }
    }
    if target_url.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        return Err(bad_request("target_url is blocked: Only allowed schemes are http, https"));
    }
    let branch = parameters.text("ref")?.unwrap_or_else(|| "main".to_owned());
    let (id, created_at) = (call.state.clock.id(), call.state.clock.now());
    let author = call.caller.login.clone();
    let statuses = &mut call.state.project_mut(&call.path).statuses;
    // One that has not ended is changed; after the end a new one begins.
    let going = statuses.iter_mut().find(|status| {
        (status.sha == commit && status.name == name && status.author == author && status.branch == branch)
            && ["pending", "running"].contains(&status.state.as_str())
    });
    let status = if let Some(going) = going {
        let step = match (going.state.as_str(), state.as_str()) {
            (_, "pending") => Some("enqueue"),
            ("running", "running") => Some("run"),
            _ => None,
        };
        if let Some(step) = step {
            let from = &going.state;
            return Err(bad_request(&format!(
                "Cannot transition status via :{step} from :{from} (Reason(s): Status cannot transition via \"{step}\")"
            )));
        }
        going.state = state;
        going.description = description.or_else(|| going.description.clone());
        going.target_url = target_url.or_else(|| going.target_url.clone());
        going.clone()
    } else {
        let new =
            Status { id, sha: commit, branch, name, state, author, description, target_url, created_at };
        statuses.push(new.clone());
        new
    };
    Ok(Response::json(201, shown(call.state, &status)))
}

fn shown(state: &State, status: &Status) -> Value {
    let finished = !["pending", "running"].contains(&status.state.as_str());
    json!({
        "id": status.id,
        "sha": status.sha,
        "ref": status.branch,
        "status": status.state,
        "name": status.name,
        "target_url": status.target_url,
        "description": status.description,
        "created_at": status.created_at,
        "started_at": null,
        "finished_at": finished.then_some(&status.created_at),
        "allow_failure": false,
        "coverage": null,
        "pipeline_id": clock::person(&status.sha),
        "author": state.person(&status.author),
    })
}
