//! Who is who: apps, their installations and tokens, people and what they may, rate limits, workflow runs.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::access::{self, App, Caller, Kind, Token, TokenState};
use super::body::Body;
use super::refusal::{forbidden, not_found, unauthorized, unprocessable};
use super::render::node_id;
use super::route::{Call, Outcome};
use super::state::State;
use crate::exchange::{Request, Response};

pub(crate) fn user(state: &State, caller: &Caller) -> Outcome {
    // An installation is nobody. <https://docs.github.com/rest/users/users#get-the-authenticated-user>
    if caller.kind == Kind::App {
        return Err(forbidden(caller.refused()));
    }
    Ok(Response::json(200, state.own_user(&caller.login)))
}

fn as_app<'a>(state: &'a State, caller: &Caller) -> Result<&'a App, Response> {
    let app = caller.app.filter(|_| caller.jwt).and_then(|id| state.apps.get(&id));
    app.ok_or_else(|| unauthorized("A JSON web token could not be decoded"))
}

pub(crate) fn own(state: &State, caller: &Caller) -> Outcome {
    let app = as_app(state, caller)?;
    let mut shown = state.integration(app);
    shown["installations_count"] = 1.into();
    Ok(Response::json(200, shown))
}

fn installed(state: &State, app: &App) -> Vec<String> {
    let all = state.repositories.keys();
    all.filter(|name| app.repositories.is_empty() || app.repositories.contains(name)).cloned().collect()
}

pub(crate) fn installation(state: &State, caller: &Caller, full_name: &str) -> Outcome {
    let app = as_app(state, caller)?;
    if !installed(state, app).iter().any(|name| name == full_name) {
        return Err(not_found());
    }
    let repository = state.repository(full_name);
    let account = state.user(repository.owner());
    let id = app.installation();
    let permissions: Map<String, Value> =
        app.permissions.iter().map(|(name, level)| (name.clone(), level.clone().into())).collect();
    let shown = json!({
        "id": id,
        "account": account,
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": account["id"],
        "target_type": "User",
        "repository_selection": if app.repositories.is_empty() { "all" } else { "selected" },
        "access_tokens_url": format!("{}/app/installations/{id}/access_tokens", state.url),
        "repositories_url": format!("{}/installation/repositories", state.url),
        "html_url": format!("{}/settings/installations/{id}", state.url),
        "permissions": permissions,
        "events": ["pull_request", "issue_comment", "check_run"],
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "single_file_name": null,
        "suspended_by": null,
        "suspended_at": null,
    });
    Ok(Response::json(200, shown))
}

/// A token for the installation, narrowed to what was asked for.
pub(crate) fn access_token(state: &mut State, request: &Request, caller: &Caller, id: &str) -> Outcome {
    let app = as_app(state, caller)?.clone();
    if id.parse() != Ok(app.installation()) {
        return Err(not_found());
    }
    let body = Body::of(request, &["repositories", "repository_ids", "permissions"])?;
    let installed = installed(state, &app);
    let mut chosen = Vec::new();
    let refused = || {
        unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    };
    for name in body.list("repositories")? {
        // Without the owner, who is the installation's.
        let found = installed.iter().find(|full_name| full_name.split('/').nth(1) == name.as_str());
        chosen.push(found.ok_or_else(refused)?.clone());
    }
    for id in body.list("repository_ids")? {
        let found = installed.iter().find(|full_name| Some(state.repository(full_name).id) == id.as_u64());
        chosen.push(found.ok_or_else(refused)?.clone());
    }
    let selected = !chosen.is_empty() || !app.repositories.is_empty();
    if chosen.is_empty() {
        chosen.clone_from(&installed);
    }
    let held: BTreeMap<String, String> = app.permissions.iter().cloned().collect();
    let mut granted = held.clone();
    if let Some(asked) = body.get("permissions") {
        let Value::Object(asked) = asked else { return Err(unprocessable("Invalid request.")) };
        granted.clear();
        for (name, level) in asked {
            let level = level.as_str().unwrap_or_default();
            let within = match held.get(name).map(String::as_str) {
                Some("write") => ["read", "write"].contains(&level),
                Some(same) => same == level,
                None => name == "metadata" && level == "read",
            };
            if !within {
                return Err(unprocessable("The permissions requested are not granted to this installation."));
            }
            granted.insert(name.clone(), level.to_owned());
        }
    }
    granted.entry("metadata".to_owned()).or_insert_with(|| "read".to_owned());
    let secret = secret(state.id());
    let token = Token {
        login: app.login(),
        kind: Kind::App,
        permissions: granted.clone().into_iter().collect(),
        repositories: chosen.clone(),
        expires_after_requests: app.tokens_expire_after_requests,
        ..Token::default()
    };
    state.tokens.insert(secret.clone(), TokenState::new(token, Some(app.id)));
    let expires_at = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + 3_600);
    let mut shown = json!({
        "token": secret,
        "expires_at": expires_at.expect("a time of this era").to_string(),
        "permissions": granted,
        "repository_selection": if selected { "selected" } else { "all" },
    });
    if selected {
        shown["repositories"] =
            chosen.iter().map(|name| state.simple_repository(state.repository(name))).collect();
    }
    Ok(Response::json(201, shown))
}

