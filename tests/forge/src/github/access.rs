//! Who asks, and what they may: tokens, permissions, repositories covered, rate limits.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::jwt;
use super::refusal::{forbidden, unauthorized};
use super::state::State;
use crate::exchange::{Request, Response};

/// Whose kind of token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// An app's for an installation; `GITHUB_TOKEN` is one, of the app `github-actions`. Which app it is is told by the
    /// login, `<slug>[bot]`.
    #[default]
    App,
    /// A person's.
    User,
}

/// What a test grants.
#[derive(Debug, Clone)]
pub struct Token {
    /// Who comments with it.
    pub login: String,
    /// Whose kind it is.
    pub kind: Kind,
    /// Name and level (`read` or `write`); `metadata: read` is always among them.
    pub permissions: Vec<(String, String)>,
    /// Full names of those it covers; empty covers all.
    pub repositories: Vec<String>,
    /// After so many requests it is answered with 401, as if its time were up.
    pub expires_after_requests: Option<usize>,
    /// Requests it has.
    pub rate: Rate,
}

impl Default for Token {
    fn default() -> Self {
        Self {
            login: "github-actions[bot]".to_owned(),
            kind: Kind::App,
            permissions: Vec::new(),
            repositories: Vec::new(),
            expires_after_requests: None,
            rate: Rate::default(),
        }
    }
}

impl Token {
    /// Of the app `github-actions`, with permissions: what a job's `GITHUB_TOKEN` is.
    #[must_use]
    pub fn job(permissions: &[(&str, &str)]) -> Self {
        let owned = permissions.iter().map(|(name, level)| ((*name).to_owned(), (*level).to_owned()));
        Self { permissions: owned.collect(), ..Self::default() }
    }

    /// Of a person.
    #[must_use]
    pub fn person(login: &str, permissions: &[(&str, &str)]) -> Self {
        Self { login: login.to_owned(), kind: Kind::User, ..Self::job(permissions) }
    }
}

/// The primary limit: a number of requests, and when there are as many again.
#[derive(Debug, Clone)]
pub struct Rate {
    /// Requests in a period.
    pub limit: usize,
    /// How long a period takes, from its first request on.
    pub period: Duration,
    /// 403 or 429: GitHub documents both.
    pub status: u16,
}

impl Default for Rate {
    /// An installation's: 5,000 an hour.
    fn default() -> Self {
        Self { limit: 5_000, period: Duration::from_hours(1), status: 403 }
    }
}

/// The limit on making content, over all tokens.
#[derive(Debug, Clone)]
pub struct Secondary {
    /// Mutating requests that succeed within the period before the next is refused.
    pub writes: usize,
    /// How long they count.
    pub period: Duration,
    /// What `Retry-After` says, in seconds.
    pub retry_after: u64,
    pub(crate) made: VecDeque<Instant>,
}

impl Secondary {
    /// A limit that starts unused.
    #[must_use]
    pub fn new(writes: usize, period: Duration, retry_after: u64) -> Self {
        Self { writes, period, retry_after, made: VecDeque::new() }
    }
}

/// A GitHub App.
#[derive(Debug, Clone)]
pub struct App {
    /// What `iss` of its JWT says.
    pub id: u64,
    /// Its login is `<slug>[bot]`.
    pub slug: String,
    /// PEM, `BEGIN PUBLIC KEY`.
    pub public_key: String,
    /// Of its one installation.
    pub permissions: Vec<(String, String)>,
    /// Full names of the repositories it is installed in; empty: in all.
    pub repositories: Vec<String>,
    /// Each token of the installation is answered with 401 after so many requests, as if its hour were up.
    pub tokens_expire_after_requests: Option<usize>,
}

impl App {
    /// The id of the app whose tokens jobs get on github.com.
    pub const ACTIONS: u64 = 15_368;

    pub(crate) fn actions() -> Self {
        Self {
            id: Self::ACTIONS,
            slug: "github-actions".to_owned(),
            public_key: String::new(),
            permissions: Vec::new(),
            repositories: Vec::new(),
            tokens_expire_after_requests: None,
        }
    }

    /// Of its one installation.
    #[must_use]
    pub fn installation(&self) -> u64 {
        self.id + 500_000
    }

    /// Who comments with its tokens.
    #[must_use]
    pub fn login(&self) -> String {
        format!("{}[bot]", self.slug)
    }
}

/// A token and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct TokenState {
    pub(crate) token: Token,
    pub(crate) app: Option<u64>,
    requests: usize,
    period: Option<(Instant, jiff::Timestamp, usize)>,
}

impl TokenState {
    pub(crate) fn new(token: Token, app: Option<u64>) -> Self {
        Self { token, app, requests: 0, period: None }
    }
}

/// Whose request it is.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) login: String,
    pub(crate) kind: Kind,
    /// Of an installation's token, and of a JWT.
    pub(crate) app: Option<u64>,
    /// Whether it is the app itself, with a JWT.
    pub(crate) jwt: bool,
    permissions: BTreeMap<String, String>,
    repositories: Vec<String>,
    /// The key of the token's state.
    pub(crate) secret: Option<String>,
}

impl Caller {
    pub(crate) fn covers(&self, full_name: &str) -> bool {
        self.repositories.is_empty() || self.repositories.iter().any(|n| n.eq_ignore_ascii_case(full_name))
    }

