//! GitHub's words when it refuses.

use serde_json::{Value, json};

use crate::exchange::Response;

const DOCUMENTATION: &str = "https://docs.github.com/rest";

fn refusal(status: u16, message: &str) -> Response {
    let body =
        json!({ "message": message, "documentation_url": DOCUMENTATION, "status": status.to_string() });
    Response::json(status, body)
}

pub(crate) fn bad_request(message: &str) -> Response {
    refusal(400, message)
}

pub(crate) fn unauthorized(message: &str) -> Response {
    refusal(401, message)
}

pub(crate) fn forbidden(message: &str) -> Response {
    refusal(403, message)
}

/// Also the answer for what a token may not know of.
pub(crate) fn not_found() -> Response {
    refusal(404, "Not Found")
}

pub(crate) fn missing(message: &str) -> Response {
    refusal(404, message)
}

/// A body that does not fit the endpoint's schema.
pub(crate) fn invalid_request(why: &str) -> Response {
    refusal(422, &format!("Invalid request.\n\n{why}"))
}

/// 422 with a message alone.
pub(crate) fn unprocessable(message: &str) -> Response {
    refusal(422, message)
}

/// 422 with plain sentences, as reviews are refused.
pub(crate) fn unprocessable_entity(errors: &[String]) -> Response {
    let body = json!({
        "message": "Unprocessable Entity",
        "errors": errors,
        "documentation_url": DOCUMENTATION,
        "status": "422",
    });
    Response::json(422, body)
}

/// 422 with a row for each mistake.
pub(crate) fn validation_failed(errors: Vec<Value>) -> Response {
    let body = json!({
        "message": "Validation Failed",
        "errors": errors,
        "documentation_url": DOCUMENTATION,
        "status": "422",
    });
    Response::json(422, body)
}

/// A row of `validation_failed`.
pub(crate) fn custom(resource: &str, field: &str, message: &str) -> Value {
    json!({ "resource": resource, "code": "custom", "field": field, "message": message })
}
