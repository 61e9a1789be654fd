//! GitLab's words when it refuses.

use serde_json::json;

use crate::exchange::Response;

/// A mistake in a note or a status.
pub(crate) fn bad_request(message: &str) -> Response {
    Response::json(400, json!({ "message": message }))
}

/// A parameter that is missing or of the wrong kind, as Grape tells it.
pub(crate) fn invalid(error: &str) -> Response {
    Response::json(400, json!({ "error": error }))
}

pub(crate) fn unauthorized() -> Response {
    Response::json(401, json!({ "message": "401 Unauthorized" }))
}

pub(crate) fn forbidden() -> Response {
    Response::json(403, json!({ "message": "403 Forbidden" }))
}

/// A token whose scopes do not cover the request.
pub(crate) fn insufficient_scope(needed: &str) -> Response {
    Response::json(
        403,
        json!({
            "error": "insufficient_scope",
            "error_description": "The request requires higher privileges than provided by the access token.",
            "scope": needed,
        }),
    )
}

/// `Project`, `Merge Request`, `Commit`, …
pub(crate) fn not_found(what: &str) -> Response {
    Response::json(404, json!({ "message": format!("404 {what} Not Found") }))
}
