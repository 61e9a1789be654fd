//! Tokens, scopes and roles.

use std::time::{Duration, Instant};

use super::refusal::{forbidden, insufficient_scope, not_found, unauthorized};
use super::state::{Project, State};
use crate::exchange::{Request, Response};

/// May see merge requests and code. <https://docs.gitlab.com/user/permissions/>
pub(crate) const REPORTER: u64 = 20;
/// May set statuses and resolve threads.
pub(crate) const DEVELOPER: u64 = 30;
/// May edit what others said.
pub(crate) const MAINTAINER: u64 = 40;

/// Whose kind of token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person's, a project's or a group's access token: `PRIVATE-TOKEN`, or `Authorization: Bearer`.
    Access,
    /// `CI_JOB_TOKEN`: `JOB-TOKEN`, and a few reading endpoints.
    Job,
}

/// What a test grants.
#[derive(Debug, Clone)]
pub struct Token {
    /// Who acts with it; a project's access token has a user of its own, `project_<id>_bot_…`, who is a member.
    pub login: String,
    /// Whose kind it is.
    pub kind: Kind,
    /// `api`, `read_api`, `read_user`, `read_repository`; of a job token they count for nothing.
    pub scopes: Vec<String>,
    /// After so many requests it is answered with 401.
    pub expires_after_requests: Option<usize>,
    /// So many requests in a period, then 429 until it is over.
    pub rate: Option<(usize, Duration)>,
}

impl Token {
    /// An access token with scopes.
    #[must_use]
    pub fn access(login: &str, scopes: &[&str]) -> Self {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        Self { login: login.to_owned(), kind: Kind::Access, scopes, expires_after_requests: None, rate: None }
    }

    /// The token of a job that a person started.
    #[must_use]
    pub fn job(login: &str) -> Self {
        Self { kind: Kind::Job, ..Self::access(login, &[]) }
    }
}

/// A token and what became of it.
pub(crate) struct TokenState {
    token: Token,
    requests: usize,
    period: Option<(Instant, usize)>,
}

impl TokenState {
    pub(crate) fn new(token: Token) -> Self {
        Self { token, requests: 0, period: None }
    }
}

/// Whose request it is.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) login: String,
    kind: Kind,
    scopes: Vec<String>,
}

/// What a job's token may read of what the fake has. <https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-access>
fn job_may(method: &str, rest: &[&str]) -> bool {
    method == "GET"
        && matches!(
            rest,
            ["merge_requests"]
                | ["merge_requests", _]
                | ["merge_requests", _, "notes"]
                | ["merge_requests", _, "notes", _]
                | ["repository", "commits", _]
                | ["repository", "files", _, "raw"]
        )
}

impl Caller {
    /// Whether the token may be used so at all; `rest` is what follows the project, if there is one.
    pub(crate) fn allowed(&self, method: &str, rest: &[&str]) -> Result<(), Response> {
        if self.kind == Kind::Job {
            // GitLab does not even look at the token where it is not allowed.
            return if job_may(method, rest) { Ok(()) } else { Err(unauthorized()) };
        }
        let has = |scope: &str| self.scopes.iter().any(|held| held == scope);
        let reads_files = matches!(rest, ["repository", "files", ..]);
        let may = has("api")
            || method == "GET"
                && (has("read_api")
                    || has("read_repository") && reads_files
                    || has("read_user") && matches!(rest, ["user"] | ["users"]));
        if may {
            Ok(())
        } else {
            Err(insufficient_scope(if method == "GET" { "api read_api" } else { "api" }))
        }
    }

    /// The project, if the person is a member of it: to others it does not exist.
    pub(crate) fn project<'a>(&self, state: &'a State, name: &str) -> Result<&'a Project, Response> {
        let member = |project: &&Project| project.members.contains_key(&self.login);
        state.find(name).filter(member).ok_or_else(|| not_found("Project"))
    }

    pub(crate) fn level(&self, project: &Project) -> u64 {
        project.members.get(&self.login).copied().unwrap_or_default()
    }

    pub(crate) fn need(&self, project: &Project, level: u64) -> Result<(), Response> {
        if self.level(project) >= level { Ok(()) } else { Err(forbidden()) }
    }
}

/// Finds out whose token it is.
pub(crate) fn authenticate(state: &mut State, request: &Request) -> Result<Caller, Response> {
    let bearer = request.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
    let (secret, kind) = match (request.header("private-token").or(bearer), request.header("job-token")) {
        (Some(secret), None) => (secret, Kind::Access),
        (None, Some(secret)) => (secret, Kind::Job),
        // GitLab takes one of two; which is a detail no client should need.
        _ => return Err(unauthorized()),
    };
    let held =
        state.tokens.get_mut(secret).filter(|held| held.token.kind == kind).ok_or_else(unauthorized)?;
    held.requests += 1;
    if held.token.expires_after_requests.is_some_and(|most| held.requests > most) {
        return Err(unauthorized());
    }
    if let Some((limit, period)) = held.token.rate {
        if held.period.is_none_or(|(since, _)| since.elapsed() >= period) {
            held.period = Some((Instant::now(), 0));
        }
        let (since, used) = held.period.as_mut().expect("it was just set");
        *used += 1;
        if *used > limit {
            let left = period.saturating_sub(since.elapsed()).as_secs() + 1;
            let mut refusal = Response::bytes("text/plain", b"Retry later\n".to_vec());
            refusal.status = 429;
            return Err(refusal
                .with("retry-after", left.to_string())
                .with("ratelimit-limit", limit.to_string())
                .with("ratelimit-remaining", "0"));
        }
    }
    let Token { login, kind, scopes, .. } = held.token.clone();
    Ok(Caller { login, kind, scopes })
}
