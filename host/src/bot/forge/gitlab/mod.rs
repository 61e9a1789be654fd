//! GitLab, through version 4 of its REST interface. It has no checks: the verdict is a commit status, and a job's own exit.
//! <https://docs.gitlab.com/api/rest/>

mod model;

use serde_json::json;
use ureq::http::Method;

use super::{
    Conversation, Forge, Inline, Limits, Listed, Note, Patch, Request, Status, Suggestions, Thread, Write,
    Written,
};
use crate::bot::client::{Client, Credentials, Failure, Patience};
use crate::bot::forge::{checked, claimed, is_path};
use crate::report::{shortened, uri};

/// The public one.
pub const PUBLIC: &str = "https://gitlab.com/api/v4";
/// Where people look at that.
pub const WEB: &str = "https://gitlab.com";
/// Longest note, in characters.
const BODY: usize = 1_000_000;
/// Longest that people are asked to read, in characters: the same as elsewhere.
const READABLE: usize = 65_536;
/// Longest description of a status, in bytes; characters are counted, and none is longer than bytes are.
const DESCRIPTION: usize = 250;
/// What the status is called.
const NAME: &str = "hallpass";
/// Role from which on one may push: developer.
/// <https://docs.gitlab.com/api/access_requests/#valid-access-levels>
const DEVELOPER: u64 = 30;
const BYTES: &str = "application/octet-stream";

/// A project there.
#[derive(Debug)]
pub struct GitLab {
    client: Client,
    /// `group/name`, with subgroups.
    project: String,
    web: String,
    login: Option<String>,
}

impl GitLab {
    /// A project through the interface at `api`; `login` posts, and is asked for if it is not given.
    ///
    /// # Errors
    /// The name is none, or the address would show the token on its way.
    pub fn new(
        api: &str,
        web: &str,
        project: &str,
        login: Option<String>,
        credentials: Box<dyn Credentials>,
        patience: Patience,
    ) -> anyhow::Result<Self> {
        if !is_path(project) {
            anyhow::bail!("`{}` is no project; write group/name", crate::report::text::plain(project));
        }
        let client = Client::new(api, Vec::new(), credentials, patience)?;
        Ok(Self { client, project: project.to_owned(), web: web.trim_end_matches('/').to_owned(), login })
    }

    fn path(&self, rest: &str) -> String {
        format!("/projects/{}{rest}", self.project.replace('/', "%2F"))
    }

    fn of(&self, request: &Request, rest: &str) -> String {
        self.path(&format!("/merge_requests/{}{rest}", request.number))
    }

    /// One discussion at a line; none where it does not take one there.
    fn discuss(&self, request: &Request, inline: &Inline) -> Result<Option<model::Begun>, Failure> {
        let mut position = json!({
            "position_type": "text",
            "base_sha": request.merge_base,
            "start_sha": request.start,
            "head_sha": request.head,
            "old_path": inline.was,
            "new_path": inline.path,
            "new_line": inline.line,
        });
        if let (Some(old), Some(map)) = (inline.old, position.as_object_mut()) {
            map.insert("old_line".to_owned(), old.into());
        }
        let body = json!({ "body": inline.body, "position": position });
        match self.client.send::<model::Begun>(Method::POST, &self.of(request, "/discussions"), &body) {
            Err(Failure::Invalid { what, said }) => {
                tracing::info!(call = what, said, "a comment cannot stand where it should");
                Ok(None)
            }
            done => done.map(Some),
        }
    }
}

impl Forge for GitLab {
    fn repository(&self) -> &str {
        &self.project
    }

    fn limits(&self) -> Limits {
        Limits {
            body: READABLE.min(BODY),
            suggestions: Suggestions::Above,
            hears_replies: true,
            shows_diffs: true,
        }
    }

    fn request(&self, number: u64) -> Result<Request, Failure> {
        let found: model::MergeRequest = self.client.get(&self.path(&format!("/merge_requests/{number}")))?;
        let refs = found.diff_refs.unwrap_or_default();
        let (Some(merge_base), Some(start), Some(head)) = (refs.base_sha, refs.start_sha, refs.head_sha)
        else {
            // GitLab works them out a while after it was opened.
            let said = "its versions are not worked out yet".to_owned();
            return Err(Failure::Unreachable { what: format!("merge request {number}"), said });
        };
        checked(&format!("merge request {number}"), &[&merge_base, &start, &head])?;
        Ok(Request {
            number,
            repository: found.target_project_id,
            base: start.clone(),
            start,
            branch: found.target_branch,
            head,
            merge_base,
            author: found.author.username,
            open: found.state == "opened",
            fork: found.source_project_id != Some(found.target_project_id),
        })
    }

    fn find(&self, branch: Option<&(String, String)>, commit: &str) -> Result<Option<u64>, Failure> {
        let branch = branch.map(|(_, name)| format!("&source_branch={}", uri(name).replace('/', "%2F")));
        let path =
            self.path(&format!("/merge_requests?state=opened{}&per_page=100", branch.unwrap_or_default()));
        let open: Vec<model::Listed> = self.client.pages(&path, |page| page)?;
        Ok(open.into_iter().find(|found| found.sha.as_deref() == Some(commit)).map(|found| found.iid))
    }

    fn open(&self) -> Result<Vec<(u64, String)>, Failure> {
        let path = self.path("/merge_requests?state=opened&per_page=100");
        let open: Vec<model::Listed> = self.client.pages(&path, |page| page)?;
        Ok(open.into_iter().filter_map(|found| Some((found.iid, found.sha?))).collect())
    }

