//! GitHub and GitHub Enterprise Server, through the REST interface; threads alone are GraphQL's.
//! <https://docs.github.com/rest>, version 2022-11-28.

mod checks;
mod listing;
mod model;
mod threads;

use std::sync::OnceLock;

use serde_json::json;
use ureq::http::Method;

use super::{
    Conversation, Forge, Inline, Limits, Listed, Note, Patch, Request, Status, Suggestions, Write, Written,
};
use crate::bot::client::{Client, Credentials, Failure, Patience};
use crate::bot::forge::{checked, claimed, hub, is_name};
use crate::report::uri;

/// The public one.
pub const PUBLIC: &str = "https://api.github.com";
/// Where people look at that.
pub const WEB: &str = "https://github.com";
/// Longest comment, in characters.
const BODY: usize = 65_536;
/// Headers of every call.
pub const HEADERS: [(&str, &str); 2] =
    [("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];
/// A file's bytes as they are.
const RAW: &str = "application/vnd.github.raw+json";

/// Who the token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Somebody who is known for sure: the App of an installation's token.
    Known(String),
    /// Whoever the interface says; where it does not, whoever was named.
    Asked(Option<String>),
}

/// A repository there.
#[derive(Debug)]
pub struct GitHub {
    client: Client,
    /// `owner/name`, as it was given.
    repository: String,
    /// As it is called now.
    current: OnceLock<String>,
    /// Where people look at it: `https://github.com`.
    web: String,
    identity: Identity,
}

impl GitHub {
    /// A repository, `owner/name`, through the interface at `api`.
    ///
    /// # Errors
    /// The name is none, or the address would show the token on its way.
    pub fn new(
        api: &str,
        web: &str,
        repository: &str,
        identity: Identity,
        credentials: Box<dyn Credentials>,
        patience: Patience,
    ) -> anyhow::Result<Self> {
        if !is_name(repository) {
            anyhow::bail!("`{}` is no repository; write owner/name", crate::report::text::plain(repository));
        }
        let client = Client::new(api, HEADERS.to_vec(), credentials, patience)?;
        Ok(Self {
            client,
            repository: repository.to_owned(),
            current: OnceLock::new(),
            web: web.trim_end_matches('/').to_owned(),
            identity,
        })
    }

    fn path(&self, rest: &str) -> String {
        format!("/repos/{}{rest}", self.repository())
    }

    /// The review that holds these comments; where GitHub does not take one of them, it takes none, so that they are halved until
    /// those that it does not take stand alone.
    fn review(
        &self,
        request: &Request,
        all: &[Inline],
        from: usize,
        written: &mut Written,
    ) -> Result<(), Failure> {
        if all.is_empty() {
            return Ok(());
        }
        let comments: Vec<_> = all.iter().map(comment).collect();
        let body = json!({ "commit_id": request.head, "event": "COMMENT", "comments": comments });
        let path = self.path(&format!("/pulls/{}/reviews", request.number));
        match self.client.send::<hub::Posted>(Method::POST, &path, &body) {
            Err(Failure::Invalid { .. }) if all.len() > 1 => {
                let (left, right) = all.split_at(all.len() / 2);
                self.review(request, left, from, written)?;
                self.review(request, right, from + left.len(), written)
            }
            Err(Failure::Invalid { what, said }) => {
                tracing::info!(call = what, said, "a comment cannot stand where it should");
                written.unplaced.push(from);
                Ok(())
            }
            done => {
                written.author = done?.author();
                written.calls += 1;
                Ok(())
            }
        }
    }
}

/// A value of a query: whoever names a branch chooses its characters.
fn query(value: &str) -> String {
    uri(value).replace('/', "%2F")
}

fn comment(inline: &Inline) -> serde_json::Value {
    let mut comment =
        json!({ "path": inline.path, "line": inline.line, "side": "RIGHT", "body": inline.body });
    if let (Some(first), Some(map)) = (inline.first, comment.as_object_mut()) {
        map.insert("start_line".to_owned(), first.into());
        map.insert("start_side".to_owned(), "RIGHT".into());
    }
    comment
}

impl Forge for GitHub {
    fn repository(&self) -> &str {
        self.current.get().unwrap_or(&self.repository)
    }

    fn limits(&self) -> Limits {
        Limits { body: BODY, suggestions: Suggestions::Lines, hears_replies: true, shows_diffs: true }
    }

    fn request(&self, number: u64) -> Result<Request, Failure> {
        let pull: model::Pull = self.client.get(&self.path(&format!("/pulls/{number}")))?;
        checked(&format!("pull request {number}"), &[&pull.base.sha, &pull.head.sha])?;
        let compared: model::Compared = self
            .client
            .get(&self.path(&format!("/compare/{}...{}?per_page=1", pull.base.sha, pull.head.sha)))?;
        checked(&format!("pull request {number}"), &[&compared.merge_base_commit.sha])?;
        let base = pull.base.repo.unwrap_or_default();
        // Calls that write are not sent on to where a renamed repository is now.
        if is_name(&base.full_name) {
            self.current.get_or_init(|| base.full_name);
        }
        let fork = pull.head.repo.is_none_or(|head| head.id != base.id);
        Ok(Request {
            number,
            repository: base.id,
            start: pull.base.sha.clone(),
            base: pull.base.sha,
            branch: pull.base.label,
            head: pull.head.sha,
            merge_base: compared.merge_base_commit.sha,
            author: pull.user.map(|user| user.login).unwrap_or_default(),
            open: pull.state == "open",
            fork,
        })
    }

    fn find(&self, branch: Option<&(String, String)>, commit: &str) -> Result<Option<u64>, Failure> {
        let head = branch.map(|(owner, name)| format!("&head={}", query(&format!("{owner}:{name}"))));
        let path = self.path(&format!("/pulls?state=open{}&per_page=100", head.unwrap_or_default()));
        let open: Vec<model::Pull> = self.client.pages(&path, |page| page)?;
        Ok(open.into_iter().find(|pull| pull.head.sha == commit).map(|pull| pull.number))
    }

    fn open(&self) -> Result<Vec<(u64, String)>, Failure> {
        let pulls: Vec<model::Pull> =
            self.client.pages(&self.path("/pulls?state=open&per_page=100"), |page| page)?;
        Ok(pulls.into_iter().map(|pull| (pull.number, pull.head.sha)).collect())
    }

    fn now(&self, number: u64) -> Result<(String, bool), Failure> {
        let pull: model::Pull = self.client.get(&self.path(&format!("/pulls/{number}")))?;
        Ok((pull.head.sha, pull.state == "open"))
    }

    fn patches(&self, request: &Request) -> Result<Vec<Patch>, Failure> {
        let path = self.path(&format!("/pulls/{}/files?per_page=100", request.number));
        self.client.pages(&path, |files: Vec<hub::File>| {
            files
                .into_iter()
                .map(|file| Patch { path: file.filename, was: file.previous_filename, diff: file.patch })
                .collect()
        })
    }

    fn listing(&self, commit: &str) -> Result<Vec<Listed>, Failure> {
        listing::of(&self.client, &self.path("/git/trees"), commit)
    }

    fn blob(&self, id: &str) -> Result<Vec<u8>, Failure> {
        self.client.bytes(&self.path(&format!("/git/blobs/{id}")), RAW)
    }

    fn conversation(&self, request: &Request) -> Result<Conversation, Failure> {
        let notes = self.path(&format!("/issues/{}/comments?per_page=100", request.number));
        let notes = self
            .client
            .pages(&notes, |page: Vec<model::Comment>| page.into_iter().map(Note::from).collect())?;
        let comments = self.path(&format!("/pulls/{}/comments?per_page=100", request.number));
        let comments: Vec<model::Comment> = self.client.pages(&comments, |page| page)?;
        Ok(Conversation { notes, threads: threads::of(&self.client, self.repository(), request, comments) })
    }

    fn identity(&self) -> Result<String, Failure> {
        let said = match &self.identity {
            Identity::Known(login) => return Ok(login.clone()),
            Identity::Asked(said) => said.as_deref(),
        };
        // Tokens of Apps and of jobs are no user's; GraphQL knows whose they are.
        let asked = match self.client.get("/user").map(|user: hub::User| user.login) {
            Err(Failure::Refused { .. }) => threads::viewer(&self.client),
            known => known,
        };
        claimed(said, asked).map_err(|failure| match failure {
            Failure::Refused { what, said } => {
                let said =
                    format!("{said}; under which login the token posts is not known: name it with --as");
                Failure::Refused { what, said }
            }
            other => other,
        })
    }

    fn may_write(&self, login: &str) -> Result<bool, Failure> {
        if !login.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            return Ok(false);
        }
        match self.client.get::<hub::Permission>(&self.path(&format!("/collaborators/{login}/permission"))) {
            Ok(granted) => Ok(matches!(granted.permission.as_str(), "admin" | "write")),
            Err(Failure::Missing { .. }) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    fn write(&self, request: &Request, write: &Write) -> Result<Written, Failure> {
        let number = request.number;
        let mut written = Written::default();
        match write {
            Write::Inline(all) => self.review(request, all, 0, &mut written)?,
            Write::EditInline { id, body } => {
                self.client.send_only(
                    Method::PATCH,
                    &self.path(&format!("/pulls/comments/{id}")),
                    &json!({ "body": body }),
                )?;
            }
            Write::DeleteInline(id) => {
                self.client.send_only(
                    Method::DELETE,
                    &self.path(&format!("/pulls/comments/{id}")),
                    &json!({}),
                )?;
            }
            Write::Resolve(handle) => threads::resolve(&self.client, handle)?,
            Write::Note(body) => {
                let path = self.path(&format!("/issues/{number}/comments"));
                let posted: hub::Posted = self.client.send(Method::POST, &path, &json!({ "body": body }))?;
                written.author = posted.author();
            }
            Write::EditNote { id, body } => {
                self.client.send_only(
                    Method::PATCH,
                    &self.path(&format!("/issues/comments/{id}")),
                    &json!({ "body": body }),
                )?;
            }
            Write::DeleteNote(id) => {
                self.client.send_only(
                    Method::DELETE,
                    &self.path(&format!("/issues/comments/{id}")),
                    &json!({}),
                )?;
            }
            Write::Reply { thread, body, .. } => {
                let path = self.path(&format!("/pulls/{number}/comments/{thread}/replies"));
                let posted: hub::Posted = self.client.send(Method::POST, &path, &json!({ "body": body }))?;
                written.author = posted.author();
            }
        }
        written.calls = written.calls.max(usize::from(written.unplaced.is_empty()));
        Ok(written)
    }

    fn status(&self, request: &Request, status: &Status) -> Result<bool, Failure> {
        checks::say(&self.client, &self.path(""), &request.head, status)
    }

    fn link(&self, request: &Request, path: &str, line: usize) -> String {
        format!("{}/{}/blob/{}/{}#L{line}", self.web, self.repository(), request.head, uri(path))
    }
}
