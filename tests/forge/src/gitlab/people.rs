//! People, members and projects.

use serde_json::{Value, json};

use super::refusal::not_found;
use super::route::{Call, Outcome};
use super::state::{Project, State};
use crate::clock;
use crate::exchange::{Request, Response};

/// By exact name, as `?username=` does.
pub(crate) fn search(state: &State, request: &Request) -> Response {
    let Some(login) = request.parameter("username") else { return Response::json(200, json!([])) };
    let known = state.projects.values().any(|project| project.members.contains_key(&login));
    Response::json(200, if known { json!([state.person(&login)]) } else { json!([]) })
}

pub(crate) fn members(call: &Call<'_>) -> Response {
    let members = call.project().members.iter();
    call.paged(members.map(|(login, level)| member_of(call.state, login, *level)).collect())
}

pub(crate) fn member(call: &Call<'_>, id: &str) -> Outcome {
    let mut members = call.project().members.iter();
    let found = members.find(|(login, _)| id.parse() == Ok(clock::person(login)));
    let (login, level) = found.ok_or_else(|| not_found("Member"))?;
    Ok(Response::json(200, member_of(call.state, login, *level)))
}

fn member_of(state: &State, login: &str, level: u64) -> Value {
    let mut shown = state.person(login);
    shown["access_level"] = level.into();
    shown["expires_at"] = Value::Null;
    shown["membership_state"] = "active".into();
    shown
}

impl State {
    pub(crate) fn person(&self, login: &str) -> Value {
        json!({
            "id": clock::person(login),
            "username": login,
            "name": login,
            "public_email": null,
            "state": "active",
            "locked": false,
            "avatar_url": null,
            "web_url": format!("{}/{login}", self.url),
        })
    }

    pub(crate) fn shown_project(&self, project: &Project) -> Value {
        let name = project.path.rsplit('/').next().unwrap_or_default();
        let url = format!("{}/{}", self.url, project.path);
        let mut shown = json!({
            "id": project.id,
            "name": name,
            "path": name,
            "path_with_namespace": project.path,
            "description": null,
            "default_branch": "main",
            "visibility": "private",
            "archived": false,
            "web_url": url,
            "http_url_to_repo": format!("{url}.git"),
            "ssh_url_to_repo": format!("{url}.git"),
            "merge_requests_access_level": "enabled",
        });
        if let Some(parent) = project.fork_of.as_ref().and_then(|path| self.find(path)) {
            shown["forked_from_project"] = json!({ "id": parent.id, "path_with_namespace": parent.path });
        }
        shown
    }
}
