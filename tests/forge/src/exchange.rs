//! One request, its response, and what the journal keeps of both.

use serde_json::{Map, Value, json};

/// What a client sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Percent-encoded, with a leading `/`, without the query.
    pub path: String,
    /// Without `?`; empty if there is none.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Raw.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of a name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The last query parameter of a name, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query.as_bytes())
            .filter(|(n, _)| n == name)
            .last()
            .map(|(_, value)| value.into_owned())
    }

    /// The parts of the path, each decoded.
    #[must_use]
    pub fn segments(&self) -> Vec<String> {
        let decode = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
        self.path.trim_start_matches('/').split('/').map(decode).collect()
    }

    /// Path and query as they stood in the request line.
    #[must_use]
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}

/// What goes back.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Content,
}

/// The body of a response.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Empty,
    Json(Value),
    Bytes(String, Vec<u8>),
}

impl Response {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Content::Json(body) }
    }

    pub(crate) fn bytes(media_type: &str, body: Vec<u8>) -> Self {
        Self { status: 200, headers: Vec::new(), body: Content::Bytes(media_type.to_owned(), body) }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A request and what became of it, without any token.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Counted from 1, in the order in which requests arrived.
    pub number: usize,
    /// `GET`, `POST`, …
    pub method: String,
    /// Percent-encoded, without the query.
    pub path: String,
    /// Without `?`.
    pub query: String,
    /// Whose token it was; nothing if none was accepted.
    pub login: Option<String>,
    /// Headers of the request that say something of its form: never `authorization`.
    pub request_headers: Vec<(String, String)>,
    /// Parsed if it is JSON, text otherwise, null if there is none.
    pub request_body: Value,
    /// What the client was told; nothing if the connection was closed instead.
    pub status: Option<u16>,
    /// Of the response.
    pub response_headers: Vec<(String, String)>,
    /// As the request's; a token in it reads `[token]`.
    pub response_body: Value,
    /// Whether a planted fault answered, or kept the answer.
    pub fault: bool,
    /// Whether the fake changed its state: a mutating request that succeeded, even if the client never heard of it.
    pub wrote: bool,
}

/// Of the request; the others are the connection's, or secret.
const KEPT_HEADERS: [&str; 6] =
    ["accept", "content-type", "user-agent", "x-github-api-version", "if-none-match", "x-github-event"];

impl Exchange {
    pub(crate) fn of(number: usize, request: &Request) -> Self {
        let kept = |(name, _): &&(String, String)| KEPT_HEADERS.contains(&name.as_str());
        Self {
            number,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            login: None,
            request_headers: request.headers.iter().filter(kept).cloned().collect(),
            request_body: shown(&request.body),
            status: None,
            response_headers: Vec::new(),
            response_body: Value::Null,
            fault: false,
            wrote: false,
        }
    }

    /// What the client is sent.
    pub(crate) fn answered(&mut self, response: &Response) {
        self.status = Some(response.status);
        self.response_headers.clone_from(&response.headers);
        self.response_body = match &response.body {
            Content::Empty => Value::Null,
            Content::Json(body) => without_token(body),
            Content::Bytes(_, body) => shown(body),
        };
    }

    /// As a line of a recording.
    pub(crate) fn record(&self, forge: &str) -> Value {
        let object = |pairs: &[(String, String)]| -> Map<String, Value> {
            pairs.iter().map(|(name, value)| (name.clone(), Value::from(value.clone()))).collect()
        };
        json!({
            "forge": forge,
            "number": self.number,
            "login": self.login,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "request_headers": object(&self.request_headers),
            "request_body": self.request_body,
            "status": self.status,
            "response_headers": object(&self.response_headers),
            "response_body": self.response_body,
            "fault": self.fault,
            "wrote": self.wrote,
        })
    }
}

fn shown(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into())
}

/// The only response that carries one is an object with a member `token`.
fn without_token(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(token) = body.get_mut("token") {
        *token = "[token]".into();
    }
    body
}
