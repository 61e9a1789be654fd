//! HTTP to a forge: one host, a deadline for each call, limits obeyed, and never two of a write.
//!
//! Reading is repeated where the forge stumbles. A write of which nobody knows whether it was done is not: whoever asked looks at
//! what there is now, and decides again.

mod address;
mod answer;

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

use address::{Address, GRAPHQL};
use answer::{Answer, LIMITED, shown};

/// Longest a call may take, whatever the other side does.
const DEADLINE: Duration = Duration::from_secs(60);
/// Largest answer, in bytes: a file of the largest size, in base64 inside of JSON.
const MOST: u64 = 96 << 20;
/// How often reading is tried, and a call that a limit refused.
const TRIES: u32 = 4;
/// How often a call is sent on.
const HOPS: u32 = 3;
/// Most pages of a list: 100 entries each, and one kind of forge lists whole trees so.
const PAGES: usize = 1_000;
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

#[derive(Default)]
struct Spent {
    waited: Duration,
    wrote: Option<Instant>,
}

/// Calls to one forge.
pub struct Client {
    agent: ureq::Agent,
    base: Address,
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
        let base = Address::new(base)?;
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(DEADLINE))
            // A renamed repository answers with where it is now: that is followed here, and only to the same address.
            .max_redirects(0)
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
            next = self.next_page(path, &answer.headers)?;
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
        parsed(
            GRAPHQL,
            &self.tried(Call { method: &Method::POST, path: GRAPHQL, body: Some(body), accept: None })?.body,
        )
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

    /// The path of the next page, if there is one. What stands elsewhere is not read, and not taken for nothing.
    fn next_page(&self, path: &str, headers: &HeaderMap) -> Result<Option<String>, Failure> {
        let links = headers.get("link").and_then(|links| links.to_str().ok()).unwrap_or_default();
        let next = links.split(',').find(|link| link.contains("rel=\"next\""));
        let address = next.and_then(|next| Some(next.split_once('<')?.1.split_once('>')?.0));
        address.map(|address| self.base.own(&what("GET", path), address)).transpose()
    }

    fn read(&self, path: &str, accept: Option<&'static str>) -> Result<Answer, Failure> {
        let mut pause = PAUSE;
        let mut tries = TRIES;
        loop {
            tries = tries.saturating_sub(1);
            match self.tried(Call { method: &Method::GET, path, body: None, accept }) {
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
        self.tried(Call { method, path, body: Some(body), accept: None })
    }

    /// A call, again as often as a limit or an old token refused it: then nothing was done.
    fn tried(&self, call: Call<'_>) -> Result<Answer, Failure> {
        for _ in 0..TRIES {
            let answer = self.followed(call)?;
            if answer.status == StatusCode::UNAUTHORIZED && self.credentials.refused() {
                continue;
            }
            match answer.limit() {
                Some(wait) => self.wait(&call.what(), wait)?,
                None => return answer.judged(call.what(), *call.method == Method::GET),
            }
        }
        Err(Failure::Limited { what: call.what(), wait: LIMITED })
    }

    /// A call, where it is sent on to at this address.
    fn followed(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let mut path = call.path.to_owned();
        for _ in 0..=HOPS {
            let answer = self.once(Call { path: &path, ..call })?;
            match answer.redirect(call.method) {
                Some(location) => path = self.base.own(&call.what(), &location)?,
                None => return Ok(answer),
            }
        }
        Err(Failure::Malformed { what: call.what(), said: format!("it sends on more than {HOPS} times") })
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

    fn once(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let (what, Call { method, path, body, accept }) = (call.what(), call);
        let mut request = Request::builder().method(method.clone()).uri(self.base.of(path));
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
            let said = shown(&error.to_string()).replace("timeout: global", "no answer in time");
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

/// One call.
#[derive(Clone, Copy)]
struct Call<'c> {
    method: &'c Method,
    path: &'c str,
    body: Option<&'c Value>,
    /// Media type of the answer, if it is not that of all.
    accept: Option<&'static str>,
}

impl Call<'_> {
    fn what(&self) -> String {
        what(self.method.as_str(), self.path)
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
