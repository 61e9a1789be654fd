//! HTTP to a forge: one host, a deadline for each call, limits obeyed, and never two of a write.
//!
//! Reading is repeated where the forge stumbles. A write of which nobody knows whether it was done is not: whoever asked looks at
//! what there is now, and decides again.

use std::fmt;
use std::io::Read as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};

pub use super::failure::Failure;
use crate::report::text::plain;

/// Longest a call may take, whatever the other side does.
const DEADLINE: Duration = Duration::from_secs(60);
/// Largest answer, in bytes: a file of the largest size, in base64 inside of JSON.
const MOST: u64 = 96 << 20;
/// How often reading is tried, and a call that a limit refused.
const TRIES: u32 = 4;
/// Most pages of a list: 100 entries each, and one kind of forge lists whole trees so.
const PAGES: usize = 1_000;
/// Longest text of a forge that is shown in an error, in bytes.
const SHOWN: usize = 300;
/// What is waited where a limit says nothing about its end.
const LIMITED: Duration = Duration::from_secs(60);
/// Where GraphQL is asked; on a server of one's own, beside the versions of the other interface.
const GRAPHQL: &str = "/graphql";
/// First pause before reading is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// What calls are authorised with.
pub trait Credentials: Send + Sync {
    /// The value of the header `Authorization`.
    ///
    /// # Errors
    /// There is none to be had.
    fn authorization(&self) -> Result<String, Failure>;

    /// Says that the last one was not accepted; whether another may be.
    fn refused(&self) -> bool {
        false
    }
}

/// A token that does not change.
pub struct Fixed(String);

impl Fixed {
    /// With how it is announced: `Bearer …`.
    #[must_use]
    pub fn bearer(token: &str) -> Self {
        Self(format!("Bearer {token}"))
    }
}

impl Credentials for Fixed {
    fn authorization(&self) -> Result<String, Failure> {
        Ok(self.0.clone())
    }
}

/// How patient a client is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Longest wait for a limit, over all calls.
    pub limits: Duration,
    /// Pause between two writes.
    pub pace: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        // GitHub asks for a second between writes.
        // <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api>
        Self { limits: Duration::from_secs(180), pace: Duration::from_secs(1) }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

#[derive(Default)]
struct Spent {
    waited: Duration,
    wrote: Option<Instant>,
}

/// Calls to one forge.
pub struct Client {
    agent: ureq::Agent,
    base: String,
    headers: Vec<(&'static str, &'static str)>,
    credentials: Box<dyn Credentials>,
    patience: Patience,
    spent: Mutex<Spent>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Client {
    /// For the interface at an address, which is `https`, or this machine.
    ///
    /// # Errors
    /// The address is neither: the token would be readable on its way.
    pub fn new(
        base: &str,
        headers: Vec<(&'static str, &'static str)>,
        credentials: Box<dyn Credentials>,
        patience: Patience,
    ) -> anyhow::Result<Self> {
        let base = base.trim_end_matches('/').to_owned();
        let near = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let is_near = near.iter().any(|near| {
            base.strip_prefix(near).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        });
        if !base.starts_with("https://") && !is_near {
            anyhow::bail!(
                "{}: the token would travel in the clear; give an address that begins with https://",
                plain(&base)
            );
        }
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(DEADLINE))
            // A renamed repository answers with where it is now; another host never gets the token.
            .redirect_auth_headers(ureq::config::RedirectAuthHeaders::SameHost)
            .user_agent(concat!("hallpass/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build()
            .into();
        Ok(Self { agent, base, headers, credentials, patience, spent: Mutex::default() })
    }

    /// Reads.
    ///
    /// # Errors
    /// It is not there, or the forge does not answer.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        parsed(path, &self.read(path, None)?.body)
    }

    /// Reads bytes: `accept` is the media type.
    ///
    /// # Errors
    /// It is not there, or the forge does not answer.
    pub fn bytes(&self, path: &str, accept: &'static str) -> Result<Vec<u8>, Failure> {
        Ok(self.read(path, Some(accept))?.body)
    }

    /// Reads all pages of a list; `path` has a query already. `items` takes them out of a page.
    ///
    /// # Errors
    /// The forge does not answer, or there are too many pages.
    pub fn pages<P: DeserializeOwned, T>(
        &self,
        path: &str,
        items: impl Fn(P) -> Vec<T>,
    ) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        let mut next = Some(path.to_owned());
        for _ in 0..PAGES {
            let Some(page) = next.take() else { return Ok(all) };
            let answer = self.read(&page, None)?;
            all.extend(items(parsed(&page, &answer.body)?));
            next = self.next_page(&answer.headers);
        }
        match next {
            None => Ok(all),
            Some(_) => {
                Err(Failure::Malformed { what: what("GET", path), said: format!("more than {PAGES} pages") })
            }
        }
    }

