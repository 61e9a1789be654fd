//! What a forge answered, and what that means.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Method, StatusCode};

use super::Failure;
use crate::report::text::plain;

/// What is waited where a limit says nothing about its end.
pub(super) const LIMITED: Duration = Duration::from_secs(60);
/// Longest text of a forge that is shown in an error, in bytes.
const SHOWN: usize = 300;

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Where an answer says that it stands. A write is sent on only where its method stays.
    pub(super) fn redirect(&self, method: &Method) -> Option<String> {
        let keeps = matches!(self.status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        let moved = matches!(self.status, StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND);
        let follows = keeps || (moved && *method == Method::GET);
        follows.then(|| self.headers.get("location")?.to_str().ok().map(str::to_owned)).flatten()
    }

    /// How long a limit asks to wait, if one refused the call.
    /// <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>
    pub(super) fn limit(&self) -> Option<Duration> {
        let number = |name: &str| self.headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let is_many = self.status == StatusCode::TOO_MANY_REQUESTS;
        let is_refused = self.status == StatusCode::FORBIDDEN;
        if !is_many && !is_refused {
            return None;
        }
        if let Some(seconds) = number("retry-after") {
            return Some(Duration::from_secs(seconds));
        }
        if number("x-ratelimit-remaining").or_else(|| number("ratelimit-remaining")) == Some(0) {
            let reset = number("x-ratelimit-reset").or_else(|| number("ratelimit-reset"));
            let now = jiff::Timestamp::now().as_second().unsigned_abs();
            // A clock that is behind would have it wait for nothing.
            return Some(
                reset.map_or(LIMITED, |at| Duration::from_secs(at.saturating_sub(now).saturating_add(1))),
            );
        }
        is_many.then_some(LIMITED)
    }

    /// What a status means.
    pub(super) fn judged(self, what: String, is_read: bool) -> Result<Self, Failure> {
        if self.status.is_success() {
            return Ok(self);
        }
        let said = self.said();
        Err(match self.status.as_u16() {
            401 => Failure::Token { what, said },
            403 => Failure::Refused { what, said },
            404 | 410 => Failure::Missing { what },
            409 => Failure::Conflict { what, said },
            500.. if is_read => Failure::Unreachable { what, said },
            500.. => Failure::Unknown { what, said },
            _ => Failure::Invalid { what, said },
        })
    }

    /// The forge's own words about an error, as far as they can be shown.
    fn said(&self) -> String {
        let json: Option<Value> = serde_json::from_slice(&self.body).ok();
        let message = json.as_ref().and_then(|json| json.get("message").or_else(|| json.get("error")));
        let message = match message {
            Some(Value::String(message)) => message.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let errors = json
            .as_ref()
            .and_then(|json| json.get("errors"))
            .map(|errors| format!(" {errors}"))
            .unwrap_or_default();
        shown(format!("{} {message}{errors}", self.status.as_u16()).trim())
    }
}

/// A text of a forge, as it can be shown.
pub(super) fn shown(text: &str) -> String {
    crate::report::shortened(&plain(text), SHOWN)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)]) -> Answer {
        let headers =
            headers.iter().map(|(name, value)| ((*name).try_into().unwrap(), value.parse().unwrap()));
        Answer { status: StatusCode::from_u16(status).unwrap(), headers: headers.collect(), body: Vec::new() }
    }

    #[test]
    fn a_limit_is_told_from_a_refusal() {
        let limit = |status: u16, headers: &[(&'static str, &str)]| answer(status, headers).limit();
        assert_eq!(limit(403, &[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(limit(429, &[]), Some(LIMITED));
        assert_eq!(limit(403, &[("x-ratelimit-remaining", "12")]), None);
        assert!(limit(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")]).is_some());
        assert_eq!(limit(500, &[("retry-after", "7")]), None);
    }

    #[test]
    fn what_became_of_a_write_is_not_guessed() {
        let judged = |is_read: bool, status: u16| {
            answer(status, &[]).judged("a call".to_owned(), is_read).unwrap_err()
        };
        assert!(matches!(judged(false, 502), Failure::Unknown { .. }));
        assert!(matches!(judged(true, 502), Failure::Unreachable { .. }));
        assert!(matches!(judged(false, 422), Failure::Invalid { .. }));
        assert!(matches!(judged(true, 302), Failure::Invalid { .. }));
    }

    #[test]
    fn a_write_is_sent_on_only_as_it_is() {
        let to = |status: u16, method: Method| answer(status, &[("location", "/a")]).redirect(&method);
        assert!(to(301, Method::GET).is_some() && to(307, Method::POST).is_some());
        assert_eq!((to(301, Method::POST), to(200, Method::GET)), (None, None));
    }
}
