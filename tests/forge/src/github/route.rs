//! Which endpoint a request asks for. What is not in this list does not exist.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

use super::access::{self, Caller};
use super::refusal::{bad_request, forbidden, not_found};
use super::state::{PullState, Repository, State};
use super::{app, check, discussion, graphql, objects, pull, reviews, status};
use crate::exchange::{Content, Request, Response};
use crate::page::Page;
use crate::server::{Decided, Host};

/// A request of a known caller, to a known repository.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) request: &'a Request,
    pub(crate) caller: Caller,
    /// The repository's full name, in its own letters.
    pub(crate) full_name: String,
}

/// An answer, or a refusal.
pub(crate) type Outcome = Result<Response, Response>;

/// How many objects a page holds if the client does not say, and at most.
/// <https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api>
const PAGE: usize = 30;
const LARGEST_PAGE: usize = 100;

/// What the version header may say. <https://docs.github.com/rest/about-the-rest-api/api-versions>
const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

impl Call<'_> {
    pub(crate) fn repository(&self) -> &Repository {
        self.state.repository(&self.full_name)
    }

    pub(crate) fn pull(&self, number: &str) -> Result<&PullState, Response> {
        let number: u64 = number.parse().map_err(|_| not_found())?;
        self.repository().pulls.get(&number).ok_or_else(not_found)
    }

    pub(crate) fn pull_mut(&mut self, number: u64) -> &mut PullState {
        self.state.pull_mut(&self.full_name, number)
    }

    /// A page of a list, rendered.
    pub(crate) fn page<T>(&self, all: Vec<T>) -> (Page<T>, Option<String>) {
        let page = Page::of(self.request, "per_page", PAGE, LARGEST_PAGE, all);
        let link = page.link(&self.state.url, self.request);
        (page, link)
    }

    /// A page of a list as the whole answer.
    pub(crate) fn paged(&self, all: Vec<serde_json::Value>) -> Response {
        let (page, link) = self.page(all);
        linked(Response::json(200, page.items.into()), link)
    }
}

/// Adds the header that leads to the other pages.
pub(crate) fn linked(response: Response, link: Option<String>) -> Response {
    match link {
        Some(link) => response.with("link", link),
        None => response,
    }
}

impl Host for State {
    const NAME: &'static str = "github";

    fn look_again(&self) {
        self.repositories.values().for_each(|each| each.git.look_again());
    }

    fn answer(&mut self, request: &Request) -> Decided {
        self.look_again();
        let refused = |response| Decided { response, login: None, wrote: false };
        // <https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent>
        if request.header("user-agent").is_none_or(str::is_empty) {
            return refused(marked(forbidden(
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
            )));
        }
        if let Some(version) = request.header("x-github-api-version")
            && !VERSIONS.contains(&version)
        {
            return refused(marked(bad_request(&format!("API version {version} is not supported"))));
        }
        let caller = match access::authenticate(self, request) {
            Ok(caller) => caller,
            Err(response) => return refused(marked(response)),
        };
        let login = Some(caller.login.clone());
        let standing = access::charge(self, &caller, request.path == "/rate_limit");
        if let Some(response) = standing.exceeded() {
            return Decided { response: marked(standing.mark(response)), login, wrote: false };
        }
        // GraphQL asks with POST and says itself whether it changes anything.
        let asked = request.method == "GET" || request.path == "/graphql";
        let token = request.path.ends_with("/access_tokens");
        let mut wrote = !asked && !token;
        let outcome = if wrote { access::secondary(self) } else { Ok(()) }
            .and_then(|()| endpoint(self, request, caller, &mut wrote));
        let response = outcome.unwrap_or_else(|refusal| refusal);
        wrote &= response.is_success();
        if wrote && let Some(limit) = &mut self.secondary {
            limit.made.push_back(std::time::Instant::now());
        }
        let response = conditional(request, response);
        Decided { response: marked(standing.mark(response)), login, wrote }
    }
}

/// What every answer bears.
fn marked(response: Response) -> Response {
    /// Told apart by the client's log.
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
    response
        .with("x-github-request-id", format!("FAKE:{number:08X}"))
        .with("x-github-media-type", "github.v3")
}