    /// Asks GraphQL: a call that is no write of the REST interface, and is not paced as one.
    ///
    /// # Errors
    /// The forge does not answer.
    pub fn ask<T: DeserializeOwned>(&self, body: &Value) -> Result<T, Failure> {
        parsed(GRAPHQL, &self.tried(&Method::POST, GRAPHQL, Some(body), None)?.body)
    }

    /// Writes, and reads the answer.
    ///
    /// # Errors
    /// It was refused, or what became of it is not known.
    pub fn send<T: DeserializeOwned>(&self, method: Method, path: &str, body: &Value) -> Result<T, Failure> {
        let answer = self.write(&method, path, body)?;
        // It was done: an answer that cannot be read does not undo it.
        let what = what(method.as_str(), path);
        serde_json::from_slice(&answer.body)
            .map_err(|error| Failure::Unknown { what, said: error.to_string() })
    }

    /// Writes where the answer says nothing.
    ///
    /// # Errors
    /// As above.
    pub fn send_only(&self, method: Method, path: &str, body: &Value) -> Result<(), Failure> {
        self.write(&method, path, body).map(drop)
    }

    /// The path of the next page, if it is one of this host.
    fn next_page(&self, headers: &HeaderMap) -> Option<String> {
        let links = headers.get("link")?.to_str().ok()?;
        let next = links.split(',').find(|link| link.contains("rel=\"next\""))?;
        let address = next.split_once('<')?.1.split_once('>')?.0;
        let path = address.strip_prefix(self.base.as_str())?;
        path.starts_with('/').then(|| path.to_owned())
    }

    fn read(&self, path: &str, accept: Option<&'static str>) -> Result<Answer, Failure> {
        let mut pause = PAUSE;
        let mut tries = TRIES;
        loop {
            tries = tries.saturating_sub(1);
            match self.tried(&Method::GET, path, None, accept) {
                Err(failure @ (Failure::Unreachable { .. } | Failure::Unknown { .. })) if tries > 0 => {
                    tracing::debug!(%failure, "tried again");
                    std::thread::sleep(pause);
                    pause *= 2;
                }
                answered => return answered,
            }
        }
    }

    fn write(&self, method: &Method, path: &str, body: &Value) -> Result<Answer, Failure> {
        let wait = {
            let mut spent = self.spent();
            let wait =
                spent.wrote.map_or(Duration::ZERO, |at| self.patience.pace.saturating_sub(at.elapsed()));
            spent.wrote = Some(Instant::now() + wait);
            wait
        };
        std::thread::sleep(wait);
        self.tried(method, path, Some(body), None)
    }

    /// A call, again as often as a limit or an old token refused it: then nothing was done.
    fn tried(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        accept: Option<&'static str>,
    ) -> Result<Answer, Failure> {
        for _ in 0..TRIES {
            let answer = self.once(method, path, body, accept)?;
            if answer.status == StatusCode::UNAUTHORIZED && self.credentials.refused() {
                continue;
            }
            match limit(&answer) {
                Some(wait) => self.wait(&what(method.as_str(), path), wait)?,
                None => return judged(method, path, answer),
            }
        }
        Err(Failure::Limited { what: what(method.as_str(), path), wait: LIMITED })
    }

    /// Waits for a limit, if there is time for it.
    fn wait(&self, what: &str, wait: Duration) -> Result<(), Failure> {
        let mut spent = self.spent();
        if spent.waited.saturating_add(wait) > self.patience.limits {
            return Err(Failure::Limited { what: what.to_owned(), wait });
        }
        spent.waited += wait;
        drop(spent);
        tracing::info!(call = what, seconds = wait.as_secs(), "waiting for a limit of the forge");
        std::thread::sleep(wait);
        Ok(())
    }

    fn spent(&self) -> std::sync::MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn address(&self, path: &str) -> String {
        match self.base.strip_suffix("/v3").filter(|_| path == GRAPHQL) {
            Some(beside) => format!("{beside}{path}"),
            None => format!("{}{path}", self.base),
        }
    }

