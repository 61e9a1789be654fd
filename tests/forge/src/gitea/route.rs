//! Which endpoint a request asks for. What is not in this list does not exist.

use serde_json::{Value, json};

use super::access::{self, Caller};
use super::refusal::not_found;
use super::state::{PullState, Repository, State};
use super::{issues, objects, pulls, reviews, status};
use crate::exchange::{Request, Response};
use crate::page::Page;
use crate::server::{Decided, Host};

/// A request of a known caller, to a repository.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) request: &'a Request,
    pub(crate) caller: Caller,
    pub(crate) full_name: String,
}

/// An answer, or a refusal.
pub(crate) type Outcome = Result<Response, Response>;

/// `DEFAULT_PAGING_NUM` and `MAX_RESPONSE_ITEMS` of `app.ini`.
const PAGE: usize = 30;
const LARGEST_PAGE: usize = 50;

impl Call<'_> {
    pub(crate) fn repository(&self) -> &Repository {
        self.state.repository(&self.full_name)
    }

    pub(crate) fn pull(&self, number: &str) -> Result<&PullState, Response> {
        let number: u64 = number.parse().map_err(|_| not_found())?;
        self.repository().pulls.get(&number).ok_or_else(not_found)
    }

    /// A page of a list as the whole answer.
    pub(crate) fn paged(&self, all: Vec<Value>) -> Response {
        let page = Page::of(self.request, "limit", PAGE, LARGEST_PAGE, all);
        let link = page.link(&self.state.url, self.request);
        let answer = Response::json(200, page.items.into()).with("x-total-count", page.total.to_string());
        match link {
            Some(link) => answer.with("link", link),
            None => answer,
        }
    }
}

impl Host for State {
    const NAME: &'static str = "gitea";

    fn look_again(&self) {
        self.repositories.values().for_each(|each| each.git.look_again());
    }

    fn answer(&mut self, request: &Request) -> Decided {
        self.look_again();
        let caller = match access::authenticate(self, request) {
            Ok(caller) => caller,
            Err(response) => return Decided { response, login: None, wrote: false },
        };
        let login = Some(caller.login.clone());
        let response = endpoint(self, request, caller).unwrap_or_else(|refusal| refusal);
        let wrote = request.method != "GET" && response.is_success();
        Decided { response, login, wrote }
    }
}

fn endpoint(state: &mut State, request: &Request, caller: Caller) -> Outcome {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    let ["api", "v1", rest @ ..] = segments.as_slice() else { return Err(not_found()) };
    let ["repos", owner, name, rest @ ..] = rest else {
        return match (method, rest) {
            ("GET", ["version"]) => Ok(Response::json(200, json!({ "version": state.version }))),
            ("GET", ["user"]) => {
                caller.scope(method, "user")?;
                Ok(Response::json(200, state.user(&caller.login)))
            }
            _ => Err(not_found()),
        };
    };
    // Reviews are no issues, comments below a pull request are. <https://github.com/go-gitea/gitea/issues/36873>
    caller.scope(method, if rest.first() == Some(&"issues") { "issue" } else { "repository" })?;
    let full_name = caller.repository(state, &format!("{owner}/{name}"))?.full_name.clone();
    let mut call = Call { state, request, caller, full_name };
    let call = &mut call;
    match (method, rest) {
        ("GET", []) => {
            Ok(Response::json(200, call.state.shown_repository(call.repository(), &call.caller.login)))
        }
        ("GET", ["pulls"]) => pulls::list(call),
        ("GET", ["pulls", number]) => pulls::one(call, number),
        ("GET", ["pulls", number, "files"]) => pulls::files(call, number),
        ("GET", ["pulls", number, "reviews"]) => reviews::list(call, number),
        ("POST", ["pulls", number, "reviews"]) => reviews::create(call, number),
        ("GET", ["pulls", number, "reviews", id]) => reviews::one(call, number, id),
        ("GET", ["pulls", number, "reviews", id, "comments"]) => reviews::comments(call, number, id),
        ("GET", ["issues", "comments", id]) => issues::one(call, id),
        ("PATCH", ["issues", "comments", id]) => issues::edit(call, id),
        ("POST", ["issues", "comments", id, "reactions"]) => issues::react(call, id),
        ("GET", ["issues", number, "comments"]) => issues::list(call, number),
        ("POST", ["issues", number, "comments"]) => issues::create(call, number),
        ("GET", ["compare", range @ ..]) => objects::compare(call, &range.join("/")),
        ("GET", ["git", "trees", tree]) => objects::tree(call, tree),
        ("GET", ["git", "blobs", sha]) => objects::blob(call, sha),
        ("GET", ["contents", path @ ..]) => objects::contents(call, &path.join("/")),
        ("GET", ["raw", path @ ..]) => objects::raw(call, &path.join("/")),
        ("GET", ["commits", revision, "statuses"]) => status::list(call, revision),
        ("POST", ["statuses", sha]) => status::create(call, sha),
        ("GET", ["collaborators", login, "permission"]) => pulls::permission(call, login),
        _ => Err(not_found()),
    }
}