    pub(crate) fn has(&self, permission: &str, level: &str) -> bool {
        permission == "metadata" && level == "read"
            || self.permissions.get(permission).is_some_and(|held| held == level || held == "write")
    }

    /// Any one of the permissions at the level. The fake's repositories are private, so reading takes one, too.
    pub(crate) fn need(&self, permissions: &[&str], level: &str) -> Result<(), Response> {
        if !self.jwt && permissions.iter().any(|permission| self.has(permission, level)) {
            return Ok(());
        }
        let accepted: Vec<String> = permissions.iter().map(|p| format!("{p}={level}")).collect();
        Err(forbidden(self.refused()).with("x-accepted-github-permissions", accepted.join("; ")))
    }

    pub(crate) fn refused(&self) -> &'static str {
        match self.kind {
            Kind::App => "Resource not accessible by integration",
            Kind::User => "Resource not accessible by personal access token",
        }
    }
}

/// Finds out whose token it is. Without one, or with one that is unknown or has expired: 401. GitHub lets the world read
/// what is public; here nothing is.
pub(crate) fn authenticate(state: &mut State, request: &Request) -> Result<Caller, Response> {
    let header = request.header("authorization").ok_or_else(|| unauthorized("Requires authentication"))?;
    let (scheme, secret) = header.split_once(' ').ok_or_else(|| unauthorized("Bad credentials"))?;
    if !["bearer", "token"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(unauthorized("Bad credentials"));
    }
    if secret.split('.').count() == 3 {
        // <https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app>
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(unauthorized("A JSON web token could not be decoded"));
        }
        let app = jwt::verify(&state.apps, secret).map_err(|why| unauthorized(&why))?;
        return Ok(Caller {
            login: app.login(),
            kind: Kind::App,
            app: Some(app.id),
            jwt: true,
            permissions: BTreeMap::new(),
            repositories: Vec::new(),
            secret: None,
        });
    }
    let held = state.tokens.get_mut(secret).ok_or_else(|| unauthorized("Bad credentials"))?;
    held.requests += 1;
    if held.token.expires_after_requests.is_some_and(|most| held.requests > most) {
        return Err(unauthorized("Bad credentials"));
    }
    Ok(Caller {
        login: held.token.login.clone(),
        kind: held.token.kind,
        app: held.app,
        jwt: false,
        permissions: held.token.permissions.iter().cloned().collect(),
        repositories: held.token.repositories.clone(),
        secret: Some(secret.to_owned()),
    })
}

/// Where a token's primary limit stands.
pub(crate) struct Standing {
    pub(crate) limit: usize,
    pub(crate) used: usize,
    /// In seconds since 1970.
    pub(crate) reset: i64,
    status: u16,
}

impl Standing {
    pub(crate) fn remaining(&self) -> usize {
        self.limit.saturating_sub(self.used)
    }

    pub(crate) fn mark(&self, response: Response) -> Response {
        response
            .with("x-ratelimit-limit", self.limit.to_string())
            .with("x-ratelimit-remaining", self.remaining().to_string())
            .with("x-ratelimit-used", self.used.min(self.limit).to_string())
            .with("x-ratelimit-reset", self.reset.to_string())
            .with("x-ratelimit-resource", "core")
    }

    /// The refusal, once more was used than there is.
    pub(crate) fn exceeded(&self) -> Option<Response> {
        let words = "API rate limit exceeded for installation.";
        (self.used > self.limit).then(|| {
            let mut response = forbidden(words);
            response.status = self.status;
            response
        })
    }
}

/// Counts a request against its token; one that is free only reads where it stands.
pub(crate) fn charge(state: &mut State, caller: &Caller, free: bool) -> Standing {
    let Some(held) = caller.secret.as_ref().and_then(|secret| state.tokens.get_mut(secret)) else {
        let reset = jiff::Timestamp::now().as_second() + 3_600;
        return Standing { limit: state.jwt_rate.limit, used: 0, reset, status: 403 };
    };
    let rate = held.token.rate.clone();
    let over = |(since, _, _): &(Instant, jiff::Timestamp, usize)| since.elapsed() >= rate.period;
    if held.period.as_ref().is_none_or(over) {
        held.period = Some((Instant::now(), jiff::Timestamp::now(), 0));
    }
    let (_, began, used) = held.period.as_mut().expect("it was just set");
    *used += usize::from(!free);
    // Rounded up: who waits until then finds the period over.
    let whole = rate.period.as_secs() + u64::from(rate.period.subsec_nanos() > 0) + 1;
    let reset = began.as_second() + i64::try_from(whole).unwrap_or(i64::MAX);
    Standing { limit: rate.limit, used: *used, reset, status: rate.status }
}

/// Refuses a request that makes content, if there was too much of late.
pub(crate) fn secondary(state: &mut State) -> Result<(), Response> {
    let Some(limit) = &mut state.secondary else { return Ok(()) };
    while limit.made.front().is_some_and(|made| made.elapsed() >= limit.period) {
        limit.made.pop_front();
    }
    if limit.made.len() < limit.writes {
        return Ok(());
    }
    let words = "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. \
                 Please retry your request again later.";
    Err(forbidden(words).with("retry-after", limit.retry_after.to_string()))
}
