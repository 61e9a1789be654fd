//! Which endpoint a request asks for. What is not in this list does not exist.

use serde_json::{Value, json};

use super::access::{self, Caller, REPORTER};
use super::refusal::not_found;
use super::state::{MergeRequestState, Project, State};
use super::{discussions, merge_requests, people, repository, status};
use crate::exchange::{Request, Response};
use crate::page::Page;
use crate::server::{Decided, Host};

/// A request of a known caller, to a project.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) request: &'a Request,
    pub(crate) caller: Caller,
    pub(crate) path: String,
}

/// An answer, or a refusal.
pub(crate) type Outcome = Result<Response, Response>;

/// <https://docs.gitlab.com/api/rest/#offset-based-pagination>
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

impl Call<'_> {
    pub(crate) fn project(&self) -> &Project {
        self.state.project(&self.path)
    }

    pub(crate) fn merge_request(&self, iid: &str) -> Result<&MergeRequestState, Response> {
        self.caller.need(self.project(), REPORTER)?;
        let missing = || not_found("Merge Request");
        let iid: u64 = iid.parse().map_err(|_| missing())?;
        self.project().merge_requests.get(&iid).ok_or_else(missing)
    }

    /// A page of a list as the whole answer.
    pub(crate) fn paged(&self, all: Vec<Value>) -> Response {
        let page = Page::of(self.request, "per_page", PAGE, LARGEST_PAGE, all);
        let link = page.link(&self.state.url, self.request);
        let (number, size, total, last) = (page.number, page.size, page.total, page.last());
        let next = if number < last { (number + 1).to_string() } else { String::new() };
        let previous = if number > 1 { (number - 1).to_string() } else { String::new() };
        Response::json(200, page.items.into())
            .with("x-page", number.to_string())
            .with("x-per-page", size.to_string())
            .with("x-total", total.to_string())
            .with("x-total-pages", last.to_string())
            .with("x-next-page", next)
            .with("x-prev-page", previous)
            .with("link", link.unwrap_or_default())
    }
}

impl Host for State {
    const NAME: &'static str = "gitlab";

    fn look_again(&self) {
        self.projects.values().for_each(|each| each.git.look_again());
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
    let nowhere = || Response::json(404, json!({ "error": "404 Not Found" }));
    let ["api", "v4", rest @ ..] = segments.as_slice() else { return Err(nowhere()) };
    let method = request.method.as_str();
    let ["projects", project, rest @ ..] = rest else {
        caller.allowed(method, rest)?;
        return match (method, rest) {
            ("GET", ["user"]) => Ok(Response::json(200, state.person(&caller.login))),
            ("GET", ["users"]) => Ok(people::search(state, request)),
            _ => Err(nowhere()),
        };
    };
    caller.allowed(method, rest)?;
    let path = caller.project(state, project)?.path.clone();
    let mut call = Call { state, request, caller, path };
    let call = &mut call;
    match (method, rest) {
        ("GET", []) => Ok(Response::json(200, call.state.shown_project(call.project()))),
        ("GET", ["members", "all"]) => Ok(people::members(call)),
        ("GET", ["members", "all", id]) => people::member(call, id),
        ("GET", ["merge_requests"]) => merge_requests::list(call),
        ("GET", ["merge_requests", iid]) => merge_requests::one(call, iid),
        ("GET", ["merge_requests", iid, "diffs"]) => merge_requests::diffs(call, iid),
        ("GET", ["merge_requests", iid, "versions"]) => merge_requests::versions(call, iid),
        ("GET", ["merge_requests", iid, "versions", id]) => merge_requests::version(call, iid, id),
        ("GET", ["merge_requests", iid, "notes"]) => discussions::notes(call, iid),
        ("POST", ["merge_requests", iid, "notes"]) => discussions::add_note(call, iid),
        ("GET", ["merge_requests", iid, "notes", id]) => discussions::note(call, iid, id),
        ("PUT", ["merge_requests", iid, "notes", id]) => discussions::edit(call, iid, id),
        ("POST", ["merge_requests", iid, "notes", id, "award_emoji"]) => discussions::award(call, iid, id),
        ("GET", ["merge_requests", iid, "discussions"]) => discussions::list(call, iid),
        ("POST", ["merge_requests", iid, "discussions"]) => discussions::create(call, iid),
        ("GET", ["merge_requests", iid, "discussions", id]) => discussions::one(call, iid, id),
        ("PUT", ["merge_requests", iid, "discussions", id]) => discussions::resolve(call, iid, id),
        ("POST", ["merge_requests", iid, "discussions", id, "notes"]) => discussions::reply(call, iid, id),
        ("PUT", ["merge_requests", iid, "discussions", _, "notes", id]) => discussions::edit(call, iid, id),
        ("GET", ["repository", "tree"]) => repository::tree(call),
        ("GET", ["repository", "files", path]) => repository::file(call, path, false),
        ("GET", ["repository", "files", path, "raw"]) => repository::file(call, path, true),
        ("GET", ["repository", "blobs", sha, "raw"]) => repository::blob(call, sha),
        ("GET", ["repository", "compare"]) => repository::compare(call),
        ("GET", ["repository", "merge_base"]) => repository::merge_base(call),
        ("GET", ["repository", "commits", sha]) => repository::commit(call, sha),
        ("GET", ["repository", "commits", sha, "statuses"]) => status::list(call, sha),
        ("POST", ["statuses", sha]) => status::create(call, sha),
        _ => Err(nowhere()),
    }
}