    fn now(&self, number: u64) -> Result<(String, bool), Failure> {
        self.request(number).map(|request| (request.head, request.open))
    }

    fn patches(&self, request: &Request) -> Result<Vec<Patch>, Failure> {
        self.client.pages(&self.of(request, "/diffs?per_page=100"), |files: Vec<model::Diff>| {
            files.into_iter().map(Patch::from).collect()
        })
    }

    fn listing(&self, commit: &str) -> Result<Vec<Listed>, Failure> {
        let path = self.path(&format!("/repository/tree?recursive=true&ref={commit}&per_page=100"));
        self.client.pages(&path, |entries: Vec<model::Entry>| {
            entries.into_iter().filter_map(model::Entry::listed).collect()
        })
    }

    fn blob(&self, id: &str) -> Result<Vec<u8>, Failure> {
        self.client.bytes(&self.path(&format!("/repository/blobs/{id}/raw")), BYTES)
    }

    fn conversation(&self, request: &Request) -> Result<Conversation, Failure> {
        let all: Vec<model::Discussion> =
            self.client.pages(&self.of(request, "/discussions?per_page=100"), |page| page)?;
        let mut conversation = Conversation::default();
        let web = format!("{}/{}/-/merge_requests/{}", self.web, self.project, request.number);
        for discussion in all {
            let model::Discussion { id, notes } = discussion;
            let mut notes = notes.into_iter().filter(|note| !note.system);
            let Some(first) = notes.next() else { continue };
            let place = first.position.clone();
            let resolved = first.resolvable.then_some(first.resolved);
            let first = first.said(&web);
            match place {
                None => {
                    conversation.notes.extend([first].into_iter().chain(notes.map(|note| note.said(&web))))
                }
                Some(place) => conversation.threads.push(Thread {
                    first,
                    path: place.new_path.unwrap_or_default(),
                    lines: place.new_line.map(|line| (line, line)),
                    replies: notes.map(|note| note.said(&web)).collect(),
                    handle: Some(id),
                    resolved,
                }),
            }
        }
        conversation.notes.sort_by_key(|note: &Note| note.id);
        conversation.threads.sort_by_key(|thread| thread.first.id);
        Ok(conversation)
    }

    fn identity(&self) -> Result<String, Failure> {
        let asked = self.client.get("/user").map(|user: model::User| user.username);
        claimed(self.login.as_deref(), asked)
    }

    fn may_write(&self, login: &str) -> Result<bool, Failure> {
        let users: Vec<model::Member> =
            self.client.get(&format!("/users?username={}", uri(login).replace('/', "%2F")))?;
        let Some(user) = users.first() else { return Ok(false) };
        match self.client.get::<model::Member>(&self.path(&format!("/members/all/{}", user.id))) {
            Ok(member) => Ok(member.access_level.is_some_and(|level| level >= DEVELOPER)),
            Err(Failure::Missing { .. }) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    fn write(&self, request: &Request, write: &Write) -> Result<Written, Failure> {
        let mut written = Written::default();
        let note = |id: &u64| self.of(request, &format!("/notes/{id}"));
        match write {
            Write::Inline(all) => {
                for (index, inline) in all.iter().enumerate() {
                    match self.discuss(request, inline)? {
                        Some(begun) => {
                            written.author = begun.author();
                            written.calls += 1;
                        }
                        None => written.unplaced.push(index),
                    }
                }
            }
            Write::EditInline { id, body } | Write::EditNote { id, body } => {
                self.client.send_only(Method::PUT, &note(id), &json!({ "body": body }))?;
            }
            Write::DeleteInline(id) | Write::DeleteNote(id) => {
                self.client.send_only(Method::DELETE, &note(id), &json!({}))?;
            }
            Write::Resolve(handle) => {
                let path = self.of(request, &format!("/discussions/{}", uri(handle).replace('/', "%2F")));
                self.client.send_only(Method::PUT, &path, &json!({ "resolved": true }))?;
            }
            Write::Reply { handle: Some(handle), body, .. } => {
                let handle = uri(handle).replace('/', "%2F");
                let path = self.of(request, &format!("/discussions/{handle}/notes"));
                let noted: model::Noted = self.client.send(Method::POST, &path, &json!({ "body": body }))?;
                written.author = noted.author();
            }
            Write::Note(body) | Write::Reply { body, .. } => {
                let path = self.of(request, "/notes");
                let noted: model::Noted = self.client.send(Method::POST, &path, &json!({ "body": body }))?;
                written.author = noted.author();
            }
        }
        written.calls = written.calls.max(usize::from(written.unplaced.is_empty()));
        Ok(written)
    }

    fn status(&self, request: &Request, status: &Status) -> Result<bool, Failure> {
        let head = &request.head;
        let state = if status.passes { "success" } else { "failed" };
        let description = shortened(&status.title, DESCRIPTION);
        let path = self.path(&format!("/repository/commits/{head}/statuses?name={NAME}&per_page=100"));
        let known: Vec<model::Status> = self.client.get(&path)?;
        let same = |known: &model::Status| {
            known.status == state && known.description.as_deref() == Some(&description)
        };
        if known.iter().any(same) {
            return Ok(false);
        }
        let body = json!({ "state": state, "name": NAME, "description": description });
        self.client.send_only(Method::POST, &self.path(&format!("/statuses/{head}")), &body)?;
        Ok(true)
    }

    fn link(&self, request: &Request, path: &str, line: usize) -> String {
        format!("{}/{}/-/blob/{}/{}#L{line}", self.web, self.project, request.head, uri(path))
    }
}
