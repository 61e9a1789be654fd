//! Gitea and Forgejo, through version 1 of their interface. They have no checks, propose no other text for lines, and older ones
//! resolve nothing: the verdict is a commit status, and what is fixed says so.
//! <https://docs.gitea.com/api/>

mod model;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde_json::json;
use ureq::http::Method;

use super::{Conversation, Forge, Limits, Listed, Note, Patch, Request, Status, Suggestions, Write, Written};
use crate::bot::client::{Client, Credentials, Failure, Patience};
use crate::bot::forge::{checked, claimed, hub, is_name};
use crate::report::{shortened, uri};

/// Longest comment, in characters: the same as elsewhere.
const BODY: usize = 65_536;
/// Longest description of a status, in bytes.
const DESCRIPTION: usize = 250;
/// What the status is called.
const NAME: &str = "hallpass";
/// Most pages of a tree.
const PAGES: u64 = 1_000;

/// A repository there.
#[derive(Debug)]
pub struct Gitea {
    client: Client,
    repository: String,
    web: String,
    login: Option<String>,
}

impl Gitea {
    /// A repository, `owner/name`, through the interface at `api`; `login` posts, and is asked for if it is not given.
    ///
    /// # Errors
    /// The name is none, or the address would show the token on its way.
    pub fn new(
        api: &str,
        web: &str,
        repository: &str,
        login: Option<String>,
        credentials: Box<dyn Credentials>,
        patience: Patience,
    ) -> anyhow::Result<Self> {
        if !is_name(repository) {
            anyhow::bail!("`{}` is no repository; write owner/name", crate::report::text::plain(repository));
        }
        let client = Client::new(api, Vec::new(), credentials, patience)?;
        Ok(Self {
            client,
            repository: repository.to_owned(),
            web: web.trim_end_matches('/').to_owned(),
            login,
        })
    }

    fn path(&self, rest: &str) -> String {
        format!("/repos/{}{rest}", self.repository)
    }

    fn pull(&self, number: u64) -> Result<model::Pull, Failure> {
        self.client.get(&self.path(&format!("/pulls/{number}")))
    }

    fn pulls(&self) -> Result<Vec<model::Pull>, Failure> {
        self.client.pages(&self.path("/pulls?state=open&limit=50"), |page| page)
    }
}

impl Forge for Gitea {
    fn repository(&self) -> &str {
        &self.repository
    }

    fn limits(&self) -> Limits {
        Limits { body: BODY, suggestions: Suggestions::None, hears_replies: false, shows_diffs: false }
    }

    fn request(&self, number: u64) -> Result<Request, Failure> {
        let pull = self.pull(number)?;
        checked(&format!("pull request {number}"), &[&pull.base.sha, &pull.head.sha, &pull.merge_base])?;
        let repository = pull.base.repo.map(|base| base.id).unwrap_or_default();
        let fork = pull.head.repo.is_none_or(|head| head.id != repository);
        Ok(Request {
            number,
            repository,
            start: pull.base.sha.clone(),
            base: pull.base.sha,
            branch: pull.base.label,
            head: pull.head.sha,
            merge_base: pull.merge_base,
            author: pull.user.login,
            open: pull.state == "open",
            fork,
        })
    }

    fn find(&self, _: Option<&(String, String)>, commit: &str) -> Result<Option<u64>, Failure> {
        Ok(self.pulls()?.into_iter().find(|pull| pull.head.sha == commit).map(|pull| pull.number))
    }

    fn open(&self) -> Result<Vec<(u64, String)>, Failure> {
        Ok(self.pulls()?.into_iter().map(|pull| (pull.number, pull.head.sha)).collect())
    }

    fn now(&self, number: u64) -> Result<(String, bool), Failure> {
        self.pull(number).map(|pull| (pull.head.sha, pull.state == "open"))
    }

    fn patches(&self, request: &Request) -> Result<Vec<Patch>, Failure> {
        let path = self.path(&format!("/pulls/{}/files?limit=50", request.number));
        self.client.pages(&path, |files: Vec<hub::File>| {
            let patch = |file: hub::File| Patch {
                was: file.previous_filename.filter(|was| !was.is_empty()),
                path: file.filename,
                diff: None,
            };
            files.into_iter().map(patch).collect()
        })
    }

    fn listing(&self, commit: &str) -> Result<Vec<Listed>, Failure> {
        let mut found = Vec::new();
        for page in 1..=PAGES {
            let path = self.path(&format!("/git/trees/{commit}?recursive=true&per_page=1000&page={page}"));
            let tree: hub::Tree = self.client.get(&path)?;
            // Without an entry it would go on for ever.
            let more = tree.truncated && !tree.tree.is_empty();
            found.extend(tree.tree.into_iter().filter_map(|entry| entry.listed("")));
            if !more {
                return Ok(found);
            }
        }
        Err(Failure::Malformed {
            what: format!("the tree of {commit}"),
            said: format!("more than {PAGES} pages"),
        })
    }