/// Of the shape of an installation's token, and never the same twice.
fn secret(number: u64) -> String {
    let now = jiff::Timestamp::now().as_nanosecond();
    let digest = Sha256::digest(format!("{number} {now} {}", std::process::id()));
    let text: String = URL_SAFE_NO_PAD.encode(digest).chars().filter(char::is_ascii_alphanumeric).collect();
    format!("ghs_{}", &text.repeat(2)[..36])
}

pub(crate) fn rate_limit(state: &mut State, caller: &Caller) -> Response {
    let standing = access::charge(state, caller, true);
    let core = json!({
        "limit": standing.limit,
        "used": standing.used.min(standing.limit),
        "remaining": standing.remaining(),
        "reset": standing.reset,
    });
    let other =
        |limit: usize| json!({ "limit": limit, "used": 0, "remaining": limit, "reset": standing.reset });
    let resources = json!({ "core": core, "search": other(30), "graphql": other(5_000) });
    Response::json(200, json!({ "resources": resources, "rate": core }))
}

/// What a person may. Whoever may read the repository may ask.
pub(crate) fn permission(call: &mut Call<'_>, login: &str) -> Outcome {
    let repository = call.repository();
    let role = repository.permission(login);
    // Two roles are older than this endpoint's words for them.
    let permission = match role {
        "maintain" => "write",
        "triage" => "read",
        role => role,
    };
    let at_least = |roles: &[&str]| roles.contains(&role);
    let mut user = call.state.user(login);
    user["role_name"] = role.into();
    user["permissions"] = json!({
        "admin": role == "admin",
        "maintain": at_least(&["admin", "maintain"]),
        "push": at_least(&["admin", "maintain", "write"]),
        "triage": at_least(&["admin", "maintain", "write", "triage"]),
        "pull": role != "none",
    });
    Ok(Response::json(200, json!({ "permission": permission, "role_name": role, "user": user })))
}

pub(crate) fn run(call: &mut Call<'_>, id: &str) -> Outcome {
    call.caller.need(&["actions"], "read")?;
    let repository = call.repository();
    let run = repository.runs.iter().find(|run| id.parse() == Ok(run.id)).ok_or_else(not_found)?;
    let (api, html) = (call.state.api(repository), call.state.html(repository));
    let url = format!("{api}/actions/runs/{id}");
    let commit = repository.git.describe(&run.head).map_or(Value::Null, |commit| {
        json!({
            "id": commit.sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": commit.committer.date,
            "author": { "name": commit.author.name, "email": commit.author.email },
            "committer": { "name": commit.committer.name, "email": commit.committer.email },
        })
    });
    let head_repository = call.state.find(&run.head_repository);
    // Of a fork's run GitHub lists none, which is what makes a privileged second stage hard.
    let pulls = repository
        .pulls
        .values()
        .filter(|pull| pull.open && pull.head == run.head && pull.head_repository == repository.full_name);
    let shown = json!({
        "id": run.id,
        "name": run.name,
        "node_id": node_id("WFR", run.id),
        "head_branch": run.head_branch,
        "head_sha": run.head,
        "path": run.path,
        "run_number": 1,
        "run_attempt": 1,
        "display_title": run.name,
        "event": run.event,
        "status": if run.conclusion.is_some() { "completed" } else { "in_progress" },
        "conclusion": run.conclusion,
        "workflow_id": run.id + 1_000_000,
        "url": url,
        "html_url": format!("{html}/actions/runs/{id}"),
        "pull_requests": pulls.map(|pull| call.state.minimal_pull(repository, pull)).collect::<Vec<_>>(),
        "created_at": run.created_at,
        "updated_at": run.created_at,
        "run_started_at": run.created_at,
        "actor": call.state.user(&run.actor),
        "triggering_actor": call.state.user(&run.actor),
        "jobs_url": format!("{url}/jobs"),
        "logs_url": format!("{url}/logs"),
        "check_suite_url": format!("{api}/check-suites/{}", run.id),
        "artifacts_url": format!("{url}/artifacts"),
        "cancel_url": format!("{url}/cancel"),
        "rerun_url": format!("{url}/rerun"),
        "workflow_url": format!("{api}/actions/workflows/{}", run.id + 1_000_000),
        "head_commit": commit,
        "repository": call.state.minimal_repository(repository),
        "head_repository": call.state.minimal_repository(head_repository.unwrap_or(repository)),
    });
    Ok(Response::json(200, shown))
}