/// `ETag`, and 304 for a client that has it already.
fn conditional(request: &Request, response: Response) -> Response {
    if request.method != "GET" || response.status != 200 {
        return response;
    }
    let mut digest = Sha256::new();
    match &response.body {
        Content::Json(body) => digest.update(body.to_string()),
        Content::Bytes(_, body) => digest.update(body),
        Content::Empty => {}
    }
    let tag: String = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("W/\"{tag}\"");
    if request.header("if-none-match") == Some(tag.as_str()) {
        return Response { status: 304, headers: Vec::new(), body: Content::Empty }.with("etag", tag);
    }
    response.with("etag", tag)
}

fn endpoint(state: &mut State, request: &Request, caller: Caller, wrote: &mut bool) -> Outcome {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    let ["repos", owner, name, rest @ ..] = segments.as_slice() else {
        return match (method, segments.as_slice()) {
            ("GET", ["user"]) => app::user(state, &caller),
            ("GET", ["app"]) => app::own(state, &caller),
            ("POST", ["app", "installations", id, "access_tokens"]) => {
                app::access_token(state, request, &caller, id)
            }
            ("GET", ["rate_limit"]) => Ok(app::rate_limit(state, &caller)),
            ("POST", ["graphql"]) => graphql::answer(state, request, &caller, wrote),
            _ => Err(not_found()),
        };
    };
    let full_name = state.find(&format!("{owner}/{name}")).map(|repository| repository.full_name.clone());
    let full_name = full_name.ok_or_else(not_found)?;
    if (method, rest) == ("GET", &["installation"]) {
        return app::installation(state, &caller, &full_name);
    }
    if caller.jwt {
        // <https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app>: everything else takes a
        // token of an installation.
        return Err(super::refusal::unauthorized("A JSON web token could not be decoded"));
    }
    if !caller.covers(&full_name) {
        return Err(not_found());
    }
    let mut call = Call { state, request, caller, full_name };
    let call = &mut call;
    match (method, rest) {
        ("GET", []) => Ok(Response::json(200, call.state.full_repository(call.repository()))),
        ("GET", ["pulls"]) => pull::list(call),
        ("GET", ["pulls", "comments", id]) => reviews::one(call, id),
        ("PATCH", ["pulls", "comments", id]) => reviews::edit(call, id),
        ("GET", ["pulls", number]) => pull::one(call, number),
        ("GET", ["pulls", number, "files"]) => pull::files(call, number),
        ("GET", ["pulls", number, "comments"]) => reviews::comments(call, number),
        ("POST", ["pulls", number, "comments"]) => reviews::comment(call, number),
        ("POST", ["pulls", number, "comments", id, "replies"]) => reviews::reply(call, number, id),
        ("GET", ["pulls", number, "reviews"]) => reviews::list(call, number),
        ("POST", ["pulls", number, "reviews"]) => reviews::create(call, number),
        ("GET", ["compare", range @ ..]) => objects::compare(call, &range.join("/")),
        ("GET", ["git", "commits", sha]) => objects::commit(call, sha),
        ("GET", ["git", "trees", tree @ ..]) => objects::tree(call, &tree.join("/")),
        ("GET", ["git", "blobs", sha]) => objects::blob(call, sha),
        ("GET", ["issues", "comments", id]) => discussion::one(call, id),
        ("PATCH", ["issues", "comments", id]) => discussion::edit(call, id),
        ("POST", ["issues", "comments", id, "reactions"]) => discussion::react(call, id),
        ("GET", ["issues", number, "comments"]) => discussion::list(call, number),
        ("POST", ["issues", number, "comments"]) => discussion::create(call, number),
        ("GET", ["commits", revision @ .., "check-runs"]) => check::list(call, &revision.join("/")),
        ("GET", ["commits", sha, "pulls"]) => pull::of_commit(call, sha),
        ("POST", ["check-runs"]) => check::create(call),
        ("PATCH", ["check-runs", id]) => check::update(call, id),
        ("POST", ["statuses", sha]) => status::create(call, sha),
        ("GET", ["collaborators", login, "permission"]) => app::permission(call, login),
        ("GET", ["actions", "runs", id]) => app::run(call, id),
        _ => Err(not_found()),
    }
}
