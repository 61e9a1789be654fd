//! Gitea's words when it refuses.

use serde_json::json;

use crate::exchange::Response;

fn refusal(status: u16, message: &str) -> Response {
    Response::json(status, json!({ "message": message, "url": "https://docs.gitea.com/api" }))
}

pub(crate) fn unauthorized(message: &str) -> Response {
    refusal(401, message)
}

pub(crate) fn forbidden(message: &str) -> Response {
    refusal(403, message)
}

pub(crate) fn not_found() -> Response {
    let body = json!({
        "message": "The target couldn't be found.",
        "url": "https://docs.gitea.com/api",
        "errors": [],
    });
    Response::json(404, body)
}

pub(crate) fn unprocessable(message: &str) -> Response {
    refusal(422, message)
}