    fn blob(&self, id: &str) -> Result<Vec<u8>, Failure> {
        let path = self.path(&format!("/git/blobs/{id}"));
        let blob: model::Blob = self.client.get(&path)?;
        // What is too large comes without a content.
        let content = blob.content.filter(|_| blob.encoding.as_deref() == Some("base64"));
        let content = content.ok_or_else(|| Failure::Missing { what: path.clone() })?;
        BASE64.decode(content).map_err(|error| Failure::Malformed { what: path, said: error.to_string() })
    }

    fn conversation(&self, request: &Request) -> Result<Conversation, Failure> {
        let number = request.number;
        let notes = self.path(&format!("/issues/{number}/comments?limit=50"));
        let notes = self
            .client
            .pages(&notes, |page: Vec<model::Comment>| page.into_iter().map(Note::from).collect())?;
        let reviews: Vec<model::Review> =
            self.client.pages(&self.path(&format!("/pulls/{number}/reviews?limit=50")), |page| page)?;
        let mut comments: Vec<model::Comment> = Vec::new();
        for review in reviews.iter().filter(|review| review.comments_count > 0) {
            let path = self.path(&format!("/pulls/{number}/reviews/{}/comments", review.id));
            comments.extend(self.client.get::<Vec<model::Comment>>(&path)?);
        }
        Ok(Conversation { notes, threads: model::threads(comments) })
    }

    fn identity(&self) -> Result<String, Failure> {
        let asked = self.client.get("/user").map(|user: hub::User| user.login);
        claimed(self.login.as_deref(), asked)
    }

    fn may_write(&self, login: &str) -> Result<bool, Failure> {
        let login = uri(login).replace('/', "%2F");
        match self.client.get::<hub::Permission>(&self.path(&format!("/collaborators/{login}/permission"))) {
            Ok(granted) => Ok(matches!(granted.permission.as_str(), "owner" | "admin" | "write")),
            Err(Failure::Missing { .. }) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    fn write(&self, request: &Request, write: &Write) -> Result<Written, Failure> {
        let number = request.number;
        let mut written = Written { calls: 1, ..Written::default() };
        let comment = |id: &u64| self.path(&format!("/issues/comments/{id}"));
        match write {
            Write::Inline(all) => {
                let comments: Vec<_> = all
                    .iter()
                    .map(|inline| json!({ "path": inline.path, "body": inline.body, "new_position": inline.line }))
                    .collect();
                let body = json!({ "event": "COMMENT", "commit_id": request.head, "comments": comments });
                let path = self.path(&format!("/pulls/{number}/reviews"));
                written.author = self.client.send::<hub::Posted>(Method::POST, &path, &body)?.author();
            }
            Write::EditInline { id, body } | Write::EditNote { id, body } => {
                self.client.send_only(Method::PATCH, &comment(id), &json!({ "body": body }))?;
            }
            Write::DeleteInline(id) | Write::DeleteNote(id) => {
                self.client.send_only(Method::DELETE, &comment(id), &json!({}))?;
            }
            // No conversation has a handle.
            Write::Resolve(_) => {}
            Write::Note(body) | Write::Reply { body, .. } => {
                let path = self.path(&format!("/issues/{number}/comments"));
                let body = json!({ "body": body });
                written.author = self.client.send::<hub::Posted>(Method::POST, &path, &body)?.author();
            }
        }
        Ok(written)
    }

    fn status(&self, request: &Request, status: &Status) -> Result<bool, Failure> {
        let head = &request.head;
        let state = if status.passes { "success" } else { "failure" };
        let description = shortened(&status.title, DESCRIPTION);
        let known: Vec<model::Status> =
            self.client.pages(&self.path(&format!("/commits/{head}/statuses?limit=50")), |page| page)?;
        let last = known.iter().filter(|status| status.context == NAME).max_by_key(|status| status.id);
        if last.is_some_and(|last| last.status == state && last.description == description) {
            return Ok(false);
        }
        let body = json!({ "state": state, "context": NAME, "description": description });
        self.client.send_only(Method::POST, &self.path(&format!("/statuses/{head}")), &body)?;
        Ok(true)
    }

    fn link(&self, request: &Request, path: &str, line: usize) -> String {
        format!("{}/{}/src/commit/{}/{}#L{line}", self.web, self.repository, request.head, uri(path))
    }
}