    fn once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        accept: Option<&'static str>,
    ) -> Result<Answer, Failure> {
        let what = what(method.as_str(), path);
        let mut request = Request::builder().method(method.clone()).uri(self.address(path));
        for (name, value) in &self.headers {
            if accept.is_none() || !name.eq_ignore_ascii_case("accept") {
                request = request.header(*name, *value);
            }
        }
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        request = request.header("authorization", self.credentials.authorization()?);
        let bytes = body.map(Value::to_string).unwrap_or_default();
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let malformed =
            |error: &dyn fmt::Display| Failure::Invalid { what: what.clone(), said: error.to_string() };
        let sent = match body {
            Some(_) => self.agent.run(request.body(bytes).map_err(|error| malformed(&error))?),
            None => self.agent.run(request.body(()).map_err(|error| malformed(&error))?),
        };
        let failed = |error: &dyn fmt::Display| {
            let said = shown(&error.to_string());
            match body {
                Some(_) => Failure::Unknown { what: what.clone(), said },
                None => Failure::Unreachable { what: what.clone(), said },
            }
        };
        let response = sent.map_err(|error| failed(&error))?;
        let (parts, body) = response.into_parts();
        let mut bytes = Vec::new();
        body.into_reader().take(MOST + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
        if bytes.len() as u64 > MOST {
            return Err(Failure::Malformed { what, said: format!("it is larger than {} MiB", MOST >> 20) });
        }
        Ok(Answer { status: parts.status, headers: parts.headers, body: bytes })
    }
}

/// A call for people: without what a query holds.
fn what(method: &str, path: &str) -> String {
    format!("{method} {}", plain(path.split('?').next().unwrap_or_default()))
}

fn parsed<T: DeserializeOwned>(path: &str, body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body)
        .map_err(|error| Failure::Malformed { what: what("GET", path), said: error.to_string() })
}

/// How long a limit asks to wait, if one refused the call.
/// <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>
fn limit(answer: &Answer) -> Option<Duration> {
    let number = |name: &str| answer.headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let is_many = answer.status == StatusCode::TOO_MANY_REQUESTS;
    let is_refused = answer.status == StatusCode::FORBIDDEN;
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
fn judged(method: &Method, path: &str, answer: Answer) -> Result<Answer, Failure> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let what = what(method.as_str(), path);
    let said = said(&answer);
    Err(match answer.status.as_u16() {
        401 => Failure::Token { what, said },
        403 => Failure::Refused { what, said },
        404 | 410 => Failure::Missing { what },
        409 => Failure::Conflict { what, said },
        500.. if *method == Method::GET => Failure::Unreachable { what, said },
        500.. => Failure::Unknown { what, said },
        _ => Failure::Invalid { what, said },
    })
}

/// The forge's own words about an error, as far as they can be shown.
fn said(answer: &Answer) -> String {
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
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
    shown(format!("{} {message}{errors}", answer.status.as_u16()).trim())
}

fn shown(text: &str) -> String {
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

    fn client(base: &str) -> anyhow::Result<Client> {
        Client::new(base, Vec::new(), Box::new(Fixed::bearer("t")), Patience::default())
    }

    #[test]
    fn a_limit_is_told_from_a_refusal() {
        assert_eq!(limit(&answer(403, &[("retry-after", "7")])), Some(Duration::from_secs(7)));
        assert_eq!(limit(&answer(429, &[])), Some(LIMITED));
        assert_eq!(limit(&answer(403, &[("x-ratelimit-remaining", "12")])), None);
        assert!(limit(&answer(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")])).is_some());
        assert_eq!(limit(&answer(500, &[("retry-after", "7")])), None);
    }

    #[test]
    fn a_token_does_not_travel_in_the_clear() {
        for base in
            ["http://example.com", "ftp://x", "http://127.0.0.1.example.com", "http://localhost.example.com/"]
        {
            assert!(client(base).is_err(), "{base}");
        }
        for base in ["https://api.github.com", "http://127.0.0.1:8080/api/v3/", "http://localhost:1"] {
            assert!(client(base).is_ok(), "{base}");
        }
    }

    #[test]
    fn only_this_host_has_a_next_page() {
        let client = client("https://api.github.com").unwrap();
        let next = |link: &str| client.next_page(&answer(200, &[("link", link)]).headers);
        assert_eq!(
            next("<https://api.github.com/a?page=2>; rel=\"next\", <x>; rel=\"last\"").as_deref(),
            Some("/a?page=2")
        );
        assert_eq!(next("<https://api.github.com.evil.example/a>; rel=\"next\""), None);
        assert_eq!(next("<https://evil.example/a>; rel=\"next\""), None);
        assert_eq!(next("<https://api.github.com/a>; rel=\"last\""), None);
    }

    #[test]
    fn what_became_of_a_write_is_not_guessed() {
        let judged =
            |method: Method, status: u16| judged(&method, "/x?secret=1", answer(status, &[])).unwrap_err();
        assert!(matches!(judged(Method::POST, 502), Failure::Unknown { .. }));
        assert!(matches!(judged(Method::GET, 502), Failure::Unreachable { .. }));
        assert!(matches!(judged(Method::POST, 422), Failure::Invalid { .. }));
        assert!(!judged(Method::GET, 403).to_string().contains("secret"));
    }
}
